//! Rows reach a file and a collector once each, in order, and go on where they stopped.

use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpListener, UdpSocket};

use super::*;
use crate::clock::SystemClock;
use crate::model::Actor;

fn store(dir: &std::path::Path) -> Arc<Store> {
    let opened = Store::open_sqlite(dir, 1, Duration::from_millis(1), Arc::new(SystemClock));
    Arc::new(opened.expect("a store"))
}

async fn act(store: &Store, numbers: std::ops::Range<i64>) {
    let noted = store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
        for no in numbers.clone() {
            tx.audit(&Actor::System, "test.act", &format!("对象{no}"), &json!({ "n": no }))?;
        }
        Ok::<_, StoreError>(())
    });
    noted.await.expect("noted");
}

fn begin(store: &Arc<Store>, place: &str, node: &str) -> Shipping {
    let settings = config::Audit { ship: place.to_owned() };
    ship(&settings, Arc::clone(store), Arc::new(SystemClock), node.to_owned()).expect("a place")
}

fn numbers(text: &str) -> Vec<i64> {
    let rows = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    rows.map(|row| row["no"].as_i64().expect("a number")).collect()
}

async fn until(mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never came to hold");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_place_is_read_or_refused_with_what_it_may_be() {
    let good = |text: &str| Target::parse(text).expect("good");
    assert_eq!(good(""), None);
    assert_eq!(good("file:/var/log/audit.jsonl"), Some(Target::File("/var/log/audit.jsonl".into())));
    assert_eq!(good("tcp://[::1]:601"), Some(Target::Syslog(Protocol::Tcp, "[::1]:601".to_owned())));
    for bad in ["file:audit", "http://x:1", "udp://host", "tcp://:601", "tcp://host:x", "/var/log/x"] {
        assert!(Target::parse(bad).expect_err(bad).contains("audit.ship"), "{bad}");
    }
}

#[tokio::test]
async fn a_file_gets_every_row_once_and_goes_on_where_it_stopped() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, path) = (store(dir.path()), dir.path().join("audit.jsonl"));
    let place = format!("file:{}", path.display());
    let read = || std::fs::read_to_string(&path).unwrap_or_default();
    act(&store, 0..1200).await;
    let first = begin(&store, &place, "one");
    until(|| read().lines().count() >= 1200).await;
    first.stop().await;
    // A crash cut the last line off; the office moved nothing.
    let cut = read();
    std::fs::write(&path, &cut[..cut.len() - 1]).expect("written");
    act(&store, 1200..1210).await;
    // Two nodes at once: one of them sends.
    let both = [begin(&store, &place, "one"), begin(&store, &place, "two")];
    until(|| read().lines().count() >= 1210).await;
    act(&store, 1210..1215).await;
    until(|| read().lines().count() >= 1215).await;
    for shipping in both {
        shipping.stop().await;
    }
    assert_eq!(numbers(&read()), (1..=1215).collect::<Vec<_>>());
    let last: serde_json::Value = serde_json::from_str(read().lines().last().expect("a line")).expect("JSON");
    assert_eq!((last["action"].as_str(), last["object"].as_str()), (Some("test.act"), Some("对象1214")));
    let hash = store.read(|sql| audit_after(sql, 1214, 1)).await.expect("read")[0].hash;
    assert_eq!(last["hash"], blake3::Hash::from_bytes(hash).to_hex().as_str());
}

/// One message with its length before it.
async fn frame(stream: &mut BufReader<tokio::net::TcpStream>) -> String {
    let mut length = Vec::new();
    stream.read_until(b' ', &mut length).await.expect("a length");
    let length = String::from_utf8(length).expect("digits").trim().parse().expect("a number");
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await.expect("a whole message");
    String::from_utf8(message).expect("UTF-8")
}

#[tokio::test]
async fn a_collector_over_tcp_gets_framed_messages_and_after_its_return_what_it_missed() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = store(dir.path());
    let collector = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = collector.local_addr().expect("an address");
    act(&store, 0..3).await;
    let shipping = begin(&store, &format!("tcp://{address}"), "one");
    let mut stream = BufReader::new(collector.accept().await.expect("a call").0);
    for no in 1..=3 {
        let message = frame(&mut stream).await;
        assert!(message.starts_with("<110>1 20"), "{message}");
        assert!(
            message.contains(&format!(" minyi - audit [minyi@32473 no=\"{no}\"] \u{feff}{{")),
            "{message}"
        );
    }
    // It hangs up; what happens meanwhile is sent when it listens again.
    drop(stream);
    drop(collector);
    act(&store, 3..5).await;
    let collector = loop {
        match TcpListener::bind(address).await {
            Ok(collector) => break collector,
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    let call =
        tokio::time::timeout(Duration::from_secs(60), collector.accept()).await.expect("it calls again");
    let mut stream = BufReader::new(call.expect("a call").0);
    let first = frame(&mut stream).await;
    assert!(["no=\"4\"", "no=\"3\"", "no=\"1\""].iter().any(|no| first.contains(no)), "no gap: {first}");
    let mut last = first;
    while !last.contains("no=\"5\"") {
        last = frame(&mut stream).await;
    }
    shipping.stop().await;
}

#[tokio::test]
async fn a_collector_over_udp_gets_a_message_a_datagram() {
    let dir = tempfile::tempdir().expect("a folder");
    let store = store(dir.path());
    let collector = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    act(&store, 0..2).await;
    let shipping = begin(&store, &format!("udp://{}", collector.local_addr().expect("an address")), "one");
    let mut datagram = vec![0; 65536];
    for no in 1..=2 {
        let received = tokio::time::timeout(Duration::from_secs(60), collector.recv(&mut datagram)).await;
        let length = received.expect("in time").expect("a datagram");
        let message = String::from_utf8_lossy(&datagram[..length]).into_owned();
        assert!(message.starts_with("<110>1 ") && message.contains(&format!("no=\"{no}\"")), "{message}");
    }
    shipping.stop().await;
}
