//! How rare characters, pairs and runs of three are: estimated on a sample of the texts in the index, for counting them
//! exactly would need a list of each. Which texts are in the sample is told by their numbers, so that every node has the same.

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::schema::{Field, Value};
use tantivy::{DocAddress, DocId, Searcher, SegmentReader, TantivyDocument};

use super::patterns::{ByKey, Key, key};
use super::rank::is_ideograph;
use super::schema::Fields;
use super::{IndexError, schema};

/// At most about so many texts are looked at; an index of fewer is known exactly.
const SAMPLE: u64 = if cfg!(test) { 256 } else { 4096 };

/// What a sample of texts says.
#[derive(Debug, Default, Clone)]
pub(super) struct Rarity {
    /// Texts looked at.
    sampled: u32,
    /// Their bytes.
    bytes: u64,
    /// In how many of them each character and pair stands.
    counts: ByKey<u32>,
    /// Whether there are texts beside them: those pieces that only one of them has say nothing then.
    partial: bool,
    /// Words in all of them, by field.
    words: HashMap<Field, u64>,
}

/// The texts of the sample, and what they say.
#[derive(Default)]
pub(super) struct Sample {
    /// One text in so many is in it, a power of 2.
    step: u64,
    texts: HashMap<i64, Text>,
    /// Those of each segment that are in it.
    places: HashMap<SegmentId, Arc<[(i64, DocId)]>>,
    rarity: Arc<Rarity>,
    looks: u64,
}

/// A text of the sample.
struct Text {
    segment: SegmentId,
    doc: DocId,
    text: Box<str>,
    /// Words by field.
    words: Vec<(Field, u32)>,
    /// When it was last seen.
    look: u64,
}

impl Rarity {
    /// Bytes of a text on the average.
    pub(super) fn length(&self) -> f32 {
        self.bytes as f32 / (self.sampled as f32).max(1.0)
    }

    /// Words of a field on the average.
    pub(super) fn words(&self, field: Field) -> f64 {
        match self.words.get(&field) {
            Some(words) if *words > 0 => *words as f64 / f64::from(self.sampled.max(1)),
            _ => 1.0,
        }
    }

    /// In how many of `documents` texts a piece of one to three characters stands.
    pub(super) fn holding(&self, piece: &[char], documents: f32) -> f32 {
        let count = |piece: &[char]| {
            let count = self.counts.get(&key(piece)).copied().unwrap_or(0);
            let count = if self.partial && count < 2 { 0 } else { count };
            (count as f32) * documents / (self.sampled as f32).max(1.0)
        };
        match piece.len() {
            // No more than the rarer of its pairs.
            3 => count(&piece[..2]).min(count(&piece[1..])),
            _ => count(piece),
        }
    }

    fn add(&mut self, text: &Text) {
        self.sampled += 1;
        self.bytes += text.text.len() as u64;
        text.words
            .iter()
            .for_each(|(field, words)| *self.words.entry(*field).or_default() += u64::from(*words));
        each_piece(&text.text, |piece| *self.counts.entry(piece).or_default() += 1);
    }

    fn take_away(&mut self, text: &Text) {
        self.sampled -= 1;
        self.bytes -= text.text.len() as u64;
        for (field, words) in &text.words {
            *self.words.entry(*field).or_default() -= u64::from(*words);
        }
        each_piece(&text.text, |piece| {
            if let Some(count) = self.counts.get_mut(&piece) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&piece);
                }
            }
        });
    }
}

impl Sample {
    pub(super) fn rarity(&self) -> Arc<Rarity> {
        Arc::clone(&self.rarity)
    }

    /// Looks at what is new since the last time, and forgets what is gone.
    ///
    /// # Errors
    /// When a segment cannot be read; the sample is of no use then.
    pub(super) fn follow(&mut self, searcher: &Searcher, fields: &Fields) -> Result<(), IndexError> {
        let step = searcher.num_docs().div_ceil(SAMPLE).max(1).next_power_of_two();
        if step != self.step {
            *self = Self { step, ..Self::default() };
        }
        self.looks += 1;
        let rarity = Arc::make_mut(&mut self.rarity);
        rarity.partial = step > 1;
        let mut places = HashMap::new();
        for (ord, segment) in (0..).zip(searcher.segment_readers()) {
            let id = segment.segment_id();
            let here = match self.places.get(&id) {
                Some(here) => Arc::clone(here),
                None => chosen(segment, step)?,
            };
            for (no, doc) in here.iter().copied().filter(|(_, doc)| !segment.is_deleted(*doc)) {
                let known = self.texts.get_mut(&no);
                if let Some(known) = known
                    && (known.segment, known.doc) == (id, doc)
                {
                    known.look = self.looks;
                    continue;
                }
                let read = Text {
                    segment: id,
                    doc,
                    text: text(searcher, fields.plain, DocAddress::new(ord, doc))?.into(),
                    words: words(segment, fields, doc)?,
                    look: self.looks,
                };
                let known = self.texts.get(&no);
                if known.is_none_or(|known| (&known.text, &known.words) != (&read.text, &read.words)) {
                    known.into_iter().for_each(|known| rarity.take_away(known));
                    rarity.add(&read);
                }
                self.texts.insert(no, read);
            }
            places.insert(id, here);
        }
        self.places = places;
        self.texts.retain(|_, text| {
            let there = text.look == self.looks;
            if !there {
                rarity.take_away(text);
            }
            there
        });
        Ok(())
    }
}

/// The texts of a segment that are in the sample, those replaced meanwhile among them.
fn chosen(segment: &SegmentReader, step: u64) -> Result<Arc<[(i64, DocId)]>, IndexError> {
    let numbers = segment.fast_fields().i64(schema::NO)?;
    // Spread: what comes in may repeat itself after some power of 2.
    let spread = |no: i64| (no as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let all = (0..segment.max_doc()).filter_map(|doc| Some((numbers.first(doc)?, doc)));
    Ok(all.filter(|(no, _)| spread(*no) & (step - 1) == 0).collect())
}

/// How many words the fields of a text have, as the index notes it.
fn words(segment: &SegmentReader, fields: &Fields, doc: DocId) -> Result<Vec<(Field, u32)>, IndexError> {
    let counted = [fields.title, fields.text, fields.grams, fields.unit];
    let words =
        counted.into_iter().map(|field| Ok((field, segment.get_fieldnorms_reader(field)?.fieldnorm(doc))));
    words.collect()
}

/// Gives every character and pair of ideographs that stands in a text, once.
fn each_piece(text: &str, each: impl FnMut(Key)) {
    let (mut all, mut last) = (Vec::with_capacity(text.len()), None);
    for c in text.chars() {
        let now = is_ideograph(c).then_some(c);
        if let Some(c) = now {
            all.push(key(&[c]));
            if let Some(before) = last {
                all.push(key(&[before, c]));
            }
        }
        last = now;
    }
    all.sort_unstable();
    all.dedup();
    all.into_iter().for_each(each);
}

/// The text of a document: title, line break, body.
pub(super) fn text(searcher: &Searcher, plain: Field, address: DocAddress) -> Result<String, IndexError> {
    let document: TantivyDocument = searcher.doc(address)?;
    let value = document.get_first(plain).and_then(|value| value.as_str());
    Ok(value.map(str::to_owned).unwrap_or_default())
}
