//! 并稿: editors merge what says the same, take one out, undo; everybody's credit stays.

use crate::support::{Browser, TestApp, item};

async fn three(app: &TestApp) -> (crate::support::Client, Vec<String>) {
    let source = app.add_source("desk", &["submit", "read", "edit"]).await;
    let items = [
        item("1", "建议增设路灯", "翠柏苑北门到菜市场一段没有照明。").from("钟离意", "某街道"),
        item("2", "路灯太少", "菜市场旁边晚上很黑，走路不安全。").from("司空曙", "某学校"),
        item("3", "夜间照明不足", "北门外人行道缺照明设施，请增设。").from("钟离意", "某党派"),
    ];
    let ids = app.post_all(&source, &items).await;
    app.settle().await;
    (source, ids)
}

async fn state(source: &crate::support::Client, id: &str) -> String {
    source.get(&format!("/api/v1/items/{id}")).await.ok()["state"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn merged_items_go_out_of_sight_and_come_back_when_it_is_undone() {
    let app = TestApp::start().await;
    let (source, ids) = three(&app).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    editor.get("/inbox").await;
    let one = editor.post("/inbox/merge", &[("item", &ids[0])]).await;
    assert!(one.status == 422 && one.text().contains("两件以上"), "{}", one.text());
    let fields = [("item", ids[2].as_str()), ("item", &ids[0]), ("item", &ids[1]), ("why", "同一处路灯")];
    let done = editor.post("/inbox/merge", &fields).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let told = editor.get(done.header("location")).await.text();
    assert!(told.contains("已并入 2 件"), "{told}");
    // Into the one received first.
    let states =
        [state(&source, &ids[0]).await, state(&source, &ids[1]).await, state(&source, &ids[2]).await];
    assert_eq!(states, ["received", "merged", "merged"]);
    let page = editor.get(&format!("/items/{}", ids[0])).await.text();
    assert!(page.contains("同组") && page.contains("司空曙") && page.contains("编辑并入"), "{page}");
    assert!(editor.get(&format!("/items/{}", ids[1])).await.text().contains("并稿：同一处路灯"));

    // One is taken out, and put back.
    let out = editor.post(&format!("/items/{}/group", ids[0]), &[("member", &ids[1])]).await;
    assert_eq!(out.status, 303, "{}", out.text());
    assert_eq!(state(&source, &ids[1]).await, "received");
    let act = out.header("location").split_once("act=").expect("an act").1.to_owned();
    editor.post("/inbox/undo", &[("act", &act)]).await;
    assert_eq!(state(&source, &ids[1]).await, "merged");

    // The first act is undone as far as nobody has changed its items since.
    let act = done.header("location").split_once("act=").expect("an act").1.to_owned();
    let undone = editor.post("/inbox/undo", &[("act", &act)]).await;
    assert_eq!(undone.status, 303, "{}", undone.text());
    assert_eq!(state(&source, &ids[2]).await, "received");
    app.finish().await;
}

#[tokio::test]
async fn an_undone_merge_leaves_no_group() {
    let app = TestApp::start().await;
    let (source, ids) = three(&app).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    editor.get("/inbox").await;
    let done = editor.post("/inbox/merge", &[("item", &ids[0]), ("item", &ids[1])]).await;
    let act = done.header("location").split_once("act=").expect("an act").1.to_owned();
    editor.post("/inbox/undo", &[("act", &act)]).await;
    assert_eq!(state(&source, &ids[1]).await, "received");
    let page = editor.get(&format!("/items/{}", ids[0])).await.text();
    assert!(!page.contains("同组"), "{page}");
    assert!(source.get(&format!("/api/v1/items/{}", ids[0])).await.ok()["group"].is_null());
    app.finish().await;
}

#[tokio::test]
async fn a_manuscript_of_merged_items_credits_everybody_once_and_all_are_adopted_with_it() {
    let app = TestApp::start().await;
    let (source, ids) = three(&app).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    editor.get("/inbox").await;
    editor.post("/inbox/merge", &[("item", &ids[0]), ("item", &ids[1]), ("item", &ids[2])]).await;
    let made = editor.post("/manuscripts", &[("item", &ids[0]), ("series", "opinion")]).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let path = made.header("location").to_owned();
    let page = editor.get(&path).await.text();
    // The same person by two channels counts once, under the unit of the first received.
    assert!(page.contains("value=\"钟离意（某街道）、司空曙（某学校）\""), "{page}");
    assert_eq!(state(&source, &ids[1]).await, "editing");
    // Given up, the first is free and the others are merged as before.
    let fields =
        [("do", "drop"), ("rev", "1"), ("title", "题"), ("body", "文"), ("credit", ""), ("comment", "重复")];
    assert_eq!(editor.post(&path, &fields).await.status, 303);
    let states = [state(&source, &ids[0]).await, state(&source, &ids[1]).await];
    assert_eq!(states, ["received", "merged"]);
    app.finish().await;
}
