//! From items to a numbered, frozen issue.

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, item, list, number, text, texts};

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
    for format in ["docx", "html", "pdf"] {
        let path = format!("/api/v1/bulletins/{}/files/{format}", text(&issued, "/id"));
        let (one, other) = (client.get(&path).await, client.get(&path).await);
        assert_eq!((one.status, &one.body), (200, &other.body));
        assert!(one.header("content-disposition").contains("filename*=UTF-8''"));
        let opens = match format {
            "docx" => one.body.starts_with(b"PK"),
            "pdf" => one.body.starts_with(b"%PDF-1.7"),
            _ => one.text().contains("社情民意信息"),
        };
        assert!(opens, "{format}");
    }
    let path = format!("/api/v1/bulletins/{}", text(&issued, "/id"));
    let verified = client.get(&format!("{path}/verify")).await.ok();
    assert!(verified["ok"] == true && verified["document"] == true, "{verified:#}");
    assert!(list(&verified, "/files").iter().all(|file| file["same_again"] == true), "{verified:#}");
    // The form for messages only goes out of a series that is public.
    assert!(client.get(&format!("{path}/files/txt")).await.refused(422, "invalid").contains("public"));
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

async fn post(client: &Client, id: &str, what: &str, body: Value) -> Answer {
    client.post(&format!("/api/v1/bulletins/{id}/{what}"), body.to_string()).await
}

fn year(issue: &Value) -> String {
    text(issue, "/printed_date")[..4].to_owned()
}

#[tokio::test]
async fn a_character_that_no_font_has_is_reported_and_not_signed_until_it_is_changed() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let items =
        [item("1", "关于修复道路的建议", "井盖松动\u{1F600}，建议尽快修复。").from("钟离意", "某街道")];
    let ids = app.post_all(&client, &items).await;
    app.settle().await;
    let compiled = compile(&client, "opinion", &ids).await;
    let id = text(&compiled, "/id");
    assert!(list(&compiled, "/warnings")[0].as_str().is_some_and(|w| w.contains("U+1F600")), "{compiled:#}");
    let why = post(&client, id, "issue", json!({ "signer": "左丘明" })).await.refused(422, "invalid");
    assert!(why.contains("井盖松动"), "{why}");
    post(&client, id, "correct", json!({ "body": "井盖松动。", "comment": " " }))
        .await
        .refused(422, "invalid");
    let body = json!({ "body": "井盖松动，建议尽快修复。", "comment": "删去表情符号" });
    let corrected = post(&client, id, "correct", body).await.ok();
    assert!(
        corrected.get("warnings").is_none()
            && text(&corrected, "/manuscripts/0/texts/body").ends_with("修复。")
    );
    let issued = issue(&client, &compiled).await;
    // What is issued is frozen.
    let late = json!({ "body": "改", "comment": "改" });
    post(&client, text(&issued, "/id"), "correct", late).await.refused(422, "invalid");
    app.finish().await;
}

#[tokio::test]
async fn counting_goes_on_from_the_opening_number_and_paper_numbers_are_entered_afterwards() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let first = compile(&client, "review", &ids[..1]).await;
    let book = format!("/api/v1/series/review/numbers/{}", year(&first));
    let opening = json!({ "highest": 11 }).to_string();
    client.call(Method::PUT, &format!("{book}/opening"), &[], opening).await.refused(422, "invalid");
    let opening = json!({ "highest": 11, "total": 340 }).to_string();
    client.call(Method::PUT, &format!("{book}/opening"), &[], opening).await.ok();
    let first = issue(&client, &first).await;
    assert_eq!((number(&first, "/number/number"), number(&first, "/total")), (12, 341));
    // 15 was given on paper: 13 and 14 wait, and are taken or entered next.
    let paper = compile(&client, "review", &ids[1..2]).await;
    let id = text(&paper, "/id");
    post(&client, id, "issue", json!({ "signer": "左丘明", "number": 12 })).await.refused(422, "invalid");
    let paper = post(&client, id, "issue", json!({ "signer": "左丘明", "number": 15 })).await.ok();
    assert_eq!((number(&paper, "/total"), text(&paper, "/origin")), (344, "paper"));
    let next = issue(&client, &compile(&client, "review", &ids[2..3]).await).await;
    assert_eq!(number(&next, "/number/number"), 13);
    let rows = client.get(&book).await.ok();
    let states = texts(&json!({ "rows": rows }), "/rows", "state");
    assert!(states[..11].iter().all(|state| state == "启用前"), "{states:?}");
    assert_eq!(states[11..], ["已编发", "已编发", "待用", "已编发（补录）"]);
    let opening = json!({ "highest": 20, "total": 400 }).to_string();
    client.call(Method::PUT, &format!("{book}/opening"), &[], opening).await.refused(422, "invalid");
    app.finish().await;
}

