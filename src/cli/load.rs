//! `minyi load`: measures an instance over HTTP, beside what the same disk gives a bare append with fdatasync.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::config;

use super::client::{Client, Target, query_value};
use super::output::{number, print_json, progress, text};
use super::sample::{Maker, demo_items, text_of};

/// How long the bare appends are measured, before and again after the load.
const BARE: Duration = Duration::from_secs(2);
/// How long to wait, after the last answer, for everything to be searchable.
const PATIENCE: Duration = Duration::from_secs(600);

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
    items: Vec<Bytes>,
    next: AtomicU64,
    refused: AtomicU64,
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
    let maker = maker(&args, seed)?;
    let items: Vec<Bytes> = (0..args.items).map(|n| Bytes::from(maker.item(n))).collect();
    let size = items.iter().map(Bytes::len).sum::<usize>() / items.len().max(1);
    let bare_before = bare_appends(&args.disk, size)?;
    let shared = Arc::new(Shared {
        items,
        next: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        done: AtomicBool::new(false),
    });
    let mut observer = Client::new(target.clone(), Some(token.clone()));
    let before = metrics(&mut observer).await?;
    let sampler =
        tokio::spawn(sample_memory(Client::new(target.clone(), Some(token.clone())), Arc::clone(&shared)));
    let prober = tokio::spawn(probe(target.clone(), token.clone(), Arc::clone(&shared), seed));
    let bar = progress(args.items, "加压");
    let begun = Instant::now();
    let tasks: Vec<_> = (0..args.connections)
        .map(|_| {
            let client = Client::new(target.clone(), Some(token.clone()));
            tokio::spawn(post(client, Arc::clone(&shared), bar.clone()))
        })
        .collect();
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
    let bare_after = bare_appends(&args.disk, size)?;
    if let Some(path) = &args.acked {
        std::fs::write(path, receipts.join("\n") + "\n")?;
    }
    let run = Figures {
        seed,
        connections: args.connections,
        accepted: latencies.len() as u64,
        refused: shared.refused.load(Ordering::SeqCst),
        posting,
        searchable,
        latencies,
        lags,
        before,
        after,
        peak,
        size,
        bare: (bare_before + bare_after) / 2.0,
    };
    let report = run.report();
    if args.json {
        print_json(&report)
    } else {
        run.print(&report)
    }
    Ok(ExitCode::SUCCESS)
}

fn maker(args: &Args, seed: u64) -> anyhow::Result<Maker> {
    let lines: Vec<String> = match &args.corpus {
        None => demo_items().into_iter().map(str::to_owned).collect(),
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("无法读取 {}", path.display()))?;
            text.lines().map(str::to_owned).collect()
        }
    };
    let texts: Vec<String> = lines
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|item| text_of(&item))
        .collect();
    Maker::new(texts.iter().map(String::as_str), seed, args.duplicates)
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

