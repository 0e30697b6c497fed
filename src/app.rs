//! The composition root: the only file that names concrete backends, and the order in which they end.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::Router;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;

use crate::accounts::{Accounts, Secret};
use crate::bulletin::Series;
use crate::clock::{Clock, SystemClock, random_bytes};
use crate::config::{Config, QueueKind, StoreKind};
use crate::editorial::{self, Desk, Hooks, Reloaded};
use crate::group::{self, Placing, Subjects};
use crate::index::{Follower, IndexSettings, SearchIndex, follow};
use crate::intake::{self, Intake, Tokens};
use crate::model::{Actor, IdError, ItemId, KindId, SecretKey, SeriesId, SourceId};
use crate::pipeline::{self, Workers};
use crate::queue::{Consumer, EmbeddedQueue, Envelope, Producer};
use crate::store::{Blobs, Store};
use crate::text::{Handovers, Lexicon, Redactor, Segmenter};
use crate::web::{self, Check, Listening, Ports, Problem, Readiness};

/// The name of the local socket in the data folder.
pub const SOCKET: &str = "minyi.sock";

/// A running instance.
pub struct App {
    config: Config,
    queue: Arc<EmbeddedQueue>,
    store: Arc<Store>,
    workers: Workers,
    follower: Follower,
    placing: Placing,
    accounts: Arc<Accounts>,
    router: Router,
    listening: Option<Listening>,
    /// One folder, one process: held until the very end.
    _lock: File,
}

impl App {
    /// Opens the data folder and starts everything but the network.
    ///
    /// # Errors
    /// When the folder is in use by another process, or a part cannot start; the message says what to do.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        tokio::task::spawn_blocking(move || Self::open(config, Arc::new(SystemClock))).await?
    }

    fn open(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let dir = config.data.dir.clone();
        std::fs::create_dir_all(&dir).with_context(|| format!("无法建立数据目录 {}", dir.display()))?;
        let lock = lock(&dir)?;
        let secret = secret(&dir)?;
        ballast(&dir, config.data.ballast_mb);
        let recorder = web::install().map_err(anyhow::Error::msg)?;

        let QueueKind::Embedded = config.queue.kind;
        let queue = Arc::new(EmbeddedQueue::open(&dir, &config.queue).context("队列")?);
        let StoreKind::Sqlite = config.store.kind;
        let group_commit = Duration::from_millis(config.store.group_ms);
        let store = Store::open_sqlite(&dir, config.store.readers, group_commit, Arc::clone(&clock))?;
        let store = Arc::new(store);

        let lexicon = Lexicon::load(&config.lexicon.dir)?;
        let words = lexicon.hash();
        let segmenter = Segmenter::new(lexicon);
        let handovers = Arc::new(Handovers::new(config.pipeline.handover_mb << 20));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let count = if config.pipeline.workers == 0 { cores } else { config.pipeline.workers };
        let workers = pipeline::start(
            pipeline::Context {
                consumer: Arc::clone(&queue) as Arc<dyn Consumer>,
                store: Arc::clone(&store),
                segmenter: segmenter.clone(),
                handovers: Arc::clone(&handovers),
                pipeline: config.pipeline.clone(),
                queue: config.queue.clone(),
            },
            count,
        )?;
        let settings = IndexSettings {
            bigrams: config.index.bigrams,
            lexicon: words,
            writer_bytes: config.index.writer_mb << 20,
            commit_ms: config.index.commit_ms,
        };
        let index = SearchIndex::open(&dir.join("index"), settings, segmenter.clone())?;
        let follower = follow(index.clone(), Arc::clone(&store), Arc::clone(&handovers))?;
        let placing = group::place(
            &dir.join("bands"),
            group::Settings { group: config.group.clone(), node: "local".to_owned() },
            Arc::clone(&store),
            handovers,
            Arc::clone(&clock),
        )?;
        let accounts = Accounts::new(Arc::clone(&store), Arc::clone(&clock), config.accounts.clone(), cores);
        let parts = Composed {
            config: &config,
            queue: &queue,
            store: &store,
            index: &index,
            segmenter: &segmenter,
            accounts: &accounts,
            clock,
            secret,
            cores,
        };
        let router = parts.router(recorder)?;
        Ok(Self {
            config,
            queue,
            store,
            workers,
            follower,
            placing,
            accounts,
            router,
            listening: None,
            _lock: lock,
        })
    }

    /// Begins to listen on the local socket and, where an address is given, on the network. Gives the address bound.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn listen(&mut self, address: Option<&str>) -> anyhow::Result<Option<std::net::SocketAddr>> {
        let socket = socket(&self.config.data.dir);
        let ports = Ports::bind(address, &socket).await.with_context(|| {
            format!("无法监听 {}，端口是否已被占用？可用 server.listen 改换", address.unwrap_or("本地套接字"))
        })?;
        let bound = ports.address()?;
        self.listening = Some(web::serve(ports, self.router.clone(), &self.config.server));
        Ok(bound)
    }

    /// As long as there is no account: the path of a one-time link for the first administrator.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn first_link(&self) -> anyhow::Result<Option<String>> {
        let link: Option<Secret> = self.accounts.first_link().await?;
        Ok(link.map(|link| format!("/setup/{}", link.reveal())))
    }

    /// Ends in order: no more requests, no more batches, what is read is written, then the files are closed.
    pub async fn stop(mut self) {
        let limit = Duration::from_secs(self.config.server.shutdown_seconds);
        if let Some(listening) = self.listening.take() {
            listening.stop(limit).await;
        }
        let ended = tokio::task::spawn_blocking(move || {
            self.queue.stop_taking();
            self.workers.join();
            self.placing.stop();
            self.follower.stop();
            self.queue.close();
            self.store.close();
        });
        if tokio::time::timeout(limit, ended).await.is_err() {
            tracing::warn!(
                "the workers did not end in time; what they held is delivered again at the next start"
            );
        }
    }
}

