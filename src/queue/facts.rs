//! What an engine that keeps no keys and no clock of its own asks the facts. Who joins the two is the composition root.

use std::time::Duration;

use super::{Boxed, QueueError};
use crate::model::{ContentHash, ItemId, SourceId};

/// What the facts know of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recalled {
    /// Who sent it.
    pub source: SourceId,
    /// The text that its key stands for.
    pub content: ContentHash,
    /// Whether the text asked about is one of its versions.
    pub has_version: bool,
}

/// A message that was put off, and is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Its number.
    pub no: i64,
    /// The message.
    pub payload: String,
    /// How often it has been delivered.
    pub attempts: u32,
}

/// The facts, as a queue sees them.
pub trait Facts: Send + Sync {
    /// What is known of an item, and whether `content` is one of its versions. An error: nobody answered in time.
    fn recall(&self, item: &ItemId, content: &ContentHash)
    -> Boxed<'_, Result<Option<Recalled>, QueueError>>;

    /// Keeps a message until it is due. Blocking.
    ///
    /// # Errors
    /// [`QueueError::Unavailable`]: it is not kept.
    fn put_off(&self, payload: &str, attempts: u32, delay: Duration) -> Result<(), QueueError>;

    /// Messages that are due; they come again after `lease`, unless they are forgotten. Blocking.
    ///
    /// # Errors
    /// [`QueueError::Unavailable`].
    fn due(&self, max: usize, lease: Duration) -> Result<Vec<Due>, QueueError>;

    /// A message that was due is done. Blocking.
    ///
    /// # Errors
    /// [`QueueError::Unavailable`]: it comes again.
    fn forget(&self, no: i64) -> Result<(), QueueError>;

    /// How many are kept. Blocking.
    ///
    /// # Errors
    /// [`QueueError::Unavailable`].
    fn kept(&self) -> Result<u64, QueueError>;
}
