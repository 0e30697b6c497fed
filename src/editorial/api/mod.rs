//! The desk for a person's own programs: the same use cases and the same rights as the pages, as JSON. Titles and texts
//! of items are masked as there; looking behind a mask is a call of its own, and logged.

mod adoptions;
mod inbox;
mod issues;
mod items;
mod kin;
mod lists;
mod manuscripts;
mod outcomes;
mod outlets;
mod papers;
mod running;
mod search;
mod searches;
mod session;
mod shelf;
mod tables;
mod topics;
mod typed;

use std::sync::Arc;

use axum::extract::State;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{IssueId, ItemId, ManuscriptId, Permission};
use crate::site::{ApiTable, Need, PageRight, Person, Site, WRITING};
use crate::store::{Sql, today};
use crate::web::Problem;

use super::pages::{HANDS, Pages, RUNNING, SENDING, issue_file, manuscript_file, overprint};
use super::{Desk, DeskError};

type Shared = State<Arc<Pages>>;
type Answer<T> = Result<Json<T>, Problem>;

const READ: Need = Need::May(Permission::Read);
const TRIAGE: Need = Need::May(Permission::Triage);
const EDIT: Need = Need::May(Permission::Edit);
const REGISTER: Need = Need::May(Permission::Register);
const EXPORT: Need = Need::May(Permission::Export);
const RUN: Need = Need::May(Permission::Run);
/// Whoever offers a choice of what is in a table may read it.
const SEEING: Need = Need::Any(&[Permission::Read, Permission::Run]);

fn table() -> ApiTable<Pages> {
    running_it(after_issue(further(daily(ApiTable::default()))))
}

/// The day's work, from what came in to what goes out.
fn daily(table: ApiTable<Pages>) -> ApiTable<Pages> {
    table
        .get("/api/v1/desk/me", Need::SignedIn, me)
        .get("/api/v1/desk/today", READ, day)
        .get("/api/v1/desk/inbox", READ, inbox::list)
        .post("/api/v1/desk/acts", TRIAGE, inbox::act)
        .post("/api/v1/desk/acts/merge", TRIAGE, inbox::merge)
        .post("/api/v1/desk/acts/hand-back", TRIAGE, inbox::hand_back)
        .post("/api/v1/desk/acts/{no}/undo", TRIAGE, inbox::undo)
        .get("/api/v1/desk/items/{id}", READ, items::show)
        .post("/api/v1/desk/items/{id}/reveal", Need::May(Permission::Personal), items::reveal)
        .post("/api/v1/desk/items/{id}/notes", TRIAGE, items::note)
        .post("/api/v1/desk/items/{id}/contributors", TRIAGE, items::link)
        .put("/api/v1/desk/items/{id}/urgency", TRIAGE, items::urgency)
        .post("/api/v1/desk/items/{id}/take-out", TRIAGE, items::take_out)
        .get("/api/v1/desk/tasks", Need::Any(WRITING), manuscripts::tasks)
        .post("/api/v1/desk/manuscripts", EDIT, manuscripts::make)
        .get("/api/v1/desk/manuscripts/{id}", READ, manuscripts::show)
        .put("/api/v1/desk/manuscripts/{id}", EDIT, manuscripts::save)
        .get("/api/v1/desk/manuscripts/{id}/proof-reading", READ, manuscripts::proof_reading)
        .post("/api/v1/desk/manuscripts/{id}/proof-reading", Need::Any(WRITING), manuscripts::on_fault)
        .post("/api/v1/desk/manuscripts/{id}/submit", EDIT, manuscripts::submit)
        .post("/api/v1/desk/manuscripts/{id}/pass", Need::Any(WRITING), manuscripts::pass)
        .post("/api/v1/desk/manuscripts/{id}/return", Need::Any(WRITING), manuscripts::give_back)
        .post("/api/v1/desk/manuscripts/{id}/drop", EDIT, manuscripts::give_up)
        .post("/api/v1/desk/manuscripts/{id}/restore", EDIT, manuscripts::restore)
        .get("/api/v1/desk/issues", READ, issues::list)
        .post("/api/v1/desk/issues", REGISTER, issues::draft)
        .get("/api/v1/desk/issues/{id}", READ, issues::show)
        .post("/api/v1/desk/issues/{id}/sign", Need::May(Permission::Sign), issues::sign)
        .post("/api/v1/desk/issues/{id}/check", REGISTER, issues::check)
        .post("/api/v1/desk/issues/{id}/issue", REGISTER, issues::issue)
        .post("/api/v1/desk/issues/{id}/correct", REGISTER, issues::correct)
        .post(
            "/api/v1/desk/issues/{id}/return",
            Need::Any(&[Permission::Sign, Permission::Register]),
            issues::give_back,
        )
        .post("/api/v1/desk/issues/{id}/void", REGISTER, issues::void)
        .post("/api/v1/desk/issues/{id}/give-back", REGISTER, issues::give_back_number)
        .get("/api/v1/desk/issues/{id}/files/{format}", READ, issues::file)
        .post("/api/v1/desk/scans", REGISTER, papers::keep_scan)
        .get("/api/v1/desk/manuscripts/{id}/decisions", REGISTER, papers::of_manuscript)
        .post("/api/v1/desk/manuscripts/{id}/decisions", REGISTER, papers::on_manuscript)
        .get("/api/v1/desk/issues/{id}/decisions", REGISTER, papers::of_issue)
        .post("/api/v1/desk/issues/{id}/decisions", REGISTER, papers::on_issue)
        .get("/api/v1/desk/decisions/{no}/scan", Need::Any(HANDS), papers::scan)
}

