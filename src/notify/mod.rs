//! Answers to contributors, on their way out: e-mail and signed calls (webhooks).
//!
//! The store holds what is to be told (`store/notices.rs`); here it is taken, sent, and ended only when the receiver has
//! confirmed. A crash in between means that it is sent again with the same id; what was confirmed is never sent again.

mod hours;
mod mail;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::{Clock, random_bytes};
use crate::config;
use crate::model::{Channel, SecretKey, Timestamp};
use crate::outward::Outward;
use crate::store::{Due, Met, Priority, Store, StoreError, Tx, answered_mail, end_attempt, take_deliveries};

pub use mail::MailError;
pub use webhook::{key_of, signature};

use hours::Hours;
use mail::Mailer;

/// Deliveries taken at once, and sent side by side.
const TAKEN: i64 = 64;
const SIDE_BY_SIDE: usize = 8;
/// The longest pause between attempts, seconds.
const LONGEST_PAUSE: u64 = 6 * 3600;

/// What delivering needs.
pub struct Parts {
    /// The facts.
    pub store: Arc<Store>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Calls.
    pub outward: Outward,
    /// From which the keys of webhooks are made.
    pub secret: SecretKey,
    /// How.
    pub notify: config::Notify,
    /// The mail server.
    pub mail: config::Mail,
}

/// The running deliverer.
pub struct Delivering {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Delivering {
    /// Lets what is on its way arrive, then ends.
    pub async fn stop(self) {
        // A receiver that is gone is a task that has ended.
        let _ = self.stop.send(true);
        if self.task.await.is_err() {
            tracing::warn!("delivering ended by itself; what was on its way is sent again at the next start");
        }
    }
}

/// Starts delivering on the present runtime.
///
/// # Errors
/// When the mail settings cannot be used.
pub fn deliver(parts: Parts) -> Result<Delivering, MailError> {
    let deliverer = Deliverer {
        mailer: Mailer::new(&parts.mail, &parts.notify)?,
        hours: Hours::new(&parts.notify),
        parts,
    };
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(deliverer.run(stopped));
    Ok(Delivering { stop, task })
}

struct Deliverer {
    parts: Parts,
    mailer: Option<Mailer>,
    hours: Hours,
}

impl Deliverer {
    async fn run(self, mut stopped: watch::Receiver<bool>) {
        let pause = Duration::from_millis(self.parts.notify.every_ms.max(20));
        while !*stopped.borrow() {
            let found = match self.round().await {
                Ok(found) => found,
                Err(error) => {
                    tracing::warn!(%error, "notices could not be delivered; trying again");
                    false
                }
            };
            if !found {
                // A timer that ends and a stop are both reasons to look again.
                let _ = tokio::time::timeout(pause, stopped.changed()).await;
            }
        }
    }

    /// One round over the channels; whether there was anything.
    async fn round(&self) -> Result<bool, StoreError> {
        let hooks = self.take(Channel::Webhook).await?;
        let mails = if self.mailer.is_some() { self.take(Channel::Mail).await? } else { Vec::new() };
        let replies = if self.mailer.is_some() { self.take(Channel::Reply).await? } else { Vec::new() };
        let found = !hooks.is_empty() || !mails.is_empty() || !replies.is_empty();
        if !hooks.is_empty() {
            let known = self.parts.store.read(crate::store::webhooks).await?;
            let sent = hooks.into_iter().map(|due| webhook::send(&self.parts, &known, due));
            let mut sent = futures_util::stream::iter(sent).buffer_unordered(SIDE_BY_SIDE);
            while let Some((due, result)) = sent.next().await {
                self.end(vec![due], result).await?;
            }
        }
        if let Some(mailer) = &self.mailer {
            for due in replies {
                let answered = due.key.notice;
                let answered = self.parts.store.read(move |sql| answered_mail(sql, answered)).await?;
                let result = mailer.answer(&due, &answered).await;
                self.end(vec![due], result).await?;
            }
            for letter in self.letters(mails).await? {
                let result = mailer.send(&letter).await;
                self.end(letter.due, result).await?;
            }
        }
        Ok(found)
    }

    async fn take(&self, channel: Channel) -> Result<Vec<Due>, StoreError> {
        let until = self.parts.clock.now().plus_seconds(self.parts.notify.lease_seconds);
        let take = move |tx: &mut Tx<'_>| take_deliveries(tx, channel, until, TAKEN);
        self.parts.store.write(Priority::Batch, take).await
    }

    /// What became of deliveries that went out together.
    async fn end(&self, due: Vec<Due>, result: Result<(), Failure>) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        let met: Vec<_> = due
            .into_iter()
            .map(|due| {
                let met = match &result {
                    Ok(()) => Met::Confirmed,
                    Err(Failure::Nobody(why)) => Met::Void(why.clone()),
                    Err(Failure::Later { told, after }) => {
                        Met::Again { at: self.next(now, due.attempts, *after), told: told.clone() }
                    }
                };
                (due.key, met)
            })
            .collect();
        let end = move |tx: &mut Tx<'_>| met.iter().try_for_each(|(key, met)| end_attempt(tx, key, met));
        self.parts.store.write(Priority::Batch, end).await
    }

    /// Twice as long after each attempt, a little more or less so that not all come at once; never before the receiver asked.
    fn next(&self, now: Timestamp, attempts: i64, after: Option<u64>) -> Timestamp {
        let first = self.parts.notify.first_retry_ms.max(1);
        let doubled = first.saturating_mul(1 << attempts.clamp(0, 20)).min(LONGEST_PAUSE * 1000);
        let jitter = random_bytes::<2>().map_or(0, |bytes| u64::from(u16::from_le_bytes(bytes)));
        let pause = doubled * 3 / 4 + doubled * jitter / (2 * 65_536);
        let pause = pause.max(after.unwrap_or(0).min(24 * 3600) * 1000);
        Timestamp::from_micros(now.as_micros() + i64::try_from(pause).unwrap_or(i64::MAX / 2000) * 1000)
    }
}

/// Why a delivery was not confirmed.
enum Failure {
    /// Try again, not before the receiver's own wish.
    Later { told: String, after: Option<u64> },
    /// There is nobody any more.
    Nobody(String),
}

impl Failure {
    fn later(told: impl Into<String>) -> Self {
        Self::Later { told: told.into(), after: None }
    }
}
