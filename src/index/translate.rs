//! From what an editor typed to what tantivy runs.
//!
//! Words are ANDed. A word counts as found when it stands in the title or in the text, or, where the lexicon may have
//! cut it otherwise, when all its pairs of characters do; or when it names the reporter, the unit, the district. The
//! relaxed form is one flat union of all words and their synonyms, which tantivy can walk without looking at every
//! document; [`super::rank`] puts what it finds in order.

use std::collections::{HashMap, HashSet};

use std::ops::Bound;
use tantivy::query::{
    AllQuery, BooleanQuery, EmptyQuery, Occur, PhraseQuery, Query as IndexQuery, RangeQuery, RegexQuery,
    TermQuery, TermSetQuery,
};
use tantivy::schema::{Field as IndexField, IndexRecordOption};
use tantivy::{Searcher, Term};

use crate::text::{Segmented, Segmenter, Token, may_be_romanised, searchable};

use super::pieces::{LIGHT, all, any_of, boosted, joined, pairs_of, telling, term};
use super::query::{Clause, Field, Node, Occur as Wanted, Query};
use super::rank::{Evidence, synonym_words};
use super::schema::{Fields, also_in_body};

/// From so many words on a query is a sentence: what holds only some of them is shown too, below what holds all.
const SENTENCE: usize = 4;
/// Of a word with the same meaning, in choosing candidates.
const SYNONYM_WEIGHT: f32 = 0.6;
/// A reporter of exactly this name; a name that sounds as typed. As shares of the best text's score.
const REPORTER_WEIGHT: f32 = 0.5;
const ROMANISED_WEIGHT: f32 = 0.3;
/// What people leave out when they type a place.
const DISTRICT_ENDINGS: [&str; 3] = ["", "区", "县"];

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
    searcher: &Searcher,
    segmenter: &Segmenter,
    issues: &IssueItems,
) -> Translated {
    let (marks, notes, evidence) = (Vec::new(), Vec::new(), Evidence::default());
    let mut translator = Translator { fields, searcher, segmenter, issues, marks, notes, evidence };
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
    searcher: &'a Searcher,
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
            // A word that no text holds as one may have been cut otherwise there.
            for pair in pairs_of(&word) {
                let pair = Term::from_field_text(self.fields.grams, &pair);
                let count = self.count(&pair);
                union.extend((count > 0).then_some((count, 1.0, pair)));
            }
        }
        let union: Vec<(Occur, Boxed)> = telling(union, self.searcher.num_docs())
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
        self.searcher.doc_freq(term).unwrap_or(0)
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

    fn field(&mut self, field: Field, value: &Node) -> Boxed {
        let whole = match field {
            Field::Title | Field::Body | Field::Unit => return self.node(value, Some(field)),
            Field::Date => return self.node(value, None),
            Field::State => return self.state(value),
            Field::Reporter => self.fields.reporter,
            Field::District => self.fields.district,
            Field::Subject => self.fields.subject,
            Field::Source => self.fields.source,
            Field::Kind => self.fields.kind,
            Field::Receipt => self.fields.receipt,
            Field::Id => self.fields.id,
        };
        match value {
            Node::Or(nodes) => {
                any_of(nodes.iter().map(|node| (Occur::Should, self.field(field, node))).collect())
            }
            Node::Words(text) | Node::Phrase(text) => self.whole(whole, field, text),
            Node::All(clauses) => {
                let parts = clauses.iter().map(|clause| match clause.occur {
                    Wanted::Must => (Occur::Must, self.field(field, &clause.node)),
                    Wanted::MustNot => (Occur::MustNot, self.field(field, &clause.node)),
                });
                let filters = parts.collect();
                Parts { filters, ..Parts::default() }.strict()
            }
            other => self.node(other, None),
        }
    }

    /// A value that is one term: equal, or for places and subjects beginning with what was typed (渝中 finds 渝中区).
    fn whole(&mut self, field: IndexField, name: Field, text: &str) -> Boxed {
        let mut text = searchable(text.trim());
        if name == Field::Receipt {
            text.retain(|c| c != '-');
        }
        if matches!(name, Field::District | Field::Subject) {
            let escaped: String = text
                .chars()
                .flat_map(|c| if c.is_alphanumeric() { vec![c] } else { vec!['\\', c] })
                .collect();
            if let Ok(query) = RegexQuery::from_pattern(&format!("{escaped}.*"), field) {
                return Box::new(query);
            }
        }
        term(field, &text)
    }

    fn state(&mut self, value: &Node) -> Boxed {
        let text = match value {
            Node::Words(text) | Node::Phrase(text) => text.as_str(),
            _ => "",
        };
        let issued = |yes: u64| {
            let term = Term::from_field_u64(self.fields.issued, yes);
            Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Boxed
        };
        match text {
            "已采用" | "已编发" | "issued" | "adopted" => issued(1),
            "未采用" | "未编发" => issued(0),
            _ => {
                self.notes.push("检索中的“状态”只分“已编发”和“未编发”，其他状态请用筛选".to_owned());
                Box::new(AllQuery)
            }
        }
    }

    /// What finds each word, with whether it is light.
    fn words(&mut self, text: &str, within: Option<Field>) -> Vec<(bool, Boxed)> {
        let cut = self.segmenter.for_query(text);
        let words = joined(&cut);
        if within != Some(Field::Unit) {
            self.evidence.add(text, self.segmenter);
            self.marks.extend(words.iter().filter(|word| !LIGHT.contains(&word.as_str())).cloned());
        }
        let found: Vec<_> =
            words.iter().map(|word| (LIGHT.contains(&word.as_str()), self.word(word, within))).collect();
        let name = searchable(text.trim());
        if within.is_some() || !self.holds(self.fields.reporter, &name) {
            return found;
        }
        // The whole is somebody's name, whatever the lexicon made of it.
        self.evidence.name(self.fields.reporter, &name, REPORTER_WEIGHT);
        let together = all(found.into_iter().map(|(_, query)| (Occur::Must, query)).collect());
        let person = (Occur::Should, term(self.fields.reporter, &name));
        vec![(false, any_of(vec![person, (Occur::Should, together)]))]
    }

    fn word(&mut self, word: &str, within: Option<Field>) -> Boxed {
        if within == Some(Field::Unit) {
            return term(self.fields.unit, word);
        }
        let mut any = match within {
            Some(Field::Title) => vec![(Occur::Should, term(self.fields.title, word))],
            Some(Field::Body) => vec![(Occur::Should, self.in_body(term(self.fields.text, word), &[word]))],
            _ => vec![(Occur::Should, term(self.fields.text, word))],
        };
        // What the dictionary knows stands among the words wherever it stands; anything else may have been cut.
        if !self.segmenter.knows(word) || !self.holds(self.fields.text, word) {
            let pieces = self.segmenter.for_index(word);
            any.extend(self.together(&pieces, within).map(|query| (Occur::Should, query)));
            any.extend(
                within.is_none().then(|| self.pairs(word)).flatten().map(|query| (Occur::Should, query)),
            );
        }
        if within.is_none() {
            any.extend(self.named(word).into_iter().map(|query| (Occur::Should, query)));
        }
        any_of(any)
    }

    /// What is found in the text by words, without those whose words stand in the title only.
    fn in_body(&self, found: Boxed, words: &[&str]) -> Boxed {
        let (title, occur) = (self.fields.title, Occur::Must);
        let held = words.iter().map(|word| (occur, term(title, word)));
        let also = words.iter().map(|word| (occur, term(title, &also_in_body(word))));
        let also = (Occur::MustNot, all(also.collect()));
        let only_there: Boxed = Box::new(BooleanQuery::new(held.chain([also]).collect()));
        Box::new(BooleanQuery::new(vec![(occur, found), (Occur::MustNot, only_there)]))
    }

    /// A word as the name of somebody, of a unit, of a place: where there is one of that name.
    fn named(&mut self, word: &str) -> Vec<Boxed> {
        let fields = *self.fields;
        let mut found = Vec::new();
        for ending in DISTRICT_ENDINGS {
            let place = format!("{word}{ending}");
            if self.holds(fields.district, &place) {
                found.push(term(fields.district, &place));
            }
        }
        for field in [fields.reporter, fields.unit] {
            if self.holds(field, word) {
                found.push(term(field, word));
            }
        }
        if may_be_romanised(word) && self.holds(fields.names, word) {
            self.evidence.name(fields.names, word, ROMANISED_WEIGHT);
            found.push(term(fields.names, word));
        }
        found
    }

    /// All pairs of a word's characters: only where the lexicon might have cut the word otherwise in a text.
    fn pairs(&self, word: &str) -> Option<Boxed> {
        let pairs = pairs_of(word);
        if pairs.is_empty() {
            return None;
        }
        let pairs = pairs.iter().map(|pair| {
            // A pair that is a word of its own stands among the words, not among the pairs.
            let any = [self.fields.grams, self.fields.text].map(|field| (Occur::Should, term(field, pair)));
            (Occur::Must, any_of(any.into()))
        });
        Some(all(pairs.collect()))
    }

    fn phrase(&mut self, text: &str, within: Option<Field>) -> Boxed {
        let cut = self.segmenter.for_query(text);
        if within != Some(Field::Unit) {
            self.evidence.add(text, self.segmenter);
            self.marks.push(cut.text.trim().to_owned());
        }
        match (cut.tokens.len(), within) {
            (0, _) => Box::new(EmptyQuery),
            (_, Some(Field::Unit)) => {
                all(cut.tokens.iter().map(|t| (Occur::Must, term(self.fields.unit, cut.word(t)))).collect())
            }
            (1, _) => self.word(cut.word(&cut.tokens[0]), within),
            _ => {
                // A text may have been cut as the index cuts the phrase, or as a query does: either will do.
                let fine = self.segmenter.for_index(text);
                let forms = [self.together(&cut, within), self.together(&fine, within)];
                any_of(forms.into_iter().flatten().map(|query| (Occur::Should, query)).collect())
            }
        }
    }

    /// The words of a cut text at the same distances from each other as typed.
    fn together(&self, cut: &Segmented, within: Option<Field>) -> Option<Boxed> {
        let field = if within == Some(Field::Title) { self.fields.title } else { self.fields.text };
        // In search mode the words inside a long one come before it, so places are not in order.
        let first = cut.tokens.iter().map(|token| token.position).min()?;
        let mut tokens: Vec<&Token> = cut.tokens.iter().collect();
        tokens.sort_by_key(|token| (token.position, token.end));
        let mut offsets: Vec<(usize, &str)> = Vec::new();
        for token in tokens {
            let at = (token.position - first) as usize;
            // Two words at one place: the longer one says more.
            match offsets.last_mut() {
                Some(last) if last.0 == at => last.1 = cut.word(token),
                _ => offsets.push((at, cut.word(token))),
            }
        }
        if offsets.len() < 2 {
            return None;
        }
        let terms = offsets.iter().map(|(at, word)| (*at, Term::from_field_text(field, word))).collect();
        let phrase: Boxed = Box::new(PhraseQuery::new_with_offset(terms));
        if within == Some(Field::Body) {
            let words: Vec<&str> = offsets.iter().map(|(_, word)| *word).collect();
            return Some(self.in_body(phrase, &words));
        }
        Some(phrase)
    }
}
