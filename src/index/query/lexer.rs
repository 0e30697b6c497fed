//! Text to tokens. What leaves here has balanced parentheses of bounded depth, so the parser may recurse.

use super::notes::{Note, Notes};
use super::{MAX_CHARS, MAX_DEPTH};

/// A piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `OR`, `|`, `或`
    Or,
    /// `-` before something
    Minus,
    /// A run without blanks; a field's name and colon are still in it.
    Word(String),
    /// The text between quotation marks, trimmed; may be empty.
    Phrase(String),
}

/// Full-width ASCII and the ideographic blank as their half-width forms.
pub(super) fn fold(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

/// The distance from a full-width form (U+FF01–U+FF5E) to the ASCII character it stands for.
const FULL_WIDTH: u32 = 0xFEE0;

fn fold_char(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - FULL_WIDTH).unwrap_or(c),
        _ => c,
    }
}

/// Cuts a query into tokens.
pub(super) fn tokens(text: &str, notes: &mut Notes) -> Vec<Token> {
    let text = text.trim();
    let mut chars: Vec<char> = text.chars().take(MAX_CHARS + 1).collect();
    if chars.len() > MAX_CHARS {
        notes.add(Note::TooLong);
        chars.truncate(MAX_CHARS);
    }
    for c in &mut chars {
        if c.is_control() {
            *c = ' ';
        }
    }
    Lexer { chars: &chars, at: 0, depth: 0, tokens: Vec::new(), notes }.run()
}

struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
    depth: usize,
    tokens: Vec<Token>,
    notes: &'a mut Notes,
}

impl Lexer<'_> {
    fn run(mut self) -> Vec<Token> {
        while let Some(&c) = self.chars.get(self.at) {
            match fold_char(c) {
                '(' => self.open(),
                ')' => self.close(),
                '|' => self.single(Token::Or),
                '-' if self.is_prefix() => self.single(Token::Minus),
                '"' | '“' | '”' | '「' | '『' => self.phrase(c),
                folded if ends_a_word(folded) => self.at += 1,
                _ => self.word(),
            }
        }
        if self.depth > 0 {
            self.notes.add(Note::Unclosed);
        }
        let missing = self.depth.min(MAX_DEPTH);
        self.tokens.extend(std::iter::repeat_n(Token::Close, missing));
        self.tokens
    }

    fn single(&mut self, token: Token) {
        self.tokens.push(token);
        self.at += 1;
    }

    fn open(&mut self) {
        self.at += 1;
        self.depth += 1;
        if self.depth <= MAX_DEPTH {
            self.tokens.push(Token::Open);
        } else {
            self.notes.add(Note::TooDeep);
        }
    }

    fn close(&mut self) {
        self.at += 1;
        if self.depth == 0 {
            self.notes.add(Note::StrayClose);
            return;
        }
        if self.depth <= MAX_DEPTH {
            self.tokens.push(Token::Close);
        }
        self.depth -= 1;
    }

    /// A minus excludes only what stands directly behind it; `重庆 - 养老` has a dash.
    fn is_prefix(&self) -> bool {
        let begins_a_term = |c: &char| match fold_char(*c) {
            '(' | '"' | '“' | '”' | '「' | '『' => true,
            folded => !ends_a_word(folded),
        };
        !self.after_minus() && self.chars.get(self.at + 1).is_some_and(begins_a_term)
    }

    fn after_minus(&self) -> bool {
        self.tokens.last() == Some(&Token::Minus)
    }

    fn word(&mut self) {
        let rest = &self.chars[self.at..];
        let length = rest.iter().position(|c| ends_a_word(fold_char(*c))).unwrap_or(rest.len());
        let word: String = rest[..length].iter().collect();
        self.at += length;
        let is_or = !self.after_minus() && matches!(fold(&word).as_str(), "OR" | "或");
        self.tokens.push(if is_or { Token::Or } else { Token::Word(word) });
    }

    fn phrase(&mut self, opening: char) {
        let rest = &self.chars[self.at + 1..];
        let find = |marks: &[char]| rest.iter().position(|c| marks.contains(c));
        let end = match opening {
            '“' => find(&['”']).or_else(|| find(&['"', '＂', '“'])),
            '”' => find(&['”', '“']),
            '「' => find(&['」']),
            '『' => find(&['』']),
            _ => find(&['"', '＂']),
        };
        if end.is_none() {
            self.notes.add(Note::Unclosed);
        }
        let length = end.unwrap_or(rest.len());
        let text: String = rest[..length].iter().collect();
        self.tokens.push(Token::Phrase(text.trim().to_owned()));
        self.at += length + 2;
    }
}

/// Blanks, parentheses, quotation marks (a stray closing one too) and `|`, after folding.
fn ends_a_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | '|' | '"' | '“' | '”' | '「' | '」' | '『' | '』')
}
