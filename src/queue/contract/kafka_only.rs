//! What only brokers can do to the queue: partitions that come and go, messages that they refuse, copies that are missing.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::place::Topic;
use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

/// Works until it is told to stop; notes how often it finished each item.
fn work(queue: &Arc<dyn Queue>, done: &Mutex<BTreeMap<ItemId, usize>>) {
    loop {
        let batch = queue.take(10, Duration::from_millis(50)).expect("take");
        if batch.is_empty() {
            return;
        }
        for delivery in batch {
            let item = Envelope::decode(&delivery.raw).expect("a message").item;
            *done.lock().expect("unharmed").entry(item).or_default() += 1;
            delivery.ack();
        }
    }
}

fn shared_out_among_nodes_that_come_and_go(topic: &Topic) {
    let open = |node: &str| -> Arc<dyn Queue> { Arc::new(topic.open_as(node, &settings()).expect("open")) };
    let (one, two) = (open("one"), open("two"));
    let done = Mutex::new(BTreeMap::new());
    let by_two = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        scope.spawn(|| work(&one, &done));
        let second = scope.spawn(|| work(&two, &by_two));
        let begun = Instant::now();
        // Until the second one has had its share.
        let mut sent = 0;
        while by_two.lock().expect("unharmed").is_empty() {
            assert!(begun.elapsed() < PATIENCE, "the second node got nothing");
            put(&one, append(&sent.to_string(), "文"));
            sent += 1;
        }
        two.stop_taking();
        second.join().expect("ended");
        two.close();
        for _ in 0..40 {
            put(&one, append(&sent.to_string(), "文"));
            sent += 1;
        }
        while one.depth().waiting > 0 {
            assert!(begun.elapsed() < PATIENCE, "{:?} of {sent} wait", one.depth());
            std::thread::sleep(Duration::from_millis(50));
        }
        one.stop_taking();
        let mut all = done.lock().expect("unharmed").clone();
        for (item, times) in by_two.lock().expect("unharmed").iter() {
            *all.entry(*item).or_default() += times;
        }
        assert_eq!(all.len(), sent, "every message is finished");
    });
}

#[test]
fn partitions_are_shared_out_among_nodes_that_come_and_go() {
    shared_out_among_nodes_that_come_and_go(&Topic::mock().with_partitions(4));
}

#[test]
#[ignore = "needs Kafka"]
fn partitions_are_shared_out_by_a_real_broker_too() {
    shared_out_among_nodes_that_come_and_go(&Topic::broker().with_partitions(4));
}

#[test]
fn while_the_facts_are_away_a_message_waits_in_memory_and_holds_its_offset() {
    let topic = Topic::mock();
    topic.facts.away.store(true, Ordering::SeqCst);
    let queue: Arc<dyn Queue> = Arc::new(topic.open_as("one", &settings()).expect("open"));
    put(&queue, append("a", "文"));
    put(&queue, append("b", "文"));
    let mut both = taken(&queue, 2, Duration::from_secs(5)).into_iter();
    let (first, second) = (both.next().expect("one"), both.next().expect("two"));
    second.ack();
    first.retry(Duration::from_millis(20));
    assert_eq!(queue.depth().waiting, 2, "the offset stands before the first");
    let again = taken(&queue, 1, Duration::ZERO);
    assert_eq!(again.iter().map(|d| d.attempt).collect::<Vec<_>>(), [2]);
    again.into_iter().for_each(Delivery::ack);
    assert_eq!(queue.depth().waiting, 0);
}

#[test]
fn a_topic_that_keeps_one_copy_is_refused_with_what_to_do() {
    let mut topic = Topic::mock();
    topic.settings.allow_single_broker = false;
    let refused = topic.open_as("one", &settings()).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(refused.contains("只有 1 份副本") && refused.contains("allow_single_broker"), "{refused}");
}

#[test]
fn what_the_brokers_refuse_is_not_acknowledged_and_what_comes_after_is() {
    let topic = Topic::mock();
    let queue: Arc<dyn Queue> = Arc::new(topic.open_as("one", &settings()).expect("open"));
    put(&queue, append("a", "文"));
    let refusal = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    let mock = topic.mock.as_ref().expect("a mock");
    mock.request_errors(RDKafkaApiKey::Produce, &[refusal]);
    let refused = try_put(&queue, append("b", "文"));
    assert!(matches!(refused, Err(QueueError::Unavailable(_))), "{refused:?}");
    assert_eq!(put(&queue, append("b", "文")), Appended::New);
    assert_eq!(taken(&queue, 2, Duration::from_secs(5)).len(), 2);
}
