//! The order of hits. tantivy gives the candidates; here they are weighed once more on their texts with everything that
//! a text shares with the query: words and words of the same meaning, single characters, pairs and runs of three, and
//! the names of people.
//!
//! Each kind of evidence is a BM25 sum; a piece in the title counts more. Words alone miss what was cut otherwise and
//! what is said in another word of the same root; characters alone rank by chance. Weights were chosen on one half of
//! the queries of `minyi eval search` and looked at on the other.

use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED, Term};

use crate::text::Segmenter;

use super::IndexError;
use super::patterns::Patterns;
use super::rarity::{Rarity, text};
use super::schema::Fields;
use super::statistics::Statistics;

/// How one kind of evidence counts.
#[derive(Debug, Clone, Copy)]
struct Model {
    weight: f32,
    /// Saturation: the higher, the more a repeated piece still adds.
    k1: f32,
    /// How much long texts are held back.
    b: f32,
    /// The power of idf: the higher, the less common ones say.
    rarity: f32,
}

const WORDS: Model = Model { weight: 1.0, k1: 2.0, b: 0.85, rarity: 1.2 };
const PAIRS: Model = Model { weight: 0.58, k1: 1.2, b: 0.85, rarity: 1.3 };
const TRIPLES: Model = Model { weight: 0.145, ..PAIRS };
const CHARACTERS: Model = Model { weight: 1.3, k1: 1.5, b: 1.0, rarity: 1.3 };
/// A word within a longer word of the query counts as this much of a word.
const INNER: f32 = 0.3;
/// A word of the same meaning counts as this much of the word itself; the pairs within it, of a pair.
const SYNONYM: f32 = 0.9;
const SYNONYM_PAIRS: f32 = 0.8;
/// What stands in the title counts so much on top of being in the text.
const TITLE: f32 = 1.5;
/// A text with every word of the query counts this share more than one with none.
const COVERAGE: f32 = 0.18;
/// Pieces that are weighed: a pasted page is no query.
const PIECES_MAX: usize = 400;

/// What a query asks for, as evidence that a text may hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    asked: Vec<Asked>,
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
    /// A word that was not typed as such: one inside a longer word, or one of the same meaning.
    Other,
    Pair,
    Triple,
    Character,
}

impl Kind {
    fn model(self) -> Model {
        match self {
            Self::Word | Self::Other => WORDS,
            Self::Pair => PAIRS,
            Self::Triple => TRIPLES,
            Self::Character => CHARACTERS,
        }
    }
}

impl Evidence {
    /// Adds a run of text.
    pub(super) fn add(&mut self, text: &str, segmenter: &Segmenter) {
        let cut = segmenter.for_query(text);
        for token in &cut.tokens {
            self.ask(cut.word(token), Kind::Word, 1.0);
        }
        let fine = segmenter.for_index(text);
        for token in &fine.tokens {
            let word = fine.word(token);
            if !cut.tokens.iter().any(|typed| cut.word(typed) == word) {
                self.ask(word, Kind::Other, INNER);
            }
        }
        for token in &cut.tokens {
            for synonym in segmenter.synonyms(cut.word(token)) {
                if cut.text.contains(&synonym) {
                    continue;
                }
                for piece in synonym_words(&synonym, segmenter) {
                    self.ask(&piece, Kind::Other, SYNONYM);
                }
                let chars: Vec<char> = synonym.chars().collect();
                self.runs(&chars, Kind::Pair, SYNONYM_PAIRS);
            }
        }
        let chars: Vec<char> = cut.text.chars().collect();
        self.runs(&chars, Kind::Character, 1.0);
        self.runs(&chars, Kind::Pair, 1.0);
        self.runs(&chars, Kind::Triple, 1.0);
    }

    /// Adds a name that stands in a field of its own.
    pub(super) fn name(&mut self, field: Field, text: &str, weight: f32) {
        self.names.push((field, text.to_owned(), weight));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.names.is_empty()
    }

    /// Every run of ideographs of the length that the kind is named for.
    fn runs(&mut self, chars: &[char], kind: Kind, weight: f32) {
        let length = match kind {
            Kind::Triple => 3,
            Kind::Pair => 2,
            Kind::Character | Kind::Word | Kind::Other => 1,
        };
        for run in chars.windows(length).filter(|run| run.iter().all(|c| is_ideograph(*c))) {
            self.ask(&run.iter().collect::<String>(), kind, weight);
        }
    }

