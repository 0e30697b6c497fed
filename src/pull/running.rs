//! Pulling in the background: each source when it is due, on one node at a time; after a failure later and later.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::clock::random_bytes;
use crate::model::{SourceId, Timestamp};
use crate::store::{
    Lease, Priority, PullEnd, PullRecord, StoreError, Tx, begin_pull, end_pull, read_pull, take_lease,
};

use super::mark::Mark;
use super::plan::Plan;
use super::taking::Run;
use super::{PullError, Pulls};

/// Sources pulled side by side.
const SIDE_BY_SIDE: usize = 4;
/// The longest pause after failures, seconds.
const LONGEST_PAUSE: u64 = 6 * 3600;

/// The running puller.
pub struct Pulling {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Pulling {
    /// Ends it; what was taken and not noted is found again at the next start.
    pub async fn stop(self) {
        // A receiver that is gone is a task that has ended.
        let _ = self.stop.send(true);
        if self.task.await.is_err() {
            tracing::warn!("pulling ended by itself; it goes on at the next start");
        }
    }
}

/// Starts pulling on the present runtime.
pub fn pull(pulls: Arc<Pulls>) -> Pulling {
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(async move {
        let (mut tasks, turns) = (JoinSet::new(), Arc::new(Semaphore::new(SIDE_BY_SIDE)));
        for (source, plan) in &pulls.plans {
            let Ok(plan) = plan else { continue };
            if plan.on {
                let puller = Puller {
                    pulls: Arc::clone(&pulls),
                    source: source.clone(),
                    plan: plan.clone(),
                    turns: Arc::clone(&turns),
                    stopped: stopped.clone(),
                };
                tasks.spawn(puller.run());
            }
        }
        while let Some(ended) = tasks.join_next().await {
            if ended.is_err() {
                tracing::error!("pulling a source ended by itself; it goes on at the next start");
            }
        }
    });
    Pulling { stop, task }
}

struct Puller {
    pulls: Arc<Pulls>,
    source: SourceId,
    plan: Plan,
    turns: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

impl Puller {
    async fn run(mut self) {
        let pause = Duration::from_millis(self.pulls.parts.settings.every_ms.max(20));
        while !*self.stopped.borrow() {
            match self.round().await {
                Ok(true) => continue,
                Ok(false) | Err(PullError::Ending) => {}
                Err(error) => {
                    tracing::warn!(source.id = %self.source, %error, "a pull was not noted; trying again")
                }
            }
            tokio::select! {
                () = self.pulls.asked.notified() => {}
                _ = self.stopped.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Pulls if it is due. Whether there is more to do at once.
    async fn round(&self) -> Result<bool, PullError> {
        let parts = &self.pulls.parts;
        let source = self.source.clone();
        let record = parts.store.read(move |sql| read_pull(sql, &source)).await.map_err(PullError::Store)?;
        if record.is_some_and(|record| record.due_at > parts.clock.now()) {
            return Ok(false);
        }
        let Ok(_turn) = self.turns.acquire().await else { return Err(PullError::Ending) };
        let Some((lease, record)) = self.begin().await? else { return Ok(false) };
        let before = record.mark.clone();
        let mut run = Run {
            pulls: &self.pulls,
            source: &self.source,
            plan: &self.plan,
            lease: lease.clone(),
            lease_seconds: self.lease_seconds(),
            stopped: self.stopped.clone(),
            mark: Mark::read(&before),
            known_before: record.taken > 0,
            taken: 0,
            odd: String::new(),
        };
        let result = run.run().await;
        let (mark, taken, odd) = (run.mark.written(), run.taken, run.odd);
        let (end, more) = match result {
            // Another node pulls, or the process ends: there is nothing to note.
            Err(error @ (PullError::Ending | PullError::Store(_))) => return Err(error),
            Ok(more) => {
                let pause = if more { 0 } else { self.usual_pause() };
                (self.end(pause, mark, true, odd, taken), more)
            }
            Err(error) => {
                tracing::warn!(source.id = %self.source, %error, "a source could not be pulled");
                let asked = if let PullError::Refused { after, .. } = &error { *after } else { None };
                // Where something came, the next may come soon.
                let failures = if taken > 0 { 0 } else { record.failures };
                let pause = self.failure_pause(failures).max(asked.unwrap_or(0).saturating_mul(1000));
                (self.end(pause, mark, false, error.to_string(), taken), false)
            }
        };
        metrics::counter!("minyi_pulls_total", "well" => if end.well { "true" } else { "false" })
            .increment(1);
        let (source, seconds) = (self.source.clone(), self.lease_seconds());
        let note = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
            lease.hold(tx, seconds)?;
            end_pull(tx, &source, &end)
        };
        parts.store.write(Priority::Batch, note).await.map_err(PullError::Store)?;
        Ok(more)
    }

    /// Takes the lease, if the source is due and nobody else has it.
    async fn begin(&self) -> Result<Option<(Lease, PullRecord)>, PullError> {
        let parts = &self.pulls.parts;
        let (source, node, seconds) = (self.source.clone(), parts.node.clone(), self.lease_seconds());
        let begin = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
            begin_pull(tx, &source, &Mark::default().written())?;
            let record = read_pull(tx, &source)?.filter(|record| record.due_at <= tx.now());
            let Some(record) = record else { return Ok(None) };
            let now = tx.now();
            let lease = take_lease(tx, &format!("pull:{source}"), &node, now, seconds)?;
            Ok(lease.map(|lease| (lease, record)))
        };
        parts.store.write(Priority::Batch, begin).await.map_err(PullError::Store)
    }

    /// Seconds that a lease holds without a note: longer than a call with what follows it may take.
    fn lease_seconds(&self) -> i64 {
        let call = self.pulls.parts.call_seconds;
        let call = self.plan.mailbox.as_ref().map_or(call, |mailbox| call.max(mailbox.timeout_seconds));
        i64::try_from(call).unwrap_or(i64::MAX / 4) * 2 + 60
    }

    fn end(&self, pause_ms: i64, mark: String, well: bool, told: String, taken: u32) -> PullEnd {
        let now = self.pulls.parts.clock.now();
        let due_at = Timestamp::from_micros(now.as_micros().saturating_add(pause_ms.saturating_mul(1000)));
        PullEnd { due_at, mark, well, told, taken }
    }

    /// Milliseconds to the next pull: a little more or less than said, so that not all come on the hour.
    fn usual_pause(&self) -> i64 {
        around(self.plan.pause_seconds().saturating_mul(1000), 10)
    }

    /// Twice as long after each failure.
    fn failure_pause(&self, failures: u32) -> i64 {
        let first = self.pulls.parts.settings.first_retry_ms.max(1);
        around(first.saturating_mul(1 << failures.min(20)).min(LONGEST_PAUSE * 1000), 25)
    }
}

/// So many milliseconds, up to `percent` more or less.
fn around(pause: u64, percent: u64) -> i64 {
    let dice = random_bytes::<2>().map_or(0, |bytes| u64::from(u16::from_le_bytes(bytes)));
    let spread = pause.saturating_mul(percent) / 100;
    i64::try_from(pause - spread + spread.saturating_mul(2 * dice) / 65_536).unwrap_or(i64::MAX / 2000)
}
