//! The composition root: the only place that names concrete backends, and the order in which they end.

mod backup;
mod certificate;
mod engines;
mod folder;
mod hooks;
mod looked;
mod ready;
mod series;
mod tokens;
mod worker;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::task::JoinSet;
use tower_http::catch_panic::CatchPanicLayer;

use crate::accounts::{Accounts, Secret};
use crate::audit::{self, Shipping};
use crate::backup::{BackupError, Place, Snapshot};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, QueueKind, StoreKind};
use crate::editorial::{self, Counting, Desk};
use crate::group::{self, Placing, Subjects};
use crate::index::{self, Follower, IndexSettings, SearchIndex, follow};
use crate::intake::{self, Attachments, Intake, Tokens};
use crate::model::{KindId, SecretKey, Seq};
use crate::notify::{self, Delivering};
use crate::outward::Outward;
use crate::pipeline::{self, Workers};
use crate::portal::{self, Districts, Portal};
use crate::pull::{self, Pulling};
use crate::queue::{Consumer, Producer, Queue};
use crate::site::{Live, Site};
use crate::store::{Blobs, Store, Transferred};
use crate::text::{Handovers, Lexicon, ProofTables, Proofreader, Redactor, Segmenter};
use crate::upload::{self, Sending};
use crate::web::{self, Listening, Ports, Problem, Readiness, Tls};

use ready::Ready;
use series::series;

pub use worker::Worker;

/// The name of the local socket in the data folder.
pub const SOCKET: &str = "minyi.sock";

/// A running instance.
pub struct App {
    config: Config,
    queue: Arc<dyn Queue>,
    store: Arc<Store>,
    workers: Workers,
    follower: Follower,
    placing: Placing,
    delivering: Delivering,
    behind: Behind,
    shipping: Shipping,
    accounts: Arc<Accounts>,
    router: Router,
    listening: Option<Listening>,
    clock: Arc<dyn Clock>,
    /// What goes on beside the listening.
    beside: JoinSet<()>,
    /// One folder, one process: held until the very end.
    _lock: File,
}