/// The channel (来稿渠道) of articles that were issued before the system came.
const PAST_SOURCE: &str = "past-issues";

/// Past issues come in by a channel of their own, under the contract of every item.
type PostPast = Box<dyn Fn(serde_json::Value) -> BoxFuture<'static, Result<ItemId, String>> + Send + Sync>;

fn post_past(intake: &Arc<Intake>) -> PostPast {
    let intake = Arc::clone(intake);
    Box::new(move |item| {
        let intake = Arc::clone(&intake);
        async move {
            let source: SourceId = PAST_SOURCE.parse().map_err(|error: IdError| error.to_string())?;
            let bytes = item.to_string().into_bytes();
            let submission = intake::read_submission(&bytes, intake.now(), 0, intake.kinds())
                .map_err(|refusal| format!("文稿不能录入：{refusal}"))?;
            let ticket = intake.submit(&source, &Actor::System, submission, None).await;
            ticket.map(|ticket| ticket.item).map_err(|error| error.to_string())
        }
        .boxed()
    })
}

/// The local socket of a data folder.
pub fn socket(dir: &Path) -> PathBuf {
    dir.join(SOCKET)
}

/// What the router is made of.
struct Composed<'a> {
    config: &'a Config,
    queue: &'a Arc<EmbeddedQueue>,
    store: &'a Arc<Store>,
    index: &'a SearchIndex,
    segmenter: &'a Segmenter,
    accounts: &'a Arc<Accounts>,
    clock: Arc<dyn Clock>,
    secret: SecretKey,
    cores: usize,
}

