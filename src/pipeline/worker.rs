//! Worker threads: take a batch, lead it through the stages, settle every delivery.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::config;
use crate::failpoint;
use crate::model::{ItemId, Receipt, SecretKey};
use crate::queue::{Consumer, Delivery, Envelope};
use crate::store::{Persisted, Store, StoreError};
use crate::telemetry::{Stage, yield_to_answers};
use crate::text::{Handovers, Segmenter};

use super::flow::{Opened, Prepared};
use super::persist::Write;
use super::{fingerprint, normalise, persist, segment};

/// Longest pause between two attempts.
const RETRY_MAX: Duration = Duration::from_secs(300);

/// What workers share.
pub struct Context {
    /// Where messages come from.
    pub consumer: Arc<dyn Consumer>,
    /// Where items go.
    pub store: Arc<Store>,
    /// The dictionary.
    pub segmenter: Segmenter,
    /// What is left for the followers.
    pub handovers: Arc<Handovers>,
    /// Batch size, linger.
    pub pipeline: config::Pipeline,
    /// Attempts and pauses.
    pub queue: config::Queue,
    /// Whether the store has been away since this process began: then attempts say nothing against a message.
    pub store_was_away: AtomicBool,
}

/// The running workers.
pub struct Workers(Vec<JoinHandle<()>>);

impl Workers {
    /// Waits until each has finished its batch. The queue must have been told to give nothing more.
    pub fn join(self) {
        // A worker that panicked has said so; its messages come again.
        self.0.into_iter().for_each(|worker| drop(worker.join()));
    }
}

/// Starts `count` workers.
///
/// # Errors
/// When the system gives no thread.
pub fn start(context: Context, count: usize) -> std::io::Result<Workers> {
    let context = Arc::new(context);
    (0..count)
        .map(|n| {
            let context = Arc::clone(&context);
            std::thread::Builder::new().name(format!("worker-{n}")).spawn(move || context.run())
        })
        .collect::<Result<_, _>>()
        .map(Workers)
}

impl Context {
    fn run(&self) {
        yield_to_answers();
        let linger = Duration::from_millis(self.pipeline.linger_ms);
        loop {
            match self.consumer.take(self.pipeline.batch, linger) {
                Ok(batch) if batch.is_empty() => return,
                Ok(batch) => {
                    failpoint::pass("queue.after_take");
                    self.process(batch);
                }
                Err(crate::queue::QueueError::Closed) => return,
                Err(error) => {
                    tracing::warn!(%error, "no messages could be taken; trying again");
                    std::thread::sleep(Duration::from_secs(1));
                }
            }
        }
    }

    fn process(&self, batch: Vec<Delivery>) {
        let opened = self.open(batch);
        let prepared = fingerprint::run(segment::run(normalise::run(opened), &self.segmenter));
        if prepared.is_empty() {
            return;
        }
        failpoint::pass("pipeline.after_prepare");
        let writes: Vec<Write> = prepared
            .iter()
            .map(|p| Write { arrival: Arc::new(p.arrival.clone()), version: p.version })
            .collect();
        let stage = Stage::begin("persist");
        let outcome = persist::run(&self.store, writes.clone());
        stage.end(prepared.len());
        match outcome {
            Ok(persisted) => {
                failpoint::pass("pipeline.after_persist");
                for (prepared, persisted) in prepared.into_iter().zip(persisted) {
                    self.settle(prepared, persisted);
                }
                failpoint::pass("pipeline.after_ack");
            }
            // The store is away: everything waits, nothing is given up.
            Err(StoreError::Unavailable(why)) => {
                self.store_was_away.store(true, Ordering::Relaxed);
                tracing::warn!(why, "a batch could not be stored; it will be tried again");
                prepared.into_iter().for_each(|p| self.put_off(p.delivery));
            }
            // Something in the batch cannot be stored: each by itself shows which.
            Err(error) => {
                tracing::warn!(%error, "a batch could not be stored as a whole");
                prepared.into_iter().zip(writes).for_each(|(p, write)| self.store_alone(p, write));
            }
        }
    }

