//! What is wrong is refused, each in its own words, and the process goes on as if nothing had been.

use serde_json::{Value, json};

use crate::support::{Client, Server, TestApp, item, text};

mod slow;

const TABLE: &str = include_str!("../fixtures/intake/bad_requests.json");
/// How far the memory may move while thousands of bad requests are refused.
const MEMORY_MAX: u64 = 64 << 20;
/// Times that the whole table is sent while memory is watched.
const ROUNDS: usize = 5;

/// The bytes of a row.
fn body_of(row: &Value) -> Vec<u8> {
    if let Some(text) = row["body"].as_str() {
        return text.as_bytes().to_vec();
    }
    if let Some(text) = row["body_base64"].as_str() {
        return from_base64(text);
    }
    if let Some(depth) = row["nested"].as_u64() {
        return "[".repeat(usize::try_from(depth).expect("small")).into_bytes();
    }
    let repeat = &row["repeat"];
    let times = usize::try_from(repeat["times"].as_u64().expect("times")).expect("small");
    [text(repeat, "/before"), &text(repeat, "/unit").repeat(times), text(repeat, "/after")]
        .concat()
        .into_bytes()
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'=').map(digit).collect();
    let mut out = Vec::new();
    for four in digits.chunks(4) {
        let joined = four.iter().fold(0u32, |sum, six| sum << 6 | u32::from(*six)) << (6 * (4 - four.len()));
        out.extend(&joined.to_be_bytes()[1..four.len()]);
    }
    out
}

async fn send_row(client: &Client, row: &Value) {
    let (name, kind) = (text(row, "/name"), row["content_type"].as_str());
    let headers: Vec<(&str, &str)> = kind.map(|kind| ("content-type", kind)).into_iter().collect();
    let answer = client.call(hyper::Method::POST, "/api/v1/items", &headers, body_of(row)).await;
    let said = answer.text();
    assert_eq!(
        u64::from(answer.status),
        row["expected_status"].as_u64().expect("a status"),
        "{name}: {said}"
    );
    assert_eq!(answer.header("content-type"), "application/problem+json", "{name}");
    let problem = answer.json();
    if let Some(code) = row["expected_code"].as_str() {
        assert_eq!(problem["code"], code, "{name}: {said}");
    }
    assert!(text(&problem, "/detail").contains(text(row, "/expected_detail_contains")), "{name}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_the_table_is_refused_as_it_says_and_memory_stays_flat() {
    let server = Server::start(&[]);
    let client = server.add_source("table", &["submit"]).await;
    let rows: Vec<Value> = serde_json::from_str(TABLE).expect("a list");
    assert!(rows.len() >= 100);
    for row in &rows {
        send_row(&client, row).await;
    }
    let before = server.memory();
    for row in std::iter::repeat_n(&rows, ROUNDS).flatten() {
        send_row(&client, row).await;
    }
    let after = server.memory();
    assert!(after < before + MEMORY_MAX, "{before} → {after}");
    let good = item("after", "关于整修滨江步道的建议", "步道多处塌陷，建议尽快整修。");
    assert_eq!(client.post("/api/v1/items", good.json()).await.status, 202);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_token_that_may_is_let_in() {
    let app = TestApp::start().await;
    let one = item("1", "关于增设路灯的建议", "夜间昏暗，建议增设路灯。").json();
    let nobody = Client::tcp(app.address(), None);
    let answer = nobody.post("/api/v1/items", one.clone()).await;
    assert!(answer.refused(401, "no_token").contains("Authorization"));
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    for wrong in ["my_0000", "", "我", "Basic dXNlcjpwYXNz"] {
        let stranger = Client::tcp(app.address(), Some(wrong));
        stranger.post("/api/v1/items", one.clone()).await.refused(401, "bad_token");
        stranger.get("/api/v1/search?q=x").await.refused(401, "bad_token");
    }
    let writer = app.add_source("writer", &["submit"]).await;
    let reader = app.add_source("reader", &["read"]).await;
    let editor = app.add_source("editor", &["edit"]).await;
    assert!(writer.get("/api/v1/search?q=x").await.refused(403, "scope_missing").contains("read"));
    assert!(reader.post("/api/v1/items", one.clone()).await.refused(403, "scope_missing").contains("submit"));
    reader.get("/api/v1/dead-letters").await.refused(403, "scope_missing");
    assert!(editor.post("/api/v1/bulletins", "{}").await.refused(403, "scope_missing").contains("issue"));
    for path in ["/api/v1/verify", "/api/v1/reindex", "/api/v1/sources"] {
        editor.post(path, "{}").await.refused(403, "operator_only");
    }
    app.operator.post("/api/v1/items", one.clone()).await.refused(403, "no_source");

    assert_eq!(writer.post("/api/v1/items", one.clone()).await.status, 202);
    let revoke = app.operator.call(hyper::Method::DELETE, "/api/v1/sources/writer", &[], "").await;
    assert_eq!(revoke.status, 200, "{}", revoke.text());
    assert!(writer.post("/api/v1/items", one).await.refused(401, "bad_token").contains("停用"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_beyond_its_limit_is_told_when_to_come_again() {
    let app = TestApp::start().await;
    for (id, limits, code) in [
        ("minute", json!({ "id": "minute", "per_minute": 2 }), "每分钟至多报送 2 件"),
        ("day", json!({ "id": "day", "per_minute": 0, "per_day": 2 }), "每日 2 件"),
    ] {
        let token = app.add_source_with(limits).await;
        let client = Client::tcp(app.address(), Some(&token));
        for n in 0..2 {
            let body = item(&format!("{id}-{n}"), "关于公交站牌的建议", "站牌被遮挡。").json();
            assert_eq!(client.post("/api/v1/items", body).await.status, 202);
        }
        let more = item(&format!("{id}-more"), "关于公交站牌的建议", "站牌被遮挡。").json();
        let answer = client.post("/api/v1/items", more).await;
        assert!(answer.refused(429, "too_many").contains(code));
        assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_in_the_same_form_as_every_refusal() {
    let app = TestApp::start().await;
    let all = app.add_source("all", &["submit", "read", "edit", "issue"]).await;
    all.get("/api/v1/nothing").await.refused(404, "not_found");
    all.get("/etc/passwd").await.refused(404, "not_found");
    let unknown = "0123456789abcdefghjkmnpqr0";
    for path in ["items/", "groups/", "bulletins/"] {
        all.get(&format!("/api/v1/{path}{unknown}")).await.refused(404, "not_found");
        all.get(&format!("/api/v1/{path}no-id")).await.refused(404, "not_found");
    }
    all.get("/api/v1/receipts/ABCD").await.refused(404, "not_found");
    all.get("/api/v1/dead-letters/17").await.refused(404, "not_found");
    for (method, path) in [("PUT", "/api/v1/items"), ("GET", "/api/v1/items"), ("POST", "/api/v1/search")] {
        let method = method.parse().expect("a method");
        all.call(method, path, &[], "").await.refused(405, "method");
    }
    all.get("/api/v1/search?limit=many").await.refused(400, "bad_query");
    all.get("/api/v1/search?wrong=1").await.refused(400, "bad_query");
    all.get("/api/v1/dead-letters/x").await.refused(404, "not_found");
    all.get("/api/v1/search?cursor=x").await.refused(400, "bad_cursor");
    all.get("/api/v1/search?sort=best").await.refused(422, "invalid");
    app.finish().await;
}
