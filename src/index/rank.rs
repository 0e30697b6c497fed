//! The order of hits. tantivy gives the candidates; here they are weighed once more with everything that a text shares
//! with the query: words (title and text as one), words of the same meaning, pairs of characters, single characters,
//! and the names of people.
//!
//! The three kinds of evidence are BM25 sums. Words alone miss what was cut otherwise and what is said in another word
//! of the same root; characters alone rank by chance. Weights and constants were chosen on `minyi eval search`.

use std::collections::HashSet;

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use crate::text::{GramKind, Segmenter};

use super::schema::Fields;
use super::{IndexError, schema};

/// How one kind of evidence counts.
#[derive(Debug, Clone, Copy)]
struct Model {
    weight: f32,
    /// Saturation: the higher, the more a repeated term still adds.
    k1: f32,
    /// How much long texts are held back.
    b: f32,
    /// The power of idf: the higher, the less common ones say.
    rarity: f32,
}

const WORDS: Model = Model { weight: 1.0, k1: 1.2, b: 0.85, rarity: 1.0 };
const PAIRS: Model = Model { weight: 0.5, k1: 1.2, b: 0.85, rarity: 1.3 };
const CHARACTERS: Model = Model { weight: 0.5, k1: 2.0, b: 0.85, rarity: 1.3 };
/// A word of the same meaning counts as this much of the word itself.
const SYNONYM: f32 = 0.75;
/// The pairs within such a word.
const SYNONYM_PAIRS: f32 = 0.4;
/// Terms that are weighed: a pasted page is no query.
const TERMS_MAX: usize = 200;

/// What a query asks for, as evidence that a text may hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    terms: Vec<Asked>,
    /// Terms of the fields that name people, units, places, and their weight.
    names: Vec<(Field, String, f32)>,
}

#[derive(Debug, Clone)]
struct Asked {
    text: String,
    kind: Kind,
    weight: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Pair,
    Character,
}

impl Evidence {
    /// Adds a run of text.
    pub(super) fn add(&mut self, text: &str, segmenter: &Segmenter) {
        let cut = segmenter.for_query(text);
        for token in &cut.tokens {
            self.ask(cut.word(token), Kind::Word, 1.0);
        }
        let chars: Vec<char> = cut.text.chars().collect();
        // A pair across two words of the query would only meet texts that have it as a word of their own.
        let grams = cut.grams();
        let across: HashSet<usize> = grams
            .iter()
            .filter(|gram| gram.kind == GramKind::Across)
            .map(|gram| gram.token.position as usize)
            .collect();
        self.pairs(&chars, 1.0, &across);
        for c in chars.iter().filter(|c| is_ideograph(**c)) {
            self.ask(c.encode_utf8(&mut [0; 4]), Kind::Character, 1.0);
        }
        for token in &cut.tokens {
            for synonym in segmenter.synonyms(cut.word(token)) {
                if cut.text.contains(&synonym) {
                    continue;
                }
                for piece in synonym_words(&synonym, segmenter) {
                    self.ask(&piece, Kind::Word, SYNONYM);
                }
                self.pairs(&synonym.chars().collect::<Vec<_>>(), SYNONYM_PAIRS, &HashSet::new());
            }
        }
    }

    /// Adds a name that stands in a field of its own.
    pub(super) fn name(&mut self, field: Field, text: &str, weight: f32) {
        self.names.push((field, text.to_owned(), weight));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.names.is_empty()
    }

    fn pairs(&mut self, chars: &[char], weight: f32, across: &HashSet<usize>) {
        for (at, pair) in chars.windows(2).enumerate() {
            if pair.iter().all(|c| is_ideograph(*c)) && !across.contains(&at) {
                self.ask(&pair.iter().collect::<String>(), Kind::Pair, weight);
            }
        }
    }

