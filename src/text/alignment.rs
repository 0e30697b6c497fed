//! The longest common subsequence of two texts, 64 characters at a time (Hyyrö 2004).

use std::collections::HashMap;

/// Its length.
pub(super) fn common_subsequence(one: &[char], other: &[char]) -> usize {
    let alike = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[alike..], &other[alike..]);
    let ends = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[..one.len() - ends], &other[..other.len() - ends]);
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    alike + ends + between(short, long)
}

fn between(short: &[char], long: &[char]) -> usize {
    if short.is_empty() {
        return 0;
    }
    let words = short.len().div_ceil(64);
    let places = Places::of(short, words);
    // A cleared bit is a place where the common subsequence grows by one.
    let mut row = vec![u64::MAX; words];
    for c in long {
        let Some(at) = places.of_char(*c) else { continue };
        let mut carry = false;
        for (cell, at) in row.iter_mut().zip(at) {
            let matched = *cell & at;
            let (sum, over) = cell.overflowing_add(matched);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            carry = over || again;
            *cell = sum | (*cell & !at);
        }
    }
    let last = short.len() - 64 * (words - 1);
    let beyond = if last == 64 { 0 } else { u64::MAX << last };
    row.iter()
        .enumerate()
        .map(|(at, cell)| if at + 1 == words { cell | beyond } else { *cell })
        .map(|cell| cell.count_zeros() as usize)
        .sum()
}

/// Where each character stands in a text, as bits.
struct Places {
    words: usize,
    by_char: HashMap<char, usize>,
    bits: Vec<u64>,
}

impl Places {
    fn of(text: &[char], words: usize) -> Self {
        let mut places = Self { words, by_char: HashMap::with_capacity(text.len()), bits: Vec::new() };
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
        fn it_is_what_the_textbook_gives(a in "[a-e]{0,200}", b in "[a-e]{0,200}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(common_subsequence(&a, &b), slowly(&a, &b));
        }
    }
}
