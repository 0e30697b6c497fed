//! (2) The durable queue between intake and workers: a seam, and the engines behind it.
//!
//! Delivery is at least once. A producer's answer comes only when the envelope would survive a power cut. Every
//! delivery ends in exactly one of ack, retry, dead; each consumes it.

mod embedded;
mod envelope;
mod facts;
#[cfg(feature = "kafka")]
mod kafka;

#[cfg(test)]
mod contract;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

pub use embedded::EmbeddedQueue;
pub use envelope::{Envelope, EnvelopeError, Purpose};
pub use facts::{Due, Facts, Recalled};
#[cfg(feature = "kafka")]
pub use kafka::{KafkaQueue, KafkaSettings};

use crate::model::{ContentHash, ItemId, SourceId};

/// A future that a trait object can give.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What is to be appended, with the keys by which a repeat is known.
#[derive(Debug, Clone)]
pub struct Append {
    /// The message.
    pub envelope: Envelope,
    /// The same as it stands in the queue.
    pub payload: String,
    /// The key of the request, where it came with one that is not the item's own.
    pub request_key: Option<ItemId>,
    /// A person sends it again: it is taken, though its key is known.
    pub again: bool,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is durable.
    New,
    /// The same was durable before: nothing was added.
    Repeat,
    /// Its key names another text.
    OtherText,
    /// Its request key was used for another item.
    OtherItem,
    /// A version of an item that this source never sent.
    UnknownItem,
}

/// Why nothing could be appended. The caller is told to come again; what was acknowledged is safe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// As many wait as may.
    #[error("待处理来稿已达上限（{0} 件）")]
    Full(u64),
    /// The disk is nearly full.
    #[error("磁盘剩余空间不足 {0} MB")]
    NoSpace(u64),
    /// The engine failed.
    #[error("队列暂不可用：{0}")]
    Unavailable(String),
    /// The program is ending.
    #[error("正在停机")]
    Closed,
}

/// The intake's side.
pub trait Producer: Send + Sync {
    /// Appends one envelope; the answer comes when it is durable.
    fn append(&self, append: Append) -> Boxed<'_, Result<Appended, QueueError>>;
}

/// The workers' side. Blocking: workers are threads of their own.
pub trait Consumer: Send + Sync {
    /// Up to `max` messages; waits for the first, then at most `linger` for more. Empty once the queue is closed.
    ///
    /// # Errors
    /// [`QueueError`] when the engine fails; the caller pauses and comes again.
    fn take(&self, max: usize, linger: Duration) -> Result<Vec<Delivery>, QueueError>;
}

/// A whole engine, as the composition root holds it.
pub trait Queue: Producer + Consumer {
    /// How much waits. Never less than what this process appended and nobody has finished.
    fn depth(&self) -> Depth;

    /// Why nothing can be appended now, as far as is known; `None` as long as nothing has failed. For whoever watches.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// What was acknowledged and has got lost where this engine cannot help it: one sentence for each loss. For whoever watches.
    fn lost(&self) -> Vec<String> {
        Vec::new()
    }

    /// No worker gets anything from now on; appends still work until the queue is closed.
    fn stop_taking(&self);

    /// Copies everything that was appended into a file, on the caller's thread; appends wait meanwhile. `false` where brokers keep it.
    ///
    /// # Errors
    /// [`QueueError`]: there is no copy.
    fn copy_to(&self, path: &std::path::Path) -> Result<bool, QueueError>;

    /// Makes durable what is in line, and ends.
    fn close(&self);
}

/// How much waits, for health and metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Depth {
    /// Messages that are not finished, taken or not.
    pub waiting: u64,
    /// Seconds since the oldest of them was appended.
    pub oldest_seconds: u64,
}

/// How a delivery ends. Engines implement it; nobody else calls it but [`Delivery`].
trait Settle: Send {
    fn ack(self: Box<Self>);
    fn retry(self: Box<Self>, delay: Duration);
    fn dead(self: Box<Self>, reason: &str);
}

/// A message in a worker's hands. If the worker dies, it is delivered again when its lease runs out.
pub struct Delivery {
    /// The message as stored: a damaged one must still be shown to a person.
    pub raw: String,
    /// How often it has been delivered, this time included.
    pub attempt: u32,
    settle: Box<dyn Settle>,
}

impl Delivery {
    /// Done: it is stored.
    pub fn ack(self) {
        self.settle.ack();
    }

    /// Not now: deliver it again after `delay`.
    pub fn retry(self, delay: Duration) {
        self.settle.retry(delay);
    }

    /// Never: it stands among the dead letters, written before this call.
    pub fn dead(self, reason: &str) {
        self.settle.dead(reason);
    }
}

/// What the queue knows of a key, for callers that must decide before they append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The item it names.
    pub item: ItemId,
    /// The text it stands for.
    pub content: ContentHash,
    /// Who sent it.
    pub source: SourceId,
}
