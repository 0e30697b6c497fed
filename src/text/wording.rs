//! The wording of a text, and how two of them are compared: a function of the two alone, the same both ways.

use std::cell::OnceCell;

use super::alignment::Places;
use super::fold::Folded;

/// Characters in a shingle.
const SHINGLE: usize = 5;
/// Texts longer than this are not aligned: it would cost more than 5 ms a pair, and so long a text has shingles enough.
const LONGEST_ALIGNED: usize = 20_000;

/// The distinct 5-grams of a folded text, as 64-bit hashes in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shingles(Box<[u64]>);

impl Shingles {
    /// The shingles of a text; a text shorter than a shingle is one shingle.
    pub fn of(text: &Folded) -> Self {
        let mut hashes: Vec<u64> = in_order(text.chars()).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes.into_boxed_slice())
    }

    /// The hashes, ascending.
    pub fn hashes(&self) -> &[u64] {
        &self.0
    }

    /// How many shingles both have.
    pub fn common(&self, other: &Self) -> usize {
        let (a, b) = (&self.0, &other.0);
        let (mut i, mut j, mut both) = (0, 0, 0usize);
        while i < a.len() && j < b.len() {
            both += usize::from(a[i] == b[j]);
            let step = (a[i] <= b[j], b[j] <= a[i]);
            i += usize::from(step.0);
            j += usize::from(step.1);
        }
        both
    }

    /// |A ∩ B| / |A ∪ B|.
    pub fn jaccard(&self, other: &Self) -> f64 {
        self.jaccard_of(other, self.common(other))
    }

    fn jaccard_of(&self, other: &Self, common: usize) -> f64 {
        common as f64 / (self.0.len() + other.0.len() - common) as f64
    }
}

/// The hash of each shingle, in the order of the text.
fn in_order(chars: &[char]) -> impl Iterator<Item = u64> {
    let width = SHINGLE.min(chars.len()).max(1);
    // An empty text has one shingle too, so that two of them compare as equal.
    let empty = chars.is_empty().then(|| hash(&[]));
    empty.into_iter().chain(chars.windows(width).map(hash))
}

/// Mixes a few characters into 64 bits (multiply–xorshift after each).
fn hash(chars: &[char]) -> u64 {
    let mut h = 0x9E37_79B9_7F4A_7C15_u64;
    for c in chars {
        h = (h ^ u64::from(u32::from(*c))).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        h ^= h >> 29;
    }
    h = h.wrapping_mul(0x94D0_49BB_1331_11EB);
    h ^ (h >> 32)
}

/// A folded text and its shingles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    chars: Box<[char]>,
    /// Its distinct 5-grams.
    pub shingles: Shingles,
}

/// How much two wordings have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// |A ∩ B| / |A ∪ B| of the shingles.
    pub jaccard: f64,
    /// |A ∩ B| / the smaller of |A| and |B|.
    pub containment: f64,
}

impl Wording {
    /// The wording of a folded text.
    pub fn of(text: &Folded) -> Self {
        Self { chars: text.chars().into(), shingles: Shingles::of(text) }
    }

    /// Its length in folded characters.
    pub fn length(&self) -> usize {
        self.chars.len()
    }

    /// Memory in bytes, for caches that are bounded by it.
    pub fn bytes(&self) -> usize {
        self.shingles.0.len() * 8 + self.chars.len() * 4 + 64
    }

    /// Compares the shingles.
    pub fn compare(&self, other: &Self) -> Comparison {
        let common = self.shingles.common(&other.shingles);
        let smaller = self.shingles.0.len().min(other.shingles.0.len());
        Comparison {
            jaccard: self.shingles.jaccard_of(&other.shingles, common),
            containment: common as f64 / smaller as f64,
        }
    }

    /// The part of this text that stands in the other; nothing as soon as it cannot reach `least`.
    fn covered_by(&self, other: &Self, least: f64) -> Option<f64> {
        let length = self.chars.len().max(1) as f64;
        let (mut covered, mut upto) = (0, 0);
        for (at, hash) in in_order(&self.chars).enumerate() {
            if other.shingles.0.binary_search(&hash).is_ok() {
                let end = (at + SHINGLE).min(self.chars.len());
                covered += end - upto.max(at);
                upto = end;
            } else if (length - at.saturating_sub(covered) as f64) / length < least {
                // What lies before this shingle and is not covered stays so.
                return None;
            }
        }
        let share = covered as f64 / length;
        (share >= least).then_some(share)
    }
}

/// A wording prepared to be compared with many others.
#[derive(Debug)]
pub struct Comparing<'a> {
    own: &'a Wording,
    places: OnceCell<Places>,
}

impl<'a> Comparing<'a> {
    /// Prepares nothing yet: most texts are alike to no other.
    pub fn new(own: &'a Wording) -> Self {
        Self { own, places: OnceCell::new() }
    }

    /// Compares the shingles.
    pub fn shingles(&self, other: &Wording) -> Comparison {
        self.own.compare(other)
    }

    /// The length of the shorter text, in folded characters.
    pub fn shorter(&self, other: &Wording) -> usize {
        self.own.length().min(other.length())
    }

