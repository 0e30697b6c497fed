//! `minyi verify`

use std::path::PathBuf;
use std::process::ExitCode;

use hyper::Method;
use serde_json::Value;

use crate::config::Config;

use super::local::Local;
use super::output::{list, number, print_json};

/// 核对
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 已受理清单：每行一个回执号或来稿编号（minyi load --acked 写出）
    #[arg(long, value_name = "文件")]
    acked: Option<PathBuf>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// Runs it; the exit code says whether everything agrees.
pub async fn run(config: Config, args: Args) -> anyhow::Result<ExitCode> {
    let acknowledged = match &args.acked {
        Some(path) => std::fs::read(path)?,
        None => Vec::new(),
    };
    let report = Local::with(config, async |client| {
        client.call(Method::POST, "/api/v1/verify", &[], acknowledged).await?.expect()
    })
    .await?;
    if args.json {
        print_json(&report);
    } else {
        print(&report);
    }
    let ok = report.get("ok").and_then(Value::as_bool).unwrap_or(false);
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(report: &Value) {
    let counts = report.get("counts").cloned().unwrap_or_default();
    println!(
        "来稿 {} 件，版本 {}，链接 {}，组 {}（{} 件），异常来稿 {}",
        number(&counts, "items"),
        number(&counts, "versions"),
        number(&counts, "links"),
        number(&counts, "groups"),
        number(&counts, "grouped"),
        number(&counts, "dead"),
    );
    println!(
        "索引 {} 件，待入库 {}，待查重 {}",
        number(report, "indexed"),
        number(report, "waiting"),
        number(report, "links_behind")
    );
    let audit = report.get("audit").cloned().unwrap_or_default();
    match audit.get("broken_at").and_then(Value::as_i64) {
        None => println!("操作日志 {} 条，链完整", number(&audit, "rows")),
        Some(at) => println!("操作日志在第 {at} 条断开"),
    }
    for (key, what) in [
        ("index_differs", "索引与库"),
        ("index_files", "索引文件损坏"),
        ("files", "文件"),
        ("numbers", "期号"),
        ("missing", "已受理而缺失"),
    ] {
        let found = report.get(key).cloned().unwrap_or_default();
        println!("{what}：{} 处", number(&found, "count"));
        list(&found, "first").iter().filter_map(Value::as_str).for_each(|line| println!("    {line}"));
    }
    if !list(report.get("index_files").unwrap_or(&Value::Null), "first").is_empty() {
        println!("索引可由 minyi reindex 重建，来稿不受影响");
    }
    if let Some(damage) = report.get("database").and_then(Value::as_str) {
        println!("数据库文件损坏：{damage}。请停止服务，保留数据目录，用 minyi restore 恢复到新目录");
    }
    for id in list(report, "registered").iter().filter_map(Value::as_str) {
        println!("期 {id} 已登记未编发：请再执行 minyi bulletin issue {id} --signer …");
    }
    let ok = report.get("ok").and_then(Value::as_bool).unwrap_or(false);
    println!("{}", if ok { "核对一致" } else { "核对不一致，见上" });
}
