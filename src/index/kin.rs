//! Candidates for the same matter: the items that share the most telling words of a text, and how rare words are.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use arc_swap::ArcSwapOption;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, Term};

use crate::telemetry::Stage;
use crate::text::{Frequencies, Segmented, WordKey, Words, word_key};

use super::{Generation, IndexError, SearchIndex, schema};

/// A telling word in the title of a candidate counts this much on top of being in its text.
const TITLE_WEIGHT: f32 = 0.5;
/// Counts serve until the index has grown by this share: rarity is a logarithm and changes slowly.
const STALE_SHARE: f64 = 0.1;

/// Looks for candidates; cheap to clone.
#[derive(Clone)]
pub struct Kin {
    index: SearchIndex,
    counted: Arc<ArcSwapOption<Counted>>,
}

/// How often words occur, as of some state of the index.
struct Counted {
    generation: Weak<Generation>,
    frequencies: Arc<Frequencies>,
}

impl Kin {
    /// Over an index.
    pub fn new(index: SearchIndex) -> Self {
        Self { index, counted: Arc::default() }
    }

    /// A text, cut as the index cuts it.
    pub fn words(&self, title: &str, body: &str) -> Words {
        Words { title: self.cut(title), body: self.cut(body) }
    }

    /// A piece of text, cut as the index cuts it.
    pub fn cut(&self, text: &str) -> Segmented {
        self.index.segmenter.for_index(text)
    }

    /// In how many items each word occurs: read from the index at first, and again when it has grown. Blocking.
    ///
    /// # Errors
    /// [`IndexError`] when a segment cannot be read.
    pub fn frequencies(&self) -> Result<Arc<Frequencies>, IndexError> {
        let generation = self.index.current.load_full();
        let documents = generation.reader.searcher().num_docs();
        if let Some(counted) = self.counted.load_full() {
            let known = counted.frequencies.items();
            let grown = documents.abs_diff(known) as f64 > known as f64 * STALE_SHARE;
            if counted.generation.ptr_eq(&Arc::downgrade(&generation)) && !grown {
                return Ok(Arc::clone(&counted.frequencies));
            }
        }
        let frequencies = Arc::new(count(&generation)?);
        let counted =
            Counted { generation: Arc::downgrade(&generation), frequencies: Arc::clone(&frequencies) };
        self.counted.store(Some(Arc::new(counted)));
        Ok(frequencies)
    }

    /// The numbers of at most `limit` items that share most of these words, given with their weights; of those that an
    /// issued bulletin carries if `issued`. Blocking.
    ///
    /// # Errors
    /// [`IndexError`] as the engine reports.
    pub fn candidates(
        &self,
        telling: &[(String, f32)],
        issued: bool,
        limit: usize,
    ) -> Result<Vec<i64>, IndexError> {
        if telling.is_empty() {
            return Ok(Vec::new());
        }
        let stage = Stage::begin("kin");
        let generation = self.index.current.load_full();
        let searcher = generation.reader.searcher();
        let fields = generation.fields;
        let any = telling.iter().flat_map(|(word, weight)| {
            [(fields.title, weight * TITLE_WEIGHT), (fields.text, *weight)]
                .map(|(field, weight)| (Occur::Should, weighted(field, word, weight)))
        });
        let any: Box<dyn Query> = Box::new(BooleanQuery::new(any.collect()));
        let query = if issued {
            let carried = Term::from_field_u64(fields.issued, 1);
            let carried: Box<dyn Query> = Box::new(TermQuery::new(carried, IndexRecordOption::Basic));
            // The flag selects; it says nothing of how near a text is.
            let silent: Box<dyn Query> = Box::new(BoostQuery::new(carried, 0.0));
            Box::new(BooleanQuery::new(vec![(Occur::Must, any), (Occur::Must, silent)]))
        } else {
            any
        };
        let top = TopDocs::with_limit(limit.max(1)).order_by_score();
        let found: Vec<(f32, DocAddress)> = searcher.search(query.as_ref(), &top)?;
        let mut numbers = Vec::with_capacity(found.len());
        for (_, address) in found {
            let column = searcher.segment_reader(address.segment_ord).fast_fields().i64(schema::NO)?;
            numbers.extend(column.first(address.doc_id));
        }
        stage.end(1);
        Ok(numbers)
    }
}

fn weighted(field: Field, word: &str, weight: f32) -> Box<dyn Query> {
    let term = Term::from_field_text(field, word);
    Box::new(BoostQuery::new(Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)), weight))
}

/// Walks the dictionary of the texts.
fn count(generation: &Generation) -> Result<Frequencies, IndexError> {
    let stage = Stage::begin("kin_count");
    let searcher = generation.reader.searcher();
    let mut counts: HashMap<WordKey, u32> = HashMap::new();
    for segment in searcher.segment_readers() {
        let inverted = segment.inverted_index(generation.fields.text)?;
        let mut words = inverted.terms().stream()?;
        while let Some((word, info)) = words.next() {
            let Ok(word) = std::str::from_utf8(word) else { continue };
            *counts.entry(word_key(word)).or_default() += info.doc_freq;
        }
    }
    stage.end(1);
    Ok(Frequencies::from_counts(searcher.num_docs(), counts))
}
