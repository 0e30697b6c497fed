//! 跨网交换: two sites of one office with no wire between them.
//!
//! ```text
//! outer (internet): portal, intake ──► package 1, 2, 3 … ──► inner (the office's net): desk
//!                   my items       ◄── package 1, 2, 3 … ◄──        answers, as contributors may know them
//! ```
//!
//! A package is one file, signed, numbered without gap in each direction, and it names the hash of the one before
//! (`package`). It is made from the change log with a cursor in the store; its bytes are kept, so a lost one is handed out
//! again as it was (`outgoing`). Taking one ends in the intake's `accept` on the inner site and in moves of items on the
//! outer one; both know what they have, so a package that was half taken, or comes twice, doubles nothing (`incoming`).
//! Each package says which of the other direction was taken last.

mod answers;
mod api;
mod incoming;
mod keys;
mod outgoing;
mod package;
mod pages;
mod records;
mod standing;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::config;
use crate::model::{Actor, FileId, ItemId, Permission, Receipt, SecretKey, SourceId, Submission, Timestamp};
use crate::site::{Need, PageRight, Site, Table};
use crate::store::{Blobs, PackageRecord, Store, StoreError, Way};
use crate::tables::Tables;

pub use api::routes as api_routes;
pub use incoming::Imported;
pub use keys::{PublicKey, SiteKey};
pub use package::{Counts, PackageError, file_name};
pub use standing::Standing;

/// How far the change log was looked through for what is to be sent.
pub const CURSOR: &str = "exchange";
/// Whether the other site has to be told what was taken though there is nothing else to tell.
const OWED: &str = "exchange.owed";
/// Largest file that is taken in one request, whatever the other site's limit.
const FILE_MAX: usize = 256 << 20;

/// Which of the two this site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// On the internet: takes items, shows answers.
    Outer,
    /// On the office's own net: works on items.
    Inner,
}

impl Side {
    /// In the office's words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Outer => "外网",
            Self::Inner => "内网",
        }
    }

    /// The one over there.
    pub fn other(self) -> Self {
        match self {
            Self::Outer => Self::Inner,
            Self::Inner => Self::Outer,
        }
    }
}

/// Why nothing was made or taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExchangeError {
    /// One site only.
    #[error("本站没有启用跨网交换：请在配置中把 exchange.side 写为 outer（外网）或 inner（内网）并重启服务")]
    Off,
    /// Nobody to exchange with.
    #[error(
        "还没有对方的公钥：请在对方执行 minyi site keys，把结果写入本站配置 exchange.peer_key 并重启服务"
    )]
    NoPeer,
    /// The file itself.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// It does not follow what was taken.
    #[error("{0}")]
    Order(String),
    /// Not now.
    #[error("{0}")]
    Later(String),
    /// There is no such package.
    #[error("{0}")]
    NoSuch(String),
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An item on its way into the intake.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The item.
    pub item: ItemId,
    /// The receipt that was given for it.
    pub receipt: Receipt,
    /// Who sent it.
    pub source: SourceId,
    /// When it was acknowledged.
    pub received_at: Timestamp,
    /// Whether it is a further version.
    pub correction: bool,
    /// What was received.
    pub submission: Submission,
}

/// Why something was not taken.
#[derive(Debug, Clone)]
pub enum Untaken {
    /// It never will be.
    Never(String),
    /// It may be, once something is changed or there is room again.
    Later(String),
}

/// The way into the intake, the same as for everything; whether it had been received before.
pub type Take = Box<dyn Fn(Carried) -> BoxFuture<'static, Result<bool, Untaken>> + Send + Sync>;
/// Keeps an attachment for good, with its owner and its name.
pub type Keep =
    Box<dyn Fn(Actor, String, Vec<u8>) -> BoxFuture<'static, Result<FileId, Untaken>> + Send + Sync>;

/// What exchanging is made of.
pub struct Parts {
    /// The facts.
    pub store: Arc<Store>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Files.
    pub blobs: Blobs,
    /// Reasons with their outward wording.
    pub tables: Arc<Tables>,
    /// What the signing key comes from.
    pub secret: SecretKey,
    /// How.
    pub settings: config::Exchange,
    /// 本单位.
    pub office: String,
    /// The way into the intake.
    pub take: Take,
    /// Keeps attachments.
    pub keep: Keep,
}

/// The exchange of packages.
pub struct Exchange {
    parts: Parts,
    key: SiteKey,
    side: Option<Side>,
    peer: Option<PublicKey>,
    /// One package is made or taken at a time.
    alone: Mutex<()>,
}

impl Exchange {
    /// Reads the settings.
    ///
    /// # Errors
    /// In Chinese, what is wrong with them.
    pub fn new(parts: Parts) -> Result<Arc<Self>, String> {
        let side = match parts.settings.side.as_str() {
            "" => None,
            "outer" => Some(Side::Outer),
            "inner" => Some(Side::Inner),
            other => return Err(format!("exchange.side 应为 outer、inner 或空，现为 {other}")),
        };
        let peer = match parts.settings.peer_key.trim() {
            "" => None,
            text => Some(text.parse::<PublicKey>().map_err(|why| format!("exchange.peer_key：{why}"))?),
        };
        let most = FILE_MAX >> 20;
        if !(1..=most / 2).contains(&parts.settings.max_mb) {
            let now = parts.settings.max_mb;
            return Err(format!("exchange.max_mb 应为 1–{}，现为 {now}", most / 2));
        }
        let key = SiteKey::of(&parts.secret)?;
        if peer.is_some_and(|peer| peer == key.public()) {
            return Err("exchange.peer_key 写的是本站自己的公钥，应写对方的".to_owned());
        }
        Ok(Arc::new(Self { parts, key, side, peer, alone: Mutex::new(()) }))
    }

    /// What the other site has to know.
    pub fn public_key(&self) -> PublicKey {
        self.key.public()
    }

    fn side(&self) -> Result<Side, ExchangeError> {
        self.side.ok_or(ExchangeError::Off)
    }

    /// Which side this is, and who is at the other.
    fn link(&self) -> Result<(Side, PublicKey), ExchangeError> {
        Ok((self.side()?, self.peer.ok_or(ExchangeError::NoPeer)?))
    }

    /// What a package's file is called.
    fn name_of(&self, way: Way, package: &PackageRecord) -> String {
        let side = self.side.unwrap_or(Side::Outer);
        let from = if way == Way::Out { side } else { side.other() };
        package::name(from, package.number, package.made_at)
    }
}

/// What the pages are made from.
pub struct Pages {
    exchange: Arc<Exchange>,
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
    Table::default()
        .get("/exchange", NEED, pages::show)
        .post("/exchange/export", NEED, pages::export)
        .upload("/exchange/import", NEED, FILE_MAX, pages::import)
        .get("/exchange/packages/{no}", NEED, pages::download)
}

/// Every page and form of the exchange, with what it needs.
pub fn page_rights() -> Vec<PageRight> {
    table().rights
}

/// The pages as routes.
pub fn routes(exchange: Arc<Exchange>, site: Arc<Site>) -> Router {
    table().router(Arc::new(Pages { exchange, site }))
}
