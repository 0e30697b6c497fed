//! Words on their way into the index: one string holds all words of a field with their places, and the tokenizer takes
//! them out again without making a string of each.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The name under which fields ask for [`Unpack`].
pub(super) const UNPACK: &str = "unpack";
/// Ends a word; no word holds it.
const END: char = '\u{1}';
/// A place is two characters of so many values each, above the control characters and below the surrogates.
const BASE: u32 = 0x1000;
const FIRST: u32 = 0x20;

/// The words of a field.
#[derive(Debug, Default)]
pub(super) struct Packed(String);

impl Packed {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(String::with_capacity(bytes))
    }

    /// Adds a word at a place. What cannot be told apart from the packing is no word and left out.
    pub(super) fn push(&mut self, position: u32, word: &str) {
        let place = |value: u32| char::from_u32(value + FIRST);
        let (Some(high), Some(low)) = (place(position / BASE), place(position % BASE)) else { return };
        if word.contains(END) {
            return;
        }
        self.0.push(high);
        self.0.push(low);
        self.0.push_str(word);
        self.0.push(END);
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Takes packed words out.
#[derive(Debug, Clone, Default)]
pub(super) struct Unpack {
    token: Token,
}

/// The words of one field.
pub(super) struct Words<'a> {
    rest: &'a str,
    token: &'a mut Token,
}

impl Tokenizer for Unpack {
    type TokenStream<'a> = Words<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Words<'a> {
        self.token.reset();
        Words { rest: text, token: &mut self.token }
    }
}

impl TokenStream for Words<'_> {
    fn advance(&mut self) -> bool {
        let Some((packed, rest)) = self.rest.split_once(END) else { return false };
        self.rest = rest;
        let mut chars = packed.chars();
        let mut digit = || chars.next().map_or(0, |c| u32::from(c).saturating_sub(FIRST));
        self.token.position = (digit() * BASE + digit()) as usize;
        self.token.text.clear();
        self.token.text.push_str(chars.as_str());
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_with_its_places() {
        let words = [(0, "停车"), (2, "难"), (4095, "a"), (4096, "轨道交通"), (70_000, "末")];
        let mut packed = Packed::default();
        words.iter().for_each(|(at, word)| packed.push(*at, word));
        let (mut unpack, mut found) = (Unpack::default(), Vec::new());
        let mut stream = unpack.token_stream(packed.as_str());
        while stream.advance() {
            found.push((stream.token().position as u32, stream.token().text.clone()));
        }
        assert_eq!(found, words.map(|(at, word)| (at, word.to_owned())));
    }
}
