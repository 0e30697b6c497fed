//! 校对 as editors, reviewers and signers work with it: put right, left as it is with a reason, let pass everywhere.

use serde_json::{Value, json};

use crate::desk_api::{key, person, post};
use crate::support::{Browser, TestApp, between, item, text};
use crate::word::made;

const BODY: &str = "建议在翠柏苑按装路灯，并学习有中国特色社会主义理论。";

/// The fields of the page of a manuscript, with this text.
async fn fields(browser: &mut Browser, path: &str) -> Vec<(&'static str, String)> {
    let page = browser.get(path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").unwrap_or_else(|| "1".to_owned());
    let step = between(&page, "name=\"step\" value=\"", "\"").unwrap_or_default();
    vec![
        ("rev", rev),
        ("step", step),
        ("title", "建议增设路灯".to_owned()),
        ("body", BODY.to_owned()),
        ("credit", "钟离意".to_owned()),
    ]
}

async fn send(browser: &mut Browser, path: &str, to: &str, more: &[(&str, &str)]) -> crate::support::Answer {
    let known = fields(browser, path).await;
    let mut all: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend(more);
    browser.post(&format!("{path}{to}"), &all).await
}

#[tokio::test]
async fn a_fault_is_left_with_a_reason_and_then_hinders_nobody() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let path = made(&app, &mut editor, "1", "建议增设路灯").await;
    let found = send(&mut editor, &path, "/draft", &[]).await.json();
    let hits = found["hits"].as_array().expect("hits");
    let [word, grave] = [0, 1].map(|at| hits[at].clone());
    assert_eq!((text(&word, "/text"), text(&grave, "/severity")), ("按装", "严重"), "{found}");
    assert!(word["left"].is_null() && word["may_pass"] == true, "{word}");
    assert_eq!(send(&mut editor, &path, "", &[("do", "submit")]).await.status, 422);

    let kind = text(&grave, "/kind").to_owned();
    let about = [("kind", kind.as_str()), ("key", text(&grave, "/key"))];
    let reading = "/proof-reading";
    let silent = send(&mut editor, &path, reading, &[&about[..], &[("do", "leave")]].concat()).await;
    assert!(silent.status == 422 && silent.text().contains("理由"), "{}", silent.text());
    let why = [("do", "leave"), ("why", "引用旧文件原文")];
    let left = send(&mut editor, &path, reading, &[&about[..], &why].concat()).await.json();
    assert_eq!(text(&left, "/1/left/why"), "引用旧文件原文", "{left}");
    // Looked at again, it hinders again; left once more, it does not.
    let again = send(&mut editor, &path, reading, &[&about[..], &[("do", "look_again")]].concat()).await;
    assert!(again.json()[1]["left"].is_null());
    assert_eq!(send(&mut editor, &path, "", &[("do", "submit")]).await.status, 422);
    send(&mut editor, &path, reading, &[&about[..], &why].concat()).await;
    let sent = send(&mut editor, &path, "", &[("do", "submit")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());

    // Whoever reviews sees the reason and needs none of their own.
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let seen = send(&mut head, &path, "/draft", &[]).await.json();
    assert_eq!(text(&seen, "/hits/1/left/by"), "user:zhang", "{seen}");
    let passed = send(&mut head, &path, "", &[("do", "pass")]).await;
    assert_eq!(passed.status, 303, "{}", passed.text());
    app.finish().await;
}

#[tokio::test]
async fn a_phrase_that_is_right_is_let_pass_everywhere_by_who_may_review() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let path = made(&app, &mut editor, "1", "建议增设路灯").await;
    let other = made(&app, &mut editor, "2", "路灯不亮").await;
    let wanted = [("do", "let_pass"), ("kind", "word"), ("key", "按装"), ("why", "店名“按装”")];
    let refused = send(&mut editor, &path, "/proof-reading", &wanted).await;
    assert!(refused.status == 403 && refused.text().contains("审核"), "{}", refused.text());
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let personal = [("do", "let_pass"), ("kind", "personal"), ("key", "138****8000"), ("why", "公开电话")];
    assert_eq!(send(&mut head, &path, "/proof-reading", &personal).await.status, 422);
    let left = send(&mut head, &path, "/proof-reading", &wanted).await.json();
    assert_eq!(left.as_array().map(Vec::len), Some(1), "only the grave one is left: {left}");
    let elsewhere = send(&mut editor, &other, "/draft", &[]).await.json();
    assert_eq!(elsewhere["hits"].as_array().map(Vec::len), Some(1), "{elsewhere}");
    assert_eq!(elsewhere["hits"][0]["may_pass"], false, "what is grave never passes: {elsewhere}");
    // It is a row of 基础数据 like any other, with the reason.
    let table = editor.get("/tables/passed").await.text();
    assert!(table.contains("按装") && table.contains("店名“按装”"), "{table}");
    app.finish().await;
}

