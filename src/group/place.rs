//! The loop that sets each item beside its duplicates.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::clock::Clock;
use crate::config;
use crate::failpoint;
use crate::model::{ChangeKind, ItemId, Joined, Link, LinkKind, Seq};
use crate::store::{
    FeedItem, Lease, Priority, Store, StoreError, Tx, cursor, drop_links, feed_after, feed_items,
    feed_items_after, join_group, put_link, same_fold_before, set_cursor, take_lease,
};
use crate::telemetry::{Stage, yield_to_answers};
use crate::text::{Fingerprint, Folded, Handovers, Wording, fold};

use super::CURSOR;
use super::bands::BandError;
use super::duplicates::Duplicates;

/// Changes looked at in one transaction.
const PAGE: i64 = 500;
/// Seconds that a lease lasts without being renewed.
const LEASE_SECONDS: i64 = 30;
/// How long the loop sleeps when nothing happens, before it looks whether it is to stop.
const NAP: Duration = Duration::from_secs(1);
/// How long it waits for company after something came: links are wanted soon, not at once.
const GATHER: Duration = Duration::from_millis(50);

/// What the loop needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Thresholds.
    pub group: config::Group,
    /// This node's name among those that share a store.
    pub node: String,
}

/// The running loop.
pub struct Placing {
    stop: Arc<AtomicBool>,
    store: Arc<Store>,
    thread: Option<JoinHandle<()>>,
}

