//! A text as weighted words: how much two texts speak of the same things.
//!
//! The weight of a word is how often the text has it times how rare it is among all items. Words that every text has
//! weigh next to nothing by that alone; a list of light words on top of it was measured to help nothing.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::segment::{Segmented, Words};

/// A word in the title counts as this many in the text. More makes items of the same place look alike, for titles
/// begin with the place.
const TITLE_WEIGHT: f32 = 1.5;

/// A word, as its hash: vectors are compared far more often than words are shown.
pub type WordKey = u64;

/// The key of a word.
pub fn word_key(word: &str) -> WordKey {
    xxh3_64(word.as_bytes())
}

/// In how many items each word occurs.
#[derive(Debug, Clone, Default)]
pub struct Frequencies {
    items: u64,
    /// Words of a single item are left out: half of all words are, and none of them is shared by two.
    counts: HashMap<WordKey, u32>,
}

impl Frequencies {
    /// From counts taken elsewhere, over so many items.
    pub fn from_counts(items: u64, counts: impl IntoIterator<Item = (WordKey, u32)>) -> Self {
        Self { items, counts: counts.into_iter().filter(|(_, count)| *count > 1).collect() }
    }

    /// Counts the words of some texts.
    pub fn count<'a>(texts: impl IntoIterator<Item = &'a Words>) -> Self {
        let (mut items, mut counts) = (0, HashMap::<WordKey, u32>::new());
        for words in texts {
            items += 1;
            let mut keys: Vec<WordKey> = keys(&words.title).chain(keys(&words.body)).collect();
            keys.sort_unstable();
            keys.dedup();
            keys.into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
        }
        Self::from_counts(items, counts)
    }

    /// How many items were counted.
    pub fn items(&self) -> u64 {
        self.items
    }

    /// How rare a word is: 1 where every item has it, and larger the fewer do.
    pub fn rarity(&self, key: WordKey) -> f32 {
        let count = f64::from(self.counts.get(&key).copied().unwrap_or(1));
        (((self.items as f64 + 1.0) / (count + 1.0)).ln().max(0.0) + 1.0) as f32
    }
}

fn keys(cut: &Segmented) -> impl Iterator<Item = WordKey> {
    cut.tokens.iter().map(|token| word_key(cut.word(token)))
}

/// A text as a vector of unit length over its words.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Terms(Vec<(WordKey, f32)>);

impl Terms {
    /// Of an item.
    pub fn of(words: &Words, frequencies: &Frequencies) -> Self {
        let title = keys(&words.title).map(|key| (key, TITLE_WEIGHT));
        Self::weighted(title.chain(keys(&words.body).map(|key| (key, 1.0))).collect(), frequencies)
    }

    /// Of a piece of text.
    pub fn of_text(cut: &Segmented, frequencies: &Frequencies) -> Self {
        Self::weighted(keys(cut).map(|key| (key, 1.0)).collect(), frequencies)
    }

    fn weighted(mut words: Vec<(WordKey, f32)>, frequencies: &Frequencies) -> Self {
        words.sort_unstable_by_key(|(key, _)| *key);
        let weight = |same: &[(WordKey, f32)]| {
            let often: f32 = same.iter().map(|(_, count)| count).sum();
            (same[0].0, often * frequencies.rarity(same[0].0))
        };
        let weighted: Vec<(WordKey, f32)> = words.chunk_by(|a, b| a.0 == b.0).map(weight).collect();
        let length = weighted.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        if length == 0.0 {
            return Self::default();
        }
        Self(weighted.into_iter().map(|(key, weight)| (key, weight / length)).collect())
    }

    /// The words with their weights, by key.
    pub fn weights(&self) -> &[(WordKey, f32)] {
        &self.0
    }

    /// The weight of a word; 0 where the text does not have it.
    pub fn weight(&self, key: WordKey) -> f32 {
        self.0.binary_search_by_key(&key, |(key, _)| *key).map_or(0.0, |at| self.0[at].1)
    }

    /// Words that both have, each with what it contributes to the cosine.
    pub fn shared<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (WordKey, f32)> + 'a {
        let mut rest = other.0.as_slice();
        self.0.iter().filter_map(move |(key, weight)| {
            let skip = rest.iter().take_while(|(theirs, _)| theirs < key).count();
            rest = &rest[skip..];
            rest.first().filter(|(theirs, _)| theirs == key).map(|(_, theirs)| (*key, weight * theirs))
        })
    }

    /// The cosine of two texts: 0 with nothing in common, 1 with the same words.
    pub fn cosine(&self, other: &Self) -> f32 {
        self.shared(other).map(|(_, part)| part).sum()
    }

    /// The words that weigh most, at most `limit`, heaviest first.
    pub fn heaviest(&self, limit: usize) -> Vec<(WordKey, f32)> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        sorted.truncate(limit);
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Segmenter;

    fn words(segmenter: &Segmenter, title: &str, body: &str) -> Words {
        Words { title: segmenter.for_index(title), body: segmenter.for_index(body) }
    }

    #[test]
    fn the_same_thing_in_other_words_is_closer_than_another_thing() {
        let segmenter = Segmenter::plain();
        let texts = [
            words(&segmenter, "滨江路夜间施工扰民", "工地凌晨两点还在浇筑混凝土，附近居民无法入睡。"),
            words(&segmenter, "凌晨浇筑混凝土何时休", "滨江路工地夜里施工，我们整夜睡不着。"),
            words(&segmenter, "希望增设公交站", "老人买菜要走很远，希望在小区门口增设站点。"),
        ];
        let frequencies = Frequencies::count(&texts);
        let terms: Vec<Terms> = texts.iter().map(|words| Terms::of(words, &frequencies)).collect();
        assert!(terms[0].cosine(&terms[1]) > 0.3, "{}", terms[0].cosine(&terms[1]));
        assert!(terms[0].cosine(&terms[2]) < 0.05);
        assert!((terms[0].cosine(&terms[0]) - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_rare_word_weighs_more_than_a_common_one_and_an_empty_text_nothing() {
        let frequencies = Frequencies::from_counts(1000, [(word_key("小区"), 500), (word_key("塌陷"), 3)]);
        assert!(frequencies.rarity(word_key("塌陷")) > 3.0 * frequencies.rarity(word_key("小区")));
        assert!(frequencies.rarity(word_key("没有见过")) > frequencies.rarity(word_key("塌陷")));
        let segmenter = Segmenter::plain();
        let empty = Terms::of(&words(&segmenter, "，", "。"), &frequencies);
        assert_eq!(empty.cosine(&empty), 0.0);
    }
}
