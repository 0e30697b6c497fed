//! What a text says that an earlier one does not: its sentences without a counterpart.

use crate::text::{Frequencies, Segmented, Terms};

/// A sentence of fewer characters says nothing by itself: salutations, thanks.
const SHORTEST: usize = 8;
/// The weight of a sentence's words that one earlier sentence must have.
const IN_ONE: f32 = 0.55;
/// The weight of its words that the earlier text as a whole must have.
const IN_ALL: f32 = 0.85;

/// The sentences of a text, as written, without blanks at the ends.
pub fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(['。', '！', '？', '；', '!', '?', ';', '\n', '\r'])
        .map(str::trim)
        .filter(|sentence| sentence.chars().filter(|c| c.is_alphanumeric()).count() >= SHORTEST)
        .collect()
}

/// The sentences of `text` that have no counterpart in `earlier`, in their order.
pub fn new_sentences<'a>(
    text: &'a str,
    earlier: &str,
    frequencies: &Frequencies,
    cut: impl Fn(&str) -> Segmented,
) -> Vec<&'a str> {
    let known: Vec<Terms> =
        sentences(earlier).iter().map(|sentence| Terms::of_text(&cut(sentence), frequencies)).collect();
    let whole = Terms::of_text(&cut(earlier), frequencies);
    sentences(text)
        .into_iter()
        .filter(|sentence| {
            let terms = Terms::of_text(&cut(sentence), frequencies);
            let in_one = known.iter().map(|other| covered(&terms, other)).fold(0.0, f32::max);
            in_one < IN_ONE && covered(&terms, &whole) < IN_ALL
        })
        .collect()
}

/// The share of a sentence's weight in words that the other has too.
pub(super) fn covered(sentence: &Terms, other: &Terms) -> f32 {
    let all: f32 = sentence.weights().iter().map(|(_, weight)| weight * weight).sum();
    let there: f32 = sentence
        .weights()
        .iter()
        .filter(|(key, _)| other.weight(*key) > 0.0)
        .map(|(_, weight)| weight * weight)
        .sum();
    if all == 0.0 { 1.0 } else { there / all }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Segmenter;

    #[test]
    fn only_what_the_earlier_text_does_not_say_is_new() {
        let segmenter = Segmenter::plain();
        let earlier = "翠柏苑小区电梯经常停运，老人被困过三次。物业说没有维修资金。";
        let later =
            "您好！翠柏苑小区的电梯还是经常停运，老人又被困住。上周消防部门来检查并下达了整改通知书。谢谢！";
        let frequencies = Frequencies::default();
        let found = new_sentences(later, earlier, &frequencies, |text| segmenter.for_index(text));
        assert_eq!(found, ["上周消防部门来检查并下达了整改通知书。"]);
        assert!(new_sentences(earlier, earlier, &frequencies, |text| segmenter.for_index(text)).is_empty());
    }
}
