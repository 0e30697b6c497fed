//! 反映人库: the people and units that items come from. Who reads the desk reads it; who keeps running data changes it; what
//! is sensitive in it is masked, and shown only by right, with a row of the log for each look.

mod api;
mod api_lists;
mod doubles;
mod edit;
mod entry;
mod import;
mod import_page;
mod lines;
mod list;
mod roster;
mod units;
mod work;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;

use crate::clock::Clock;
use crate::model::Permission;
use crate::site::{ApiTable, Need, PageRight, Site, Table, store_problem};
use crate::store::{Priority, Sql, Store, StoreError, Tx};
use crate::tables::Tables;
use crate::text::Redactor;
use crate::web::Problem;

/// Largest list that is imported.
const LIST_MAX: usize = 8 << 20;

/// A sheet of a table: its name, and its rows with their numbers in the file.
pub type Sheet = (String, Vec<(usize, Vec<String>)>);

/// Reads a table of any kind; answers in Chinese why not.
pub type ReadTable = Arc<dyn Fn(&str, &[u8]) -> Result<Vec<Sheet>, String> + Send + Sync>;

/// What the registry is made of.
pub struct Parts {
    /// The facts.
    pub store: Arc<Store>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Masks what is sensitive.
    pub redactor: Redactor,
    /// 基础数据: 界别, 党派, 区县.
    pub tables: Arc<Tables>,
    /// Reads lists.
    pub read_table: ReadTable,
}

/// The registry.
pub struct Registry {
    parts: Parts,
}

impl Registry {
    /// Puts it together.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self { parts })
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.parts.store.read(job).await.map_err(|error| told(&error))
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.parts.store.write(Priority::Desk, job).await.map_err(|error| told(&error))
    }
}

/// What was refused for a reason that a person can mend is said in its own words.
fn told(error: &StoreError) -> Problem {
    match error {
        StoreError::Constraint(why) => Problem::conflict("constraint", why.clone()),
        other => store_problem(other),
    }
}

/// What the pages are made from.
pub struct Pages {
    registry: Arc<Registry>,
    site: Arc<Site>,
}

impl Deref for Pages {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

type Shared = State<Arc<Pages>>;

/// Who looks at the registry.
const READING: Need = Need::Any(&[Permission::Read, Permission::Run]);
/// Who keeps it.
const KEEPING: Permission = Permission::Run;
const KEEP: Need = Need::May(KEEPING);
/// Who sees what is sensitive.
const PERSONAL: Need = Need::May(Permission::Personal);

fn table() -> Table<Pages> {
    Table::default()
        .get("/contributors", READING, list::show)
        .get("/contributors/new", KEEP, edit::blank)
        .post("/contributors/new", KEEP, edit::add)
        .get("/contributors/import", KEEP, import_page::show)
        .upload("/contributors/import", KEEP, LIST_MAX, import_page::look)
        .upload("/contributors/import/take", KEEP, 4 * LIST_MAX, import_page::take)
        .get("/contributors/doubles", KEEP, doubles::show)
        .post("/contributors/doubles", KEEP, doubles::decide)
        .get("/contributors/{no}", READING, entry::show)
        .post("/contributors/{no}/reveal", PERSONAL, entry::reveal)
        .get("/contributors/{no}/edit", KEEP, edit::show)
        .post("/contributors/{no}/edit", KEEP, edit::change)
        .post("/contributors/{no}/retire", KEEP, entry::retire)
        .post("/contributors/{no}/account", KEEP, entry::account)
        .post("/contributors/{no}/unmerge", KEEP, doubles::unmerge)
        .post("/contributors/{no}/people", KEEP, units::people)
        .post("/contributors/{no}/review", KEEP, units::review)
}

fn api_table() -> ApiTable<Pages> {
    ApiTable::default()
        .get("/api/v1/desk/contributors", READING, api::list)
        .post("/api/v1/desk/contributors", KEEP, api::add)
        .post("/api/v1/desk/contributors/import", KEEP, api_lists::look)
        .post("/api/v1/desk/contributors/import/take", KEEP, api_lists::take)
        .get("/api/v1/desk/contributors/doubles", KEEP, api_lists::doubles)
        .post("/api/v1/desk/contributors/doubles", KEEP, api_lists::distinct)
        .get("/api/v1/desk/contributors/{no}", READING, api::show)
        .put("/api/v1/desk/contributors/{no}", KEEP, api::change)
        .post("/api/v1/desk/contributors/{no}/reveal", PERSONAL, api::reveal)
        .post("/api/v1/desk/contributors/{no}/retire", KEEP, api::retire)
        .post("/api/v1/desk/contributors/{no}/account", KEEP, api::account)
        .post("/api/v1/desk/contributors/{no}/merge", KEEP, api::merge)
        .post("/api/v1/desk/contributors/{no}/unmerge", KEEP, api::unmerge)
        .post("/api/v1/desk/contributors/{no}/people", KEEP, api::people)
        .post("/api/v1/desk/contributors/{no}/review", KEEP, api::review)
}

/// Every page and form of the registry, with what it needs.
pub fn page_rights() -> Vec<PageRight> {
    table().rights
}

/// Every call of a person's own programs, with what it needs.
pub fn api_rights() -> Vec<PageRight> {
    api_table().rights
}

/// The pages and the calls as routes.
pub fn routes(registry: Arc<Registry>, site: Arc<Site>) -> Router {
    let pages = Arc::new(Pages { registry, site });
    table().router(Arc::clone(&pages)).merge(api_table().router(pages))
}
