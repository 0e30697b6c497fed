//! `minyi backup`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use crate::backup::{Place, check};
use crate::config::{self, Config};

use super::local::Local;
use super::output::{number, print_json, text};

/// 备份（服务不中断），或查看、核对、清理已有的备份
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 备份目录：空目录，或原有的备份目录（只增加有变化的部分）
    #[arg(long, value_name = "目录")]
    to: PathBuf,
    /// 加密口令所在的文件（取第一行）；也可用环境变量 MINYI_BACKUP_PASSPHRASE。首次备份时给出即加密
    #[arg(long, value_name = "文件")]
    passphrase_file: Option<PathBuf>,
    /// 备份之后只保留最近几次
    #[arg(long, value_name = "次数", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    /// 不备份，只列出已有的备份
    #[arg(long, conflicts_with_all = ["keep", "check"])]
    list: bool,
    /// 不备份，只逐字节核对最近一次备份
    #[arg(long, conflicts_with = "keep")]
    check: bool,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
}

/// Makes a backup through the running instance, or looks at those there are.
pub async fn run(config: Config, file: Option<PathBuf>, args: Args) -> anyhow::Result<ExitCode> {
    let passphrase = passphrase(args.passphrase_file.as_deref())?;
    if args.list || args.check {
        return look(&args, passphrase.as_deref());
    }
    let to = std::path::absolute(&args.to)?;
    let file = file.map(std::path::absolute).transpose()?;
    let order = json!({ "to": to, "passphrase": passphrase, "config_file": file });
    let taken = Local::with(config, async |client| client.post("/api/v1/backup", &order).await).await?;
    if args.json {
        print_json(&taken);
    } else {
        let mb = |key: &str| number(&taken, key) as f64 / f64::from(1 << 20);
        println!(
            "备份 {}：{} 个文件，{:.1} MB，新增 {:.1} MB，已逐一核对",
            text(&taken, "id"),
            number(&taken, "files"),
            mb("bytes"),
            mb("added")
        );
    }
    if text(&taken, "store") == "postgres" {
        eprintln!(
            "来稿、编稿、日志和文件都在 PostgreSQL 中，本备份不含它们：请另用 pg_dump 或 pg_basebackup 备份该库。本备份只有密钥和配置。"
        );
    }
    if let Some(keep) = args.keep {
        for id in Place::open(&to, passphrase.as_deref())?.keep(keep as usize)? {
            eprintln!("已清理备份 {id}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn look(args: &Args, passphrase: Option<&str>) -> anyhow::Result<ExitCode> {
    let place = Place::open(&args.to, passphrase)?;
    if args.check {
        let snapshot = place.snapshot(None)?;
        check(&place, &snapshot)?;
        println!("备份 {}：{} 个文件逐字节核对一致", snapshot.id, snapshot.files.len());
        return Ok(ExitCode::SUCCESS);
    }
    let mut all = Vec::new();
    for id in place.ids()? {
        all.push(place.snapshot(Some(&id))?);
    }
    if args.json {
        let list: Vec<_> = all
            .iter()
            .map(|snapshot| json!({ "id": snapshot.id, "at": snapshot.at, "files": snapshot.files.len(), "bytes": snapshot.bytes() }))
            .collect();
        print_json(&json!(list));
        return Ok(ExitCode::SUCCESS);
    }
    if all.is_empty() {
        println!("还没有备份。去掉 --list 即作一次备份。");
    }
    for snapshot in all {
        let mb = snapshot.bytes() as f64 / f64::from(1 << 20);
        println!(
            "{:20}{}  {:6} 个文件  {mb:10.1} MB",
            snapshot.id,
            snapshot.at.minute(),
            snapshot.files.len()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The passphrase, from a file or the environment; never from the command line, which others on the machine can see.
pub(super) fn passphrase(file: Option<&Path>) -> anyhow::Result<Option<String>> {
    let Some(file) = file else { return Ok(config::environment("MINYI_BACKUP_PASSPHRASE")) };
    let text =
        std::fs::read_to_string(file).with_context(|| format!("无法读取口令文件 {}", file.display()))?;
    let line = text.lines().next().unwrap_or_default().trim_end();
    anyhow::ensure!(!line.is_empty(), "口令文件 {} 的第一行是空的", file.display());
    Ok(Some(line.to_owned()))
}
