//! `minyi bulletin series`: the series of the office, and what each looks like on paper.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::bulletin::{Series, compile, sample, write_html};
use crate::model::LocalDate;

use super::super::client::Client;
use super::super::output::{print_json, text};
use super::files;

/// 刊物与样张
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 刊物代码；不写则列出全部
    id: Option<String>,
    /// 样张形式：html、pdf、docx、txt
    #[arg(long, default_value = "pdf")]
    format: String,
    /// 尚未启用的刊物配置文件：先看样张（HTML），再放入 bulletin.series_dir
    #[arg(long, value_name = "文件", conflicts_with_all = ["id", "format"])]
    file: Option<PathBuf>,
    /// 写到此目录
    #[arg(long, value_name = "目录", default_value = ".")]
    out: PathBuf,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Whether it needs no instance.
    pub(super) fn is_local(&self) -> bool {
        self.file.is_some()
    }
}

/// Lists the series, or writes a sample issue of one.
pub(super) async fn run(client: &mut Client, args: Args) -> anyhow::Result<ExitCode> {
    let Some(id) = args.id else {
        let all = client.get("/api/v1/series").await?;
        if args.json {
            print_json(&all);
        } else {
            for one in all.as_array().into_iter().flatten() {
                println!("{}  《{}》  {}", text(one, "id"), text(one, "name"), text(one, "unit"));
            }
        }
        return Ok(ExitCode::SUCCESS);
    };
    let path = format!("/api/v1/series/{id}/preview?format={}", args.format);
    let bytes = files::fetch(client, &path, "样张").await?;
    let written = files::write(&args.out, &format!("样张 {id}.{}", args.format), &bytes)?;
    println!("{}", written.display());
    Ok(ExitCode::SUCCESS)
}

/// A sample of a series that is not in use yet, from its file.
pub(super) fn preview_file(args: &Args) -> anyhow::Result<ExitCode> {
    let Some(file) = &args.file else { return Ok(ExitCode::FAILURE) };
    let text = std::fs::read_to_string(file).with_context(|| format!("无法读取 {}", file.display()))?;
    let series = Series::from_toml(&text, &file.display().to_string())?;
    let document = compile(&series, &sample(&series, LocalDate::parse("2026-01-08")?))?;
    let written =
        files::write(&args.out, &format!("样张 {}.html", series.id), write_html(&document).as_bytes())?;
    println!("{}", written.display());
    Ok(ExitCode::SUCCESS)
}
