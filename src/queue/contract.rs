//! What every queue engine must hold, run on each of them.

#[cfg(feature = "kafka")]
mod kafka_only;
mod place;

use std::sync::Arc;
use std::time::Duration;

use super::{Append, Appended, Delivery, Envelope, Purpose, Queue, QueueError};
use crate::config;
use crate::model::{Actor, ItemId, ItemKey, Receipt, SecretKey, SourceId, Submission, Timestamp};
use place::Place;

/// Each promise on each engine.
macro_rules! on_each_engine {
    ($($promise:ident),* $(,)?) => {
        mod embedded {
            $(#[test]
            fn $promise() {
                super::$promise(&super::Place::folder());
            })*
        }
        #[cfg(feature = "kafka")]
        mod kafka_mock {
            $(#[test]
            fn $promise() {
                super::$promise(&super::Place::mock());
            })*
        }
        #[cfg(feature = "kafka")]
        mod kafka {
            $(#[test]
            #[ignore = "needs Kafka"]
            fn $promise() {
                super::$promise(&super::Place::broker());
            })*
        }
    };
}

on_each_engine![
    a_repost_is_the_same_and_another_text_under_its_key_is_refused,
    a_key_is_known_for_ever_even_after_its_message_is_done_and_the_queue_reopened,
    a_request_key_used_for_another_item_is_refused,
    what_a_person_sends_again_is_taken_though_its_key_is_known,
    a_version_of_an_item_that_was_never_sent_is_refused,
    a_version_by_another_source_is_refused_even_where_it_repeats_one_that_was_taken,
    messages_come_in_order_and_none_twice_while_it_is_held,
    what_was_in_a_workers_hands_when_the_process_ended_comes_again,
    a_message_that_ended_several_processes_is_taken_alone,
    a_message_put_off_comes_again_when_its_time_has_come,
    a_full_queue_refuses_and_keeps_what_it_has,
    a_closed_queue_gives_nothing_more,
];

fn source(name: &str) -> SourceId {
    name.parse().expect("slug")
}

fn submission(body: &str) -> Submission {
    let json = serde_json::json!({ "kind": "opinion", "title": "题", "body": body });
    serde_json::from_value(json).expect("submission")
}

fn append(key: &str, body: &str) -> Append {
    let source = source("demo");
    let item = ItemId::derive(&source, ItemKey::External(key));
    let submission = submission(body);
    let envelope = Envelope {
        v: Envelope::VERSION,
        purpose: Purpose::Submit,
        item,
        receipt: Receipt::derive(&SecretKey::new([1; 32]), &item),
        actor: Actor::Source(source.clone()),
        source,
        received_at: Timestamp::from_micros(1),
        content: submission.content_hash(),
        submission,
    };
    Append { payload: envelope.encode(), envelope, request_key: None, again: false }
}

fn settings() -> config::Queue {
    config::load(None, &[]).expect("default").queue
}

fn put(queue: &Arc<dyn Queue>, append: Append) -> Appended {
    try_put(queue, append).expect("append")
}

fn try_put(queue: &Arc<dyn Queue>, append: Append) -> Result<Appended, QueueError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("runtime");
    runtime.block_on(queue.append(append))
}

fn take(place: &Place, queue: &Arc<dyn Queue>, max: usize) -> Vec<Delivery> {
    taken(queue, max, place.linger())
}

fn taken(queue: &Arc<dyn Queue>, max: usize, linger: Duration) -> Vec<Delivery> {
    queue.take(max, linger).expect("take")
}

fn a_repost_is_the_same_and_another_text_under_its_key_is_refused(place: &Place) {
    let queue = place.open();
    assert_eq!(put(&queue, append("a", "文")), Appended::New);
    assert_eq!(put(&queue, append("a", "文")), Appended::Repeat);
    assert_eq!(put(&queue, append("a", "另一篇")), Appended::OtherText);
    assert_eq!(queue.depth().waiting, 1);
}

fn a_key_is_known_for_ever_even_after_its_message_is_done_and_the_queue_reopened(place: &Place) {
    let queue = place.open();
    put(&queue, append("a", "文"));
    take(place, &queue, 1).into_iter().for_each(|delivery| place.finish(delivery));
    drop(queue);
    let queue = place.open();
    assert_eq!(queue.depth().waiting, 0);
    assert_eq!(put(&queue, append("a", "文")), Appended::Repeat);
    assert_eq!(put(&queue, append("a", "另一篇")), Appended::OtherText);
}

fn a_request_key_used_for_another_item_is_refused(place: &Place) {
    let queue = place.open();
    let key = ItemId::derive(&source("demo"), ItemKey::Request("k"));
    let with_key = |append: Append| Append { request_key: Some(key), ..append };
    assert_eq!(put(&queue, with_key(append("a", "文"))), Appended::New);
    assert_eq!(put(&queue, with_key(append("a", "文"))), Appended::Repeat);
    assert_eq!(put(&queue, with_key(append("b", "文"))), Appended::OtherItem);
    assert_eq!(put(&queue, with_key(append("a", "另一篇"))), Appended::OtherText);
}