    /// The part of the shorter text that stands in the other word for word, in stretches of five characters or more,
    /// in whatever order: 1 when sentences were added, taken away or put in another order, or set phrases put around.
    ///
    /// Nothing when it is less than `least`.
    pub fn held(&self, other: &Wording, least: f64) -> Option<f64> {
        match self.own.chars.len().cmp(&other.chars.len()) {
            std::cmp::Ordering::Less => self.own.covered_by(other, least),
            std::cmp::Ordering::Greater => other.covered_by(self.own, least),
            std::cmp::Ordering::Equal => {
                let (one, two) = (self.own.covered_by(other, least), other.covered_by(self.own, least));
                one.into_iter().chain(two).reduce(f64::max)
            }
        }
    }

    /// The longest common subsequence as a part of the longer text: near 1 when characters are mistyped, doubled or
    /// missing, or words replaced, here and there.
    ///
    /// Nothing when it is less than `least` or the texts are too long to be aligned.
    pub fn aligned(&self, other: &Wording, least: f64) -> Option<f64> {
        let (own, other) = (&self.own.chars, &other.chars);
        let (shorter, longer) = (own.len().min(other.len()), own.len().max(other.len()));
        if longer > LONGEST_ALIGNED || (shorter as f64) < least * longer as f64 {
            return None;
        }
        let places = self.places.get_or_init(|| Places::of(own));
        let common = places.common_subsequence(other, (least * longer as f64) as usize)?;
        let share = common as f64 / longer.max(1) as f64;
        (share >= least).then_some(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;
    use proptest::prelude::*;

    fn wording(text: &str) -> Wording {
        Wording::of(&fold([text]))
    }

    fn held(one: &Wording, other: &Wording) -> f64 {
        Comparing::new(one).held(other, 0.0).expect("no least")
    }

    fn aligned(one: &Wording, other: &Wording, least: f64) -> Option<f64> {
        Comparing::new(one).aligned(other, least)
    }

    #[test]
    fn jaccard_is_what_counting_by_hand_gives() {
        // abcde bcdef | abcde bcdeg: one of three.
        let jaccard = wording("abcdef").compare(&wording("abcdeg")).jaccard;
        assert!((jaccard - 1.0 / 3.0).abs() < 1e-12, "{jaccard}");
    }

    #[test]
    fn texts_shorter_than_a_shingle_compare_as_a_whole() {
        let jaccard = |a: &str, b: &str| wording(a).shingles.jaccard(&wording(b).shingles);
        assert!((jaccard("路灯", "路 灯") - 1.0).abs() < 1e-12);
        assert!(jaccard("路灯", "井盖") < 1e-12);
        assert!((jaccard("", "。") - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_text_in_another_order_or_within_another_is_held_and_a_shared_frame_is_not() {
        let one = "小区门口的路灯坏了两个月。晚上老人出门容易摔倒。请尽快派人修理。";
        let moved = "晚上老人出门容易摔倒。请尽快派人修理。小区门口的路灯坏了两个月。";
        let within = format!("各位领导好，打扰了。{one}盼回复，祝工作顺利。");
        let framed = "各位领导好，打扰了。楼道堆满杂物没有人管，消防通道堵死。盼回复，祝工作顺利。";
        assert!((held(&wording(one), &wording(moved)) - 1.0).abs() < 1e-12);
        assert!((held(&wording(one), &wording(&within)) - 1.0).abs() < 1e-12);
        assert!(held(&wording(framed), &wording(&within)) < 0.7);
    }

    #[test]
    fn scattered_changes_align_and_another_length_is_not_even_tried() {
        let (one, typos) = ("小区门口的路灯坏了两个月请尽快修理", "小区门口路路灯坏了两月请尽快俢理");
        let share = aligned(&wording(one), &wording(typos), 0.7).expect("alike");
        assert!((share - 14.0 / 17.0).abs() < 1e-12, "{share}");
        assert_eq!(aligned(&wording(one), &wording("小区门口的路灯"), 0.7), None);
    }

    proptest! {
        #[test]
        fn every_comparison_is_the_same_both_ways_and_one_of_a_text_with_itself(
            a in "[一-十a-f]{1,60}", b in "[一-十a-f]{1,60}",
        ) {
            let (a, b) = (wording(&a), wording(&b));
            prop_assert_eq!(a.compare(&b), b.compare(&a));
            prop_assert_eq!(held(&a, &b), held(&b, &a));
            prop_assert_eq!(aligned(&a, &b, 0.1), aligned(&b, &a, 0.1));
            prop_assert_eq!(a.compare(&a).jaccard, 1.0);
            prop_assert_eq!(held(&a, &a), 1.0);
            prop_assert_eq!(aligned(&a, &a, 1.0), Some(1.0));
        }

        #[test]
        fn giving_up_early_changes_no_answer(
            a in "[一-五a-c]{1,80}", b in "[一-五a-c]{1,80}", least in 0.0f64..1.0,
        ) {
            let (a, b) = (wording(&a), wording(&b));
            let (held, share) = (held(&a, &b), aligned(&a, &b, 0.0));
            prop_assert_eq!(Comparing::new(&a).held(&b, least), (held >= least).then_some(held));
            prop_assert_eq!(aligned(&a, &b, least), share.filter(|share| *share >= least));
        }
    }
}
