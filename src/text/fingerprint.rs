//! Fingerprints of folded text: the set of character 5-grams, exact Jaccard of two sets, and MinHash bands by which
//! candidates are found.

use super::fold::Folded;

/// Characters in a shingle.
const SHINGLE: usize = 5;
/// Minimum hashes in a band: all of them must agree.
const ROWS: usize = 4;
/// Bands of a fingerprint. Two texts of Jaccard 0.7 share none with probability (1 − 0.7⁴)²⁴ = 0.0014.
pub const BANDS: usize = 24;

/// The distinct 5-grams of a folded text, as 64-bit hashes in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shingles(Box<[u64]>);

impl Shingles {
    /// The shingles of a text; a text shorter than a shingle is one shingle.
    pub fn of(text: &Folded) -> Self {
        let chars = text.chars();
        let mut hashes: Vec<u64> = if chars.len() < SHINGLE {
            vec![hash(chars)]
        } else {
            chars.windows(SHINGLE).map(hash).collect()
        };
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes.into_boxed_slice())
    }

    /// |A ∩ B| / |A ∪ B|, a function of the two texts alone.
    pub fn jaccard(&self, other: &Self) -> f64 {
        let (a, b) = (&self.0, &other.0);
        let (mut i, mut j, mut both) = (0, 0, 0usize);
        while i < a.len() && j < b.len() {
            both += usize::from(a[i] == b[j]);
            let step = (a[i] <= b[j], b[j] <= a[i]);
            i += usize::from(step.0);
            j += usize::from(step.1);
        }
        both as f64 / (a.len() + b.len() - both) as f64
    }

    /// Memory in bytes, for caches that are bounded by it.
    pub fn bytes(&self) -> usize {
        self.0.len() * 8 + 48
    }
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

/// What the duplicates stage keeps of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The exact set, for verification.
    pub shingles: Shingles,
    /// The keys by which candidates are found.
    pub bands: [u32; BANDS],
}

impl Fingerprint {
    /// The fingerprint of a folded text.
    pub fn of(text: &Folded) -> Self {
        let shingles = Shingles::of(text);
        let bands = bands(&shingles);
        Self { shingles, bands }
    }
}

/// The multiplier and the addend of each hash function: odd numbers from a fixed sequence, so that every version and
/// every machine finds the same bands.
const FUNCTIONS: [(u32, u32); BANDS * ROWS] = {
    let mut out = [(0, 0); BANDS * ROWS];
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut at = 0;
    while at < out.len() {
        let mut pair = [0u32; 2];
        let mut k = 0;
        while k < 2 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            pair[k] = (state >> 32) as u32;
            k += 1;
        }
        out[at] = (pair[0] | 1, pair[1]);
        at += 1;
    }
    out
};

fn bands(shingles: &Shingles) -> [u32; BANDS] {
    let mut minima = [u32::MAX; BANDS * ROWS];
    for shingle in &shingles.0 {
        let low = *shingle as u32;
        // A plain loop over a fixed array: the compiler turns it into four (or eight) lanes at once.
        for (minimum, (multiplier, addend)) in minima.iter_mut().zip(&FUNCTIONS) {
            *minimum = (*minimum).min(low.wrapping_mul(*multiplier).wrapping_add(*addend));
        }
    }
    let mut out = [0; BANDS];
    for (band, rows) in out.iter_mut().zip(minima.chunks_exact(ROWS)) {
        let mut h = 0x9E37_79B9_7F4A_7C15_u64;
        for row in rows {
            h = (h ^ u64::from(*row)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            h ^= h >> 31;
        }
        *band = (h >> 32) as u32;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;
    use proptest::prelude::*;

    fn shingles(text: &str) -> Shingles {
        Shingles::of(&fold([text]))
    }

    #[test]
    fn jaccard_is_what_counting_by_hand_gives() {
        // abcde bcdef | abcde bcdeg: one of three.
        let jaccard = shingles("abcdef").jaccard(&shingles("abcdeg"));
        assert!((jaccard - 1.0 / 3.0).abs() < 1e-12, "{jaccard}");
    }

    #[test]
    fn texts_shorter_than_a_shingle_compare_as_a_whole() {
        assert!((shingles("路灯").jaccard(&shingles("路 灯")) - 1.0).abs() < 1e-12);
        assert!(shingles("路灯").jaccard(&shingles("井盖")) < 1e-12);
    }

    proptest! {
        #[test]
        fn jaccard_is_symmetric_and_one_for_the_same(a in "[一-十a-f]{0,60}", b in "[一-十a-f]{0,60}") {
            let (a, b) = (shingles(&a), shingles(&b));
            prop_assert!((a.jaccard(&b) - b.jaccard(&a)).abs() < 1e-12);
            prop_assert!((a.jaccard(&a) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn near_texts_share_a_band_and_unrelated_ones_do_not() {
        let text: String =
            (0..400u32).filter_map(|i| char::from_u32(0x4E00 + (i * i * 7 + i * 131) % 8000)).collect();
        let edited: String =
            text.chars().enumerate().map(|(i, c)| if i % 101 == 50 { '改' } else { c }).collect();
        let other: String =
            (0..400u32).filter_map(|i| char::from_u32(0x4E00 + (i * i * 11 + i * 17 + 5) % 8000)).collect();
        let shared = |a: &str, b: &str| {
            let (a, b) = (Fingerprint::of(&fold([a])), Fingerprint::of(&fold([b])));
            a.bands.iter().zip(&b.bands).filter(|(a, b)| a == b).count()
        };
        assert!(shared(&text, &edited) > 4);
        assert_eq!(shared(&text, &other), 0);
    }
}
