//! `minyi load`: measures an instance over HTTP, beside what the same disk gives a bare append with fdatasync.

mod figures;
mod wire;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use hyper::Method;
use serde_json::json;

use crate::config;

use super::client::{Client, Target, query_value};
use super::output::{number, print_json, progress};
use super::sample::Maker;
use figures::{Figures, Metrics};
use wire::Wire;

/// How long the bare appends are measured, before and again after the load.
const BARE: Duration = Duration::from_secs(2);
/// How long to wait, after the last answer, for everything to be searchable.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long a service that is gone is waited for before the run is given up.
const AWAY: Duration = Duration::from_secs(180);

/// 压力测试
#[derive(Debug, clap::Args)]
pub struct Args {
    /// 服务地址
    #[arg(long, default_value = "http://127.0.0.1:8780")]
    url: String,
    /// 令牌（报送权限；有查阅权限时另测可检索延迟）
    #[arg(long)]
    token: Option<String>,
    /// 件数
    #[arg(long, default_value_t = 10_000)]
    items: u64,
    /// 并发连接数
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// 每秒至多报送件数；缺省不限
    #[arg(long)]
    rate: Option<f64>,
    /// 语料（JSONL）；缺省用演示来稿
    #[arg(long, value_name = "文件")]
    corpus: Option<PathBuf>,
    /// 混入的重复比例
    #[arg(long, default_value_t = 0.05)]
    duplicates: f64,
    /// 随机种子；缺省取当前时间
    #[arg(long)]
    seed: Option<u64>,
    /// 对照写入放在哪个目录（应与服务的数据目录同盘）
    #[arg(long, default_value = ".")]
    disk: PathBuf,
    /// 已受理的回执写入此文件
    #[arg(long, value_name = "文件")]
    acked: Option<PathBuf>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What the connections share.
struct Shared {
    /// Made beforehand: making them must not be measured.
    requests: Vec<Vec<u8>>,
    next: AtomicU64,
    /// When the first request goes out, and how many a second may follow it.
    pace: Option<(Instant, f64)>,
    refused: AtomicU64,
    /// How often a connection broke and the request was sent again over a new one.
    broken: AtomicU64,
    done: AtomicBool,
}

/// Runs it.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let token = args.token.clone().or_else(|| config::environment("MINYI_TOKEN"));
    let token = token.context("缺少令牌：用 --token 或环境变量 MINYI_TOKEN 提供")?;
    let target = Target::from_url(&args.url)?;
    let seed = match args.seed {
        Some(seed) => seed,
        None => u64::from_le_bytes(crate::clock::random_bytes()?) >> 32,
    };
    let maker = Maker::of_corpus(args.corpus.as_deref(), seed, args.duplicates)?;
    let items: Vec<String> = (0..args.items).map(|n| maker.item(n)).collect();
    let size = items.iter().map(String::len).sum::<usize>() / items.len().max(1);
    let requests = items.iter().map(|item| wire::request(&target, &token, item)).collect();
    drop(items);
    // How it compares with the disk is asked of what goes as fast as it can.
    let bare = || args.rate.is_none().then(|| bare_appends(&args.disk, size)).transpose();
    let bare_before = bare()?;
    let shared = Arc::new(Shared {
        requests,
        next: AtomicU64::new(0),
        pace: args.rate.map(|rate| (Instant::now(), rate.max(0.001))),
        refused: AtomicU64::new(0),
        broken: AtomicU64::new(0),
        done: AtomicBool::new(false),
    });
    let mut observer = Client::new(target.clone(), Some(token.clone()));
    let before = metrics(&mut observer).await?;
    let sampler =
        tokio::spawn(sample_memory(Client::new(target.clone(), Some(token.clone())), Arc::clone(&shared)));
    let prober = tokio::spawn(probe(target.clone(), token.clone(), Arc::clone(&shared), seed));
    let bar = progress(args.items, "加压");
    let begun = Instant::now();
    let mut tasks = Vec::with_capacity(args.connections);
    for _ in 0..args.connections {
        let wire = Wire::connect(&target).await?;
        tasks.push(tokio::spawn(post(wire, target.clone(), Arc::clone(&shared), bar.clone())));
    }
    let (mut latencies, mut receipts) = (Vec::new(), Vec::new());
    for task in tasks {
        let (mine, acknowledged) = task.await??;
        latencies.extend(mine);
        receipts.extend(acknowledged);
    }
    let posting = begun.elapsed();
    shared.done.store(true, Ordering::SeqCst);
    bar.finish_and_clear();
    let searchable = drained(&mut observer).await?;
    let after = metrics(&mut observer).await?;
    let peak = sampler.await?;
    let lags = prober.await?;
    let bare_after = bare()?;
    if let Some(path) = &args.acked {
        std::fs::write(path, receipts.join("\n") + "\n")?;
    }
    let run = Figures {
        seed,
        connections: args.connections,
        accepted: latencies.len() as u64,
        refused: shared.refused.load(Ordering::SeqCst),
        broken: shared.broken.load(Ordering::SeqCst),
        posting,
        searchable,
        latencies,
        lags,
        before,
        after,
        peak,
        size,
        bare: bare_before.zip(bare_after).map(|(before, after)| (before + after) / 2.0),
    };
    let report = run.report();
    if args.json {
        print_json(&report)
    } else {
        run.print(&report)
    }
    Ok(ExitCode::SUCCESS)
}

