//! Apache Kafka: any number of nodes append, as many as there are partitions work.
//!
//! An append is answered when every copy that must have it has it. The key is the item, so that what concerns one item is
//! read in order. Kafka keeps no keys to look up: a repeat is known from what this process appended lately, else from the
//! facts, asked with a short limit; what neither knows is taken, and told from a repeat when it is stored.
//!
//! Offsets are noted up to the lowest message that is not finished. A message that is put off becomes a row among the facts;
//! while those are away it waits in memory, and holds its offset.

mod client;
mod ledger;
mod reader;
mod recent;
mod shared;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};

use super::{
    Append, Appended, Boxed, Consumer, Delivery, Depth, Due, Facts, Known, Producer, Purpose, Queue,
    QueueError, Recalled, Settle,
};
use crate::clock::Clock;
use crate::config;
use client::unavailable;
use ledger::{Ledger, Place, Taken};
use reader::{Group, Member, Reader};
use shared::{Shared, locked};

/// How long a worker sleeps at most before it looks again.
const NAP: Duration = Duration::from_millis(500);

/// What the engine is told at its start.
pub struct KafkaSettings {
    /// Brokers, topic, group.
    pub kafka: config::Kafka,
    /// Limits that every engine has.
    pub queue: config::Queue,
    /// This node's name among the members of the group; it keeps it over a restart.
    pub node: String,
    /// Whether this process works, or only appends.
    pub consumes: bool,
}

