//! What queries are put together from: the pieces of a word, the words worth asking for, and tantivy's clauses.

use tantivy::Term;
use tantivy::query::{AllQuery, BooleanQuery, BoostQuery, EmptyQuery, Occur, Query as IndexQuery, TermQuery};
use tantivy::schema::{Field as IndexField, IndexRecordOption};

use crate::text::Segmented;

use super::rank::is_ideograph;

/// Words that carry no matter of their own: they rank, they never exclude.
pub(super) const LIGHT: &[&str] =
    &["的", "了", "和", "与", "及", "在", "是", "对", "等", "将", "把", "被", "关于", "问题", "建议"];
/// Words that choose candidates for a long query: so many at least, so many at most, and of those above the least
/// none that one text in so many holds.
const TELLING_MIN: usize = 5;
const TELLING_MAX: usize = 20;
const COMMON_SHARE: u64 = 12;

type Boxed = Box<dyn IndexQuery>;

/// The words that choose candidates: without those that a large share of the texts holds, where others say enough, for
/// they would be walked through at length and bring no text to the front.
pub(super) fn telling(
    mut union: Vec<(u64, f32, Term)>,
    documents: u64,
) -> impl Iterator<Item = (u64, f32, Term)> {
    union.sort_by_key(|(count, ..)| *count);
    union
        .into_iter()
        .take(TELLING_MAX)
        .enumerate()
        .take_while(move |(at, (count, ..))| *at < TELLING_MIN || count * COMMON_SHARE < documents)
        .map(|(_, one)| one)
}

/// The pairs of a word's characters; none where it is no word of ideographs.
pub(super) fn pairs_of(word: &str) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    if !chars.iter().all(|c| is_ideograph(*c)) {
        return Vec::new();
    }
    chars.windows(2).map(|pair| pair.iter().collect()).collect()
}

/// The words of a query; single characters that stand next to each other are one word that the lexicon did not know.
pub(super) fn joined(cut: &Segmented) -> Vec<String> {
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

pub(super) fn term(field: IndexField, text: &str) -> Boxed {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

pub(super) fn boosted(query: Boxed, weight: f32) -> Boxed {
    Box::new(BoostQuery::new(query, weight))
}

pub(super) fn all(mut parts: Vec<(Occur, Boxed)>) -> Boxed {
    match parts.len() {
        0 => Box::new(AllQuery),
        1 => parts.swap_remove(0).1,
        _ => Box::new(BooleanQuery::new(parts)),
    }
}

pub(super) fn any_of(mut parts: Vec<(Occur, Boxed)>) -> Boxed {
    match parts.len() {
        0 => Box::new(EmptyQuery),
        1 => parts.swap_remove(0).1,
        _ => Box::new(BooleanQuery::new(parts)),
    }
}
