//! `minyi subjects`

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::config::Config;

use super::local::Local;
use super::output::{number, print_json};

/// 主题建议
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 用已标注主题的来稿训练；编辑改过的主题在下一次训练时生效
    Train {
        /// 输出 JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
pub async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    let Command::Train { json: as_json } = command;
    let trained =
        Local::with(config, async |client| client.post("/api/v1/subjects/train", &json!({})).await).await?;
    if as_json {
        print_json(&trained);
        return Ok(ExitCode::SUCCESS);
    }
    println!("已用 {} 件来稿训练：", number(&trained, "items"));
    if let Some(subjects) = trained.get("subjects").and_then(Value::as_object) {
        subjects.iter().for_each(|(subject, count)| println!("  {subject}\t{count}"));
    }
    let accuracy = trained.get("accuracy").and_then(Value::as_f64).unwrap_or_default();
    println!("对未见过的来稿，首条建议正确的占 {:.1} %", accuracy * 100.0);
    Ok(ExitCode::SUCCESS)
}
