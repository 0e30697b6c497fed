//! What an editor decides about two items is kept, respected from both sides, and can be taken back.

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, item, list, matters, text, texts};

const LONG: &str = "上清寺片区老旧小区建成三十年，六层以上没有电梯，老人上下楼十分吃力。居民愿意分摊费用，但管线迁改费用过高。";

async fn decide(client: &Client, id: &str, other: &str, verdict: &str) -> Value {
    let request = json!({ "other": other, "verdict": verdict, "comment": "看过原文" });
    client.post(&format!("/api/v1/items/{id}/verdicts"), request.to_string()).await.ok()
}

async fn kin(client: &Client, id: &str, part: &str) -> Vec<String> {
    texts(&client.get(&format!("/api/v1/items/{id}/similar")).await.ok(), part, "id")
}

async fn history(client: &Client, id: &str) -> String {
    client.get(&format!("/api/v1/items/{id}")).await.ok()["history"].to_string()
}

#[tokio::test]
async fn unrelated_is_never_shown_again_from_either_side_until_it_is_taken_back() {
    // Among a dozen items no word is known to be rare, so scores are lower than in an office.
    let app = TestApp::start_with(|config| config.group.same_matter_threshold = 0.1).await;
    let client = app.add_source("desk", &["submit", "read", "edit"]).await;
    let ids = app.post_all(&client, &[matters::plant(), matters::others()].concat()).await;
    app.settle().await;
    let given = decide(&client, &ids[1], &ids[0], "unrelated").await;
    assert_eq!(texts(&given, "", "other"), [ids[0].clone()]);
    assert_eq!(kin(&client, &ids[1], "/same_matter").await, [ids[2].clone()]);
    assert_eq!(kin(&client, &ids[0], "/same_matter").await, [ids[2].clone()]);
    let seen = client.get(&format!("/api/v1/items/{}/verdicts", ids[0])).await.ok();
    assert_eq!((text(&seen, "/0/other"), text(&seen, "/0/verdict")), (ids[1].as_str(), "unrelated"));
    assert!(history(&client, &ids[1]).await.contains("item.verdict"));

    let path = format!("/api/v1/items/{}/verdicts/{}", ids[0], ids[1]);
    assert_eq!(client.call(Method::DELETE, &path, &[], "").await.status, 200);
    assert!(kin(&client, &ids[1], "/same_matter").await.contains(&ids[0]));
    client.call(Method::DELETE, &path, &[], "").await.refused(404, "not_found");
    app.finish().await;
}

#[tokio::test]
async fn what_was_decided_comes_first_even_where_no_likeness_is_found_and_can_be_changed() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["submit", "read", "edit"]).await;
    let ids = app.post_all(&client, &[matters::plant(), matters::others()].concat()).await;
    app.settle().await;
    decide(&client, &ids[0], &ids[5], "follow_up").await;
    let shown = client.get(&format!("/api/v1/items/{}/similar", ids[0])).await.ok();
    let first = &list(&shown, "/same_matter")[0];
    assert_eq!((text(first, "/id"), text(first, "/verdict")), (ids[5].as_str(), "follow_up"), "{shown:#}");
    // From the other side the verdict is changed, not doubled.
    let changed = decide(&client, &ids[5], &ids[0], "repeat").await;
    assert_eq!(list(&changed, "").len(), 1);
    let shown = client.get(&format!("/api/v1/items/{}/similar", ids[0])).await.ok();
    assert_eq!(text(&list(&shown, "/same_matter")[0], "/verdict"), "repeat");
    app.finish().await;
}

#[tokio::test]
async fn a_verified_link_called_unrelated_is_hidden_and_not_counted() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["submit", "read", "edit"]).await;
    let items = [item("1", "加装电梯", LONG), item("2", "加装电梯", &format!("{LONG}请公布进度。"))];
    let ids = app.post_all(&client, &items).await;
    app.settle().await;
    assert_eq!(kin(&client, &ids[1], "/links").await, [ids[0].clone()]);
    decide(&client, &ids[0], &ids[1], "unrelated").await;
    assert!(kin(&client, &ids[1], "/links").await.is_empty());
    assert!(kin(&client, &ids[1], "/same_matter").await.is_empty());
    assert_eq!(client.get(&format!("/api/v1/items/{}", ids[1])).await.ok()["similar"], 0);
    app.finish().await;
}

#[tokio::test]
async fn a_verdict_needs_the_right_to_edit_two_items_and_a_known_word() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["submit", "read", "edit"]).await;
    let reader = app.add_source("reader", &["read"]).await;
    let ids = app.post_all(&client, &matters::plant()).await;
    app.settle().await;
    let path = format!("/api/v1/items/{}/verdicts", ids[0]);
    let request = |other: &str, verdict: &str| json!({ "other": other, "verdict": verdict }).to_string();
    assert_eq!(reader.post(&path, request(&ids[1], "repeat")).await.status, 403);
    assert_eq!(reader.get(&path).await.ok(), json!([]));
    assert!((400..500).contains(&client.post(&path, request(&ids[0], "repeat")).await.status));
    assert!((400..500).contains(&client.post(&path, request(&ids[1], "maybe")).await.status));
    let nowhere = format!("/api/v1/items/{}/verdicts", "0".repeat(ids[0].len()));
    assert!((400..500).contains(&client.post(&nowhere, request(&ids[0], "repeat")).await.status));
    app.finish().await;
}
