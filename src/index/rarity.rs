//! How rare characters, pairs and runs of three are: estimated on a sample of the texts in the index, for counting them
//! exactly would need a list of each.

use std::sync::{Arc, Weak};

use tantivy::schema::{Field, Value};
use tantivy::{DocAddress, Searcher, SegmentReader, TantivyDocument};

use super::patterns::{ByKey, Key, key};
use super::rank::is_ideograph;
use super::{Generation, IndexError, SearchIndex};

/// So many texts are looked at; an index of fewer is known exactly.
const SAMPLE: u32 = 4096;
/// A sample serves until the index has grown by this share.
const STALE_SHARE: f64 = 0.1;

/// What a sample of texts says.
#[derive(Debug, Default)]
pub(super) struct Rarity {
    /// Texts looked at.
    sampled: f32,
    /// Bytes of a text on the average.
    pub(super) length: f32,
    /// In how many of them each character and pair stands; those of one text are left out of a large sample.
    counts: ByKey<u32>,
}

/// A sample and the state of the index that it was taken from.
pub(super) struct Sampled {
    generation: Weak<Generation>,
    documents: u64,
    pub(super) rarity: Rarity,
}

impl Rarity {
    fn take(searcher: &Searcher, plain: Field) -> Result<Self, IndexError> {
        let documents: u32 = searcher.segment_readers().iter().map(SegmentReader::max_doc).sum();
        let step = documents.div_ceil(SAMPLE).max(1) as usize;
        let (mut counts, mut last) = (ByKey::<(u32, u32)>::default(), 0_u32);
        let mut bytes = 0;
        for (ord, segment) in (0..).zip(searcher.segment_readers()) {
            for doc in (0..segment.max_doc()).step_by(step).filter(|doc| !segment.is_deleted(*doc)) {
                let text = text(searcher, plain, DocAddress::new(ord, doc))?;
                last += 1;
                bytes += text.len();
                pieces(&text, |piece| {
                    let count = counts.entry(piece).or_default();
                    if count.1 != last {
                        *count = (count.0 + 1, last);
                    }
                });
            }
        }
        let least = if step > 1 { 2 } else { 1 };
        let kept = counts.into_iter().filter(|(_, (count, _))| *count >= least);
        Ok(Self {
            sampled: last as f32,
            length: bytes as f32 / (last as f32).max(1.0),
            counts: kept.map(|(piece, (count, _))| (piece, count)).collect(),
        })
    }

    /// In how many of `documents` texts a piece of one to three characters stands.
    pub(super) fn holding(&self, piece: &[char], documents: f32) -> f32 {
        let count = |piece: &[char]| {
            let count = self.counts.get(&key(piece)).copied().unwrap_or(0);
            (count as f32) * documents / self.sampled.max(1.0)
        };
        match piece.len() {
            // No more than the rarer of its pairs.
            3 => count(&piece[..2]).min(count(&piece[1..])),
            _ => count(piece),
        }
    }
}

/// Gives every character and pair of ideographs.
fn pieces(text: &str, mut each: impl FnMut(Key)) {
    let mut last = None;
    for c in text.chars() {
        let now = is_ideograph(c).then_some(c);
        if let Some(c) = now {
            each(key(&[c]));
            if let Some(before) = last {
                each(key(&[before, c]));
            }
        }
        last = now;
    }
}

/// The text of a document: title, line break, body.
pub(super) fn text(searcher: &Searcher, plain: Field, address: DocAddress) -> Result<String, IndexError> {
    let document: TantivyDocument = searcher.doc(address)?;
    let value = document.get_first(plain).and_then(|value| value.as_str());
    Ok(value.map(str::to_owned).unwrap_or_default())
}

impl SearchIndex {
    /// What the present index's sample says; taken anew when the index has grown.
    pub(super) fn sampled(&self, generation: &Arc<Generation>) -> Result<Arc<Sampled>, IndexError> {
        let searcher = generation.reader.searcher();
        let documents = searcher.num_docs();
        if let Some(known) = self.sample.load_full() {
            let grown = documents.abs_diff(known.documents) as f64 > known.documents as f64 * STALE_SHARE;
            if known.generation.ptr_eq(&Arc::downgrade(generation)) && !grown {
                return Ok(known);
            }
        }
        let rarity = Rarity::take(&searcher, generation.fields.plain)?;
        let sampled = Arc::new(Sampled { generation: Arc::downgrade(generation), documents, rarity });
        self.sample.store(Some(Arc::clone(&sampled)));
        Ok(sampled)
    }
}
