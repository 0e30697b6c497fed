//! Exact verification: a candidate becomes a link only by a function of the two texts.

use std::collections::{HashMap, VecDeque};

use crate::config;
use crate::model::{Link, LinkKind};
use crate::text::{Comparing, Wording};

/// Part of the smaller set of shingles that must be shared before anything dearer is computed. Where 85 of 100
/// characters agree in order, as many 5-grams agree at least (100 − 5 · 15).
const WORTH_COMPARING: f64 = 0.25;

/// The link that two texts have, if any: the same whichever of them comes first.
pub(super) fn link(one: &Comparing<'_>, other: &Wording, criteria: &config::Group) -> Option<Link> {
    let shingles = one.shingles(other);
    if shingles.jaccard >= criteria.near_threshold {
        return Some(Link { kind: LinkKind::Near, score: shingles.jaccard });
    }
    if shingles.containment < WORTH_COMPARING || one.shorter(other) < criteria.edited_min_chars {
        return None;
    }
    let score = one
        .held(other, criteria.held_threshold)
        .or_else(|| one.aligned(other, criteria.aligned_threshold))?;
    Some(Link { kind: LinkKind::Edited, score })
}

/// Wordings of recent items, bounded by bytes; the oldest leave first.
pub(super) struct Recent {
    limit: usize,
    bytes: usize,
    by_number: HashMap<i64, Wording>,
    order: VecDeque<i64>,
}

impl Recent {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, bytes: 0, by_number: HashMap::new(), order: VecDeque::new() }
    }

    pub(super) fn get(&self, no: i64) -> Option<&Wording> {
        self.by_number.get(&no)
    }

    pub(super) fn put(&mut self, no: i64, wording: Wording) {
        self.bytes += wording.bytes();
        match self.by_number.insert(no, wording) {
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
