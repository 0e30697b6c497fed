//! `minyi bulletin compile`: from items to a proof.

use std::process::ExitCode;

use serde_json::json;

use super::super::client::Client;
use super::super::output::text;
use super::choice::Choice;
use super::show::show;

/// 成稿
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// 编者按
    #[arg(long)]
    note: Option<String>,
    /// 增刊，另行编号
    #[arg(long)]
    supplement: bool,
    /// 紧急程度：普通、加急、特急
    #[arg(long)]
    urgency: Option<String>,
    /// 印数
    #[arg(long)]
    copies: Option<u32>,
    /// 编辑
    #[arg(long)]
    editor: Option<String>,
    /// 核稿
    #[arg(long)]
    checker: Option<String>,
    /// 此前编发，一行，印在文末框内；可重复
    #[arg(long)]
    earlier: Vec<String>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(super) async fn run(client: &mut Client, args: Args) -> anyhow::Result<ExitCode> {
    let items = args.choice.items(client, 1).await?;
    let request = json!({ "series": args.choice.series, "items": items, "editors_note": args.note,
        "printed_date": args.choice.date, "supplement": args.supplement, "urgency": args.urgency,
        "copies": args.copies, "editor": args.editor, "checker": args.checker, "earlier": args.earlier });
    let issue = client.post("/api/v1/bulletins", &request).await?;
    show(&issue, args.json);
    if !args.json {
        println!("清样已出。签发并编发：minyi bulletin issue {} --signer 姓名", text(&issue, "id"));
    }
    Ok(ExitCode::SUCCESS)
}
