//! `minyi bulletin import`: past issues from their files. First a table to look at and to correct, then the taking.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use hyper::Method;
use serde_json::json;

use crate::bulletin::{PastIssue, read_past};
use crate::model::SeriesId;

use super::super::client::{Client, query_value};
use super::super::output::{progress, text};
use super::office::{Converted, convert};
use super::table::{correct, row, write_table};

/// 导入往期
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 往期文件所在目录（含下级目录）：DOCX、有文字的 PDF；DOC、WPS 需装有 LibreOffice
    dir: PathBuf,
    /// 对照表（制表符分隔，可用表格软件修改）：没有就生成，有就按它录入
    #[arg(long, value_name = "文件")]
    table: Option<PathBuf>,
    /// 直接录入没有存疑的各期，不生成对照表
    #[arg(long, conflicts_with = "table")]
    yes: bool,
}

/// A file and what it says.
pub(super) struct Found {
    /// Its name, from the folder on.
    pub(super) name: String,
    path: PathBuf,
    /// What was read, or why nothing was.
    pub(super) issue: Result<PastIssue, String>,
    /// Whether it is to be taken.
    pub(super) take: bool,
}

/// Runs it.
pub(super) async fn run(client: &mut Client, args: Args) -> anyhow::Result<ExitCode> {
    let series = client.get("/api/v1/series").await?;
    let known: Vec<(SeriesId, String)> = series
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| Some((text(one, "id").parse().ok()?, text(one, "name").to_owned())))
        .collect();
    let mut found = read_all(&args.dir, known).await?;
    anyhow::ensure!(!found.is_empty(), "{} 中没有 DOCX、PDF、DOC、WPS 文件", args.dir.display());
    match &args.table {
        Some(table) if table.exists() => correct(table, &mut found)?,
        Some(table) => {
            write_table(table, &found)?;
            print(&found);
            println!("对照表写入 {}。改好后再次执行同一命令即录入“取用”为“是”的各期。", table.display());
            return Ok(ExitCode::SUCCESS);
        }
        None if args.yes => {}
        None => {
            print(&found);
            println!("以上未录入。没有存疑的直接录入：加 --yes；先改对照表：加 --table 往期.tsv");
            return Ok(ExitCode::SUCCESS);
        }
    }
    take(client, found).await
}

/// Sends what is to be taken, oldest first, so that counting goes on from the last.
async fn take(client: &mut Client, found: Vec<Found>) -> anyhow::Result<ExitCode> {
    let mut chosen: Vec<(String, PathBuf, PastIssue)> = found
        .into_iter()
        .filter(|one| one.take)
        .filter_map(|one| Some((one.name, one.path, one.issue.ok()?)))
        .collect();
    chosen.sort_by_key(|(_, _, issue)| (issue.series.clone(), issue.year, issue.number));
    let bar = progress(chosen.len() as u64, "录入");
    let (mut new, mut repeat, mut failed) = (0, 0, 0);
    for (name, path, mut issue) in chosen {
        issue.doubts.clear();
        match take_one(client, &issue, &path).await {
            Ok(true) => repeat += 1,
            Ok(false) => new += 1,
            Err(error) => {
                failed += 1;
                bar.suspend(|| eprintln!("{name}：{error}"));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    println!("录入 {new} 期，已有 {repeat} 期，未成 {failed} 期");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Enters an issue and keeps its file beside it; gives whether it was there already.
async fn take_one(client: &mut Client, issue: &PastIssue, path: &Path) -> anyhow::Result<bool> {
    let taken = client.post("/api/v1/bulletins/past", &json!(issue)).await?;
    let bytes = std::fs::read(path).with_context(|| format!("无法读取 {}", path.display()))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kept = format!("/api/v1/bulletins/{}/original?name={}", text(&taken, "id"), query_value(&name));
    client.call(Method::POST, &kept, &[], bytes).await?.expect()?;
    Ok(taken["repeat"] == true)
}

async fn read_all(dir: &Path, known: Vec<(SeriesId, String)>) -> anyhow::Result<Vec<Found>> {
    let mut files = Vec::new();
    collect(dir, &mut files)?;
    files.sort();
    let old: Vec<PathBuf> =
        files.iter().filter(|path| ["doc", "wps"].contains(&ending(path).as_str())).cloned().collect();
    let converted = tokio::task::spawn_blocking(move || convert(&old, "soffice")).await??;
    let converted = Arc::new(converted);
    let bar = progress(files.len() as u64, "读取");
    let mut found = Vec::new();
    for path in files {
        let (known, name) = (known.clone(), path.strip_prefix(dir).unwrap_or(&path).display().to_string());
        let (own, converted) = (path.clone(), Arc::clone(&converted));
        // A damaged file must not end the command.
        let read = tokio::task::spawn_blocking(move || read_one(&path, &converted, &known));
        let issue = read.await.unwrap_or_else(|_| Err("文件无法读取".to_owned()));
        let take = issue.as_ref().is_ok_and(|issue| issue.doubts.is_empty());
        found.push(Found { name, path: own, issue, take });
        bar.inc(1);
    }
    bar.finish_and_clear();
    doubt_repeats(&mut found);
    Ok(found)
}

fn collect(dir: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(dir).with_context(|| format!("无法读取目录 {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, out)?;
        } else if ["docx", "pdf", "doc", "wps"].contains(&ending(&path).as_str()) {
            out.push(path);
        }
    }
    Ok(())
}

fn ending(path: &Path) -> String {
    path.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn read_one(path: &Path, converted: &Converted, known: &[(SeriesId, String)]) -> Result<PastIssue, String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let readable = converted.of(path).cloned().unwrap_or_else(|| Ok(path.to_owned()))?;
    let bytes = std::fs::read(readable).map_err(|error| format!("无法读取：{error}"))?;
    read_past(&name, &bytes, known).map_err(|error| error.to_string())
}

/// Two files of one number are both doubtful.
fn doubt_repeats(found: &mut [Found]) {
    let key = |issue: &PastIssue| {
        format!("{:?} {:?} {:?} {}", issue.series, issue.year, issue.number, issue.supplement)
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for issue in found.iter().filter_map(|one| one.issue.as_ref().ok()) {
        *counts.entry(key(issue)).or_default() += 1;
    }
    for one in found {
        if let Ok(issue) = &mut one.issue
            && counts.get(&key(issue)).is_some_and(|count| *count > 1)
        {
            issue.doubts.push("另有文件也是这一期".to_owned());
            one.take = false;
        }
    }
}

fn print(found: &[Found]) {
    for one in found {
        println!("{}", row(one).replace('\t', "  "));
    }
    let sure = found.iter().filter(|one| one.take).count();
    println!("共 {} 个文件：{sure} 个读得完整，{} 个存疑或未读", found.len(), found.len() - sure);
}
