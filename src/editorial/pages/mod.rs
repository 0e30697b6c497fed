//! The pages of the desk: one struct and one template a screen. They work without scripts for reading and for simple
//! forms; every route states what right it needs, and the table of them is tested against every role.

mod account;
mod accounts;
mod history;
mod inbox;
mod item;
mod passage;
mod shell;
mod sign_in;
mod table;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};

use crate::accounts::Accounts;
use crate::config;
use crate::model::{Permission, SecretKey};
use crate::web::{Asset, FormKey, Problem};

use super::Desk;
use table::Table;
pub use table::{Need, PageRight};
use visit::Visit;

/// The files of the pages.
const STYLE: Asset =
    Asset { name: "desk.css", kind: "text/css; charset=utf-8", text: include_str!("assets/desk.css") };
const SCRIPT: Asset =
    Asset { name: "desk.js", kind: "text/javascript; charset=utf-8", text: include_str!("assets/desk.js") };

/// What every page is made from.
pub struct Pages {
    desk: Arc<Desk>,
    accounts: Arc<Accounts>,
    key: FormKey,
    settings: config::Desk,
    style: String,
    script: String,
}

type Shared = State<Arc<Pages>>;
/// A page, or why not.
type Page = Result<Response, Problem>;

/// The right that has to do with accounts in any way.
const ACCOUNTS: &[Permission] = &[Permission::Accounts, Permission::Grants];

fn table() -> Table {
    Table::default()
        .get("/", Need::SignedIn, home)
        .get("/assets/{name}", Need::Open, asset)
        .get("/sign-in", Need::Open, sign_in::show)
        .post("/sign-in", Need::Open, sign_in::sign_in)
        .post("/sign-out", Need::SignedIn, sign_in::sign_out)
        .get("/setup/{link}", Need::Open, sign_in::invited)
        .post("/setup/{link}", Need::Open, sign_in::accept)
        .post("/view", Need::Open, sign_in::view)
        .get("/account", Need::SignedIn, account::show)
        .post("/account/password", Need::SignedIn, account::change_password)
        .post("/account/sessions/end", Need::SignedIn, account::end_session)
        .get("/inbox", Need::May(Permission::Read), inbox::show)
        .post("/inbox/act", Need::May(Permission::Triage), inbox::act)
        .post("/inbox/undo", Need::May(Permission::Triage), inbox::undo)
        .get("/items/{id}", Need::May(Permission::Read), item::show)
        .post("/items/{id}/reveal", Need::May(Permission::Personal), item::reveal)
        .post("/items/{id}/notes", Need::May(Permission::Triage), item::note)
        .get("/items/{id}/compare/{other}", Need::May(Permission::Read), item::compare)
        .post("/items/{id}/compare/{other}", Need::May(Permission::Triage), item::verdict)
        .get("/accounts", Need::Any(ACCOUNTS), accounts::list)
        .post("/accounts", Need::May(Permission::Accounts), accounts::add)
        .post("/accounts/{name}/reset", Need::Any(ACCOUNTS), accounts::reset)
        .post("/accounts/{name}/disable", Need::Any(ACCOUNTS), accounts::disable)
        .post("/accounts/{name}/enable", Need::Any(ACCOUNTS), accounts::enable)
        .post("/accounts/{name}/roles", Need::May(Permission::Grants), accounts::grant)
}

/// Every page and form of the desk, with what it needs.
pub fn page_rights() -> Vec<PageRight> {
    table().rights
}

/// The pages as routes.
pub fn routes(
    desk: Arc<Desk>,
    accounts: Arc<Accounts>,
    secret: &SecretKey,
    settings: config::Desk,
) -> Router {
    let pages = Arc::new(Pages {
        desk,
        accounts,
        key: FormKey::new(secret),
        settings,
        style: STYLE.address(),
        script: SCRIPT.address(),
    });
    table().router(pages)
}

/// Everybody begins where their work is.
async fn home(visit: Visit) -> Page {
    let who = visit.who()?;
    let may = |wanted| who.user.roles.allow(wanted);
    if may(Permission::Read) {
        return Ok(Redirect::to("/inbox").into_response());
    }
    let place = if ACCOUNTS.iter().any(|wanted| may(*wanted)) { "/accounts" } else { "/account" };
    Ok(Redirect::to(place).into_response())
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Page {
    let found = [STYLE, SCRIPT].into_iter().find(|asset| asset.name == name);
    found.map(|asset| asset.serve(&headers)).ok_or_else(|| Problem::not_found(format!("没有文件 {name}")))
}
