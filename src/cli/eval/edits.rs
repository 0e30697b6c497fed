//! `minyi eval edits`: whether a text that somebody changed a little is found again.

use std::collections::HashSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::config::{self, Config};
use crate::model::LinkKind;
use crate::text::Shingles;

use super::brute;
use super::data::Records;
use super::injector::{Dice, Edit};
use super::measures::{Counts, share};
use super::repeats::{Found, Text, find, folded};

/// 改写评测：对抽出的来稿各作十种改动，原件与改写件一同按产品自身的路径查重。
///
/// 召回率按“原件—改写件”计；准确率按找出的每一对计：同一原件的各件之间为正确，两个原件本身穷举为重复的也为正确，其余为误报。
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 来稿文件（JSONL，可多个）
    #[arg(long, value_name = "文件", num_args = 1.., required = true)]
    items: Vec<PathBuf>,
    /// 抽取件数
    #[arg(long, default_value_t = 2000)]
    sample: usize,
    /// 随机种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Originals, then their edited copies.
struct Edited {
    texts: Vec<Text>,
    /// For each text the position of its original.
    origin: Vec<usize>,
    /// For each copy, how it was made and where it stands.
    copies: Vec<(Edit, usize)>,
}

impl Edited {
    fn of(mut originals: Vec<Text>, sample: usize, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        dice.shuffle(&mut originals);
        originals.truncate(sample);
        let mut edited =
            Self { origin: (0..originals.len()).collect(), texts: originals, copies: Vec::new() };
        for origin in 0..edited.texts.len() {
            for edit in Edit::ALL {
                if let Some(copy) = edit.apply(&edited.texts[origin], &mut dice) {
                    edited.copies.push((edit, edited.texts.len()));
                    edited.origin.push(origin);
                    edited.texts.push(copy);
                }
            }
        }
        edited
    }

    fn originals(&self) -> &[Text] {
        &self.texts[..self.texts.len() - self.copies.len()]
    }
}

/// Runs it.
pub fn run(config: &Config, args: &Args) -> anyhow::Result<Value> {
    let records = Records::read(&args.items)?.records;
    let originals = records.iter().map(|record| (record.title(), record.body())).collect();
    let edited = Edited::of(originals, args.sample, args.seed);
    let found = find(&config.group, &edited.texts)?;
    let pairs = precision(&config.group, &edited, &found);
    let mut report = json!({ "items": edited.originals().len(), "copies": edited.copies.len() });
    let recalls = recalls(&edited, &found);
    if let (Value::Object(report), Value::Object(recalls), Value::Object(cost)) =
        (&mut report, recalls, found.cost())
    {
        report.extend(recalls);
        report.insert("precision".to_owned(), json!(pairs.precision()));
        report
            .insert("pairs".to_owned(), json!({ "found": pairs.right + pairs.wrong, "false": pairs.wrong }));
        report.insert("links".to_owned(), found.counts());
        report.extend(cost);
    }
    Ok(report)
}

fn recalls(edited: &Edited, found: &Found) -> Value {
    let recall = |of: &dyn Fn(Edit) -> bool, counts: &dyn Fn(LinkKind) -> bool| {
        let copies: Vec<usize> =
            edited.copies.iter().filter(|(edit, _)| of(*edit)).map(|(_, at)| *at).collect();
        let hits = copies.iter().filter(|at| found.kind(edited.origin[**at], **at).is_some_and(counts));
        (copies.len(), hits.count())
    };
    let by_kind: Map<String, Value> = Edit::ALL
        .iter()
        .map(|edit| {
            let (copies, hits) = recall(&|made| made == *edit, &|_| true);
            (edit.name(), json!({ "copies": copies, "found": hits, "recall": share(hits, copies) }))
        })
        .collect();
    let (copies, hits) = recall(&|_| true, &|_| true);
    let (_, without) = recall(&|_| true, &|kind| kind != LinkKind::Edited);
    json!({
        "recall": share(hits, copies),
        "exact_or_near": share(without, copies),
        "by_kind": by_kind,
    })
}

/// Every pair that is found, right or wrong.
fn precision(criteria: &config::Group, edited: &Edited, found: &Found) -> Counts {
    let sets: Vec<Shingles> = edited.originals().iter().map(|text| Shingles::of(&folded(text))).collect();
    let repeats: HashSet<(usize, usize)> = brute::pairs(&sets, criteria.near_threshold).into_iter().collect();
    let mut members = vec![Vec::new(); edited.texts.len()];
    for (at, first) in found.first.iter().enumerate() {
        members[*first].push(at);
    }
    let mut counts = Counts::default();
    let mut count = |one: usize, other: usize| {
        let (a, b) = (edited.origin[one], edited.origin[other]);
        if a == b || repeats.contains(&(a.min(b), a.max(b))) {
            counts.right += 1;
        } else {
            counts.wrong += 1;
        }
    };
    for group in &members {
        for (at, one) in group.iter().enumerate() {
            group[at + 1..].iter().for_each(|other| count(*one, *other));
        }
    }
    for link in &found.links {
        for one in &members[link.one] {
            members[link.other].iter().for_each(|other| count(*one, *other));
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::sample::{demo_items, text_of};

    #[test]
    fn edited_copies_of_the_bundled_items_are_found_and_nothing_else_is() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("items.jsonl");
        let lines: String = (0..)
            .zip(demo_items())
            .filter_map(|(id, line)| {
                let item: Value = serde_json::from_str(line).ok()?;
                Some(format!("{}\n", json!({ "id": id, "title": item["title"], "body": text_of(&item)? })))
            })
            .collect();
        std::fs::write(&path, lines).expect("write");
        let args = Args { items: vec![path], sample: 60, seed: 1, json: true };
        let report = run(&config::load(None, &[]).expect("defaults"), &args).expect("evaluated");
        let value = |path: &str| report.pointer(path).and_then(Value::as_f64).expect("a measure");
        assert!(value("/recall") > 0.95 && value("/precision") > 0.99, "{report:#}");
        assert_eq!((value("/by_kind/traditional/recall"), value("/by_kind/width/recall")), (1.0, 1.0));
    }
}
