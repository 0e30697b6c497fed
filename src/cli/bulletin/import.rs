//! `minyi bulletin import`: past issues from their files. First a table to look at and to correct, then the taking.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use crate::bulletin::{PastIssue, read_past};
use crate::model::{LocalDate, SeriesId};

use super::super::client::Client;
use super::super::output::{progress, text};

/// The columns of the table, parted by tabs.
const COLUMNS: &str = "取用\t文件\t刊物\t年\t期号\t总期号\t增刊\t日期\t标题\t署名\t存疑";
/// What parts several titles or credits in one cell.
const PARTS: &str = " ‖ ";
/// The mark at a file's beginning by which spreadsheets know UTF-8.
const BOM: char = '\u{FEFF}';

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
struct Found {
    name: String,
    issue: Result<PastIssue, String>,
    take: bool,
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
    let mut chosen: Vec<(String, PastIssue)> = found
        .into_iter()
        .filter(|one| one.take)
        .filter_map(|one| Some((one.name, one.issue.ok()?)))
        .collect();
    chosen.sort_by_key(|(_, issue)| (issue.series.clone(), issue.year, issue.number));
    let bar = progress(chosen.len() as u64, "录入");
    let (mut new, mut repeat, mut failed) = (0, 0, 0);
    for (name, mut issue) in chosen {
        issue.doubts.clear();
        match client.post("/api/v1/bulletins/past", &json!(issue)).await {
            Ok(taken) if taken["repeat"] == true => repeat += 1,
            Ok(_) => new += 1,
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

async fn read_all(dir: &Path, known: Vec<(SeriesId, String)>) -> anyhow::Result<Vec<Found>> {
    let mut files = Vec::new();
    collect(dir, &mut files)?;
    files.sort();
    let bar = progress(files.len() as u64, "读取");
    let mut found = Vec::new();
    for path in files {
        let (known, name) = (known.clone(), path.strip_prefix(dir).unwrap_or(&path).display().to_string());
        // A damaged file must not end the command.
        let read = tokio::task::spawn_blocking(move || read_one(&path, &known));
        let issue = read.await.unwrap_or_else(|_| Err("文件无法读取".to_owned()));
        let take = issue.as_ref().is_ok_and(|issue| issue.doubts.is_empty());
        found.push(Found { name, issue, take });
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

fn read_one(path: &Path, known: &[(SeriesId, String)]) -> Result<PastIssue, String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let read = |path: &Path| std::fs::read(path).map_err(|error| format!("无法读取：{error}"));
    let bytes = if ["doc", "wps"].contains(&ending(path).as_str()) { converted(path)? } else { read(path)? };
    read_past(&name, &bytes, known).map_err(|error| error.to_string())
}

/// A DOC or WPS file as DOCX, by LibreOffice.
fn converted(path: &Path) -> Result<Vec<u8>, String> {
    let into = tempfile::tempdir().map_err(|error| error.to_string())?;
    let run = std::process::Command::new("soffice")
        .args(["--headless", "--convert-to", "docx", "--outdir"])
        .arg(into.path())
        .arg(path)
        .output()
        .map_err(|_| {
            "未装 LibreOffice（soffice），不能读 DOC、WPS；装上后重试，或先另存为 DOCX".to_owned()
        })?;
    let made = into.path().join(path.with_extension("docx").file_name().unwrap_or_default());
    std::fs::read(made).map_err(|_| {
        format!(
            "LibreOffice 未能转换：{}",
            String::from_utf8_lossy(&run.stderr).lines().next().unwrap_or_default()
        )
    })
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

fn row(one: &Found) -> String {
    let take = if one.take { "是" } else { "否" };
    let issue = match &one.issue {
        Ok(issue) => issue,
        Err(why) => return format!("否\t{}\t\t\t\t\t\t\t\t\t{why}", one.name),
    };
    let number = |number: Option<String>| number.unwrap_or_default();
    let join = |of: fn(&crate::bulletin::PastArticle) -> &str| {
        issue.articles.iter().map(of).collect::<Vec<_>>().join(PARTS).replace(['\t', '\n'], " ")
    };
    [
        take.to_owned(),
        one.name.clone(),
        number(issue.series.as_ref().map(ToString::to_string)),
        number(issue.year.map(|year| year.to_string())),
        number(issue.number.map(|number| number.to_string())),
        number(issue.total.map(|total| total.to_string())),
        if issue.supplement { "是".to_owned() } else { String::new() },
        number(issue.date.map(|date| date.to_string())),
        join(|article| &article.title),
        join(|article| &article.credit),
        issue.doubts.join("；"),
    ]
    .join("\t")
}

fn print(found: &[Found]) {
    for one in found {
        println!("{}", row(one).replace('\t', "  "));
    }
    let sure = found.iter().filter(|one| one.take).count();
    println!("共 {} 个文件：{sure} 个读得完整，{} 个存疑或未读", found.len(), found.len() - sure);
}

fn write_table(path: &Path, found: &[Found]) -> anyhow::Result<()> {
    let rows: Vec<String> = found.iter().map(row).collect();
    let table = format!("{BOM}{COLUMNS}\n{}\n", rows.join("\n"));
    std::fs::write(path, table).with_context(|| format!("无法写入 {}", path.display()))
}

/// Takes an edited table's values in place of those that were read.
fn correct(path: &Path, found: &mut [Found]) -> anyhow::Result<()> {
    let table = std::fs::read_to_string(path)
        .with_context(|| format!("无法读取 {}（应为 UTF-8）", path.display()))?;
    let mut lines = table.trim_start_matches(BOM).lines();
    anyhow::ensure!(
        lines.next().map(str::trim_end) == Some(COLUMNS),
        "{} 不是本命令生成的对照表",
        path.display()
    );
    for (at, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').map(|cell| cell.trim().trim_matches('"')).collect();
        let cell = |column: usize| cells.get(column).copied().unwrap_or_default();
        let Some(one) = found.iter_mut().find(|one| one.name == cell(1)) else {
            anyhow::bail!("对照表第 {} 行：目录中没有文件 {}", at + 2, cell(1));
        };
        one.take = cell(0) == "是";
        let Ok(issue) = &mut one.issue else {
            anyhow::ensure!(!one.take, "对照表第 {} 行：{} 未能读出，不能取用", at + 2, one.name);
            continue;
        };
        overwrite(issue, &cell).with_context(|| format!("对照表第 {} 行", at + 2))?;
    }
    Ok(())
}

fn overwrite<'a>(issue: &mut PastIssue, cell: &impl Fn(usize) -> &'a str) -> anyhow::Result<()> {
    fn parsed<T: std::str::FromStr>(text: &str, what: &str) -> anyhow::Result<Option<T>> {
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| anyhow::anyhow!("{what}“{text}”不对"))
    }
    issue.series = parsed(cell(2), "刊物代码")?;
    issue.year = parsed(cell(3), "年")?;
    issue.number = parsed(cell(4), "期号")?;
    issue.total = parsed(cell(5), "总期号")?;
    issue.supplement = cell(6) == "是";
    issue.date = Some(cell(7)).filter(|date| !date.is_empty()).map(LocalDate::parse).transpose()?;
    let titles: Vec<&str> = cell(8).split(PARTS.trim()).map(str::trim).collect();
    let credits: Vec<&str> = cell(9).split(PARTS.trim()).map(str::trim).collect();
    anyhow::ensure!(titles.len() == issue.articles.len(), "标题应有 {} 个，以“‖”分隔", issue.articles.len());
    for (at, article) in issue.articles.iter_mut().enumerate() {
        titles[at].clone_into(&mut article.title);
        credits.get(at).copied().unwrap_or_default().clone_into(&mut article.credit);
    }
    Ok(())
}
