//! How often each of many short pieces stands in a text, in one walk over it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Pieces of at most so many characters are found by their hash, longer ones by a search of their own.
const SHORT: usize = 3;

/// One to three characters, as one number.
pub(super) type Key = u64;

/// The key of at most three characters.
pub(super) fn key(chars: &[char]) -> Key {
    chars.iter().fold(0, |key, c| key << 21 | u64::from(u32::from(*c)))
}

/// Keys are spread already; one multiplication is enough.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = mixed ^ (mixed >> 29);
    }
}

pub(super) type ByKey<T> = HashMap<Key, T, BuildHasherDefault<Spread>>;

/// Which characters may begin or continue a piece: one bit for each of some thousands of classes.
#[derive(Debug, Clone)]
struct Likely([u64; 64]);

impl Likely {
    fn place(c: char) -> (usize, u64) {
        let class = u32::from(c) as usize & 0xFFF;
        (class >> 6, 1 << (class & 63))
    }

    fn add(&mut self, c: char) {
        let (word, bit) = Self::place(c);
        self.0[word] |= bit;
    }

    fn has(&self, c: char) -> bool {
        let (word, bit) = Self::place(c);
        self.0[word] & bit != 0
    }
}

/// The pieces that are looked for, each with its place.
#[derive(Debug, Clone)]
pub(super) struct Patterns {
    likely: Likely,
    short: ByKey<u32>,
    long: Vec<(String, u32)>,
    places: HashMap<String, u32>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self { likely: Likely([0; 64]), short: ByKey::default(), long: Vec::new(), places: HashMap::new() }
    }
}

impl Patterns {
    /// How many pieces there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The place of a piece, which is added where it is new.
    pub(super) fn add(&mut self, piece: &str) -> usize {
        if let Some(place) = self.places.get(piece) {
            return *place as usize;
        }
        let place = self.places.len() as u32;
        self.places.insert(piece.to_owned(), place);
        let chars: Vec<char> = piece.chars().collect();
        // 12 must not be found in 2012.
        if chars.len() <= SHORT && !piece.is_ascii() {
            chars.iter().for_each(|c| self.likely.add(*c));
            self.short.insert(key(&chars), place);
        } else {
            self.long.push((piece.to_owned(), place));
        }
        place as usize
    }

    /// Adds `weight` for each time that a piece stands in the text.
    pub(super) fn count(&self, text: &str, weight: f32, counts: &mut [f32]) {
        let (mut window, mut run) = (0, 0);
        for c in text.chars() {
            if !self.likely.has(c) {
                run = 0;
                continue;
            }
            window = window << 21 | u64::from(u32::from(c));
            run = (run + 1).min(SHORT);
            for length in 1..=run {
                let key = window & ((1 << (21 * length)) - 1);
                if let Some(place) = self.short.get(&key) {
                    counts[*place as usize] += weight;
                }
            }
        }
        for (piece, place) in &self.long {
            let whole = |at: &usize| !piece.is_ascii() || stands_alone(text, *at, piece.len());
            let found = text.match_indices(piece.as_str()).map(|(at, _)| at).filter(whole).count();
            counts[*place as usize] += weight * found as f32;
        }
    }
}

/// Whether the letters before and after belong to another word.
fn stands_alone(text: &str, at: usize, length: usize) -> bool {
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    !letter(before) && !letter(bytes.get(at + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces_of_every_length_are_counted_and_numbers_stand_alone() {
        let mut patterns = Patterns::default();
        let pieces = ["停", "停车", "停车场", "轨道交通站", "12", "5g"];
        let places: Vec<usize> = pieces.iter().map(|piece| patterns.add(piece)).collect();
        assert_eq!(places, [0, 1, 2, 3, 4, 5]);
        let mut counts = vec![0.0; patterns.len()];
        patterns.count("停车场停车，2012年12月轨道交通站的5g", 1.0, &mut counts);
        assert_eq!(counts, [2.0, 2.0, 1.0, 1.0, 1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn counts_are_those_of_a_plain_search(text in "[停车场的a,]{0,40}", piece in "[停车场的]{1,5}") {
            let mut patterns = Patterns::default();
            patterns.add(&piece);
            let mut counts = [0.0];
            patterns.count(&text, 1.0, &mut counts);
            let starts = text.char_indices().filter(|(at, _)| text[*at..].starts_with(&piece)).count();
            // Long pieces are counted without overlap.
            if piece.chars().count() <= SHORT {
                prop_assert_eq!(counts[0] as usize, starts);
            } else {
                prop_assert!(counts[0] as usize <= starts);
            }
        }
    }
}