impl Composed<'_> {
    fn router(self, recorder: web::Recorder) -> anyhow::Result<Router> {
        let tokens = Tokens::load(Arc::clone(self.store), Arc::clone(&self.clock))?;
        let producer = Arc::clone(self.queue) as Arc<dyn Producer>;
        let kinds: Vec<KindId> = vec!["opinion".parse()?];
        let intake = Arc::new(Intake::new(producer, Arc::clone(&self.clock), self.secret.clone(), kinds));
        let desk = Desk::new(editorial::Parts {
            store: Arc::clone(self.store),
            index: self.index.clone(),
            blobs: Blobs::open(&self.config.data.dir.join("files"))?,
            clock: Arc::clone(&self.clock),
            series: series(&self.config.bulletin.series_dir)?,
            subjects: Subjects::new(&self.config.data.dir, self.segmenter.clone()),
            bulletin: self.config.bulletin.clone(),
            group: self.config.group.clone(),
            intake: self.config.intake.clone(),
            tables: editorial::Tables::load(&self.config.desk.tables_dir).map_err(anyhow::Error::msg)?,
            redactor: Redactor::standard()?,
            hooks: self.hooks(&intake, &tokens),
            cores: self.cores,
        });
        let ready: Arc<dyn Readiness> = Arc::new(Ready {
            queue: Arc::clone(self.queue),
            store: Arc::clone(self.store),
            index: self.index.clone(),
        });
        let shared = intake::Shared {
            intake,
            tokens: Arc::clone(&tokens),
            store: Arc::clone(self.store),
            settings: self.config.intake.clone(),
        };
        let limit = Duration::from_secs(self.config.server.request_seconds);
        Ok(Router::new()
            .merge(intake::routes(shared, limit))
            .merge(editorial::routes(Arc::clone(&desk)))
            .merge(editorial::user_routes(Arc::clone(self.accounts)))
            .layer(axum::middleware::from_fn_with_state(tokens, intake::identify))
            .merge(editorial::page_routes(
                desk,
                Arc::clone(self.accounts),
                &self.secret,
                self.config.desk.clone(),
            ))
            .merge(web::docs_routes())
            .merge(web::health_routes(ready))
            .merge(web::metrics_routes(recorder, self.gauges()))
            .method_not_allowed_fallback(async || {
                let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
                Problem::new(status, "method", "这个地址不支持此方法；接口说明见 /docs/")
            })
            .fallback(async || Problem::not_found("没有这个地址；接口说明见 /docs/"))
            .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
                axum::response::IntoResponse::into_response(Problem::internal(&"a handler panicked"))
            })))
    }

    fn hooks(&self, intake: &Arc<Intake>, tokens: &Arc<Tokens>) -> Hooks {
        let (intake, tokens, queue) = (Arc::clone(intake), Arc::clone(tokens), Arc::clone(self.queue));
        let post_past = post_past(&intake);
        Hooks {
            resend: Box::new(move |text| {
                let intake = Arc::clone(&intake);
                async move {
                    let envelope = Envelope::decode(&text).map_err(|error| error.to_string())?;
                    intake.resend(envelope).await.map(drop).map_err(|error| error.to_string())
                }
                .boxed()
            }),
            post_past,
            word_ends: {
                let segmenter = self.segmenter.clone();
                Arc::new(move |text| segmenter.boundaries(text, true))
            },
            sources_changed: Box::new(move || {
                let tokens = Arc::clone(&tokens);
                async move {
                    if let Err(error) = tokens.reload().await {
                        tracing::error!(%error, "tokens could not be read again; those known before stay in force");
                    }
                }
                .boxed()
            }),
            reload_lexicon: self.reload_lexicon(),
            waiting: Box::new(move || queue.depth().waiting),
        }
    }

    fn reload_lexicon(&self) -> Box<dyn Fn() -> Result<Reloaded, String> + Send + Sync> {
        let (dir, segmenter) = (self.config.lexicon.dir.clone(), self.segmenter.clone());
        let index = self.index.clone();
        Box::new(move || {
            let lexicon = Lexicon::load(&dir).map_err(|error| error.to_string())?;
            let (words, hash) = (lexicon.entries().len(), lexicon.hash());
            segmenter.replace(lexicon);
            Ok(Reloaded { words, changed: index.relearn(hash) })
        })
    }

    fn gauges(&self) -> Arc<dyn Fn() + Send + Sync> {
        let (queue, store, index) = (Arc::clone(self.queue), Arc::clone(self.store), self.index.clone());
        let dir = self.config.data.dir.clone();
        Arc::new(move || {
            let depth = queue.depth();
            metrics::gauge!("minyi_queue_depth").set(depth.waiting as f64);
            metrics::gauge!("minyi_queue_oldest_seconds").set(depth.oldest_seconds as f64);
            let lag = store.tide().level() - index.applied().0;
            metrics::gauge!("minyi_index_lag_changes").set(lag as f64);
            metrics::gauge!("minyi_index_documents").set(index.documents() as f64);
            metrics::gauge!("minyi_data_bytes").set(folder_bytes(&dir) as f64);
        })
    }
}

