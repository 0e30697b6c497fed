//! `minyi search`

use std::process::ExitCode;

use serde_json::Value;

use crate::config::Config;

use super::client::query_value;
use super::local::Local;
use super::output::{list, number, plain_snippet, print_json, text};

/// 检索
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 检索式（整体加引号；以 - 开头时前面写 --）：词语 "短语" -排除 甲 OR 乙 标题:… 单位:… 区县:… 日期:2026-01..2026-03
    #[arg(required = true, num_args = 1..)]
    query: Vec<String>,
    /// 排序：relevance newest oldest
    #[arg(long, default_value = "relevance")]
    sort: String,
    /// 每页条数
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// 下一页的标记
    #[arg(long)]
    cursor: Option<String>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub async fn run(config: Config, args: Args) -> anyhow::Result<ExitCode> {
    let mut path = format!(
        "/api/v1/search?q={}&sort={}&limit={}",
        query_value(&args.query.join(" ")),
        query_value(&args.sort),
        args.limit
    );
    if let Some(cursor) = &args.cursor {
        path += &format!("&cursor={}", query_value(cursor));
    }
    let found = Local::with(config, async |client| client.get(&path).await).await?;
    if args.json {
        print_json(&found);
    } else {
        print(&found);
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a page of results for reading.
pub fn print(found: &Value) {
    list(found, "notes").iter().filter_map(Value::as_str).for_each(|note| println!("注意：{note}"));
    let relaxed = found.get("relaxed").and_then(Value::as_bool).unwrap_or(false);
    let how = if relaxed { "（没有全部匹配的，以下为部分匹配）" } else { "" };
    println!("{}：共 {} 件{how}", text(found, "query"), number(found, "total"));
    if list(found, "hits").is_empty() {
        println!("没有找到。可减少词语、换个说法，或去掉限定条件。");
    }
    for (at, hit) in list(found, "hits").iter().enumerate() {
        let issued = list(hit, "issued").iter().filter_map(Value::as_str).collect::<Vec<_>>().join("、");
        let group = number(hit, "group_size");
        println!("\n{:2}. {}", at + 1, plain_snippet(text(hit, "title")));
        println!("    {}", plain_snippet(text(hit, "snippet")).replace('\n', " "));
        let mut marks = vec![text(hit, "reporter"), text(hit, "district"), text(hit, "subject")];
        marks.retain(|mark| !mark.is_empty());
        let mut line = marks.join(" · ");
        if group > 1 {
            line += &format!(" · 同组 {group} 件");
        }
        if !issued.is_empty() {
            line += &format!(" · 已编发 {issued}");
        }
        println!(
            "    {line} · {} · {}",
            &text(hit, "received_at").get(..10).unwrap_or_default(),
            text(hit, "id")
        );
    }
    if let Some(next) = found.get("next").and_then(Value::as_str) {
        println!("\n下一页：--cursor {next}");
    }
}
