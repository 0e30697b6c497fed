//! `minyi eval same-matter`: labelled pairs; hot matters; looking up among many; suggestions to be read by eye.

mod hot;
mod pairs;
mod suggestions;
mod volume;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use serde_json::Value;

use crate::config::Config;
use crate::model::Timestamp;
use crate::text::{Lexicon, Segmenter, Words};

use super::data::{Record, Records, as_text, lines};

/// 同类反映：给定的成对样本；可另测热点、大量来稿中的查找、首条建议
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 来稿（JSONL，可多个）；词的稀有程度按这些来稿统计
    #[arg(long, required = true, num_args = 1.., value_name = "文件")]
    items: Vec<PathBuf>,
    /// 成对样本（JSONL）：a b label，可有 kind 和 event
    #[arg(long, required_unless_present = "suggestions", value_name = "文件")]
    pairs: Option<PathBuf>,
    /// 改测热点：有 event 的样本各为一事，看它是否排在前十、收全多少
    #[arg(long)]
    hot: bool,
    /// 改测查找：补到这么多件，看每件样本的前十条，以及用时
    #[arg(long, value_name = "件数", requires = "corpus")]
    volume: Option<usize>,
    /// 补足件数用的语料（JSONL）
    #[arg(long, value_name = "文件")]
    corpus: Option<PathBuf>,
    /// 改为列出随机若干件的首条建议，供人读
    #[arg(long, value_name = "件数")]
    suggestions: Option<usize>,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs it. The store is waited for, so the thread is taken out of the runtime meanwhile.
pub fn run(config: &Config, args: &Args) -> anyhow::Result<Value> {
    tokio::task::block_in_place(|| measure(config, args))
}

fn measure(config: &Config, args: &Args) -> anyhow::Result<Value> {
    let records = Records::read(&args.items)?;
    if let Some(count) = args.suggestions {
        return suggestions::run(config, &records, count);
    }
    let pairs = args.pairs.as_ref().context("缺少 --pairs")?;
    let pairs = read_pairs(pairs, &records)?;
    match (args.hot, args.volume, &args.corpus) {
        (true, ..) => hot::run(config, &records, &pairs),
        (false, Some(volume), Some(corpus)) => volume::run(config, &records, &pairs, volume, corpus),
        _ => pairs::run(config, &records, &pairs),
    }
}

/// A labelled pair; items are places in the records.
struct Pair {
    a: usize,
    b: usize,
    same: bool,
    kind: String,
    event: Option<String>,
}

fn read_pairs(file: &std::path::Path, records: &Records) -> anyhow::Result<Vec<Pair>> {
    let mut out = Vec::new();
    for (number, fields) in lines(file)? {
        let text = |key: &str| fields.get(key).map(as_text).unwrap_or_default();
        let place = || format!("{} 第 {number} 行", file.display());
        out.push(Pair {
            a: records.find(&text("a")).with_context(place)?,
            b: records.find(&text("b")).with_context(place)?,
            same: match text("label").as_str() {
                "1" => true,
                "0" => false,
                other => anyhow::bail!("{}：label 应为 1 或 0，不是 {other}", place()),
            },
            kind: text("kind"),
            event: Some(text("event")).filter(|event| !event.is_empty()),
        });
    }
    Ok(out)
}

/// The items of each event, in order.
fn events(pairs: &[Pair]) -> BTreeMap<&str, Vec<usize>> {
    let mut out: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| pair.same) {
        if let Some(event) = &pair.event {
            out.entry(event).or_default().extend([pair.a, pair.b]);
        }
    }
    for items in out.values_mut() {
        items.sort_unstable();
        items.dedup();
    }
    out
}

/// With the office's words, as the service cuts.
fn segmenter(config: &Config) -> anyhow::Result<Segmenter> {
    Ok(Segmenter::new(Lexicon::load(&config.lexicon.dir)?))
}

/// The words of every item, cut on as many threads as there are cores.
fn cut(records: &[Record], segmenter: &Segmenter) -> Vec<Words> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let each = records.len().div_ceil(threads).max(1);
    let one = |record: &Record| Words {
        title: segmenter.for_index(&record.title()),
        body: segmenter.for_index(&record.body()),
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = records
            .chunks(each)
            .map(|part| scope.spawn(move || part.iter().map(one).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    })
}

fn submitted(record: &Record) -> Option<Timestamp> {
    Timestamp::parse(&record.text("submitted_at")).ok()
}

/// A field, if it is there.
fn given(record: &Record, field: &str) -> Option<String> {
    Some(record.text(field)).filter(|text| !text.is_empty())
}
