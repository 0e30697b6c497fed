//! `minyi hot`

use std::process::ExitCode;

use serde_json::Value;

use crate::config::Config;

use super::local::Local;
use super::output::{list, number, print_json, text};

/// 热点
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 起始日，如 2026-01-01；缺省为截止日前三十天
    #[arg(long, value_name = "日期")]
    from: Option<String>,
    /// 截止日；缺省为今天
    #[arg(long, value_name = "日期")]
    to: Option<String>,
    /// 件数
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub async fn run(config: Config, args: Args) -> anyhow::Result<ExitCode> {
    let mut path = format!("/api/v1/hot?limit={}", args.limit);
    for (name, value) in [("from", &args.from), ("to", &args.to)] {
        if let Some(value) = value {
            path += &format!("&{name}={}", super::client::query_value(value));
        }
    }
    let found = Local::with(config, async |client| client.get(&path).await).await?;
    if args.json {
        print_json(&found);
    } else {
        print(&found);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(found: &Value) {
    println!("{} 至 {}：来稿 {} 件", text(found, "from"), text(found, "to"), number(found, "items"));
    if number(found, "left_out") > 0 {
        println!("注意：时段内来稿过多，最早的 {} 件未计入。", number(found, "left_out"));
    }
    if list(found, "matters").is_empty() {
        println!("没有三人以上反映的同一件事。");
    }
    for (at, matter) in list(found, "matters").iter().enumerate() {
        let heat = matter.get("heat").and_then(Value::as_f64).unwrap_or_default();
        println!("\n{:2}. {}（热度 {heat:.0}）", at + 1, text(matter, "title"));
        let day = |key: &str| text(matter, key).get(..10).unwrap_or_default().to_owned();
        let mut line = format!(
            "{} 件 · {} 人 · {} 至 {}",
            number(matter, "count"),
            number(matter, "contributors"),
            day("first"),
            day("last")
        );
        let (up, down) = (number(matter, "up"), number(matter, "down"));
        if up + down > 0 {
            line += &format!(" · 支持 {up} 反对 {down}");
        }
        println!("    {line}");
        for (label, key) in
            [("共同说法", "wording"), ("反映人", "people"), ("地点", "places"), ("已编发", "issued")]
        {
            let names = list(matter, key).iter().filter_map(Value::as_str).collect::<Vec<_>>().join("、");
            let value = if names.is_empty() { text(matter, key).to_owned() } else { names };
            if !value.is_empty() {
                println!("    {label}：{value}");
            }
        }
    }
}
