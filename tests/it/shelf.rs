//! 参考资料: searched, found beside an item, taken off and put back; and never counted as an item by anything.

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Browser, Client, TestApp, encoded, matters, number, text, texts};

const BODY: &str = "混凝土搅拌站治理办法\n第一条 为治理混凝土搅拌站的粉尘和噪声，制定本办法。\n第二条 搅拌站应当封闭料仓，夜间不得生产。";

async fn shelve(client: &Client, name: &str, more: &str, body: &str) -> Value {
    let path = format!("/api/v1/shelf?name={}{more}", encoded(name.as_bytes()));
    let answer = client.call(Method::POST, &path, &[], body.to_owned()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn found(client: &Client, q: &str) -> Vec<String> {
    let path = format!("/api/v1/shelf/search?q={}", encoded(q.as_bytes()));
    texts(&client.get(&path).await.ok(), "/hits", "title")
}

#[tokio::test]
async fn a_document_is_found_by_its_words_goes_and_comes_back() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["read", "edit"]).await;
    let policy = encoded("政策".as_bytes());
    let added = shelve(&client, "办法.txt", &format!("&kind={policy}&date=2026-01-08"), BODY).await;
    assert_eq!((number(&added, "/no"), text(&added, "/title")), (1, "混凝土搅拌站治理办法"));
    assert_eq!((text(&added, "/kind"), text(&added, "/day")), ("policy", "2026-01-08"));
    shelve(&client, "规划.txt", "", "夜间公交规划\n末班车延长至二十三点。").await;
    assert_eq!(shelve(&client, "又.txt", "", BODY).await["repeat"], true);
    assert_eq!(found(&client, "粉尘 料仓").await, ["混凝土搅拌站治理办法"]);
    assert_eq!(found(&client, "攪拌站粉塵").await, ["混凝土搅拌站治理办法"], "traditional characters too");
    assert_eq!(client.get("/api/v1/shelf?kind=policy").await.ok().as_array().map(Vec::len), Some(1));
    assert!(text(&client.get("/api/v1/shelf/1").await.ok(), "/body").contains("封闭料仓"));

    client.call(Method::DELETE, "/api/v1/shelf/1", &[], "").await.ok();
    assert!(found(&client, "粉尘 料仓").await.is_empty());
    assert_eq!(client.get("/api/v1/shelf?removed=true").await.ok().as_array().map(Vec::len), Some(1));
    client.post("/api/v1/shelf/1/restore", "{}").await.ok();
    assert_eq!(found(&client, "粉尘 料仓").await.len(), 1);

    let refused = |name: &str, more: &str| format!("/api/v1/shelf?name={}{more}", encoded(name.as_bytes()));
    for (path, body, why) in [
        (refused("a.txt", "&kind=book"), "文", "没有类别“book”"),
        (refused("a.txt", "&date=soon"), "文", "日期“soon”"),
        (refused("a.txt", ""), "  ", "文件"),
        (refused("a.txt", ""), "机密★1年\n内容", "涉密"),
        (refused("a.zip", ""), "PK\u{3}\u{4}", ""),
    ] {
        let answer = client.call(Method::POST, &path, &[], body).await;
        assert!(answer.status == 422 && answer.text().contains(why), "{path}: {}", answer.text());
    }
    let reader = app.add_source("reader", &["read"]).await;
    assert_eq!(reader.call(Method::DELETE, "/api/v1/shelf/1", &[], "").await.status, 403);
    assert_eq!(Client::tcp(app.address(), None).get("/api/v1/shelf").await.status, 401);
    app.finish().await;
}

/// Everything that counts or lists items.
async fn counts(client: &Client, editor: &mut Browser, ids: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for path in [
        "/api/v1/search?q=%E6%90%85%E6%8B%8C%E7%AB%99",
        "/api/v1/search?q=%E6%B2%BB%E7%90%86%E5%8A%9E%E6%B3%95",
        "/api/v1/hot",
        "/api/v1/bulletins",
        &format!("/api/v1/items/{}/similar", ids[0]),
        &format!("/api/v1/groups/{}", ids[0]),
        "/api/v1/dead-letters",
    ] {
        out.push(format!("{path} {}", client.get(path).await.text()));
    }
    for path in [
        "/api/v1/desk/inbox",
        "/inbox",
        "/search?q=%E6%90%85%E6%8B%8C%E7%AB%99",
        "/ledger?which=received&from=2020-01-01&to=2999-12-31&format=csv",
        "/search/list?q=%E6%90%85%E6%8B%8C%E7%AB%99&format=csv",
        "/issues",
    ] {
        let page = editor.get(path).await;
        // Times and tokens differ from one page to the next.
        let rows = page.text().matches("搅拌站").count();
        let numbers = page.text().matches("<tr").count();
        out.push(format!("{path} {} {rows} {numbers}", page.status));
    }
    let metrics = client.get("/metrics").await.text();
    let documents = metrics.lines().find(|line| line.starts_with("minyi_index_documents"));
    out.push(documents.unwrap_or("no documents").to_owned());
    out
}

