//! The pages of the desk: one struct and one template a screen. They work without scripts for reading and for simple
//! forms; every route states what right it needs, and the table of them is tested against every role.

mod account;
mod accounts;
mod adoptions;
mod compare;
mod deliveries;
mod events;
mod files;
mod forms;
mod hints;
mod history;
mod identity;
mod inbox;
mod issues;
mod item;
mod keys;
mod kin;
mod lists;
mod log;
mod manuscript;
mod merging;
mod numbers;
mod outcomes;
mod outlets;
mod papers;
mod passage;
mod proof_reading;
mod reminders;
mod running;
mod search;
mod second_step;
mod session;
mod shelf;
mod sign_in;
mod table_row;
mod tables;
mod tables_import;
mod tasks;
mod today;
mod topics;
mod typed;
mod versions;
mod word;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::identity::Platform;
use crate::model::Permission;
use crate::outcome::LIST_MAX;
use crate::site::{ACCOUNTS, LISTENING, Need, Page, PageRight, Site, Table, Visit, WRITING, asset};

pub(in crate::editorial) use forms::{issue_file, manuscript_file, overprint};
pub(in crate::editorial) use lists::handed_out as sheet_file;
pub(in crate::editorial) use proof_reading::{LETS_PASS, refused};
pub(in crate::editorial) use search::query_of;

use super::Desk;
use super::manuscript::FILE_MAX;
use super::outcome::SCAN_MAX;
use super::shelf::SHELF_FILE_MAX;

/// What every page of the desk is made from.
pub struct Pages {
    pub(super) desk: Arc<Desk>,
    pub(super) site: Arc<Site>,
    /// By which people may sign in too.
    pub(super) platform: Option<Arc<Platform>>,
}

