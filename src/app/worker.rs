//! `minyi worker`: takes messages from the queue and stores what they bring, without pages and without an index.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::clock::{Clock, SystemClock};
use crate::config::{Config, QueueKind, StoreKind};
use crate::pipeline::{self, Workers};
use crate::queue::{Consumer, Queue};
use crate::store::Store;
use crate::text::{Handovers, Lexicon, Segmenter};

use super::{engines, folder};

/// A process that only works.
pub struct Worker {
    queue: Arc<dyn Queue>,
    store: Arc<Store>,
    workers: Workers,
    _lock: File,
}

impl Worker {
    /// Opens queue and store, which other processes share, and begins to work. Its data folder holds its name only.
    ///
    /// # Errors
    /// When the engines are those of one process, or cannot be reached.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        tokio::task::spawn_blocking(move || Self::open(&config)).await?
    }

    fn open(config: &Config) -> anyhow::Result<Self> {
        anyhow::ensure!(
            config.queue.kind != QueueKind::Embedded && config.store.kind != StoreKind::Sqlite,
            "queue.kind = \"embedded\" 或 store.kind = \"sqlite\" 时处理线程就在 minyi serve 之内，不能另起进程；\
             需要多进程处理时请改用 kafka 与 postgres"
        );
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        folder::writable(&config.data.dir)?;
        let lock = folder::lock(&config.data.dir)?;
        let store = engines::store(config, Arc::clone(&clock))?;
        let queue = engines::queue(config, true, &store, clock)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let context = pipeline::Context {
            consumer: Arc::clone(&queue) as Arc<dyn Consumer>,
            store: Arc::clone(&store),
            segmenter: Segmenter::new(Lexicon::load(&config.lexicon.dir)?),
            // Nobody follows in this process: nothing is kept for followers.
            handovers: Arc::new(Handovers::new(0)),
            pipeline: config.pipeline.clone(),
            queue: config.queue.clone(),
            store_was_away: AtomicBool::new(false),
        };
        let count = if config.pipeline.workers == 0 { cores } else { config.pipeline.workers };
        let workers = pipeline::start(context, count)?;
        Ok(Self { queue, store, workers, _lock: lock })
    }

    /// Ends in order: what is in hand is stored, then noted as done.
    pub async fn stop(self) -> anyhow::Result<()> {
        let ended = tokio::task::spawn_blocking(move || {
            self.queue.stop_taking();
            self.workers.join();
            self.queue.close();
            self.store.close();
        });
        Ok(ended.await?)
    }
}