#[tokio::test]
async fn a_void_proof_frees_its_items_and_supplements_are_numbered_apart() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let proof = compile(&client, "opinion", &ids[..1]).await;
    post(&client, text(&proof, "/id"), "void", json!({ "reason": "" })).await.refused(422, "invalid");
    let void = post(&client, text(&proof, "/id"), "void", json!({ "reason": "重复" })).await.ok();
    assert_eq!(text(&void, "/state"), "void");
    post(&client, text(&proof, "/id"), "issue", json!({ "signer": "左丘明" }))
        .await
        .refused(409, "illegal_move");
    let back = client.get(&format!("/api/v1/items/{}", ids[0])).await.ok();
    assert_eq!(text(&back, "/state"), "received");
    let plain = issue(&client, &compile(&client, "opinion", &ids[..1]).await).await;
    let request = json!({ "series": "opinion", "items": &ids[1..2], "supplement": true });
    let supplement = client.post("/api/v1/bulletins", request.to_string()).await.ok();
    let supplement = issue(&client, &supplement).await;
    assert_eq!((number(&plain, "/number/number"), number(&supplement, "/number/number")), (1, 1));
    assert!(text(&supplement, "/label").ends_with("年增刊第1期"));
    app.finish().await;
}

#[tokio::test]
async fn controlled_copies_carry_their_numbers_in_one_file() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let issued = issue(&client, &compile(&client, "special-report", &ids[..1]).await).await;
    let formats = texts(&issued, "/files", "format");
    assert!(formats.contains(&"copies.pdf".to_owned()), "{formats:?}");
    let path = format!("/api/v1/bulletins/{}/files/copies.pdf", text(&issued, "/id"));
    assert_eq!(client.get(&path).await.header("content-type"), "application/pdf");
    app.finish().await;
}

#[tokio::test]
async fn a_past_issue_counts_as_issued_in_search_and_counting_goes_on_after_it() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let proof = compile(&client, "opinion", &ids[..1]).await;
    let this_year = year(&proof);
    let past = json!({ "series": "opinion", "number": 37, "date": format!("{this_year}-01-02"), "articles": [{
        "title": "关于治理江岸夜间噪声的建议", "body": "据市民反映，江岸夜间施工噪声扰民，投诉处置周期较长。建议明确时段，联合执法。",
        "credit": "（市政协委员　左丘明）" }] });
    let taken = client.post("/api/v1/bulletins/past", past.to_string()).await.ok();
    assert_eq!(taken["repeat"], false);
    let again = client.post("/api/v1/bulletins/past", past.to_string()).await.ok();
    assert_eq!((&again["id"], &again["repeat"]), (&taken["id"], &json!(true)));
    app.settle().await;
    let found = client.search("江岸 噪声 状态:已编发", "").await;
    assert!(found["hits"][0].to_string().contains(&format!("{this_year}年第37期")), "{found:#}");
    assert_eq!(number(&issue(&client, &proof).await, "/number/number"), 38);
    // From then on a number is the system's own.
    let mut later = past.clone();
    later["number"] = json!(40);
    let why = client.post("/api/v1/bulletins/past", later.to_string()).await.refused(422, "invalid");
    assert!(why.contains("补录"), "{why}");
    let mut less = past;
    less["date"] = json!(null);
    assert!(
        client
            .post("/api/v1/bulletins/past", less.to_string())
            .await
            .refused(422, "invalid")
            .contains("日期")
    );
    app.finish().await;
}

/// A walk over everything that touches a number, in an order without meaning.
#[tokio::test]
async fn whatever_is_done_no_number_is_given_twice_and_none_is_lost() {
    let app = TestApp::start().await;
    let (client, ids) = desk(&app).await;
    let (mut seed, mut registered, mut frozen) = (12_345_u64, Vec::<String>::new(), Vec::new());
    let mut book = String::new();
    for _ in 0..36 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let choice = seed >> 33;
        if choice % 6 >= 4 && !registered.is_empty() {
            let id = registered.swap_remove(usize::try_from(choice).expect("small") / 6 % registered.len());
            let what = if choice % 6 == 4 { "give-back" } else { "void" };
            post(&client, &id, what, json!({ "reason": "试" })).await.ok();
            continue;
        }
        let item = &ids[usize::try_from(choice).expect("small") / 6 % ids.len()];
        let proof = compile(&client, "opinion", std::slice::from_ref(item)).await;
        book = format!("/api/v1/series/opinion/numbers/{}", year(&proof));
        let only = choice % 6 < 2;
        let request = json!({ "signer": "左丘明", "register_only": only });
        let done = post(&client, text(&proof, "/id"), "issue", request).await.ok();
        if only {
            registered.push(text(&done, "/id").to_owned());
        } else {
            frozen.push(done);
        }
    }
    let rows = client.get(&book).await.ok();
    let numbers: Vec<i64> = rows.as_array().expect("rows").iter().map(|row| number(row, "/number")).collect();
    assert_eq!(numbers, (1..).take(numbers.len()).collect::<Vec<i64>>(), "{rows:#}");
    for before in frozen {
        let path = format!("/api/v1/bulletins/{}", text(&before, "/id"));
        let now = client.get(&path).await.ok();
        assert_eq!((&now["files"], &now["number"]), (&before["files"], &before["number"]));
        assert_eq!(client.get(&format!("{path}/verify")).await.ok()["ok"], true);
    }
    let report = app.operator.post("/api/v1/verify", "").await.ok();
    assert_eq!(number(&report, "/numbers/count"), 0, "{report:#}");
    app.finish().await;
}
