//! The first suggestion of random items, to be read by eye: no label says whether a suggestion is right.

use serde_json::{Value, json};

use crate::cli::eval::data::Records;
use crate::config::Config;

use super::volume::fill;

/// Characters of a text that are shown.
const SHOWN: usize = 160;

pub(super) fn run(config: &Config, records: &Records, count: usize) -> anyhow::Result<Value> {
    let filled = fill(config, &records.records, None)?;
    let threshold = config.group.same_matter_threshold;
    let places: Vec<usize> = spread(records.records.len(), count);
    let (mut shown, mut without) = (Vec::new(), 0);
    for at in &places {
        let Some(no) = filled.numbers[*at] else { continue };
        let found = filled.look_up(no)?;
        let Some(first) = found.first().filter(|first| first.likeness.score >= threshold) else {
            without += 1;
            continue;
        };
        let Some(other) = filled.numbers.iter().position(|other| *other == Some(first.item.no)) else {
            continue;
        };
        shown.push(json!({ "score": first.likeness.score, "reasons": first.likeness.reasons,
            "item": text(records, *at), "suggestion": text(records, other) }));
    }
    Ok(
        json!({ "items": places.len(), "threshold": threshold, "with_suggestion": shown.len(), "without": without,
        "suggestions": shown }),
    )
}

fn text(records: &Records, at: usize) -> Value {
    let record = &records.records[at];
    let body: String = record.body().split_whitespace().collect::<Vec<_>>().join(" ");
    json!({ "id": record.id, "title": record.title(), "body": body.chars().take(SHOWN).collect::<String>() })
}

/// So many different places below `size`, the same ones each time.
fn spread(size: usize, count: usize) -> Vec<usize> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut out = std::collections::BTreeSet::new();
    while out.len() < count.min(size) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.insert((state % size as u64) as usize);
    }
    out.into_iter().collect()
}
