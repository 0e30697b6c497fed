//! The only writer of the index: follows the change log, commits about twice a second, carries the sequence along.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tantivy::indexer::IndexWriterOptions;
use tantivy::{IndexWriter, TantivyDocument, Term};

use crate::failpoint;
use crate::model::{ChangeKind, Seq};
use crate::store::{FeedEntry, Store, feed_after, feed_items_after, last_seq};
use crate::telemetry::{Stage, yield_to_answers};
use crate::text::Handovers;

use super::document::Maker;
use super::{Generation, IndexError, SearchIndex, settings};

/// Changes read at once.
const PAGE: i64 = 1000;
/// A commit may cost at most about this share of the time: under load commits become fewer and larger.
const COMMIT_SHARE: u32 = 8;
/// How long the follower sleeps when nothing happens, before it looks whether it is to stop.
const NAP: Duration = Duration::from_secs(1);

/// The running follower.
pub struct Follower {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    store: Arc<Store>,
}

impl Follower {
    /// Commits what has been read and ends.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.store.tide().stir();
        // A follower that panicked has said so; the index is only a view.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts following.
///
/// # Errors
/// When the system gives no thread.
pub fn follow(index: SearchIndex, store: Arc<Store>, handovers: Arc<Handovers>) -> std::io::Result<Follower> {
    let stop = Arc::new(AtomicBool::new(false));
    let (flag, facts) = (Arc::clone(&stop), Arc::clone(&store));
    let thread = std::thread::Builder::new().name("index-follower".to_owned()).spawn(move || {
        // Threads that tantivy starts from here inherit it.
        yield_to_answers();
        if let Err(error) = index.read_through(Seq(facts.tide().level())) {
            tracing::error!(%error, "the index could not be read through");
        }
        while !flag.load(Ordering::SeqCst) {
            if let Err(error) = run(&index, &facts, &handovers, &flag) {
                tracing::error!(%error, "the index could not follow; trying again");
                if let Err(error) = index.heal(Seq(facts.tide().level())) {
                    tracing::error!(%error, "the index could not be begun anew");
                }
                std::thread::sleep(Duration::from_secs(1));
            }
        }
    })?;
    Ok(Follower { stop, thread: Some(thread), store })
}

/// Follows one generation until it is swapped, an error occurs, or the end.
fn run(
    index: &SearchIndex,
    store: &Arc<Store>,
    handovers: &Handovers,
    stop: &AtomicBool,
) -> Result<(), IndexError> {
    let generation = index.current.load_full();
    let mut writer = writer(&generation, index.settings.load().writer_bytes)?;
    let mut at = generation.seq()?;
    let maker = Maker {
        fields: generation.fields,
        segmenter: &index.segmenter,
        handovers: Some(handovers),
        bigrams: index.settings.load().bigrams,
    };
    let mut pace = Pace::new(index.settings.load().commit_ms);
    loop {
        let swapped = !Arc::ptr_eq(&generation, &index.current.load_full());
        let ending = stop.load(Ordering::SeqCst);
        if pace.due() || ((ending || swapped) && pace.pending()) {
            commit(&mut writer, at)?;
            generation.reader.reload()?;
            index.applied.set(at);
            pace.committed();
        }
        if ending || swapped {
            return Ok(());
        }
        let from = at;
        let page = store.read(move |sql| feed_after(sql, from, PAGE)).wait()?;
        if page.is_empty() {
            store.tide().wait_beyond(at.0, pace.rest().unwrap_or(NAP));
            continue;
        }
        let stage = Stage::begin("index");
        let (last, documents) = apply(&writer, &maker, page)?;
        at = last;
        pace.added();
        stage.end(documents);
    }
}

/// Adds a page of changes; gives the last sequence number and how many documents were written.
fn apply(writer: &IndexWriter, maker: &Maker<'_>, page: Vec<FeedEntry>) -> Result<(Seq, usize), IndexError> {
    let (mut last, mut documents) = (Seq::ZERO, 0);
    for entry in page {
        last = entry.seq;
        let replaces = match entry.kind {
            ChangeKind::ItemReceived => false,
            ChangeKind::ItemVersion | ChangeKind::ItemIssued => true,
            // States are the store's: a batch of moves must not cut thousands of texts again.
            _ => continue,
        };
        let Some(item) = entry.item else { continue };
        if replaces {
            writer.delete_term(Term::from_field_i64(maker.fields.no, item.no));
        }
        writer.add_document(maker.make(&item)?)?;
        documents += 1;
        tracing::debug!(item.id = %item.id, stage = "index");
    }
    Ok((last, documents))
}

pub(super) fn commit(writer: &mut IndexWriter, seq: Seq) -> Result<(), IndexError> {
    let stage = Stage::begin("index_commit");
    failpoint::pass("index.before_commit");
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&seq.0.to_string());
    prepared.commit()?;
    failpoint::pass("index.after_commit");
    stage.end(1);
    Ok(())
}