/// Appends a second of a record of this size, each synced by itself: what a log with no thought would reach.
fn bare_appends(dir: &std::path::Path, size: usize) -> anyhow::Result<f64> {
    let path = dir.join(".minyi-load.tmp");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let record = vec![b'x'; size];
    let (begun, mut written) = (Instant::now(), 0u32);
    while begun.elapsed() < BARE {
        file.write_all(&record)?;
        file.sync_data()?;
        written += 1;
    }
    let rate = f64::from(written) / begun.elapsed().as_secs_f64();
    std::fs::remove_file(&path)?;
    Ok(rate)
}

/// A new connection to a service that broke the last one: an item carries its `external_id`, so what is sent again is
/// the same item to whoever had it already.
async fn again(target: &Target, shared: &Shared, broke: anyhow::Error) -> anyhow::Result<Wire> {
    shared.broken.fetch_add(1, Ordering::Relaxed);
    let begun = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        match Wire::connect(target).await {
            Ok(wire) => return Ok(wire),
            Err(error) if begun.elapsed() > AWAY => return Err(error.context(broke)),
            Err(_) => {}
        }
    }
}

async fn post(
    mut wire: Wire,
    target: Target,
    shared: Arc<Shared>,
    bar: indicatif::ProgressBar,
) -> anyhow::Result<(Vec<u32>, Vec<String>)> {
    let (mut latencies, mut receipts, mut since) = (Vec::new(), Vec::new(), 0u64);
    loop {
        let n = shared.next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = usize::try_from(n).ok().and_then(|n| shared.requests.get(n)) else {
            bar.inc(since);
            return Ok((latencies, receipts));
        };
        if let Some((first, rate)) = shared.pace {
            tokio::time::sleep_until((first + Duration::from_secs_f64(n as f64 / rate)).into()).await;
        }
        let begun = Instant::now();
        loop {
            let answer = match wire.exchange(request).await {
                Ok(answer) => answer,
                Err(broke) => {
                    wire = again(&target, &shared, broke).await?;
                    continue;
                }
            };
            match answer.status {
                200..300 => {
                    latencies.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
                    receipts.push(answer.receipt()?);
                    break;
                }
                // Asked to come again: that is what a contributor's program does.
                429 | 503 => tokio::time::sleep(Duration::from_secs(1)).await,
                _ => {
                    shared.refused.fetch_add(1, Ordering::Relaxed);
                    break;
                }
            }
        }
        since += 1;
        if since == 100 {
            bar.inc(since);
            since = 0;
        }
    }
}

/// Posts an item with a number of its own every second and looks until it is found: the lag an editor would see.
async fn probe(target: Target, token: String, shared: Arc<Shared>, seed: u64) -> Vec<f64> {
    let mut client = Client::new(target, Some(token));
    let mut lags = Vec::new();
    for round in 0u64.. {
        if shared.done.load(Ordering::SeqCst) {
            return lags;
        }
        let mark = format!("{}{round:05}", seed % 100_000 + 100_000);
        let item = json!({ "title": format!("探针{mark}"), "body": format!("探针 {mark} 的正文。"), "external_id": mark });
        let headers = [("content-type", "application/json")];
        let Ok(answer) = client.call(Method::POST, "/api/v1/items", &headers, item.to_string()).await else {
            return lags;
        };
        if !answer.status.is_success() {
            return lags;
        }
        let begun = Instant::now();
        loop {
            let Ok(found) = client.get(&format!("/api/v1/search?q={}&limit=1", query_value(&mark))).await
            else {
                return lags;
            };
            if number(&found, "total") > 0 {
                lags.push(begun.elapsed().as_secs_f64());
                break;
            }
            if begun.elapsed() > PATIENCE {
                return lags;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    lags
}

/// The highest anonymous memory seen, bytes.
async fn sample_memory(mut client: Client, shared: Arc<Shared>) -> f64 {
    let mut peak = 0.0f64;
    loop {
        if let Ok(values) = metrics(&mut client).await {
            peak = peak.max(values.get("process_anonymous_memory_bytes"));
        }
        if shared.done.load(Ordering::SeqCst) {
            return peak;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Waits until everything acknowledged can be found; gives how long that took.
async fn drained(client: &mut Client) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    loop {
        let values = match metrics(client).await {
            Ok(values) => values,
            Err(error) if begun.elapsed() > PATIENCE => return Err(error),
            // A service that is being started again tells nothing yet.
            Err(_) => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let waiting = values.get("minyi_queue_depth") + values.get("minyi_index_lag_changes");
        if waiting == 0.0 || begun.elapsed() > PATIENCE {
            return Ok(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn metrics(client: &mut Client) -> anyhow::Result<Metrics> {
    let answer = client.call(Method::GET, "/metrics", &[], "").await?;
    let text = String::from_utf8_lossy(&answer.body);
    let values = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(key, value)| Some((key.to_owned(), value.parse().ok()?)))
        .collect();
    Ok(Metrics(values))
}
