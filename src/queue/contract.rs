//! What every queue engine must hold, run on each of them.

use std::time::Duration;

use super::{Append, Appended, Consumer, EmbeddedQueue, Envelope, Producer, Purpose, QueueError};
use crate::config;
use crate::model::{Actor, ItemId, ItemKey, Receipt, SecretKey, SourceId, Submission, Timestamp};

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
    Append { payload: envelope.encode(), envelope, request_key: None }
}

fn settings() -> config::Queue {
    config::load(None, &[]).expect("default").queue
}

fn open(dir: &std::path::Path) -> EmbeddedQueue {
    EmbeddedQueue::open(dir, &settings()).expect("open")
}

fn put(queue: &EmbeddedQueue, append: Append) -> Appended {
    try_put(queue, append).expect("append")
}

fn try_put(queue: &EmbeddedQueue, append: Append) -> Result<Appended, QueueError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(queue.append(append))
}

fn take(queue: &EmbeddedQueue, max: usize) -> Vec<super::Delivery> {
    queue.take(max, Duration::ZERO).expect("take")
}

#[test]
fn a_repost_is_the_same_and_another_text_under_its_key_is_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
    assert_eq!(put(&queue, append("a", "文")), Appended::New);
    assert_eq!(put(&queue, append("a", "文")), Appended::Repeat);
    assert_eq!(put(&queue, append("a", "另一篇")), Appended::OtherText);
    assert_eq!(queue.depth().waiting, 1);
}

#[test]
fn a_key_is_known_for_ever_even_after_its_message_is_done_and_the_file_reopened() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
    put(&queue, append("a", "文"));
    take(&queue, 1).into_iter().for_each(super::Delivery::ack);
    drop(queue);
    let queue = open(dir.path());
    assert_eq!(queue.depth().waiting, 0);
    assert_eq!(put(&queue, append("a", "文")), Appended::Repeat);
    assert_eq!(put(&queue, append("a", "另一篇")), Appended::OtherText);
}

#[test]
fn a_request_key_used_for_another_item_is_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
    let key = ItemId::derive(&source("demo"), ItemKey::Request("k"));
    let with_key = |append: Append| Append { request_key: Some(key), ..append };
    assert_eq!(put(&queue, with_key(append("a", "文"))), Appended::New);
    assert_eq!(put(&queue, with_key(append("a", "文"))), Appended::Repeat);
    assert_eq!(put(&queue, with_key(append("b", "文"))), Appended::OtherItem);
    assert_eq!(put(&queue, with_key(append("a", "另一篇"))), Appended::OtherText);
}

#[test]
fn a_version_of_an_item_that_was_never_sent_is_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
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

#[test]
fn messages_come_in_order_and_none_twice_while_it_is_held() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
    for n in 0..5 {
        put(&queue, append(&n.to_string(), "文"));
    }
    let first = take(&queue, 3);
    let second = take(&queue, 3);
    assert_eq!((first.len(), second.len()), (3, 2));
    let items: Vec<_> =
        first.iter().chain(&second).map(|d| Envelope::decode(&d.raw).expect("envelope").item).collect();
    let expected: Vec<_> =
        (0..5).map(|n| ItemId::derive(&source("demo"), ItemKey::External(&n.to_string()))).collect();
    assert_eq!(items, expected);
}

#[test]
fn what_was_in_a_workers_hands_when_the_process_ended_comes_again() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
    put(&queue, append("a", "文"));
    assert_eq!(take(&queue, 1).first().map(|d| d.attempt), Some(1));
    drop(queue);
    let queue = open(dir.path());
    assert_eq!(take(&queue, 1).first().map(|d| d.attempt), Some(2));
}

#[test]
fn a_message_that_ended_several_processes_is_taken_alone() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
    for n in 0..3 {
        put(&queue, append(&n.to_string(), "文"));
    }
    drop(queue);
    for _ in 0..2 {
        assert_eq!(take(&open(dir.path()), 9).len(), 3);
    }
    let queue = open(dir.path());
    put(&queue, append("new", "文"));
    for _ in 0..3 {
        let alone = take(&queue, 9);
        assert_eq!(alone.iter().map(|d| d.attempt).collect::<Vec<_>>(), [3]);
        alone.into_iter().for_each(super::Delivery::ack);
    }
    assert_eq!(take(&queue, 9).first().map(|d| d.attempt), Some(1));
}

#[test]
fn what_was_done_before_the_last_take_does_not_come_again() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
    for n in 0..9 {
        put(&queue, append(&n.to_string(), "文"));
    }
    take(&queue, 6).into_iter().for_each(super::Delivery::ack);
    let held = take(&queue, 2);
    let copy = tempfile::tempdir().expect("dir");
    // What the files hold now is what a power cut would leave.
    for name in ["queue.db", "queue.db-wal"] {
        std::fs::copy(dir.path().join(name), copy.path().join(name)).expect("copy");
    }
    drop(held);
    let again = open(copy.path());
    assert_eq!(again.depth().waiting, 3);
    assert_eq!(take(&again, 9).iter().map(|d| d.attempt).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(put(&again, append("0", "文")), Appended::Repeat);
}

#[test]
fn a_message_put_off_comes_again_when_its_time_has_come() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
    put(&queue, append("a", "文"));
    take(&queue, 1).into_iter().for_each(|d| d.retry(Duration::from_millis(30)));
    let started = std::time::Instant::now();
    let again = take(&queue, 1);
    assert_eq!(again.first().map(|d| d.attempt), Some(2));
    assert!(started.elapsed() >= Duration::from_millis(25));
}

#[test]
fn a_full_queue_refuses_and_keeps_what_it_has() {
    let dir = tempfile::tempdir().expect("dir");
    let limit = config::Queue { max_depth: 1, ..settings() };
    let queue = EmbeddedQueue::open(dir.path(), &limit).expect("open");
    put(&queue, append("a", "文"));
    assert_eq!(try_put(&queue, append("b", "文")), Err(QueueError::Full(1)));
    assert_eq!(take(&queue, 9).len(), 1);
}

#[test]
fn a_closed_queue_gives_nothing_more() {
    let dir = tempfile::tempdir().expect("dir");
    let queue = open(dir.path());
    put(&queue, append("a", "文"));
    queue.stop_taking();
    assert!(take(&queue, 1).is_empty());
}
