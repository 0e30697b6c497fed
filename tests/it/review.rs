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
    let title = between(&page, "name=\"title\" value=\"", "\"").unwrap_or_else(|| "建议增设路灯".to_owned());
    let step = between(&page, "name=\"step\" value=\"", "\"").unwrap_or_default();
    let credit = between(&page, "name=\"credit\" value=\"", "\"").unwrap_or_default();
    let mut fields =
        vec![("rev", rev.as_str()), ("step", &step), ("title", &title), ("body", &body), ("credit", &credit)];
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
    let early = send(&mut head, &path, &[("do", "pass")]).await;
    assert!(early.status == 422 && early.text().contains("不在审核环节"), "{}", early.text());

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
    let clash = other.post(&path, &late).await;
    assert!(clash.status == 409 && clash.text().contains("您的文字没有丢"), "{}", clash.text());
    assert!(clash.text().contains("对方的标题：先改的") && clash.text().contains("value=\"后改的\""));
    assert!(editor.get(&path).await.text().contains("先改的"));
    app.finish().await;
}

#[tokio::test]
async fn two_editors_paragraphs_are_brought_together() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut other = Browser::signed_in(&app, "wang", &["editor"]).await;
    let (_, _, path) = made(&app, &mut editor).await;
    let begun = "第一段。\n第二段。\n第三段。";
    assert_eq!(send(&mut editor, &path, &[("do", "save"), ("body", begun)]).await.status, 303);
    let page = other.get(&path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").expect("a revision");
    let step = between(&page, "name=\"step\" value=\"", "\"").expect("a step");
    let first = "第一段，已核。\n第二段。\n第三段。";
    assert_eq!(send(&mut editor, &path, &[("do", "save"), ("body", first)]).await.status, 303);
    let late = [("rev", rev.as_str()), ("step", &step), ("title", "题"), ("credit", ""), ("do", "save")];
    let late = [late.as_slice(), &[("body", "第一段。\n第二段。\n第三段，已补。")]].concat();
    let clash = other.post(&path, &late).await.text();
    let body = between(&clash, "data-advised=\"1500\">", "</textarea>").expect("a body");
    assert_eq!(body, "第一段，已核。\n第二段。\n第三段，已补。");
    // Saved as it is shown, it stands; with a mark left in it is refused.
    let marked = send(&mut other, &path, &[("do", "save"), ("body", "甲\n〔对方改为〕\n乙")]).await;
    assert!(marked.status == 422 && marked.text().contains("两人改动不一致"), "{}", marked.text());
    app.finish().await;
}

#[tokio::test]
async fn what_is_written_is_kept_on_a_pause_for_its_writer_alone_and_any_version_comes_back() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut other = Browser::signed_in(&app, "wang", &["editor"]).await;
    let (_, _, path) = made(&app, &mut editor).await;
    let draft =
        [("rev", "1"), ("step", "1"), ("title", "写到一半"), ("body", "写到一半的文字"), ("credit", "")];
    let kept = editor.post(&format!("{path}/draft"), &draft).await;
    assert_eq!(kept.status, 200, "{}", kept.text());
    let told = kept.json();
    assert!(told["chars"] == 7 && told["pages"].as_str().is_some_and(|pages| pages.contains('行')), "{told}");
    assert!(editor.get(&path).await.text().contains("写到一半的文字"));
    assert!(!other.get(&path).await.text().contains("写到一半的文字"));
    // The other saves meanwhile: what was kept is still offered.
    assert_eq!(send(&mut other, &path, &[("do", "save"), ("title", "另一题")]).await.status, 303);
    assert!(editor.get(&path).await.text().contains("写下的文字还没有保存"));
    let merged = editor.post(&path, &[("do", "merge")]).await.text();
    assert!(merged.contains("写到一半的文字") && merged.contains("另一题"), "{merged}");
    editor.get(&path).await;
    assert_eq!(editor.post(&path, &[("do", "discard"), ("rev", "2")]).await.status, 303);
    // Back to the first step.
    assert_eq!(send(&mut editor, &path, &[("do", "restore-1")]).await.status, 303);
    let page = editor.get(&path).await.text();
    assert!(page.contains("恢复为第 1 步") && page.contains("value=\"建议增设路灯\""), "{page}");
    assert_eq!(editor.get(&format!("{path}/compare?step=1")).await.status, 200);
    assert_eq!(editor.get(&format!("{path}/compare?step=99")).await.status, 404);
    app.finish().await;
}