impl Deref for Pages {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

type Shared = State<Arc<Pages>>;

/// Who sees to what could not be processed.
pub(in crate::editorial) const RUNNING: &[Permission] = &[Permission::Run, Permission::Edit];

/// Who signs and who sends what goes out without an issue.
pub(in crate::editorial) const SENDING: &[Permission] = &[Permission::Sign, Permission::Register];

/// Who has a hand in manuscripts, and so may look at the papers on which they were decided.
pub(in crate::editorial) const HANDS: &[Permission] =
    &[Permission::Edit, Permission::Review, Permission::Sign, Permission::Register];

fn table() -> Table<Pages> {
    issues_and_lists(manuscripts(items(people(Table::default()))))
}

/// What came in.
fn items(table: Table<Pages>) -> Table<Pages> {
    table
        .get("/", Need::SignedIn, home)
        .get("/assets/{name}", Need::Open, asset)
        .get("/inbox", Need::May(Permission::Read), inbox::show)
        .post("/inbox/act", Need::May(Permission::Triage), inbox::act)
        .post("/inbox/merge", Need::May(Permission::Triage), inbox::merge)
        .post("/inbox/hand-back", Need::May(Permission::Triage), inbox::hand_back)
        .post("/inbox/undo", Need::May(Permission::Triage), inbox::undo)
        .get("/items/{id}", Need::May(Permission::Read), item::show)
        .get("/items/{id}/files/{n}", Need::May(Permission::Personal), files::download)
        .post("/items/{id}/reveal", Need::May(Permission::Personal), item::reveal)
        .post("/items/{id}/notes", Need::May(Permission::Triage), item::note)
        .post("/items/{id}/group", Need::May(Permission::Triage), kin::take_out)
        .post("/items/{id}/contributors", Need::May(Permission::Triage), item::link)
        .post("/items/{id}/urgency", Need::May(Permission::Triage), item::urgency)
        .get("/items/{id}/compare/{other}", Need::May(Permission::Read), compare::show)
        .post("/items/{id}/compare/{other}", Need::May(Permission::Triage), compare::decide)
        .post("/items/{id}/manuscript", Need::May(Permission::Edit), manuscript::make)
        .post("/manuscripts", Need::May(Permission::Edit), manuscript::make_of_several)
        .get("/typed", Need::May(Permission::Triage), typed::show)
        .post("/typed", Need::May(Permission::Triage), typed::send)
        .post("/typed/propose", Need::May(Permission::Triage), typed::propose)
        .get("/session", Need::May(Permission::Read), session::show)
        .post("/session/hand-back", Need::May(Permission::Register), session::hand_back)
        .get("/topics", Need::May(Permission::Read), topics::list)
        .post("/topics", Need::May(Permission::Edit), topics::publish)
        .post("/topics/{no}", Need::May(Permission::Edit), topics::act)
}

/// What is written from it, decided on it, and came of it.
fn manuscripts(table: Table<Pages>) -> Table<Pages> {
    table
        .get("/tasks", Need::Any(WRITING), tasks::show)
        .post("/tasks/mail", Need::Any(WRITING), tasks::choose_mail)
        .get("/manuscripts/{id}", Need::May(Permission::Read), manuscript::show)
        .post("/manuscripts/{id}", Need::Any(WRITING), manuscript::act)
        .post("/manuscripts/{id}/draft", Need::Any(WRITING), manuscript::keep)
        .post("/manuscripts/{id}/tidy", Need::Any(WRITING), manuscript::tidy)
        .post("/manuscripts/{id}/proof-reading", Need::Any(WRITING), proof_reading::act)
        .get("/manuscripts/{id}/word", Need::May(Permission::Read), word::download)
        .upload("/manuscripts/{id}/word", Need::May(Permission::Edit), FILE_MAX, word::upload)
        .post("/manuscripts/{id}/word/take", Need::May(Permission::Edit), word::take)
        .get("/manuscripts/{id}/compare", Need::May(Permission::Read), versions::compare)
        .post("/manuscripts/{id}/sentences", Need::May(Permission::Edit), merging::take)
        .post("/manuscripts/{id}/outlet", Need::Any(SENDING), outlets::act)
        .get("/manuscripts/{id}/paper/{format}", Need::May(Permission::Read), outlets::paper)
        .get("/manuscripts/{id}/forms/{form}", Need::May(Permission::Read), forms::of_manuscript)
        .get("/manuscripts/{id}/forms/{form}/{format}", Need::May(Permission::Read), forms::manuscript_file)
        .get("/manuscripts/{id}/outcomes", Need::May(Permission::Read), outcomes::of_manuscript)
        .upload("/manuscripts/{id}/outcomes", Need::May(Permission::Register), SCAN_MAX, outcomes::add)
        .get("/manuscripts/{id}/decision", Need::May(Permission::Register), papers::of_manuscript)
        .upload(
            "/manuscripts/{id}/decision",
            Need::May(Permission::Register),
            SCAN_MAX,
            papers::on_manuscript,
        )
        .get("/issues/{id}/decision", Need::May(Permission::Register), papers::of_issue)
        .upload("/issues/{id}/decision", Need::May(Permission::Register), SCAN_MAX, papers::on_issue)
        .get("/papers/{no}/scan", Need::Any(HANDS), papers::scan)
        .get("/outcomes", Need::May(Permission::Read), outcomes::list)
        .get("/outcomes/list", Need::May(Permission::Export), outcomes::export)
        .get("/outcomes/import", Need::May(Permission::Register), adoptions::show)
        .upload("/outcomes/import", Need::May(Permission::Register), LIST_MAX, adoptions::look)
        .upload("/outcomes/import/take", Need::May(Permission::Register), LIST_MAX, adoptions::take)
        .get("/outcomes/{no}", Need::May(Permission::Read), outcomes::show)
        .upload("/outcomes/{no}", Need::May(Permission::Register), SCAN_MAX, outcomes::correct)
        .post("/outcomes/{no}/withdraw", Need::May(Permission::Register), outcomes::withdraw)
        .get("/outcomes/{no}/scan", Need::May(Permission::Read), outcomes::scanned)
}

/// What goes out, what is looked for, what keeps it all running.
fn issues_and_lists(table: Table<Pages>) -> Table<Pages> {
    table
        .get("/today", Need::May(Permission::Read), today::show)
        .get("/issues", Need::May(Permission::Read), issues::list)
        .post("/issues", Need::May(Permission::Register), issues::draft)
        .get("/issues/{id}", Need::May(Permission::Read), issues::show)
        .get("/issues/{id}/proof", Need::May(Permission::Read), issues::proof)
        .get("/issues/{id}/files/{format}", Need::May(Permission::Read), issues::download)
        .post("/issues/{id}/sign", Need::May(Permission::Sign), issues::sign)
        .post("/issues/{id}/check", Need::May(Permission::Register), issues::check)
        .post("/issues/{id}/issue", Need::May(Permission::Register), issues::issue)
        .post("/issues/{id}/correct", Need::May(Permission::Register), issues::correct)
        .post("/issues/{id}/end", Need::May(Permission::Register), issues::end)
        .post("/issues/{id}/return", Need::Any(&[Permission::Sign, Permission::Register]), issues::give_back)
        .get("/issues/{id}/forms/{form}", Need::May(Permission::Read), forms::of_issue)
        .get("/issues/{id}/forms/{form}/{format}", Need::May(Permission::Read), forms::issue_file)
        .get("/issues/{id}/overprint", Need::May(Permission::Read), forms::overprint)
        .get("/find/{code}", Need::May(Permission::Read), forms::find)
        .get("/numbers", Need::May(Permission::Read), numbers::show)
        .get("/search", Need::May(Permission::Read), search::show)
        .get("/shelf", Need::May(Permission::Read), shelf::list)
        .upload("/shelf", Need::May(Permission::Edit), SHELF_FILE_MAX, shelf::add)
        .get("/shelf/{no}", Need::May(Permission::Read), shelf::show)
        .post("/shelf/{no}", Need::May(Permission::Edit), shelf::act)
        .get("/search/list", Need::May(Permission::Export), lists::hits)
        .get("/reminders", Need::May(Permission::Read), reminders::show)
        .post("/reminders", Need::May(Permission::Read), reminders::seen)
        .get(LISTENING, Need::SignedIn, events::events)
        .post("/searches", Need::May(Permission::Read), lists::keep)
        .get("/ledger", Need::May(Permission::Export), lists::ledger)
        .get("/dead", Need::Any(RUNNING), running::dead)
        .get("/dead/{no}", Need::Any(RUNNING), running::dead_one)
        .post("/dead/{no}", Need::Any(RUNNING), running::resend)
        .get("/sources", Need::May(Permission::Run), running::sources)
        .post("/sources", Need::May(Permission::Run), running::add_source)
        .post("/sources/{id}/revoke", Need::May(Permission::Run), running::revoke_source)
        .post("/sources/{id}/webhook", Need::May(Permission::Run), deliveries::set_webhook)
        .get("/deliveries", Need::Any(RUNNING), deliveries::show)
        .post("/deliveries/{no}", Need::Any(RUNNING), deliveries::resend)
        .get("/system", Need::Any(RUNNING), running::system)
        .get("/tables", Need::Any(RUNNING), tables::list)
        .get("/tables/{table}", Need::Any(RUNNING), tables::rows)
        .post("/tables/{table}", Need::May(Permission::Run), tables::add)
        .get("/tables/{table}/list", Need::Any(RUNNING), tables::export)
        .upload("/tables/{table}/import", Need::May(Permission::Run), LIST_MAX, tables_import::look)
        .upload("/tables/{table}/import/take", Need::May(Permission::Run), LIST_MAX, tables_import::take)
        .get("/tables/{table}/rows/{code}", Need::Any(RUNNING), table_row::show)
        .post("/tables/{table}/rows/{code}", Need::May(Permission::Run), table_row::act)
        .get("/log", Need::May(Permission::Audit), log::show)
        .get("/log.csv", Need::May(Permission::Audit), log::export)
}

/// Signing in, one's own account, everybody's accounts.
fn people(table: Table<Pages>) -> Table<Pages> {
    table
        .get("/sign-in", Need::Open, sign_in::show)
        .post("/sign-in", Need::Open, sign_in::sign_in)
        .get("/sign-in/code", Need::Open, second_step::ask)
        .post("/sign-in/code", Need::Open, second_step::complete)
        .get("/sign-in/oidc", Need::Open, identity::start)
        .get("/sign-in/oidc/back", Need::Open, identity::back)
        .post("/sign-out", Need::SignedIn, sign_in::sign_out)
        .get("/setup/{link}", Need::Open, sign_in::invited)
        .post("/setup/{link}", Need::Open, sign_in::accept)
        .post("/view", Need::Open, sign_in::view)
        .get("/account", Need::SignedIn, account::show)
        .post("/account/password", Need::SignedIn, account::change_password)
        .post("/account/sessions/end", Need::SignedIn, account::end_session)
        .post("/account/cover", Need::SignedIn, account::cover)
        .post("/account/keys", Need::SignedIn, keys::add)
        .post("/account/keys/end", Need::SignedIn, keys::end)
        .post("/account/identity", Need::SignedIn, identity::own)
        .get("/account/second-step", Need::SignedIn, second_step::show)
        .post("/account/second-step", Need::SignedIn, second_step::act)
        .get("/accounts", Need::Any(ACCOUNTS), accounts::list)
        .post("/accounts", Need::May(Permission::Accounts), accounts::add)
        .post("/accounts/{name}/reset", Need::Any(ACCOUNTS), accounts::reset)
        .post("/accounts/{name}/disable", Need::Any(ACCOUNTS), accounts::disable)
        .post("/accounts/{name}/enable", Need::Any(ACCOUNTS), accounts::enable)
        .post("/accounts/{name}/identity", Need::Any(ACCOUNTS), identity::of_account)
        .post("/accounts/{name}/second-step", Need::May(Permission::Grants), second_step::reset)
        .post("/accounts/{name}/ends", Need::May(Permission::Accounts), accounts::set_end)
        .post("/accounts/{name}/roles", Need::May(Permission::Grants), accounts::grant)
}

/// Every page and form of the desk, with what it needs.
pub fn page_rights() -> Vec<PageRight> {
    table().rights
}

/// The pages as routes.
pub fn routes(desk: Arc<Desk>, site: Arc<Site>, platform: Option<Arc<Platform>>) -> Router {
    table().router(Arc::new(Pages { desk, site, platform }))
}

/// Everybody begins where their work is.
async fn home(visit: Visit) -> Page {
    let who = visit.who()?;
    let may = |wanted| who.user.may(wanted);
    if may(Permission::Read) {
        return Ok(Redirect::to("/inbox").into_response());
    }
    if may(Permission::Submit) {
        return Ok(Redirect::to("/mine").into_response());
    }
    if may(Permission::Audit) {
        return Ok(Redirect::to("/log").into_response());
    }
    let place = if ACCOUNTS.iter().any(|wanted| may(*wanted)) { "/accounts" } else { "/account" };
    Ok(Redirect::to(place).into_response())
}
