//! `minyi bulletin batch`: single-item issues in one go, numbered in the order of the items.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;

use super::super::client::Client;
use super::super::output::{progress, text};
use super::choice::Choice;
use super::write_files;

/// 成批编发
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// 签发人
    #[arg(long)]
    signer: String,
    /// 编发后把文件写到此目录
    #[arg(long, value_name = "目录")]
    out: Option<PathBuf>,
}

/// Runs it. What fails is said and left on its proof; the rest goes on.
pub(super) async fn run(client: &mut Client, args: Args) -> anyhow::Result<ExitCode> {
    let items = args.choice.items(client, usize::MAX).await?;
    let bar = progress(items.len() as u64, "编发");
    let begun = Instant::now();
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
    println!("编发 {done} 期，未成 {failed} 期，用时 {:.1} 秒", begun.elapsed().as_secs_f64());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn one(client: &mut Client, args: &Args, item: &str) -> anyhow::Result<()> {
    let request = json!({ "series": args.choice.series, "items": [item], "printed_date": args.choice.date });
    let proof = client.post("/api/v1/bulletins", &request).await?;
    let path = format!("/api/v1/bulletins/{}/issue", text(&proof, "id"));
    let issue = client.post(&path, &json!({ "signer": args.signer })).await?;
    if let Some(dir) = &args.out {
        write_files(client, &issue, dir).await?;
    }
    Ok(())
}