    /// A piece asked for twice counts twice, as in any bag of words; a synonym only once, however it came about.
    fn ask(&mut self, text: &str, kind: Kind, weight: f32) {
        let known = self.asked.iter().position(|asked| asked.kind == kind && asked.text == text);
        match known {
            Some(at) if weight >= 1.0 && kind != Kind::Triple => self.asked[at].weight += weight,
            Some(at) => self.asked[at].weight = self.asked[at].weight.max(weight),
            None if self.asked.len() < PIECES_MAX => {
                self.asked.push(Asked { text: text.to_owned(), kind, weight });
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

/// Weighs the candidates anew, where there is evidence.
pub(super) fn weigh(
    statistics: &Statistics,
    fields: &Fields,
    evidence: &Evidence,
    mut candidates: Vec<Candidate>,
) -> Result<Vec<Candidate>, IndexError> {
    if evidence.is_empty() || candidates.is_empty() {
        return Ok(candidates);
    }
    let searcher = &statistics.searcher;
    candidates.sort_by_key(|candidate| candidate.address);
    let scale = Scale::of(statistics, fields, evidence)?;
    let mut counts = vec![0.0; scale.patterns.len()];
    for candidate in &mut candidates {
        let text = text(searcher, fields.plain, candidate.address)?;
        candidate.score = scale.weigh(&text, &mut counts);
    }
    // A name counts as a share of what the best text scores, so that it neither vanishes nor hides the texts.
    let top = candidates.iter().map(|candidate| candidate.score).fold(1.0, f32::max);
    for (field, name, weight) in &evidence.names {
        named(searcher, &Term::from_field_text(*field, name), &mut candidates, top * weight)?;
    }
    Ok(candidates)
}

/// What each piece weighs in this index.
struct Scale<'a> {
    patterns: Patterns,
    rarity: &'a Rarity,
    pieces: Vec<Piece>,
}

struct Piece {
    place: usize,
    weight: f32,
    model: Model,
    /// For a word that was typed: how rare it is.
    typed: Option<f32>,
}

impl<'a> Scale<'a> {
    fn of(statistics: &'a Statistics, fields: &Fields, evidence: &Evidence) -> Result<Self, IndexError> {
        let (documents, rarity) = (statistics.documents() as f32, &statistics.rarity);
        let (mut patterns, mut pieces) = (Patterns::default(), Vec::with_capacity(evidence.asked.len()));
        for asked in &evidence.asked {
            let chars: Vec<char> = asked.text.chars().collect();
            let mut holding = 0.0;
            if matches!(asked.kind, Kind::Word | Kind::Other) {
                holding = statistics.holding(&Term::from_field_text(fields.text, &asked.text))? as f32;
            }
            if holding == 0.0 && chars.len() <= 3 {
                holding = rarity.holding(&chars, documents);
            }
            let holding = holding.min(documents);
            let idf = (1.0 + (documents - holding + 0.5) / (holding + 0.5)).ln();
            let model = asked.kind.model();
            let weight = model.weight * asked.weight * idf.powf(model.rarity) * (model.k1 + 1.0);
            let typed = (asked.kind == Kind::Word).then_some(idf);
            pieces.push(Piece { place: patterns.add(&asked.text), weight, model, typed });
        }
        Ok(Self { patterns, rarity, pieces })
    }

    fn weigh(&self, text: &str, counts: &mut [f32]) -> f32 {
        counts.fill(0.0);
        let (title, body) = text.split_once('\n').unwrap_or(("", text));
        self.patterns.count(title, 1.0 + TITLE, counts);
        self.patterns.count(body, 1.0, counts);
        let length = text.len() as f32 / self.rarity.length().max(1.0);
        let (mut score, mut there, mut typed) = (0.0, 0.0, 0.0);
        for piece in &self.pieces {
            let count = counts[piece.place];
            typed += piece.typed.unwrap_or(0.0);
            if count > 0.0 {
                let Model { k1, b, .. } = piece.model;
                score += piece.weight * count / (count + k1 * (1.0 - b + b * length));
                there += piece.typed.unwrap_or(0.0);
            }
        }
        score * (1.0 + COVERAGE * there / typed.max(1e-6))
    }
}

/// Adds to those candidates, in the order of the index, that carry a name.
fn named(
    searcher: &Searcher,
    term: &Term,
    candidates: &mut [Candidate],
    weight: f32,
) -> Result<(), IndexError> {
    for same in candidates.chunk_by_mut(|a, b| a.address.segment_ord == b.address.segment_ord) {
        let segment = searcher.segment_reader(same[0].address.segment_ord);
        let inverted = segment.inverted_index(term.field())?;
        let Some(mut postings) = inverted.read_postings(term, IndexRecordOption::Basic)? else { continue };
        for candidate in same {
            let doc = candidate.address.doc_id;
            if postings.doc() < doc {
                postings.seek(doc);
            }
            if postings.doc() == TERMINATED {
                break;
            }
            if postings.doc() == doc && postings.term_freq() > 0 {
                candidate.score += weight;
            }
        }
    }
    Ok(())
}
