//! From what an editor typed to what tantivy runs.
//!
//! Words are ANDed. A word counts as found when it stands in the title (which weighs more) or in the text, or, where
//! the lexicon may have cut it otherwise, when all its pairs of characters do. The relaxed form asks for half of the
//! words and ranks by how many and how rare.

use std::collections::HashMap;

use std::ops::Bound;
use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, EmptyQuery, Occur, PhraseQuery, Query as IndexQuery, RangeQuery,
    RegexQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field as IndexField, IndexRecordOption};

use crate::text::{Segmented, Segmenter, Token, searchable};

use super::query::{Clause, Field, Node, Occur as Wanted, Query};
use super::schema::Fields;

/// A word in the title weighs as much as this many in the text.
const TITLE_WEIGHT: f32 = 2.5;
/// The words standing together as typed.
const PHRASE_BONUS: f32 = 1.5;
/// Words that carry no matter of their own: they rank, they never exclude.
const LIGHT: &[&str] =
    &["的", "了", "和", "与", "及", "在", "是", "对", "等", "将", "把", "被", "关于", "问题", "建议"];

type Boxed = Box<dyn IndexQuery>;

/// What is run.
pub(super) struct Translated {
    /// Every word.
    pub strict: Boxed,
    /// Half of the words; `None` where that would be the same.
    pub relaxed: Option<Boxed>,
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
    segmenter: &Segmenter,
    issues: &IssueItems,
) -> Translated {
    let mut translator = Translator { fields, segmenter, issues, marks: Vec::new(), notes: Vec::new() };
    let parts = translator.parts(&query.clauses, None);
    let (marks, notes) = (translator.marks, translator.notes);
    let needed = parts.needed();
    let relaxed = (needed > 1).then(|| parts.assemble(|_| Occur::Should, needed.div_ceil(2)));
    Translated { strict: parts.strict(), relaxed, marks, notes }
}

/// The conditions of a query, sorted by what may be relaxed.
#[derive(Default)]
struct Parts {
    /// Fields, phrases, periods, exclusions: as asked, always.
    filters: Vec<(Occur, Boxed)>,
    /// Words, with whether each is light.
    words: Vec<(bool, Boxed)>,
    /// What only ranks.
    bonus: Vec<Boxed>,
}

impl Parts {
    /// Words that must match. Of light words only, all must: such a query is asked as it stands.
    fn needed(&self) -> usize {
        self.words.iter().filter(|(light, _)| self.all_light() || !light).count()
    }

    fn all_light(&self) -> bool {
        self.words.iter().all(|(light, _)| *light)
    }

    fn strict(&self) -> Boxed {
        let all_light = self.all_light();
        self.assemble(|light| if light && !all_light { Occur::Should } else { Occur::Must }, 0)
    }

    /// Everything as one query. `at_least` words must match where they are all optional.
    fn assemble(&self, occur: impl Fn(bool) -> Occur, at_least: usize) -> Boxed {
        let mut parts: Vec<(Occur, Boxed)> = self.filters.iter().map(|(o, q)| (*o, q.box_clone())).collect();
        let words: Vec<(Occur, Boxed)> =
            self.words.iter().map(|(light, query)| (occur(*light), query.box_clone())).collect();
        if at_least > 0 {
            parts.push((Occur::Must, Box::new(BooleanQuery::with_minimum_required_clauses(words, at_least))));
        } else {
            parts.extend(words);
        }
        // Exclusions alone exclude from everything.
        if parts.iter().all(|(occur, _)| *occur == Occur::MustNot) {
            parts.push((Occur::Must, Box::new(AllQuery)));
        }
        parts.extend(self.bonus.iter().map(|query| (Occur::Should, query.box_clone())));
        Box::new(BooleanQuery::new(parts))
    }
}

struct Translator<'a> {
    fields: &'a Fields,
    segmenter: &'a Segmenter,
    issues: &'a IssueItems,
    marks: Vec<String>,
    notes: Vec<String>,
}

