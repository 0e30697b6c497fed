//! How brokers are spoken to, and whether the topic keeps what it is given.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;

use crate::config;
use crate::queue::QueueError;

/// How long a broker may take to answer a question.
pub(super) const ASK: Duration = Duration::from_secs(10);
/// The largest message: an item of the largest size, escaped.
const MESSAGE_MAX: &str = "8388608";
/// Copies that are safe: one may be away for maintenance while another is lost.
const COPIES: usize = 3;
const COPIES_SYNCED: i32 = 2;
/// Messages stay this long in the topic, finished or not: a month to repair a store in.
const KEPT_MS: &str = "2592000000";

pub(super) fn unavailable(error: &KafkaError) -> QueueError {
    QueueError::Unavailable(error.to_string())
}

fn base(settings: &config::Kafka) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", &settings.brokers)
        .set("client.id", "minyi")
        .set("socket.keepalive.enable", "true")
        .set("reconnect.backoff.max.ms", "2000")
        .set("message.max.bytes", MESSAGE_MAX)
        .set("security.protocol", settings.security.as_str());
    if !settings.ca_file.as_os_str().is_empty() {
        client.set("ssl.ca.location", settings.ca_file.to_string_lossy());
    }
    if !settings.user.is_empty() {
        client
            .set("sasl.mechanism", &settings.sasl_mechanism)
            .set("sasl.username", &settings.user)
            .set("sasl.password", settings.password.reveal());
    }
    client
}

/// A producer that is answered when every copy that must have a message has it, and that doubles none when it repeats.
pub(super) fn producer(settings: &config::Kafka) -> ClientConfig {
    let mut client = base(settings);
    client
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("compression.type", "lz4")
        .set("linger.ms", "2")
        .set("message.timeout.ms", (settings.timeout_seconds * 1000).to_string());
    client
}

/// A member of the group. It keeps its name over a restart, so that nobody waits for the one that ended.
pub(super) fn consumer(settings: &config::Kafka, node: &str) -> ClientConfig {
    let mut client = base(settings);
    client
        .set("group.id", &settings.group)
        .set("group.instance.id", node)
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", "10000")
        .set("heartbeat.interval.ms", "2000")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("fetch.wait.max.ms", "100");
    client
}

/// Asks again for a while: brokers that just began, or whose group moves, say so for some seconds.
///
/// # Errors
/// What they said last.
pub(super) fn patiently<T>(mut ask: impl FnMut() -> Result<T, KafkaError>) -> Result<T, QueueError> {
    let begun = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(error) if begun.elapsed() > 2 * ASK => return Err(unavailable(&error)),
            Err(error) => tracing::debug!(%error, "asked again"),
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Makes the topic when it is not there, and refuses one that would lose what was acknowledged.
///
/// # Errors
/// [`QueueError::Unavailable`], with what to do.
pub(super) fn prepare(settings: &config::Kafka) -> Result<(), QueueError> {
    let admin: AdminClient<DefaultClientContext> =
        base(settings).create().map_err(|error| unavailable(&error))?;
    let copies = match copies(&admin, settings)? {
        Some(copies) => copies,
        None => {
            make(&admin, settings)?;
            (0..20)
                .find_map(|_| {
                    std::thread::sleep(Duration::from_millis(100));
                    copies(&admin, settings).transpose()
                })
                .transpose()?
                .ok_or_else(|| QueueError::Unavailable(format!("主题 {} 未能建立", settings.topic)))?
        }
    };
    if settings.allow_single_broker {
        tracing::warn!("kafka.allow_single_broker: what one broker acknowledged is lost with it");
        return Ok(());
    }
    if copies < COPIES {
        return Err(refused(settings, &format!("只有 {copies} 份副本，至少需要 {COPIES} 份")));
    }
    check(&admin, settings)
}

fn refused(settings: &config::Kafka, why: &str) -> QueueError {
    QueueError::Unavailable(format!(
        "Kafka 主题 {} {why}：已受理的来稿可能丢失。请调整主题设置；只做试验可设 kafka.allow_single_broker = true",
        settings.topic
    ))
}

/// The fewest copies that any partition has; none where there is no such topic.
fn copies(
    admin: &AdminClient<DefaultClientContext>,
    settings: &config::Kafka,
) -> Result<Option<usize>, QueueError> {
    let metadata =
        admin.inner().fetch_metadata(Some(&settings.topic), ASK).map_err(|error| unavailable(&error))?;
    let topic =
        metadata.topics().iter().find(|topic| topic.name() == settings.topic && topic.error().is_none());
    Ok(topic.and_then(|topic| topic.partitions().iter().map(|partition| partition.replicas().len()).min()))
}

fn make(admin: &AdminClient<DefaultClientContext>, settings: &config::Kafka) -> Result<(), QueueError> {
    let copies =
        if settings.allow_single_broker { settings.replication.min(1) } else { settings.replication };
    let synced = COPIES_SYNCED.min(copies).to_string();
    let topic = NewTopic::new(&settings.topic, settings.partitions, TopicReplication::Fixed(copies))
        .set("min.insync.replicas", &synced)
        .set("unclean.leader.election.enable", "false")
        .set("max.message.bytes", MESSAGE_MAX)
        .set("retention.ms", KEPT_MS);
    let options = AdminOptions::new().request_timeout(Some(ASK));
    let made = wait(admin.create_topics([&topic], &options))?.map_err(|error| unavailable(&error))?;
    for outcome in made {
        match outcome {
            Ok(_) => tracing::info!(topic = settings.topic, partitions = settings.partitions, "topic made"),
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                return Err(QueueError::Unavailable(format!("无法建立 Kafka 主题 {name}：{code}")));
            }
        }
    }
    Ok(())
}

fn check(admin: &AdminClient<DefaultClientContext>, settings: &config::Kafka) -> Result<(), QueueError> {
    let options = AdminOptions::new().request_timeout(Some(ASK));
    let described = wait(admin.describe_configs([&ResourceSpecifier::Topic(&settings.topic)], &options))?;
    let described = described.map_err(|error| unavailable(&error))?;
    let Some(Ok(topic)) = described.into_iter().next() else {
        return Err(QueueError::Unavailable(format!("无法读取 Kafka 主题 {} 的设置", settings.topic)));
    };
    let value = |key: &str| topic.get(key).and_then(|entry| entry.value.clone()).unwrap_or_default();
    let synced = value("min.insync.replicas");
    if synced.parse::<i32>().unwrap_or(1) < COPIES_SYNCED {
        return Err(refused(
            settings,
            &format!("的 min.insync.replicas = {synced}，至少需要 {COPIES_SYNCED}"),
        ));
    }
    if value("unclean.leader.election.enable") == "true" {
        return Err(refused(settings, "允许 unclean.leader.election"));
    }
    Ok(())
}

/// Waits for an answer on a thread of one's own.
fn wait<F: Future>(future: F) -> Result<F::Output, QueueError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    Ok(runtime.map_err(|error| QueueError::Unavailable(error.to_string()))?.block_on(future))
}
