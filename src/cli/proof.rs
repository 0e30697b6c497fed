//! `minyi proof`: what an editor should look at again in a text.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::model::LocalDate;
use crate::text::{Lexicon, ProofHit, ProofTables, Proofreader, Segmenter, Severity};

use super::output::print_json;

/// 校对
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 文件（UTF-8 文本）
    file: PathBuf,
    /// 文稿日期，例：2026-03-01；缺省为今天。单位、区划、领导人按当日名称核对
    #[arg(long, value_parser = LocalDate::parse)]
    date: Option<LocalDate>,
    /// 本单位校对表所在目录，其中与程序自带同名的文件取而代之；缺省为 desk.tables_dir 下的 proof
    #[arg(long, value_name = "目录")]
    tables: Option<PathBuf>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// Runs it; an open 严重 makes the exit code that of a failure.
pub fn run(config: &Config, args: &Args) -> anyhow::Result<ExitCode> {
    let text =
        std::fs::read_to_string(&args.file).with_context(|| format!("无法读取 {}", args.file.display()))?;
    let own = if config.desk.tables_dir.as_os_str().is_empty() {
        PathBuf::new()
    } else {
        config.desk.tables_dir.join("proof")
    };
    let tables = ProofTables::load(args.tables.as_deref().unwrap_or(&own))?;
    let segmenter = Segmenter::new(Lexicon::load(&config.lexicon.dir)?);
    let hits = Proofreader::new(&tables, segmenter)?
        .check(&text, args.date.unwrap_or_else(|| SystemClock.now().date()));
    if args.json {
        print_json(&json!({ "hits": hits.iter().map(|hit| placed(&text, hit)).collect::<Vec<_>>() }));
    } else {
        for hit in &hits {
            let (line, column) = place(&text, hit.start);
            println!(
                "第{line}行第{column}字 {} {} “{}”：{}",
                hit.severity,
                hit.kind.label(),
                hit.text,
                hit.reason
            );
            match hit.proposal.as_deref() {
                Some("") => println!("    建议：删去"),
                Some(proposal) => println!("    建议：{proposal}"),
                None => {}
            }
        }
        println!("共 {} 处，其中严重 {} 处", hits.len(), severe(&hits));
        if tables.leaders().is_empty() {
            println!("注意：领导人表（leaders.toml）尚未填写，姓名、职务、排序未作核对");
        }
    }
    Ok(if severe(&hits) == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn severe(hits: &[ProofHit]) -> usize {
    hits.iter().filter(|hit| hit.severity == Severity::Severe).count()
}

/// Line and column of a character, from 1.
fn place(text: &str, start: usize) -> (usize, usize) {
    let before = text.chars().take(start);
    before.fold((1, 1), |(line, column), c| if c == '\n' { (line + 1, 1) } else { (line, column + 1) })
}

fn placed(text: &str, hit: &ProofHit) -> serde_json::Value {
    let (line, column) = place(text, hit.start);
    json!({
        "place": { "start": hit.start, "end": hit.end, "line": line, "column": column },
        "kind": hit.kind, "kind_label": hit.kind.label(), "severity": hit.severity,
        "text": hit.text, "reason": hit.reason, "proposal": hit.proposal,
    })
}