impl Translator<'_> {
    fn parts(&mut self, clauses: &[Clause], within: Option<Field>) -> Parts {
        let mut parts = Parts::default();
        for Clause { occur, node } in clauses {
            match (occur, node) {
                (Wanted::MustNot, node) => {
                    let marks = self.marks.len();
                    parts.filters.push((Occur::MustNot, self.node(node, within)));
                    self.marks.truncate(marks);
                }
                (Wanted::Must, Node::Words(text)) => {
                    let (evidence, together) = self.words(text, within);
                    parts.words.extend(evidence);
                    parts.bonus.extend(together);
                }
                (Wanted::Must, node) => parts.filters.push((Occur::Must, self.node(node, within))),
            }
        }
        parts
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

    /// The evidence for each word, with whether it is light; and the words standing together.
    fn words(&mut self, text: &str, within: Option<Field>) -> (Vec<(bool, Boxed)>, Option<Boxed>) {
        let cut = self.segmenter.for_query(text);
        let words = joined(&cut);
        let evidence = words
            .iter()
            .map(|word| {
                let light = LIGHT.contains(&word.as_str());
                if !light && within != Some(Field::Unit) {
                    self.marks.push(word.clone());
                }
                (light, self.word(word, within))
            })
            .collect();
        let together = (words.len() > 1 && within != Some(Field::Unit)).then(|| self.together(&cut, within));
        (evidence, together.flatten().map(|query| boosted(query, PHRASE_BONUS)))
    }

    fn word(&self, word: &str, within: Option<Field>) -> Boxed {
        if within == Some(Field::Unit) {
            return term(self.fields.unit, word);
        }
        let mut any = Vec::new();
        if within != Some(Field::Body) {
            any.push((Occur::Should, boosted(term(self.fields.title, word), TITLE_WEIGHT)));
        }
        if within != Some(Field::Title) {
            any.push((Occur::Should, term(self.fields.body, word)));
        }
        let pieces = self.segmenter.for_index(word);
        if pieces.tokens.len() > 1 {
            any.extend(self.together(&pieces, within).map(|query| (Occur::Should, query)));
        }
        if within.is_none() {
            any.extend(self.pairs(word).map(|query| (Occur::Should, query)));
        }
        any_of(any)
    }

    /// All pairs of a word's characters: only where the lexicon might have cut the word otherwise in a text.
    fn pairs(&self, word: &str) -> Option<Boxed> {
        let chars: Vec<char> = word.chars().collect();
        let ideographs = chars.iter().all(|c| *c as u32 >= 0x3400);
        if chars.len() < 2 || !ideographs {
            return None;
        }
        let pairs = chars.windows(2).map(|pair| {
            let pair: String = pair.iter().collect();
            // A pair that is a word of its own stands among the words, not among the pairs.
            let any = vec![
                (Occur::Should, term(self.fields.pairs, &pair)),
                (Occur::Should, term(self.fields.body, &pair)),
                (Occur::Should, term(self.fields.title, &pair)),
            ];
            (Occur::Must, any_of(any))
        });
        // Pairs prove less than the word itself, so they weigh less.
        Some(boosted(all(pairs.collect()), 0.3))
    }

    fn phrase(&mut self, text: &str, within: Option<Field>) -> Boxed {
        let cut = self.segmenter.for_query(text);
        self.marks.push(cut.text.trim().to_owned());
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
        let fields = match within {
            Some(Field::Title) => vec![self.fields.title],
            Some(Field::Body) => vec![self.fields.body],
            _ => vec![self.fields.title, self.fields.body],
        };
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
        let phrase = |field: IndexField| {
            let terms = offsets.iter().map(|(at, word)| (*at, Term::from_field_text(field, word))).collect();
            (Occur::Should, Box::new(PhraseQuery::new_with_offset(terms)) as Boxed)
        };
        Some(any_of(fields.into_iter().map(phrase).collect()))
    }
}

/// The words of a query; single characters that stand next to each other are one word that the lexicon did not know.
fn joined(cut: &Segmented) -> Vec<String> {
    let mut out: Vec<(String, u32, bool)> = Vec::new();
    for token in &cut.tokens {
        let word = cut.word(token);
        let single = word.chars().count() == 1 && !word.is_ascii();
        match out.last_mut() {
            Some((run, end, true)) if single && *end == token.start && !LIGHT.contains(&word) => {
                run.push_str(word);
                *end = token.end;
            }
            _ => out.push((word.to_owned(), token.end, single && !LIGHT.contains(&word))),
        }
    }
    out.into_iter().map(|(word, _, _)| word).collect()
}

fn term(field: IndexField, text: &str) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

fn boosted(query: Boxed, weight: f32) -> Boxed {
    Box::new(BoostQuery::new(query, weight))
}

fn all(parts: Vec<(Occur, Boxed)>) -> Boxed {
    if parts.is_empty() { Box::new(AllQuery) } else { Box::new(BooleanQuery::new(parts)) }
}

fn any_of(parts: Vec<(Occur, Boxed)>) -> Boxed {
    if parts.is_empty() { Box::new(EmptyQuery) } else { Box::new(BooleanQuery::new(parts)) }
}
