//! `minyi eval search`: the product's own search beside plain BM25, on the same items and queries.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::config::Config;
use crate::index::query::parse;
use crate::index::{Ask, Document, IndexSettings, SearchIndex, Sort};
use crate::model::LocalDate;
use crate::text::{Lexicon, Segmenter};

use super::cost::{Load, size, speed};
use super::data::{Record, Records, as_texts, lines};
use super::measures::{Ranking, paired_p};

/// 评测检索：查询与应得结果
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 来稿文件（JSONL，可多个）
    #[arg(long, required_unless_present = "load", num_args = 1.., value_name = "文件")]
    items: Vec<PathBuf>,
    /// 查询文件：每行 query 与 relevant（一个或多个 id）
    #[arg(long, value_name = "文件", required_unless_present_any = ["queries_from", "load"])]
    queries: Option<PathBuf>,
    /// 以每件的这个字段为查询，该件即应得结果；此字段不建索引
    #[arg(long, value_name = "字段", conflicts_with = "queries")]
    queries_from: Option<String>,
    /// 建索引的字段：title 进标题，其余进正文；缺省为 title body text 中已有的
    #[arg(long, value_delimiter = ',', value_name = "字段")]
    fields: Vec<String>,
    /// 另报索引大小与检索用时（每个查询：全部词都要有；任一词即可）
    #[arg(long)]
    speed: bool,
    /// 只测大小与用时：由语料造出这么多件来稿
    #[arg(long, value_name = "件数", requires = "corpus", conflicts_with_all = ["items", "queries", "queries_from"])]
    load: Option<u64>,
    /// 造来稿所用的语料（JSONL）
    #[arg(long, value_name = "文件", requires = "load")]
    corpus: Option<PathBuf>,
    /// 列出首条不对的查询：查询、首条、应得结果的名次（0 为前十中没有）
    #[arg(long)]
    misses: bool,
    /// 不建二元字索引（index.bigrams = false），以便比较
    #[arg(long)]
    no_bigrams: bool,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Hits that are looked at.
const TOP: usize = 10;

/// Runs it.
pub fn run(config: &Config, args: &Args) -> anyhow::Result<Value> {
    let segmenter = Segmenter::new(Lexicon::load(&config.lexicon.dir)?);
    let folder = tempfile::tempdir()?;
    let settings = IndexSettings {
        bigrams: config.index.bigrams && !args.no_bigrams,
        lexicon: 0,
        writer_bytes: config.index.writer_mb << 20,
        commit_ms: config.index.commit_ms,
    };
    let index = SearchIndex::open(folder.path(), settings, segmenter.clone())?;
    match (args.load, &args.corpus) {
        (Some(number), Some(corpus)) => loaded(&index, &segmenter, &Load::of(corpus, number)?),
        _ => compared(args, &index, &segmenter),
    }
}

/// Size and speed on made items.
fn loaded(index: &SearchIndex, segmenter: &Segmenter, load: &Load) -> anyhow::Result<Value> {
    let (mut bytes, begun) = (0, Instant::now());
    let items = index.fill(load.documents().inspect(|document| bytes += document.body.len()))?;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(json!({
        "items": items,
        "index_seconds": seconds,
        "size": size(index, bytes)?,
        "milliseconds": speed(index, &load.bodies(), &load.titles, segmenter)?,
    }))
}

