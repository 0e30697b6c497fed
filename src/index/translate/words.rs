//! What finds a word or a phrase: in the title and the text, however they were cut there, and as a name.

use tantivy::Term;
use tantivy::query::{BooleanQuery, EmptyQuery, Occur, PhraseQuery};

use crate::text::{Segmented, Token, may_be_romanised, searchable};

use super::super::pieces::{LIGHT, all, any_of, joined, pairs_of, term};
use super::super::query::Field;
use super::super::schema::also_in_body;
use super::{Boxed, Translator};

/// A reporter of exactly this name; a name that sounds as typed. As shares of the best text's score.
const REPORTER_WEIGHT: f32 = 0.5;
const ROMANISED_WEIGHT: f32 = 0.3;
/// What people leave out when they type a place.
const DISTRICT_ENDINGS: [&str; 3] = ["", "区", "县"];

impl Translator<'_> {
    /// What finds each word, with whether it is light.
    pub(super) fn words(&mut self, text: &str, within: Option<Field>) -> Vec<(bool, Boxed)> {
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

    pub(super) fn phrase(&mut self, text: &str, within: Option<Field>) -> Boxed {
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
