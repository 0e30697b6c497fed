//! `minyi migrate`: the facts from the embedded database to PostgreSQL.

use std::process::ExitCode;

use crate::app;
use crate::config::{Config, SecretText};

/// 把内置数据库的全部数据迁到 PostgreSQL（可中断续传，完成后逐表核对）
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 目标库：postgres://用户:口令@主机/库（也可用环境变量 MINYI_STORE__URL）
    #[arg(long, value_name = "地址")]
    to: Option<String>,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
}

/// Copies, compares, and says what to set afterwards.
pub async fn run(config: Config, args: Args) -> anyhow::Result<ExitCode> {
    let mut target = config.store.clone();
    if let Some(to) = args.to {
        target.url = SecretText::new(to);
    }
    anyhow::ensure!(!target.url.reveal().is_empty(), "请用 --to 给出目标库的地址");
    let tables = tokio::task::spawn_blocking(move || app::transfer(&config, target)).await??;
    let all_same = tables.iter().all(|table| table.same);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&tables)?);
    } else {
        for table in &tables {
            println!(
                "{:<22}{:>10} 行  {}",
                table.table,
                table.rows,
                if table.same { "一致" } else { "不一致" }
            );
        }
    }
    if !all_same {
        eprintln!("有的表不一致：请确认没有程序在写这两个库，然后重新运行本命令");
        return Ok(ExitCode::FAILURE);
    }
    eprintln!(
        "已全部迁移并核对一致。请设 store.kind = \"postgres\"、store.url，再启动 minyi serve；原数据库文件保留未动。"
    );
    Ok(ExitCode::SUCCESS)
}
