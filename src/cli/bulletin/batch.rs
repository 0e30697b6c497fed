//! `minyi bulletin batch`: single-item issues in one go, numbered in the order of the items.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::super::client::{Client, query_value};
use super::super::output::{list, progress, text};
use super::write_files;

/// 成批编发
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 刊物代码
    #[arg(long, default_value = "opinion")]
    series: String,
    /// 来稿编号，按编号先后
    #[arg(required_unless_present = "query")]
    items: Vec<String>,
    /// 改用检索式选稿
    #[arg(long, conflicts_with = "items")]
    query: Option<String>,
    /// 检索式取前几件
    #[arg(long, default_value_t = 200)]
    limit: usize,
    /// 签发人
    #[arg(long)]
    signer: String,
    /// 印发日期，缺省为今天
    #[arg(long)]
    date: Option<String>,
    /// 编发后把文件写到此目录
    #[arg(long, value_name = "目录")]
    out: Option<PathBuf>,
}

/// Runs it. What fails is said and left on its proof; the rest goes on.
pub(super) async fn run(client: &mut Client, args: Args) -> anyhow::Result<ExitCode> {
    let items = match &args.query {
        None => args.items.clone(),
        Some(query) => {
            let path = format!("/api/v1/search?q={}&limit={}", query_value(query), args.limit.min(200));
            let found = client.get(&path).await?;
            list(&found, "hits").iter().map(|hit| text(hit, "id").to_owned()).collect()
        }
    };
    anyhow::ensure!(!items.is_empty(), "没有选中来稿：请给出来稿编号，或换一个检索式");
    let bar = progress(items.len() as u64, "编发");
    let (mut done, mut failed) = (0_u64, 0_u64);
    for item in &items {
        match one(client, &args, item).await {
            Ok(()) => done += 1,
            Err(error) => {
                failed += 1;
                bar.suspend(|| eprintln!("来稿 {item}：{error}"));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    println!("编发 {done} 期，未成 {failed} 期");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn one(client: &mut Client, args: &Args, item: &str) -> anyhow::Result<()> {
    let request = json!({ "series": args.series, "items": [item], "printed_date": args.date });
    let proof = client.post("/api/v1/bulletins", &request).await?;
    let path = format!("/api/v1/bulletins/{}/issue", text(&proof, "id"));
    let issue = client.post(&path, &json!({ "signer": args.signer })).await?;
    if let Some(dir) = &args.out {
        write_files(client, &issue, dir).await?;
    }
    Ok(())
}
