//! The best hits as tantivy scores them, the same on every node: scores are graded, and of equals the newest comes first.
//!
//! tantivy adds up a score in the order in which a segment's lists lie, and of equal scores prefers the earlier document:
//! both depend on what the segments have gone through. Grades are so coarse that the last digits of a sum do not move a text,
//! and what is equal then is put in order by what every node knows it by.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::query::Weight;
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

use super::rank::Candidate;
use super::schema;

/// Bits of a score that are left out: 8 of its fraction stay, steps of less than 0.4 %.
const LEFT_OUT: u32 = 15;
/// What cannot come within so much of the last of the best is passed over. tantivy bounds what a block of texts can score by the
/// average length in its segment when that was written; it may be a little too low for the lengths of today.
const MARGIN: f32 = 0.98;

/// The grade of a score; scores are never below 0.
fn grade(score: Score) -> u32 {
    score.max(0.0).to_bits() >> LEFT_OUT
}

/// The least score of a grade.
fn least(grade: u32) -> Score {
    f32::from_bits(grade << LEFT_OUT)
}

/// Collects so many of the best: by grade, of equals the highest numbers.
pub(super) struct Best(pub(super) usize);

/// The best of one segment so far.
pub(super) struct Heap {
    limit: usize,
    segment: SegmentOrdinal,
    numbers: Column<i64>,
    kept: BinaryHeap<Reverse<(u32, i64, DocId)>>,
}

impl Heap {
    fn offer(&mut self, doc: DocId, score: Score) {
        let grade = grade(score);
        let full = self.kept.len() >= self.limit;
        if full && self.kept.peek().is_some_and(|Reverse((least, ..))| grade < *least) {
            return;
        }
        self.kept.push(Reverse((grade, self.numbers.first(doc).unwrap_or(0), doc)));
        if full {
            self.kept.pop();
        }
    }

    /// Scores up to here are of no interest any more.
    fn threshold(&self) -> Score {
        match self.kept.peek() {
            // One of grade 0 may score 0.
            Some(Reverse((grade, ..))) if self.kept.len() >= self.limit => {
                least(*grade) * MARGIN - f32::MIN_POSITIVE
            }
            _ => Score::MIN,
        }
    }
}

impl SegmentCollector for Heap {
    type Fruit = Vec<Candidate>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.offer(doc, score);
    }

    fn harvest(self) -> Vec<Candidate> {
        let segment = self.segment;
        let candidate = |Reverse((grade, no, doc))| Candidate {
            score: least(grade),
            address: DocAddress::new(segment, doc),
            no,
        };
        self.kept.into_iter().map(candidate).collect()
    }
}

impl Collector for Best {
    type Fruit = Vec<Candidate>;
    type Child = Heap;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<Heap> {
        let numbers = reader.fast_fields().i64(schema::NO)?;
        Ok(Heap { limit: self.0.max(1), segment, numbers, kept: BinaryHeap::new() })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn collect_segment(
        &self,
        weight: &dyn Weight,
        segment: SegmentOrdinal,
        reader: &SegmentReader,
    ) -> tantivy::Result<Vec<Candidate>> {
        let mut heap = self.for_segment(segment, reader)?;
        weight.for_each_pruning(Score::MIN, reader, &mut |doc, score| {
            if reader.alive_bitset().is_none_or(|alive| alive.is_alive(doc)) {
                heap.offer(doc, score);
            }
            heap.threshold()
        })?;
        Ok(heap.harvest())
    }

    fn merge_fruits(&self, segments: Vec<Vec<Candidate>>) -> tantivy::Result<Vec<Candidate>> {
        let mut all: Vec<Candidate> = segments.into_iter().flatten().collect();
        super::rank::order(&mut all);
        all.truncate(self.0.max(1));
        Ok(all)
    }
}
