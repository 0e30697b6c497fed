//! Posting: the same receipt for the same item, whatever the way.

use serde_json::json;

use crate::support::{NDJSON, TestApp, item, number, text};

#[tokio::test]
async fn a_repost_gets_the_same_receipt_and_another_text_is_refused() {
    let app = TestApp::start().await;
    let client = app.add_source("demo", &["submit"]).await;
    let first = client.post("/api/v1/items", item("1", "题", "正文一。").json()).await;
    let again = client.post("/api/v1/items", item("1", "题", "正文一。").json()).await;
    assert_eq!((first.status, again.status), (202, 200));
    assert_eq!(text(&first.json(), "/receipt"), text(&again.json(), "/receipt"));
    let other = client.post("/api/v1/items", item("1", "题", "另一篇。").json()).await;
    assert!(other.refused(409, "other_text").contains("external_id"));
    app.finish().await;
}

#[tokio::test]
async fn an_item_and_a_request_that_disagree_are_both_named() {
    let app = TestApp::start().await;
    let client = app.add_source("demo", &["submit"]).await;
    let post = |id: &'static str| {
        let headers = [("content-type", "application/json"), ("idempotency-key", "k-1")];
        let (client, body) = (client.clone(), item(id, "题", "正文。").json());
        async move { client.call(hyper::Method::POST, "/api/v1/items", &headers, body).await }
    };
    assert_eq!(post("1").await.status, 202);
    assert_eq!(post("1").await.status, 200);
    let detail = post("2").await.refused(409, "other_item");
    assert!(detail.contains("k-1") && detail.contains('2'), "{detail}");
    app.finish().await;
}

#[tokio::test]
async fn a_bad_line_does_not_stop_the_rest_of_a_batch() {
    let app = TestApp::start().await;
    let client = app.add_source("demo", &["submit"]).await;
    let lines = [item("1", "题", "一。").json(), "{\"title\":".to_owned(), item("2", "题", "二。").json()];
    let results = client.batch(&[("content-type", NDJSON)], lines.join("\n")).await;
    let statuses: Vec<i64> = results.iter().map(|line| number(line, "/status")).collect();
    assert_eq!(statuses, [202, 400, 202]);
    let array = format!("[{},{}", item("3", "题", "三。").json(), item("4", "题", "四。").json());
    let results = client.batch(&[("content-type", "application/json")], array).await;
    let statuses: Vec<i64> = results.iter().map(|line| number(line, "/status")).collect();
    assert_eq!(statuses, [202, 202, 400], "the array was not closed");
    let nameless = item("5", "题", "五。").without("external_id").json();
    let results = client.batch(&[("content-type", NDJSON)], nameless.clone()).await;
    assert_eq!(number(&results[0], "/status"), 422);
    let headers = [("content-type", NDJSON), ("idempotency-key", "b-1")];
    assert_eq!(number(&client.batch(&headers, nameless.clone()).await[0], "/status"), 202);
    assert_eq!(number(&client.batch(&headers, nameless).await[0], "/status"), 200);
    let report = app.settle().await;
    assert_eq!(number(&report, "/counts/items"), 5);
    app.finish().await;
}

#[tokio::test]
async fn only_the_source_that_sent_an_item_may_correct_it() {
    let app = TestApp::start().await;
    let (mine, theirs) =
        (app.add_source("mine", &["submit"]).await, app.add_source("theirs", &["submit"]).await);
    let ids = app.post_all(&mine, &[item("1", "题", "正文。")]).await;
    let path = format!("/api/v1/items/{}/versions", ids[0]);
    let corrected = json!({ "title": "题", "body": "更正后的正文。" }).to_string();
    assert_eq!(mine.post(&path, corrected.clone()).await.status, 202);
    assert_eq!(mine.post(&path, corrected.clone()).await.status, 200);
    theirs.post(&path, corrected).await.refused(404, "not_found");
    assert_eq!(number(&app.settle().await, "/counts/versions"), 2);
    app.finish().await;
}

#[tokio::test]
async fn a_text_with_a_secrecy_mark_is_refused_and_stored_nowhere() {
    let app = TestApp::start().await;
    let client = app.add_source("demo", &["submit"]).await;
    let secret = "甲乙丙丁戊己庚辛壬癸特征串";
    let marked = item("1", "题", &format!("机密★3年 {secret}"));
    assert!(
        client
            .post("/api/v1/items", marked.json())
            .await
            .refused(422, "secrecy_mark")
            .contains("严禁处理涉密信息")
    );
    app.settle().await;
    let dir = app.finish().await;
    let mut folders = vec![dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("list").filter_map(Result::ok) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(bytes) = std::fs::read(entry.path()) {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{}", entry.path().display());
            }
        }
    }
}

#[tokio::test]
async fn tokens_open_only_what_they_are_for_and_a_limit_answers_when_to_come_again() {
    let app = TestApp::start().await;
    let reader = app.add_source("reader", &["read"]).await;
    reader.post("/api/v1/items", item("1", "题", "正文。").json()).await.refused(403, "scope_missing");
    let nobody = crate::support::Client::tcp(app.address(), None);
    nobody.get("/api/v1/search?q=x").await.refused(401, "no_token");
    crate::support::Client::tcp(app.address(), Some("my_wrong"))
        .get("/api/v1/search")
        .await
        .refused(401, "bad_token");
    reader.get("/api/v1/sources").await.refused(403, "operator_only");
    let token = app.add_source_with(json!({ "id": "slow", "scopes": ["submit"], "per_minute": 2 })).await;
    let slow = crate::support::Client::tcp(app.address(), Some(&token));
    for n in 0..2 {
        assert_eq!(slow.post("/api/v1/items", item(&n.to_string(), "题", "正文。").json()).await.status, 202);
    }
    let refused = slow.post("/api/v1/items", item("9", "题", "正文。").json()).await;
    refused.refused(429, "too_many");
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
    app.finish().await;
}
