//! Behind the pages: follows the change log, counts what waits, tells subscribers of new hits. Every node does so for its
//! own browsers: the log rises here with the commits of all nodes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::site::{Live, Waiting};
use crate::store::{Sql, StoreError, unseen_reminders, waiting_counts};

use super::{Desk, DeskError};

/// Shortest pause between two counts.
const PAUSE: Duration = Duration::from_millis(500);
/// Counting may take at most one part in so many of the time.
const SHARE: u32 = 20;
/// How often reminders are counted where the log does not rise: what somebody has seen on another node is not in it.
const ASK: Duration = Duration::from_secs(5);

/// No position of the index: what it found was not told in full.
const UNKNOWN: i64 = -1;

/// The running counter.
pub struct Counting {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    desk: Arc<Desk>,
}

impl Counting {
    /// Ends.
    pub async fn stop(self) {
        // Nobody listening any more means that it has ended already.
        let _ = self.stop.send(true);
        self.desk.store.tide().stir();
        if self.task.await.is_err() {
            tracing::warn!("the figures of the navigation were no longer counted");
        }
    }
}

/// What asks for a count at once: something was seen that the change log does not tell of.
#[derive(Debug, Default)]
pub(super) struct Nudge(Notify);

impl Nudge {
    pub(super) fn give(&self) {
        self.0.notify_one();
    }
}

/// Starts counting for the pages of this node.
pub fn count(desk: Arc<Desk>, live: Arc<Live>, node: String) -> Counting {
    let (stop, stopped) = watch::channel(false);
    let counter = Counter { desk: Arc::clone(&desk), live, node, known: None };
    let task = tokio::spawn(counter.run(stopped));
    Counting { stop, task, desk }
}

struct Counter {
    desk: Arc<Desk>,
    live: Arc<Live>,
    node: String,
    /// At which position of the log it was counted last, and how far the index had come.
    known: Option<(i64, i64)>,
}

impl Counter {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let begun = Instant::now();
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "the figures of the navigation could not be counted; trying again");
            }
            let pause = PAUSE.max(begun.elapsed() * SHARE);
            if wait(&mut stopped, tokio::time::sleep(pause)).await {
                return;
            }
            let (level, applied) = self.known.unwrap_or_default();
            // The index comes behind the log: as long as it does, new hits are still to be found.
            let limit = if applied < level && applied != UNKNOWN { PAUSE } else { ASK };
            let tide = Arc::clone(self.desk.store.tide());
            let risen = tokio::task::spawn_blocking(move || tide.wait_beyond(level, limit));
            let nudged = self.desk.nudge.0.notified();
            let woken = async {
                tokio::select! { _ = risen => {}, () = nudged => {} }
            };
            if wait(&mut stopped, woken).await {
                return;
            }
        }
    }

    async fn round(&mut self) -> Result<(), DeskError> {
        let desk = &self.desk;
        let (level, applied) = (desk.store.tide().level(), desk.index.applied().0);
        let (before, searched) = self.known.map_or((None, None), |(level, at)| (Some(level), Some(at)));
        let told = match searched == Some(applied) {
            true => true,
            // Figures are right without it; it is tried again with the next count.
            false => desk.tell_subscribers(&self.node).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "new hits of subscribed searches could not be looked for");
                false
            }),
        };
        let rose = before != Some(level);
        let (counts, unseen) = desk
            .store
            .read(move |sql: &mut dyn Sql| {
                let counts = if rose { Some(waiting_counts(sql)?) } else { None };
                Ok::<_, StoreError>((counts, unseen_reminders(sql)?))
            })
            .await?;
        let mut now = self.live.now();
        if let Some(counts) = counts {
            now = Waiting {
                received: counts.received,
                in_review: counts.in_review,
                reports: counts.reports,
                proofs: counts.proofs,
                reminders: now.reminders,
            };
        }
        now.reminders = unseen.into_iter().collect();
        self.live.publish(now);
        self.known = Some((level, if told { applied } else { UNKNOWN }));
        Ok(())
    }
}

/// Waits for something; whether it is to stop meanwhile.
async fn wait(stopped: &mut watch::Receiver<bool>, something: impl Future<Output = ()>) -> bool {
    tokio::select! {
        // The sender gone means the same as being told.
        _ = stopped.wait_for(|stop| *stop) => true,
        () = something => false,
    }
}