struct Ready {
    queue: Arc<EmbeddedQueue>,
    store: Arc<Store>,
    index: SearchIndex,
}

/// An index further behind than this is not ready: editors would miss what has long come in.
const LAG_MAX: i64 = 200_000;

impl Readiness for Ready {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        async move {
            let depth = self.queue.depth();
            let counted = self.store.read(crate::store::last_seq).await;
            let lag = self.store.tide().level() - self.index.applied().0;
            vec![
                Check { name: "queue", ok: true, detail: json!(depth) },
                Check {
                    name: "store",
                    ok: counted.is_ok(),
                    detail: match counted {
                        Ok(seq) => json!({ "seq": seq.0 }),
                        Err(error) => json!({ "error": error.to_string() }),
                    },
                },
                Check {
                    name: "index",
                    ok: lag < LAG_MAX,
                    detail: json!({ "lag": lag, "documents": self.index.documents() }),
                },
            ]
        }
        .boxed()
    }
}

/// What the files below a folder hold; one that vanishes meanwhile counts nothing.
fn folder_bytes(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}

fn lock(dir: &Path) -> anyhow::Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(dir.join("minyi.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!("数据目录 {} 正被另一个 minyi 进程使用；请先停止它，或换一个目录（--data）", dir.display())
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Reads `secret.key`, or makes it at the first start. Receipts depend on it: it belongs to the backup.
fn secret(dir: &Path) -> anyhow::Result<SecretKey> {
    let path = dir.join("secret.key");
    if !path.exists() {
        let bytes: [u8; 32] = random_bytes()?;
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let half = dir.join("secret.key.new");
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&half, &path)?;
        File::open(dir)?.sync_all()?;
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("无法读取 {}", path.display()))?;
    let digits = text.trim().as_bytes();
    let mut bytes = [0u8; 32];
    if digits.len() != 64 {
        bail!("{} 不是 64 位十六进制数字，请从备份恢复", path.display());
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair)?;
        *byte = u8::from_str_radix(pair, 16)
            .with_context(|| format!("{} 不是十六进制数字，请从备份恢复", path.display()))?;
    }
    Ok(SecretKey::new(bytes))
}

/// A file that can be deleted when the disk is full, so that an administrator can still work.
fn ballast(dir: &Path, megabytes: u64) {
    let path = dir.join("ballast");
    if megabytes == 0 || path.exists() {
        return;
    }
    let made = File::create(&path).and_then(|file| {
        let length = megabytes << 20;
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, length)?;
        Ok(())
    });
    if let Err(error) = made {
        tracing::warn!(%error, "no ballast file: a full disk will be harder to administer");
        drop(std::fs::remove_file(&path));
    }
}

/// The series compiled in, and the office's own over them.
fn series(dir: &Path) -> anyhow::Result<BTreeMap<SeriesId, Series>> {
    let mut out = BTreeMap::new();
    for (id, text) in Series::compiled_in() {
        let series = Series::from_toml(text, &format!("config/series/{id}.toml"))?;
        out.insert(series.id.clone(), series);
    }
    if dir.as_os_str().is_empty() {
        return Ok(out);
    }
    let entries = std::fs::read_dir(dir).with_context(|| format!("无法读取刊物目录 {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            let series = Series::from_toml(&std::fs::read_to_string(&path)?, &path.display().to_string())?;
            out.insert(series.id.clone(), series);
        }
    }
    Ok(out)
}
