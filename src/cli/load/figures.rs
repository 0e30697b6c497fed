//! What a run is reported as.

use std::time::Duration;

use serde_json::{Value, json};

/// What `/metrics` said.
pub(super) struct Metrics(pub(super) Vec<(String, f64)>);

impl Metrics {
    pub(super) fn get(&self, name: &str) -> f64 {
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

/// Everything that was measured.
pub(super) struct Figures {
    pub(super) seed: u64,
    pub(super) connections: usize,
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) broken: u64,
    pub(super) posting: Duration,
    pub(super) searchable: Duration,
    pub(super) latencies: Vec<u32>,
    pub(super) lags: Vec<f64>,
    pub(super) before: Metrics,
    pub(super) after: Metrics,
    pub(super) peak: f64,
    pub(super) size: usize,
    /// Bare appends a second; not measured where a rate was asked for.
    pub(super) bare: Option<f64>,
}

impl Figures {
    /// For programs.
    pub(super) fn report(&self) -> Value {
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
            "broken_connections": self.broken,
            "seconds": round(self.posting.as_secs_f64()),
            "accepted_per_second": round(rate),
            "bare_append_fdatasync_per_second": self.bare.map(round),
            "ratio_to_bare": self.bare.map(|bare| round(rate / bare)),
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

    /// For reading.
    pub(super) fn print(&self, report: &Value) {
        let figure = |key: &str| report.get(key).cloned().unwrap_or_default();
        println!("种子 {}，{} 个连接，平均每件 {} 字节", self.seed, self.connections, self.size);
        println!("受理 {} 件，未收 {} 件，用时 {} 秒", self.accepted, self.refused, figure("seconds"));
        if self.broken > 0 {
            println!("连接中断 {} 次，均已重新连接并重发；服务端数字只算其最后一次启动以来", self.broken);
        }
        println!("每秒受理 {}", figure("accepted_per_second"));
        if self.bare.is_some() {
            println!(
                "同盘逐条追加并 fdatasync 每秒 {}；相当于 {} 倍",
                figure("bare_append_fdatasync_per_second"),
                figure("ratio_to_bare")
            );
        }
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
