//! `minyi eval speed`: what an item costs on its way into the index, and a search in it, on made items in any number.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

use crate::config::Config;
use crate::group::Duplicates;
use crate::index::query::parse;
use crate::index::{Ask, Document, IndexSettings, SearchIndex, Sort};
use crate::model::LocalDate;
use crate::telemetry::{process_cpu, process_memory, thread_cpu};
use crate::text::{Fingerprint, Lexicon, Segmenter, Wording, Words, fold};

use super::cost::{Load, size, speed};

/// Items dealt with at a time, as the pipeline does.
const PAGE: usize = 500;

/// 速度评测：造出的来稿逐件折叠、分词、取指纹、核对重复、写入索引并提交，再作检索；在本进程内，不经网络与数据库。
///
/// 检索用时不含计数与分面（and、or）和含计数与分面（and_counted、or_counted）分别列出。
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 造多少件来稿
    #[arg(long, value_name = "件数")]
    items: u64,
    /// 造来稿所用的语料（JSONL：title、body）
    #[arg(long, value_name = "文件")]
    corpus: PathBuf,
    /// 不建二元字索引（index.bigrams = false）
    #[arg(long)]
    no_bigrams: bool,
    /// 索引放在此目录（缺省为临时目录）
    #[arg(long, value_name = "目录")]
    dir: Option<PathBuf>,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// CPU time of the items by stage. Making them is none of it.
#[derive(Default)]
struct Cost {
    made: Duration,
    fold: Duration,
    segment: Duration,
    fingerprint: Duration,
    place: Duration,
    documents: Duration,
    /// Threads of the index, commits, merges.
    index: Duration,
}

/// Runs it.
pub fn run(config: &Config, args: &Args) -> anyhow::Result<Value> {
    let segmenter = Segmenter::new(Lexicon::load(&config.lexicon.dir)?);
    let load = Load::of(&args.corpus, args.items)?;
    let scratch = match &args.dir {
        Some(dir) => tempfile::tempdir_in(dir),
        None => tempfile::tempdir(),
    };
    let scratch = scratch.context("无法建立临时目录")?;
    let settings = IndexSettings {
        bigrams: config.index.bigrams && !args.no_bigrams,
        lexicon: 0,
        writer_bytes: config.index.writer_mb << 20,
        commit_ms: config.index.commit_ms,
    };
    let folder = scratch.path().join("index");
    let index = SearchIndex::open(&folder, settings.clone(), segmenter.clone())?;
    let duplicates = Duplicates::open(&scratch.path().join("bands"), config.group.clone())?;
    let (cost, bytes, held) = filled(&load, &index, &segmenter, duplicates)?;
    let size = size(&index, bytes)?;
    drop(index);
    let begun = Instant::now();
    let index = SearchIndex::open(&folder, settings, segmenter.clone())?;
    let query = parse(
        load.titles.first().map_or("停车", String::as_str),
        LocalDate::parse("2026-01-01").context("date")?,
    );
    index.search(
        &query,
        &HashMap::new(),
        Ask { sort: Sort::Relevance, limit: 10, cursor: None, counts: true },
    )?;
    let first = begun.elapsed().as_secs_f64();
    let milliseconds = speed(&index, &load.bodies(), &load.titles, &segmenter)?;
    let (memory, peak) = process_memory();
    let mut report = cost.report(args.items);
    if let Value::Object(report) = &mut report {
        report.insert("size".to_owned(), size);
        report.insert("bytes_per_item".to_owned(), json!(held as f64 / args.items.max(1) as f64));
        report.insert("first_answer_seconds".to_owned(), json!(first));
        report.insert("milliseconds".to_owned(), milliseconds);
        report.insert("memory_mb".to_owned(), json!(memory >> 20));
        report.insert("peak_memory_mb".to_owned(), json!(peak >> 20));
    }
    Ok(report)
}

