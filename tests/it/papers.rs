//! 代录签批: a decision on paper stands as its signer's, names who entered it, keeps its scan, and is no way round the rule
//! that nobody reviews their own edit.

use minyi::clock::{Clock, SystemClock};
use serde_json::json;

use crate::support::{Answer, Browser, Client, TestApp, between, item};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。建议增设路灯。";
const SCAN: &[u8] = b"%PDF-1.4 a sheet with a signature";

fn today() -> String {
    SystemClock.now().date().to_string()
}

async fn made(app: &TestApp, source: &Client, editor: &mut Browser, fields: &[(&str, &str)]) -> String {
    let ids = app.post_all(source, &[item("1", "建议增设路灯", BODY).from("钟离意", "某街道")]).await;
    app.settle().await;
    editor.get(&format!("/items/{}", ids[0])).await;
    let done = editor.post(&format!("/items/{}/manuscript", ids[0]), fields).await;
    assert_eq!(done.status, 303, "{}", done.text());
    done.header("location").to_owned()
}

async fn send(browser: &mut Browser, path: &str, what: &str) -> Answer {
    let page = browser.get(path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").expect("a revision");
    let fields = [("rev", rev.as_str()), ("title", "翠柏苑缺路灯"), ("body", BODY), ("credit", "钟离意")];
    browser.post(path, &[fields.as_slice(), &[("do", what)]].concat()).await
}

/// Fills in the form of a decision; `changes` replaces fields.
async fn enter(browser: &mut Browser, path: &str, changes: &[(&str, &str)], scan: &[u8]) -> Answer {
    let form = format!("{path}/decision");
    // Where nobody may be named there is no form to fill in; what is sent all the same is refused.
    let pages = [browser.get(path).await.text(), browser.get(&form).await.text()];
    let rev = pages.iter().rev().find_map(|page| between(page, "name=\"rev\" value=\"", "\""));
    let rev = rev.unwrap_or_else(|| "1".to_owned());
    let day = today();
    let mut fields = vec![
        ("rev", rev.as_str()),
        ("decision", "pass"),
        ("decider", "li"),
        ("date", day.as_str()),
        ("wording", "同意，请速办"),
        ("to", ""),
    ];
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    browser.upload_with(&form, &fields, &[("file", "签批单.pdf", scan)]).await
}

#[tokio::test]
async fn a_decision_on_paper_stands_as_its_signers_and_names_who_entered_it() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut clerk = Browser::signed_in(&app, "wang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let mut reader = Browser::signed_in(&app, "du", &["reader"]).await;
    let mut auditor = Browser::signed_in(&app, "audit", &["audit"]).await;
    let path = made(&app, &source, &mut editor, &[("series", "opinion")]).await;
    let early = enter(&mut clerk, &path, &[], SCAN).await;
    assert!(early.status == 422 && early.text().contains("不能代录“审核通过”"), "{}", early.text());
    assert_eq!(send(&mut editor, &path, "submit").await.status, 303);
    assert!(clerk.get(&path).await.text().contains("代录签批"));

    for (changes, told) in [
        (("date", "2999-01-01"), "还没有到"),
        (("date", "2020-01-01"), "早于最近一次改稿"),
        (("wording", " "), "照录签批的文字"),
        (("decider", "nobody"), "由谁签批"),
        (("decision", "sign"), "不能代录“签发”"),
        (("to", "later"), ""),
    ] {
        if told.is_empty() {
            let refused = enter(&mut clerk, &path, &[("decision", "return"), changes], SCAN).await;
            assert!(refused.status == 422 && refused.text().contains("前面的环节"), "{}", refused.text());
            continue;
        }
        let refused = enter(&mut clerk, &path, &[changes], SCAN).await;
        assert!(refused.status == 422 && refused.text().contains(told), "{told}: {}", refused.text());
    }
    let none = clerk.upload_with(&format!("{path}/decision"), &[("rev", "3")], &[("file", "", b"")]).await;
    assert_eq!(none.status, 422);
    let word = enter(&mut clerk, &path, &[], b"MZ\x90").await;
    assert!(word.status == 422 && word.text().contains("没有收下"), "{}", word.text());

    let done = enter(&mut clerk, &path, &[], SCAN).await;
    assert_eq!((done.status, done.header("location")), (303, path.as_str()), "{}", done.text());
    let page = editor.get(&path).await.text();
    for told in ["待签", "审核通过：（纸质签批）同意，请速办", "li先生", "wang先生 代录", "/papers/1/scan"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    let shown = reader.get(&path).await.text();
    assert!(shown.contains("wang先生 代录") && !shown.contains("/papers/1/scan"), "{shown}");
    assert_eq!(reader.get("/papers/1/scan").await.status, 403);
    let scan = head.get("/papers/1/scan").await;
    assert!(scan.body[..] == *SCAN && scan.header("content-disposition").starts_with("attachment"));
    assert_eq!(head.get("/papers/2/scan").await.status, 404);
    // The decider has done it, as if on the screen.
    assert!(head.get("/tasks").await.text().contains("审核通过"));
    let log = auditor.get("/log.csv").await.text();
    let row = log.lines().find(|line| line.contains("代录签批")).expect("a row of the log");
    assert!(row.contains("wang先生") && row.contains("li先生") && !row.contains("请速办"), "{row}");
    assert!(log.contains("查看签批单扫描件"), "{log}");
    app.finish().await;
}

#[tokio::test]
async fn paper_is_no_way_round_the_rule_that_nobody_reviews_their_own_edit() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut clerk = Browser::signed_in(&app, "wang", &["editor"]).await;
    // Two heads, of whom one writes.
    let mut writing = Browser::signed_in(&app, "sun", &["reviewer"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let path = made(&app, &source, &mut editor, &[("series", "opinion")]).await;
    assert_eq!(send(&mut writing, &path, "save").await.status, 303);
    assert_eq!(send(&mut editor, &path, "submit").await.status, 303);
    let steps = editor.get(&path).await.text();

    let own = enter(&mut editor, &path, &[], SCAN).await;
    assert!(own.status == 403 && own.text().contains("由另一人代录"), "{}", own.text());
    let also = enter(&mut writing, &path, &[], SCAN).await;
    assert!(also.status == 403 && also.text().contains("由另一人代录"), "{}", also.text());
    let theirs = enter(&mut clerk, &path, &[("decider", "sun")], SCAN).await;
    assert!(theirs.status == 403 && theirs.text().contains("不能记为"), "{}", theirs.text());
    let self_made = enter(&mut head, &path, &[], SCAN).await;
    assert!(self_made.status == 403 && self_made.text().contains("本人的签批"), "{}", self_made.text());
    let right = enter(&mut clerk, &path, &[("decider", "zhang")], SCAN).await;
    assert!(right.status == 403 && right.text().contains("权限"), "{}", right.text());
    let form = clerk.get(&format!("{path}/decision")).await.text();
    assert!(
        form.contains("value=\"li\"") && !form.contains("value=\"sun\"") && !form.contains("value=\"zhang\"")
    );
    assert_eq!(editor.get(&path).await.text().matches("<li>").count(), steps.matches("<li>").count());

    // Returned with a pen, it is the editor's again, with the words.
    let back = enter(&mut clerk, &path, &[("decision", "return"), ("wording", "地点再核实")], SCAN).await;
    assert_eq!(back.status, 303, "{}", back.text());
    let page = editor.get(&path).await.text();
    assert!(page.contains("审核：退回编辑：（纸质签批）地点再核实") && page.contains("送审"), "{page}");
    app.finish().await;
}

#[tokio::test]
async fn a_text_that_was_changed_on_paper_passes_as_changed_by_its_decider_and_is_held_to_the_same_rules() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut clerk = Browser::signed_in(&app, "wang", &["editor"]).await;
    let mut auditor = Browser::signed_in(&app, "audit", &["audit"]).await;
    let _head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let path = made(&app, &source, &mut editor, &[("series", "opinion")]).await;
    assert_eq!(send(&mut editor, &path, "submit").await.status, 303);
    let form = clerk.get(&format!("{path}/decision")).await.text();
    assert!(form.contains("签批人在纸上改了文字") && form.contains("老人夜间摔倒过几次"), "{form}");

    let texts = |body: &'static str| [("title", "翠柏苑缺路灯"), ("body", body), ("credit", "钟离意")];
    let changed = "翠柏苑北门一段没有照明。\r\n建议本月增设路灯。";
    let back = [texts(changed).as_slice(), &[("decision", "return")]].concat();
    let refused = enter(&mut clerk, &path, &back, SCAN).await;
    assert!(refused.status == 422 && refused.text().contains("只有审核通过可以附"), "{}", refused.text());
    let refused = enter(&mut clerk, &path, &texts(" "), SCAN).await;
    assert!(refused.status == 422 && refused.text().contains("正文不能为空"), "{}", refused.text());
    let long: &'static str = Box::leak("长".repeat(30_001).into_boxed_str());
    let refused = enter(&mut clerk, &path, &texts(long), SCAN).await;
    assert!(refused.status == 422 && refused.text().contains("30000 字的上限"), "{}", refused.text());
    let grave = "渝北区空港片区没有照明。";
    let refused = enter(&mut clerk, &path, &texts(grave), SCAN).await;
    assert!(refused.status == 422 && refused.text().contains("校对有 1 处严重问题"), "{}", refused.text());

    let done = enter(&mut clerk, &path, &texts(changed), SCAN).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let page = editor.get(&path).await.text();
    for told in
        ["待签", "改后通过", "建议本月增设路灯", "审核通过：（纸质签批）同意，请速办", "wang先生 代录"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("老人夜间摔倒过几次</p>"), "{page}");
    let log = auditor.get("/log.csv").await.text();
    assert!(log.lines().any(|row| row.contains("改后通过") && row.contains("wang先生")), "{log}");

    // A text that is as it was is no change, and one with a grave finding passes with a reason.
    let path = {
        let ids = app.post_all(&source, &[item("2", "再增设路灯", BODY).from("钟离意", "某街道")]).await;
        app.settle().await;
        editor.get(&format!("/items/{}", ids[0])).await;
        let made = editor.post(&format!("/items/{}/manuscript", ids[0]), &[("series", "opinion")]).await;
        made.header("location").to_owned()
    };
    assert_eq!(send(&mut editor, &path, "submit").await.status, 303);
    let same = [texts(BODY).as_slice(), &[("decision", "return"), ("wording", "再核实")]].concat();
    assert_eq!(enter(&mut clerk, &path, &same, SCAN).await.status, 303);
    assert!(!editor.get(&path).await.text().contains("改后通过"));
    assert_eq!(send(&mut editor, &path, "submit").await.status, 303);
    let kept = [texts(grave).as_slice(), &[("note", "领导坚持用原区名")]].concat();
    let done = enter(&mut clerk, &path, &kept, SCAN).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert!(editor.get(&path).await.text().contains("（纸质签批）领导坚持用原区名"));
    app.finish().await;
}

#[tokio::test]
async fn a_proof_is_signed_on_paper_and_prints_its_signer() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let mut signer = Browser::signed_in(&app, "zhao", &["signer"]).await;
    let path = made(&app, &source, &mut editor, &[("series", "opinion")]).await;
    assert_eq!(send(&mut editor, &path, "submit").await.status, 303);
    assert_eq!(send(&mut head, &path, "pass").await.status, 303);
    let manuscript = path.trim_start_matches("/manuscripts/").to_owned();
    let fields = [("series", "opinion"), ("manuscript", manuscript.as_str())];
    let issue = editor.post("/issues", &fields).await.header("location").to_owned();
    let sign = [("decision", "sign"), ("decider", "zhao"), ("wording", "同意印发")];
    let wrote = enter(&mut editor, &issue, &sign, SCAN).await;
    assert!(wrote.status == 403 && wrote.text().contains("由另一人代录"), "{}", wrote.text());
    let no_right = enter(&mut head, &issue, &[("decision", "sign"), ("decider", "zhang")], SCAN).await;
    assert!(no_right.status == 403 && no_right.text().contains("没有“签发”权限"), "{}", no_right.text());
    assert_eq!(signer.get(&format!("{issue}/decision")).await.status, 403, "signers sign on the screen");
    // Returned on paper first, then once more on a proof and signed.
    let back = [("decision", "return"), ("decider", "zhao"), ("wording", "题目再斟酌")];
    assert_eq!(enter(&mut head, &issue, &back, SCAN).await.status, 303);
    assert!(head.get(&path).await.text().contains("撤出清样：（纸质签批）题目再斟酌"));
    assert_eq!(send(&mut head, &path, "pass").await.status, 303);
    editor.get("/issues").await;
    let issue = editor.post("/issues", &fields).await.header("location").to_owned();
    let done = enter(&mut head, &issue, &sign, SCAN).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let page = editor.get(&issue).await.text();
    assert!(
        page.contains("签发：zhao先生") && page.contains("li先生 代录") && page.contains("同意印发"),
        "{page}"
    );
    assert!(editor.get(&path).await.text().contains("签发：（纸质签批）同意印发"));
    let twice = enter(&mut head, &issue, &sign, SCAN).await;
    assert!(twice.status == 422 && twice.text().contains("已签"), "{}", twice.text());
    editor.get(&issue).await;
    assert_eq!(editor.post(&format!("{issue}/check"), &[]).await.status, 303);
    assert_eq!(editor.post(&format!("{issue}/issue"), &[]).await.status, 303);
    assert!(editor.get(&issue).await.text().contains("已编发"));
    app.finish().await;
}

#[tokio::test]
async fn another_system_enters_a_decision_by_its_token_and_what_is_owed_is_made_up_for() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let other = app.add_source("other", &["submit", "issue"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let mut signer = Browser::signed_in(&app, "zhao", &["signer"]).await;
    let report = [("outlet", "report"), ("to", "全国政协"), ("masthead", "民意专送")];
    let path = made(&app, &source, &mut editor, &report).await;
    let item = between(&editor.get(&path).await.text(), "href=\"/items/", "\"").expect("its item");
    editor.get(&format!("/items/{item}")).await;
    assert_eq!(editor.post(&format!("/items/{item}/urgency"), &[("urgency", "特急")]).await.status, 303);
    assert_eq!(send(&mut editor, &path, "express").await.status, 303);

    let api = format!("/api/v1{path}/decisions");
    let open = source.get(&api).await.ok();
    assert_eq!(open["decisions"], json!(["sign", "return", "late"]), "{open}");
    let kept = |client: &Client| {
        let client = client.clone();
        async move {
            let name = crate::support::encoded("签批.pdf".as_bytes());
            let path = format!("/api/v1/files?name={name}");
            let answer = client.call(hyper::Method::POST, &path, &[], SCAN.to_vec()).await;
            answer.ok()["id"].as_str().expect("an id").to_owned()
        }
    };
    let (mine, foreign) = (kept(&source).await, kept(&other).await);
    let wanted = |rev: &serde_json::Value, what: &str, who: &str, scan: &str| {
        json!({ "rev": rev, "decision": what, "decider": who, "date": today(), "wording": "同意", "scan": scan })
            .to_string()
    };
    let rev = &open["rev"];
    assert_eq!(source.post(&api, wanted(&json!(0), "sign", "zhao", &mine)).await.status, 409);
    assert_eq!(source.post(&api, wanted(rev, "sign", "li", &mine)).await.status, 403);
    assert_eq!(source.post(&api, wanted(rev, "sign", "zhao", &foreign)).await.status, 422, "another's file");
    let done = source.post(&api, wanted(rev, "sign", "zhao", &mine)).await;
    assert_eq!(done.status, 201, "{}", done.text());
    let next = source.get(&api).await.ok();
    assert_eq!(next["decisions"], json!(["late"]), "{next}");
    assert_eq!(next["entered"][0]["entered_by"], "source:desk", "{next}");
    let late = source.post(&api, wanted(&next["rev"], "late", "li", &mine)).await;
    assert_eq!(late.status, 201, "{}", late.text());
    let page = head.get(&path).await.text();
    assert!(page.contains("补审通过：（纸质签批）同意") && !page.contains("欠补审"), "{page}");
    assert!(signer.get(&path).await.text().contains("签发：（纸质签批）同意"));
    assert_eq!(source.get("/api/v1/decisions/1/scan").await.body[..], *SCAN);
    assert_eq!(other.get("/api/v1/decisions/9/scan").await.status, 404);
    app.finish().await;
}
