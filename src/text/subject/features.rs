//! From a text to a sparse vector: words, runs of one to three characters, and how much of what a subject's name stands
//! for it speaks of. Pairs of words were measured to add nothing.

use std::collections::HashMap;

use super::glossary;
use crate::text::{Segmenter, fold};

/// Words of the title count this often: it says in ten words what the body says in three hundred.
const TITLE_TIMES: usize = 3;
/// A run of characters of fewer items is chance; a word of one item may still tell where items are few.
const LEAST_ITEMS: u32 = 2;

/// A sparse vector: places in ascending order.
pub(super) type Vector = Vec<(u32, f32)>;

/// Characters of the longest run.
const RUN_MAX: usize = 3;
/// What the names of the subjects say beside what their items say, where items are few …
const GUIDANCE: f32 = 0.5;
/// … and the number of items a subject from which on the items know better (measured: at 30 items a subject names add
/// 0.06 of macro-F1, at 350 they take 0.03).
const KNOWN_FROM: f32 = 100.0;

/// What a feature is made of. Words and runs are normalised apart, so that the many runs do not drown the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Words,
    Runs,
    /// One for each subject, after all others: what its name stands for.
    Guides,
}

/// The features that training has seen, with how rare each is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Vocabulary {
    /// The feature at each place: a word, or `#` and a run of characters.
    pub(super) names: Vec<Box<str>>,
    /// ln(items / items that have it) + 1.
    pub(super) rarity: Vec<f32>,
    /// How much the guides count.
    pub(super) guidance: f32,
    places: HashMap<Box<str>, u32>,
    /// For each subject the features of the words that its name stands for.
    guides: Vec<Vec<u32>>,
}

impl Vocabulary {
    /// Of features with their rarity, for these subjects.
    pub(super) fn new(names: Vec<Box<str>>, rarity: Vec<f32>, guidance: f32, subjects: &[String]) -> Self {
        let places: HashMap<Box<str>, u32> = names.iter().cloned().zip(0u32..).collect();
        // A word of two characters is found however the text around it was cut.
        let feature = |word: &str| match word.chars().count() {
            2 => places.get(format!("#{word}").as_str()).or_else(|| places.get(word)).copied(),
            _ => places.get(word).copied(),
        };
        let guide =
            |subject: &String| glossary::words(subject).keys().filter_map(|word| feature(word)).collect();
        let mut guides: Vec<Vec<u32>> = subjects.iter().map(guide).collect();
        guides.iter_mut().for_each(|guide| {
            guide.sort_unstable();
            guide.dedup();
        });
        Self { names, rarity, guidance, places, guides }
    }

    /// How many features there are.
    pub(super) fn features(&self) -> usize {
        self.names.len() + self.guides.len()
    }

    /// Of texts, as [`counts`] gives them.
    pub(super) fn learn<'a>(texts: impl Iterator<Item = &'a Counts>, subjects: &[String]) -> Self {
        let (mut items, mut having) = (0u32, HashMap::<&str, u32>::new());
        for text in texts {
            items += 1;
            text.keys().for_each(|name| *having.entry(name).or_default() += 1);
        }
        let mut kept: Vec<(&str, u32)> = having
            .into_iter()
            .filter(|(name, n)| *n >= LEAST_ITEMS || block_of(name) == Block::Words)
            .collect();
        // In one order on every machine, so that the same items give the same model.
        kept.sort_unstable_by_key(|(name, _)| *name);
        let rarity = |count: u32| ((f64::from(items) + 1.0) / (f64::from(count) + 1.0)).ln() as f32 + 1.0;
        let each = items as f32 / subjects.len().max(1) as f32;
        Self::new(
            kept.iter().map(|(name, _)| Box::from(*name)).collect(),
            kept.iter().map(|(_, count)| rarity(*count)).collect(),
            GUIDANCE / (1.0 + (each / KNOWN_FROM).powi(4)),
            subjects,
        )
    }

    /// The vector of a text; what training has not seen is left out.
    pub(super) fn vector(&self, text: &Counts) -> Vector {
        let mut vector: Vector = text
            .iter()
            .filter_map(|(name, count)| {
                let place = *self.places.get(name.as_ref())?;
                Some((place, (1.0 + (*count as f32).ln()) * self.rarity[place as usize]))
            })
            .collect();
        vector.sort_unstable_by_key(|(place, _)| *place);
        for block in [Block::Words, Block::Runs] {
            let own = |place: u32| self.block(place) == block;
            let norm: f32 = vector.iter().filter(|(p, _)| own(*p)).map(|(_, v)| v * v).sum::<f32>().sqrt();
            vector.iter_mut().filter(|(p, _)| own(*p)).for_each(|(_, value)| *value /= norm.max(1e-6));
        }
        if self.guidance > 1e-2 {
            self.guide(text, &mut vector);
        }
        vector
    }

    /// Adds how much the text speaks of what each subject's name stands for.
    fn guide(&self, text: &Counts, vector: &mut Vector) {
        let said = |place: u32| {
            let count = text.get(&self.names[place as usize])?;
            Some((*count as f32).ln_1p() * self.rarity[place as usize])
        };
        let spoken = |guide: &Vec<u32>| {
            guide.iter().filter_map(|place| said(*place)).sum::<f32>() / (guide.len().max(1) as f32).sqrt()
        };
        let spoken: Vec<f32> = self.guides.iter().map(spoken).collect();
        let norm = spoken.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        let first = self.names.len() as u32;
        let heard = (first..).zip(spoken).filter(|(_, value)| *value > 0.0);
        vector.extend(heard.map(|(place, value)| (place, value / norm * self.guidance)));
    }
}

impl Vocabulary {
    /// What the feature at a place is made of.
    pub(super) fn block(&self, place: u32) -> Block {
        self.names.get(place as usize).map_or(Block::Guides, |name| block_of(name))
    }
}

fn block_of(name: &str) -> Block {
    if name.starts_with('#') { Block::Runs } else { Block::Words }
}

/// The features of a text with how often it has them.
pub(super) type Counts = HashMap<Box<str>, u32>;

/// Counts the features of a text.
pub(super) fn counts(title: &str, body: &str, segmenter: &Segmenter) -> Counts {
    let mut counts = Counts::new();
    let parts = std::iter::repeat_n(title, TITLE_TIMES).chain([body]);
    for part in parts {
        let part = rejoined(part);
        let cut = segmenter.for_query(&part);
        let words = cut.tokens.iter().map(|token| cut.word(token));
        for word in words.filter(|word| word.chars().count() > 1) {
            *counts.entry(Box::from(word)).or_default() += 1;
        }
        let chars = fold([part.as_str()]);
        for run in (1..=RUN_MAX).flat_map(|length| chars.chars().windows(length)) {
            let name: String = std::iter::once('#').chain(run.iter().copied()).collect();
            *counts.entry(name.into()).or_default() += 1;
        }
    }
    counts
}

/// Without the blanks and line breaks between ideographs: texts copied from pages are broken within words.
fn rejoined(text: &str) -> String {
    let ideograph = |c: Option<&char>| c.is_some_and(|c| u32::from(*c) >= 0x2E80);
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, c) in chars.iter().enumerate() {
        let next = || chars[at..].iter().find(|c| !c.is_whitespace());
        if !(c.is_whitespace() && ideograph(out.chars().next_back().as_ref()) && ideograph(next())) {
            out.push(*c);
        }
    }
    out
}
