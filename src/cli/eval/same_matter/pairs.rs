//! Only the listed pairs are scored; the threshold comes from the other events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::cli::eval::data::Records;
use crate::cli::eval::measures::{Counts, auc};
use crate::config::Config;
use crate::group::{Profile, Written};
use crate::text::Frequencies;

use super::{Pair, cut, events, given, segmenter, submitted};

pub(super) fn run(config: &Config, records: &Records, pairs: &[Pair]) -> anyhow::Result<Value> {
    let words = cut(&records.records, &segmenter(config)?);
    let frequencies = Frequencies::count(&words);
    let mut profiles: BTreeMap<usize, Profile> = BTreeMap::new();
    for at in pairs.iter().flat_map(|pair| [pair.a, pair.b]) {
        profiles.entry(at).or_insert_with(|| {
            let record = &records.records[at];
            let (place, unit) = (given(record, "district"), given(record, "unit"));
            let written = Written {
                title: &record.title(),
                body: &record.body(),
                place: place.as_deref(),
                unit: unit.as_deref(),
                at: submitted(record),
            };
            Profile::new(written, &words[at], &frequencies)
        });
    }
    let scores: Vec<f64> = pairs.iter().map(|pair| profiles[&pair.a].score(&profiles[&pair.b])).collect();
    let configured = config.group.same_matter_threshold;
    let judged = thresholds(pairs, &scores, configured);
    let counts = |wanted: &dyn Fn(&Pair) -> bool, threshold: &dyn Fn(usize) -> f64| {
        let chosen = (0..pairs.len()).filter(|at| wanted(&pairs[*at]));
        chosen.fold(Counts::default(), |mut counts, at| {
            match (scores[at] >= threshold(at), pairs[at].same) {
                (true, true) => counts.right += 1,
                (true, false) => counts.wrong += 1,
                (false, true) => counts.missed += 1,
                (false, false) => {}
            }
            counts
        })
    };
    let all = counts(&|_| true, &|at| judged.of_pair[at]);
    let mut out = Map::new();
    out.insert("items".into(), json!(records.records.len()));
    out.insert("pairs".into(), json!(pairs.len()));
    out.insert("auc".into(), json!(auc(&labelled(pairs, &scores, |_| true))));
    out.insert("f1".into(), json!(all.f1()));
    out.insert("precision".into(), json!(all.precision()));
    out.insert("recall".into(), json!(all.recall()));
    out.insert("threshold".into(), json!(judged.mean()));
    let kinds: BTreeSet<&str> = pairs.iter().map(|pair| pair.kind.as_str()).collect();
    let by_kind: Map<String, Value> = kinds
        .into_iter()
        .map(|kind| {
            let part = counts(&|pair| pair.kind == kind, &|at| judged.of_pair[at]);
            let of_kind: Vec<&Pair> = pairs.iter().filter(|pair| pair.kind == kind).collect();
            let mut row = json!({ "pairs": of_kind.len() });
            if of_kind.iter().all(|pair| pair.same) {
                row["recall"] = json!(part.recall());
            } else {
                row["false"] = json!(part.wrong);
                // Every positive against the negatives of this kind.
                row["auc"] = json!(auc(&labelled(pairs, &scores, |pair| pair.same || pair.kind == kind)));
            }
            (kind.to_owned(), row)
        })
        .collect();
    out.insert("by_kind".into(), Value::Object(by_kind));
    let by_event: Map<String, Value> = judged
        .folds
        .iter()
        .map(|(event, threshold)| {
            let part = counts_of(pairs, &scores, &judged.fold_of, event, *threshold);
            let row = json!({ "threshold": threshold, "f1": part.f1(), "precision": part.precision(),
                "recall": part.recall(), "pairs": judged.fold_of.iter().filter(|fold| *fold == event).count() });
            (event.clone(), row)
        })
        .collect();
    if !by_event.is_empty() {
        out.insert("by_event".into(), Value::Object(by_event));
    }
    let product = counts(&|_| true, &|_| configured);
    out.insert(
        "at_configured_threshold".into(),
        json!({ "threshold": configured, "f1": product.f1(), "precision": product.precision(), "recall": product.recall() }),
    );
    Ok(Value::Object(out))
}

fn labelled(pairs: &[Pair], scores: &[f64], wanted: impl Fn(&Pair) -> bool) -> Vec<(f64, bool)> {
    let chosen = pairs.iter().zip(scores).filter(|(pair, _)| wanted(pair));
    chosen.map(|(pair, score)| (*score, pair.same)).collect()
}

fn counts_of(pairs: &[Pair], scores: &[f64], folds: &[String], event: &str, threshold: f64) -> Counts {
    let mut counts = Counts::default();
    for ((pair, score), _) in pairs.iter().zip(scores).zip(folds).filter(|(_, fold)| *fold == event) {
        match (*score >= threshold, pair.same) {
            (true, true) => counts.right += 1,
            (true, false) => counts.wrong += 1,
            (false, true) => counts.missed += 1,
            (false, false) => {}
        }
    }
    counts
}

/// Which threshold judges each pair.
struct Judged {
    of_pair: Vec<f64>,
    folds: BTreeMap<String, f64>,
    fold_of: Vec<String>,
}

