//! Tokens to clauses. A blank is “and”, `OR` binds closer, `-` closest.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::date;
use super::lexer::{Token, fold};
use super::notes::{Note, Notes};
use super::{Clause, Field, MAX_TERMS, Node, Occur};
use crate::model::LocalDate;

/// A longer name before a colon is running text, not a field.
const NAME_MAX: usize = 6;
/// What stands between a field's name and the value.
const COLONS: [char; 2] = [':', '：'];

/// Reads tokens; parentheses are balanced and of bounded depth.
pub(super) fn clauses(tokens: Vec<Token>, today: LocalDate, notes: &mut Notes) -> Vec<Clause> {
    Parser { tokens: tokens.into_iter().peekable(), today, terms: 0, notes }.list(None)
}

struct Parser<'a> {
    tokens: Peekable<IntoIter<Token>>,
    today: LocalDate,
    terms: usize,
    notes: &'a mut Notes,
}

impl Parser<'_> {
    /// Everything up to the closing parenthesis, which is eaten, or the end. All of it must hold.
    fn list(&mut self, field: Option<Field>) -> Vec<Clause> {
        let mut list = Vec::new();
        loop {
            match self.tokens.peek() {
                None => return list,
                Some(Token::Close) => {
                    self.tokens.next();
                    return list;
                }
                Some(Token::Or) => {
                    self.tokens.next();
                    self.notes.add(Note::DanglingOr);
                }
                Some(_) => list.extend(self.alternatives(field)),
            }
        }
    }

    /// `a OR b OR c`, or just `a`.
    fn alternatives(&mut self, field: Option<Field>) -> Vec<Clause> {
        let mut options = vec![self.term(field)];
        while self.eat(&Token::Or) {
            while self.eat(&Token::Or) {
                self.notes.add(Note::DanglingOr);
            }
            if matches!(self.tokens.peek(), None | Some(Token::Close)) {
                self.notes.add(Note::DanglingOr);
                break;
            }
            options.push(self.term(field));
        }
        options.retain(|option| !option.is_empty());
        if options.len() < 2 {
            return options.pop().unwrap_or_default();
        }
        let mut nodes = Vec::with_capacity(options.len());
        for option in options {
            match together(option) {
                Node::Or(inner) => nodes.extend(inner),
                node => nodes.push(node),
            }
        }
        vec![Clause::must(Node::Or(nodes))]
    }

    /// One word, phrase, field or group, excluded or not. Empty when there is nothing in it.
    fn term(&mut self, field: Option<Field>) -> Vec<Clause> {
        let excluded = self.eat(&Token::Minus);
        let found = match self.tokens.peek() {
            None | Some(Token::Close | Token::Or | Token::Minus) => Vec::new(),
            Some(Token::Word(_)) if field.is_none() => self.word(),
            Some(_) => self.value(field),
        };
        if !excluded || found.is_empty() {
            return found;
        }
        vec![Clause::must_not(together(found))]
    }

    /// A word outside any field: perhaps a field's name and colon, with or without the value.
    fn word(&mut self) -> Vec<Clause> {
        let Some(Token::Word(word)) = self.tokens.next() else { return Vec::new() };
        let Some((name, value)) = word.split_once(COLONS) else {
            return self.leaf(word, None);
        };
        let Some(field) = Field::from_name(name) else {
            self.note_unknown(name, value);
            return self.leaf(word, None);
        };
        let found = match self.tokens.peek() {
            _ if !value.is_empty() => self.leaf(value.to_owned(), Some(field)),
            Some(Token::Word(next)) if names_a_field(next) => Vec::new(),
            _ => self.value(Some(field)),
        };
        if found.is_empty() {
            self.notes.add(Note::NoValue(field));
            return self.leaf(name.to_owned(), None);
        }
        if field == Field::Date {
            return found;
        }
        vec![Clause::must(Node::Field { field, value: Box::new(together(found)) })]
    }

    /// A word, a phrase or a group; inside a field, a word with a colon is only a word.
    fn value(&mut self, field: Option<Field>) -> Vec<Clause> {
        match self.tokens.next_if(|token| matches!(token, Token::Word(_) | Token::Phrase(_) | Token::Open)) {
            Some(Token::Word(word)) => self.leaf(word, field),
            Some(Token::Phrase(text)) => self.phrase(text, field),
            Some(Token::Open) => {
                let group = self.list(field);
                if group.is_empty() {
                    self.notes.add(Note::EmptyGroup);
                }
                group
            }
            _ => Vec::new(),
        }
    }

    fn leaf(&mut self, word: String, field: Option<Field>) -> Vec<Clause> {
        let node = match field {
            Some(Field::Date) => {
                self.period(&word).unwrap_or_else(|| Node::Words(format!("{}:{word}", Field::Date)))
            }
            None | Some(Field::Id) => issue(&word).unwrap_or(Node::Words(word)),
            Some(_) => Node::Words(word),
        };
        self.counted(node)
    }

    fn phrase(&mut self, text: String, field: Option<Field>) -> Vec<Clause> {
        if text.is_empty() {
            return Vec::new();
        }
        let period = if field == Some(Field::Date) { self.period(&text) } else { None };
        self.counted(period.unwrap_or(Node::Phrase(text)))
    }

    fn period(&mut self, text: &str) -> Option<Node> {
        let Some(range) = date::range(text, self.today) else {
            self.notes.add(Note::BadDate(text));
            return None;
        };
        if range.swapped {
            self.notes.add(Note::SwappedDates);
        }
        Some(Node::DateRange { from: range.from, to: range.to })
    }

    fn counted(&mut self, node: Node) -> Vec<Clause> {
        if self.terms == MAX_TERMS {
            self.notes.add(Note::TooManyTerms);
            return Vec::new();
        }
        self.terms += 1;
        vec![Clause::must(node)]
    }

    /// A time of day, an address or a sentence has a colon too: only what looks like a field's name is worth a note.
    fn note_unknown(&mut self, name: &str, value: &str) {
        let nearest = Field::nearest(name);
        let looks_like_a_name = !name.is_empty()
            && name.chars().count() <= NAME_MAX
            && name.chars().all(char::is_alphabetic)
            && !value.starts_with("//");
        if nearest.is_some() || looks_like_a_name {
            self.notes.add(Note::UnknownField { name, nearest });
        }
    }

    fn eat(&mut self, token: &Token) -> bool {
        self.tokens.next_if_eq(token).is_some()
    }
}

fn names_a_field(word: &str) -> bool {
    word.split_once(COLONS).is_some_and(|(name, _)| Field::from_name(name).is_some())
}

/// Several conditions as one.
fn together(mut clauses: Vec<Clause>) -> Node {
    match clauses.pop() {
        Some(Clause { occur: Occur::Must, node }) if clauses.is_empty() => node,
        last => {
            clauses.extend(last);
            Node::All(clauses)
        }
    }
}

/// `2026年第112期`, `2026年112期`.
fn issue(word: &str) -> Option<Node> {
    let word = fold(word);
    let (year, rest) = word.split_once('年')?;
    let number = rest.strip_prefix('第').unwrap_or(rest).strip_suffix('期')?;
    if year.len() != 4 || !date::is_number(year) || !date::is_number(number) {
        return None;
    }
    let (year, number) = (year.parse().ok()?, number.parse().ok()?);
    (number > 0).then_some(Node::Issue { year, number })
}