async fn post(
    mut client: Client,
    shared: Arc<Shared>,
    bar: indicatif::ProgressBar,
) -> anyhow::Result<(Vec<u32>, Vec<String>)> {
    let (mut latencies, mut receipts, mut since) = (Vec::new(), Vec::new(), 0u64);
    loop {
        let n = shared.next.fetch_add(1, Ordering::Relaxed);
        let Some(item) = usize::try_from(n).ok().and_then(|n| shared.items.get(n)) else {
            bar.inc(since);
            return Ok((latencies, receipts));
        };
        loop {
            let begun = Instant::now();
            let headers = [("content-type", "application/json")];
            let answer = client.call(Method::POST, "/api/v1/items", &headers, item.clone()).await?;
            if answer.status.is_success() {
                latencies.push(u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX));
                receipts.push(text(&answer.json()?, "receipt").to_owned());
                break;
            }
            // Asked to come again: that is what a contributor's program does.
            if matches!(answer.status.as_u16(), 429 | 503) {
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            shared.refused.fetch_add(1, Ordering::Relaxed);
            break;
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
        let values = metrics(client).await?;
        let waiting = values.get("minyi_queue_depth") + values.get("minyi_index_lag_changes");
        if waiting == 0.0 || begun.elapsed() > PATIENCE {
            return Ok(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What `/metrics` said.
struct Metrics(Vec<(String, f64)>);

impl Metrics {
    fn get(&self, name: &str) -> f64 {
        self.0.iter().find(|(key, _)| key == name).map_or(0.0, |(_, value)| *value)
    }

    /// Values of a counter by one label.
    fn by_label(&self, name: &str, label: &str) -> Vec<(String, f64)> {
        let prefix = format!("{name}{{{label}=\"");
        self.0
            .iter()
            .filter_map(|(key, value)| {
                Some((key.strip_prefix(&prefix)?.strip_suffix("\"}")?.to_owned(), *value))
            })
            .collect()
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

struct Figures {
    seed: u64,
    connections: usize,
    accepted: u64,
    refused: u64,
    posting: Duration,
    searchable: Duration,
    latencies: Vec<u32>,
    lags: Vec<f64>,
    before: Metrics,
    after: Metrics,
    peak: f64,
    size: usize,
    bare: f64,
}

impl Figures {
    fn report(&self) -> Value {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at = |share: f64| {
            let index = ((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1));
            f64::from(sorted.get(index).copied().unwrap_or(0)) / 1000.0
        };
        let mut lags = self.lags.clone();
        lags.sort_by(f64::total_cmp);
        let rate = self.accepted as f64 / self.posting.as_secs_f64();
        let grew = |name: &str| self.after.get(name) - self.before.get(name);
        let cpu = grew("process_cpu_seconds_total");
        let stages = self.per_item("minyi_stage_cpu_microseconds_total", "stage", 1.0);
        let threads = self.per_item("minyi_thread_cpu_seconds_total", "thread", 1e6);
        json!({
            "seed": self.seed,
            "connections": self.connections,
            "accepted": self.accepted,
            "refused": self.refused,
            "seconds": round(self.posting.as_secs_f64()),
            "accepted_per_second": round(rate),
            "bare_append_fdatasync_per_second": round(self.bare),
            "ratio_to_bare": round(rate / self.bare),
            "latency_ms": { "p50": at(0.5), "p99": at(0.99), "max": at(1.0) },
            "searchable_after_last_seconds": round(self.searchable.as_secs_f64()),
            "search_lag_seconds": {
                "probes": lags.len(),
                "p50": lags.get(lags.len() / 2).copied().map(round),
                "max": lags.last().copied().map(round),
            },
            "server_cpu_seconds": round(cpu),
            "items_per_cpu_second": round(self.accepted as f64 / cpu),
            "stage_cpu_microseconds_per_item": stages,
            "thread_cpu_microseconds_per_item": threads,
            "peak_anonymous_memory_mb": round(self.peak / f64::from(1 << 20)),
            "item_bytes": self.size,
            "disk_mb": round(grew("minyi_data_bytes") / f64::from(1 << 20)),
        })
    }

    /// By how much a counter grew for each item accepted, by its label.
    fn per_item(&self, name: &str, label: &str, scale: f64) -> serde_json::Map<String, Value> {
        let earlier = self.before.by_label(name, label);
        let grew =
            |key: &str, now: f64| now - earlier.iter().find(|(k, _)| k == key).map_or(0.0, |(_, v)| *v);
        let items = self.accepted.max(1) as f64;
        let now = self.after.by_label(name, label).into_iter();
        now.map(|(key, value)| (key.clone(), json!(round(grew(&key, value) * scale / items)))).collect()
    }

    fn print(&self, report: &Value) {
        let figure = |key: &str| report.get(key).cloned().unwrap_or_default();
        println!("种子 {}，{} 个连接，平均每件 {} 字节", self.seed, self.connections, self.size);
        println!("受理 {} 件，未收 {} 件，用时 {} 秒", self.accepted, self.refused, figure("seconds"));
        println!(
            "每秒受理 {}；同盘逐条追加并 fdatasync 每秒 {}；相当于 {} 倍",
            figure("accepted_per_second"),
            figure("bare_append_fdatasync_per_second"),
            figure("ratio_to_bare")
        );
        println!("延迟（毫秒）{}", figure("latency_ms"));
        println!(
            "最后一件受理后 {} 秒全部可检索；逐件可检索延迟（秒）{}",
            figure("searchable_after_last_seconds"),
            figure("search_lag_seconds")
        );
        println!(
            "服务端 CPU {} 秒，每 CPU 秒 {} 件",
            figure("server_cpu_seconds"),
            figure("items_per_cpu_second")
        );
        println!("各环节每件 CPU 微秒 {}", figure("stage_cpu_microseconds_per_item"));
        println!("各线程每件 CPU 微秒 {}", figure("thread_cpu_microseconds_per_item"));
        println!(
            "服务端匿名内存峰值 {} MB；磁盘增加 {} MB",
            figure("peak_anonymous_memory_mb"),
            figure("disk_mb")
        );
    }
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
