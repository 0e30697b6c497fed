//! From what an editor typed to what tantivy runs.
//!
//! Words are ANDed. A word counts as found when it stands in the title or in the text, or, where the lexicon may have
//! cut it otherwise, when all its pairs of characters do; or when it names the reporter, the unit, the district. The
//! relaxed form is one flat union of all words and their synonyms, which tantivy can walk without looking at every
//! document; [`super::rank`] puts what it finds in order.

mod fields;
mod words;

use std::collections::{HashMap, HashSet};
use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, Occur, Query as IndexQuery, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field as IndexField, IndexRecordOption};

use crate::text::Segmenter;

use super::pieces::{LIGHT, any_of, boosted, pairs_of, telling};
use super::query::{Clause, Field, Node, Occur as Wanted, Query};
use super::rank::{Evidence, synonym_words};
use super::schema::Fields;
use super::statistics::Statistics;

/// From so many words on a query is a sentence: what holds only some of them is shown too, below what holds all.
const SENTENCE: usize = 4;
/// Of a word with the same meaning, in choosing candidates.
const SYNONYM_WEIGHT: f32 = 0.6;

type Boxed = Box<dyn IndexQuery>;

/// What is run.
pub(super) struct Translated {
    /// Every word.
    pub strict: Boxed,
    /// Any word: candidates for being the nearest. `None` where there are no words.
    pub relaxed: Option<Boxed>,
    /// Whether the query is a sentence, so that the nearest are shown below what holds every word.
    pub sentence: bool,
    /// What orders the hits.
    pub evidence: Evidence,
    /// What to mark in snippets.
    pub marks: Vec<String>,
    /// What could not be done as typed.
    pub notes: Vec<String>,
}

/// Numbers of the items that an issue carried, for queries such as 2025年112期.
pub type IssueItems = HashMap<(i32, u32), Vec<i64>>;

pub(super) fn translate(
    query: &Query,
    fields: &Fields,
    statistics: &Statistics,
    segmenter: &Segmenter,
    issues: &IssueItems,
) -> Translated {
    let (marks, notes, evidence) = (Vec::new(), Vec::new(), Evidence::default());
    let mut translator = Translator { fields, statistics, segmenter, issues, marks, notes, evidence };
    let parts = translator.parts(&query.clauses, None);
    let relaxed = translator.relaxed(&parts, &query.clauses);
    Translated {
        strict: parts.strict(),
        relaxed,
        sentence: parts.needed() + parts.phrases.len() >= SENTENCE,
        evidence: translator.evidence,
        marks: translator.marks,
        notes: translator.notes,
    }
}

/// The conditions of a query, sorted by what may be relaxed.
#[derive(Default)]
struct Parts {
    /// Fields, periods, exclusions: as asked, always.
    filters: Vec<(Occur, Boxed)>,
    /// Phrases; a pasted title has quotation marks too, so these may be relaxed to their words.
    phrases: Vec<Boxed>,
    /// Words, with whether each is light.
    words: Vec<(bool, Boxed)>,
}

impl Parts {
    /// Words that must match. Of light words only, all must: such a query is asked as it stands.
    fn needed(&self) -> usize {
        self.words.iter().filter(|(light, _)| self.all_light() || !light).count()
    }

    fn all_light(&self) -> bool {
        self.words.iter().all(|(light, _)| *light)
    }

    /// Everything as one query. Light words are left out where others say enough.
    fn strict(&self) -> Boxed {
        let all_light = self.all_light();
        let mut parts: Vec<(Occur, Boxed)> = self.filters.iter().map(|(o, q)| (*o, q.box_clone())).collect();
        let needed = self.words.iter().filter(|(light, _)| all_light || !light);
        parts.extend(needed.map(|(_, query)| (Occur::Must, query.box_clone())));
        parts.extend(self.phrases.iter().map(|phrase| (Occur::Must, phrase.box_clone())));
        // Exclusions alone exclude from everything.
        if parts.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            parts.push((Occur::Must, Box::new(AllQuery)));
        }
        match parts.as_slice() {
            [(Occur::Must, only)] => only.box_clone(),
            _ => Box::new(BooleanQuery::new(parts)),
        }
    }
}

struct Translator<'a> {
    fields: &'a Fields,
    statistics: &'a Statistics,
    segmenter: &'a Segmenter,
    issues: &'a IssueItems,
    marks: Vec<String>,
    notes: Vec<String>,
    evidence: Evidence,
}

