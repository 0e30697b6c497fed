//! Candidates for the same matter: the items that share the most telling words of a text, and how rare words are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwapOption;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, Term};

use crate::telemetry::{Stage, yield_to_answers};
use crate::text::{Frequencies, Segmented, WordKey, Words, word_key};

use super::{Generation, IndexError, SearchIndex, schema};

/// A telling word in the title of a candidate counts this much on top of being in its text.
const TITLE_WEIGHT: f32 = 0.5;
/// Counts serve until the index has grown by this share: rarity is a logarithm and changes slowly.
const STALE_SHARE: f64 = 0.1;
/// So many of the heaviest words are looked for however common they are.
const ALWAYS: usize = 5;
/// Entries of the words' lists that a look-up may have to walk: it takes no longer among millions than among some hundred
/// thousand. Among 100,000 items a quarter of it finds the same kin, an eighth of it 0.6 % fewer.
const ENTRIES: u64 = 200_000;
/// An index of more items is counted again beside what is asked meanwhile: it takes longer than anybody should wait.
const COUNTED_AT_ONCE: u64 = if cfg!(test) { 20 } else { 50_000 };

/// Looks for candidates; cheap to clone.
#[derive(Clone)]
pub struct Kin {
    index: SearchIndex,
    counted: Arc<ArcSwapOption<Counted>>,
    /// Held while the words are counted: once is enough for all who ask.
    counting: Arc<Mutex<()>>,
}

/// How often words occur, as of some state of the index.
struct Counted {
    generation: Weak<Generation>,
    frequencies: Arc<Frequencies>,
}

impl Kin {
    /// Over an index.
    pub fn new(index: SearchIndex) -> Self {
        Self { index, counted: Arc::default(), counting: Arc::default() }
    }

    /// A text, cut as the index cuts it.
    pub fn words(&self, title: &str, body: &str) -> Words {
        Words { title: self.cut(title), body: self.cut(body) }
    }

    /// A piece of text, cut as the index cuts it.
    pub fn cut(&self, text: &str) -> Segmented {
        self.index.segmenter.for_index(text)
    }

    /// In how many items each word occurs: read from the index at first, and again when it has grown. Blocking; of a large
    /// index the former counts are given while another thread counts anew.
    ///
    /// # Errors
    /// [`IndexError`] when a segment cannot be read.
    pub fn frequencies(&self) -> Result<Arc<Frequencies>, IndexError> {
        let generation = self.index.current.load_full();
        if let Some(known) = self.fresh(&generation) {
            return Ok(known);
        }
        let former = self.counted.load_full().filter(|_| documents(&generation) > COUNTED_AT_ONCE);
        let Some(former) = former else {
            let _alone = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
            return self.fresh(&generation).map_or_else(|| self.count(&generation), Ok);
        };
        // Somebody counts: no thread for that.
        if self.counting.try_lock().is_err() {
            return Ok(Arc::clone(&former.frequencies));
        }
        let this = self.clone();
        let counter = std::thread::Builder::new().name("kin-count".to_owned()).spawn(move || {
            yield_to_answers();
            let Ok(_alone) = this.counting.try_lock() else { return };
            if this.fresh(&generation).is_none()
                && let Err(error) = this.count(&generation)
            {
                tracing::warn!(%error, "the words of the index could not be counted again; the former counts serve on");
            }
        });
        if let Err(error) = counter {
            tracing::warn!(%error, "no thread to count the words of the index");
        }
        Ok(Arc::clone(&former.frequencies))
    }

    /// The last counts, if they are still good for this index.
    fn fresh(&self, generation: &Arc<Generation>) -> Option<Arc<Frequencies>> {
        let counted = self.counted.load_full()?;
        let known = counted.frequencies.items();
        let grown = documents(generation).abs_diff(known) as f64 > known as f64 * STALE_SHARE;
        let good = counted.generation.ptr_eq(&Arc::downgrade(generation)) && !grown;
        good.then(|| Arc::clone(&counted.frequencies))
    }

    fn count(&self, generation: &Arc<Generation>) -> Result<Arc<Frequencies>, IndexError> {
        let frequencies = Arc::new(count(generation)?);
        let counted =
            Counted { generation: Arc::downgrade(generation), frequencies: Arc::clone(&frequencies) };
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
        let telling =
            affordable(telling, |word| searcher.doc_freq(&Term::from_field_text(fields.text, word)))?;
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

/// Of words in the order of their weight those whose lists are not too long to be walked.
fn affordable(
    telling: &[(String, f32)],
    mut holding: impl FnMut(&str) -> tantivy::Result<u64>,
) -> tantivy::Result<Vec<&(String, f32)>> {
    let (mut spent, mut kept) = (0, Vec::with_capacity(telling.len()));
    for one in telling {
        let price = holding(&one.0)?;
        if kept.len() < ALWAYS || spent + price <= ENTRIES {
            spent += price;
            kept.push(one);
        }
    }
    Ok(kept)
}

fn documents(generation: &Generation) -> u64 {
    generation.reader.searcher().num_docs()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_common_words_only_the_heaviest_are_looked_for_and_of_rare_ones_all() {
        let telling: Vec<_> = (0..12).map(|at| (format!("词{at}"), 1.0)).collect();
        let kept = |holding: &dyn Fn(usize) -> u64| {
            let mut at = 0;
            let kept = affordable(&telling, |_| {
                at += 1;
                Ok(holding(at - 1))
            });
            kept.expect("no error").iter().map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(kept(&|_| 10).split(' ').count(), 12);
        assert_eq!(kept(&|_| ENTRIES), "词0 词1 词2 词3 词4");
        let one_common = |at| if at == 7 { ENTRIES } else { 10 };
        assert_eq!(kept(&one_common), "词0 词1 词2 词3 词4 词5 词6 词8 词9 词10 词11");
    }
}