    /// Reads the messages; one that cannot be read, or has been tried too often, becomes a dead letter.
    fn open(&self, batch: Vec<Delivery>) -> Vec<Opened> {
        let mut opened = Vec::with_capacity(batch.len());
        for delivery in batch {
            let blamed =
                delivery.attempt > self.queue.max_attempts && !self.store_was_away.load(Ordering::Relaxed);
            match Envelope::decode(&delivery.raw) {
                Ok(envelope) if blamed => {
                    let reason = format!("已尝试 {} 次仍未处理成功", delivery.attempt - 1);
                    self.bury(delivery, (envelope.item, envelope.receipt), reason);
                }
                Ok(envelope) => {
                    tracing::debug!(item.id = %envelope.item, attempt = delivery.attempt, stage = "open");
                    opened.push(Opened { delivery, envelope });
                }
                Err(error) => {
                    let named = unreadable_name(&delivery.raw);
                    self.bury(delivery, named, error.to_string());
                }
            }
        }
        opened
    }

    fn store_alone(&self, prepared: Prepared, write: Write) {
        match persist::run(&self.store, vec![write]) {
            Ok(persisted) => {
                if let Some(persisted) = persisted.into_iter().next() {
                    self.settle(prepared, persisted);
                }
            }
            Err(StoreError::Unavailable(_)) => self.put_off(prepared.delivery),
            Err(error) => {
                let named = (prepared.arrival.id, prepared.arrival.receipt);
                self.bury(prepared.delivery, named, format!("无法入库：{error}"));
            }
        }
    }

    fn settle(&self, prepared: Prepared, persisted: Persisted) {
        let Prepared { delivery, arrival, words, fingerprint, .. } = prepared;
        tracing::debug!(item.id = %arrival.id, ?persisted, stage = "persist");
        match persisted {
            Persisted::New(_) => {
                metrics::counter!("minyi_items_stored_total").increment(1);
                let bytes = words.title.bytes() + words.body.bytes();
                self.handovers.words.leave(arrival.content_hash, bytes, words);
                let bytes = fingerprint.bytes();
                self.handovers.fingerprints.leave(arrival.content_hash, bytes, fingerprint);
                delivery.ack();
            }
            Persisted::Replay(_) => {
                metrics::counter!("minyi_items_replayed_total").increment(1);
                delivery.ack();
            }
            Persisted::OtherText => {
                let reason = "同一编号下已有另一份不同的内容".to_owned();
                self.bury(delivery, (arrival.id, arrival.receipt), reason);
            }
            Persisted::NoSuchItem => {
                let reason = "更正所指的来稿不存在".to_owned();
                self.bury(delivery, (arrival.id, arrival.receipt), reason);
            }
        }
    }

    fn bury(&self, delivery: Delivery, named: (ItemId, Receipt), reason: String) {
        let written =
            persist::bury(&self.store, named, delivery.raw.clone(), reason.clone(), delivery.attempt);
        match written {
            Ok(()) => {
                metrics::counter!("minyi_dead_letters_total").increment(1);
                delivery.dead(&reason);
            }
            Err(error) => {
                tracing::warn!(%error, "a dead letter could not be written; its message will be tried again");
                self.put_off(delivery);
            }
        }
    }

    /// The pause doubles with each attempt.
    fn put_off(&self, delivery: Delivery) {
        let doubled = 1u32.checked_shl(delivery.attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        let pause = Duration::from_secs(self.queue.retry_seconds).saturating_mul(doubled).min(RETRY_MAX);
        delivery.retry(pause);
    }
}

/// A name for a message that cannot be read: what can be made out of it, else a hash of the whole.
fn unreadable_name(raw: &str) -> (ItemId, Receipt) {
    let value: serde_json::Value = serde_json::from_str(raw).unwrap_or_default();
    let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str);
    let item = text("item").and_then(|id| id.parse().ok()).unwrap_or_else(|| ItemId::of_unreadable(raw));
    let nobody = SecretKey::new([0; 32]);
    let receipt =
        text("receipt").and_then(|r| r.parse().ok()).unwrap_or_else(|| Receipt::derive(&nobody, &item));
    (item, receipt)
}