/// What stands beside an item, a manuscript and an issue.
fn further(table: ApiTable<Pages>) -> ApiTable<Pages> {
    table
        .get("/api/v1/desk/items/{id}/similar", READ, kin::similar)
        .get("/api/v1/desk/items/{id}/verdicts", READ, kin::verdicts)
        .post("/api/v1/desk/items/{id}/verdicts", TRIAGE, kin::decide)
        .post("/api/v1/desk/items/{id}/verdicts/{other}/withdraw", TRIAGE, kin::withdraw)
        .get("/api/v1/desk/items/{id}/files/{n}", Need::May(Permission::Personal), kin::attachment)
        .post("/api/v1/desk/typed", TRIAGE, typed::send)
        .post("/api/v1/desk/typed/propose", TRIAGE, typed::propose)
        .get("/api/v1/desk/session", READ, session::show)
        .post("/api/v1/desk/session/hand-back", REGISTER, session::hand_back)
        .get("/api/v1/desk/shelf", READ, shelf::list)
        .post("/api/v1/desk/shelf", EDIT, shelf::add)
        .get("/api/v1/desk/shelf/search", READ, shelf::search)
        .get("/api/v1/desk/shelf/{no}", READ, shelf::show)
        .post("/api/v1/desk/shelf/{no}/remove", EDIT, shelf::remove)
        .post("/api/v1/desk/shelf/{no}/restore", EDIT, shelf::restore)
        .get("/api/v1/desk/items/{id}/shelf", READ, shelf::beside)
        .get("/api/v1/desk/items/{id}/hints", READ, kin::hints)
        .get("/api/v1/desk/topics", READ, topics::list)
        .post("/api/v1/desk/topics", EDIT, topics::publish)
        .put("/api/v1/desk/topics/{no}/deadline", EDIT, topics::set_deadline)
        .post("/api/v1/desk/topics/{no}/close", EDIT, topics::close)
        .post("/api/v1/desk/topics/{no}/reopen", EDIT, topics::reopen)
        .get("/api/v1/desk/manuscripts/{id}/tidying", READ, outlets::tidy)
        .post("/api/v1/desk/manuscripts/{id}/send", Need::Any(SENDING), outlets::send)
        .get("/api/v1/desk/manuscripts/{id}/paper/{format}", READ, outlets::paper)
        .get("/api/v1/desk/manuscripts/{id}/forms/{form}/{format}", READ, manuscript_file)
        .get("/api/v1/desk/issues/{id}/forms/{form}/{format}", READ, issue_file)
        .get("/api/v1/desk/issues/{id}/overprint", READ, overprint)
        .get("/api/v1/desk/issues/{id}/proof", READ, outlets::proof)
        .get("/api/v1/desk/numbers", READ, outlets::numbers)
        .get("/api/v1/desk/find/{code}", READ, outlets::find)
}

