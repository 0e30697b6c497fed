//! `minyi eval`: how good duplicates, same matter, search, subjects and segmentation are, on an office's own data.
//!
//! Every measure runs the product's own code; what is read is JSON Lines. Each subcommand prints a table, or with
//! `--json` one object with the measures under their usual names.

mod brute;
mod cost;
mod data;
mod duplicates;
mod edits;
mod injector;
mod measures;
mod repeats;
mod same_matter;
mod search;
mod segment;
mod speed;
mod subjects;

use std::process::ExitCode;

use serde_json::Value;

use crate::config::Config;

use super::output::print_json;

/// 评测：查重、同类、检索、主题、分词
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 查重：找出的重复与给定（或穷举）的重复相比
    Duplicates(duplicates::Args),
    /// 改写：对来稿作十种改动，看能否找回
    Edits(edits::Args),
    /// 同类反映：给定的成对样本
    SameMatter(same_matter::Args),
    /// 检索：查询与应得结果
    Search(search::Args),
    /// 主题建议：训练与测试，或交叉验证
    Subjects(subjects::Args),
    /// 分词：与标准分词相比
    Segment(segment::Args),
    /// 速度：入库全程每 CPU 秒件数、索引大小、检索用时
    Speed(speed::Args),
}

/// Runs it. CPU work only: the async threads have nothing else to do meanwhile.
pub fn run(config: &Config, command: &Command) -> anyhow::Result<ExitCode> {
    let (report, json) = match command {
        Command::Duplicates(args) => (duplicates::run(config, args)?, args.json),
        Command::Edits(args) => (edits::run(config, args)?, args.json),
        Command::SameMatter(args) => (same_matter::run(config, args)?, args.json),
        Command::Search(args) => (search::run(config, args)?, args.json),
        Command::Subjects(args) => (subjects::run(config, args)?, args.json),
        Command::Segment(args) => (segment::run(config, args)?, args.json),
        Command::Speed(args) => (speed::run(config, args)?, args.json),
    };
    if json {
        print_json(&report)
    } else {
        print_table(&report, "")
    }
    Ok(ExitCode::SUCCESS)
}

/// Names of the measures for reading; what is not here is shown as it is.
const NAMES: &[(&str, &str)] = &[
    ("items", "来稿"),
    ("queries", "查询"),
    ("pairs", "成对样本"),
    ("truth", "应找出"),
    ("found", "已找出"),
    ("right", "其中正确"),
    ("missed", "漏掉"),
    ("false", "误报"),
    ("recall", "召回率"),
    ("precision", "准确率"),
    ("f1", "F1"),
    ("auc", "AUC"),
    ("threshold", "阈值"),
    ("hit_at_1", "首条命中"),
    ("recall_at_10", "前十召回"),
    ("mrr_at_10", "前十 MRR"),
    ("ndcg_at_10", "前十 nDCG"),
    ("accuracy", "正确率"),
    ("macro_f1", "宏平均 F1"),
    ("word_f1", "词 F1"),
    ("by_kind", "分类别"),
    ("links", "链接"),
    ("exact", "完全重复"),
    ("near", "近似重复"),
    ("edited", "改写重复"),
    ("with_edited", "连同改写重复"),
    ("copies", "改写件"),
    ("exact_or_near", "不计改写重复的召回率"),
    ("synonym", "换同义词"),
    ("added", "加一句"),
    ("removed", "删一句"),
    ("reordered", "调整顺序"),
    ("boilerplate", "加首尾套话"),
    ("traditional", "繁体"),
    ("width", "全角"),
    ("typos_2", "错字 2%"),
    ("typos_5", "错字 5%"),
    ("typos_10", "错字 10%"),
    ("seconds", "用时（秒）"),
    ("cpu", "其中 CPU 秒"),
    ("fold", "折叠"),
    ("fingerprint", "指纹"),
    ("place", "查找与核对"),
    ("items_per_cpu_second", "每 CPU 秒件数"),
    ("slowest", "最慢的查询"),
    ("bytes_per_item", "每件内存（字节）"),
    ("cpu_microseconds_per_item", "每件 CPU 微秒"),
    ("segment", "分词"),
    ("links_verified", "查找与核对重复"),
    ("documents", "组成索引文档"),
    ("index", "写索引、提交、合并"),
    ("whole_path", "全程"),
    ("duplicates_alone", "只算查重（指纹、查找、核对）"),
    ("milliseconds", "检索用时（毫秒）"),
    ("first_answer_seconds", "打开索引至首次答复（秒）"),
    ("memory_mb", "内存（MB，不计文件映射）"),
    ("peak_memory_mb", "内存峰值（MB，含文件映射）"),
];

fn print_table(value: &Value, indent: &str) {
    let Value::Object(fields) = value else { return };
    for (key, value) in fields {
        let name = NAMES.iter().find(|(known, _)| known == key).map_or(key.as_str(), |(_, name)| name);
        match value {
            Value::Object(_) => {
                println!("{indent}{name}");
                print_table(value, &format!("{indent}  "));
            }
            Value::Number(number) if number.is_f64() => {
                println!("{indent}{name}\t{:.4}", number.as_f64().unwrap_or_default());
            }
            Value::String(text) => println!("{indent}{name}\t{text}"),
            other => println!("{indent}{name}\t{other}"),
        }
    }
}