    /// A word asked for twice counts twice, as in any bag of words; a synonym only once, however it came about.
    fn ask(&mut self, text: &str, kind: Kind, weight: f32) {
        let known = self.terms.iter().position(|asked| asked.kind == kind && asked.text == text);
        match known {
            Some(at) if weight >= 1.0 => self.terms[at].weight += weight,
            Some(at) => self.terms[at].weight = self.terms[at].weight.max(weight),
            None if self.terms.len() < TERMS_MAX => {
                self.terms.push(Asked { text: text.to_owned(), kind, weight });
            }
            None => {}
        }
    }
}

/// A synonym as the index holds it: whole where the dictionary knows it, else its words.
pub(super) fn synonym_words(synonym: &str, segmenter: &Segmenter) -> Vec<String> {
    if segmenter.knows(synonym) {
        return vec![synonym.to_owned()];
    }
    let cut = segmenter.for_query(synonym);
    cut.tokens.iter().map(|token| cut.word(token).to_owned()).collect()
}

/// Characters that Chinese words are made of.
pub(super) fn is_ideograph(c: char) -> bool {
    u32::from(c) >= 0x3400 && c.is_alphabetic()
}

/// A candidate with its place in the index and its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub score: f32,
    pub address: DocAddress,
    pub no: i64,
}

/// Puts candidates in order: the best first, of equals the newest.
pub(super) fn order(candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.no.cmp(&a.no)));
}

/// Gives the candidates' numbers and, where there is evidence, weighs them anew.
pub(super) fn weigh(
    searcher: &Searcher,
    fields: &Fields,
    evidence: &Evidence,
    found: Vec<(f32, DocAddress)>,
) -> Result<Vec<Candidate>, IndexError> {
    let mut candidates = Vec::with_capacity(found.len());
    for (score, address) in found {
        let numbers = searcher.segment_reader(address.segment_ord).fast_fields().i64(schema::NO)?;
        let no = numbers.first(address.doc_id).unwrap_or(0);
        candidates.push(Candidate { score, address, no });
    }
    if evidence.is_empty() {
        return Ok(candidates);
    }
    candidates.sort_by_key(|candidate| candidate.address);
    let lengths = Lengths::read(searcher, fields, &candidates)?;
    let mut scores = vec![0.0; candidates.len()];
    let mut scorer = Scorer { searcher, candidates: &candidates, counts: vec![0; candidates.len()] };
    for asked in &evidence.terms {
        let (model, length) = match asked.kind {
            Kind::Word => (WORDS, &lengths.words),
            Kind::Pair => (PAIRS, &lengths.grams),
            Kind::Character => (CHARACTERS, &lengths.grams),
        };
        let holders = holders(fields, asked);
        let idf = scorer.count(&holders)?;
        let weight = model.weight * asked.weight * idf.powf(model.rarity);
        for ((score, count), length) in scores.iter_mut().zip(&scorer.counts).zip(length) {
            let count = *count as f32;
            let norm = model.k1 * (1.0 - model.b + model.b * length);
            *score += weight * count * (model.k1 + 1.0) / (count + norm);
        }
    }
    // A name counts as a share of what the best text scores, so that it neither vanishes nor hides the texts.
    let top = scores.iter().copied().fold(1.0, f32::max);
    for (field, name, weight) in &evidence.names {
        scorer.count(&[Term::from_field_text(*field, name)])?;
        for (score, count) in scores.iter_mut().zip(&scorer.counts) {
            *score += if *count > 0 { top * weight } else { 0.0 };
        }
    }
    for (candidate, score) in candidates.iter_mut().zip(scores) {
        candidate.score = score;
    }
    Ok(candidates)
}

/// Where a text may hold what is asked. A pair that is a word stands among the words.
fn holders(fields: &Fields, asked: &Asked) -> Vec<Term> {
    let term = |field: Field, text: &str| Term::from_field_text(field, text);
    let text = asked.text.as_str();
    match asked.kind {
        Kind::Word => vec![term(fields.title, text), term(fields.body, text)],
        Kind::Character => vec![term(fields.grams, text)],
        Kind::Pair => vec![term(fields.title, text), term(fields.body, text), term(fields.grams, text)],
    }
}

