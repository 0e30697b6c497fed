//! Leads texts through the product's own way of finding duplicates, and counts what it found.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};

use crate::config;
use crate::group::Duplicates;
use crate::model::LinkKind;
use crate::telemetry::process_cpu;
use crate::text::{Fingerprint, Folded, Wording, fold};

/// Texts dealt with at a time, as the pipeline and the placing loop do.
const PAGE: usize = 500;

/// Title and body.
pub type Text = (String, String);

/// A link between the first ones of two groups of exact repeats.
#[derive(Debug, Clone, Copy)]
pub struct Between {
    pub one: usize,
    pub other: usize,
    pub kind: LinkKind,
    pub score: f64,
}

/// What was found.
pub struct Found {
    /// For each text the first that it repeats exactly; itself when it repeats none.
    pub first: Vec<usize>,
    /// How many texts repeat it exactly, itself included; 0 for one that repeats another.
    pub size: Vec<usize>,
    /// Links between first ones.
    pub links: Vec<Between>,
    by_pair: HashMap<(usize, usize), LinkKind>,
    cost: Cost,
}

/// CPU time by stage, and memory.
#[derive(Default)]
struct Cost {
    fold: Duration,
    fingerprint: Duration,
    place: Duration,
    bytes: usize,
}

pub fn folded(text: &Text) -> Folded {
    fold([text.0.as_str(), text.1.as_str()])
}

/// Places the texts one after the other.
///
/// # Errors
/// When no scratch folder can be written.
pub fn find(criteria: &config::Group, texts: &[Text]) -> anyhow::Result<Found> {
    let scratch = tempfile::tempdir().context("无法建立临时目录")?;
    let mut duplicates = Duplicates::open(scratch.path(), criteria.clone())?;
    let (mut firsts, mut cost) = (HashMap::with_capacity(texts.len()), Cost::default());
    let (mut first, mut size, mut links) =
        (Vec::with_capacity(texts.len()), vec![0; texts.len()], Vec::new());
    for page in texts.chunks(PAGE) {
        let began = process_cpu();
        let keyed: Vec<_> = page.iter().map(folded).map(|folded| (folded.hash(), folded)).collect();
        let folded_at = process_cpu();
        let own: Vec<_> = keyed.into_iter().map(|(key, text)| (key, Fingerprint::of(&text))).collect();
        let fingerprinted = process_cpu();
        for (key, own) in own {
            let at = first.len();
            let before = *firsts.entry(key).or_insert(at);
            first.push(before);
            size[before] += 1;
            let repeats = (before != at).then_some(before as i64);
            let found = duplicates.place(at as i64, repeats, || Ok(own), |missing| fetch(texts, missing))?;
            links.extend(found.into_iter().filter(|(_, link)| link.kind != LinkKind::Exact).map(
                |(no, link)| Between { one: no as usize, other: at, kind: link.kind, score: link.score },
            ));
        }
        duplicates.flush()?;
        cost.fold += folded_at - began;
        cost.fingerprint += fingerprinted - folded_at;
        cost.place += process_cpu() - fingerprinted;
    }
    cost.bytes = duplicates.bytes();
    let by_pair = links.iter().map(|link| ((link.one, link.other), link.kind)).collect();
    Ok(Found { first, size, links, by_pair, cost })
}

/// What the placing loop reads from the store.
fn fetch(texts: &[Text], missing: Vec<i64>) -> anyhow::Result<Vec<(i64, Wording)>> {
    Ok(missing.into_iter().map(|no| (no, Wording::of(&folded(&texts[no as usize])))).collect())
}

impl Found {
    /// How two texts are linked. A flood is linked to its first member only, so exact repeats of either stand for it.
    pub fn kind(&self, one: usize, other: usize) -> Option<LinkKind> {
        let (a, b) = (self.first[one], self.first[other]);
        if a == b {
            return Some(LinkKind::Exact);
        }
        self.by_pair.get(&(a.min(b), a.max(b))).copied()
    }

    /// How many pairs of texts a link between two first ones stands for.
    pub fn stands_for(&self, one: usize, other: usize) -> usize {
        self.size[one] * self.size[other]
    }

    /// How many pairs are exact repeats of each other.
    pub fn exact_pairs(&self) -> usize {
        self.size.iter().map(|size| size * size.saturating_sub(1) / 2).sum()
    }

    /// How many pairs are linked by links of a kind.
    pub fn pairs(&self, kind: LinkKind) -> usize {
        let of_kind = self.links.iter().filter(|link| link.kind == kind);
        of_kind.map(|link| self.stands_for(link.one, link.other)).sum()
    }

    /// Links as the product writes them.
    pub fn counts(&self) -> Value {
        let count = |kind| self.links.iter().filter(|link| link.kind == kind).count();
        let repeats = self.first.iter().enumerate().filter(|(at, first)| at != *first).count();
        json!({ "exact": repeats, "near": count(LinkKind::Near), "edited": count(LinkKind::Edited) })
    }

    /// What it cost: CPU seconds by stage, texts in a CPU second, memory.
    pub fn cost(&self) -> Value {
        let Cost { fold, fingerprint, place, bytes } = &self.cost;
        let seconds = (*fold + *fingerprint + *place).as_secs_f64();
        let texts = self.first.len().max(1) as f64;
        json!({
            "seconds": seconds,
            "cpu": {
                "fold": fold.as_secs_f64(),
                "fingerprint": fingerprint.as_secs_f64(),
                "place": place.as_secs_f64(),
            },
            "items_per_cpu_second": texts / seconds.max(1e-9),
            "bytes_per_item": *bytes as f64 / texts,
        })
    }
}
