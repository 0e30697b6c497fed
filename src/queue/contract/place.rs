//! Where a test keeps its messages: a folder, a broker that the client library plays, or a real one that the environment
//! names; each with a topic of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::config;
use crate::queue::{Delivery, EmbeddedQueue, Queue};

use super::settings;

#[cfg(feature = "kafka")]
pub(super) use kafka::Topic;

/// A place of its own.
pub(super) enum Place {
    Folder(TempDir),
    #[cfg(feature = "kafka")]
    Topic(Box<Topic>),
}

impl Place {
    pub(super) fn folder() -> Self {
        Self::Folder(tempfile::tempdir().expect("dir"))
    }

    #[cfg(feature = "kafka")]
    pub(super) fn mock() -> Self {
        Self::Topic(Box::new(Topic::mock()))
    }

    #[cfg(feature = "kafka")]
    pub(super) fn broker() -> Self {
        Self::Topic(Box::new(Topic::broker()))
    }

    pub(super) fn open(&self) -> Arc<dyn Queue> {
        self.open_with(&settings())
    }

    pub(super) fn open_with(&self, settings: &config::Queue) -> Arc<dyn Queue> {
        match self {
            Self::Folder(dir) => Self::open_in(dir.path(), settings),
            #[cfg(feature = "kafka")]
            Self::Topic(topic) => topic.open(settings),
        }
    }

    pub(super) fn open_in(dir: &Path, settings: &config::Queue) -> Arc<dyn Queue> {
        Arc::new(EmbeddedQueue::open(dir, settings).expect("open"))
    }

    /// How long to wait until a batch is as full as it will be.
    pub(super) fn linger(&self) -> Duration {
        match self {
            Self::Folder(_) => Duration::ZERO,
            #[cfg(feature = "kafka")]
            Self::Topic(_) => Duration::from_millis(700),
        }
    }

    /// Acknowledges, once the facts know of it.
    pub(super) fn finish(&self, delivery: Delivery) {
        match self {
            Self::Folder(_) => {}
            #[cfg(feature = "kafka")]
            Self::Topic(topic) => topic.facts.store(&delivery.raw),
        }
        delivery.ack();
    }
}

#[cfg(feature = "kafka")]
mod kafka {
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::DefaultProducerContext;

    use crate::clock::{SystemClock, random_bytes};
    use crate::config;
    use crate::model::{ContentHash, ItemId};
    use crate::queue::kafka::{KafkaQueue, KafkaSettings};
    use crate::queue::{Boxed, Due, Envelope, Facts, Queue, QueueError, Recalled};

    /// Names the broker, as host:port.
    const BROKERS: &str = "TEST_KAFKA_BROKERS";

    pub struct Topic {
        pub(in crate::queue) settings: config::Kafka,
        pub(in crate::queue) facts: Arc<Memory>,
        pub(in crate::queue) mock: Option<MockCluster<'static, DefaultProducerContext>>,
    }

    impl Topic {
        pub(in crate::queue) fn mock() -> Self {
            let mock = MockCluster::new(1).expect("a mock");
            let topic = Self::named(mock.bootstrap_servers(), None);
            mock.create_topic(&topic.settings.topic, 1, 1).expect("a topic");
            Self { mock: Some(mock), ..topic }
        }

        /// The same with more partitions.
        pub(in crate::queue) fn with_partitions(mut self, partitions: i32) -> Self {
            self.settings.partitions = partitions;
            if let Some(mock) = &self.mock {
                self.settings.topic.push_str("-wide");
                mock.create_topic(&self.settings.topic, partitions, 1).expect("a topic");
            }
            self
        }

        pub(in crate::queue) fn broker() -> Self {
            let brokers = config::environment(BROKERS).unwrap_or_else(|| panic!("{BROKERS} names no broker"));
            Self::named(brokers, None)
        }

        fn named(brokers: String, mock: Option<MockCluster<'static, DefaultProducerContext>>) -> Self {
            let random: [u8; 8] = random_bytes().expect("random");
            let name = format!("t-{:016x}", u64::from_le_bytes(random));
            let mut settings = config::load(None, &[]).expect("default").kafka;
            settings.brokers = brokers;
            settings.topic.clone_from(&name);
            settings.group = name;
            settings.partitions = 1;
            settings.allow_single_broker = true;
            Self { settings, facts: Arc::default(), mock }
        }

        pub(super) fn open(&self, queue: &config::Queue) -> Arc<dyn Queue> {
            Arc::new(self.open_as("one", queue).expect("open"))
        }

        pub(in crate::queue) fn open_as(
            &self,
            node: &str,
            queue: &config::Queue,
        ) -> Result<KafkaQueue, QueueError> {
            let settings = KafkaSettings {
                kafka: self.settings.clone(),
                queue: queue.clone(),
                node: node.to_owned(),
                consumes: true,
            };
            KafkaQueue::open(settings, Arc::clone(&self.facts) as Arc<dyn Facts>, Arc::new(SystemClock))
        }
    }

    /// Facts that a test can look into.
    #[derive(Default)]
    pub struct Memory {
        items: Mutex<HashMap<ItemId, Recalled>>,
        due: Mutex<Vec<(Instant, Due)>>,
        pub(in crate::queue) away: AtomicBool,
    }

    impl Memory {
        pub(super) fn store(&self, raw: &str) {
            let envelope = Envelope::decode(raw).expect("a message");
            let recalled =
                Recalled { source: envelope.source, content: envelope.content, has_version: false };
            self.items.lock().expect("unharmed").insert(envelope.item, recalled);
        }
    }

    impl Facts for Memory {
        fn recall(
            &self,
            item: &ItemId,
            content: &ContentHash,
        ) -> Boxed<'_, Result<Option<Recalled>, QueueError>> {
            let found = self.items.lock().expect("unharmed").get(item).cloned();
            let found = found.map(|item| Recalled { has_version: item.content == *content, ..item });
            Box::pin(async move { Ok(found) })
        }

        fn put_off(&self, payload: &str, attempts: u32, delay: Duration) -> Result<(), QueueError> {
            if self.away.load(Ordering::SeqCst) {
                return Err(QueueError::Unavailable("away".to_owned()));
            }
            let mut due = self.due.lock().expect("unharmed");
            let no = due.len() as i64 + 1;
            due.push((Instant::now() + delay, Due { no, payload: payload.to_owned(), attempts }));
            Ok(())
        }

        fn due(&self, max: usize, lease: Duration) -> Result<Vec<Due>, QueueError> {
            let now = Instant::now();
            let mut due = self.due.lock().expect("unharmed");
            let ready = due.iter_mut().filter(|(at, _)| *at <= now).take(max);
            Ok(ready
                .map(|(at, due)| {
                    *at = now + lease;
                    due.clone()
                })
                .collect())
        }

        fn forget(&self, no: i64) -> Result<(), QueueError> {
            self.due.lock().expect("unharmed").retain(|(_, due)| due.no != no);
            Ok(())
        }

        fn kept(&self) -> Result<u64, QueueError> {
            Ok(self.due.lock().expect("unharmed").len() as u64)
        }
    }
}