impl App {
    /// Opens the data folder and starts everything but the network.
    ///
    /// # Errors
    /// When the folder is in use by another process, or a part cannot start; the message says what to do.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        Self::start_by(config, Arc::new(SystemClock)).await
    }

    /// The same by another clock than the machine's.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn start_by(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        tokio::task::spawn_blocking(move || Self::open(config, clock)).await?
    }

    fn open(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let dir = config.data.dir.clone();
        folder::writable(&dir)?;
        let lock = folder::lock(&dir)?;
        let secret = folder::secret(&dir)?;
        folder::ballast(&dir, config.data.ballast_mb);
        let recorder = web::install().map_err(anyhow::Error::msg)?;

        let store = engines::store(&config, Arc::clone(&clock))?;
        let works = config.pipeline.here;
        anyhow::ensure!(
            works || config.queue.kind != QueueKind::Embedded,
            "queue.kind = \"embedded\" 时只有本进程能处理来稿，pipeline.here 须为 true"
        );
        let queue = engines::queue(&config, works, &store, Arc::clone(&clock))?;
        let node = engines::node(&dir)?;

        let lexicon = Lexicon::load(&config.lexicon.dir)?;
        let words = lexicon.hash();
        let segmenter = Segmenter::new(lexicon);
        let handovers = Arc::new(Handovers::new(config.pipeline.handover_mb << 20));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = pipeline::start(
            pipeline::Context {
                consumer: Arc::clone(&queue) as Arc<dyn Consumer>,
                store: Arc::clone(&store),
                segmenter: segmenter.clone(),
                handovers: Arc::clone(&handovers),
                pipeline: config.pipeline.clone(),
                queue: config.queue.clone(),
                store_was_away: AtomicBool::new(false),
            },
            workers(&config, cores),
        )?;
        let index = SearchIndex::open(&dir.join("index"), index_settings(&config, words), segmenter.clone())?;
        index.expect(Seq(store.tide().level()));
        let follower = follow(index.clone(), Arc::clone(&store), Arc::clone(&handovers))?;
        let placing = group::place(
            &dir.join("bands"),
            group::Settings { group: config.group.clone(), node: node.clone() },
            Arc::clone(&store),
            handovers,
            Arc::clone(&clock),
        )?;
        let accounts =
            Accounts::new(Arc::clone(&store), Arc::clone(&clock), config.accounts.clone(), &secret, cores)
                .map_err(anyhow::Error::msg)?;
        let outward = Outward::new(&config.outward).map_err(anyhow::Error::msg)?;
        let parts = Composed {
            config: &config,
            queue: &queue,
            store: &store,
            index: &index,
            segmenter: &segmenter,
            accounts: &accounts,
            clock: Arc::clone(&clock),
            secret: secret.clone(),
            outward: &outward,
            blobs: engines::blobs(&config)?,
            node: node.clone(),
            cores,
        };
        let (router, behind) = parts.router(recorder)?;
        let shipping = audit::ship(&config.audit, Arc::clone(&store), Arc::clone(&clock), node)
            .map_err(anyhow::Error::msg)?;
        let delivering = notify::deliver(notify::Parts {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            outward,
            secret,
            notify: config.notify.clone(),
            mail: config.mail.clone(),
        })?;
        Ok(Self {
            config,
            queue,
            store,
            workers,
            follower,
            placing,
            delivering,
            behind,
            shipping,
            accounts,
            router,
            listening: None,
            clock,
            beside: JoinSet::new(),
            _lock: lock,
        })
    }

    /// Begins to listen on the local socket and, where an address is given, on the network. Gives the address bound.
    ///
    /// # Errors
    /// When the address is taken, or the certificate cannot be used.
    pub async fn listen(&mut self, address: Option<&str>) -> anyhow::Result<Option<std::net::SocketAddr>> {
        let socket = socket(&self.config.data.dir);
        let ports = Ports::bind(address, &socket).await.with_context(|| {
            format!("无法监听 {}，端口是否已被占用？可用 server.listen 改换", address.unwrap_or("本地套接字"))
        })?;
        let bound = ports.address()?;
        let tls = match address {
            Some(_) => Tls::open(&self.config.server)?,
            None => None,
        };
        if let Some(tls) = &tls {
            self.beside.spawn(certificate::keep_fresh(Arc::clone(tls), Arc::clone(&self.clock)));
        }
        self.listening = Some(web::serve(ports, self.router.clone(), &self.config.server, tls));
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
        self.beside.abort_all();
        let limit = Duration::from_secs(self.config.server.shutdown_seconds);
        // Answers that stay open would be waited for.
        self.behind.live.end();
        if let Some(listening) = self.listening.take() {
            listening.stop(limit).await;
        }
        if tokio::time::timeout(limit, self.delivering.stop()).await.is_err() {
            tracing::warn!(
                "notices on their way did not arrive in time; they are sent again at the next start"
            );
        }
        self.behind.stop(limit).await;
        if tokio::time::timeout(limit, self.shipping.stop()).await.is_err() {
            tracing::warn!("the log of acts is sent on at the next start");
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

/// Copies the facts of the embedded database to PostgreSQL and compares them; no instance may run meanwhile.
///
/// # Errors
/// When an instance runs, or a database cannot serve; the same call goes on where it stood.
pub fn transfer(config: &Config, target: config::Store) -> anyhow::Result<Vec<Transferred>> {
    let _lock = folder::lock(&config.data.dir)?;
    engines::transfer(config, target)
}

/// Writes a snapshot into an empty data folder and reads its databases through.
///
/// # Errors
/// When anything is damaged, or the folder is not empty.
pub fn restore(place: &Place, snapshot: &Snapshot, to: &Path) -> Result<(), BackupError> {
    backup::restore(place, snapshot, to)
}

/// The local socket of a data folder.
pub fn socket(dir: &Path) -> PathBuf {
    dir.join(SOCKET)
}

/// What goes on behind the pages.
struct Behind {
    sending: Sending,
    pulling: Pulling,
    live: Arc<Live>,
    counting: Counting,
}

impl Behind {
    async fn stop(self, limit: Duration) {
        if tokio::time::timeout(limit, self.counting.stop()).await.is_err() {
            tracing::warn!("what waits was still being counted");
        }
        if tokio::time::timeout(limit, self.pulling.stop()).await.is_err() {
            tracing::warn!("a pull was not noted in time; it goes on at the next start");
        }
        if tokio::time::timeout(limit, self.sending.stop()).await.is_err() {
            tracing::warn!("an upload was not noted in time; it goes on at the next start");
        }
    }
}

/// What the router is made of.
struct Composed<'a> {
    config: &'a Config,
    queue: &'a Arc<dyn Queue>,
    store: &'a Arc<Store>,
    index: &'a SearchIndex,
    segmenter: &'a Segmenter,
    accounts: &'a Arc<Accounts>,
    clock: Arc<dyn Clock>,
    secret: SecretKey,
    outward: &'a Outward,
    blobs: Blobs,
    node: String,
    cores: usize,
}

impl Composed<'_> {
    fn router(self, recorder: web::Recorder) -> anyhow::Result<(Router, Behind)> {
        let tokens = Tokens::load(Arc::clone(self.store), Arc::clone(&self.clock))?;
        if self.config.store.kind == StoreKind::Postgres {
            tokio::spawn(tokens::follow(Arc::clone(self.store), Arc::clone(&tokens)));
        }
        let producer = Arc::clone(self.queue) as Arc<dyn Producer>;
        let kinds: Vec<KindId> = vec!["opinion".parse()?];
        let attachments =
            Attachments::new(Arc::clone(self.store), self.blobs.clone(), self.config.attachments.clone());
        let intake =
            Arc::new(Intake::new(producer, Arc::clone(&self.clock), self.secret.clone(), kinds, attachments));
        let own = &self.config.desk.tables_dir;
        let own = if own.as_os_str().is_empty() { PathBuf::new() } else { own.join("proof") };
        let proof = ProofTables::load(&own)?;
        let desk = Desk::new(editorial::Parts {
            store: Arc::clone(self.store),
            index: self.index.clone(),
            blobs: self.blobs.clone(),
            clock: Arc::clone(&self.clock),
            series: series(&self.config.bulletin.series_dir)?,
            forms: editorial::load_forms(&self.config.bulletin.forms_dir).map_err(anyhow::Error::msg)?,
            subjects: Subjects::new(&self.config.data.dir, self.segmenter.clone()),
            bulletin: self.config.bulletin.clone(),
            group: self.config.group.clone(),
            intake: self.config.intake.clone(),
            tables: editorial::Tables::load(&self.config.desk.tables_dir).map_err(anyhow::Error::msg)?,
            kinds: editorial::load_kinds(&self.config.desk.kinds_dir).map_err(anyhow::Error::msg)?,
            redactor: Redactor::standard()?,
            proofreader: Proofreader::new(&proof, self.segmenter.clone())?,
            snippets: proof.snippets().to_vec(),
            hooks: self.hooks(&intake, &tokens, self.outward),
            cores: self.cores,
        });
        // Answers that stay open take no more than a quarter of the connections.
        let live = Live::new(self.config.server.max_connections / 4);
        let site = Arc::new(Site::new(
            Arc::clone(self.accounts),
            &self.secret,
            self.config.desk.clone(),
            Arc::clone(&live),
        ));
        let portal = Portal::new(portal::Parts {
            store: Arc::clone(self.store),
            kin: index::Kin::new(self.index.clone()),
            clock: Arc::clone(&self.clock),
            secret: self.secret.clone(),
            settings: self.config.portal.clone(),
            threshold: self.config.group.same_matter_threshold,
            submit: self.portal_submit(&intake),
            attach: hooks::attach(&intake),
            max_mb: self.config.attachments.max_mb,
            districts: Districts::load(&self.config.desk.tables_dir).map_err(anyhow::Error::msg)?,
        });
        let uploads = self.uploads(&intake)?;
        let pulls = self.pulls(&intake)?;
        let ready: Arc<dyn Readiness> = Arc::new(Ready {
            queue: Arc::clone(self.queue),
            store: Arc::clone(self.store),
            index: self.index.clone(),
            dir: self.config.data.dir.clone(),
            min_free_mb: (self.config.queue.kind == QueueKind::Embedded)
                .then_some(self.config.queue.min_free_mb),
        });
        let shared = intake::Shared {
            intake,
            tokens: Arc::clone(&tokens),
            store: Arc::clone(self.store),
            settings: self.config.intake.clone(),
        };
        let limit = Duration::from_secs(self.config.server.request_seconds);
        let sending = upload::send(Arc::clone(&uploads));
        let pulling = pull::pull(Arc::clone(&pulls));
        let counting = editorial::count(Arc::clone(&desk), Arc::clone(&live), self.node.clone());
        let router = Router::new()
            .merge(intake::routes(shared, limit))
            .merge(editorial::routes(Arc::clone(&desk)))
            .merge(editorial::user_routes(Arc::clone(self.accounts)))
            .merge(pull::api_routes(Arc::clone(&pulls)))
            .layer(axum::middleware::from_fn_with_state(tokens, intake::identify))
            .merge(pull::routes(pulls, Arc::clone(&site)))
            .merge(editorial::api_routes(Arc::clone(&desk), Arc::clone(&site)))
            .merge(editorial::page_routes(desk, Arc::clone(&site)))
            .merge(portal::routes(portal, Arc::clone(&site)))
            .merge(upload::routes(uploads, site))
            .merge(web::docs_routes())
            .merge(web::health_routes(ready))
            .merge(web::metrics_routes(recorder, self.gauges()))
            .method_not_allowed_fallback(async || {
                let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
                Problem::new(status, "method", "这个地址不支持此方法；接口说明见 /docs/")
            })
            .fallback(async || Problem::not_found("没有这个地址；接口说明见 /docs/"))
            .layer(axum::middleware::map_response(web::told))
            .layer(axum::middleware::from_fn(web::protect_bare))
            .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
                axum::response::IntoResponse::into_response(Problem::internal(&"a handler panicked"))
            }));
        Ok((router, Behind { sending, pulling, live, counting }))
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
            metrics::gauge!("minyi_data_bytes").set(folder::folder_bytes(&dir) as f64);
        })
    }
}

fn index_settings(config: &Config, words: u64) -> IndexSettings {
    IndexSettings {
        bigrams: config.index.bigrams,
        lexicon: words,
        writer_bytes: config.index.writer_mb << 20,
        commit_ms: config.index.commit_ms,
    }
}

/// Threads that work on what the queue holds: as many as said, or one a core; none where other processes work.
fn workers(config: &Config, cores: usize) -> usize {
    match config.pipeline.workers {
        _ if !config.pipeline.here => 0,
        0 => cores,
        count => count,
    }
}
