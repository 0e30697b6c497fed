//! Fingerprints of folded text: the wording by which two texts are compared exactly, and the sketch by which
//! candidates are found.

use super::fold::Folded;
use super::wording::Wording;

/// Minimum hashes in a band: all of them must agree.
const ROWS: usize = 2;
/// Bands of a sketch. Two texts of Jaccard 0.42 (every tenth character mistyped) share none with probability
/// (1 − 0.42²)³² = 0.002, two of Jaccard 0.7 never.
pub const BANDS: usize = 32;
/// Minimum hashes in all.
const MINIMA: usize = BANDS * ROWS;
/// Part of the shorter text's shingles that the other must be thought to hold for the pair to be verified, when the
/// two are about as long: scattered changes of every tenth character leave 0.59, one sentence in common mostly less.
const PLAUSIBLE: f64 = 0.5;
/// The same when one is longer by more than a quarter: then only one that holds the other is looked for.
const PLAUSIBLE_INSIDE: f64 = 0.75;
/// The estimate of what they share is taken so many standard deviations up, so that verification decides.
const DOUBT: f64 = 1.5;

/// What is kept of every text in memory: by its bands candidates are found, by its rows most chance candidates are
/// told from likely ones without looking at their texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sketch {
    /// The keys: each holds the last 16 bits of its rows' minimum hashes, mixed.
    pub bands: [u32; BANDS],
    /// How many distinct shingles the text has.
    pub size: u32,
}

impl Sketch {
    fn of(wording: &Wording) -> Self {
        let hashes = wording.shingles.hashes();
        let size = u32::try_from(hashes.len()).unwrap_or(u32::MAX);
        Self { bands: bands(hashes), size }
    }

    /// How many minimum hashes agree, when they are so many that the pair is worth verifying.
    pub fn agreement(&self, other: &Self) -> Option<u32> {
        let agree = agreeing(&self.bands, &other.bands);
        let (small, large) = (f64::from(self.size.min(other.size)), f64::from(self.size.max(other.size)));
        let likely = f64::from(agree).sqrt() + DOUBT / 2.0;
        let jaccard = (likely * likely / MINIMA as f64).min(1.0);
        let shared = jaccard / (1.0 + jaccard) * (small + large);
        let plausible = if small >= 0.8 * large { PLAUSIBLE } else { PLAUSIBLE_INSIDE };
        (shared >= plausible * small).then_some(agree)
    }
}

fn agreeing(one: &[u32; BANDS], other: &[u32; BANDS]) -> u32 {
    one.iter()
        .zip(other)
        .map(|(a, b)| {
            let differ = a ^ b;
            u32::from(differ & 0xFFFF == 0) + u32::from(differ >> 16 == 0)
        })
        .sum()
}

/// What the duplicates stage computes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// For verification.
    pub wording: Wording,
    /// For finding candidates.
    pub sketch: Sketch,
}

impl Fingerprint {
    /// The fingerprint of a folded text.
    pub fn of(text: &Folded) -> Self {
        let wording = Wording::of(text);
        let sketch = Sketch::of(&wording);
        Self { wording, sketch }
    }

    /// Memory in bytes, for caches that are bounded by it.
    pub fn bytes(&self) -> usize {
        self.wording.bytes() + size_of::<Sketch>()
    }
}

/// The multiplier and the addend of each hash function: odd numbers from a fixed sequence, so that every version and
/// every machine finds the same bands.
const FUNCTIONS: [(u32, u32); MINIMA] = {
    let mut out = [(0, 0); MINIMA];
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

fn bands(hashes: &[u64]) -> [u32; BANDS] {
    /// Functions at a time: their minima stay in registers.
    const LANES: usize = 16;
    let mut minima = [u32::MAX; MINIMA];
    for (minima, functions) in minima.chunks_exact_mut(LANES).zip(FUNCTIONS.chunks_exact(LANES)) {
        let mut lowest = [u32::MAX; LANES];
        for hash in hashes {
            let low = *hash as u32;
            // A plain loop over a fixed array: the compiler turns it into four (or eight) lanes at once.
            for (lowest, (multiplier, addend)) in lowest.iter_mut().zip(functions) {
                *lowest = (*lowest).min(low.wrapping_mul(*multiplier).wrapping_add(*addend));
            }
        }
        minima.copy_from_slice(&lowest);
    }
    let mut out = [0; BANDS];
    for (band, rows) in out.iter_mut().zip(minima.chunks_exact(ROWS)) {
        // Minima are small numbers; their mixed 16 bits are spread evenly.
        *band = rows.iter().fold(0, |band, row| (band << 16) | (row.wrapping_mul(0x9E37_79B1) >> 16));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    fn made(seed: u32, length: u32) -> String {
        let at = |i: u32| char::from_u32(0x4E00 + (i * i * 7 + i * 131 * seed + seed * seed) % 8000);
        (0..length).filter_map(at).collect()
    }

    fn sketch(text: &str) -> Sketch {
        Fingerprint::of(&fold([text])).sketch
    }

    fn shared(a: &Sketch, b: &Sketch) -> usize {
        a.bands.iter().zip(&b.bands).filter(|(a, b)| a == b).count()
    }

    #[test]
    fn near_texts_share_bands_and_unrelated_ones_do_not() {
        let text = made(1, 400);
        let edited: String =
            text.chars().enumerate().map(|(i, c)| if i % 101 == 50 { '改' } else { c }).collect();
        let (a, b, other) = (sketch(&text), sketch(&edited), sketch(&made(11, 400)));
        assert!(shared(&a, &b) > 16);
        assert_eq!(shared(&a, &other), 0);
        assert!(a.agreement(&b).is_some());
        assert_eq!(a.agreement(&other), None);
    }

    #[test]
    fn a_text_inside_a_longer_one_is_a_likely_pair_and_a_shared_sentence_is_not() {
        let (text, before, after) = (made(1, 120), made(3, 100), made(5, 60));
        let (own, longer) = (sketch(&text), sketch(&format!("{before}{text}{after}")));
        assert!(shared(&own, &longer) > 0 && own.agreement(&longer).is_some());
        let sentence: String = text.chars().take(20).collect();
        let stranger = sketch(&format!("{sentence}{}", made(7, 100)));
        assert_eq!(own.agreement(&stranger), None);
    }

    #[test]
    fn every_tenth_character_mistyped_still_shares_bands() {
        let text = made(1, 200);
        let typos: String =
            text.chars().enumerate().map(|(i, c)| if i % 10 == 5 { '错' } else { c }).collect();
        let (a, b) = (sketch(&text), sketch(&typos));
        assert!(shared(&a, &b) > 0 && a.agreement(&b).is_some());
    }
}
