//! Hot matters: whether the labelled events are found, over the whole period and by quarter.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::config::Config;
use serde_json::{Map, Value, json};

use crate::cli::eval::data::Records;
use crate::group::{HotMatter, PeriodItem, hot_matters};
use crate::model::{LocalDate, Timestamp};
use crate::text::Frequencies;

use super::{Pair, cut, events, given, segmenter, submitted};

/// Matters of a period that are listed.
const LISTED: usize = 10;
/// Matters among which an event is looked for.
const LOOKED_AT: usize = 200;
/// An event must have so many items in a quarter to be asked for there.
const EVENT_ITEMS: usize = 3;

pub(super) fn run(config: &Config, records: &Records, pairs: &[Pair]) -> anyhow::Result<Value> {
    let words = cut(&records.records, &segmenter(config)?);
    let frequencies = Frequencies::count(&words);
    let events = events(pairs);
    let mut dated: Vec<(Timestamp, usize)> = Vec::new();
    for (at, record) in records.records.iter().enumerate() {
        dated.extend(submitted(record).map(|time| (time, at)));
    }
    dated.sort_unstable();
    let mut periods: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (time, at) in &dated {
        periods.entry("全部".to_owned()).or_default().push(*at);
        periods.entry(quarter(time.date())).or_default().push(*at);
    }
    let mut out = Map::new();
    out.insert("items".into(), json!(dated.len()));
    let mut by_period = Map::new();
    for (name, members) in &periods {
        let items: Vec<PeriodItem> = members
            .iter()
            .map(|at| {
                let record = &records.records[*at];
                PeriodItem {
                    words: words[*at].clone(),
                    author: given(record, "user").unwrap_or_else(|| format!("#{at}")),
                    place: given(record, "district"),
                    at: submitted(record).unwrap_or(Timestamp::from_micros(0)),
                    votes: (votes(&record.text("up")), votes(&record.text("down"))),
                }
            })
            .collect();
        let Some((first, last)) = items.first().zip(items.last()) else { continue };
        let period = (first.at, last.at);
        let begun = Instant::now();
        let matters = hot_matters(&items, &frequencies, period, LOOKED_AT);
        let seconds = begun.elapsed().as_secs_f64();
        let in_events: Map<String, Value> = events
            .iter()
            .filter_map(|(event, labelled)| {
                found(labelled, members, &matters).map(|row| ((*event).to_owned(), row))
            })
            .collect();
        let listed: Vec<Value> = matters
            .iter()
            .take(LISTED)
            .map(|matter| {
                json!({ "heat": (matter.heat * 10.0).round() / 10.0, "count": matter.count,
                    "contributors": matter.contributors, "up": matter.up, "down": matter.down, "wording": matter.wording,
                    "title": records.records[members[matter.medoid]].title() })
            })
            .collect();
        by_period.insert(
            name.clone(),
            json!({ "items": items.len(), "seconds": seconds, "events": in_events, "first_ten": listed }),
        );
    }
    out.insert("periods".into(), Value::Object(by_period));
    Ok(Value::Object(out))
}

/// Where the matter that holds most of an event stands, and how much of the event it holds.
fn found(labelled: &[usize], members: &[usize], matters: &[HotMatter]) -> Option<Value> {
    let wanted: Vec<usize> = labelled.iter().copied().filter(|at| members.contains(at)).collect();
    if wanted.len() < EVENT_ITEMS {
        return None;
    }
    let held =
        |matter: &HotMatter| matter.items.iter().filter(|item| wanted.contains(&members[**item])).count();
    let (place, matter) =
        matters.iter().enumerate().max_by_key(|(place, matter)| (held(matter), matters.len() - place))?;
    let held = held(matter);
    Some(json!({ "labelled": wanted.len(), "rank": place + 1, "held": held,
        "share": held as f64 / wanted.len() as f64, "count": matter.count, "in_first_ten": place < LISTED }))
}

fn quarter(day: LocalDate) -> String {
    format!("{}年第{}季度", day.year(), (day.month() - 1) / 3 + 1)
}

fn votes(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}
