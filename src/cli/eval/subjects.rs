//! `minyi eval subjects`: how often the suggested subject is the one that editors gave.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{bail, ensure};
use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::text::{Labelled, Lexicon, Segmenter, SubjectModel};

use super::data::Records;
use super::measures::{Counts, classes};
use super::repeats;

/// 主题建议：训练与测试，或交叉验证
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 训练用来稿（JSONL）
    #[arg(long, value_name = "文件", num_args = 1.., requires = "test", required_unless_present = "items")]
    train: Vec<PathBuf>,
    /// 测试用来稿（JSONL）
    #[arg(long, value_name = "文件", num_args = 1.., requires = "train")]
    test: Vec<PathBuf>,
    /// 交叉验证用来稿（JSONL）；近似重复的来稿总在同一份中
    #[arg(long, value_name = "文件", num_args = 1.., conflicts_with = "train")]
    items: Vec<PathBuf>,
    /// 交叉验证的份数
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// 主题在哪个字段
    #[arg(long, default_value = "category")]
    field: String,
    /// 输出 JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
pub fn run(config: &Config, args: &Args) -> anyhow::Result<Value> {
    let begun = Instant::now();
    let segmenter = Segmenter::new(Lexicon::load(&config.lexicon.dir)?);
    let mut report = if args.items.is_empty() {
        let train = read(&args.train, &args.field, &segmenter)?.0;
        let test = read(&args.test, &args.field, &segmenter)?.0;
        let model = SubjectModel::train(&train.iter().collect::<Vec<_>>());
        let answers: Vec<_> = test.iter().map(|item| answer(&model, item)).collect();
        measured(&answers)
    } else {
        let (items, texts) = read(&args.items, &args.field, &segmenter)?;
        let folds = folds(config, &items, &texts, args.folds)?;
        measured(&validated(&items, &folds, args.folds))
    };
    report.insert("seconds".to_owned(), json!(begun.elapsed().as_secs_f64()));
    Ok(Value::Object(report))
}

/// The truth and what the model said.
type Answer = (String, String);

fn answer(model: &SubjectModel, item: &Labelled) -> Answer {
    let said = model.subjects().get(model.best(item)).cloned().unwrap_or_default();
    (item.subject().to_owned(), said)
}

fn read(
    files: &[PathBuf],
    field: &str,
    segmenter: &Segmenter,
) -> anyhow::Result<(Vec<Labelled>, Vec<repeats::Text>)> {
    let records = Records::read(files)?.records;
    let mut items = Vec::with_capacity(records.len());
    for record in &records {
        let subject = record.text(field);
        if subject.is_empty() {
            bail!("来稿 {}:{} 没有字段 {field}；可用 --field 指定", record.stem, record.id);
        }
        items.push(Labelled::new(&record.title(), &record.body(), &subject, segmenter));
    }
    Ok((items, records.iter().map(|record| (record.title(), record.body())).collect()))
}

/// The fold of each item: exact and near repeats together, subjects spread evenly.
fn folds(
    config: &Config,
    items: &[Labelled],
    texts: &[repeats::Text],
    count: usize,
) -> anyhow::Result<Vec<usize>> {
    ensure!((2..=items.len().max(2)).contains(&count), "--folds 应在 2 与来稿件数之间");
    let found = repeats::find(&config.group, texts)?;
    let mut heads = found.first.clone();
    fn head(heads: &mut [usize], mut at: usize) -> usize {
        while heads[at] != at {
            heads[at] = heads[heads[at]];
            at = heads[at];
        }
        at
    }
    for link in &found.links {
        let (one, other) = (head(&mut heads, link.one), head(&mut heads, link.other));
        heads[one.max(other)] = one.min(other);
    }
    let mut next = BTreeMap::<&str, usize>::new();
    let mut out = vec![0; items.len()];
    for at in 0..items.len() {
        let first = head(&mut heads, at);
        out[at] = if first == at {
            let turn = next.entry(items[at].subject()).or_default();
            *turn += 1;
            (*turn - 1) % count
        } else {
            out[first]
        };
    }
    Ok(out)
}

/// Every item answered by a model that was trained without its fold.
fn validated(items: &[Labelled], folds: &[usize], count: usize) -> Vec<Answer> {
    let one = |fold: usize| -> Vec<Answer> {
        let part = |own: bool| -> Vec<&Labelled> {
            items.iter().zip(folds).filter(|(_, f)| (**f == fold) == own).map(|(item, _)| item).collect()
        };
        let model = SubjectModel::train(&part(false));
        part(true).into_iter().map(|item| answer(&model, item)).collect()
    };
    (0..count).flat_map(one).collect()
}

fn measured(answers: &[Answer]) -> Map<String, Value> {
    let mut names: Vec<&str> = answers.iter().flat_map(|(a, b)| [a.as_str(), b.as_str()]).collect();
    names.sort_unstable();
    names.dedup();
    let place = |name: &str| names.binary_search(&name).unwrap_or(0);
    let placed: Vec<(usize, usize)> =
        answers.iter().map(|(truth, said)| (place(truth), place(said))).collect();
    let (accuracy, macro_f1) = classes(&placed, names.len());
    let by_kind: Map<String, Value> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let count = |t: bool, s: bool| {
                placed.iter().filter(|(truth, said)| (*truth == at) == t && (*said == at) == s).count()
            };
            let counts =
                Counts { right: count(true, true), wrong: count(false, true), missed: count(true, false) };
            let value = json!({
                "items": counts.right + counts.missed,
                "precision": counts.precision(),
                "recall": counts.recall(),
                "f1": counts.f1(),
            });
            ((*name).to_owned(), value)
        })
        .collect();
    let mut report = Map::new();
    report.insert("items".to_owned(), json!(answers.len()));
    report.insert("accuracy".to_owned(), json!(accuracy));
    report.insert("macro_f1".to_owned(), json!(macro_f1));
    report.insert("by_kind".to_owned(), Value::Object(by_kind));
    report
}
