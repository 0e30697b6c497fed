//! Exact verification: a candidate becomes a link only by a function of the two texts.

use std::collections::{HashMap, VecDeque};

use crate::model::{Link, LinkKind};
use crate::store::{FeedItem, StoreError};
use crate::text::{Fingerprint, Shingles, fold};

/// The fingerprint of an item's stored text.
pub(super) fn fingerprint(item: &FeedItem) -> Result<Fingerprint, StoreError> {
    let submission = item.submission()?;
    let parts = std::iter::once(submission.title.as_str()).chain(submission.text.pieces());
    Ok(Fingerprint::of(&fold(parts)))
}

/// The link that two texts have, if any.
pub(super) fn link(one: &Shingles, other: &Shingles, near: f64) -> Option<Link> {
    let score = one.jaccard(other);
    (score >= near).then_some(Link { kind: LinkKind::Near, score })
}

/// Shingles of recent items, bounded by bytes; the oldest leave first.
pub(super) struct Recent {
    limit: usize,
    bytes: usize,
    by_number: HashMap<i64, Shingles>,
    order: VecDeque<i64>,
}

impl Recent {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, bytes: 0, by_number: HashMap::new(), order: VecDeque::new() }
    }

    pub(super) fn get(&self, no: i64) -> Option<&Shingles> {
        self.by_number.get(&no)
    }

    pub(super) fn put(&mut self, no: i64, shingles: Shingles) {
        self.bytes += shingles.bytes();
        match self.by_number.insert(no, shingles) {
            Some(replaced) => self.bytes -= replaced.bytes(),
            None => self.order.push_back(no),
        }
        while self.bytes > self.limit {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(gone) = self.by_number.remove(&oldest) {
                self.bytes -= gone.bytes();
            }
        }
    }
}