/// The product's search beside plain BM25 on the same items and queries.
fn compared(args: &Args, index: &SearchIndex, segmenter: &Segmenter) -> anyhow::Result<Value> {
    let records = Records::read(&args.items)?;
    let fields = fields(args, &records);
    let queries = queries(args, &records)?;
    anyhow::ensure!(!queries.is_empty(), "没有查询");
    let begun = Instant::now();
    index.fill(records.records.iter().enumerate().map(|(at, record)| document(at, record, &fields)))?;
    let filled = begun.elapsed().as_secs_f64();
    let today = LocalDate::parse("2026-01-01").context("date")?;
    let search = |text: &str| -> anyhow::Result<Vec<usize>> {
        let ask = Ask { sort: Sort::Relevance, limit: TOP, cursor: None, counts: false };
        let hits = index.search(&parse(text, today), &HashMap::new(), ask)?;
        Ok(hits.hits.iter().filter_map(|hit| usize::try_from(hit.no).ok()).collect())
    };
    let plain = Plain::of(&records, &fields, segmenter);
    let (mut own, mut base, mut misses) = (Vec::new(), Vec::new(), Vec::new());
    for query in &queries {
        let found = search(&query.text)?;
        own.push(query.judge(&found));
        misses.extend(query.miss(&found, &records));
        base.push(query.judge(&plain.search(&query.text, segmenter)));
    }
    let (mean, plain_mean) = (Ranking::mean(&own), Ranking::mean(&base));
    let mut report = measures(&mean);
    if let Value::Object(report) = &mut report {
        report.insert("items".to_owned(), json!(records.records.len()));
        report.insert("queries".to_owned(), json!(queries.len()));
        report.insert("index_seconds".to_owned(), json!(filled));
        report.insert("plain_bm25".to_owned(), measures(&plain_mean));
        report.insert("difference".to_owned(), difference(&own, &base));
        if args.misses {
            report.insert("misses".to_owned(), json!(misses));
        }
        if args.speed {
            let texts: Vec<String> = queries.iter().map(|query| query.text.clone()).collect();
            let bytes = records.records.iter().map(|record| indexed_bytes(record, &fields)).sum();
            report.insert("size".to_owned(), size(index, bytes)?);
            report.insert("milliseconds".to_owned(), speed(index, &texts, &texts, segmenter)?);
        }
    }
    Ok(report)
}

fn measures(ranking: &Ranking) -> Value {
    json!({
        "hit_at_1": ranking.hit_at_1,
        "recall_at_10": ranking.recall_at_10,
        "mrr_at_10": ranking.mrr_at_10,
        "ndcg_at_10": ranking.ndcg_at_10,
    })
}

/// By how much each measure is above plain BM25, and how likely so much comes by chance.
fn difference(own: &[Ranking], base: &[Ranking]) -> Value {
    type Measure = fn(&Ranking) -> f64;
    let all: [(&str, Measure); 4] = [
        ("hit_at_1", |r| r.hit_at_1),
        ("recall_at_10", |r| r.recall_at_10),
        ("mrr_at_10", |r| r.mrr_at_10),
        ("ndcg_at_10", |r| r.ndcg_at_10),
    ];
    let of = |(name, measure): (&str, Measure)| {
        let one: Vec<f64> = own.iter().map(measure).collect();
        let other: Vec<f64> = base.iter().map(measure).collect();
        let gain = (one.iter().sum::<f64>() - other.iter().sum::<f64>()) / one.len().max(1) as f64;
        (name.to_owned(), json!({ "gain": gain, "p": paired_p(&one, &other) }))
    };
    Value::Object(all.into_iter().map(of).collect())
}

/// Which fields are indexed.
fn fields(args: &Args, records: &Records) -> Vec<String> {
    let unasked = |field: &String| args.queries_from.as_ref() != Some(field);
    if !args.fields.is_empty() {
        return args.fields.iter().filter(|field| unasked(field)).cloned().collect();
    }
    let there = |field: &&str| records.records.iter().any(|record| record.fields.contains_key(*field));
    ["title", "body", "text"].into_iter().filter(there).map(str::to_owned).filter(unasked).collect()
}

fn document(at: usize, record: &Record, fields: &[String]) -> Document {
    let body: Vec<String> =
        fields.iter().filter(|field| *field != "title").map(|field| record.text(field)).collect();
    let titled = fields.iter().any(|field| field == "title");
    Document {
        no: i64::try_from(at).unwrap_or(i64::MAX),
        title: if titled { record.title() } else { String::new() },
        body: body.join("\n"),
        ..Document::default()
    }
}

/// Bytes of what is indexed.
fn indexed_bytes(record: &Record, fields: &[String]) -> usize {
    fields.iter().map(|field| record.text(field).len()).sum()
}

/// A query and where its answers stand.
struct Asked {
    text: String,
    relevant: Vec<usize>,
}

