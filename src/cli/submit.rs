//! `minyi submit`: posts items from files: JSONL as it is, spreadsheets, Word, text, PDF and ZIP as what they hold.
//! Sending the same file again adds nothing, so a broken run is simply repeated.

mod files;
mod mapping;
mod report;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use hyper::{Method, StatusCode};
use indicatif::ProgressBar;
use serde_json::Value;

use crate::config;
use crate::intake::files::{Naming, template};

use super::client::{Client, Target, Untrusted};
use super::output::{number, print_json, progress, text};
use files::Checked;
use mapping::Mapping;
use report::Line;

/// Lines in one request.
const CHUNK: usize = 500;
/// Attempts at one request before the command gives up.
const ATTEMPTS: u32 = 8;
/// Refusals printed in full; the rest is counted.
const SHOWN: usize = 50;

/// 从文件报送
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 文件：JSONL（每行一件）、XLSX、XLS、CSV、DOCX、TXT、PDF，及其 ZIP
    #[arg(required_unless_present = "template")]
    files: Vec<PathBuf>,
    /// 只读取和检查，逐件列出结果，不报送
    #[arg(long)]
    preview: bool,
    /// 逐件结果写入此文件（CSV）
    #[arg(long, value_name = "文件")]
    report: Option<PathBuf>,
    /// 把空白的报送表（XLSX）写入此文件
    #[arg(long, value_name = "文件")]
    template: Option<PathBuf>,
    /// 服务地址
    #[arg(long, default_value = "http://127.0.0.1:8780")]
    url: String,
    /// 来稿渠道的令牌或本人的个人令牌；也可放在环境变量 MINYI_TOKEN 中
    #[arg(long)]
    token: Option<String>,
    /// 字段对应：目标=来源，逗号分隔，例：title=标题,body=正文,external_id=id,contributor.name=姓名
    #[arg(long, value_delimiter = ',')]
    map: Vec<String>,
    /// 已受理的回执写入此文件
    #[arg(long, value_name = "文件")]
    acked: Option<PathBuf>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What came of it.
#[derive(Default)]
struct Outcome {
    new: u64,
    repeat: u64,
    /// 待本级审核.
    waiting: u64,
    refused: BTreeMap<String, u64>,
    receipts: Vec<String>,
    printed: usize,
    /// What came of each item; kept only for a report.
    lines: Option<Vec<Line>>,
}

/// Runs it; the exit code says whether every line was taken.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.template {
        std::fs::write(path, template()?).with_context(|| format!("无法写入 {}", path.display()))?;
        println!("报送表写入 {}", path.display());
        return Ok(ExitCode::SUCCESS);
    }
    if args.preview {
        return preview(&args);
    }
    let token = args.token.clone().or_else(|| config::environment("MINYI_TOKEN"));
    let token = token.context("缺少令牌：用 --token 或环境变量 MINYI_TOKEN 提供")?;
    let mapping = Mapping::parse(&args.map)?;
    let mut client = Client::new(Target::from_url(&args.url)?, Some(token));
    let mut outcome = Outcome { lines: args.report.is_some().then(Vec::new), ..Outcome::default() };
    for file in &args.files {
        if is_lines(file) || !args.map.is_empty() {
            submit_lines(&mut client, file, &mapping, &mut outcome).await?;
        } else {
            submit_read(&mut client, file, &mut outcome).await?;
        }
    }
    if let (Some(path), Some(lines)) = (&args.report, &outcome.lines) {
        report::write(path, lines).with_context(|| format!("无法写入 {}", path.display()))?;
    }
    if let Some(path) = &args.acked {
        std::fs::write(path, outcome.receipts.join("\n") + "\n")?;
    }
    let refused: u64 = outcome.refused.values().sum();
    if args.json {
        print_json(&serde_json::json!({
            "accepted": outcome.new, "repeated": outcome.repeat, "refused": outcome.refused,
            "waiting": outcome.waiting, "receipts": outcome.new + outcome.repeat + outcome.waiting,
        }));
    } else {
        let waiting = match outcome.waiting {
            0 => String::new(),
            count => format!("，待本级审核 {count} 件"),
        };
        println!(
            "回执 {} 份：新收 {} 件，重复 {} 件{waiting}；未收 {refused} 件",
            outcome.new + outcome.repeat + outcome.waiting,
            outcome.new,
            outcome.repeat
        );
        for (reason, count) in &outcome.refused {
            println!("    {reason}：{count}");
        }
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether a file is read line by line, however long it is.
fn is_lines(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("jsonl") || end.eq_ignore_ascii_case("ndjson"))
}