#[tokio::test]
async fn a_grave_fault_on_a_proof_needs_a_word_of_its_signer() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", "翠柏苑没有照明，建议增设。")]).await;
    app.settle().await;
    let editor = person(&app, "zhang", &["editor"]).await;
    let head = person(&app, "li", &["reviewer"]).await;
    let wanted = json!({ "items": ids, "outlet": "series", "series": "opinion" });
    let manuscript = post(&editor, "/api/v1/desk/manuscripts", wanted).await.json();
    let path = format!("/api/v1/desk/manuscripts/{}", text(&manuscript, "/id"));
    let sent = post(&editor, &format!("{path}/submit"), json!({ "rev": manuscript["rev"] })).await.ok();
    post(&head, &format!("{path}/pass"), json!({ "rev": sent["rev"] })).await.ok();
    let draft = json!({ "series": "opinion", "manuscripts": [manuscript["id"]] });
    let drafted = post(&editor, "/api/v1/desk/issues", draft).await.ok();
    let id = text(&drafted, "/id").to_owned();
    let slip = json!({ "body": BODY, "comment": "据来件补充" });
    post(&editor, &format!("/api/v1/desk/issues/{id}/correct"), slip).await.ok();

    let mut signer = Browser::signed_in(&app, "zhao", &["signer"]).await;
    let by_key = key(&app, &mut signer).await;
    post(&by_key, &format!("/api/v1/desk/issues/{id}/sign"), json!({})).await.refused(422, "invalid");
    let page = signer.get(&format!("/issues/{id}")).await.text();
    assert!(page.contains("1 处严重问题") && page.contains("不改的理由"), "{page}");
    let sign = format!("/issues/{id}/sign");
    assert_eq!(signer.post(&sign, &[]).await.status, 422);
    let long = json!({ "word": "长".repeat(201) });
    post(&by_key, &format!("/api/v1/desk/issues/{id}/sign"), long).await.refused(422, "invalid");
    let signed = signer.post(&sign, &[("word", "引用旧文件原文")]).await;
    assert_eq!(signed.status, 303, "{}", signed.text());
    let hits = editor.get(&format!("{path}/proof-reading")).await.ok();
    assert_eq!(text(&hits, "/1/left/why"), "引用旧文件原文", "{hits}");
    app.finish().await;
}

/// Neither may a program that names the signer: what a person must say, it must pass on.
#[tokio::test]
async fn a_program_that_issues_passes_on_why_a_grave_fault_stands() {
    let app = TestApp::start().await;
    let client = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let ids = app.post_all(&client, &[item("1", "建议增设路灯", BODY)]).await;
    app.settle().await;
    let request = json!({ "series": "opinion", "items": ids });
    let proof = client.post("/api/v1/bulletins", request.to_string()).await.ok();
    let issue = format!("/api/v1/bulletins/{}/issue", text(&proof, "/id"));
    let asked = |request: Value| client.post(&issue, request.to_string());
    let refused = asked(json!({ "signer": "赵明" })).await.refused(422, "invalid");
    assert!(refused.contains("1 处严重问题"), "{refused}");
    let long = asked(json!({ "signer": "赵明", "word": "长".repeat(201) })).await.refused(422, "invalid");
    assert!(long.contains("200 字"), "{long}");
    let issued = asked(json!({ "signer": "赵明", "word": "引用旧文件原文" })).await.ok();
    assert_eq!(text(&issued, "/state"), "issued", "{issued}");
    app.finish().await;
}

#[tokio::test]
async fn whoever_wrote_in_word_or_took_sentences_does_not_review_it() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let path = made(&app, &mut editor, "1", "建议增设路灯").await;
    let word = head.get(&format!("{path}/word")).await.body;
    head.get(&path).await;
    let written = crate::word::changed(&word, |xml| xml.replace("没有照明", "没有路灯"), None);
    assert_eq!(head.upload(&format!("{path}/word"), "a.docx", &written).await.status, 303);
    let sent = send(&mut editor, &path, "", &[("do", "submit"), ("comment", "引文")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let own = send(&mut head, &path, "", &[("do", "pass"), ("comment", "同意")]).await;
    assert!(own.status == 403 && own.text().contains("您编过此稿"), "{}", own.text());
    app.finish().await;
}