#[tokio::test]
async fn what_is_urgent_is_signed_first_and_reviewed_afterwards() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let (_, id, path) = made(&app, &mut editor).await;
    let early = send(&mut editor, &path, &[("do", "express")]).await;
    assert!(early.status == 422 && early.text().contains("只有特急稿"), "{}", early.text());
    editor.get(&format!("/items/{id}")).await;
    assert_eq!(editor.post(&format!("/items/{id}/urgency"), &[("urgency", "特急")]).await.status, 303);
    assert_eq!(send(&mut editor, &path, &[("do", "express")]).await.status, 303);
    assert!(editor.get(&path).await.text().contains("欠补审"));
    assert!(head.get("/tasks").await.text().contains("补审"));
    assert_eq!(editor.post(&path, &[("do", "late"), ("rev", "1")]).await.status, 403, "not by its editor");
    head.get(&path).await;
    let passed = head.post(&path, &[("do", "late"), ("rev", "1"), ("comment", "同意")]).await;
    assert_eq!(passed.status, 303, "{}", passed.text());
    let page = head.get(&path).await.text();
    assert!(page.contains("补审通过") && !page.contains("欠补审"), "{page}");
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

#[tokio::test]
async fn a_passed_manuscript_goes_on_a_proof_is_signed_checked_issued_and_handed_out() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let mut signer = Browser::signed_in(&app, "zhao", &["signer"]).await;
    let (source, id, path) = made(&app, &mut editor).await;
    send(&mut editor, &path, &[("do", "submit")]).await;
    send(&mut head, &path, &[("do", "pass")]).await;
    let manuscript = path.trim_start_matches("/manuscripts/").to_owned();
    assert!(editor.get("/issues").await.text().contains(&manuscript));
    let fields = [("series", "opinion"), ("manuscript", manuscript.as_str())];
    let drafted = editor.post("/issues", &fields).await;
    assert_eq!(drafted.status, 303, "{}", drafted.text());
    let issue = drafted.header("location").to_owned();
    assert_eq!(editor.post("/issues", &fields).await.status, 422, "it is on a proof already");
    let proof = signer.get(&format!("{issue}/proof")).await;
    assert!(
        proof.text().contains("建议增设路灯") && proof.header("content-security-policy").contains("sandbox")
    );

    // Returned with a word, it goes back to the last stage of review, and once more onto a proof.
    signer.get(&issue).await;
    assert_eq!(signer.post(&format!("{issue}/return"), &[]).await.status, 422);
    assert_eq!(signer.post(&format!("{issue}/return"), &[("comment", "题目再斟酌")]).await.status, 303);
    let again = send(&mut head, &path, &[("do", "pass"), ("title", "翠柏苑亟需路灯")]).await;
    assert_eq!(again.status, 303, "{}", again.text());
    let issue = editor.post("/issues", &fields).await.header("location").to_owned();

    assert_eq!(editor.post(&format!("{issue}/sign"), &[]).await.status, 403);
    assert_eq!(editor.post(&format!("{issue}/issue"), &[]).await.status, 409, "it is not signed");
    signer.get(&issue).await;
    assert_eq!(signer.post(&format!("{issue}/sign"), &[]).await.status, 303);
    assert_eq!(editor.post(&format!("{issue}/check"), &[]).await.status, 303);
    let issued = editor.post(&format!("{issue}/issue"), &[]).await;
    assert_eq!(issued.status, 303, "{}", issued.text());
    let page = editor.get(&issue).await.text();
    assert!(page.contains("已编发") && page.contains("第1期") && page.contains("zhao先生"), "{page}");
    let file = editor.get(&format!("{issue}/files/docx")).await;
    assert!(file.status == 200 && file.body.starts_with(b"PK"), "{}", file.status);
    assert_eq!(editor.get(&format!("{issue}/files/secret.key")).await.status, 404);
    assert_eq!(source.get(&format!("/api/v1/items/{id}")).await.ok()["state"], "adopted");
    assert!(editor.get("/inbox?state=adopted").await.text().contains("已编发"));
    app.finish().await;
}

