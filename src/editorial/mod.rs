//! (6) The desk: what editors do with what came in. Use cases here; how they are reached over HTTP in `routes`.

mod api;
mod bulletin_routes;
mod contributors;
mod counted;
mod cut;
mod dead;
mod diff;
mod digest;
mod error;
mod forms;
mod groups;
mod hand_back;
mod hints;
mod hot;
mod inbox;
mod issue;
mod item;
mod kinds;
mod letters;
mod lists;
mod live;
mod manuscript;
mod on_paper;
mod outcome;
mod outcome_routes;
mod pages;
mod paper_routes;
mod printers;
mod reindex;
mod reveal;
mod routes;
mod search;
mod session;
mod shelf;
mod shelf_routes;
mod similar;
mod sources;
mod subscriptions;
mod tables;
mod tables_import;
mod topics;
mod triage;
mod typed;
mod user_routes;
mod verdicts;
mod verify;
mod webhooks;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};

use crate::bulletin::{Form, Letter, Series, UseNotice};
use crate::clock::Clock;
use crate::config;
use crate::group::Subjects;
use crate::index::{Kin, SearchIndex, ShelfIndex};
use crate::model::{Actor, FileId, ItemId, KindId, Receipt, SeriesId, SourceId};
use crate::store::{Blobs, Store};
use crate::tables::Tables;
use crate::text::{HintTables, Proofreader, Redactor, Snippet};
use crate::web::Problem;

pub use api::{api_rights, api_routes};
pub use digest::{Reminding, remind};
pub use error::DeskError;
pub use forms::load_forms;
pub use hot::HotRequest;
pub use issue::{
    Changed, CompileRequest, Correction, CorrectionRequest, DraftRequest, FileCheck, IssueRequest, IssueView,
    NumberRow, Opening, PastTaken, PictureRequest, ReasonRequest, Verified,
};
pub use kinds::{Kind, Stage, load_kinds};
pub use letters::{load_letter, load_use_notice};
pub use live::{Counting, count};
pub use pages::{page_rights, routes as page_routes};
pub use printers::{Printer, load_printers};
pub use routes::routes;
pub use search::{SearchRequest, SearchResults};
pub use session::Session;
pub use sources::SourceRequest;
pub use triage::Triage;
pub use typed::Proposed;
pub use user_routes::routes as user_routes;
pub use verdicts::VerdictRequest;
pub use verify::Report;
pub use webhooks::{WebhookRequest, WebhookSet};

/// The words in force after they were read again.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Reloaded {
    /// How many there are.
    pub words: usize,
    /// Whether texts are cut otherwise than the index has them: it is then being rebuilt.
    pub changed: bool,
}

/// Cuts a text into words: where each of them ends, in characters.
pub type WordEnds = Arc<dyn Fn(&str) -> Vec<usize> + Send + Sync>;

/// Looks at an address that somebody enters.
pub type AddressCheck = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// Makes the key of a webhook.
pub type WebhookKey = Box<dyn Fn(&SourceId, i64) -> String + Send + Sync>;

/// Makes a backup.
pub type MakeBackup =
    Box<dyn Fn(BackupOrder, Actor) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// What a backup is asked to be.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupOrder {
    /// The folder that keeps it, on the server.
    pub to: PathBuf,
    /// Seals the folder.
    pub passphrase: Option<config::SecretText>,
    /// The configuration file in use, which goes with it.
    pub config_file: Option<PathBuf>,
}

/// Hands what was typed in to the intake: by which way, who typed, the item as JSON, the form's own key.
pub type TypeIn = Box<
    dyn Fn(SourceId, Actor, Vec<u8>, String) -> BoxFuture<'static, Result<(ItemId, Receipt), Problem>>
        + Send
        + Sync,
>;

/// Keeps a file of somebody's until something refers to it, by the checks of every attachment: its id and its name.
pub type KeepFile = Box<
    dyn Fn(Actor, String, Vec<u8>) -> BoxFuture<'static, Result<(FileId, String), Problem>> + Send + Sync,
>;

/// Reads the paragraphs of a file, by its name and its bytes; answers in Chinese why there are none.
pub type ReadText = Arc<dyn Fn(&str, &[u8]) -> Result<Vec<String>, String> + Send + Sync>;

