//! What the threads of the engine share: the ledger, its bell, and what was last seen of the topic.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::queue::{Depth, Due, Facts};

use super::ledger::{Ledger, Place};
use super::recent::Recent;

/// How long the facts are left in peace after they could not keep a message.
const PEACE: Duration = Duration::from_secs(10);

/// A partition as last seen from outside.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// One past its last message.
    pub high: i64,
    /// Where its group stands.
    pub committed: i64,
}

pub(super) struct Shared {
    ledger: Mutex<Ledger>,
    bell: Condvar,
    pub(super) closed: AtomicBool,
    /// No worker gets anything any more.
    pub(super) stopped: AtomicBool,
    pub(super) seen: Mutex<HashMap<i32, Seen>>,
    /// Partitions given to this process that the ledger does not know yet.
    pub(super) fresh: Mutex<Vec<i32>>,
    pub(super) due: Mutex<VecDeque<Due>>,
    pub(super) kept: AtomicU64,
    pub(super) facts: Arc<dyn Facts>,
    pub(super) clock: Arc<dyn Clock>,
    peace: Mutex<Option<Instant>>,
    /// What the brokers last failed at; `None` since they last answered.
    pub(super) trouble: Mutex<Option<String>>,
    /// What this process appended lately.
    pub(super) recent: Recent,
    /// What the brokers have lost, by partition.
    lost: Mutex<BTreeMap<i32, Lost>>,
}

/// A piece of a partition that is gone before anybody has read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost {
    /// The first one that is gone.
    pub from: i64,
    /// One past the last one.
    pub to: i64,
    /// Whether the log ends before it; else it begins behind it.
    pub at_end: bool,
}

impl Lost {
    fn words(self, partition: i32) -> String {
        let Self { from, to, at_end } = self;
        let count = (to - from).max(0);
        let (what, look) = if at_end {
            (format!("的日志在第 {to} 条之前中断"), "各 broker 的磁盘和副本")
        } else {
            (format!("第 {from} 至 {to} 条在处理之前已被 broker 删除"), "主题的 retention 设置")
        };
        format!(
            "Kafka 分区 {partition} {what}：已受理而尚未入库的来稿可能丢失（至多 {count} 件），已入库的不受影响。\
             请检查{look}，并请报送单位重报查不到的来稿；重报不会重复"
        )
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(facts: Arc<dyn Facts>, clock: Arc<dyn Clock>) -> Self {
        Self {
            ledger: Mutex::default(),
            bell: Condvar::new(),
            closed: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            seen: Mutex::default(),
            fresh: Mutex::default(),
            due: Mutex::default(),
            kept: AtomicU64::new(0),
            facts,
            clock,
            peace: Mutex::default(),
            trouble: Mutex::default(),
            recent: Recent::default(),
            lost: Mutex::default(),
        }
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        locked(&self.ledger)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Wakes the workers.
    pub(super) fn ring(&self) {
        self.bell.notify_all();
    }

    /// Sleeps until something may be ready, at most for `limit`.
    pub(super) fn sleep<'a>(
        &self,
        ledger: MutexGuard<'a, Ledger>,
        limit: Duration,
    ) -> MutexGuard<'a, Ledger> {
        self.bell.wait_timeout(ledger, limit).unwrap_or_else(PoisonError::into_inner).0
    }

    /// A message of this process stands at `offset`.
    pub(super) fn appended(&self, partition: i32, offset: i64) {
        let mut seen = locked(&self.seen);
        let seen = seen.entry(partition).or_default();
        seen.high = seen.high.max(offset + 1);
    }

    /// The brokers have lost a piece of a partition. Said once, and as long as this process lives. Where only the group tells so,
    /// it may still stand in what is known to be lost.
    pub(super) fn tell_lost(&self, partition: i32, lost: Lost, by_group: bool) {
        let mut known = locked(&self.lost);
        let same = |before: &Lost| {
            before.at_end == lost.at_end && (lost.to == before.to || (by_group && lost.to < before.to))
        };
        if known.get(&partition).is_some_and(same) {
            return;
        }
        known.insert(partition, lost);
        metrics::gauge!("minyi_kafka_partitions_damaged").set(known.len() as f64);
        // What is sent again is a repeat only if the facts know of it.
        self.recent.forget_all();
        tracing::error!(partition, from = lost.from, to = lost.to, "{}", lost.words(partition));
    }

    /// What the brokers have lost since this process began.
    pub(super) fn lost(&self) -> Vec<String> {
        locked(&self.lost).iter().map(|(partition, lost)| lost.words(*partition)).collect()
    }

    pub(super) fn depth(&self) -> Depth {
        let (ledger, seen) = (self.ledger(), locked(&self.seen));
        let waiting: i64 = seen
            .iter()
            .map(|(at, seen)| (seen.high - ledger.front(*at).unwrap_or(seen.committed)).max(0))
            .sum();
        let age = ledger.oldest().map_or(0, |at| self.clock.now().as_micros() / 1_000_000 - at / 1000);
        let waiting =
            u64::try_from(waiting).unwrap_or(0) + ledger.left() as u64 + self.kept.load(Ordering::SeqCst);
        Depth { waiting, oldest_seconds: u64::try_from(age).unwrap_or(0) }
    }

    /// A message is done.
    pub(super) fn finish(&self, place: Place) {
        self.ledger().finish(place);
        self.ring();
    }

    /// A message comes again after `delay`: as a row among the facts, so that those behind it can be finished with, else, while
    /// the facts are away, from memory.
    pub(super) fn put_off(&self, place: Place, payload: &str, attempts: u32, delay: Duration) {
        if self.keep(payload, attempts, delay) {
            self.ledger().finish(place);
        } else {
            self.ledger().put_off(place, delay, Instant::now());
        }
        self.ring();
    }

    fn keep(&self, payload: &str, attempts: u32, delay: Duration) -> bool {
        if locked(&self.peace).is_some_and(|until| until > Instant::now()) {
            return false;
        }
        let kept = self.facts.put_off(payload, attempts, delay);
        match kept {
            Ok(()) => drop(self.kept.fetch_add(1, Ordering::SeqCst)),
            Err(_) => *locked(&self.peace) = Some(Instant::now() + PEACE),
        }
        kept.is_ok()
    }

    /// A message that was kept among the facts is done. If they do not hear of it, it comes again, and changes nothing.
    pub(super) fn forget(&self, no: i64) {
        if let Err(error) = self.facts.forget(no) {
            tracing::warn!(%error, no, "a message that was put off could not be taken off the list");
        } else {
            let one_less = |kept: u64| Some(kept.saturating_sub(1));
            let _ = self.kept.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        }
    }
}