/// The engine.
pub struct KafkaQueue {
    settings: KafkaSettings,
    producer: Mutex<FutureProducer>,
    member: Arc<Member>,
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl KafkaQueue {
    /// Checks the topic, joins the group, and begins to read.
    ///
    /// # Errors
    /// When no broker answers, or the topic would lose what was acknowledged.
    pub fn open(
        settings: KafkaSettings,
        facts: Arc<dyn Facts>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, QueueError> {
        client::prepare(&settings.kafka)?;
        let producer = client::producer(&settings.kafka).create().map_err(|error| unavailable(&error))?;
        let (shared, topic) = (Arc::new(Shared::new(facts, clock)), settings.kafka.topic.clone());
        let group = Group { shared: Arc::clone(&shared), topic: topic.clone() };
        let member: Member = client::consumer(&settings.kafka, &settings.node)
            .create_with_context(group)
            .map_err(|error| unavailable(&error))?;
        let member = Arc::new(member);
        client::patiently(|| reader::look(&member, &shared, &topic))?;
        let mut threads = Vec::new();
        if settings.consumes {
            member.subscribe(&[&topic]).map_err(|error| unavailable(&error))?;
            let lease = Duration::from_secs(settings.queue.lease_seconds);
            let reader = Reader {
                member: Arc::clone(&member),
                shared: Arc::clone(&shared),
                topic: topic.clone(),
                lease,
            };
            threads.push(spawn("kafka-reader", move || reader.run())?);
        }
        let (looking, seen) = (Arc::clone(&member), Arc::clone(&shared));
        threads.push(spawn("kafka-look", move || reader::keep_looking(&looking, &seen, &topic))?);
        let (producer, threads) = (Mutex::new(producer), Mutex::new(threads));
        Ok(Self { settings, producer, member, shared, threads })
    }

    /// Appends, and waits until it is durable.
    async fn send(&self, append: &Append) -> Result<(), QueueError> {
        let producer = locked(&self.producer).clone();
        let key = append.envelope.item;
        let record =
            FutureRecord::to(&self.settings.kafka.topic).key(key.as_bytes()).payload(&append.payload);
        let sent = producer.send_result(record).map_err(|(error, _)| unavailable(&error))?;
        match sent.await {
            Ok(Ok(delivery)) => {
                self.shared.appended(delivery.partition, delivery.offset);
                Ok(())
            }
            Ok(Err((error, _))) => {
                *locked(&self.shared.trouble) = Some(error.to_string());
                self.replace_if_dead(&producer);
                Err(unavailable(&error))
            }
            Err(_) => Err(QueueError::Closed),
        }
    }

    /// A producer that lost its place in the sequence of its messages can append nothing more.
    fn replace_if_dead(&self, producer: &FutureProducer) {
        let Some((code, why)) = producer.client().fatal_error() else { return };
        tracing::error!(%code, why, "the producer is made anew");
        match client::producer(&self.settings.kafka).create() {
            Ok(fresh) => *locked(&self.producer) = fresh,
            Err(error) => tracing::error!(%error, "no producer could be made"),
        }
    }

    /// What the facts know, if they say so in time.
    async fn recall(&self, append: &Append) -> Result<Option<Recalled>, QueueError> {
        let limit = Duration::from_millis(self.settings.kafka.lookup_ms);
        let asked = self.shared.facts.recall(&append.envelope.item, &append.envelope.content);
        match tokio::time::timeout(limit, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(QueueError::Unavailable("no answer in time".to_owned())),
        }
    }

    /// Whether an append is known to be a repeat, or to be refused. `None`: it is taken.
    async fn known(
        &self,
        append: &Append,
        known: &Known,
        own_key: &crate::model::ItemId,
    ) -> Option<Appended> {
        if let Some(before) = append.request_key.and_then(|key| self.shared.recent.get(&key)) {
            if before.item != known.item {
                return Some(Appended::OtherItem);
            }
            if before.content != known.content {
                return Some(Appended::OtherText);
            }
        }
        if let Some(before) = self.shared.recent.get(own_key) {
            if before.source != known.source {
                return Some(Appended::UnknownItem);
            }
            let same = before.content == known.content;
            return Some(if same { Appended::Repeat } else { Appended::OtherText });
        }
        match append.envelope.purpose {
            Purpose::Submit => {
                let before = self.recall(append).await.ok()??;
                let same = before.content == known.content;
                Some(if same { Appended::Repeat } else { Appended::OtherText })
            }
            Purpose::Version => self.known_version(append, known).await,
        }
    }

    async fn known_version(&self, append: &Append, known: &Known) -> Option<Appended> {
        if let Some(item) = self.shared.recent.get(&known.item) {
            return (item.source != known.source).then_some(Appended::UnknownItem);
        }
        let mut before = self.recall(append).await.ok()?;
        if before.is_none() && self.shared.depth().waiting == 0 {
            // Nothing is on its way: what the facts do not know now was never sent.
            before = self.recall(append).await.ok()?;
            if before.is_none() {
                return Some(Appended::UnknownItem);
            }
        }
        match before {
            Some(item) if item.source != known.source => Some(Appended::UnknownItem),
            Some(item) if item.has_version => Some(Appended::Repeat),
            _ => None,
        }
    }

    async fn take_in(&self, append: Append) -> Result<Appended, QueueError> {
        if self.shared.is_closed() {
            return Err(QueueError::Closed);
        }
        let limit = self.settings.queue.max_depth;
        if self.shared.depth().waiting >= limit {
            return Err(QueueError::Full(limit));
        }
        let envelope = &append.envelope;
        let known = Known { item: envelope.item, content: envelope.content, source: envelope.source.clone() };
        let own_key = match envelope.purpose {
            Purpose::Submit => envelope.item,
            Purpose::Version => envelope.item.version_key(&envelope.content),
        };
        if !append.again
            && let Some(answer) = self.known(&append, &known, &own_key).await
        {
            return Ok(answer);
        }
        self.send(&append).await?;
        if let Some(key) = append.request_key {
            self.shared.recent.put(key, known.clone());
        }
        self.shared.recent.put(own_key, known);
        Ok(Appended::New)
    }

    /// Waits for messages; gives those to hand out, and what must be noted before.
    fn wait(&self, max: usize, linger: Duration) -> Option<(Vec<Taken>, Vec<Due>)> {
        let mut full_by = None;
        let mut ledger = self.shared.ledger();
        loop {
            if self.shared.stopped.load(Ordering::SeqCst) {
                return None;
            }
            let now = Instant::now();
            let due = locked(&self.shared.due).len();
            let (ready, next) = ledger.ready(now);
            let enough = ready + due >= max;
            let waited = ready + due > 0 && *full_by.get_or_insert(now + linger) <= now;
            if enough || waited {
                let due: Vec<Due> = locked(&self.shared.due).drain(..due.min(max)).collect();
                let taken = self.take_from(&mut ledger, max - due.len(), now);
                if !taken.is_empty() || !due.is_empty() {
                    return Some((taken, due));
                }
                // What is ready stands behind a suspect that somebody has in hand.
                full_by = Some(now + NAP);
            }
            let until = full_by.into_iter().chain(next).min();
            let limit = until.map_or(NAP, |until| until.saturating_duration_since(now).min(NAP));
            ledger = self.shared.sleep(ledger, limit.max(Duration::from_millis(1)));
        }
    }

    fn take_from(&self, ledger: &mut Ledger, max: usize, now: Instant) -> Vec<Taken> {
        ledger.take(max, now, now + Duration::from_secs(self.settings.queue.lease_seconds))
    }

    /// Notes what the next process must know if this one ends with these in hand.
    fn note_suspects(&self, taken: &[Taken]) -> Result<(), QueueError> {
        let marks = self.shared.ledger().marks(true);
        if marks.is_empty() {
            return Ok(());
        }
        reader::note(&self.member, &self.settings.kafka.topic, &marks, CommitMode::Sync).map_err(|error| {
            let mut ledger = self.shared.ledger();
            marks.iter().for_each(|(at, _)| ledger.forget_noted(*at));
            taken.iter().for_each(|taken| ledger.put_off(taken.place, NAP, Instant::now()));
            unavailable(&error)
        })
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, QueueError> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map_err(|error| QueueError::Unavailable(error.to_string()))
}

impl Producer for KafkaQueue {
    fn append(&self, append: Append) -> Boxed<'_, Result<Appended, QueueError>> {
        Box::pin(self.take_in(append))
    }
}

impl Consumer for KafkaQueue {
    fn take(&self, max: usize, linger: Duration) -> Result<Vec<Delivery>, QueueError> {
        let Some((taken, due)) = self.wait(max, linger) else { return Ok(Vec::new()) };
        self.note_suspects(&taken)?;
        let due = due.into_iter().map(|due| {
            let attempt = due.attempts + 1;
            let settle = Box::new(DueHandle { due: due.clone(), shared: Arc::clone(&self.shared) });
            Delivery { raw: due.payload, attempt, settle }
        });
        let taken = taken.into_iter().map(|taken| {
            let handle = Handle {
                place: taken.place,
                attempt: taken.attempt,
                payload: taken.payload.clone(),
                shared: Arc::clone(&self.shared),
            };
            Delivery { raw: taken.payload, attempt: taken.attempt, settle: Box::new(handle) }
        });
        Ok(due.chain(taken).collect())
    }
}

impl Queue for KafkaQueue {
    fn depth(&self) -> Depth {
        self.shared.depth()
    }

    fn trouble(&self) -> Option<String> {
        locked(&self.shared.trouble).clone()
    }

    fn lost(&self) -> Vec<String> {
        self.shared.lost()
    }

    fn stop_taking(&self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.shared.ring();
    }

    fn copy_to(&self, _: &std::path::Path) -> Result<bool, QueueError> {
        Ok(false)
    }

    fn close(&self) {
        self.stop_taking();
        if self.shared.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        let producer = locked(&self.producer).clone();
        if let Err(error) = producer.flush(Duration::from_secs(self.settings.kafka.timeout_seconds)) {
            tracing::warn!(%error, "some messages were not appended; nobody was told that they were");
        }
        let threads = std::mem::take(&mut *locked(&self.threads));
        // A thread that panicked has said so already.
        threads.into_iter().for_each(|thread| drop(thread.join()));
        self.member.unsubscribe();
    }
}

impl Drop for KafkaQueue {
    fn drop(&mut self) {
        self.close();
    }
}

/// A delivery's way back. One that is dropped comes again when its lease runs out.
struct Handle {
    place: Place,
    attempt: u32,
    payload: String,
    shared: Arc<Shared>,
}

impl Settle for Handle {
    fn ack(self: Box<Self>) {
        self.shared.finish(self.place);
    }

    fn retry(self: Box<Self>, delay: Duration) {
        self.shared.put_off(self.place, &self.payload, self.attempt, delay);
    }

    fn dead(self: Box<Self>, reason: &str) {
        tracing::warn!(place = ?self.place, reason, "a message became a dead letter");
        self.shared.finish(self.place);
    }
}

/// The way back of one that was kept among the facts. If they do not hear of it, it comes again when its lease runs out.
struct DueHandle {
    due: Due,
    shared: Arc<Shared>,
}

impl Settle for DueHandle {
    fn ack(self: Box<Self>) {
        self.shared.forget(self.due.no);
    }

    fn retry(self: Box<Self>, delay: Duration) {
        if self.shared.facts.put_off(&self.due.payload, self.due.attempts + 1, delay).is_ok() {
            self.shared.kept.fetch_add(1, Ordering::SeqCst);
            self.shared.forget(self.due.no);
        }
    }

    fn dead(self: Box<Self>, reason: &str) {
        tracing::warn!(no = self.due.no, reason, "a message became a dead letter");
        self.shared.forget(self.due.no);
    }
}
