//! `minyi eval duplicates`: what the product links, beside what it should.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::config::{self, Config};
use crate::model::LinkKind;
use crate::text::Shingles;

use super::brute;
use super::data::{Records, as_text, lines};
use super::measures::Counts;
use super::repeats::{Found, Text, find, folded};
use crate::cli::sample::Maker;

/// 查重评测：按产品自身的路径找出重复，与给定（或穷举得出）的成对样本相比。
///
/// 完全重复的一组只链接到第一件；一对样本经由各自所在组的第一件相连，即算找出。
/// recall、precision 只计完全重复与近似重复；改写重复在 with_edited 中另计。
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 来稿文件（JSONL，可多个）
    #[arg(long, value_name = "文件", num_args = 1.., required_unless_present = "load")]
    items: Vec<PathBuf>,
    /// 成对样本（JSONL：a、b），视为完整：不在其中的即为误报
    #[arg(
        long,
        value_name = "文件",
        conflicts_with = "brute_force",
        required_unless_present = "brute_force"
    )]
    pairs: Option<PathBuf>,
    /// 成对样本中只取 jaccard5 不低于此值的
    #[arg(long, value_name = "值", requires = "pairs")]
    min_jaccard: Option<f64>,
    /// 以穷举为准：折叠文本的五字组 Jaccard 达到阈值的全部成对
    #[arg(long)]
    brute_force: bool,
    /// 另造这么多件来稿（与 minyi load 相同）
    #[arg(long, value_name = "件数", conflicts_with = "items", requires = "brute_force")]
    load: Option<u64>,
    /// 造来稿所用的语料（JSONL）；缺省用演示来稿
    #[arg(long, value_name = "文件", requires = "load")]
    corpus: Option<PathBuf>,
    /// 造来稿的随机种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 造来稿时混入的重复比例
    #[arg(long, default_value_t = 0.05)]
    duplicates: f64,
    /// 把找出的链接写入此文件（JSONL：a、b、kind、score）
    #[arg(long, value_name = "文件")]
    found: Option<PathBuf>,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub fn run(config: &Config, args: &Args) -> anyhow::Result<Value> {
    let records = Records::read(&args.items)?;
    let (names, texts): (Vec<String>, Vec<Text>) = match args.load {
        Some(count) => made(args, count)?,
        None => records
            .records
            .iter()
            .map(|record| (format!("{}:{}", record.stem, record.id), (record.title(), record.body())))
            .unzip(),
    };
    let found = find(&config.group, &texts)?;
    if let Some(path) = &args.found {
        write_links(path, &names, &found)?;
    }
    let truth = match &args.pairs {
        Some(path) => listed(path, &records, args.min_jaccard, &found)?,
        None => exhaustive(&config.group, &texts, &found),
    };
    Ok(report(&truth, &found))
}

/// The items that `minyi load` makes.
fn made(args: &Args, count: u64) -> anyhow::Result<(Vec<String>, Vec<Text>)> {
    let maker = Maker::of_corpus(args.corpus.as_deref(), args.seed, args.duplicates)?;
    (0..count)
        .map(|number| {
            let item: Value = serde_json::from_str(&maker.item(number))?;
            Ok((as_text(&item["external_id"]), (as_text(&item["title"]), as_text(&item["body"]))))
        })
        .collect::<anyhow::Result<Vec<_>>>()
        .map(|items| items.into_iter().unzip())
}

/// How many pairs there should be, and how many of them are linked how.
#[derive(Default)]
struct Truth {
    pairs: usize,
    exact_or_near: usize,
    edited: usize,
}

impl Truth {
    fn count(&mut self, kind: Option<LinkKind>, pairs: usize) {
        self.pairs += pairs;
        match kind {
            Some(LinkKind::Exact | LinkKind::Near) => self.exact_or_near += pairs,
            Some(LinkKind::Edited) => self.edited += pairs,
            Some(LinkKind::SameMatter) | None => {}
        }
    }
}

fn listed(path: &Path, records: &Records, least: Option<f64>, found: &Found) -> anyhow::Result<Truth> {
    let (mut truth, mut seen) = (Truth::default(), HashSet::new());
    for (number, fields) in lines(path)? {
        let end = |key: &str| {
            let id = fields.get(key).map(as_text).with_context(|| format!("缺少 {key}"))?;
            records.find(&id)
        };
        let pair = end("a").and_then(|a| Ok((a, end("b")?)));
        let (a, b) = pair.with_context(|| format!("{} 第 {number} 行", path.display()))?;
        if let Some(least) = least {
            let Some(jaccard) = fields.get("jaccard5").and_then(Value::as_f64) else {
                bail!("{} 第 {number} 行没有 jaccard5", path.display());
            };
            if jaccard < least {
                continue;
            }
        }
        if a != b && seen.insert((a.min(b), a.max(b))) {
            truth.count(found.kind(a, b), 1);
        }
    }
    Ok(truth)
}