impl Judged {
    fn mean(&self) -> f64 {
        self.of_pair.iter().sum::<f64>() / self.of_pair.len().max(1) as f64
    }
}

/// With two events or more: each event's pairs by the threshold that is best on all pairs that do not touch it. Pairs
/// of no event go round the events. With fewer: every second pair by the threshold that is best on the others.
fn thresholds(pairs: &[Pair], scores: &[f64], configured: f64) -> Judged {
    let events = events(pairs);
    if events.len() < 2 {
        return by_halves(pairs, scores, configured);
    }
    let names: Vec<&str> = events.keys().copied().collect();
    let of_item: BTreeMap<usize, &str> =
        events.iter().flat_map(|(event, items)| items.iter().map(|item| (*item, *event))).collect();
    let touched = |pair: &Pair| [of_item.get(&pair.a).copied(), of_item.get(&pair.b).copied()];
    let fold_of: Vec<String> = pairs
        .iter()
        .enumerate()
        .map(|(at, pair)| {
            let own = pair.event.as_deref();
            let [a, b] = touched(pair);
            own.or(a).or(b).unwrap_or(names[at % names.len()]).to_owned()
        })
        .collect();
    let folds: BTreeMap<String, f64> = names
        .iter()
        .map(|event| {
            let others: Vec<(f64, bool)> = (0..pairs.len())
                .filter(|at| fold_of[*at] != *event && !touched(&pairs[*at]).contains(&Some(*event)))
                .map(|at| (scores[at], pairs[at].same))
                .collect();
            ((*event).to_owned(), best_threshold(others))
        })
        .collect();
    Judged { of_pair: fold_of.iter().map(|fold| folds[fold]).collect(), folds, fold_of }
}

/// Halves that hold only one kind of pair choose nothing; then the configured threshold judges.
fn by_halves(pairs: &[Pair], scores: &[f64], configured: f64) -> Judged {
    let half = |which: usize| -> Vec<(f64, bool)> {
        (0..pairs.len()).filter(|at| at % 2 == which).map(|at| (scores[at], pairs[at].same)).collect()
    };
    let chosen = |others: Vec<(f64, bool)>| {
        let mixed = others.iter().any(|(_, same)| *same) && others.iter().any(|(_, same)| !*same);
        if mixed { best_threshold(others) } else { configured }
    };
    let of_half = [chosen(half(1)), chosen(half(0))];
    Judged {
        of_pair: (0..pairs.len()).map(|at| of_half[at % 2]).collect(),
        folds: BTreeMap::new(),
        fold_of: Vec::new(),
    }
}

/// Where F1 is highest; between two neighbouring scores, in the middle.
fn best_threshold(mut scored: Vec<(f64, bool)>) -> f64 {
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all = scored.iter().filter(|(_, same)| *same).count();
    let (mut counts, mut best) = (Counts { missed: all, ..Counts::default() }, (0.0, 1.0));
    for (at, (score, same)) in scored.iter().enumerate() {
        if *same {
            counts.right += 1;
            counts.missed -= 1;
        } else {
            counts.wrong += 1;
        }
        let below = scored.get(at + 1).map_or(0.0, |(score, _)| *score);
        if below < *score && counts.f1() > best.0 {
            best = (counts.f1(), f64::midpoint(*score, below));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_threshold_lies_between_the_last_right_and_the_first_wrong() {
        let found = best_threshold(vec![(0.9, true), (0.8, true), (0.4, false), (0.2, true), (0.1, false)]);
        assert!((found - 0.6).abs() < 1e-9 || (found - 0.15).abs() < 1e-9, "{found}");
    }

    #[test]
    fn without_events_each_half_is_judged_by_what_the_other_half_chose() {
        let pair = |same| Pair { a: 0, b: 1, same, kind: String::new(), event: None };
        let pairs = [pair(true), pair(true), pair(false), pair(false)];
        let judged = thresholds(&pairs, &[0.9, 0.8, 0.5, 0.2], 0.99);
        assert!((judged.of_pair[0] - 0.5).abs() < 1e-9 && (judged.of_pair[1] - 0.7).abs() < 1e-9);
        assert_eq!(thresholds(&pairs[..2], &[0.9, 0.8], 0.99).of_pair, [0.99, 0.99]);
    }

    #[test]
    fn no_pair_is_judged_by_a_threshold_that_its_own_event_helped_to_choose() {
        let pair = |a, b, same, event: &str| Pair {
            a,
            b,
            same,
            kind: String::new(),
            event: Some(event.to_owned()).filter(|event| !event.is_empty()),
        };
        let pairs =
            [pair(0, 1, true, "甲"), pair(2, 3, true, "乙"), pair(0, 9, false, ""), pair(2, 8, false, "")];
        let judged = thresholds(&pairs, &[0.9, 0.3, 0.5, 0.1], 0.7);
        assert_eq!(judged.fold_of, ["甲", "乙", "甲", "乙"]);
        assert!((judged.folds["甲"] - 0.2).abs() < 1e-9);
        assert!((judged.folds["乙"] - 0.7).abs() < 1e-9);
    }
}
