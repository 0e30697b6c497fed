//! What every page shares, the desk's and the contributors': who visits, what a route needs, the frame around a page, the
//! style and the script. Pages work without scripts for reading and for simple forms.

mod api;
mod live;
mod shell;
mod table;
mod visit;
mod with_file;

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::accounts::Accounts;
use crate::config;
use crate::model::{Permission, SecretKey};
use crate::store::StoreError;
use crate::web::{Asset, FormKey, Problem};

pub use api::{ApiTable, Person, Wanted};
pub use live::{Live, Seat, Waiting, shown};
pub use shell::{Shell, ago, page, page_with};
pub use table::{Need, PageRight, Table};
pub use visit::{Asked, Fields, LARGE, LISTENING, SESSION, Sent, SentAll, UNSIGNED, Visit, VisitParts};
pub use with_file::WithFile;

/// A page, or why not.
pub type Page = Result<Response, Problem>;

/// What a visitor is told of a store that refused or is away.
pub fn store_problem(error: &StoreError) -> Problem {
    match error {
        StoreError::NotFound(what) => Problem::not_found(format!("没有找到：{what}")),
        StoreError::Unavailable(_) => Problem::unavailable(error.to_string()),
        StoreError::Stale | StoreError::Constraint(_) => Problem::conflict("stale", error.to_string()),
        StoreError::Corrupt(_) | StoreError::Newer { .. } => Problem::internal(error),
    }
}

/// The files of the pages.
const STYLE: Asset =
    Asset { name: "site.css", kind: "text/css; charset=utf-8", text: include_str!("assets/site.css") };
const SCRIPT: Asset = Asset {
    name: "site.js",
    kind: "text/javascript; charset=utf-8",
    // One file for the browser: a page needs three requests.
    text: concat!(
        include_str!("assets/site.js"),
        include_str!("assets/paste.js"),
        include_str!("assets/report.js")
    ),
};

/// The right that has to do with accounts in any way.
pub const ACCOUNTS: &[Permission] = &[Permission::Accounts, Permission::Grants];

/// The rights of who has a hand in a manuscript; which of them a stage takes, its configuration says.
pub const WRITING: &[Permission] = &[Permission::Edit, Permission::Review, Permission::Sign];

/// What every page is made from.
pub struct Site {
    /// Who may sign in.
    pub accounts: Arc<Accounts>,
    /// Signs forms.
    pub key: FormKey,
    /// Settings of the pages.
    pub settings: config::Desk,
    /// What waits, for the navigation.
    pub live: Arc<Live>,
    style: String,
    script: String,
}

impl Site {
    /// With the secret that forms are signed by, and the figures of the navigation.
    pub fn new(accounts: Arc<Accounts>, secret: &SecretKey, settings: config::Desk, live: Arc<Live>) -> Self {
        Self {
            accounts,
            key: FormKey::new(secret),
            settings,
            live,
            style: STYLE.address(),
            script: SCRIPT.address(),
        }
    }
}

/// What pages of one part are made from: the site, and what that part needs.
pub trait OnSite: Deref<Target = Site> + Send + Sync + 'static {}

impl<T: Deref<Target = Site> + Send + Sync + 'static> OnSite for T {}

/// One of the files.
pub async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Page {
    let found = [STYLE, SCRIPT].into_iter().find(|asset| asset.name == name);
    found.map(|asset| asset.serve(&headers)).ok_or_else(|| Problem::not_found(format!("没有文件 {name}")))
}
