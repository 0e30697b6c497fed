//! Looking up among many: the product's store and index, filled with the labelled items and made ones.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::cli::eval::data::{Record, Records};
use crate::cli::sample::{Maker, text_of};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::group::{Found, same_matter};
use crate::index::{IndexSettings, Kin, SearchIndex, rebuild};
use crate::model::{Actor, ItemId, ItemKey, Receipt, SecretKey, SourceId, Submission, Timestamp};
use crate::store::{Arrival, FeedItem, Persisted, Priority, Store, Tx, feed_items, insert_item};
use crate::text::fold;

use super::{Pair, events, given, segmenter};

/// The first so many of a list.
const FIRST: usize = 10;
/// Items written in one transaction.
const BATCH: usize = 1000;

/// A store and an index, filled; they live as long as their folder.
pub(super) struct Filled {
    pub store: Arc<Store>,
    pub kin: Kin,
    /// The number of each record; `None` for one that the intake would refuse.
    pub numbers: Vec<Option<i64>>,
    _folder: tempfile::TempDir,
}

pub(super) fn run(
    config: &Config,
    records: &Records,
    pairs: &[Pair],
    volume: usize,
    corpus: &Path,
) -> anyhow::Result<Value> {
    let filled = fill(config, &records.records, Some((volume, corpus)))?;
    let counting = Instant::now();
    filled.kin.frequencies()?;
    let counting = counting.elapsed();
    let (mut lenient, mut strict, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let mut judged = Vec::new();
    let (mut by_event, mut beside) = (BTreeMap::new(), BTreeMap::new());
    for (event, items) in events(pairs) {
        let kin: BTreeSet<i64> = items.iter().filter_map(|at| filled.numbers[*at]).collect();
        let (mut of_event, mut others_found) = (Vec::new(), BTreeMap::<String, usize>::new());
        for no in &kin {
            let begun = Instant::now();
            let found = filled.look_up(*no)?;
            times.push(begun.elapsed());
            let hits = found.iter().take(FIRST).filter(|found| kin.contains(&found.item.no)).count() as f64;
            for found in found.iter().take(FIRST).filter(|found| !kin.contains(&found.item.no)) {
                *others_found.entry(found.submission.title.as_str().to_owned()).or_default() += 1;
            }
            let others = kin.len() - 1;
            let among = found.iter().filter(|found| kin.contains(&found.item.no)).count() as f64;
            judged.push((among / others.min(FIRST) as f64).min(1.0));
            of_event.push(hits / others.min(FIRST) as f64);
            strict.push(hits / others as f64);
        }
        by_event.insert(event, mean(&of_event));
        beside.insert(event, most(others_found));
        lenient.extend(of_event);
    }
    // Times also of ordinary items: every event item asks for words that its event made common.
    let made = filled.numbers.len() as i64;
    for step in 0..300 {
        let no = made + 1 + step * ((volume as i64 - made).max(1) / 300).max(1);
        let begun = Instant::now();
        if filled.look_up(no).is_ok() {
            times.push(begun.elapsed());
        }
    }
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    Ok(json!({
        "items": filled.kin.frequencies()?.items(),
        "queries": lenient.len(),
        // Of the first ten (or of as many as there are kin, if fewer): how many are labelled kin.
        "recall_at_10": mean(&lenient),
        // Of all labelled kin: how many are among the first ten; an event of more than eleven cannot reach 1.
        "recall_at_10_of_all": mean(&strict),
        // What the index proposed, before the texts were compared.
        "recall_of_candidates": mean(&judged),
        "by_event": by_event,
        // What stood among the first ten without being labelled: no kin, or kin that nobody has labelled.
        "not_labelled": beside,
        "lookups": times.len(),
        "median_ms": at(0.5),
        "p99_ms": at(0.99),
        "counting_ms": counting.as_secs_f64() * 1000.0,
    }))
}

fn most(counts: BTreeMap<String, usize>) -> Vec<String> {
    let mut sorted: Vec<(usize, String)> = counts.into_iter().map(|(title, count)| (count, title)).collect();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted.truncate(FIRST);
    sorted.into_iter().map(|(count, title)| format!("{count} {title}")).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

impl Filled {
    pub(super) fn look_up(&self, no: i64) -> anyhow::Result<Vec<Found>> {
        let item: Option<FeedItem> = self.store.read(move |sql| feed_items(sql, &[no])).wait()?.pop();
        let item = item.with_context(|| format!("没有 {no} 号来稿"))?;
        Ok(same_matter(&self.kin, &self.store, &item, &HashSet::new(), &[])?)
    }
}

/// Fills a fresh store with the records, and made items up to a volume; then builds the index from it.
pub(super) fn fill(
    config: &Config,
    records: &[Record],
    made: Option<(usize, &Path)>,
) -> anyhow::Result<Filled> {
    let folder = tempfile::tempdir()?;
    let store =
        Arc::new(Store::open_sqlite(folder.path(), 1, Duration::from_millis(10), Arc::new(SystemClock))?);
    let mut numbers = Vec::with_capacity(records.len());
    for part in records.chunks(BATCH) {
        let arrivals: Vec<Option<Arrival>> = part.iter().map(|record| arrival(&of_record(record))).collect();
        let known: Vec<usize> = (0..part.len()).filter(|at| arrivals[*at].is_some()).collect();
        let written = write(&store, arrivals.into_iter().flatten().collect())?;
        let mut of_part = vec![None; part.len()];
        known.into_iter().zip(written).for_each(|(at, no)| of_part[at] = Some(no));
        numbers.extend(of_part);
    }
    if let Some((volume, corpus)) = made {
        let text =
            std::fs::read_to_string(corpus).with_context(|| format!("无法读取 {}", corpus.display()))?;
        let texts: Vec<String> = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|item| text_of(&item))
            .collect();
        ensure!(volume >= records.len(), "--volume 应不少于来稿件数 {}", records.len());
        let maker = Maker::new(texts.iter().map(String::as_str), 1, 0.0)?;
        let all: Vec<u64> = (0..(volume - records.len()) as u64).collect();
        for part in all.chunks(BATCH) {
            let made = part.iter().filter_map(|number| serde_json::from_str(&maker.item(*number)).ok());
            write(
                &store,
                made.filter_map(|mut item: Value| {
                    item["kind"] = json!("opinion");
                    arrival(&item)
                })
                .collect(),
            )?;
        }
    }
    let settings = IndexSettings {
        bigrams: config.index.bigrams,
        lexicon: 0,
        writer_bytes: config.index.writer_mb << 20,
        commit_ms: config.index.commit_ms,
    };
    let index = SearchIndex::open(&folder.path().join("index"), settings, segmenter(config)?)?;
    rebuild(&index, &store, |_| {})?;
    Ok(Filled { store, kin: Kin::new(index), numbers, _folder: folder })
}

fn of_record(record: &Record) -> Value {
    let short = |text: String, most: usize| text.chars().take(most).collect::<String>();
    let mut item = json!({
        "external_id": format!("{}:{}", record.stem, record.id),
        "kind": "opinion",
        "title": short(record.title(), crate::model::TITLE_MAX),
        "body": short(record.body(), crate::model::BODY_MAX),
    });
    if let Some(user) = given(record, "user") {
        item["contributor"] = json!({ "name": user });
    }
    if let Some(at) = super::submitted(record) {
        item["submitted_at"] = json!(at);
    }
    item
}

fn arrival(item: &Value) -> Option<Arrival> {
    let submission: Submission = serde_json::from_value(item.clone()).ok()?;
    let source: SourceId = "eval".parse().ok()?;
    let key = submission.external_id.as_ref()?.as_str().to_owned();
    let id = ItemId::derive(&source, ItemKey::External(&key));
    let parts = std::iter::once(submission.title.as_str()).chain(submission.text.pieces());
    Some(Arrival {
        receipt: Receipt::derive(&SecretKey::new([0; 32]), &id),
        id,
        actor: Actor::Source(source.clone()),
        source,
        received_at: Timestamp::from_micros(0),
        content_hash: submission.content_hash(),
        fold_hash: fold(parts).hash(),
        canonical: submission.canonical(),
        submission,
    })
}

fn write(store: &Store, arrivals: Vec<Arrival>) -> anyhow::Result<Vec<i64>> {
    let written = store.write(Priority::Batch, move |tx: &mut Tx<'_>| {
        arrivals
            .iter()
            .map(|arrival| insert_item(tx, arrival))
            .collect::<Result<Vec<_>, crate::store::StoreError>>()
    });
    written
        .wait()?
        .into_iter()
        .map(|persisted| match persisted {
            Persisted::New(no) | Persisted::Replay(no) => Ok(no),
            other => anyhow::bail!("来稿未能写入：{other:?}"),
        })
        .collect()
}