/// What the desk asks of parts that it may not know itself.
pub struct Hooks {
    /// Tells the parts of a pasted message apart: title, body, name, unit, phone.
    pub told_apart: Box<dyn Fn(&str) -> Proposed + Send + Sync>,
    /// Takes what was typed in for somebody.
    pub type_in: TypeIn,
    /// Reads a document for the shelf.
    pub read_text: ReadText,
    /// Keeps a scan.
    pub keep_file: KeepFile,
    /// Puts a message into the queue again; answers in Chinese why not.
    pub resend: Box<dyn Fn(String) -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
    /// Puts an article of a past issue into the queue as an item; answers in Chinese why not.
    pub post_past: Box<dyn Fn(serde_json::Value) -> BoxFuture<'static, Result<ItemId, String>> + Send + Sync>,
    /// Where the words of a text end, in characters: titles are broken between words.
    pub word_ends: WordEnds,
    /// Called after a source was added or revoked.
    pub sources_changed: Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
    /// Reads the office's words again, off the async threads; answers in Chinese what is wrong with them.
    pub reload_lexicon: Box<dyn Fn() -> Result<Reloaded, String> + Send + Sync>,
    /// Whether calls may go to an address; answers in Chinese why not.
    pub check_address: AddressCheck,
    /// The key that signs a source's notices, by its number.
    pub webhook_key: WebhookKey,
    /// Makes a backup, off the async threads; gives what it did, or says in Chinese why there is none.
    pub backup: MakeBackup,
    /// How many acknowledged messages no worker has stored yet.
    pub waiting: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// The desk.
pub struct Desk {
    store: Arc<Store>,
    index: SearchIndex,
    shelf_index: ShelfIndex,
    blobs: Blobs,
    clock: Arc<dyn Clock>,
    series: BTreeMap<SeriesId, Series>,
    /// 纸质单据, by code.
    forms: BTreeMap<String, Form>,
    /// 转送函.
    letter: Letter,
    use_notice: UseNotice,
    settings: config::Bulletin,
    session: Option<Session>,
    presses: Arc<issue::Presses>,
    group: config::Group,
    kin: Kin,
    subjects: Arc<Subjects>,
    limits: config::Intake,
    hooks: Hooks,
    tables: Arc<Tables>,
    printers: Vec<Printer>,
    kinds: BTreeMap<KindId, Kind>,
    redactor: Arc<Redactor>,
    proofreader: Arc<Proofreader>,
    hint_tables: Arc<HintTables>,
    /// 常用语: label and text.
    snippets: Vec<Snippet>,
    counted: counted::Counted,
    /// Asks for the figures of the navigation.
    nudge: live::Nudge,
    /// CPU work (searching, typesetting) on as many threads as there are cores.
    cpu: Arc<Semaphore>,
    /// Only one rebuild of the index at a time.
    reindexing: AtomicBool,
    /// Only one training of subjects at a time.
    training: Arc<Mutex<()>>,
}

/// Everything the desk is made of.
pub struct Parts {
    /// The facts.
    pub store: Arc<Store>,
    /// The view for searching.
    pub index: SearchIndex,
    /// 参考资料.
    pub shelf_index: ShelfIndex,
    /// Files.
    pub blobs: Blobs,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// The bulletins of the office.
    pub series: BTreeMap<SeriesId, Series>,
    /// 纸质单据.
    pub forms: BTreeMap<String, Form>,
    /// 转送函.
    pub letter: Letter,
    /// 用稿通知.
    pub use_notice: UseNotice,
    /// 主题建议.
    pub subjects: Subjects,
    /// 会期, where one is configured.
    pub session: Option<Session>,
    /// Bulletin settings.
    pub bulletin: config::Bulletin,
    /// From what on items are shown as alike.
    pub group: config::Group,
    /// Limits of new tokens.
    pub intake: config::Intake,
    /// 基础数据.
    pub tables: Arc<Tables>,
    /// The printers for 套打.
    pub printers: Vec<Printer>,
    /// Kinds of item with their review chains.
    pub kinds: BTreeMap<KindId, Kind>,
    /// Masks personal data.
    pub redactor: Redactor,
    /// 校对.
    pub proofreader: Proofreader,
    /// Places, units and words of urgency.
    pub hint_tables: HintTables,
    /// 常用语.
    pub snippets: Vec<Snippet>,
    /// Other parts.
    pub hooks: Hooks,
    /// Threads for CPU work.
    pub cores: usize,
}

impl Desk {
    /// Puts it together.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            store: parts.store,
            kin: Kin::new(parts.index.clone()),
            subjects: Arc::new(parts.subjects),
            index: parts.index,
            shelf_index: parts.shelf_index,
            blobs: parts.blobs,
            clock: parts.clock,
            series: parts.series,
            forms: parts.forms,
            letter: parts.letter,
            use_notice: parts.use_notice,
            presses: Arc::new(issue::Presses::new(parts.bulletin.fonts_dir.clone())),
            settings: parts.bulletin,
            session: parts.session,
            group: parts.group,
            limits: parts.intake,
            hooks: parts.hooks,
            tables: parts.tables,
            printers: parts.printers,
            kinds: parts.kinds,
            redactor: Arc::new(parts.redactor),
            proofreader: Arc::new(parts.proofreader),
            hint_tables: Arc::new(parts.hint_tables),
            snippets: parts.snippets,
            counted: counted::Counted::default(),
            nudge: live::Nudge::default(),
            cpu: Arc::new(Semaphore::new(parts.cores.max(1))),
            reindexing: AtomicBool::new(false),
            training: Arc::default(),
        })
    }

    /// The look-up of the same matter, for others who need one: words are counted once for all.
    pub fn kin(&self) -> Kin {
        self.kin.clone()
    }

    /// Runs CPU work off the async threads, no more of it at once than there are cores.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let permit = Arc::clone(&self.cpu).acquire_owned().await.map_err(|_| DeskError::Ending)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|error| DeskError::Broken(error.to_string()))?
    }

    /// An issue as it is cited: 《社情民意信息》2026年第3期.
    fn cited(&self, series: &str, year: i32, number: u32) -> String {
        let name = series.parse().ok().and_then(|id: SeriesId| self.series.get(&id));
        let name = name.map_or(series, |series| series.name.trim_matches(['《', '》']));
        format!("《{name}》{year}年第{number}期")
    }

    fn series(&self, id: &SeriesId) -> Result<&Series, DeskError> {
        self.series.get(id).ok_or_else(|| {
            let known = self.series.keys().map(SeriesId::as_str).collect::<Vec<_>>().join("、");
            DeskError::NoSeries { id: id.to_string(), known }
        })
    }
}