fn what_a_person_sends_again_is_taken_though_its_key_is_known(place: &Place) {
    let queue = place.open();
    put(&queue, append("a", "文"));
    take(place, &queue, 1).into_iter().for_each(|delivery| delivery.dead("no reason"));
    let again = Append { again: true, ..append("a", "文") };
    assert_eq!(put(&queue, again), Appended::New);
    assert_eq!(take(place, &queue, 1).len(), 1);
    assert_eq!(put(&queue, append("a", "文")), Appended::Repeat);
}

fn a_version_by_another_source_is_refused_even_where_it_repeats_one_that_was_taken(place: &Place) {
    let queue = place.open();
    put(&queue, append("a", "原文"));
    let version = || {
        let mut append = append("a", "更正");
        append.envelope.purpose = Purpose::Version;
        Append { payload: append.envelope.encode(), ..append }
    };
    assert_eq!(put(&queue, version()), Appended::New);
    let mut theirs = version();
    theirs.envelope.source = "theirs".parse().expect("source");
    let theirs = Append { payload: theirs.envelope.encode(), ..theirs };
    assert_eq!(put(&queue, theirs), Appended::UnknownItem);
    assert_eq!(put(&queue, version()), Appended::Repeat);
}

fn a_version_of_an_item_that_was_never_sent_is_refused(place: &Place) {
    let queue = place.open();
    let version = |body: &str| {
        let mut append = append("a", body);
        append.envelope.purpose = Purpose::Version;
        append
    };
    assert_eq!(put(&queue, version("更正")), Appended::UnknownItem);
    put(&queue, append("a", "文"));
    assert_eq!(put(&queue, version("更正")), Appended::New);
    assert_eq!(put(&queue, version("更正")), Appended::Repeat);
}

fn messages_come_in_order_and_none_twice_while_it_is_held(place: &Place) {
    let queue = place.open();
    for n in 0..5 {
        put(&queue, append(&n.to_string(), "文"));
    }
    let first = take(place, &queue, 3);
    let second = take(place, &queue, 3);
    assert_eq!((first.len(), second.len()), (3, 2));
    let items: Vec<_> =
        first.iter().chain(&second).map(|d| Envelope::decode(&d.raw).expect("envelope").item).collect();
    let expected: Vec<_> =
        (0..5).map(|n| ItemId::derive(&source("demo"), ItemKey::External(&n.to_string()))).collect();
    assert_eq!(items, expected);
}

fn what_was_in_a_workers_hands_when_the_process_ended_comes_again(place: &Place) {
    let queue = place.open();
    put(&queue, append("a", "文"));
    assert_eq!(take(place, &queue, 1).first().map(|d| d.attempt), Some(1));
    drop(queue);
    let queue = place.open();
    assert_eq!(take(place, &queue, 1).first().map(|d| d.attempt), Some(2));
}

fn a_message_that_ended_several_processes_is_taken_alone(place: &Place) {
    let queue = place.open();
    for n in 0..3 {
        put(&queue, append(&n.to_string(), "文"));
    }
    drop(queue);
    for _ in 0..2 {
        assert_eq!(take(place, &place.open(), 9).len(), 3);
    }
    let queue = place.open();
    put(&queue, append("new", "文"));
    for _ in 0..3 {
        let alone = take(place, &queue, 9);
        assert_eq!(alone.iter().map(|d| d.attempt).collect::<Vec<_>>(), [3]);
        alone.into_iter().for_each(|delivery| place.finish(delivery));
    }
    assert_eq!(take(place, &queue, 9).first().map(|d| d.attempt), Some(1));
}

fn a_message_put_off_comes_again_when_its_time_has_come(place: &Place) {
    let queue = place.open();
    put(&queue, append("a", "文"));
    take(place, &queue, 1).into_iter().for_each(|d| d.retry(Duration::from_millis(30)));
    let started = std::time::Instant::now();
    let again = take(place, &queue, 1);
    assert_eq!(again.first().map(|d| d.attempt), Some(2));
    assert!(started.elapsed() >= Duration::from_millis(25));
}

fn a_full_queue_refuses_and_keeps_what_it_has(place: &Place) {
    let queue = place.open_with(&config::Queue { max_depth: 1, ..settings() });
    put(&queue, append("a", "文"));
    assert_eq!(try_put(&queue, append("b", "文")), Err(QueueError::Full(1)));
    assert_eq!(take(place, &queue, 9).len(), 1);
}

fn a_closed_queue_gives_nothing_more(place: &Place) {
    let queue = place.open();
    put(&queue, append("a", "文"));
    queue.stop_taking();
    assert!(take(place, &queue, 1).is_empty());
}

#[test]
fn what_was_done_before_the_last_take_does_not_come_again() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = Place::open_in(dir.path(), &settings());
    for n in 0..9 {
        put(&queue, append(&n.to_string(), "文"));
    }
    taken(&queue, 6, Duration::ZERO).into_iter().for_each(Delivery::ack);
    let held = taken(&queue, 2, Duration::ZERO);
    let copy = tempfile::tempdir().expect("dir");
    // What the files hold now is what a power cut would leave.
    for name in ["queue.db", "queue.db-wal"] {
        std::fs::copy(dir.path().join(name), copy.path().join(name)).expect("copy");
    }
    drop(held);
    let again = Place::open_in(copy.path(), &settings());
    assert_eq!(again.depth().waiting, 3);
    assert_eq!(taken(&again, 9, Duration::ZERO).iter().map(|d| d.attempt).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(put(&again, append("0", "文")), Appended::Repeat);
}
