//! Average-link clusters over a sparse graph of likeness.
//!
//! Two clusters are joined when the mean cosine over all their pairs is high enough, so a chain of items that each
//! resemble the next does not become one matter. The mean is exact: of unit vectors it is the product of the clusters'
//! sums over the product of their sizes.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use crate::text::{Terms, WordKey};

/// Cosine from which two items are looked at together.
const NEAR: f32 = 0.10;
/// Mean cosine from which two clusters are one. Below that of single suggestions: a mean over all pairs is low even
/// where everybody speaks of the same thing in words of their own.
const LINK: f32 = 0.15;
/// Words of more than this share of the items (and of more than so many) do not propose neighbours: each would propose
/// everybody.
const COMMON_SHARE: usize = 20;
const COMMON_LEAST: usize = 50;
/// The share of [`NEAR`] that the proposing words must contribute for the exact cosine to be taken.
const PROPOSED: f32 = 0.5;
/// Neighbours kept among the items before one.
const NEIGHBOURS: usize = 60;

/// A vector that is the sum of those of some items.
pub(super) type Sum = Vec<(WordKey, f32)>;

/// The clusters of more than one item, each with its members (places in `terms`) in order.
pub(super) fn clusters(terms: &[Terms]) -> Vec<Vec<usize>> {
    let mut joining = Joining::new(terms);
    while let Some(Near { one, other, .. }) = joining.nearest() {
        joining.join(one, other);
    }
    let mut out: Vec<Vec<usize>> = joining
        .clusters
        .into_iter()
        .flatten()
        .map(|cluster| cluster.members)
        .filter(|m| m.len() > 1)
        .collect();
    out.iter_mut().for_each(|members| members.sort_unstable());
    out.sort_unstable();
    out
}

struct Cluster {
    members: Vec<usize>,
    sum: Sum,
    near: HashMap<usize, f32>,
}

/// A pair that may be joined, ordered by how near the two are.
#[derive(PartialEq)]
struct Near {
    cosine: f32,
    one: usize,
    other: usize,
}

impl Eq for Near {}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cosine
            .total_cmp(&other.cosine)
            .then_with(|| (other.one, other.other).cmp(&(self.one, self.other)))
    }
}

struct Joining {
    /// By number; a cluster that was joined into another leaves an empty place.
    clusters: Vec<Option<Cluster>>,
    heap: BinaryHeap<Near>,
}

impl Joining {
    fn new(terms: &[Terms]) -> Self {
        let edges = edges(terms);
        let mut clusters: Vec<Option<Cluster>> = terms
            .iter()
            .enumerate()
            .map(|(at, terms)| {
                Some(Cluster { members: vec![at], sum: terms.weights().to_vec(), near: HashMap::new() })
            })
            .collect();
        for edge in &edges {
            for (one, other) in [(edge.one, edge.other), (edge.other, edge.one)] {
                if let Some(cluster) = &mut clusters[one] {
                    cluster.near.insert(other, edge.cosine);
                }
            }
        }
        let heap = edges.into_iter().filter(|edge| edge.cosine >= LINK).collect();
        Self { clusters, heap }
    }

    /// The nearest two clusters that still stand; what was said of one that has been joined since is passed over.
    fn nearest(&mut self) -> Option<Near> {
        loop {
            let near = self.heap.pop()?;
            if self.clusters[near.one].is_some() && self.clusters[near.other].is_some() {
                return Some(near);
            }
        }
    }

    fn join(&mut self, one: usize, other: usize) {
        let (Some(one), Some(other)) = (self.clusters[one].take(), self.clusters[other].take()) else {
            return;
        };
        let number = self.clusters.len();
        let size = |cluster: &Cluster| cluster.members.len() as f32;
        let (ours, theirs) = (size(&one), size(&other));
        let sum = added(&one.sum, &other.sum);
        let mut near = HashMap::new();
        for at in one.near.keys().chain(other.near.keys()) {
            let Some(third) = &mut self.clusters[*at] else { continue };
            if near.contains_key(at) {
                continue;
            }
            let mean = match (one.near.get(at), other.near.get(at)) {
                (Some(a), Some(b)) => (a * ours + b * theirs) / (ours + theirs),
                _ => product(&sum, &third.sum) / ((ours + theirs) * size(third)),
            };
            if mean >= NEAR {
                near.insert(*at, mean);
                third.near.insert(number, mean);
                if mean >= LINK {
                    self.heap.push(Near { cosine: mean, one: *at, other: number });
                }
            }
        }
        let members = one.members.into_iter().chain(other.members).collect();
        self.clusters.push(Some(Cluster { members, sum, near }));
    }
}