pub(super) fn writer(
    generation: &Generation,
    bytes: usize,
) -> Result<IndexWriter<TantivyDocument>, IndexError> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(bytes)
        .build();
    Ok(generation.index.writer_with_options(options)?)
}

/// When the next commit is due: soon after the first new document, later when commits turn out to be dear.
struct Pace {
    interval: Duration,
    floor: Duration,
    first: Option<Instant>,
}

impl Pace {
    fn new(commit_ms: u64) -> Self {
        let floor = Duration::from_millis(commit_ms);
        Self { interval: floor, floor, first: None }
    }

    fn added(&mut self) {
        self.first.get_or_insert_with(Instant::now);
    }

    fn pending(&self) -> bool {
        self.first.is_some()
    }

    fn due(&self) -> bool {
        self.first.is_some_and(|first| first.elapsed() >= self.interval)
    }

    /// Time left until a commit is due; `None` with nothing to commit.
    fn rest(&self) -> Option<Duration> {
        self.first.map(|first| self.interval.saturating_sub(first.elapsed()))
    }

    fn committed(&mut self) {
        let spent =
            self.first.take().map_or(Duration::ZERO, |first| first.elapsed().saturating_sub(self.interval));
        // What went beyond the interval was the commit itself.
        self.interval = (spent * COMMIT_SHARE / 4).clamp(self.floor, self.floor * 5);
    }
}

/// Builds the index anew beside the one in use, catches up with the change log, and swaps (`minyi reindex`).
///
/// # Errors
/// [`IndexError`]; the index in use is untouched then.
pub fn rebuild(
    index: &SearchIndex,
    store: &Arc<Store>,
    mut progress: impl FnMut(u64),
) -> Result<u64, IndexError> {
    let folder = settings::building_folder(&index.dir);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let generation = Generation::open(&folder)?;
    let mut writer = writer(&generation, index.settings.load().writer_bytes)?;
    let maker = Maker {
        fields: generation.fields,
        segmenter: &index.segmenter,
        handovers: None,
        bigrams: index.settings.load().bigrams,
    };
    // Everything up to here is read from the items themselves; what changes meanwhile comes after it in the log.
    let mut at = store.read(last_seq).wait()?;
    let (mut no, mut done) = (0, 0);
    loop {
        let page = store.read(move |sql| feed_items_after(sql, no, PAGE)).wait()?;
        let Some(last) = page.last() else { break };
        no = last.no;
        for item in &page {
            writer.add_document(maker.make(item)?)?;
        }
        done += page.len() as u64;
        progress(done);
    }
    failpoint::pass("reindex.after_build");
    // An item that came in during the walk is in already and comes again in the log: it is replaced, not doubled.
    loop {
        let page = store.read(move |sql| feed_after(sql, at, PAGE)).wait()?;
        let Some(last) = page.last() else { break };
        at = last.seq;
        for item in page.iter().filter_map(|entry| entry.item.as_ref()) {
            writer.delete_term(Term::from_field_i64(maker.fields.no, item.no));
            writer.add_document(maker.make(item)?)?;
        }
    }
    commit(&mut writer, at)?;
    writer.wait_merging_threads()?;
    drop(generation);
    failpoint::pass("reindex.before_swap");
    let home = settings::fresh_folder(&index.dir, &index.settings.load())?;
    std::fs::rename(&folder, &home)?;
    std::fs::File::open(&index.dir)?.sync_all()?;
    let fresh = Generation::open(&home)?;
    index.current.store(Arc::new(fresh));
    store.tide().stir();
    failpoint::pass("reindex.after_swap");
    settings::remove_others(&index.dir, &home)?;
    Ok(done)
}
