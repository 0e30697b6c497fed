//! Every pair of texts whose 5-gram Jaccard reaches a threshold, without any sketch: the truth to measure against.
//!
//! Exact by prefix filtering: with every set ordered rare shingles first, two sets of Jaccard t or more share one of
//! the first |A| − ⌈t·|A|⌉ + 1. What shares one and is not of too different a size is compared in full.

use std::collections::HashMap;

use crate::text::Shingles;

/// Counters for how frequent a shingle is; shingles that share one are only ordered worse.
const COUNTERS: usize = 1 << 22;

/// The pairs, each with the lower position first, in ascending order.
pub fn pairs(sets: &[Shingles], threshold: f64) -> Vec<(usize, usize)> {
    let mut counts = vec![0u32; COUNTERS];
    for hash in sets.iter().flat_map(Shingles::hashes) {
        counts[*hash as usize % COUNTERS] += 1;
    }
    let prefixes: Vec<Vec<u64>> = sets.iter().map(|set| prefix(set, threshold, &counts)).collect();
    let mut holders: HashMap<u64, Vec<u32>> = HashMap::new();
    for (at, prefix) in (0u32..).zip(&prefixes) {
        // What occurs once is in nobody else's prefix.
        for hash in prefix.iter().filter(|hash| counts[**hash as usize % COUNTERS] > 1) {
            holders.entry(*hash).or_default().push(at);
        }
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut found: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let (prefixes, holders) = (&prefixes, &holders);
        let run = |share: usize| {
            let one_in = (share..sets.len()).step_by(threads);
            move || {
                let mut seen = vec![usize::MAX; sets.len()];
                one_in.flat_map(|at| before(at, sets, threshold, &prefixes[at], holders, &mut seen)).collect()
            }
        };
        let running: Vec<_> = (0..threads).map(|share| scope.spawn(run(share))).collect();
        let joined = |thread: std::thread::ScopedJoinHandle<'_, Vec<_>>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        running.into_iter().flat_map(joined).collect()
    });
    found.sort_unstable();
    found
}

/// The rarest shingles of a set, as many as make it sure that a like set has one of them among its own.
fn prefix(set: &Shingles, threshold: f64, counts: &[u32]) -> Vec<u64> {
    let mut hashes = set.hashes().to_vec();
    let length = hashes.len() - needed(hashes.len(), threshold) + 1;
    hashes.sort_unstable_by_key(|hash| (counts[*hash as usize % COUNTERS], *hash));
    hashes.truncate(length);
    hashes
}

/// How many shingles of a set of this size a like set must have.
fn needed(size: usize, threshold: f64) -> usize {
    // A hair less, so that no rounding of the product asks for one too many.
    ((size as f64 * threshold - 1e-9).ceil() as usize).clamp(1, size)
}

/// The pairs that a set makes with those before it.
fn before(
    at: usize,
    sets: &[Shingles],
    threshold: f64,
    prefix: &[u64],
    holders: &HashMap<u64, Vec<u32>>,
    seen: &mut [usize],
) -> Vec<(usize, usize)> {
    let own = &sets[at];
    let mut out = Vec::new();
    for other in prefix.iter().filter_map(|hash| holders.get(hash)).flatten() {
        let other = *other as usize;
        if other >= at || std::mem::replace(&mut seen[other], at) == at {
            continue;
        }
        let (small, large) = (own.hashes().len(), sets[other].hashes().len());
        let like_sizes = small.min(large) >= needed(small.max(large), threshold);
        if like_sizes && own.jaccard(&sets[other]) >= threshold {
            out.push((other, at));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_left_out_that_comparing_all_with_all_finds(
            texts in proptest::collection::vec("[一二三]{1,14}", 0..24), threshold in 0.4..1.0,
        ) {
            let sets: Vec<Shingles> = texts.iter().map(|text| Shingles::of(&fold([text.as_str()]))).collect();
            let all = (0..sets.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
            let mut slowly: Vec<_> =
                all.filter(|(a, b)| sets[*a].jaccard(&sets[*b]) >= threshold).collect();
            slowly.sort_unstable();
            prop_assert_eq!(pairs(&sets, threshold), slowly);
        }
    }
}
