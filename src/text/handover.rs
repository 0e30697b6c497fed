//! Work done once, used twice: what the pipeline computed of a text waits here for the followers of the same process.
//!
//! Bounded by bytes. A miss is harmless: the follower computes it again from the stored text.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::ContentHash;

use super::fingerprint::Fingerprint;
use super::segment::Words;

/// Values by the content they were computed of; the oldest leave when the limit is reached.
#[derive(Debug)]
pub struct Handover<T> {
    limit: usize,
    held: Mutex<Held<T>>,
}

#[derive(Debug)]
struct Held<T> {
    bytes: usize,
    by_content: HashMap<ContentHash, (usize, T)>,
    order: VecDeque<ContentHash>,
}

impl<T> Handover<T> {
    /// Holds at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        let held = Held { bytes: 0, by_content: HashMap::new(), order: VecDeque::new() };
        Self { limit, held: Mutex::new(held) }
    }

    fn lock(&self) -> MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a value of `bytes` bytes for whoever comes.
    pub fn leave(&self, content: ContentHash, bytes: usize, value: T) {
        let mut held = self.lock();
        if let Some((replaced, _)) = held.by_content.insert(content, (bytes, value)) {
            held.bytes -= replaced;
        } else {
            held.order.push_back(content);
        }
        held.bytes += bytes;
        while held.bytes > self.limit {
            let Some(oldest) = held.order.pop_front() else { break };
            if let Some((freed, _)) = held.by_content.remove(&oldest) {
                held.bytes -= freed;
            }
        }
    }

    /// Takes a value away.
    pub fn take(&self, content: &ContentHash) -> Option<T> {
        let mut held = self.lock();
        let (bytes, value) = held.by_content.remove(content)?;
        held.bytes -= bytes;
        // What was taken stays in the order until it comes to the front; that is bounded by what was left.
        while held.order.front().is_some_and(|front| !held.by_content.contains_key(front)) {
            held.order.pop_front();
        }
        Some(value)
    }
}

/// What the pipeline leaves for the followers of the same process.
#[derive(Debug)]
pub struct Handovers {
    /// For the index.
    pub words: Handover<Words>,
    /// For the duplicates.
    pub fingerprints: Handover<Fingerprint>,
}

impl Handovers {
    /// Bounded by `bytes` in all.
    pub fn new(bytes: usize) -> Self {
        Self { words: Handover::new(bytes / 3 * 2), fingerprints: Handover::new(bytes / 3) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_taken_once_and_the_oldest_leave_first() {
        let handover = Handover::new(20);
        let keys: Vec<_> = (0u8..3).map(|n| ContentHash::of(&[n])).collect();
        keys.iter().enumerate().for_each(|(n, key)| handover.leave(*key, 10, n));
        assert_eq!(handover.take(&keys[0]), None);
        assert_eq!(handover.take(&keys[2]), Some(2));
        assert_eq!(handover.take(&keys[2]), None);
    }
}
