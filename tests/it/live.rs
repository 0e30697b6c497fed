//! The figures of the navigation: on the page, and over an answer that stays open.

use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::support::{Browser, Client, TestApp, between, engines, item};

/// One open answer.
struct Listening {
    stream: TcpStream,
    read: String,
}

impl Listening {
    async fn begin(app: &TestApp, browser: &Browser) -> Self {
        let stream = browser.open(app, "/events").await;
        Self { stream, read: String::new() }
    }

    /// Reads on; `false` at the end.
    async fn more(&mut self) -> bool {
        let mut part = [0; 4096];
        let got = tokio::time::timeout(Duration::from_secs(20), self.stream.read(&mut part)).await;
        let got = got.unwrap_or_else(|_| panic!("nothing comes after {}", self.read)).unwrap_or(0);
        self.read.push_str(&String::from_utf8_lossy(&part[..got]));
        got > 0
    }

    /// Reads until the last figure beside a place is this.
    async fn until(&mut self, place: &str, wanted: &str) {
        while self.last()[place] != wanted {
            assert!(self.more().await, "it ended: {}", self.read);
        }
    }

    /// The figures told last.
    fn last(&self) -> Value {
        let data = self.read.rsplit("data: ").next().unwrap_or_default();
        serde_json::from_str(data.lines().next().unwrap_or_default()).unwrap_or(Value::Null)
    }

    async fn read_out(&mut self) {
        while self.more().await {}
    }
}

async fn post(app: &TestApp, source: &Client, key: &str) -> String {
    let body = format!("第{key}处步道没有照明。建议增设路灯。");
    let one = item(key, &format!("第{key}处建议增设路灯"), &body).from("钟离意", "某街道");
    let id = app.post_all(source, &[one]).await.remove(0);
    app.settle().await;
    id
}

#[tokio::test]
async fn two_readers_hear_what_waits_for_each_of_them() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let mut one = Listening::begin(&app, &editor).await;
    let mut other = Listening::begin(&app, &head).await;
    one.until("/inbox", "").await;
    assert!(one.read.contains("text/event-stream") && one.read.contains("retry: "), "{}", one.read);
    assert!(one.read.contains("no-store") && one.read.contains("content-security-policy"), "{}", one.read);
    assert!(one.last().get("/tasks").is_none(), "an editor passes nothing: {}", one.last());

    let id = post(&app, &source, "1").await;
    one.until("/inbox", "1").await;
    other.until("/inbox", "1").await;
    editor.get(&format!("/items/{id}")).await;
    let made = editor.post(&format!("/items/{id}/manuscript"), &[("series", "opinion")]).await;
    let path = made.header("location").to_owned();
    let page = editor.get(&path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").expect("a revision");
    let texts =
        [("rev", rev.as_str()), ("title", "翠柏苑缺路灯"), ("body", "建议增设路灯。"), ("credit", "")];
    let sent = editor.post(&path, &[texts.as_slice(), &[("do", "submit")]].concat()).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    other.until("/tasks", "1").await;
    assert_eq!(other.last()["/inbox"], "");
    // Without a script the page shows the same when it is loaded.
    let page = head.get("/tasks").await.text();
    assert!(page.contains("data-count=\"/tasks\" title=\"待审\">1<"), "{page}");

    // No more than a share of the connections for one session; whoever is refused does not ask again.
    let more = [Listening::begin(&app, &editor).await, Listening::begin(&app, &editor).await];
    let mut open = Vec::new();
    for mut stream in more {
        stream.until("/inbox", "").await;
        open.push(stream);
    }
    assert_eq!(editor.get("/events").await.status, 204);
    drop(open.pop());
    let mut again = None;
    for _ in 0..50 {
        let mut stream = Listening::begin(&app, &editor).await;
        assert!(stream.more().await);
        if stream.read.starts_with("HTTP/1.1 200") {
            again = Some(stream);
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(again.is_some(), "a place that was left is given again");

    // The end of the server ends every answer at once, and nothing is waited for.
    let begun = std::time::Instant::now();
    app.finish().await;
    for stream in [&mut one, &mut other] {
        stream.read_out().await;
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn whoever_is_signed_out_hears_nothing_more() {
    let app = TestApp::start().await;
    let mut nobody = Browser::new(&app);
    assert!(nobody.get("/events").await.header("location").starts_with("/sign-in"));
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut open = Listening::begin(&app, &editor).await;
    open.until("/inbox", "").await;
    editor.get("/account").await;
    assert_eq!(editor.post("/sign-out", &[]).await.status, 303);
    // Found out with the next heartbeat.
    open.read_out().await;
    assert!(!open.read.contains("/sign-in"));
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Kafka and PostgreSQL"]
async fn every_node_tells_its_own_readers_of_what_another_one_did() {
    let variables: Vec<(String, String)> =
        engines::variables_of("live").into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let shared = minyi::config::load(None, &variables).expect("a configuration");
    let node = async || {
        let (store, queue, kafka) = (shared.store.clone(), shared.queue.clone(), shared.kafka.clone());
        TestApp::start_with(move |config| {
            (config.store, config.queue, config.kafka) = (store, queue, kafka);
        })
        .await
    };
    let (first, second) = (node().await, node().await);
    let mut editor = Browser::signed_in(&first, "zhang", &["editor"]).await;
    let mut here = Listening::begin(&first, &editor).await;
    // The session is in the store, so the other node knows it too.
    let mut there = Listening::begin(&second, &editor).await;
    there.until("/inbox", "").await;
    let list = "q=%E8%B7%AF%E7%81%AF&tab=&sort=relevance";
    editor.get("/search").await;
    let keep = [("name", "路灯"), ("query", list), ("do", "keep")];
    assert_eq!(editor.post("/searches", &keep).await.status, 303);
    assert_eq!(editor.post("/searches", &[("name", "路灯"), ("do", "subscribe")]).await.status, 303);
    let source = first.add_source("desk", &["submit"]).await;
    post(&first, &source, "1").await;
    for stream in [&mut here, &mut there] {
        stream.until("/inbox", "1").await;
        stream.until("/reminders", "1").await;
    }
    // Both nodes look for hits; one tells of them, once.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let page = editor.get("/reminders").await.text();
    assert_eq!(page.matches("有 1 件新来稿").count(), 1, "{page}");
    // Looked at by way of the other node, it is gone on both.
    let mut editor = editor.again(&second);
    editor.get(&format!("/search?{list}")).await;
    for stream in [&mut here, &mut there] {
        stream.until("/reminders", "").await;
    }
    second.finish().await;
    first.finish().await;
}