/// Lengths of the candidates beside the average, for words and for characters.
struct Lengths {
    words: Vec<f32>,
    grams: Vec<f32>,
}

impl Lengths {
    fn read(searcher: &Searcher, fields: &Fields, candidates: &[Candidate]) -> Result<Self, IndexError> {
        let mut average = [0.0_f32; 3];
        let all = [fields.title, fields.body, fields.grams];
        for (average, field) in average.iter_mut().zip(all) {
            for segment in searcher.segment_readers() {
                *average += segment.inverted_index(field)?.total_num_tokens() as f32;
            }
            let documents: u32 = searcher.segment_readers().iter().map(SegmentReader::max_doc).sum();
            *average /= documents.max(1) as f32;
        }
        let (mut words, mut grams) = (Vec::new(), Vec::new());
        for same in candidates.chunk_by(|a, b| a.address.segment_ord == b.address.segment_ord) {
            let segment = searcher.segment_reader(same[0].address.segment_ord);
            let [title, body, gram] = [
                segment.get_fieldnorms_reader(all[0])?,
                segment.get_fieldnorms_reader(all[1])?,
                segment.get_fieldnorms_reader(all[2])?,
            ];
            for candidate in same {
                let doc = candidate.address.doc_id;
                let length = (title.fieldnorm(doc) + body.fieldnorm(doc)) as f32;
                words.push(length / (average[0] + average[1]).max(1.0));
                grams.push(gram.fieldnorm(doc) as f32 / average[2].max(1.0));
            }
        }
        Ok(Self { words, grams })
    }
}

/// Counts terms in candidates, which are in the order of the index.
struct Scorer<'a> {
    searcher: &'a Searcher,
    candidates: &'a [Candidate],
    counts: Vec<u32>,
}

impl Scorer<'_> {
    /// Counts what stands for one thing asked, in every candidate; gives how rare it is (idf).
    fn count(&mut self, terms: &[Term]) -> Result<f32, IndexError> {
        self.counts.fill(0);
        let mut frequencies = Vec::with_capacity(terms.len());
        for term in terms {
            let (mut from, mut frequency) = (0, 0);
            for (ord, segment) in self.searcher.segment_readers().iter().enumerate() {
                let here = self.candidates[from..]
                    .iter()
                    .take_while(|candidate| candidate.address.segment_ord as usize == ord)
                    .count();
                let inverted = segment.inverted_index(term.field())?;
                if let Some(info) = inverted.get_term_info(term)? {
                    frequency += info.doc_freq;
                    if here > 0 {
                        let postings =
                            inverted.read_postings_from_terminfo(&info, IndexRecordOption::WithFreqs)?;
                        self.walk(from..from + here, postings);
                    }
                }
                from += here;
            }
            frequencies.push(frequency);
        }
        let documents = self.searcher.num_docs() as f32;
        // What stands in a title mostly stands in the text too: the first two are those two.
        let (parts, others) = frequencies.split_at(frequencies.len().min(2));
        let frequency = parts.iter().max().copied().unwrap_or(0) + others.iter().sum::<u32>();
        let frequency = (frequency as f32).min(documents);
        Ok((1.0 + (documents - frequency + 0.5) / (frequency + 0.5)).ln())
    }

    fn walk(&mut self, range: std::ops::Range<usize>, mut postings: SegmentPostings) {
        for at in range {
            let doc: DocId = self.candidates[at].address.doc_id;
            if postings.doc() < doc {
                postings.seek(doc);
            }
            match postings.doc() {
                TERMINATED => return,
                found if found == doc => self.counts[at] += postings.term_freq(),
                _ => {}
            }
        }
    }
}
