//! Which engines run, as the configuration says, and what a queue asks the store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use crate::clock::{Clock, SystemClock, random_bytes};
use crate::config::{self, Config, QueueKind, StoreKind};
use crate::index::{IndexError, IndexSettings, ShelfIndex};
use crate::queue::{EmbeddedQueue, Queue};
use crate::store::{Blobs, Store, Transferred, transfer as transfer_all};
use crate::text::Segmenter;

use super::folder;

/// Memory of the writer of the shelf, bytes: the least that the engine takes.
const SHELF_WRITER: usize = 16 << 20;

/// Opens the facts.
pub(super) fn store(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Arc<Store>> {
    // Before either is opened: a refusal changes nothing.
    if config.queue.kind == QueueKind::Embedded {
        folder::sound(&config.data.dir.join("queue.db"), config.data.check_mb)?;
    }
    let store = match config.store.kind {
        StoreKind::Sqlite => {
            folder::sound(&config.data.dir.join("store.db"), config.data.check_mb)?;
            let group_commit = Duration::from_millis(config.store.group_ms);
            Store::open_sqlite(&config.data.dir, config.store.readers, group_commit, clock)
        }
        StoreKind::Postgres => Store::open_postgres(&config.store, clock),
    };
    Ok(Arc::new(store.context("数据库")?))
}

/// Where files are kept.
pub(super) fn blobs(config: &Config) -> anyhow::Result<Blobs> {
    let dir = config.data.dir.join("files");
    Ok(match config.store.kind {
        StoreKind::Sqlite => Blobs::open(&dir)?,
        StoreKind::Postgres => Blobs::open_shared(&dir, &config.store)?,
    })
}

/// Copies the facts of the embedded database to PostgreSQL.
pub(super) fn transfer(config: &Config, target: config::Store) -> anyhow::Result<Vec<Transferred>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let from =
        Store::open_sqlite(&config.data.dir, 1, Duration::ZERO, Arc::clone(&clock)).context("内置数据库")?;
    let to = Store::open_postgres(&target, clock).context("目标数据库")?;
    let tables = transfer_all(&from, &to, &mut |table, rows| tracing::info!(table, rows, "copied"))?;
    let files = Blobs::open_shared(&config.data.dir.join("files"), &target)?.share_all()?;
    tracing::info!(files, "files copied");
    Ok(tables)
}

/// Opens the queue. A node that does not work only appends.
pub(super) fn queue(
    config: &Config,
    works: bool,
    store: &Arc<Store>,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Arc<dyn Queue>> {
    match config.queue.kind {
        QueueKind::Embedded => {
            let queue = EmbeddedQueue::open(&config.data.dir, &config.queue).context("队列")?;
            Ok(Arc::new(queue))
        }
        #[cfg(feature = "kafka")]
        QueueKind::Kafka => kafka::open(config, works, store, clock),
        #[cfg(not(feature = "kafka"))]
        QueueKind::Kafka => {
            let _ = (works, store, clock);
            anyhow::bail!("本程序编译时未带 Kafka：请换用带 kafka 功能的程序，或设 queue.kind = \"embedded\"")
        }
    }
}

/// This node's name among those that share a store or a queue: made once, kept with its data.
pub(super) fn node(dir: &Path) -> anyhow::Result<String> {
    let path = dir.join("node.id");
    if let Ok(name) = std::fs::read_to_string(&path)
        && !name.trim().is_empty()
    {
        return Ok(name.trim().to_owned());
    }
    let random: [u8; 8] = random_bytes()?;
    let name = format!("node-{:016x}", u64::from_le_bytes(random));
    std::fs::write(&path, &name).with_context(|| format!("无法写入 {}", path.display()))?;
    Ok(name)
}

#[cfg(feature = "kafka")]
mod kafka {
    use super::{Arc, Clock, Config, Context, Duration, Queue, Store, node};
    use crate::model::{ContentHash, ItemId};
    use crate::queue::{Boxed, Due, Facts, KafkaQueue, KafkaSettings, QueueError, Recalled};
    use crate::store::{Priority, StoreError, Tx, count_due, forget_due, put_due, recall_item, take_due};

    pub(super) fn open(
        config: &Config,
        works: bool,
        store: &Arc<Store>,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Arc<dyn Queue>> {
        let settings = KafkaSettings {
            kafka: config.kafka.clone(),
            queue: config.queue.clone(),
            node: node(&config.data.dir)?,
            consumes: works,
        };
        let queue = KafkaQueue::open(settings, Arc::new(StoreFacts(Arc::clone(store))), clock);
        Ok(Arc::new(queue.context("队列")?))
    }

    /// The store, as the queue asks it.
    struct StoreFacts(Arc<Store>);

    fn unavailable(error: &StoreError) -> QueueError {
        QueueError::Unavailable(error.to_string())
    }

    impl Facts for StoreFacts {
        fn recall(
            &self,
            item: &ItemId,
            content: &ContentHash,
        ) -> Boxed<'_, Result<Option<Recalled>, QueueError>> {
            let (item, content) = (*item, *content);
            let asked = self.0.read(move |sql| recall_item(sql, &item, &content));
            Box::pin(async move {
                let found = asked.await.map_err(|error: StoreError| unavailable(&error))?;
                Ok(found.map(|(source, content, has_version)| Recalled { source, content, has_version }))
            })
        }

        fn put_off(&self, payload: &str, attempts: u32, delay: Duration) -> Result<(), QueueError> {
            let (payload, seconds) = (payload.to_owned(), i64::try_from(delay.as_secs()).unwrap_or(i64::MAX));
            self.0
                .write(Priority::Batch, move |tx: &mut Tx<'_>| {
                    let at = tx.now().plus_seconds(seconds);
                    put_due(tx, &payload, attempts, at)
                })
                .wait()
                .map_err(|error: StoreError| unavailable(&error))
        }

        fn due(&self, max: usize, lease: Duration) -> Result<Vec<Due>, QueueError> {
            let (max, seconds) =
                (i64::try_from(max).unwrap_or(i64::MAX), i64::try_from(lease.as_secs()).unwrap_or(i64::MAX));
            let taken = self.0.write(Priority::Batch, move |tx: &mut Tx<'_>| {
                let until = tx.now().plus_seconds(seconds);
                take_due(tx, until, max)
            });
            let taken = taken.wait().map_err(|error: StoreError| unavailable(&error))?;
            Ok(taken
                .into_iter()
                .map(|due| Due { no: due.no, payload: due.envelope, attempts: due.attempts })
                .collect())
        }

        fn forget(&self, no: i64) -> Result<(), QueueError> {
            let forgotten = self.0.write(Priority::Batch, move |tx: &mut Tx<'_>| forget_due(tx, no));
            forgotten.wait().map_err(|error: StoreError| unavailable(&error))
        }

        fn kept(&self) -> Result<u64, QueueError> {
            self.0.read(count_due).wait().map_err(|error: StoreError| unavailable(&error))
        }
    }
}

/// The index of the shelf, which is written seldom and little at a time.
pub(super) fn shelf(
    dir: &Path,
    settings: IndexSettings,
    segmenter: &Segmenter,
    store: &Arc<Store>,
) -> Result<ShelfIndex, IndexError> {
    let settings = IndexSettings { writer_bytes: SHELF_WRITER, ..settings };
    ShelfIndex::open(&dir.join("shelf"), settings, segmenter.clone(), Arc::clone(store))
}
