//! Files that come in by a page, of contributors and of editors alike: looked at with every error marked before anything is
//! sent, sent row by row in the background, reported row by row.
//!
//! ```text
//! file ─► look (errors by cell; nothing sent) ─► send ─► rows one by one into the intake ─► report (CSV, XLSX)
//!                     └► drop                      └► stop: what was sent stays sent, and the report says which
//! ```
//!
//! How a file is read and how an item is taken is handed in ([`Look`], [`Take`]): both are the intake's. The file is kept until
//! it is decided about and swept a day later; a file with a secrecy mark anywhere is never kept at all.

mod list;
mod pages;
mod report;
mod sending;
mod sweep;

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, Semaphore};

use crate::clock::Clock;
use crate::model::{Actor, ItemId, Permission, Receipt, SourceId};
use crate::site::{Need, PageRight, Site, Table, store_problem};
use crate::store::{Blobs, Sql, Store, StoreError, Tx, UploadRecord};
use crate::web::Problem;

pub use sending::{Sending, send};

/// The way in of what contributors upload, as of what they write into the form.
const OWN_SOURCE: &str = "portal";
/// The way in of what editors upload for nobody in particular.
const DESK_SOURCE: &str = "files";
/// Who has to do with uploads.
const UPLOADING: &[Permission] = &[Permission::Submit, Permission::Triage];
/// Files that were read and may be asked for again: kept in memory so long.
const REMEMBERED: usize = 3;

/// A file as it was read.
pub struct Looked {
    /// Its rows, or its texts.
    pub rows: Vec<LookedRow>,
    /// What else should be known.
    pub notes: Vec<String>,
    /// The header of a table: cell, name, and what it was taken for.
    pub columns: Vec<(String, String, Option<&'static str>)>,
}

/// A row of a file, or a text in it.
pub struct LookedRow {
    /// 第 3 行.
    pub place: String,
    /// 标题.
    pub title: String,
    /// 反映人.
    pub by: String,
    /// The item as it will be sent; empty where there is none.
    pub json: String,
    /// What is wrong, with the cell where there is one; empty = it can be sent.
    pub flaws: Vec<String>,
}

/// Reads and checks a file: its name, its bytes, and what stands before the numbers that it gives its items.
pub type Look = Arc<dyn Fn(&str, &[u8], &str) -> Result<Looked, String> + Send + Sync>;
/// How an item was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// 新收.
    New,
    /// 重复.
    Repeat,
    /// 待本级审核: a reviewer of its sender's unit passes it first.
    Waits,
}

/// An item that was taken.
pub struct Handed {
    /// Its id.
    pub item: ItemId,
    /// Its receipt.
    pub receipt: Receipt,
    /// How.
    pub standing: Standing,
}

/// Hands an item to the intake.
pub type Take =
    Box<dyn Fn(SourceId, Actor, Vec<u8>) -> BoxFuture<'static, Result<Handed, Problem>> + Send + Sync>;
/// Makes the table to fill in, as XLSX.
pub type Template = Box<dyn Fn() -> Result<Vec<u8>, String> + Send + Sync>;

/// What uploads are made of.
pub struct Parts {
    /// The facts.
    pub store: Arc<Store>,
    /// The files.
    pub blobs: Blobs,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Reads files.
    pub look: Look,
    /// The way into the intake.
    pub take: Take,
    /// The table to fill in.
    pub template: Template,
    /// Largest file, bytes.
    pub file_max: usize,
    /// This node, which goes on with its own work after a restart.
    pub node: String,
}

/// Uploads.
pub struct Uploads {
    parts: Parts,
    /// One file is read at a time: it may be large.
    reading: Semaphore,
    looked: Mutex<VecDeque<(String, Arc<Looked>)>>,
    /// Stirs the sender.
    begun: Notify,
}

impl Uploads {
    /// Puts it together.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self { parts, reading: Semaphore::new(1), looked: Mutex::default(), begun: Notify::new() })
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.parts.store.read(job).await.map_err(|error| store_problem(&error))
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.parts.store.write(crate::store::Priority::Desk, job).await.map_err(|error| store_problem(&error))
    }

    /// Reads a file on a thread of its own.
    async fn look(
        &self,
        name: &str,
        bytes: Vec<u8>,
        owner: &Actor,
        source: &SourceId,
    ) -> Result<Looked, Problem> {
        let _turn = self.reading.acquire().await.map_err(|error| Problem::internal(&error))?;
        let (look, name, prefix) = (Arc::clone(&self.parts.look), name.to_owned(), prefix(owner, source));
        let read = tokio::task::spawn_blocking(move || look(&name, &bytes, &prefix));
        read.await.map_err(|error| Problem::internal(&error))?.map_err(Problem::invalid)
    }

    /// A file that was read before, or is read again from where it is kept.
    async fn looked(&self, upload: &UploadRecord) -> Result<Arc<Looked>, Problem> {
        let known = self.remembered().iter().find(|(id, _)| *id == upload.id).map(|(_, at)| Arc::clone(at));
        if let Some(known) = known {
            return Ok(known);
        }
        let (blobs, hash) = (self.parts.blobs.clone(), upload.blob);
        let bytes = tokio::task::spawn_blocking(move || blobs.get(&hash)).await;
        let bytes = bytes
            .map_err(|error| Problem::internal(&error))?
            .map_err(|error| Problem::unavailable(format!("上传的文件读不出来（{error}），请重新上传")))?;
        let looked = Arc::new(self.look(&upload.name, bytes, &upload.owner, &upload.source).await?);
        self.remember(&upload.id, &looked);
        Ok(looked)
    }

    fn remember(&self, id: &str, looked: &Arc<Looked>) {
        let mut all = self.remembered();
        all.retain(|(one, _)| one != id);
        all.push_back((id.to_owned(), Arc::clone(looked)));
        if all.len() > REMEMBERED {
            all.pop_front();
        }
    }

    fn forget(&self, id: &str) {
        self.remembered().retain(|(one, _)| one != id);
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, VecDeque<(String, Arc<Looked>)>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everybody counts their own numbers: row 1 of one contributor is not row 1 of another.
fn prefix(owner: &Actor, source: &SourceId) -> String {
    match owner {
        Actor::User(name) if source.as_str() == OWN_SOURCE => format!("{name}/"),
        _ => String::new(),
    }
}

/// What the pages are made from.
pub struct Pages {
    uploads: Arc<Uploads>,
    site: Arc<Site>,
}

impl Deref for Pages {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

type Shared = State<Arc<Pages>>;

fn table(file_max: usize) -> Table<Pages> {
    const NEED: Need = Need::Any(UPLOADING);
    Table::default()
        .get("/files", NEED, list::show)
        .upload("/files", NEED, file_max, pages::look)
        .get("/files/template", NEED, list::template)
        .get("/files/{id}", NEED, pages::show)
        .post("/files/{id}/send", NEED, pages::send)
        .post("/files/{id}/drop", NEED, pages::give_up)
        .post("/files/{id}/stop", NEED, pages::stop)
        .get("/files/{id}/report/{format}", NEED, report::download)
}

/// Every page and form of uploads, with what it needs.
pub fn page_rights() -> Vec<PageRight> {
    table(0).rights
}

/// The pages as routes.
pub fn routes(uploads: Arc<Uploads>, site: Arc<Site>) -> Router {
    table(uploads.parts.file_max).router(Arc::new(Pages { uploads, site }))
}
