//! The keys of `config/default.toml` as types; each key is described there.

#![expect(missing_docs, reason = "each field is a key of config/default.toml and is described there, once")]

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::layers::ConfigError;

/// All settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub data: Data,
    pub server: Server,
    pub intake: Intake,
    pub queue: Queue,
    pub store: Store,
    pub pipeline: Pipeline,
    pub index: Index,
    pub lexicon: Lexicon,
    pub group: Group,
    pub bulletin: Bulletin,
    pub desk: Desk,
    pub accounts: Accounts,
    pub log: Log,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub dir: PathBuf,
    pub ballast_mb: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: String,
    pub shutdown_seconds: u64,
    pub header_seconds: u64,
    pub request_seconds: u64,
    pub max_connections: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    pub max_item_kb: usize,
    pub max_batch_mb: usize,
    pub max_batch_lines: usize,
    pub max_ahead_hours: u32,
    pub per_minute: u32,
    pub per_day: u32,
}

/// Which queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueKind {
    Embedded,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    pub kind: QueueKind,
    pub max_depth: u64,
    pub min_free_mb: u64,
    pub lease_seconds: u64,
    pub rush_ms: u64,
    pub max_attempts: u32,
    pub retry_seconds: u64,
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    Sqlite,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    pub kind: StoreKind,
    pub readers: usize,
    pub group_ms: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    pub workers: usize,
    pub batch: usize,
    pub linger_ms: u64,
    pub handover_mb: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    pub commit_ms: u64,
    pub writer_mb: usize,
    pub bigrams: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lexicon {
    pub dir: PathBuf,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub near_threshold: f64,
    pub held_threshold: f64,
    pub aligned_threshold: f64,
    pub edited_min_chars: usize,
    pub max_candidates: usize,
    pub same_matter_threshold: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulletin {
    pub series_dir: PathBuf,
    pub fonts_dir: PathBuf,
    pub close_day: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    pub office: String,
    pub tables_dir: PathBuf,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    pub idle_minutes: u32,
    pub session_hours: u32,
    pub max_failures: u32,
    pub lock_minutes: u32,
    pub link_hours: u32,
    pub password_min: usize,
    pub https: bool,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

impl Config {
    /// Refuses values that no setting may have.
    ///
    /// # Errors
    /// The first such key, with what it may be.
    pub fn check(&self) -> Result<(), ConfigError> {
        let bad = |key: &str, why: String| {
            Err(ConfigError::BadValue { origin: "配置".to_owned(), key: key.to_owned(), why })
        };
        if self.server.listen.parse::<SocketAddr>().is_err() {
            return bad(
                "server.listen",
                format!("“{}”不是“地址:端口”，例：0.0.0.0:8780", self.server.listen),
            );
        }
        if !(0.4..=1.0).contains(&self.group.near_threshold) {
            return bad("group.near_threshold", "应在 0.4 与 1.0 之间".to_owned());
        }
        for (key, value) in [
            ("group.held_threshold", self.group.held_threshold),
            ("group.aligned_threshold", self.group.aligned_threshold),
        ] {
            if !(0.6..=1.0).contains(&value) {
                return bad(key, "应在 0.6 与 1.0 之间".to_owned());
            }
        }
        if !(0.0..=1.0).contains(&self.group.same_matter_threshold) {
            return bad("group.same_matter_threshold", "应在 0 与 1 之间".to_owned());
        }
        let positive: [(&str, u64); 13] = [
            ("accounts.idle_minutes", u64::from(self.accounts.idle_minutes)),
            ("accounts.session_hours", u64::from(self.accounts.session_hours)),
            ("accounts.max_failures", u64::from(self.accounts.max_failures)),
            ("accounts.lock_minutes", u64::from(self.accounts.lock_minutes)),
            ("accounts.link_hours", u64::from(self.accounts.link_hours)),
            ("queue.lease_seconds", self.queue.lease_seconds),
            ("queue.max_attempts", u64::from(self.queue.max_attempts)),
            ("store.readers", self.store.readers as u64),
            ("pipeline.batch", self.pipeline.batch as u64),
            ("index.commit_ms", self.index.commit_ms),
            ("intake.max_item_kb", self.intake.max_item_kb as u64),
            ("intake.max_batch_lines", self.intake.max_batch_lines as u64),
            ("server.max_connections", self.server.max_connections as u64),
        ];
        for (key, value) in positive {
            if value == 0 {
                return bad(key, "必须大于 0".to_owned());
            }
        }
        if !(8..=64).contains(&self.accounts.password_min) {
            return bad("accounts.password_min", "应在 8 与 64 之间".to_owned());
        }
        if !(16..=4096).contains(&self.index.writer_mb) {
            return bad("index.writer_mb", "应在 16 与 4096 之间".to_owned());
        }
        Ok(())
    }

    /// Values that are allowed and yet worth a second thought.
    pub fn warnings(&self) -> Vec<String> {
        let mut out = Vec::new();
        let open = self.server.listen.parse::<SocketAddr>().is_ok_and(|at| !at.ip().is_loopback());
        if open {
            out.push(format!(
                "server.listen = {}：未加密的服务对网络开放，请置于 TLS 反向代理之后",
                self.server.listen
            ));
        }
        if self.queue.lease_seconds < 10 {
            out.push("queue.lease_seconds 小于 10：慢批次会被重复处理（不会重复入库，但浪费）".to_owned());
        }
        if self.queue.min_free_mb < 64 {
            out.push("queue.min_free_mb 小于 64：磁盘写满前可能来不及拒收".to_owned());
        }
        if self.pipeline.batch > 4096 {
            out.push("pipeline.batch 大于 4096：一批占用的内存过大".to_owned());
        }
        out
    }
}
