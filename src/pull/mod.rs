//! Pulled sources (抓取渠道): feeds and APIs that are asked for what is new, mailboxes (`mailbox`) and watched folders
//! (`folder`), each as its file describes it.
//!
//! ```text
//! plan (TOML) ─► fetch (outward: limits, SSRF) ─► charset ─► feed │ json ─► entries ─► named (new, revised, known)
//!      ▲             304, 429 …                                                          │ each into the intake
//!      └── mark: where to go on ◄── noted with the entries, in one transaction ◄─────────┘
//! ```
//!
//! Nothing is missed: a place is noted only after what stands before it was taken; a sweep over pages stops only at what
//! was noted before it began, and is repeated until it brings nothing. Nothing is taken twice: an entry's name is the
//! item's `external_id`. One node pulls a source at a time, under a lease; how an item is taken is handed in ([`Take`]).

mod charset;
mod dates;
mod entry;
mod feed;
mod fetch;
mod folder;
mod handing;
mod json;
mod mailbox;
mod mark;
mod pages;
mod plan;
mod reading;
mod running;
mod taking;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config;
use crate::model::{Actor, ItemId, Permission, Receipt, SourceId};
use crate::outward::{Outward, OutwardError};
use crate::site::{Need, PageRight, Site, Table};
use crate::store::{Store, StoreError};
use crate::web::Problem;

use folder::Watched;

pub use handing::{FileRow, Keep, Letter, Readers, Unread};
pub use pages::api_routes;
pub use plan::{Plan, Plans, load};
pub use reading::{items_of, parts_of_mail};
pub use running::{Pulling, pull};

/// Why a pull brought nothing, and what to do.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PullError {
    /// The configuration.
    #[error("{0}")]
    Plan(String),
    /// The way there.
    #[error("{}", way(.0))]
    Outward(#[from] OutwardError),
    /// Another status than success.
    #[error("对方答复 {status}：{advice}")]
    Refused {
        /// Which.
        status: u16,
        /// What to do.
        advice: &'static str,
        /// Seconds that the server asks to wait.
        after: Option<i64>,
    },
    /// An answer that is not what it should be.
    #[error("{0}")]
    Unreadable(String),
    /// The intake takes nothing now.
    #[error("本系统暂时不能收稿（{0}），稍后自动再试")]
    Full(String),
    /// The store is away, or another node pulls.
    #[error("{0}")]
    Store(StoreError),
    /// The process ends.
    #[error("正在停机")]
    Ending,
}

/// What to do about a call that got nowhere.
fn way(error: &OutwardError) -> String {
    let advice = match error {
        OutwardError::Unreachable(_) => "稍后自动再试；一直如此请检查网络和对方服务",
        OutwardError::Slow(_) => "稍后自动再试；一直如此请加大 outward.timeout_seconds",
        OutwardError::TooLarge(_) => "请加大本渠道的 max_kb，或减少每页条数",
        OutwardError::Certificate(_) => {
            "没有继续；证书由本单位签发的，请在 ca 中写明签发机构的证书文件，否则请核对 host"
        }
        OutwardError::Redirects => "请对方检查，或改用最终地址",
        OutwardError::Header(_) | OutwardError::Address(_) | OutwardError::Private(_) => {
            return error.to_string();
        }
    };
    format!("{error}：{advice}")
}

/// An item on its way to the intake.
pub struct Sent {
    /// Of which source.
    pub source: SourceId,
    /// Who hands it over.
    pub actor: Actor,
    /// The account of whoever wrote it, where it is known: its unit may want to pass it first.
    pub account: Option<String>,
    /// The item under the contract of every way in.
    pub json: Vec<u8>,
    /// The item that it is a further version of.
    pub corrects: Option<ItemId>,
}

/// An item that was taken.
pub struct Handed {
    /// Its id.
    pub item: ItemId,
    /// Its receipt.
    pub receipt: Receipt,
    /// Whether it was there before.
    pub repeat: bool,
    /// 待本级审核: whether a reviewer of its author's unit passes it first.
    pub waits: bool,
}

/// Hands an item to the intake.
pub type Take = Box<dyn Fn(Sent) -> BoxFuture<'static, Result<Handed, Problem>> + Send + Sync>;

/// Gives a secret by its name.
pub type Secrets = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What pulling is made of.
pub struct Parts {
    /// The facts.
    pub store: Arc<Store>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Calls.
    pub outward: Outward,
    /// The way into the intake.
    pub take: Take,
    /// Secrets by name.
    pub secret: Secrets,
    /// Keeps attachments.
    pub keep: Keep,
    /// Reads files and letters.
    pub readers: Readers,
    /// Whether mail can be sent, and the address that it is from: nobody answers oneself.
    pub mail: bool,
    /// See `mail`.
    pub own_address: String,
    /// How.
    pub settings: config::Pull,
    /// How far ahead of the clock a date may be, hours.
    pub max_ahead_hours: u32,
    /// Seconds that a call may take.
    pub call_seconds: u64,
    /// This node.
    pub node: String,
}

/// Pulled sources.
pub struct Pulls {
    parts: Parts,
    plans: Plans,
    /// Stirs whoever waits for the next pull.
    asked: Notify,
    /// Files of watched folders as they were seen last.
    watched: Watched,
}

impl Pulls {
    /// Reads the files.
    ///
    /// # Errors
    /// When their folder cannot be read; a file that is wrong is told where its source is shown.
    pub fn new(parts: Parts) -> Result<Arc<Self>, String> {
        let plans = load(&parts.settings.dir)?;
        for why in plans.iter().filter_map(|(_, plan)| plan.as_ref().err()) {
            tracing::error!("{why}；此渠道不抓取");
        }
        for (source, plan) in &plans {
            if let Some(why) = plan.as_ref().ok().filter(|plan| plan.on).and_then(Plan::warning) {
                tracing::warn!(source.id = %source, "{why}");
            }
        }
        Ok(Arc::new(Self { parts, plans, asked: Notify::new(), watched: Watched::default() }))
    }

    fn plan(&self, source: &SourceId) -> Option<&Plan> {
        self.plans.iter().find(|(id, _)| id == source)?.1.as_ref().ok()
    }
}

/// What the pages are made from.
pub struct Pages {
    pulls: Arc<Pulls>,
    site: Arc<Site>,
}

impl Deref for Pages {
    type Target = Site;
    fn deref(&self) -> &Site {
        &self.site
    }
}

fn table() -> Table<Pages> {
    const NEED: Need = Need::May(Permission::Run);
    Table::default().get("/pulled", NEED, pages::list).get("/pulled/{id}", NEED, pages::show).post(
        "/pulled/{id}",
        NEED,
        pages::now,
    )
}

/// Every page and form of pulled sources, with what it needs.
pub fn page_rights() -> Vec<PageRight> {
    table().rights
}

/// The pages as routes.
pub fn routes(pulls: Arc<Pulls>, site: Arc<Site>) -> Router {
    table().router(Arc::new(Pages { pulls, site }))
}
