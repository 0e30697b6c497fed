//! Answers to contributors, on their way out: e-mail, signed calls (webhooks), and the office's own channels (短信 …).
//!
//! The store holds what is to be told (`store/notices.rs`); here it is taken, sent, and ended only when the receiver has
//! confirmed. A crash in between means that it is sent again with the same id; what was confirmed is never sent again.

mod channel;
mod hours;
mod mail;
mod own;
mod webhook;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::{Clock, random_bytes};
use crate::config;
use crate::model::{Channel, MailChoice, NoticeKind, SecretKey, Timestamp};
use crate::outward::Outward;
use crate::store::{
    Due, Met, Priority, Store, StoreError, Tx, answered_mail, end_attempt, set_due, take_deliveries,
};

pub use channel::{Contact, OwnChannel, OwnChannels, load as load_channels};
pub use mail::MailError;
pub use webhook::{key_of, signature};

use hours::Hours;
use mail::Mailer;

/// Deliveries taken at once, and sent side by side.
const TAKEN: i64 = 64;
const SIDE_BY_SIDE: usize = 8;
/// Of an office's own channels, whose commands may take their time, fewer are taken: their lease must not end meanwhile.
const OWN_TAKEN: i64 = 16;
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
    /// The office's own channels.
    pub channels: OwnChannels,
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
        let hooks = self.take(Channel::Webhook, TAKEN).await?;
        let mails = if self.mailer.is_some() { self.take(Channel::Mail, TAKEN).await? } else { Vec::new() };
        let replies =
            if self.mailer.is_some() { self.take(Channel::Reply, TAKEN).await? } else { Vec::new() };
        let own = match self.parts.channels.is_empty() {
            true => Vec::new(),
            false => self.take(Channel::Own, OWN_TAKEN).await?,
        };
        let found = !hooks.is_empty() || !mails.is_empty() || !replies.is_empty() || !own.is_empty();
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
        let sent = self.messages(own).await?.into_iter().map(|message| self.send_own(message));
        let mut sent = futures_util::stream::iter(sent).buffer_unordered(SIDE_BY_SIDE);
        while let Some((due, result)) = sent.next().await {
            self.end(due, result).await?;
        }
        Ok(found)
    }

    async fn take(&self, channel: Channel, most: i64) -> Result<Vec<Due>, StoreError> {
        let lease = match channel {
            Channel::Own => self.own_lease(),
            Channel::Mail | Channel::Reply | Channel::Webhook | Channel::Phone => {
                self.parts.notify.lease_seconds
            }
        };
        let until = self.parts.clock.now().plus_seconds(lease);
        let take = move |tx: &mut Tx<'_>| take_deliveries(tx, channel, until, most);
        self.parts.store.write(Priority::Batch, take).await
    }

    /// No shorter than all that was taken may last, a few side by side.
    fn own_lease(&self) -> i64 {
        let slowest = self.parts.channels.values().map(|channel| channel.timeout_seconds).max().unwrap_or(0);
        let rounds = OWN_TAKEN.unsigned_abs().div_ceil(SIDE_BY_SIDE as u64) + 1;
        i64::try_from(slowest * rounds).unwrap_or(i64::MAX / 2).max(self.parts.notify.lease_seconds)
    }

    async fn put_off(&self, due: Vec<Due>, later: Timestamp) -> Result<(), StoreError> {
        let put = move |tx: &mut Tx<'_>| due.iter().try_for_each(|one| set_due(tx, &one.key, later));
        self.parts.store.write(Priority::Batch, put).await
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
                    Err(Failure::Final(told)) => Met::Failed(told.clone()),
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
    /// Trying again is of no use before a person has looked.
    Final(String),
}

impl Failure {
    fn later(told: impl Into<String>) -> Self {
        Self::Later { told: told.into(), after: None }
    }
}

/// What is due, by whom it is for.
fn by_owner(due: Vec<Due>) -> BTreeMap<String, Vec<Due>> {
    let mut out: BTreeMap<String, Vec<Due>> = BTreeMap::new();
    for one in due {
        out.entry(one.key.target.clone()).or_default().push(one);
    }
    out
}

/// What goes out in one message: all of a day where that was chosen; else new topics in one, and of what became of items
/// all in one or each by itself.
fn together(due: Vec<Due>, choice: MailChoice, each: bool) -> Vec<Vec<Due>> {
    if choice == MailChoice::Daily {
        return vec![due];
    }
    let (topics, others): (Vec<Due>, Vec<Due>) =
        due.into_iter().partition(|one| one.kind == NoticeKind::Topic);
    let mut out: Vec<Vec<Due>> =
        if each { others.into_iter().map(|one| vec![one]).collect() } else { vec![others] };
    out.push(topics);
    out.retain(|due| !due.is_empty());
    out
}

/// New topics can wait for the digest whatever was chosen.
fn when_of(due: &[Due], choice: MailChoice) -> MailChoice {
    let topics = due.iter().all(|one| one.kind == NoticeKind::Topic);
    if topics { MailChoice::Daily } else { choice }
}

/// The id of a message: of one event that event's, of several one made of all of theirs.
fn id_of(due: &[Due]) -> String {
    if let [one] = due {
        return one.event.as_str().to_owned();
    }
    let mut hasher = blake3::Hasher::new();
    for one in due {
        hasher.update(one.event.as_str().as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