#[tokio::test]
async fn nothing_that_counts_items_ever_counts_a_document_of_the_shelf() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let items = [matters::plant(), matters::others()].concat();
    let ids = app.post_all(&client, &items).await;
    app.settle().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    counts(&client, &mut editor, &ids).await;
    let before = counts(&client, &mut editor, &ids).await;
    // A document of the very words of an item, and others of the same matter.
    let plant: Value = serde_json::from_str(&items[0].json()).expect("an item");
    let same = format!("{}\n{}", text(&plant, "/title"), text(&plant, "/body"));
    shelve(&client, "same.txt", "", &same).await;
    shelve(&client, "办法.txt", "", BODY).await;
    assert_eq!(found(&client, "搅拌站").await.len(), 2);
    app.settle().await;
    let after = counts(&client, &mut editor, &ids).await;
    assert_eq!(before, after);
    // It cannot be taken for an item by its number either.
    let request = json!({ "series": "opinion", "items": ["1"] }).to_string();
    assert!((400..500).contains(&client.post("/api/v1/bulletins", request).await.status));

    // Beside the item it is shown, with the words that both have.
    let beside = client.get(&format!("/api/v1/items/{}/shelf", ids[1])).await.ok();
    assert_eq!(text(&beside, "/0/title"), "混凝土搅拌站治理办法", "{beside:#}");
    assert!(beside[0]["words"].to_string().contains("搅拌站"), "{beside:#}");
    assert_eq!(client.get(&format!("/api/v1/items/{}/shelf", ids[4])).await.ok(), json!([]));
    let page = editor.get(&format!("/items/{}", ids[1])).await.text();
    assert!(page.contains("参考资料") && page.contains("混凝土搅拌站治理办法"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn an_editor_puts_a_file_on_the_shelf_and_takes_it_off_and_a_reader_only_reads() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    assert!(editor.get("/shelf").await.text().contains("还没有参考资料"));
    let fields = [("kind", "公报"), ("title", ""), ("source", "某办公厅"), ("date", "2026-01-08")];
    let file = |body: &'static str| [("file", "办法.txt", body.as_bytes())];
    let sent = editor.upload_with("/shelf", &fields, &file(BODY)).await;
    assert_eq!((sent.status, sent.header("location")), (303, "/shelf?done=add"), "{}", sent.text());
    editor.get("/shelf").await;
    let again = editor.upload_with("/shelf", &fields, &file(BODY)).await;
    assert_eq!(again.header("location"), "/shelf?done=repeat");
    let found = editor.get("/shelf?q=%E6%96%99%E4%BB%93").await.text();
    assert!(found.contains("共 1 份") && found.contains("某办公厅"), "{found}");
    assert!(editor.get("/search?q=%E6%96%99%E4%BB%93").await.text().contains("/shelf?q="));
    editor.get("/shelf").await;
    let empty = editor.upload_with("/shelf", &fields, &file("　")).await;
    assert!(
        empty.status == 422 && empty.text().contains("某办公厅"),
        "what was typed comes back: {}",
        empty.text()
    );

    let mut reader = Browser::signed_in(&app, "qian", &["reader"]).await;
    let page = reader.get("/shelf/1").await.text();
    assert!(page.contains("封闭料仓") && !page.contains("移出"), "{page}");
    assert_eq!(reader.post("/shelf/1", &[("do", "remove")]).await.status, 403);
    editor.get("/shelf/1").await;
    assert_eq!(editor.post("/shelf/1", &[("do", "remove")]).await.status, 303);
    assert!(editor.get("/shelf/1").await.text().contains("放回"));
    assert!(editor.get("/shelf?q=%E6%96%99%E4%BB%93").await.text().contains("没有找到"));
    app.finish().await;
}

#[tokio::test]
async fn what_stood_on_the_shelf_is_found_after_a_start_with_another_index() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["read", "edit"]).await;
    shelve(&client, "办法.txt", "", BODY).await;
    let token = client.token().to_owned();
    let dir = app.finish().await;
    std::fs::remove_dir_all(dir.path().join("shelf")).ok();
    let app = TestApp::start_in(dir, |_| {}).await;
    let client = Client::tcp(app.address(), Some(&token));
    assert_eq!(found(&client, "料仓").await.len(), 1);
    app.finish().await;
}
