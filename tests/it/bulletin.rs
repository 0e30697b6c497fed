//! From items to a numbered, frozen issue.

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestApp, item, number, text, texts};

async fn desk(app: &TestApp) -> (Client, Vec<String>) {
    let client = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let items: Vec<_> = (1..=5)
        .map(|n| {
            let body = format!("第{n}处情况。道路坑洼已有{n}年。\n一、主要问题\n井盖松动。\n建议尽快修复。");
            item(&n.to_string(), &format!("关于修复第{n}号道路的建议"), &body).from("钟离意", "某街道")
        })
        .collect();
    let ids = app.post_all(&client, &items).await;
    app.settle().await;
    (client, ids)
}

async fn compile(client: &Client, series: &str, items: &[String]) -> Value {
    let request = json!({ "series": series, "items": items });
    client.post("/api/v1/bulletins", request.to_string()).await.ok()
}

async fn issue(client: &Client, compiled: &Value) -> Value {
    let path = format!("/api/v1/bulletins/{}/issue", text(compiled, "/id"));
    client.post(&path, json!({ "signer": "左丘明" }).to_string()).await.ok()
}

#[tokio::test]
async fn an_issue_is_numbered_frozen_and_shown_on_its_item_everywhere() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let first = issue(&client, &compile(&client, "opinion", &ids[..1]).await).await;
    let second = issue(&client, &compile(&client, "opinion", &ids[1..2]).await).await;
    assert_eq!((number(&first, "/number/number"), number(&second, "/number/number")), (1, 2));
    app.settle().await;

    let shown = client.get(&format!("/api/v1/items/{}", ids[0])).await.ok();
    assert_eq!(shown["state"], "adopted");
    assert!(shown["issued"][0].as_str().is_some_and(|name| name.contains("第1期")), "{shown:#}");
    let receipt = client.get(&format!("/api/v1/receipts/{}", text(&shown, "/receipt"))).await.ok();
    assert_eq!(receipt["state"], "已采用");
    assert_eq!(number(&client.search("状态:已编发", "").await, "/total"), 2);
    let year = number(&first, "/number/year");
    assert_eq!(texts(&client.search(&format!("{year}年第1期"), "").await, "/hits", "id"), ids[..1]);
    app.finish().await;
}

#[tokio::test]
async fn issued_files_are_the_same_bytes_each_time_and_open_as_what_they_are() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let issued = issue(&client, &compile(&client, "opinion-composite", &ids[..3]).await).await;
    for format in ["docx", "html"] {
        let path = format!("/api/v1/bulletins/{}/files/{format}", text(&issued, "/id"));
        let (one, other) = (client.get(&path).await, client.get(&path).await);
        assert_eq!((one.status, &one.body), (200, &other.body));
        assert!(one.header("content-disposition").contains("filename*=UTF-8''"));
        let opens = if format == "docx" {
            one.body.starts_with(b"PK")
        } else {
            one.text().contains("社情民意信息")
        };
        assert!(opens, "{format}");
    }
    app.finish().await;
}

#[tokio::test]
async fn two_signed_at_the_same_moment_get_two_numbers() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let mut tasks = Vec::new();
    for id in &ids {
        let compiled = compile(&client, "opinion", std::slice::from_ref(id)).await;
        let client = client.clone();
        tasks.push(tokio::spawn(async move { number(&issue(&client, &compiled).await, "/number/number") }));
    }
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(task.await.expect("issued"));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    app.finish().await;
}

#[tokio::test]
async fn what_the_workflow_does_not_have_is_refused_with_the_reason() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let compiled = compile(&client, "opinion", &ids[..1]).await;
    let path = format!("/api/v1/bulletins/{}/issue", text(&compiled, "/id"));
    client.post(&path, json!({ "signer": " " }).to_string()).await.refused(422, "invalid");
    issue(&client, &compiled).await;
    let again = client.post(&path, json!({ "signer": "左丘明" }).to_string()).await;
    assert!(again.refused(409, "illegal_move").contains("已编发"));
    let several = json!({ "series": "opinion", "items": &ids[1..3] });
    client.post("/api/v1/bulletins", several.to_string()).await.refused(422, "invalid");
    let unknown = json!({ "series": "nothing", "items": &ids[1..2] });
    assert!(
        client
            .post("/api/v1/bulletins", unknown.to_string())
            .await
            .refused(422, "invalid")
            .contains("opinion")
    );
    let reader = app.add_source("reader", &["read"]).await;
    reader.post("/api/v1/bulletins", several.to_string()).await.refused(403, "scope_missing");
    let early = json!({ "series": "opinion", "items": &ids[3..4], "printed_date": "2026-01-01" });
    let early = client.post("/api/v1/bulletins", early.to_string()).await.ok();
    let path = format!("/api/v1/bulletins/{}/issue", text(&early, "/id"));
    client.post(&path, json!({ "signer": "左丘明" }).to_string()).await.refused(422, "invalid");
    app.finish().await;
}

#[tokio::test]
async fn a_proof_can_be_looked_at_and_carries_no_number() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let compiled = compile(&client, "opinion", &ids[..1]).await;
    let path = format!("/api/v1/bulletins/{}/proof", text(&compiled, "/id"));
    let proof = client.call(Method::GET, &path, &[], "").await;
    assert!(proof.text().contains("关于修复第1号道路的建议") && compiled["number"].is_null());
    app.finish().await;
}
