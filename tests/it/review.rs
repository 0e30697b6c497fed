//! A manuscript's way through the stages of review, as the configuration has them.

use crate::support::{Answer, Browser, Client, TestApp, between, item};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。建议增设路灯。";

async fn made(app: &TestApp, editor: &mut Browser) -> (Client, String, String) {
    let source = app.add_source("desk", &["submit", "read", "edit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY).from("钟离意", "某街道")]).await;
    app.settle().await;
    editor.get(&format!("/items/{}", ids[0])).await;
    let done = editor.post(&format!("/items/{}/manuscript", ids[0]), &[("series", "opinion")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    (source, ids[0].clone(), done.header("location").to_owned())
}

/// Sends the form of a manuscript as it stands, with some fields changed.
async fn send(browser: &mut Browser, path: &str, changes: &[(&str, &str)]) -> Answer {
    let page = browser.get(path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").unwrap_or_else(|| "1".to_owned());
    let body = between(&page, "required>", "</textarea>").unwrap_or_else(|| BODY.to_owned());
    let title = between(&page, "name=\"title\" value=\"", "\"").unwrap_or_default();
    let credit = between(&page, "name=\"credit\" value=\"", "\"").unwrap_or_default();
    let mut fields = vec![("rev", rev.as_str()), ("title", &title), ("body", &body), ("credit", &credit)];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    browser.post(path, &fields).await
}

#[tokio::test]
async fn a_manuscript_is_written_reviewed_changed_and_passed_by_another_person() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let (source, id, path) = made(&app, &mut editor).await;
    let item = source.get(&format!("/api/v1/items/{id}")).await.ok();
    assert_eq!(item["state"], "editing");
    assert!(editor.get("/tasks").await.text().contains("建议增设路灯"));
    assert!(!send(&mut head, &path, &[("do", "pass")]).await.text().is_empty());

    assert_eq!(send(&mut editor, &path, &[("do", "save"), ("title", "翠柏苑缺路灯")]).await.status, 303);
    assert_eq!(send(&mut editor, &path, &[("do", "submit")]).await.status, 303);
    let refused = send(&mut editor, &path, &[("do", "pass")]).await;
    assert!(refused.status == 403, "{}", refused.text());
    assert!(head.get("/tasks").await.text().contains("翠柏苑缺路灯"));

    let wordless = send(&mut head, &path, &[("do", "return")]).await;
    assert!(wordless.status == 422 && wordless.text().contains("退回须写明意见"));
    assert_eq!(send(&mut head, &path, &[("do", "return"), ("comment", "请核实地点")]).await.status, 303);
    assert!(editor.get(&path).await.text().contains("请核实地点"));
    assert_eq!(send(&mut editor, &path, &[("do", "submit")]).await.status, 303);
    let changed = send(&mut head, &path, &[("do", "pass"), ("title", "翠柏苑北门缺路灯")]).await;
    assert_eq!(changed.status, 303, "{}", changed.text());
    let page = editor.get(&path).await.text();
    assert!(page.contains("改后通过") && page.contains("<ins>") && page.contains("待签"), "{page}");
    assert!(head.get("/tasks").await.text().contains("审核通过"));
    app.finish().await;
}

#[tokio::test]
async fn a_form_made_before_somebody_elses_change_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut other = Browser::signed_in(&app, "wang", &["editor"]).await;
    let (_, _, path) = made(&app, &mut editor).await;
    let page = other.get(&path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").expect("a revision");
    assert_eq!(send(&mut editor, &path, &[("do", "save"), ("title", "先改的")]).await.status, 303);
    let late = [("rev", rev.as_str()), ("title", "后改的"), ("body", BODY), ("credit", ""), ("do", "save")];
    assert_eq!(other.post(&path, &late).await.status, 409);
    assert!(editor.get(&path).await.text().contains("先改的"));
    app.finish().await;
}

#[tokio::test]
async fn four_stages_are_configuration_and_take_four_people() {
    let dir = tempfile::tempdir().expect("a folder");
    let example = include_str!("../../config/kinds/opinion-four.example.toml");
    std::fs::write(dir.path().join("opinion.toml"), example).expect("written");
    let kinds = dir.path().to_owned();
    let app = TestApp::start_with(move |config| config.desk.kinds_dir = kinds).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut first = Browser::signed_in(&app, "a1", &["reviewer"]).await;
    let mut second = Browser::signed_in(&app, "a2", &["reviewer"]).await;
    let mut third = Browser::signed_in(&app, "a3", &["reviewer"]).await;
    let mut last = Browser::signed_in(&app, "a4", &["signer"]).await;
    let (_, _, path) = made(&app, &mut editor).await;
    send(&mut editor, &path, &[("do", "submit")]).await;
    assert_eq!(send(&mut first, &path, &[("do", "pass")]).await.status, 303);
    assert_eq!(send(&mut first, &path, &[("do", "pass")]).await.status, 403, "nobody reviews twice");
    assert_eq!(send(&mut second, &path, &[("do", "pass")]).await.status, 303);
    // Back to the first stage, and up again.
    let back = [("do", "return"), ("to", "first"), ("comment", "初审意见请补充")];
    assert_eq!(send(&mut third, &path, &back).await.status, 303);
    assert!(first.get(&path).await.text().contains("待初审"));
    for browser in [&mut first, &mut second, &mut third, &mut last] {
        let done = send(browser, &path, &[("do", "pass")]).await;
        assert_eq!(done.status, 303, "{}", done.text());
    }
    assert!(editor.get(&path).await.text().contains("待签"));
    app.finish().await;
    drop(dir);
}

#[tokio::test]
async fn a_manuscript_given_up_frees_its_items() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (source, id, path) = made(&app, &mut editor).await;
    assert_eq!(send(&mut editor, &path, &[("do", "drop")]).await.status, 422);
    assert_eq!(send(&mut editor, &path, &[("do", "drop"), ("comment", "已过时")]).await.status, 303);
    assert_eq!(source.get(&format!("/api/v1/items/{id}")).await.ok()["state"], "received");
    assert_eq!(send(&mut editor, &path, &[("do", "save"), ("rev", "2")]).await.status, 422);
    app.finish().await;
}