/// Leads every item through; gives the cost, the bytes of the bodies, and the memory that the duplicates take.
fn filled(
    load: &Load,
    index: &SearchIndex,
    segmenter: &Segmenter,
    mut duplicates: Duplicates,
) -> anyhow::Result<(Cost, usize, usize)> {
    let (mut cost, mut bytes, mut firsts) = (Cost::default(), 0, HashMap::new());
    let (all, own) = (process_cpu(), thread_cpu());
    let mut filling = index.filling()?;
    let mut documents = load.documents();
    loop {
        let began = thread_cpu();
        let page: Vec<Document> = documents.by_ref().take(PAGE).collect();
        cost.made += thread_cpu() - began;
        if page.is_empty() {
            break;
        }
        bytes += page.iter().map(|document| document.body.len()).sum::<usize>();
        let folded = timed(&mut cost.fold, || {
            let folded = page.iter().map(|document| fold([document.title.as_str(), &document.body]));
            folded.map(|folded| (folded.hash(), folded)).collect::<Vec<_>>()
        });
        let words = timed(&mut cost.segment, || {
            let cut = |text: &str| segmenter.for_index(text);
            page.iter().map(|d| Words { title: cut(&d.title), body: cut(&d.body) }).collect::<Vec<_>>()
        });
        let prints = timed(&mut cost.fingerprint, || {
            folded.iter().map(|(_, folded)| Fingerprint::of(folded)).collect::<Vec<_>>()
        });
        let began = thread_cpu();
        for ((document, (key, _)), print) in page.iter().zip(&folded).zip(prints) {
            let before = *firsts.entry(*key).or_insert(document.no);
            let repeats = (before != document.no).then_some(before);
            let missing = |missing: Vec<i64>| -> anyhow::Result<_> {
                let of = |no: i64| {
                    let document = load.document(u64::try_from(no).unwrap_or_default()).unwrap_or_default();
                    (no, Wording::of(&fold([document.title.as_str(), &document.body])))
                };
                Ok(missing.into_iter().map(of).collect())
            };
            duplicates.place(document.no, repeats, || Ok(print), missing)?;
        }
        duplicates.flush()?;
        cost.place += thread_cpu() - began;
        let began = thread_cpu();
        for (document, words) in page.iter().zip(&words) {
            filling.add(document, words)?;
        }
        cost.documents += thread_cpu() - began;
    }
    filling.finish()?;
    let here = cost.made + cost.fold + cost.segment + cost.fingerprint + cost.place + cost.documents;
    let (all, own) = (process_cpu() - all, thread_cpu() - own);
    cost.index = all.saturating_sub(own) + own.saturating_sub(here);
    Ok((cost, bytes, duplicates.bytes()))
}

fn timed<T>(spent: &mut Duration, work: impl FnOnce() -> T) -> T {
    let began = thread_cpu();
    let out = work();
    *spent += thread_cpu() - began;
    out
}

impl Cost {
    fn report(&self, items: u64) -> Value {
        let items = items.max(1) as f64;
        let each = |spent: Duration| json!(spent.as_secs_f64() * 1e6 / items);
        let a_second = |spent: Duration| json!(items / spent.as_secs_f64().max(1e-9));
        let Self { fold, segment, fingerprint, place, documents, index, .. } = *self;
        let duplicates = fingerprint + place;
        json!({
            "items": items,
            "items_per_cpu_second": {
                "whole_path": a_second(fold + segment + duplicates + documents + index),
                "duplicates_alone": a_second(fold + duplicates),
            },
            "cpu_microseconds_per_item": {
                "fold": each(fold),
                "segment": each(segment),
                "fingerprint": each(fingerprint),
                "links_verified": each(place),
                "documents": each(documents),
                "index": each(index),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_go_all_the_way_and_every_figure_is_there() {
        let dir = tempfile::tempdir().expect("dir");
        let corpus = dir.path().join("corpus.jsonl");
        let line = |n: u32| {
            let body: String =
                (0..10).map(|k| format!("第{n}条第{k}款说的是街道照明与停车位的事情。")).collect();
            json!({ "title": format!("照明与停车之{n}"), "body": body }).to_string() + "\n"
        };
        std::fs::write(&corpus, (0..60).map(line).collect::<String>()).expect("write");
        let args = Args { items: 300, corpus, no_bigrams: false, dir: None, json: true };
        let report = run(&crate::config::load(None, &[]).expect("defaults"), &args).expect("measured");
        for pointer in [
            "/items_per_cpu_second/whole_path",
            "/cpu_microseconds_per_item/index",
            "/size/bytes_per_text_byte/all",
            "/milliseconds/and/p99",
            "/milliseconds/or_counted/p99",
            "/bytes_per_item",
        ] {
            let figure = report.pointer(pointer).and_then(Value::as_f64);
            assert!(figure.is_some_and(|figure| figure > 0.0), "{pointer}: {report:#}");
        }
    }
}