impl Asked {
    fn judge(&self, found: &[usize]) -> Ranking {
        let hits: Vec<bool> = found.iter().map(|at| self.relevant.contains(at)).collect();
        Ranking::of(&hits, self.relevant.len())
    }

    /// What stood first where it should not, for reading.
    fn miss(&self, found: &[usize], records: &Records) -> Option<Value> {
        let first = found.first().copied();
        if first.is_some_and(|first| self.relevant.contains(&first)) {
            return None;
        }
        let place = found.iter().position(|at| self.relevant.contains(at)).map_or(0, |at| at + 1);
        let id = |at: usize| records.records.get(at).map(|record| record.id.clone());
        let relevant: Vec<_> = self.relevant.iter().filter_map(|at| id(*at)).collect();
        Some(json!({ "query": self.text, "first": first.and_then(id), "relevant": relevant, "place": place }))
    }
}

fn queries(args: &Args, records: &Records) -> anyhow::Result<Vec<Asked>> {
    if let Some(field) = &args.queries_from {
        let asked = records
            .records
            .iter()
            .enumerate()
            .map(|(at, record)| Asked { text: record.text(field), relevant: vec![at] });
        return Ok(asked.filter(|asked| !asked.text.trim().is_empty()).collect());
    }
    let Some(file) = &args.queries else { bail!("请用 --queries 或 --queries-from 给出查询") };
    let mut out = Vec::new();
    for (number, fields) in lines(file)? {
        let at = || format!("{} 第 {number} 行", file.display());
        let text =
            fields.get("query").and_then(Value::as_str).with_context(|| format!("{}没有 query", at()))?;
        let relevant = fields.get("relevant").with_context(|| format!("{}没有 relevant", at()))?;
        let mut places = Vec::new();
        for id in as_texts(relevant) {
            places.push(records.find(&id).with_context(at)?);
        }
        places.sort_unstable();
        places.dedup();
        out.push(Asked { text: text.to_owned(), relevant: places });
    }
    Ok(out)
}

/// Plain BM25 over one field: what any search engine with jieba gives.
struct Plain {
    postings: HashMap<String, Vec<(usize, f64)>>,
    lengths: Vec<f64>,
}

impl Plain {
    const K1: f64 = 1.2;
    const B: f64 = 0.75;

    fn of(records: &Records, fields: &[String], segmenter: &Segmenter) -> Self {
        let (mut postings, mut lengths) = (HashMap::<String, Vec<(usize, f64)>>::new(), Vec::new());
        for (at, record) in records.records.iter().enumerate() {
            let text: Vec<String> = fields.iter().map(|field| record.text(field)).collect();
            let words = words(&text.join("\n"), segmenter);
            lengths.push(words.len() as f64);
            let mut counts = HashMap::<String, f64>::new();
            words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1.0);
            counts.into_iter().for_each(|(word, count)| postings.entry(word).or_default().push((at, count)));
        }
        Self { postings, lengths }
    }

    fn search(&self, query: &str, segmenter: &Segmenter) -> Vec<usize> {
        let documents = self.lengths.len() as f64;
        let average = self.lengths.iter().sum::<f64>() / documents.max(1.0);
        let mut scores = HashMap::<usize, f64>::new();
        for word in words(query, segmenter) {
            let Some(postings) = self.postings.get(&word) else { continue };
            let holding = postings.len() as f64;
            let idf = (1.0 + (documents - holding + 0.5) / (holding + 0.5)).ln();
            for (at, count) in postings {
                let norm = Self::K1 * (1.0 - Self::B + Self::B * self.lengths[*at] / average.max(1e-9));
                *scores.entry(*at).or_default() += idf * count * (Self::K1 + 1.0) / (count + norm);
            }
        }
        let mut ranked: Vec<(usize, f64)> = scores.into_iter().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.into_iter().take(TOP).map(|(at, _)| at).collect()
    }
}

fn words(text: &str, segmenter: &Segmenter) -> Vec<String> {
    let cut = segmenter.for_index(text);
    cut.tokens.iter().map(|token| cut.word(token).to_owned()).collect()
}