/// What the files hold and what is wrong with it; nothing is sent.
fn preview(args: &Args) -> anyhow::Result<ExitCode> {
    let (mut good, mut lines) = (0, Vec::new());
    for file in &args.files {
        let read = files::read(file)?;
        read.notes.iter().for_each(|note| eprintln!("{}：{note}", file.display()));
        for Checked { place, draft, flaws } in read.items {
            let detail = flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("；");
            good += u64::from(flaws.is_empty());
            let result = if flaws.is_empty() { "可报" } else { "有误" };
            lines.push(Line { place, title: draft.title().to_owned(), result, detail });
        }
        let refused = read.refused.into_iter();
        lines.extend(refused.map(|(place, detail)| Line {
            place,
            title: String::new(),
            result: "有误",
            detail,
        }));
    }
    if let Some(path) = &args.report {
        report::write(path, &lines)?;
    }
    if args.json {
        let rows: Vec<Value> = lines
            .iter()
            .map(|line| serde_json::json!({ "place": line.place, "title": line.title, "result": line.result, "detail": line.detail }))
            .collect();
        print_json(&serde_json::json!({ "good": good, "rows": rows }));
    } else {
        for line in &lines {
            println!("{} {} {} {}", line.result, line.place, line.title, line.detail);
        }
        println!("共 {} 件：可报 {good} 件，有误 {} 件；未报送", lines.len(), lines.len() as u64 - good);
    }
    Ok(if good == lines.len() as u64 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads a file, and sends what is sound in it.
async fn submit_read(client: &mut Client, path: &Path, outcome: &mut Outcome) -> anyhow::Result<()> {
    let own = path.to_owned();
    let read = tokio::task::spawn_blocking(move || files::read(&own)).await??;
    let bar = progress((read.items.len() + read.refused.len()) as u64, "报送");
    read.notes.iter().for_each(|note| bar.suspend(|| eprintln!("{}：{note}", path.display())));
    let refused = read.refused.into_iter().map(|(place, why)| Ok((place, Err(("unreadable", why)))));
    let items = read.items.into_iter().map(|Checked { place, draft, flaws }| {
        let why = flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("；");
        Ok((place, if flaws.is_empty() { Ok(draft.json()) } else { Err(("invalid_fields", why)) }))
    });
    send_all(client, refused.chain(items), outcome, bar).await
}

async fn submit_lines(
    client: &mut Client,
    path: &Path,
    mapping: &Mapping,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let opened = || File::open(path).with_context(|| format!("无法打开 {}", path.display()));
    let bar = progress(BufReader::new(opened()?).split(b'\n').count() as u64, "报送");
    let mut naming = Naming::default();
    let lines = BufReader::new(opened()?).split(b'\n').enumerate().filter_map(|(at, line)| {
        let line = match line {
            Ok(line) if line.iter().all(u8::is_ascii_whitespace) => {
                bar.inc(1);
                return None;
            }
            Ok(line) => line,
            Err(error) => return Some(Err(error.into())),
        };
        let item = mapping.apply(&line, &mut naming).map_err(|why| ("unreadable", why));
        Some(Ok((format!("{} 第 {} 行", path.display(), at + 1), item)))
    });
    send_all(client, lines, outcome, bar.clone()).await
}

/// An item as JSON, or why there is none: a code and a sentence.
type Sendable = (String, Result<String, (&'static str, String)>);

/// Sends items in chunks; what is none is refused in its place.
async fn send_all(
    client: &mut Client,
    items: impl Iterator<Item = anyhow::Result<Sendable>>,
    outcome: &mut Outcome,
    bar: ProgressBar,
) -> anyhow::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    for item in items {
        match item? {
            (place, Ok(item)) => chunk.push((place, item)),
            (place, Err((code, why))) => {
                outcome.refuse(&bar, &place, code, &why);
                bar.inc(1);
            }
        }
        if chunk.len() == CHUNK {
            send(client, std::mem::take(&mut chunk), outcome, &bar).await?;
        }
    }
    send(client, chunk, outcome, &bar).await?;
    bar.finish_and_clear();
    Ok(())
}

/// Sends a chunk; lines that the server asks to send later are sent again.
async fn send(
    client: &mut Client,
    mut chunk: Vec<(String, String)>,
    outcome: &mut Outcome,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let mut attempt = 0;
    while !chunk.is_empty() {
        let before = chunk.len();
        let body = chunk.iter().map(|(_, item)| item.as_str()).collect::<Vec<_>>().join("\n");
        let headers = [("content-type", "application/x-ndjson")];
        let answer = client.call(Method::POST, "/api/v1/items/batch", &headers, body).await;
        let later = match answer {
            Ok(answer) if answer.status.is_success() => {
                let results = String::from_utf8_lossy(&answer.body).into_owned();
                sort_out(chunk, &results, outcome, bar)
            }
            Ok(answer) if answer.status == StatusCode::SERVICE_UNAVAILABLE => chunk,
            Ok(answer) => bail!(answer.expect().err().map_or_else(String::new, |error| error.to_string())),
            Err(error) if attempt + 1 >= ATTEMPTS || error.is::<Untrusted>() => return Err(error),
            Err(_) => chunk,
        };
        // Waiting for the minute's allowance is no failure.
        attempt = if later.len() < before { 0 } else { attempt + 1 };
        chunk = later;
        if !chunk.is_empty() {
            if attempt >= ATTEMPTS {
                bail!("多次重试仍有 {} 件未收下；修复后重新执行同一命令即可继续", chunk.len());
            }
            tokio::time::sleep(Duration::from_secs(1 << attempt.min(4))).await;
        }
    }
    Ok(())
}

/// Counts the results; gives the lines that are to be sent again.
fn sort_out(
    chunk: Vec<(String, String)>,
    results: &str,
    outcome: &mut Outcome,
    bar: &ProgressBar,
) -> Vec<(String, String)> {
    let mut later = Vec::new();
    let results: Vec<Value> = results.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for (at, (place, item)) in chunk.into_iter().enumerate() {
        let Some(result) = results.get(at) else {
            later.push((place, item));
            continue;
        };
        match number(result, "status") {
            status @ (200 | 202) => {
                let receipt = text(result, "receipt").to_owned();
                let waits = result.get("waits").and_then(Value::as_bool).unwrap_or_default();
                let (count, word) = match (waits, status) {
                    (true, _) => (&mut outcome.waiting, "待本级审核"),
                    (false, 202) => (&mut outcome.new, "新收"),
                    (false, _) => (&mut outcome.repeat, "重复"),
                };
                *count += 1;
                outcome.note(&place, &item, word, &receipt);
                outcome.receipts.push(receipt);
            }
            429 | 503 => {
                later.push((place, item));
                continue;
            }
            _ => {
                let problem = result.get("problem").cloned().unwrap_or_default();
                outcome.refuse(bar, &place, text(&problem, "code"), text(&problem, "detail"));
            }
        }
        bar.inc(1);
    }
    later
}

impl Outcome {
    /// A line for the report, if there is to be one.
    fn note(&mut self, place: &str, item: &str, result: &'static str, detail: &str) {
        let Some(lines) = &mut self.lines else { return };
        let item: Value = serde_json::from_str(item).unwrap_or_default();
        let title = text(&item, "title").to_owned();
        lines.push(Line { place: place.to_owned(), title, result, detail: detail.to_owned() });
    }

    fn refuse(&mut self, bar: &ProgressBar, place: &str, reason: &str, detail: &str) {
        self.note(place, "", "未收", detail);
        *self.refused.entry(reason.to_owned()).or_default() += 1;
        self.printed += 1;
        if self.printed <= SHOWN {
            bar.suspend(|| eprintln!("未收 {place}：{detail}"));
        }
    }
}