impl Translator<'_> {
    fn parts(&mut self, clauses: &[Clause], within: Option<Field>) -> Parts {
        let mut parts = Parts::default();
        for Clause { occur, node } in clauses {
            match (occur, node) {
                (Wanted::MustNot, node) => {
                    let (marks, evidence) = (self.marks.len(), self.evidence.clone());
                    parts.filters.push((Occur::MustNot, self.node(node, within)));
                    self.marks.truncate(marks);
                    self.evidence = evidence;
                }
                (Wanted::Must, Node::Words(text)) => parts.words.extend(self.words(text, within)),
                (Wanted::Must, Node::Phrase(text)) => parts.phrases.push(self.phrase(text, within)),
                (Wanted::Must, node) => parts.filters.push((Occur::Must, self.node(node, within))),
            }
        }
        parts
    }

    /// Any of the words, whole or in pieces, and what means the same, as one flat union: only such a one can be walked
    /// without weighing every document.
    fn relaxed(&self, parts: &Parts, clauses: &[Clause]) -> Option<Boxed> {
        let mut asked: Vec<(String, f32)> = Vec::new();
        for clause in clauses {
            let Clause { occur: Wanted::Must, node: Node::Words(text) | Node::Phrase(text) } = clause else {
                continue;
            };
            let (whole, fine) = (self.segmenter.for_query(text), self.segmenter.for_index(text));
            let words = [&whole, &fine].into_iter().flat_map(|cut| cut.tokens.iter().map(|t| cut.word(t)));
            let heavy = words.filter(|word| parts.all_light() || !LIGHT.contains(word));
            asked.extend(heavy.map(|word| (word.to_owned(), 1.0)));
            for synonym in whole.tokens.iter().flat_map(|token| self.segmenter.synonyms(whole.word(token))) {
                let words = synonym_words(&synonym, self.segmenter);
                asked.extend(words.into_iter().map(|word| (word, SYNONYM_WEIGHT)));
            }
        }
        let mut seen = HashSet::new();
        asked.retain(|(word, _)| seen.insert(word.clone()));
        let mut union: Vec<(u64, f32, Term)> = Vec::new();
        for (word, weight) in asked {
            let text = Term::from_field_text(self.fields.text, &word);
            let count = self.count(&text);
            if count > 0 {
                union.push((count, weight, text));
                continue;
            }
            // A word that no text holds as one may have been cut otherwise there; a pair of its characters may be a word
            // of its own, and is then among the words.
            for pair in pairs_of(&word) {
                for field in [self.fields.grams, self.fields.text] {
                    let pair = Term::from_field_text(field, &pair);
                    let count = self.count(&pair);
                    union.extend((count > 0).then_some((count, 1.0, pair)));
                }
            }
        }
        let union: Vec<(Occur, Boxed)> = telling(union, self.statistics.documents())
            .map(|(_, weight, term)| {
                let query = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
                (Occur::Should, boosted(query, weight))
            })
            .collect();
        if union.is_empty() {
            return None;
        }
        let any: Boxed = Box::new(BooleanQuery::new(union));
        if parts.filters.is_empty() {
            return Some(any);
        }
        let mut all: Vec<(Occur, Boxed)> = parts.filters.iter().map(|(o, q)| (*o, q.box_clone())).collect();
        all.push((Occur::Must, any));
        Some(Box::new(BooleanQuery::new(all)))
    }

    /// Whether any document has a term.
    fn holds(&self, field: IndexField, text: &str) -> bool {
        self.count(&Term::from_field_text(field, text)) > 0
    }

    /// How many documents have a term.
    fn count(&self, term: &Term) -> u64 {
        self.statistics.holding(term).unwrap_or(0)
    }

    fn node(&mut self, node: &Node, within: Option<Field>) -> Boxed {
        match node {
            Node::Words(_) => self.parts(&[Clause::must(node.clone())], within).strict(),
            Node::All(clauses) => self.parts(clauses, within).strict(),
            Node::Phrase(text) => self.phrase(text, within),
            Node::Field { field, value } => self.field(*field, value),
            Node::Or(nodes) => {
                let any = nodes.iter().map(|node| (Occur::Should, self.node(node, within)));
                any_of(any.collect())
            }
            Node::DateRange { from, to } => {
                let term = |at: i64| Term::from_field_i64(self.fields.received, at);
                let lower =
                    from.map_or(Bound::Unbounded, |day| Bound::Included(term(day.start().as_micros())));
                let upper = to.map_or(Bound::Unbounded, |day| Bound::Excluded(term(day.end().as_micros())));
                match (&lower, &upper) {
                    (Bound::Unbounded, Bound::Unbounded) => Box::new(AllQuery),
                    _ => Box::new(RangeQuery::new(lower, upper)),
                }
            }
            Node::Issue { year, number } => {
                let numbers = self.issues.get(&(*year, *number)).cloned().unwrap_or_default();
                let terms = numbers.into_iter().map(|no| Term::from_field_i64(self.fields.no, no));
                Box::new(TermSetQuery::new(terms))
            }
        }
    }
}
