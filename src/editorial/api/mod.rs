//! The desk for a person's own programs: the same use cases and the same rights as the pages, as JSON. Titles and texts
//! of items are masked as there; looking behind a mask is a call of its own, and logged.

mod inbox;
mod issues;
mod items;
mod manuscripts;
mod outcomes;
mod papers;
mod search;
mod searches;

use std::sync::Arc;

use axum::extract::State;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{IssueId, ItemId, ManuscriptId, Permission};
use crate::site::{ApiTable, Need, PageRight, Person, Site, WRITING};
use crate::store::{Sql, today};
use crate::web::Problem;

use super::pages::{HANDS, Pages};
use super::{Desk, DeskError};

type Shared = State<Arc<Pages>>;
type Answer<T> = Result<Json<T>, Problem>;

const READ: Need = Need::May(Permission::Read);
const TRIAGE: Need = Need::May(Permission::Triage);
const EDIT: Need = Need::May(Permission::Edit);
const REGISTER: Need = Need::May(Permission::Register);

fn table() -> ApiTable<Pages> {
    ApiTable::default()
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
        .put("/api/v1/desk/items/{id}/urgency", TRIAGE, items::urgency)
        .post("/api/v1/desk/items/{id}/take-out", TRIAGE, items::take_out)
        .get("/api/v1/desk/tasks", Need::Any(WRITING), manuscripts::tasks)
        .post("/api/v1/desk/manuscripts", EDIT, manuscripts::make)
        .get("/api/v1/desk/manuscripts/{id}", READ, manuscripts::show)
        .put("/api/v1/desk/manuscripts/{id}", EDIT, manuscripts::save)
        .get("/api/v1/desk/manuscripts/{id}/proof-reading", READ, manuscripts::proof_reading)
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
}

/// Every call, with what it needs.
pub fn api_rights() -> Vec<PageRight> {
    table().rights
}

/// The calls as routes.
pub fn api_routes(desk: Arc<Desk>, site: Arc<Site>) -> Router {
    table().router(Arc::new(Pages { desk, site }))
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
