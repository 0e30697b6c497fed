//! `minyi submit`: posts items from JSONL files. Sending the same file again adds nothing, so a broken run is simply
//! repeated.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use hyper::{Method, StatusCode};
use indicatif::ProgressBar;
use serde_json::{Map, Value};

use crate::config;

use super::client::{Client, Target};
use super::output::{number, print_json, progress, text};

/// Lines in one request.
const CHUNK: usize = 500;
/// Attempts at one request before the command gives up.
const ATTEMPTS: u32 = 8;
/// Refusals printed in full; the rest is counted.
const SHOWN: usize = 50;

/// 从 JSONL 文件报送
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 文件，每行一件
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// 服务地址
    #[arg(long, default_value = "http://127.0.0.1:8780")]
    url: String,
    /// 令牌；也可放在环境变量 MINYI_TOKEN 中
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
    refused: BTreeMap<String, u64>,
    receipts: Vec<String>,
    printed: usize,
}

/// Runs it; the exit code says whether every line was taken.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let token = args.token.clone().or_else(|| config::environment("MINYI_TOKEN"));
    let token = token.context("缺少令牌：用 --token 或环境变量 MINYI_TOKEN 提供")?;
    let mapping = Mapping::parse(&args.map)?;
    let mut client = Client::new(Target::from_url(&args.url)?, Some(token));
    let mut outcome = Outcome::default();
    for file in &args.files {
        submit_file(&mut client, file, &mapping, &mut outcome).await?;
    }
    if let Some(path) = &args.acked {
        std::fs::write(path, outcome.receipts.join("\n") + "\n")?;
    }
    let refused: u64 = outcome.refused.values().sum();
    if args.json {
        print_json(&serde_json::json!({
            "accepted": outcome.new, "repeated": outcome.repeat, "refused": outcome.refused,
            "receipts": outcome.new + outcome.repeat,
        }));
    } else {
        println!(
            "回执 {} 份：新收 {} 件，重复 {} 件；未收 {refused} 件",
            outcome.new + outcome.repeat,
            outcome.new,
            outcome.repeat
        );
        for (reason, count) in &outcome.refused {
            println!("    {reason}：{count}");
        }
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn submit_file(
    client: &mut Client,
    path: &Path,
    mapping: &Mapping,
    outcome: &mut Outcome,
) -> anyhow::Result<()> {
    let opened = || File::open(path).with_context(|| format!("无法打开 {}", path.display()));
    let total = BufReader::new(opened()?).split(b'\n').count() as u64;
    let bar = progress(total, "报送");
    let mut chunk = Vec::with_capacity(CHUNK);
    for (at, line) in BufReader::new(opened()?).split(b'\n').enumerate() {
        let line = line?;
        if line.iter().all(u8::is_ascii_whitespace) {
            bar.inc(1);
            continue;
        }
        let place = format!("{} 第 {} 行", path.display(), at + 1);
        match mapping.apply(&line) {
            Ok(item) => chunk.push((place, item)),
            Err(error) => {
                outcome.refuse(&bar, &place, "unreadable", &error);
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
            Err(error) if attempt + 1 >= ATTEMPTS => return Err(error),
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
                *(if status == 202 { &mut outcome.new } else { &mut outcome.repeat }) += 1;
                outcome.receipts.push(text(result, "receipt").to_owned());
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
    fn refuse(&mut self, bar: &ProgressBar, place: &str, reason: &str, detail: &str) {
        *self.refused.entry(reason.to_owned()).or_default() += 1;
        self.printed += 1;
        if self.printed <= SHOWN {
            bar.suspend(|| eprintln!("未收 {place}：{detail}"));
        }
    }
}

/// Which field of a line becomes which field of the item.
pub struct Mapping(Vec<(Vec<String>, String)>);

impl Mapping {
    /// Reads `target=source` pairs; without any the line is the item.
    pub fn parse(pairs: &[String]) -> anyhow::Result<Self> {
        let pair = |pair: &String| {
            let (target, source) =
                pair.split_once('=').with_context(|| format!("--map 应为 目标=来源：{pair}"))?;
            Ok((target.trim().split('.').map(str::to_owned).collect(), source.trim().to_owned()))
        };
        pairs.iter().map(pair).collect::<anyhow::Result<_>>().map(Self)
    }

    /// The item that a line stands for, as JSON text. An item without a name of its own is named after its content.
    pub fn apply(&self, line: &[u8]) -> Result<String, String> {
        let line: Value = serde_json::from_slice(line).map_err(|error| format!("不是 JSON：{error}"))?;
        let Value::Object(fields) = line else { return Err("不是 JSON 对象".to_owned()) };
        let mut item = if self.0.is_empty() { fields } else { self.mapped(&fields) };
        if !item.contains_key("external_id") {
            let hash = blake3::hash(Value::Object(item.clone()).to_string().as_bytes()).to_hex();
            item.insert("external_id".to_owned(), Value::String(format!("content-{}", &hash[..24])));
        }
        Ok(Value::Object(item).to_string())
    }

    fn mapped(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut item = Map::new();
        for (target, source) in &self.0 {
            let value = match fields.get(source) {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) if text.trim().is_empty() => continue,
                Some(Value::Number(number)) => Value::String(number.to_string()),
                Some(value) => value.clone(),
            };
            put(&mut item, target, value);
        }
        item
    }
}

/// Puts a value at a path of keys; what stands in the way of the path stays.
fn put(item: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => drop(item.insert(last.clone(), value)),
        [first, rest @ ..] => {
            let next = item.entry(first.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = next {
                put(inner, rest, value);
            }
        }
    }
}