impl Placing {
    /// Finishes the page at hand and ends.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.store.tide().stir();
        // A loop that panicked has said so; what it did not link is linked at the next start.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

impl Drop for Placing {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts the loop.
///
/// # Errors
/// When the bands cannot be opened or the system gives no thread.
pub fn place(
    dir: &Path,
    settings: Settings,
    store: Arc<Store>,
    handovers: Arc<Handovers>,
    clock: Arc<dyn Clock>,
) -> Result<Placing, BandError> {
    let duplicates = Duplicates::open(dir, settings.group.clone())?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut placer =
        Placer { settings, store: Arc::clone(&store), handovers, clock, stop: Arc::clone(&stop), duplicates };
    let thread = std::thread::Builder::new().name("group-place".to_owned()).spawn(move || {
        yield_to_answers();
        while !placer.stop.load(Ordering::SeqCst) {
            if let Err(error) = placer.run() {
                tracing::error!(%error, "links could not be placed; trying again");
                std::thread::sleep(Duration::from_secs(1));
            }
        }
    })?;
    Ok(Placing { stop, store, thread: Some(thread) })
}

/// Why a page could not be placed.
#[derive(Debug, thiserror::Error)]
enum PlaceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bands(#[from] BandError),
}

struct Placer {
    settings: Settings,
    store: Arc<Store>,
    handovers: Arc<Handovers>,
    clock: Arc<dyn Clock>,
    stop: Arc<AtomicBool>,
    duplicates: Duplicates,
}

/// What is to be written for one item.
#[derive(Debug, Clone)]
struct Placed {
    no: i64,
    id: ItemId,
    /// A further version: what its former text was linked to is forgotten.
    renewed: bool,
    links: Vec<(i64, Link)>,
}

impl Placer {
    fn run(&mut self) -> Result<(), PlaceError> {
        let Some(lease) = self.lease()? else {
            // Another node places; look again when its lease may have run out.
            self.tell_lag(self.store.read(|sql| cursor(sql, CURSOR)).wait()?);
            std::thread::sleep(Duration::from_secs(1));
            return Ok(());
        };
        self.follow(&lease)?;
        // Told to stop: another node goes on at once instead of when the lease runs out.
        self.store.write(Priority::Batch, move |tx: &mut Tx<'_>| lease.give_back(tx)).wait()?;
        Ok(())
    }

    /// Places what comes in, page by page, until told to stop.
    fn follow(&mut self, lease: &Lease) -> Result<(), PlaceError> {
        let mut at = self.store.read(|sql| cursor(sql, CURSOR)).wait()?;
        self.catch_up(at)?;
        while !self.stop.load(Ordering::SeqCst) {
            let from = at;
            self.tell_lag(from);
            if self.store.tide().level() <= from.0 {
                self.store.tide().wait_beyond(from.0, NAP);
                if self.store.tide().level() <= from.0 {
                    continue;
                }
                std::thread::sleep(GATHER);
            }
            let page = self.store.read(move |sql| feed_after(sql, from, PAGE)).wait()?;
            let Some(last) = page.last() else { continue };
            at = last.seq;
            let arrivals: Vec<(bool, FeedItem)> = page
                .into_iter()
                .filter_map(|entry| match entry.kind {
                    ChangeKind::ItemReceived => Some((false, entry.item?)),
                    ChangeKind::ItemVersion => Some((true, entry.item?)),
                    _ => None,
                })
                .collect();
            if arrivals.is_empty() {
                // Nothing of ours: the cursor rides along with the next page that has something.
                continue;
            }
            self.page(arrivals, at, lease)?;
        }
        Ok(())
    }

    /// How many changes the links are behind, in `/metrics` of every node.
    fn tell_lag(&self, placed: Seq) {
        let lag = (self.store.tide().level() - placed.0).max(0);
        metrics::gauge!("minyi_links_lag_changes").set(lag as f64);
    }

    fn lease(&self) -> Result<Option<Lease>, StoreError> {
        let (node, now) = (self.settings.node.clone(), self.clock.now());
        self.store
            .write(Priority::Batch, move |tx: &mut Tx<'_>| take_lease(tx, CURSOR, &node, now, LEASE_SECONDS))
            .wait()
    }

    /// Lets be found again what was linked and cannot be: after a torn end, or with a file begun anew. Exact repeats
    /// stay out, as they did when they were placed.
    fn catch_up(&mut self, linked: Seq) -> Result<(), PlaceError> {
        let mut no = self.duplicates.last();
        loop {
            let page = self.store.read(move |sql| feed_items_after(sql, no, PAGE)).wait()?;
            let Some(last) = page.last() else { break };
            no = last.no;
            let page: Vec<FeedItem> = page.into_iter().filter(|item| item.no <= linked.0).collect();
            let firsts = self.firsts(&page)?;
            for (item, _) in page.iter().zip(firsts).filter(|(_, first)| first.is_none()) {
                self.duplicates.remember(item.no, fingerprint(item)?.sketch)?;
            }
            if no > linked.0 {
                break;
            }
        }
        Ok(self.duplicates.flush()?)
    }

    /// For each item the first one that it repeats exactly.
    fn firsts<'a>(
        &self,
        items: impl IntoIterator<Item = &'a FeedItem>,
    ) -> Result<Vec<Option<i64>>, StoreError> {
        let keys: Vec<_> = items.into_iter().map(|item| (item.fold, item.no)).collect();
        self.store
            .read(move |sql| keys.iter().map(|(fold, no)| same_fold_before(sql, fold, *no)).collect())
            .wait()
    }

    fn page(&mut self, arrivals: Vec<(bool, FeedItem)>, upto: Seq, lease: &Lease) -> Result<(), PlaceError> {
        let (stage, items) = (Stage::begin("group"), arrivals.len());
        let firsts = self.firsts(arrivals.iter().map(|(_, item)| item))?;
        let mut placed = Vec::with_capacity(items);
        for ((renewed, item), first) in arrivals.into_iter().zip(firsts) {
            let links = self.links(&item, first)?;
            if renewed || !links.is_empty() {
                placed.push(Placed { no: item.no, id: item.id, renewed, links });
            }
        }
        failpoint::pass("group.before_write");
        self.duplicates.flush()?;
        failpoint::pass("group.after_bands");
        let lease = lease.clone();
        self.store.write(Priority::Batch, move |tx: &mut Tx<'_>| write(tx, &placed, upto, &lease)).wait()?;
        failpoint::pass("group.after_write");
        stage.end(items);
        Ok(())
    }

    /// Duplicates among what came before; afterwards the item itself can be found.
    fn links(&mut self, item: &FeedItem, first: Option<i64>) -> Result<Vec<(i64, Link)>, PlaceError> {
        let left = self.handovers.fingerprints.take(&item.content);
        let own = || left.map_or_else(|| Ok(fingerprint(item)?), Ok);
        let store = &self.store;
        self.duplicates.place(item.no, first, own, |missing| {
            let others = store.read(move |sql| feed_items(sql, &missing)).wait()?;
            others.iter().map(|other| Ok((other.no, Wording::of(&folded(other)?)))).collect()
        })
    }
}

/// The fingerprint of an item's stored text.
fn fingerprint(item: &FeedItem) -> Result<Fingerprint, StoreError> {
    Ok(Fingerprint::of(&folded(item)?))
}

fn folded(item: &FeedItem) -> Result<Folded, StoreError> {
    let submission = item.submission()?;
    Ok(fold(std::iter::once(submission.title.as_str()).chain(submission.text.pieces())))
}

fn write(tx: &mut Tx<'_>, placed: &[Placed], upto: Seq, lease: &Lease) -> Result<(), StoreError> {
    lease.hold(tx, LEASE_SECONDS)?;
    for item in placed {
        if item.renewed {
            drop_links(tx, item.no)?;
        }
        for (other, link) in &item.links {
            put_link(tx, *other, item.no, link)?;
            if link.kind == LinkKind::Exact {
                join_group(tx, (item.no, &item.id), *other, Joined::Exact)?;
            }
        }
    }
    set_cursor(tx, CURSOR, upto)
}
