//! `minyi tidy`: what could be put in order in a text, and the text with all of it taken.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use crate::text::tidy;

use super::output::print_json;

/// 一键整理
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 文件（UTF-8 文本）
    file: PathBuf,
    /// 只输出整理后的文字
    #[arg(long, conflicts_with = "json")]
    text: bool,
    /// 输出 JSON：逐处改动和整理后的文字
    #[arg(long)]
    json: bool,
}

/// Runs it. The file itself stays as it is.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let text =
        std::fs::read_to_string(&args.file).with_context(|| format!("无法读取 {}", args.file.display()))?;
    let changes = tidy::propose(&text);
    let tidied = tidy::apply(&text, &changes);
    if args.json {
        print_json(&json!({ "changes": changes, "text": tidied }));
    } else if args.text {
        println!("{tidied}");
    } else {
        for change in &changes {
            let line = text.chars().take(change.start).filter(|c| *c == '\n').count() + 1;
            let (kind, reason) = (change.kind.label(), &change.reason);
            println!("第{line}行 {kind} {:?} → {:?}：{reason}", change.before, change.after);
        }
        println!("共 {} 处改动", changes.len());
    }
    Ok(ExitCode::SUCCESS)
}
