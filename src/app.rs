//! The composition root: the only place that names concrete backends, and the order in which they end.

mod backup;
mod certificate;
mod composed;
mod engines;
mod folder;
mod hooks;
mod looked;
mod others;
mod ready;
mod series;
mod worker;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use tokio::task::JoinSet;

use crate::accounts::{Accounts, Secret};
use crate::audit::{self, Shipping};
use crate::backup::{BackupError, Place, Snapshot};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, QueueKind};
use crate::group::{self, Placing};
use crate::identity::Platform;
use crate::index::{Follower, IndexSettings, SearchIndex, follow};
use crate::model::Seq;
use crate::notify::{self, Delivering};
use crate::outward::Outward;
use crate::pipeline::{self, Workers};
use crate::queue::{Consumer, Queue};
use crate::store::{Store, Transferred};
use crate::text::{Handovers, Lexicon, Segmenter};
use crate::web::{self, Listening, Ports, Tls};

use composed::{Behind, Composed};

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
        let works = works_here(&config)?;
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
        let shelf = engines::shelf(&dir, index_settings(&config, words), &segmenter, &store)?;
        let accounts =
            Accounts::new(Arc::clone(&store), Arc::clone(&clock), config.accounts.clone(), &secret, cores)
                .map_err(anyhow::Error::msg)?;
        let (outward, channels) = ways_out(&config).map_err(anyhow::Error::msg)?;
        let platform = Platform::new(&config.accounts, &config.desk, &secret, Arc::clone(&clock));
        let parts = Composed {
            config: &config,
            queue: &queue,
            store: &store,
            index: &index,
            shelf: &shelf,
            segmenter: &segmenter,
            accounts: &accounts,
            clock: Arc::clone(&clock),
            secret: secret.clone(),
            outward: &outward,
            channels: &channels,
            blobs: engines::blobs(&config)?,
            node: node.clone(),
            cores,
            platform: platform.map_err(anyhow::Error::msg)?.map(Arc::new),
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
            channels,
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
        self.behind.end_open_answers();
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

/// Whether this process works on what comes in; nobody else could where the queue is its own.
fn works_here(config: &Config) -> anyhow::Result<bool> {
    let here = config.pipeline.here;
    anyhow::ensure!(
        here || config.queue.kind != QueueKind::Embedded,
        "queue.kind = \"embedded\" 时只有本进程能处理来稿，pipeline.here 须为 true"
    );
    Ok(here)
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

/// Calls to other systems, and the office's own channels; in Chinese what is wrong with their settings.
fn ways_out(config: &Config) -> Result<(Outward, notify::OwnChannels), String> {
    Ok((Outward::new(&config.outward)?, notify::load_channels(&config.notify.channels_dir)?))
}
