//! Contributors' pages: sending an item (with an account, or without one), its state by receipt, one's own items.
//!
//! Every way in ends in the intake's `accept`; this module hands the same JSON to it that any other system would send, so
//! all limits and refusals are those of the contract.

mod challenge;
mod cosigned;
mod limits;
mod mine;
mod notices;
mod own;
mod parts;
mod report;
mod resembling;
mod send;
mod status;
mod topics;
mod unit;
mod unit_review;
mod values;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use futures_util::future::BoxFuture;

use crate::clock::Clock;
use crate::config;
use crate::index::Kin;
use crate::model::{Actor, FileId, ItemId, Permission, Receipt, SecretKey, SourceId};
use crate::site::{Need, PageRight, Site, Table, store_problem};
use crate::store::{Sql, Store, StoreError, Tx};
use crate::tables::Tables;
use crate::web::Problem;

pub use parts::Recognised;

/// An item as any system would send it.
pub struct Sent {
    /// Which item it corrects.
    pub corrects: Option<ItemId>,
    /// Through which way in.
    pub source: SourceId,
    /// Who hands it over.
    pub actor: Actor,
    /// The account that it comes from: its unit may want to pass it first.
    pub account: Option<String>,
    /// The item as JSON, after `schemas/item.v1.json`.
    pub json: Vec<u8>,
    /// The request's own key: the same form sent twice is one item. None where the item names itself.
    pub key: Option<String>,
    /// The fields of the form, to be filled in again where the unit returns it.
    pub form: String,
    /// Whether it is sent in the name of the unit.
    pub as_unit: bool,
    /// Whether the unit has passed it.
    pub passed: bool,
}

/// What the intake answers.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The item.
    pub item: ItemId,
    /// Its receipt.
    pub receipt: Receipt,
    /// 待本级审核: a reviewer of the sender's unit passes it first.
    pub waits: bool,
}

/// Hands an item to the intake.
pub type Submit = Box<dyn Fn(Sent) -> BoxFuture<'static, Result<Answer, Problem>> + Send + Sync>;

/// Keeps an attachment: who, its name, its bytes; gives what an item calls it by, and its name as it was cleaned.
pub type Attach = Box<
    dyn Fn(Actor, String, Vec<u8>) -> BoxFuture<'static, Result<(FileId, String), Problem>> + Send + Sync,
>;

/// Recognises who and what in a text that somebody wrote or pasted into one box.
pub type ToldApart = Box<dyn Fn(&str) -> Recognised + Send + Sync>;

/// Sets the 用稿通知 of an item as PDF.
pub type UseNotice = Box<dyn Fn(ItemId) -> BoxFuture<'static, Result<Vec<u8>, Problem>> + Send + Sync>;

/// What the portal is made of.
pub struct Parts {
    /// The facts.
    pub store: Arc<Store>,
    /// Finds texts on the same matter.
    pub kin: Kin,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Signs questions.
    pub secret: SecretKey,
    /// Settings.
    pub settings: config::Portal,
    /// From what on texts are told to be alike.
    pub threshold: f64,
    /// The way into the intake.
    pub submit: Submit,
    /// Keeps attachments.
    pub attach: Attach,
    /// Tells a text apart.
    pub told_apart: ToldApart,
    /// Sets a 用稿通知.
    pub use_notice: UseNotice,
    /// Largest attachment, MB.
    pub max_mb: usize,
    /// 基础数据: what the form offers.
    pub tables: Arc<Tables>,
    /// The office's own channels.
    pub ways: Vec<Way>,
}

/// A channel of the office's own, as contributors choose it.
#[derive(Debug, Clone)]
pub struct Way {
    /// Its code.
    pub code: String,
    /// 短信 …
    pub title: String,
    /// Whether it needs the number of a mobile telephone; else a name there.
    pub mobile: bool,
}

/// The portal.
pub struct Portal {
    store: Arc<Store>,
    kin: Kin,
    clock: Arc<dyn Clock>,
    settings: config::Portal,
    threshold: f64,
    submit: Submit,
    attach: Attach,
    told_apart: ToldApart,
    use_notice: UseNotice,
    max_mb: usize,
    tables: Arc<Tables>,
    ways: Vec<Way>,
    questions: challenge::Questions,
    limits: limits::Limits,
}

impl Portal {
    /// Puts it together.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            questions: challenge::Questions::new(&parts.secret),
            limits: limits::Limits::new(parts.settings.per_hour),
            store: parts.store,
            kin: parts.kin,
            clock: parts.clock,
            settings: parts.settings,
            threshold: parts.threshold,
            submit: parts.submit,
            attach: parts.attach,
            told_apart: parts.told_apart,
            use_notice: parts.use_notice,
            max_mb: parts.max_mb,
            tables: parts.tables,
            ways: parts.ways,
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.store.read(job).await.map_err(|error| store_problem(&error))
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        self.store.write(crate::store::Priority::Desk, job).await.map_err(|error| store_problem(&error))
    }
}

/// What the pages are made from.
pub struct Pages {
    portal: Arc<Portal>,
    site: Arc<Site>,
}

impl Deref for Pages {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

type Shared = State<Arc<Pages>>;

/// Bytes of attachments that one form brings.
const ATTACHED_MAX: usize = 30 << 20;

fn table() -> Table<Pages> {
    Table::default()
        .get("/report", Need::Open, report::show)
        .upload("/report", Need::Open, ATTACHED_MAX, send::send)
        .post("/report/similar", Need::Open, resembling::ask)
        .post("/report/propose", Need::Open, report::propose)
        .post("/report/draft", Need::May(Permission::Submit), report::keep)
        .get("/receipt", Need::Open, status::show)
        .get("/mine", Need::May(Permission::Submit), mine::list)
        .post("/notices/seen", Need::May(Permission::Submit), notices::seen)
        .post("/notices/choice", Need::May(Permission::Submit), notices::choose)
        .get("/mine/{id}", Need::May(Permission::Submit), report::again)
        .post("/mine/{id}/not-me", Need::May(Permission::Submit), cosigned::not_me)
        .get("/unit", Need::May(Permission::Submit), unit::show)
        .post("/unit/many", Need::May(Permission::Submit), unit_review::decide_many)
        .post("/unit/{no}", Need::May(Permission::Submit), unit_review::decide)
        .get("/mine/{id}/sent", Need::May(Permission::Submit), own::show)
        .get("/mine/{id}/notice", Need::May(Permission::Submit), own::use_notice)
        .post("/mine/{id}/withdraw", Need::May(Permission::Submit), mine::withdraw)
}

/// Every page and form of the portal, with what it needs.
pub fn page_rights() -> Vec<PageRight> {
    table().rights
}

/// The pages as routes.
pub fn routes(portal: Arc<Portal>, site: Arc<Site>) -> Router {
    table().router(Arc::new(Pages { portal, site }))
}