/// Compared are the first ones only; each pair of them stands for all pairs of their exact repeats.
fn exhaustive(criteria: &config::Group, texts: &[Text], found: &Found) -> Truth {
    let firsts: Vec<usize> = (0..texts.len()).filter(|at| found.first[*at] == *at).collect();
    let sets: Vec<Shingles> = firsts.iter().map(|at| Shingles::of(&folded(&texts[*at]))).collect();
    let mut truth = Truth::default();
    truth.count(Some(LinkKind::Exact), found.exact_pairs());
    for (a, b) in brute::pairs(&sets, criteria.near_threshold) {
        let (a, b) = (firsts[a], firsts[b]);
        truth.count(found.kind(a, b), found.stands_for(a, b));
    }
    truth
}

fn report(truth: &Truth, found: &Found) -> Value {
    let near = found.exact_pairs() + found.pairs(LinkKind::Near);
    let all = near + found.pairs(LinkKind::Edited);
    let mut report = json!({ "items": found.first.len() });
    let mut add = |part: Value| {
        if let (Value::Object(report), Value::Object(part)) = (&mut report, part) {
            report.extend(part);
        }
    };
    add(measures(truth.pairs, truth.exact_or_near, near));
    add(json!({
        "links": found.counts(),
        "with_edited": measures(truth.pairs, truth.exact_or_near + truth.edited, all),
    }));
    add(found.cost());
    report
}

fn measures(truth: usize, right: usize, found: usize) -> Value {
    let counts = Counts { right, wrong: found - right, missed: truth - right };
    json!({
        "truth": truth,
        "found": found,
        "right": right,
        "missed": counts.missed,
        "false": counts.wrong,
        "recall": counts.recall(),
        "precision": counts.precision(),
        "f1": counts.f1(),
    })
}

fn write_links(path: &Path, names: &[String], found: &Found) -> anyhow::Result<()> {
    let written = || -> std::io::Result<()> {
        let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
        for (at, first) in found.first.iter().enumerate().filter(|(at, first)| at != *first) {
            let link = json!({ "a": names[*first], "b": names[at], "kind": "exact", "score": 1.0 });
            writeln!(out, "{link}")?;
        }
        for link in &found.links {
            let (a, b) = (&names[link.one], &names[link.other]);
            writeln!(out, "{}", json!({ "a": a, "b": b, "kind": link.kind.code(), "score": link.score }))?;
        }
        out.flush()
    };
    written().with_context(|| format!("无法写入 {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "滨江步道三号桥下的照明灯已经坏了一个多月，夜里散步的老人孩子看不清台阶，希望尽快修复。";

    fn evaluated(pairs: Option<&[(u32, u32)]>) -> Value {
        let dir = tempfile::tempdir().expect("dir");
        let write = |name: &str, lines: Vec<Value>| {
            let path = dir.path().join(name);
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            std::fs::write(&path, text).expect("write");
            path
        };
        let bodies = [
            TEXT.to_owned(),
            TEXT.replace('，', ","),
            format!("{TEXT}谢谢。"),
            "菜市场门口摊贩占道经营，早晚高峰车辆无法通行，希望划定摊位。".to_owned(),
        ];
        let items = (1..).zip(bodies).map(|(id, body)| json!({ "id": id, "title": "", "body": body }));
        let items = vec![write("items.jsonl", items.collect())];
        let listed = pairs.map(|pairs| {
            write("pairs.jsonl", pairs.iter().map(|(a, b)| json!({ "a": a, "b": b })).collect())
        });
        let args = Args {
            items,
            brute_force: listed.is_none(),
            pairs: listed,
            min_jaccard: None,
            load: None,
            corpus: None,
            seed: 1,
            duplicates: 0.0,
            found: None,
            json: true,
        };
        run(&config::load(None, &[]).expect("defaults"), &args).expect("evaluated")
    }

    #[test]
    fn a_pair_of_exact_repeats_with_a_third_text_counts_through_the_first() {
        let report = evaluated(None);
        assert_eq!((&report["truth"], &report["right"], &report["false"]), (&json!(3), &json!(3), &json!(0)));
        assert_eq!(report["links"], json!({ "exact": 1, "near": 1, "edited": 0 }));
    }

    #[test]
    fn what_is_not_listed_is_false_and_what_is_not_found_is_missed() {
        let report = evaluated(Some(&[(1, 2), (2, 3), (1, 4), (2, 1)]));
        let of = |key: &str| report[key].as_u64().expect("a count");
        assert_eq!((of("truth"), of("right"), of("missed"), of("false")), (3, 2, 1, 1));
    }
}