/// What became of it, and what is looked for.
fn after_issue(table: ApiTable<Pages>) -> ApiTable<Pages> {
    table
        .get("/api/v1/desk/outcomes", READ, outcomes::list)
        .get("/api/v1/desk/outcomes/{no}", READ, outcomes::show)
        .put("/api/v1/desk/outcomes/{no}", REGISTER, outcomes::correct)
        .post("/api/v1/desk/outcomes/{no}/withdraw", REGISTER, outcomes::withdraw)
        .get("/api/v1/desk/outcomes/{no}/scan", READ, outcomes::scan)
        .get("/api/v1/desk/manuscripts/{id}/outcomes", READ, outcomes::of_manuscript)
        .post("/api/v1/desk/manuscripts/{id}/outcomes", REGISTER, outcomes::register)
        .get("/api/v1/desk/search", READ, search::search)
        .get("/api/v1/desk/searches", READ, searches::list)
        .put("/api/v1/desk/searches/{name}", READ, searches::keep)
        .post("/api/v1/desk/searches/{name}/forget", READ, searches::forget)
        .get("/api/v1/desk/reminders", READ, searches::reminders)
        .post("/api/v1/desk/reminders/seen", READ, searches::seen)
        .get("/api/v1/desk/outcomes/list", EXPORT, lists::outcomes)
        .post("/api/v1/desk/outcomes/import", REGISTER, adoptions::look)
        .post("/api/v1/desk/outcomes/import/take", REGISTER, adoptions::take)
        .get("/api/v1/desk/ledgers/{which}", EXPORT, lists::ledger)
        .get("/api/v1/desk/search/list", EXPORT, lists::hits)
}

/// What keeps it running.
fn running_it(table: ApiTable<Pages>) -> ApiTable<Pages> {
    table
        .get("/api/v1/desk/tables", SEEING, tables::list)
        .get("/api/v1/desk/tables/{table}", SEEING, tables::rows)
        .post("/api/v1/desk/tables/{table}/rows", RUN, tables::add)
        .get("/api/v1/desk/tables/{table}/rows/{code}", SEEING, tables::row)
        .post("/api/v1/desk/tables/{table}/rows/{code}/changes", RUN, tables::change)
        .post("/api/v1/desk/tables/{table}/rows/{code}/changes/{no}/undo", RUN, tables::undo)
        .get("/api/v1/desk/dead-letters", Need::Any(RUNNING), running::dead_letters)
        .get("/api/v1/desk/dead-letters/{no}", Need::Any(RUNNING), running::dead_letter)
        .post("/api/v1/desk/dead-letters/{no}/resend", Need::Any(RUNNING), running::resend)
        .get("/api/v1/desk/sources", RUN, running::sources)
        .post("/api/v1/desk/sources", RUN, running::add_source)
        .post("/api/v1/desk/sources/{id}/revoke", RUN, running::revoke_source)
        .put("/api/v1/desk/sources/{id}/webhook", RUN, running::set_webhook)
        .get("/api/v1/desk/deliveries", Need::Any(RUNNING), running::deliveries)
        .post("/api/v1/desk/deliveries/{no}/resend", Need::Any(RUNNING), running::resend_delivery)
        .get("/api/v1/desk/log", Need::May(Permission::Audit), running::log)
}

/// Every call, with what it needs.
pub fn api_rights() -> Vec<PageRight> {
    table().rights
}

/// The calls as routes.
pub fn api_routes(desk: Arc<Desk>, site: Arc<Site>) -> Router {
    // Nobody signs in here by a page.
    table().router(Arc::new(Pages { desk, site, platform: None }))
}

fn item_id(text: &str) -> Result<ItemId, DeskError> {
    Ok(text.parse()?)
}

fn manuscript_id(text: &str) -> Result<ManuscriptId, DeskError> {
    Ok(text.parse()?)
}

fn issue_id(text: &str) -> Result<IssueId, DeskError> {
    Ok(text.parse()?)
}

/// Who calls, and what they may do.
async fn me(person: Person) -> Answer<Value> {
    let user = &person.0;
    let may: Vec<Permission> = Permission::ALL.iter().copied().filter(|one| person.may(*one)).collect();
    let covers: Vec<&str> = user.covers.iter().map(|cover| cover.title.as_str()).collect();
    Ok(Json(json!({
        "name": user.name, "title": user.title, "roles": user.roles, "permissions": may, "covers": covers,
    })))
}

/// 今日一览.
#[derive(Serialize)]
struct Day {
    day: String,
    received: i64,
    issued: i64,
    waiting: i64,
    writing: i64,
    in_review: i64,
    to_sign: i64,
    held: Vec<(String, i64)>,
}

async fn day(State(pages): Shared) -> Answer<Day> {
    let desk = &pages.desk;
    let date = desk.clock.now().date();
    let midnight = date.start();
    let figures = desk.store.read(move |sql: &mut dyn Sql| today(sql, midnight)).await;
    let figures = figures.map_err(DeskError::Store)?;
    let states = desk.state_counts().await?;
    Ok(Json(Day {
        day: date.to_string(),
        received: figures.received,
        issued: figures.issued,
        waiting: states.get("received").copied().unwrap_or_default(),
        writing: figures.writing,
        in_review: figures.in_review,
        to_sign: figures.to_sign,
        held: figures.held,
    }))
}
