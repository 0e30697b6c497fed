//! A person's own program takes out lists, brings in a list of adoptions and scans, sees to topics: as the pages do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::desk_api::{person, post};
use crate::support::{Answer, Client, TestApp, encoded, item, list, number, text};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，建议增设路灯。";

/// An item with its manuscript; gives the address of what became of it.
async fn made(app: &TestApp, source: &Client, editor: &Client, key: &str, title: &str) -> String {
    let ids = app.post_all(source, &[item(key, title, &format!("{BODY}（{key}）"))]).await;
    app.settle().await;
    let wanted = json!({ "items": ids, "outlet": "series", "series": "opinion" });
    let made = post(editor, "/api/v1/desk/manuscripts", wanted).await.json();
    format!("/api/v1/desk/manuscripts/{}/outcomes", text(&made, "/id"))
}

fn adopted(number: &str) -> Value {
    json!({ "kind": "single", "level": "city", "outlet": "市委办公厅", "number": number, "date": "2026-01-08",
            "readers": "office" })
}

async fn in_parts(client: &Client, method: Method, path: &str, fields: &Value, file: &[u8]) -> Answer {
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n{fields}\r\n--edge\r\n\
         Content-Disposition: form-data; name=\"scan\"; filename=\"b.pdf\"\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    client.call(method, path, &[("content-type", "multipart/form-data; boundary=edge")], body).await
}

#[tokio::test]
async fn an_outcome_is_registered_with_its_scan_within_the_json_or_as_a_part_beside_it() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let path = made(&app, &source, &editor, "1", "建议增设路灯").await;
    let packed = |bytes: &[u8]| {
        let mut fields = adopted("第3期");
        fields["scan"] = json!({ "name": "a.pdf", "content": STANDARD.encode(bytes) });
        fields
    };
    let wrong = post(&editor, &path, packed(b"MZ")).await.refused(422, "invalid");
    assert!(wrong.contains("PDF、JPEG 或 PNG"), "the same check as the form: {wrong}");
    let mut torn = packed(b"%PDF-1.4 one");
    torn["scan"]["content"] = json!("%%%");
    assert!(post(&editor, &path, torn).await.refused(422, "invalid").contains("scan.content"));
    assert_eq!(post(&editor, &path, packed(b"%PDF-1.4 one")).await.status, 201);
    assert_eq!(editor.get("/api/v1/desk/outcomes/1/scan").await.body[..], *b"%PDF-1.4 one");

    let parts = in_parts(&editor, Method::POST, &path, &adopted("第4期"), b"%PDF-1.4 two").await;
    assert_eq!(parts.status, 201, "{}", parts.text());
    assert_eq!(editor.get("/api/v1/desk/outcomes/2/scan").await.body[..], *b"%PDF-1.4 two");
    let mut change = adopted("第5期");
    (change["rev"], change["comment"]) = (json!(1), json!("期号有误"));
    let one = "/api/v1/desk/outcomes/2";
    let put = in_parts(&editor, Method::PUT, one, &change, b"%PDF-1.4 three").await;
    assert_eq!(text(&put.ok(), "/number"), "第5期");
    assert_eq!(editor.get("/api/v1/desk/outcomes/2/scan").await.body[..], *b"%PDF-1.4 three");
    let cut = [("content-type", "multipart/form-data; boundary=edge")];
    editor.call(Method::POST, &path, &cut, "--edge\r\nContent").await.refused(400, "broken_off");
    let large = vec![b' '; 17 << 20];
    let large = in_parts(&editor, Method::POST, &path, &adopted("第6期"), &large).await;
    assert_eq!(large.status, 413, "{}", large.text());
    app.finish().await;
}

fn book(rows: &[[&str; 4]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (at, text) in (0_u16..).zip(cells) {
            sheet.write_string(row, at, *text).expect("written");
        }
    }
    book.save_to_buffer().expect("a file")
}

