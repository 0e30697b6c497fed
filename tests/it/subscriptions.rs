//! 订阅: new hits of a kept search are told once, counted, and gone when they have been looked at.

use std::time::Duration;

use crate::support::{Browser, Client, TestApp, between, item};

const LIST: &str = "q=%E8%B7%AF%E7%81%AF&tab=&sort=relevance";

/// The page once it says so; hits are told a moment after they can be found.
async fn until(browser: &mut Browser, path: &str, told: &str) -> String {
    let mut page = String::new();
    for _ in 0..600 {
        page = browser.get(path).await.text();
        if page.contains(told) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} does not say {told}: {page}");
}

async fn lamp(app: &TestApp, source: &Client, key: &str) {
    let body = format!("第{key}处步道没有照明，老人夜间摔倒过几次。建议增设路灯。");
    app.post_all(source, &[item(key, &format!("第{key}处建议增设路灯"), &body).from("钟离意", "某街道")])
        .await;
    app.settle().await;
}

/// Long enough for whatever is still to be told.
async fn a_while() {
    tokio::time::sleep(Duration::from_secs(3)).await;
}

#[tokio::test]
async fn new_hits_are_told_once_and_counted_until_they_are_looked_at() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut other = Browser::signed_in(&app, "wang", &["editor"]).await;
    lamp(&app, &source, "1").await;
    editor.get(&format!("/search?{LIST}")).await;
    let keep = [("name", "路灯"), ("query", LIST), ("do", "keep")];
    assert_eq!(editor.post("/searches", &keep).await.status, 303);
    let none = editor.post("/searches", &[("name", "没有"), ("do", "subscribe")]).await;
    assert_eq!(none.status, 404, "{}", none.text());
    lamp(&app, &source, "2").await;
    a_while().await;
    assert!(editor.get("/reminders").await.text().contains("没有提醒"), "it is kept, not subscribed to");

    assert_eq!(editor.post("/searches", &[("name", "路灯"), ("do", "subscribe")]).await.status, 303);
    a_while().await;
    assert!(editor.get("/reminders").await.text().contains("没有提醒"), "what was there counts as seen");
    lamp(&app, &source, "3").await;
    let noise = item("9", "建议增加养老床位", "护理型床位排队两年。").from("左丘明", "某街道");
    app.post_all(&source, &[noise]).await;
    let page = until(&mut editor, "/reminders", "常用检索“路灯”有 1 件新来稿").await;
    assert!(!page.contains("摔倒") && !page.contains("第3处"), "no item's text: {page}");
    assert!(page.contains(&format!("/search?{}", LIST.replace('&', "&#38;"))) || page.contains("/search?q="));
    lamp(&app, &source, "4").await;
    let page = until(&mut editor, "/reminders", "有 2 件新来稿").await;
    assert_eq!(page.matches("件新来稿").count(), 1, "one line for a busy day: {page}");
    assert!(editor.get("/search").await.text().contains("title=\"新来稿\">2<"));
    assert!(other.get("/reminders").await.text().contains("没有提醒"), "it is its owner's alone");

    // Looked at: nothing is left, and what was told is not told again.
    let found = editor.get(&format!("/search?{LIST}")).await.text();
    assert!(found.contains("共 4 件") && !found.contains("title=\"新来稿\""), "{found}");
    a_while().await;
    let page = editor.get("/reminders").await.text();
    assert!(
        page.contains("有 2 件新来稿") && !page.contains("未读</span>"),
        "seen, and still to be read: {page}"
    );
    lamp(&app, &source, "5").await;
    let page = until(&mut editor, "/reminders", "有 1 件新来稿").await;
    assert_eq!(page.matches("件新来稿").count(), 2, "a line of its own: {page}");
    let last = between(&page, "name=\"upto\" value=\"", "\"").expect("the last one");
    assert_eq!(editor.post("/reminders", &[("upto", &last)]).await.status, 303);
    assert!(!editor.get("/reminders").await.text().contains("未读</span>"));

    // Again from the start: nothing is told twice.
    let dir = app.finish().await;
    let app = TestApp::start_in(dir, |_| {}).await;
    let mut editor = editor.again(&app);
    a_while().await;
    let page = editor.get("/reminders").await.text();
    assert!(page.matches("件新来稿").count() == 2 && !page.contains("未读</span>"), "{page}");
    editor.get("/reminders").await;
    let leave = [("name", "路灯"), ("do", "unsubscribe"), ("back", "reminders")];
    assert_eq!(editor.post("/searches", &leave).await.header("location"), "/reminders");
    let source = app.add_source("more", &["submit", "read"]).await;
    lamp(&app, &source, "6").await;
    a_while().await;
    let page = editor.get("/reminders").await.text();
    assert!(page.contains("还没有订阅") && page.matches("件新来稿").count() == 2, "{page}");
    app.finish().await;
}
