//! Two texts side by side, word by word: what one has and the other has not.

use std::collections::HashMap;

/// Beyond this many pairs of words between two anchors no finer answer is looked for.
const PAIRS_MAX: usize = 1_000_000;

/// A piece of one of the two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The text.
    pub text: String,
    /// Whether the other text has it too, at this place.
    pub same: bool,
}

/// Both texts in pieces, from words that were cut from them in order and leave nothing out.
pub fn compare(one: &[&str], other: &[&str]) -> (Vec<Part>, Vec<Part>) {
    let (mut here, mut there) = (vec![false; one.len()], vec![false; other.len()]);
    match_up(one, other, (0, 0), &mut here, &mut there);
    (parts(one, &here), parts(other, &there))
}

/// Equal beginnings and ends, then words that occur once in both in the same order, then the longest common sequence.
fn match_up(one: &[&str], other: &[&str], at: (usize, usize), here: &mut [bool], there: &mut [bool]) {
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let tail = one[head..].iter().rev().zip(other[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut mark = |i: usize, j: usize| {
        here[at.0 + i] = true;
        there[at.1 + j] = true;
    };
    (0..head).for_each(|i| mark(i, i));
    (1..=tail).for_each(|back| mark(one.len() - back, other.len() - back));
    let (one, other) = (&one[head..one.len() - tail], &other[head..other.len() - tail]);
    let at = (at.0 + head, at.1 + head);
    if one.is_empty() || other.is_empty() {
        return;
    }
    let anchors = anchors(one, other);
    if anchors.is_empty() {
        if one.len().saturating_mul(other.len()) <= PAIRS_MAX {
            for (i, j) in longest(one, other) {
                here[at.0 + i] = true;
                there[at.1 + j] = true;
            }
        }
        return;
    }
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in anchors.into_iter().chain([(one.len(), other.len())]) {
        match_up(&one[i..next_i], &other[j..next_j], (at.0 + i, at.1 + j), here, there);
        if next_i < one.len() {
            here[at.0 + next_i] = true;
            there[at.1 + next_j] = true;
        }
        (i, j) = ((next_i + 1).min(one.len()), (next_j + 1).min(other.len()));
    }
}

/// Words that occur once in both, as far as they come in the same order (the longest ascending sequence).
fn anchors(one: &[&str], other: &[&str]) -> Vec<(usize, usize)> {
    let once = |words: &[&str]| {
        let mut places: HashMap<String, Option<usize>> = HashMap::new();
        for (at, word) in words.iter().enumerate() {
            places.entry((*word).to_owned()).and_modify(|place| *place = None).or_insert(Some(at));
        }
        places
    };
    let there = once(other);
    let mut pairs: Vec<(usize, usize)> =
        once(one).into_iter().filter_map(|(word, at)| Some((at?, (*there.get(&word)?)?))).collect();
    pairs.sort_unstable();
    ascending(&pairs)
}

fn ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The end of the best sequence of each length, and for each pair the one before it.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), vec![None; pairs.len()]);
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < pair.1);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let mut out = Vec::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        out.push(pairs[at]);
        next = before[at];
    }
    out.reverse();
    out
}

fn longest(one: &[&str], other: &[&str]) -> Vec<(usize, usize)> {
    let width = other.len() + 1;
    let mut table = vec![0u16; (one.len() + 1) * width];
    for i in (0..one.len()).rev() {
        for j in (0..other.len()).rev() {
            table[i * width + j] = if one[i] == other[j] {
                table[(i + 1) * width + j + 1].saturating_add(1)
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < one.len() && j < other.len() {
        if one[i] == other[j] {
            out.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if table[(i + 1) * width + j] >= table[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

fn parts(words: &[&str], same: &[bool]) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for (word, same) in words.iter().zip(same) {
        match out.last_mut().filter(|part| part.same == *same) {
            Some(part) => part.text.push_str(word),
            None => out.push(Part { text: (*word).to_owned(), same: *same }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(parts: &[Part]) -> String {
        parts.iter().map(|p| if p.same { p.text.clone() } else { format!("[{}]", p.text) }).collect()
    }

    #[test]
    fn what_differs_is_marked_and_the_rest_is_not() {
        let (one, other) = compare(
            &["翠柏苑", "的", "路灯", "坏", "了", "，", "请", "修复"],
            &["翠柏苑", "北门", "的", "路灯", "坏", "了", "三天", "，", "请", "尽快", "修复"],
        );
        assert_eq!(shown(&one), "翠柏苑的路灯坏了，请修复");
        assert_eq!(shown(&other), "翠柏苑[北门]的路灯坏了[三天]，请[尽快]修复");
    }

    proptest! {
        /// Nothing is lost, and what is marked as the same is the same sequence in both.
        #[test]
        fn both_texts_read_as_before(a in "[甲乙丙丁]{0,60}", b in "[甲乙丙丁]{0,60}") {
            let words = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
            let (one, other) = (words(&a), words(&b));
            let one: Vec<&str> = one.iter().map(String::as_str).collect();
            let other: Vec<&str> = other.iter().map(String::as_str).collect();
            let (here, there) = compare(&one, &other);
            let whole = |parts: &[Part]| parts.iter().map(|p| p.text.as_str()).collect::<String>();
            let same = |parts: &[Part]| parts.iter().filter(|p| p.same).map(|p| p.text.as_str()).collect::<String>();
            prop_assert_eq!(whole(&here), a);
            prop_assert_eq!(whole(&there), b);
            prop_assert_eq!(same(&here), same(&there));
        }
    }
}
