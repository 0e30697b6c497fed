//! `minyi bulletin numbers` and `verify`: what became of each number, and whether what was frozen still is.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::super::client::Client;
use super::super::output::{list, number, print_json, text};

/// 期号去向
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 刊物代码
    series: String,
    /// 年份
    year: i32,
    /// 启用本系统之前已用到第几期
    #[arg(long)]
    open: Option<u32>,
    /// 与之对应的总期号
    #[arg(long, requires = "open")]
    total: Option<u32>,
    /// 该期的印发日期
    #[arg(long, requires = "open")]
    last: Option<String>,
    /// 增刊
    #[arg(long, requires = "open")]
    supplement: bool,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// Runs `numbers`.
pub(super) async fn run(client: &mut Client, args: Args) -> anyhow::Result<ExitCode> {
    let path = format!("/api/v1/series/{}/numbers/{}", args.series, args.year);
    let rows = match args.open {
        None => client.get(&path).await?,
        Some(highest) => {
            let opening = json!({ "highest": highest, "total": args.total, "last_printed": args.last,
                "supplement": args.supplement });
            client.put(&format!("{path}/opening"), &opening).await?
        }
    };
    numbers(&rows, args.json);
    Ok(ExitCode::SUCCESS)
}

fn numbers(rows: &Value, json: bool) {
    if json {
        print_json(rows);
        return;
    }
    for row in rows.as_array().into_iter().flatten() {
        let kind = if row["supplement"] == true { "增刊" } else { "" };
        println!(
            "{kind}第{}期  {}  {}  {}",
            number(row, "number"),
            text(row, "state"),
            text(row, "printed_date"),
            text(row, "issue")
        );
    }
}

/// Verifies one issue or a year's; the exit code says whether all are what was frozen.
pub(super) async fn verify(
    client: &mut Client,
    id: Option<String>,
    year: Option<i32>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let issues = match id {
        Some(id) => json!([{ "id": id }]),
        None => client.get(&format!("/api/v1/bulletins?year={}", year.unwrap_or_default())).await?,
    };
    let mut results = Vec::new();
    for issue in issues.as_array().into_iter().flatten().filter(|issue| text(issue, "origin") != "past") {
        let result = client.get(&format!("/api/v1/bulletins/{}/verify", text(issue, "id"))).await?;
        let ok = result["ok"] == true;
        if !json {
            let remade = list(&result, "files").iter().all(|file| file["same_again"] != false);
            println!(
                "{}  {}  {}",
                text(issue, "id"),
                if ok { "定稿完好" } else { "定稿已变动或缺失" },
                if remade {
                    "重新排版一致"
                } else {
                    "本版程序重新排版有差异（定稿不受影响）"
                }
            );
        }
        results.push(result);
    }
    let ok = results.iter().all(|result| result["ok"] == true);
    if json {
        print_json(&Value::Array(results));
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
