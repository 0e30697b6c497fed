//! The longest common subsequence of two texts, 64 characters at a time (Hyyrö 2004).

use rustc_hash::FxHashMap;

/// Characters of the other text between two looks whether the length asked for can still be reached.
const STRIDE: usize = 32;

/// Where each character stands in a text, as bits: made once, aligned with many.
#[derive(Debug)]
pub(super) struct Places {
    length: usize,
    words: usize,
    by_char: FxHashMap<char, usize>,
    bits: Vec<u64>,
}

impl Places {
    pub(super) fn of(text: &[char]) -> Self {
        let words = text.len().div_ceil(64);
        let by_char = FxHashMap::with_capacity_and_hasher(text.len(), rustc_hash::FxBuildHasher);
        let mut places = Self { length: text.len(), words, by_char, bits: Vec::new() };
        for (at, c) in text.iter().enumerate() {
            let known = places.by_char.len();
            let place = *places.by_char.entry(*c).or_insert(known);
            if place == known {
                places.bits.resize((known + 1) * words, 0);
            }
            places.bits[place * words + at / 64] |= 1 << (at % 64);
        }
        places
    }

    fn of_char(&self, c: char) -> Option<&[u64]> {
        let place = *self.by_char.get(&c)?;
        Some(&self.bits[place * self.words..(place + 1) * self.words])
    }

    /// The length of the longest common subsequence with another text; nothing as soon as it cannot reach `least`.
    pub(super) fn common_subsequence(&self, other: &[char], least: usize) -> Option<usize> {
        // A cleared bit is a place where the common subsequence grows by one.
        let mut row = vec![u64::MAX; self.words];
        let mut rest = other.len();
        for stride in other.chunks(STRIDE) {
            if self.cleared(&row) + rest < least {
                return None;
            }
            for c in stride {
                self.step(&mut row, *c);
            }
            rest -= stride.len();
        }
        let common = self.cleared(&row);
        (common >= least).then_some(common)
    }

    fn step(&self, row: &mut [u64], c: char) {
        let Some(at) = self.of_char(c) else { return };
        let mut carry = false;
        for (cell, at) in row.iter_mut().zip(at) {
            let matched = *cell & at;
            let (sum, over) = cell.overflowing_add(matched);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            carry = over || again;
            *cell = sum | (*cell & !at);
        }
    }

    fn cleared(&self, row: &[u64]) -> usize {
        let Some((last, before)) = row.split_last() else { return 0 };
        let used = self.length - 64 * (self.words - 1);
        let beyond = if used == 64 { 0 } else { u64::MAX << used };
        before.iter().map(|cell| cell.count_zeros() as usize).sum::<usize>()
            + (last | beyond).count_zeros() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the table of the textbook.
    fn slowly(one: &[char], other: &[char]) -> usize {
        let mut row = vec![0; other.len() + 1];
        for a in one {
            let mut diagonal = 0;
            for (at, b) in other.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[other.len()]
    }

    proptest! {
        #[test]
        fn it_is_what_the_textbook_gives(a in "[a-e]{0,200}", b in "[a-e]{0,200}", more in 1usize..9) {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let (places, length) = (Places::of(&a), slowly(&a, &b));
            prop_assert_eq!(places.common_subsequence(&b, 0), Some(length));
            prop_assert_eq!(places.common_subsequence(&b, length), Some(length));
            prop_assert_eq!(places.common_subsequence(&b, length + more), None);
        }
    }
}
