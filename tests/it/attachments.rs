//! Attachments: sent with an item by the API and by the form, kept before the item is acknowledged, seen by right.

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Browser, Client, TestApp, between, number, text};

const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];
const BODY: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设路灯。";

async fn sent(client: &Client, name: &str, bytes: &[u8]) -> (u16, Value) {
    let path = format!(
        "/api/v1/files?name={}",
        form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>()
    );
    let answer = client.call(Method::POST, &path, &[], bytes.to_vec()).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn what_is_sent_first_is_referred_to_by_its_id_and_seen_by_right() {
    let app = TestApp::start().await;
    let (own, other) = (app.add_source("own", &["submit"]).await, app.add_source("other", &["submit"]).await);
    let (status, kept) = sent(&own, "路口 13812345678.PNG", PNG).await;
    assert_eq!((status, text(&kept, "/kind")), (201, "image/png"), "{kept}");
    let id = text(&kept, "/id");
    assert_eq!(
        text(&sent(&own, "路口 13812345678.PNG", PNG).await.1, "/id"),
        id,
        "the same again is the same"
    );
    let item = |key: &str| {
        json!({ "external_id": key, "title": "增设路灯", "body": BODY, "attachments": [id] }).to_string()
    };
    let refused = other.post("/api/v1/items", item("1")).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("没有附件"), "{}", refused.text());
    let taken = own.post("/api/v1/items", item("1")).await.ok();
    let again = own.post("/api/v1/items", item("1")).await;
    assert_eq!(again.status, 200, "a repeat: {}", again.text());
    app.settle().await;
    let page = format!("/items/{}", text(&taken, "/id"));
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let shown = editor.get(&page).await.text();
    assert!(shown.contains("附件") && !shown.contains("13812345678"), "the name is masked: {shown}");
    let file = editor.get(&format!("{page}/files/1")).await;
    assert_eq!((file.status, file.body.as_ref()), (200, PNG));
    let disposition = file.header("content-disposition");
    assert!(disposition.starts_with("attachment") && !disposition.contains("13812345678"), "{disposition}");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(editor.get(&format!("{page}/files/2")).await.status, 404);
    assert!(editor.get(&page).await.text().contains("下载附件"), "each look is logged");
    let mut reader = Browser::signed_in(&app, "li", &["reader"]).await;
    assert!(!reader.get(&page).await.text().contains("/files/1"));
    assert_eq!(reader.get(&format!("{page}/files/1")).await.status, 403);
    app.finish().await;
}

#[tokio::test]
async fn what_may_not_be_kept_is_refused_with_what_to_do() {
    let app = TestApp::start_with(|config| config.attachments.max_mb = 1).await;
    let own = app.add_source("own", &["submit"]).await;
    let large = [PNG, &vec![0; (1 << 20) + 1]].concat();
    for (name, bytes, status, says) in [
        ("a.png", &b"MZ program"[..], 422, "不是图片"),
        ("a.png", b"", 422, "空的"),
        ("机密★10年.png", PNG, 422, "涉密"),
        ("a.png", &large, 413, "上限"),
        ("a.docx", b"PK\x03\x04 broken", 422, "不是图片"),
    ] {
        let (found, told) = sent(&own, name, bytes).await;
        assert_eq!(found, status, "{name}: {told}");
        assert!(told.to_string().contains(says), "{name}: {told}");
    }
    let dir = app.finish().await;
    assert_eq!(std::fs::read_dir(dir.path().join("files")).map_or(0, Iterator::count), 0, "no bytes of them");
}

#[tokio::test]
async fn a_scanner_may_refuse_and_its_absence_is_told() {
    for (scan, status) in [("test ! -s", 422), ("/no/such/scanner", 503), ("test -s", 201)] {
        let app = TestApp::start_with(|config| config.attachments.scan = scan.to_owned()).await;
        let own = app.add_source("own", &["submit"]).await;
        let (found, told) = sent(&own, "a.png", PNG).await;
        assert_eq!(found, status, "{scan}: {told}");
        app.finish().await;
    }
}

#[tokio::test]
async fn a_form_brings_files_and_keeps_them_when_it_is_refused() {
    let app = TestApp::start().await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let page = wang.get("/report").await.text();
    let key = between(&page, "name=\"key\" value=\"", "\"").expect("a key");
    let fields = |title: &'static str| {
        [
            ("key", key.clone()),
            ("title", title.to_owned()),
            ("body", BODY.to_owned()),
            ("name", "王勃".to_owned()),
        ]
    };
    let refused = wang
        .upload_with("/report", &fields(""), &[("files", "路口.png", PNG), ("files", "x.exe", b"MZ")])
        .await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("x.exe") && refused.text().contains("没有收下"), "{}", refused.text());
    let kept = between(&refused.text(), "name=\"attached\" value=\"", "\"").expect("it is kept");
    let mut again = fields("建议增设路灯").to_vec();
    again.push(("attached", kept));
    let taken = wang.upload_with("/report", &again, &[("files", "第二张.png", &[PNG, b"2"].concat())]).await;
    assert_eq!(taken.status, 303, "{}", taken.text());
    assert_eq!(number(&app.settle().await, "/counts/items"), 1);
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let inbox = editor.get("/inbox").await.text();
    let id = between(&inbox, "href=\"/items/", "?").expect("an item");
    let shown = editor.get(&format!("/items/{id}")).await.text();
    assert!(shown.contains("路口.png") && shown.contains("第二张.png"), "{shown}");
    app.finish().await;
}