/// Pairs of items at least [`NEAR`] each other.
fn edges(terms: &[Terms]) -> Vec<Near> {
    let mut counts: HashMap<WordKey, usize> = HashMap::new();
    terms.iter().flat_map(Terms::weights).for_each(|(key, _)| *counts.entry(*key).or_default() += 1);
    let most = (terms.len() / COMMON_SHARE).max(COMMON_LEAST);
    let mut with: HashMap<WordKey, Vec<(u32, f32)>> = HashMap::new();
    let mut proposed = vec![0.0f32; terms.len()];
    let mut out = Vec::new();
    for (at, item) in terms.iter().enumerate() {
        let mut touched: Vec<u32> = Vec::new();
        for (key, weight) in item.weights() {
            if !(2..=most).contains(&counts[key]) {
                continue;
            }
            let others = with.entry(*key).or_default();
            for (other, theirs) in others.iter() {
                let sum = &mut proposed[*other as usize];
                if *sum == 0.0 {
                    touched.push(*other);
                }
                *sum += weight * theirs;
            }
            others.push((at as u32, *weight));
        }
        let mut best: Vec<(f32, u32)> = touched
            .iter()
            .map(|other| (std::mem::take(&mut proposed[*other as usize]), *other))
            .filter(|(sum, _)| *sum >= NEAR * PROPOSED)
            .collect();
        best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, other) in best.into_iter().take(NEIGHBOURS) {
            let cosine = item.cosine(&terms[other as usize]);
            if cosine >= NEAR {
                out.push(Near { cosine, one: other as usize, other: at });
            }
        }
    }
    out
}

/// The sum of two vectors, both by key.
pub(super) fn added(one: &[(WordKey, f32)], other: &[(WordKey, f32)]) -> Sum {
    let (mut a, mut b) = (one.iter().copied().peekable(), other.iter().copied().peekable());
    let mut out = Vec::with_capacity(one.len() + other.len());
    loop {
        match (a.peek(), b.peek()) {
            (Some(left), Some(right)) if left.0 == right.0 => {
                out.push((left.0, left.1 + right.1));
                a.next();
                b.next();
            }
            (Some(left), Some(right)) if left.0 > right.0 => out.extend(b.next()),
            (Some(_), _) => out.extend(a.next()),
            (None, _) => {
                out.extend(b);
                return out;
            }
        }
    }
}

/// The product of two vectors, both by key.
pub(super) fn product(one: &[(WordKey, f32)], other: &[(WordKey, f32)]) -> f32 {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let (mut at, mut sum) = (0, 0.0);
    for (key, weight) in short {
        at += long[at..].partition_point(|(theirs, _)| theirs < key);
        match long.get(at) {
            Some((theirs, other)) if theirs == key => sum += weight * other,
            Some(_) => {}
            None => break,
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Frequencies, Segmenter, Words};

    fn terms(texts: &[&str]) -> Vec<Terms> {
        let segmenter = Segmenter::plain();
        let words: Vec<Words> = texts
            .iter()
            .map(|text| Words { title: segmenter.for_index(""), body: segmenter.for_index(text) })
            .collect();
        let frequencies = Frequencies::count(&words);
        words.iter().map(|words| Terms::of(words, &frequencies)).collect()
    }

    #[test]
    fn what_speaks_of_one_thing_is_one_cluster_and_the_rest_stays_alone() {
        let found = clusters(&terms(&[
            "梧桐里菜市场拆除后老人买菜困难",
            "公交车末班太早",
            "梧桐里菜市场拆了，附近老人买菜要走两公里",
            "希望恢复梧桐里菜市场，方便老人买菜",
            "图书馆周末闭馆时间提前",
        ]));
        assert_eq!(found, [vec![0, 2, 3]]);
    }

    #[test]
    fn sums_and_products_are_those_of_the_vectors() {
        let (a, b) = (vec![(1, 1.0), (3, 2.0)], vec![(2, 5.0), (3, 4.0), (9, 1.0)]);
        assert_eq!(added(&a, &b), [(1, 1.0), (2, 5.0), (3, 6.0), (9, 1.0)]);
        assert_eq!((product(&a, &b), product(&b, &a)), (8.0, 8.0));
    }
}
