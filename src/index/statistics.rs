//! What scores are made of besides the texts: how many there are, how long, and how many hold a word. A function of the items
//! that are in the index, however they came into it: what a segment still holds of texts that were replaced is not counted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use super::rarity::{Rarity, Sample};
use super::{Generation, IndexError, SearchIndex};

/// Words whose count is remembered until the index changes.
const REMEMBERED: usize = 1 << 16;

/// The statistics of what a searcher sees.
pub(super) struct Statistics {
    pub(super) searcher: Searcher,
    pub(super) rarity: Arc<Rarity>,
    counts: Counts,
}

type Counts = Arc<Mutex<HashMap<Term, u64>>>;

/// What is known of the index as of one commit.
#[derive(Default)]
pub(super) struct Known {
    generation: Weak<Generation>,
    commit: u64,
    sample: Sample,
    counts: Counts,
}

impl Statistics {
    /// How many texts there are.
    pub(super) fn documents(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// How many texts hold a word.
    ///
    /// # Errors
    /// As the engine reports.
    pub(super) fn holding(&self, term: &Term) -> tantivy::Result<u64> {
        let counts = || self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts().get(term) {
            return Ok(*count);
        }
        let count = count(&self.searcher, term)?;
        let mut counts = counts();
        if counts.len() < REMEMBERED {
            counts.insert(term.clone(), count);
        }
        Ok(count)
    }
}

/// Where a segment holds texts that were replaced, the list of a word is walked.
fn count(searcher: &Searcher, term: &Term) -> tantivy::Result<u64> {
    let mut count = 0;
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(term.field())?;
        count += match segment.alive_bitset() {
            None => u64::from(inverted.doc_freq(term)?),
            Some(alive) => match inverted.read_postings(term, IndexRecordOption::Basic)? {
                Some(postings) => u64::from(postings.doc_freq_given_deletes(alive)),
                None => 0,
            },
        };
    }
    Ok(count)
}

impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok((self.rarity.words(field) * self.documents() as f64).ceil() as u64)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.documents())
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.holding(term)
    }
}

impl SearchIndex {
    /// The statistics of what a search sees now; what is new since the last one is looked at first.
    pub(super) fn statistics(&self, generation: &Arc<Generation>) -> Result<Statistics, IndexError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let searcher = generation.reader.searcher();
        let commit = searcher.generation().generation_id();
        let same = known.generation.ptr_eq(&Arc::downgrade(generation));
        if !same || known.commit != commit {
            // Half of a look would be worse than none: it is begun anew after an error.
            let before = std::mem::take(&mut *known);
            let mut sample = if same { before.sample } else { Sample::default() };
            sample.follow(&searcher, &generation.fields)?;
            let generation = Arc::downgrade(generation);
            *known = Known { generation, commit, sample, counts: Counts::default() };
        }
        Ok(Statistics { searcher, rarity: known.sample.rarity(), counts: Arc::clone(&known.counts) })
    }
}
