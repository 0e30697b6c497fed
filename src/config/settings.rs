//! The keys of `config/default.toml` as types; each key is described there.

#![expect(missing_docs, reason = "each field is a key of config/default.toml and is described there, once")]

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::layers::ConfigError;
use super::oidc::Oidc;

/// A text that may hold a password: it is not shown where settings are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// With this content.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "\"…\"" })
    }
}

/// All settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub data: Data,
    pub server: Server,
    pub intake: Intake,
    pub queue: Queue,
    pub kafka: Kafka,
    pub store: Store,
    pub pipeline: Pipeline,
    pub index: Index,
    pub lexicon: Lexicon,
    pub group: Group,
    pub bulletin: Bulletin,
    pub desk: Desk,
    pub session: Session,
    pub portal: Portal,
    pub attachments: Attachments,
    pub outward: Outward,
    pub pull: Pull,
    pub exchange: Exchange,
    pub notify: Notify,
    pub mail: Mail,
    pub accounts: Accounts,
    pub audit: Audit,
    pub log: Log,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub dir: PathBuf,
    pub ballast_mb: u64,
    pub check_mb: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: String,
    pub shutdown_seconds: u64,
    pub header_seconds: u64,
    pub request_seconds: u64,
    pub max_connections: usize,
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub handshake_seconds: u64,
    pub trusted_proxies: String,
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
    Kafka,
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

/// How brokers are spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KafkaSecurity {
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

impl KafkaSecurity {
    /// As the client library calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kafka {
    pub brokers: String,
    pub topic: String,
    pub group: String,
    pub partitions: i32,
    pub replication: i32,
    pub allow_single_broker: bool,
    pub timeout_seconds: u64,
    pub lookup_ms: u64,
    pub security: KafkaSecurity,
    pub ca_file: PathBuf,
    pub sasl_mechanism: String,
    pub user: String,
    pub password: SecretText,
}

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    pub kind: StoreKind,
    pub url: SecretText,
    pub timeout_seconds: u64,
    pub readers: usize,
    pub group_ms: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    pub here: bool,
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
    pub forms_dir: PathBuf,
    pub letters_dir: PathBuf,
    pub fonts_dir: PathBuf,
    pub close_day: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Desk {
    pub office: String,
    pub address: String,
    pub tables_dir: PathBuf,
    pub kinds_dir: PathBuf,
    pub watermark: bool,
    pub tasks_mail: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "会期."]
pub struct Session {
    pub name: String,
    pub from: String,
    pub to: String,
    pub series: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "Contributors' pages; what each key means stands beside it in `config/default.toml`."]
pub struct Portal {
    pub public: bool,
    pub per_hour: u32,
    pub expected_per_year: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "Attachments of items."]
pub struct Attachments {
    pub max_mb: usize,
    pub scan: String,
    pub scan_seconds: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "Calls to other systems."]
pub struct Outward {
    pub allow_private: String,
    pub timeout_seconds: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "Pulled sources."]
pub struct Pull {
    pub dir: PathBuf,
    pub every_ms: u64,
    pub first_retry_ms: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "Two sites with no wire between them."]
pub struct Exchange {
    pub side: String,
    pub peer_key: String,
    pub max_mb: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "Answers to contributors."]
pub struct Notify {
    pub address: String,
    pub every_ms: u64,
    pub lease_seconds: i64,
    pub first_retry_ms: u64,
    pub closed_from: u8,
    pub closed_to: u8,
    pub channels_dir: PathBuf,
    pub digest_hour: u8,
}

/// How the mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    Tls,
    Starttls,
    None,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "The mail server."]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub user: String,
    pub password: SecretText,
    pub from: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    pub idle_minutes: u32,
    pub session_hours: u32,
    pub max_failures: u32,
    pub lock_minutes: u32,
    pub max_address_failures: u32,
    pub link_hours: u32,
    pub password_min: usize,
    pub https: bool,
    pub second_step_for: String,
    pub oidc: Oidc,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "The log of acts outside of the store."]
pub struct Audit {
    pub ship: String,
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
        self.server.check()?;
        self.accounts.oidc.check(&self.desk)?;
        if self.store.kind == StoreKind::Postgres && self.store.url.reveal().is_empty() {
            return bad(
                "store.url",
                "store.kind = \"postgres\" 时必须给出（可用环境变量 MINYI_STORE__URL）".to_owned(),
            );
        }
        if self.queue.kind == QueueKind::Kafka && self.kafka.brokers.is_empty() {
            return bad(
                "kafka.brokers",
                "queue.kind = \"kafka\" 时必须给出，例：10.0.0.1:9092,10.0.0.2:9092".to_owned(),
            );
        }
        if !(1..=1000).contains(&self.kafka.partitions) || !(1..=9).contains(&self.kafka.replication) {
            return bad(
                "kafka.partitions",
                "应在 1 与 1000 之间；kafka.replication 应在 1 与 9 之间".to_owned(),
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
        let positive: [(&str, u64); 14] = [
            ("accounts.idle_minutes", u64::from(self.accounts.idle_minutes)),
            ("accounts.session_hours", u64::from(self.accounts.session_hours)),
            ("accounts.max_failures", u64::from(self.accounts.max_failures)),
            ("accounts.lock_minutes", u64::from(self.accounts.lock_minutes)),
            ("accounts.link_hours", u64::from(self.accounts.link_hours)),
            ("queue.lease_seconds", self.queue.lease_seconds),
            ("queue.max_attempts", u64::from(self.queue.max_attempts)),
            ("store.timeout_seconds", self.store.timeout_seconds),
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
        if [self.notify.closed_from, self.notify.closed_to, self.notify.digest_hour]
            .iter()
            .any(|hour| *hour > 23)
        {
            return bad(
                "notify.closed_from",
                "closed_from、closed_to、digest_hour 应在 0 与 23 之间".to_owned(),
            );
        }
        if self.notify.lease_seconds < 1 || self.outward.timeout_seconds == 0 {
            return bad("notify.lease_seconds", "与 outward.timeout_seconds 均必须大于 0".to_owned());
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
        if open && !self.server.has_tls() && self.server.proxies().is_empty() {
            out.push(format!(
                "server.listen = {}：未加密的服务对网络开放，请给出 server.certificate 与 server.key，\
                 或置于 TLS 反向代理之后并写明 server.trusted_proxies",
                self.server.listen
            ));
        }
        out.extend(self.accounts.oidc.warnings());
        if self.queue.lease_seconds < 10 {
            out.push("queue.lease_seconds 小于 10：慢批次会被重复处理（不会重复入库，但浪费）".to_owned());
        }
        if self.queue.min_free_mb < 64 {
            out.push("queue.min_free_mb 小于 64：磁盘写满前可能来不及拒收".to_owned());
        }
        if self.queue.kind == QueueKind::Kafka {
            if self.kafka.allow_single_broker {
                out.push(
                    "kafka.allow_single_broker：已受理的来稿随唯一的代理节点一起丢失，只可用于试验"
                        .to_owned(),
                );
            }
            if self.kafka.security == KafkaSecurity::Plaintext {
                out.push("kafka.security = \"plaintext\"：与代理之间未加密，请只在可信网络中使用".to_owned());
            }
            if self.store.kind == StoreKind::Sqlite {
                out.push("queue.kind = \"kafka\" 而 store.kind = \"sqlite\"：只能有一个节点处理".to_owned());
            }
        }
        if self.pipeline.batch > 4096 {
            out.push("pipeline.batch 大于 4096：一批占用的内存过大".to_owned());
        }
        out
    }
}