#[tokio::test]
async fn the_log_is_read_checked_and_exported_by_the_audit_administrator_alone() {
    let app = TestApp::start().await;
    let mut auditor = Browser::signed_in(&app, "audit", &["audit"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    assert_eq!(editor.get("/log").await.status, 403);
    let page = auditor.get("/log?kind=user&check=1").await.text();
    assert!(page.contains("环环相扣") && page.contains("设定密码") && page.contains("zhang先生"), "{page}");
    assert_eq!(auditor.get("/log?from=bad").await.status, 422);
    let text = auditor.get("/log.csv?actor=user:zhang").await.text();
    assert!(text.starts_with('\u{FEFF}') && text.contains("导出人：audit先生"), "{text}");
    assert!(text.contains("zhang先生") && !text.contains("user:audit\""), "{text}");
    assert!(auditor.get("/log").await.text().contains("导出操作日志"));
    app.finish().await;
}

#[tokio::test]
async fn search_marks_what_was_found_masks_what_is_personal_and_keeps_the_tabs_apart() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let body = "翠柏苑路灯不亮，手机13812345678，请修复。<b>粗体</b>";
    app.post_all(&source, &[item("1", "路灯不亮", body)]).await;
    app.settle().await;
    let mut reader = Browser::signed_in(&app, "wang", &["reader"]).await;
    let page = reader.get("/search?q=%E8%B7%AF%E7%81%AF").await.text();
    assert!(page.contains("<mark>路灯</mark>") && !page.contains("<b>粗体"), "{page}");
    assert!(!page.contains("13812345678"), "{page}");
    assert!(reader.get("/search?q=%E8%B7%AF%E7%81%AF&tab=issued").await.text().contains("没有找到"));
    assert_eq!(reader.get("/search?q=%22%28%2A&sort=nonsense").await.status, 200);
    assert_eq!(reader.get("/today").await.status, 200);
    app.finish().await;
}

#[tokio::test]
async fn a_grave_fault_needs_a_word_before_it_goes_on_and_form_is_put_in_order() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (_, _, path) = made(&app, &mut editor).await;
    let body = "王某（身份证号11010519491231002X）反映， 路灯不亮.";
    let draft = [("rev", "1"), ("step", "1"), ("title", "建议增设路灯"), ("body", body), ("credit", "")];
    editor.get(&path).await;
    let told = editor.post(&format!("{path}/draft"), &draft).await.json();
    let hits = told["hits"].as_array().expect("hits");
    let id = hits.iter().find(|hit| hit["severity"] == "严重").expect("a grave one");
    assert!(
        id["field"] == "body" && id["text"] == "11010519491231002X" && !id["proposal"].is_null(),
        "{told}"
    );
    let changes = editor.post(&format!("{path}/tidy"), &draft).await.json();
    assert!(changes.as_array().is_some_and(|all| all.len() >= 2), "{changes}");
    let refused = send(&mut editor, &path, &[("do", "submit"), ("body", body)]).await;
    assert!(refused.status == 422 && refused.text().contains("严重问题"), "{}", refused.text());
    let reason = [("do", "submit"), ("body", body), ("comment", "当事人同意公开")];
    assert_eq!(send(&mut editor, &path, &reason).await.status, 303);
    app.finish().await;
}

#[tokio::test]
async fn sentences_of_several_items_are_taken_without_scripts_and_their_authors_credited() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let source = app.add_source("desk", &["submit", "read", "edit"]).await;
    let items = [
        item("1", "电梯停运", "翠柏苑小区电梯经常停运，老人被困过三次。").from("钟离意", "某街道"),
        item("2", "电梯困人", "消防部门已对电梯下达整改通知书。").from("欧阳静", "某局"),
    ];
    let ids = app.post_all(&source, &items).await;
    app.settle().await;
    editor.get("/inbox").await;
    let made =
        editor.post("/manuscripts", &[("item", &ids[0]), ("item", &ids[1]), ("series", "opinion")]).await;
    let path = made.header("location").to_owned();
    let begun = [("do", "save"), ("body", "近日有委员反映："), ("credit", "")];
    assert_eq!(send(&mut editor, &path, &begun).await.status, 303);
    let page = editor.get(&path).await.text();
    assert!(page.contains("value=\"1-0\"") && page.contains("仅一件说到"), "{page}");
    let rev = between(&page, "name=\"rev\" value=\"", "\"").expect("a revision");
    let take = format!("{path}/sentences");
    assert_eq!(editor.post(&take, &[("rev", &rev)]).await.status, 422, "nothing ticked");
    let done = editor.post(&take, &[("rev", &rev), ("sentence", "0-0"), ("sentence", "1-0")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let page = editor.get(&path).await.text();
    assert!(page.contains("近日有委员反映：\n翠柏苑小区电梯经常停运，老人被困过三次。消防部门"), "{page}");
    assert!(
        page.contains("取自来稿 1、2：2 句") && page.contains("钟离意") && page.contains("欧阳静"),
        "{page}"
    );
    let late = editor.post(&take, &[("rev", &rev), ("sentence", "0-0")]).await;
    assert!(late.status == 422 || late.status == 409, "{}", late.text());
    app.finish().await;
}
