//! How many hits carry which district, subject, kind of reporter.

use std::collections::HashMap;

use serde::Serialize;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::{DocAddress, DocId, Score, Searcher, SegmentOrdinal, SegmentReader};

use super::{IndexError, schema};

/// Facets and how many values of each are shown.
const FACETS: [&str; 3] = [schema::DISTRICT, schema::SUBJECT, schema::REPORTER_KIND];
const VALUES: usize = 50;
/// So many hits of a segment are counted one by one; of those after them one in so many stands for its neighbours. Who finds
/// so many looks for shares and not for the last one, and each hit that is looked at costs all who wait.
const EXACT: u64 = if cfg!(test) { 128 } else { 1 << 15 };
const STEP: u64 = 16;

/// How many hits carry a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// How many.
    pub count: u64,
}

/// Values with their counts, by facet.
pub(super) type Counted = Vec<(&'static str, Vec<FacetCount>)>;

/// Counts over everything that a query finds.
pub(super) struct Facets;

/// The counts of one segment.
pub(super) struct SegmentFacets {
    columns: Vec<Option<(StrColumn, Vec<u64>)>>,
    hits: u64,
}

/// Counts by value.
#[derive(Debug)]
pub(super) struct Counts {
    /// One map for each facet.
    by_facet: Vec<HashMap<String, u64>>,
    /// Whether some hits stand for others.
    pub estimated: bool,
}

/// How many hits the `hit`th of a segment stands for.
fn stands_for(hit: u64) -> u64 {
    match hit.checked_sub(EXACT) {
        None | Some(0) => 1,
        Some(beyond) if beyond % STEP == 0 => STEP,
        Some(_) => 0,
    }
}

impl SegmentFacets {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let open = |field: &&str| -> tantivy::Result<_> {
            let column = segment.fast_fields().str(field)?;
            Ok(column.map(|column| {
                let values = vec![0; column.num_terms()];
                (column, values)
            }))
        };
        Ok(Self { columns: FACETS.iter().map(open).collect::<tantivy::Result<_>>()?, hits: 0 })
    }

    fn count(&mut self, doc: DocId) {
        self.hits += 1;
        let stands_for = stands_for(self.hits);
        if stands_for == 0 {
            return;
        }
        for (column, counts) in self.columns.iter_mut().flatten() {
            for ord in column.term_ords(doc) {
                if let Some(count) = counts.get_mut(ord as usize) {
                    *count += stands_for;
                }
            }
        }
    }

    fn counts(self) -> Counts {
        let of = |column: Option<(StrColumn, Vec<u64>)>| {
            let mut out = HashMap::new();
            let Some((column, counts)) = column else { return out };
            for (ord, count) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
                let mut value = String::new();
                // A value that cannot be read is not shown; the hits themselves do not depend on it.
                if column.ord_to_str(ord as u64, &mut value).unwrap_or(false) {
                    out.insert(value, count);
                }
            }
            out
        };
        Counts { estimated: self.hits > EXACT, by_facet: self.columns.into_iter().map(of).collect() }
    }
}

impl SegmentCollector for SegmentFacets {
    type Fruit = Counts;

    fn collect(&mut self, doc: DocId, _score: Score) {
        self.count(doc);
    }

    fn harvest(self) -> Counts {
        self.counts()
    }
}

impl Collector for Facets {
    type Fruit = Counts;
    type Child = SegmentFacets;

    fn for_segment(&self, _ord: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentFacets> {
        SegmentFacets::open(segment)
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Counts>) -> tantivy::Result<Counts> {
        let mut out = Counts { by_facet: vec![HashMap::new(); FACETS.len()], estimated: false };
        for fruit in fruits {
            out.estimated |= fruit.estimated;
            for (all, counts) in out.by_facet.iter_mut().zip(fruit.by_facet) {
                for (value, count) in counts {
                    *all.entry(value).or_default() += count;
                }
            }
        }
        Ok(out)
    }
}

/// Counts over some documents.
pub(super) fn count(searcher: &Searcher, documents: &[DocAddress]) -> Result<Counts, IndexError> {
    let mut sorted = documents.to_vec();
    sorted.sort_unstable();
    let mut fruits = Vec::new();
    for same in sorted.chunk_by(|a, b| a.segment_ord == b.segment_ord) {
        let mut facets = SegmentFacets::open(searcher.segment_reader(same[0].segment_ord))?;
        same.iter().for_each(|address| facets.count(address.doc_id));
        fruits.push(facets.counts());
    }
    Ok(Facets.merge_fruits(fruits)?)
}

/// For showing: the most frequent first.
pub(super) fn shown(counts: Counts) -> Counted {
    let list = |counts: HashMap<String, u64>| {
        let mut list: Vec<_> = counts.into_iter().map(|(value, count)| FacetCount { value, count }).collect();
        list.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        list.truncate(VALUES);
        list
    };
    FACETS.into_iter().zip(counts.by_facet.into_iter().map(list)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_hits_are_counted_one_by_one_and_many_to_within_one_step() {
        let counted = |hits: u64| (1..=hits).map(stands_for).sum::<u64>();
        assert_eq!(counted(EXACT), EXACT);
        for hits in [EXACT + 1, EXACT + STEP, 10 * EXACT + 7] {
            assert!(hits - counted(hits) < STEP, "{hits} hits are counted as {}", counted(hits));
        }
    }
}