#[tokio::test]
async fn a_list_of_adoptions_is_looked_through_and_what_is_confirmed_is_entered_once() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let editor = person(&app, "zhang", &["editor"]).await;
    made(&app, &source, &editor, "1", "关于在翠柏苑北门增设路灯的建议").await;
    let day = minyi::clock::Clock::now(&minyi::clock::SystemClock).date().to_string();
    let sheet = book(&[
        ["题目", "采用单位", "期号", "采用日期"],
        ["关于在翠柏苑北门增设路灯的建议", "", "第3期", &day],
        ["江面漂浮物清理需要联动", "", "第5期", "2026-01-09"],
    ]);
    let outlet = encoded("市委办公厅".as_bytes());
    let path = format!("/api/v1/desk/outcomes/import?level=city&outlet={outlet}");
    let look = async || editor.call(Method::POST, &path, &[], sheet.clone()).await.ok();
    let rows = look().await;
    assert_eq!((text(&rows, "/0/standing"), text(&rows, "/1/standing")), ("sure", "unknown"), "{rows}");
    assert_eq!(text(&rows, "/0/fields/outlet"), "市委办公厅");
    assert_eq!(editor.get("/api/v1/desk/outcomes").await.ok(), json!([]), "nothing is entered yet");
    editor.call(Method::POST, "/api/v1/desk/outcomes/import", &[], "text").await.refused(422, "invalid");

    let take = "/api/v1/desk/outcomes/import/take";
    let picked = json!({ "rows": [{ "manuscript": rows[0]["candidates"][0]["manuscript"], "fields": rows[0]["fields"] }] });
    post(&editor, take, json!({ "rows": [] })).await.refused(422, "invalid");
    assert_eq!(post(&editor, take, picked.clone()).await.ok(), json!({ "new": 1, "known": 0 }));
    assert_eq!(post(&editor, take, picked).await.ok(), json!({ "new": 0, "known": 1 }));
    assert_eq!(text(&look().await, "/0/standing"), "known");
    app.finish().await;
}

#[tokio::test]
async fn lists_are_taken_out_by_who_may_take_them_and_the_log_says_so() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let reader = person(&app, "zhou", &["reader"]).await;
    let auditor = person(&app, "wu", &["audit"]).await;
    let path = made(&app, &source, &editor, "1", "建议增设路灯").await;
    assert_eq!(post(&editor, &path, adopted("第3期")).await.status, 201);
    let words = encoded("路灯".as_bytes());
    let calls = [
        ("ledgers/received?from=2026-01-01&to=2099-12-31".to_owned(), "来稿台账"),
        ("ledgers/issued?from=2026-01-01&to=2099-12-31".to_owned(), "编发台账"),
        (format!("search/list?q={words}&tab=items&sort=newest"), "检索结果"),
        (format!("outcomes/list?level=city&withdrawn=false&words={words}"), "采用和批示"),
    ];
    for (call, title) in &calls {
        let call = format!("/api/v1/desk/{call}");
        reader.get(&call).await.refused(403, "right_missing");
        let sheet = editor.get(&call).await;
        assert!(sheet.status == 200 && sheet.body.starts_with(b"PK"), "{call}: {}", sheet.text());
        let csv = editor.get(&format!("{call}&format=csv")).await.text();
        assert!(csv.contains(title) && csv.contains("导出人：zhang先生"), "{call}: {csv}");
        assert!(csv.contains("建议增设路灯") || *title == "编发台账", "{call}: {csv}");
        editor.get(&format!("{call}&format=docx")).await.refused(400, "bad_query");
        editor.get(&format!("{call}&colour=red")).await.refused(400, "bad_query");
    }
    editor.get("/api/v1/desk/ledgers/owl?from=2026-01-01&to=2026-01-02").await.refused(404, "not_found");
    editor.get("/api/v1/desk/ledgers/issued?from=2026-01-01").await.refused(400, "bad_query");
    let wrong = editor.get("/api/v1/desk/ledgers/issued?from=2026-02-01&to=2026-01-01").await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert_eq!(editor.get("/api/v1/desk/search/list?q=").await.status, 422);
    editor.get("/api/v1/desk/log").await.refused(403, "right_missing");
    let log = auditor.get("/api/v1/desk/log?kind=list&actor=user:zhang").await.ok();
    assert_eq!(list(&log, "").len(), 8, "each file that went out: {log}");
    app.finish().await;
}

#[tokio::test]
async fn topics_are_published_counted_closed_and_filtered_by() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let reader = person(&app, "zhou", &["reader"]).await;
    let topics = "/api/v1/desk/topics";
    let batch = json!({ "batch": "第一批", "deadline": "9000-12-31",
                        "topics": ["老旧小区加装电梯｜侧重资金分担", "夜间公交线路"] });
    post(&reader, topics, batch.clone()).await.refused(403, "right_missing");
    let past = json!({ "deadline": "2020-01-01", "topics": ["旧题"] });
    assert!(post(&editor, topics, past).await.refused(422, "invalid").contains("已过"));
    for odd in ["", " ", "夜间公交\n社区食堂", "夜间公交\n", "夜间\r公交"] {
        let odd = json!({ "deadline": "9000-12-31", "topics": ["老旧小区加装电梯", odd] });
        assert!(post(&editor, topics, odd).await.refused(422, "invalid").contains("第 2 条"));
    }
    assert_eq!(post(&editor, topics, batch.clone()).await.ok(), json!({ "published": 2 }));
    assert!(post(&editor, topics, batch).await.refused(422, "invalid").contains("已在征集中"));

    // By its words, by its number; what nobody asked for is refused by the name of its field.
    let of = |key: &str, topic: &str| item(key, &format!("来稿{key}"), BODY).with("topic", json!(topic));
    app.post_all(&source, &[of("1", "老旧小区加装电梯"), of("2", " 1 "), item("3", "别的", "另一件事。")])
        .await;
    app.settle().await;
    let unknown = source.post("/api/v1/items", of("4", "没有的选题").json()).await;
    assert_eq!(unknown.status, 422);
    assert_eq!(text(&unknown.json(), "/fields/0/field"), "topic", "{}", unknown.text());
    let listed = reader.get(topics).await.ok();
    let first = list(&listed, "").iter().find(|topic| topic["no"] == 1).expect("the first");
    assert_eq!((number(first, "/items"), text(first, "/standing")), (2, "open"), "{listed}");
    assert_eq!(first["states"], json!({ "received": 2 }));
    let inbox = reader.get("/api/v1/desk/inbox?topic=1").await.ok();
    assert_eq!(list(&inbox, "/items").len(), 2, "{inbox}");
    assert_eq!(list(&reader.get("/api/v1/desk/inbox?topic=2").await.ok(), "/items").len(), 0);

    let closed = post(&editor, "/api/v1/desk/topics/1/close", json!({})).await.ok();
    assert_eq!(text(&closed, "/standing"), "closed");
    let late = source.post("/api/v1/items", of("5", "老旧小区加装电梯").json()).await;
    assert!(late.status == 422 && late.text().contains("已停止征集"), "{}", late.text());
    let again = source.post("/api/v1/items", of("1", "老旧小区加装电梯").json()).await;
    assert_eq!(again.status, 200, "a repost is the same item: {}", again.text());
    let open = post(&editor, "/api/v1/desk/topics/1/reopen", json!({})).await.ok();
    assert_eq!(text(&open, "/standing"), "open");
    let moved = json!({ "deadline": "9000-06-30" }).to_string();
    let moved = editor.call(Method::PUT, "/api/v1/desk/topics/1/deadline", &[], moved).await.ok();
    assert_eq!(text(&moved, "/deadline"), "9000-06-30");
    post(&editor, "/api/v1/desk/topics/9/close", json!({})).await.refused(404, "not_found");
    app.finish().await;
}

#[tokio::test]
async fn what_came_by_telephone_is_typed_in_by_a_program_with_its_topic() {
    let app = TestApp::start().await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let batch = json!({ "deadline": "9000-12-31", "topics": ["夜间公交线路"] });
    post(&editor, "/api/v1/desk/topics", batch).await.ok();
    let pasted = format!("关于增设路灯的建议\n{BODY}\n联系电话：13812345678");
    let found = post(&editor, "/api/v1/desk/typed/propose", json!({ "text": pasted })).await.ok();
    assert_eq!(text(&found, "/phone"), "13812345678");
    let placed = post(
        &editor,
        "/api/v1/desk/typed/propose",
        json!({ "text": "磁器口古镇路口没有斑马线，游客多，车也快。" }),
    );
    assert_eq!(text(&placed.await.ok(), "/district"), "沙坪坝区");
    let typed = json!({ "channel": "phone", "key": "call-0001", "title": "建议增设路灯", "body": BODY,
                        "name": "钟离意", "phone": "13812345678", "topic": "夜间公交线路" });
    let sent = post(&editor, "/api/v1/desk/typed", typed.clone()).await;
    assert_eq!(sent.status, 201, "{}", sent.text());
    assert_eq!(post(&editor, "/api/v1/desk/typed", typed).await.json(), sent.json(), "the same again");
    let owl = json!({ "channel": "owl", "key": "call-0002", "title": "题", "body": BODY });
    assert!(post(&editor, "/api/v1/desk/typed", owl).await.refused(422, "invalid").contains("channel"));
    app.settle().await;
    assert_eq!(number(&editor.get("/api/v1/desk/topics").await.ok(), "/0/items"), 1);
    app.finish().await;
}

#[tokio::test]
async fn dead_letters_sources_and_deliveries_are_seen_to_by_who_runs_the_system() {
    let app = TestApp::start().await;
    let system = person(&app, "sys", &["system"]).await;
    let added = post(&system, "/api/v1/desk/sources", json!({ "id": "street", "scopes": ["submit"] })).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let token = text(&added.json(), "/token").to_owned();
    let street = Client::tcp(app.address(), Some(&token));
    assert_eq!(street.post("/api/v1/items", item("1", "题", BODY).json()).await.status, 202);
    let hook = json!({ "url": "http://127.0.0.1:9/x" }).to_string();
    let hook = system.call(Method::PUT, "/api/v1/desk/sources/street/webhook", &[], hook).await;
    assert_eq!(hook.status, 422, "of one's own network: {}", hook.text());
    assert_eq!(system.get("/api/v1/desk/dead-letters").await.ok(), json!([]));
    assert_eq!(system.get("/api/v1/desk/deliveries?phone=true").await.ok(), json!([]));
    post(&system, "/api/v1/desk/dead-letters/7/resend", json!({})).await.refused(404, "not_found");
    post(&system, "/api/v1/desk/sources/street/revoke", json!({})).await.ok();
    assert_eq!(street.post("/api/v1/items", item("2", "题", BODY).json()).await.status, 401);
    app.finish().await;
}

#[tokio::test]
async fn what_an_item_is_like_what_was_decided_and_what_prints_is_had_by_a_program() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let ids = app.post_all(&source, &[item("1", "路灯", BODY), item("2", "座椅", "车站缺座椅。")]).await;
    app.settle().await;
    let path = format!("/api/v1/desk/items/{}", ids[0]);
    assert!(editor.get(&format!("{path}/similar")).await.ok()["links"].is_array());
    let verdict = json!({ "other": ids[1], "verdict": "unrelated", "comment": "两回事" });
    let given = post(&editor, &format!("{path}/verdicts"), verdict).await.ok();
    assert_eq!(text(&given, "/0/verdict"), "unrelated");
    post(&editor, &format!("{path}/verdicts/{}/withdraw", ids[1]), json!({})).await.ok();
    assert_eq!(editor.get(&format!("{path}/verdicts")).await.ok(), json!([]));
    editor.get(&format!("{path}/files/1")).await.refused(404, "not_found");

    let wanted = json!({ "items": [ids[0]], "outlet": "forward", "to": "市城市管理局" });
    let made = post(&editor, "/api/v1/desk/manuscripts", wanted).await.json();
    let path = format!("/api/v1/desk/manuscripts/{}", text(&made, "/id"));
    assert!(editor.get(&format!("{path}/tidying")).await.ok().is_array());
    let paper = editor.get(&format!("{path}/paper/docx")).await;
    assert!(paper.status == 200 && paper.body.starts_with(b"PK"), "{}", paper.status);
    let sent = json!({ "rev": made["rev"], "do": "send" });
    let sent = post(&editor, &format!("{path}/send"), sent).await.ok();
    assert_eq!(text(&sent, "/state"), "forwarded", "{sent}");
    assert_eq!(editor.get("/api/v1/desk/numbers?series=opinion").await.ok(), json!([]));
    editor.get("/api/v1/desk/find/nothing").await.refused(404, "not_found");
    app.finish().await;
}
