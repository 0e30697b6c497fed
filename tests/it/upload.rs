//! Files uploaded on a page: looked at, sent, reported; by contributors and by editors.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;

use crate::support::{Browser, TestApp, number};

const BODY: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设路灯。";

fn table(rows: &[(&str, &str)]) -> String {
    let mut out = "序号,标题,正文,反映人,日期,心情\n".to_owned();
    for (at, (title, date)) in rows.iter().enumerate() {
        writeln!(out, "{},{title},{BODY},张三,{date},好", at + 1).expect("a line");
    }
    out
}

/// Uploads a file and gives the address of its page.
pub async fn uploaded(browser: &mut Browser, name: &str, text: &str) -> String {
    browser.get("/files").await;
    let answer = browser.upload("/files", name, text.as_bytes()).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").to_owned()
}

/// The page of an upload, once it is no longer under way. A long one, begun on another node, waits for that node's lease to
/// run out, a minute, and takes its time on a small machine: what matters is that it ends.
pub async fn ended(browser: &mut Browser, page: &str) -> String {
    for _ in 0..6_000 {
        let text = browser.get(page).await.text();
        if !text.contains("正在报送") {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("still under way after five minutes");
}

#[tokio::test]
async fn errors_stand_by_their_cells_before_anything_is_sent_and_each_row_is_reported() {
    let app = TestApp::start().await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let rows = [("关于增设路灯的建议", "2026-01-08"), ("关于修补路面的建议", "2026-02-30")];
    let page = uploaded(&mut wang, "汇总.csv", &table(&rows)).await;
    let shown = wang.get(&page).await.text();
    for expected in ["可报 1 件", "E3 ", "没有这一天", "心情", "不导入", "这些列没有认出"]
    {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert_eq!(number(&app.settle().await, "/counts/items"), 0, "nothing is sent before it is decided");
    assert_eq!(wang.post(&format!("{page}/send"), &[]).await.status, 303);
    let told = ended(&mut wang, &page).await;
    assert!(told.contains("新收 1 件，重复 0 件，未收 1 件") && told.contains("E3 "), "{told}");
    let csv = wang.get(&format!("{page}/report/csv")).await;
    assert!(csv.header("content-disposition").starts_with("attachment"), "a file to keep");
    assert!(csv.text().contains("新收") && csv.text().contains("未收"), "{}", csv.text());
    assert_eq!(wang.get(&format!("{page}/report/xlsx")).await.status, 200);
    assert!(wang.get("/mine").await.text().contains("关于增设路灯的建议"), "it is one's own");
    // The same file again adds nothing.
    let again = uploaded(&mut wang, "汇总.csv", &table(&rows)).await;
    wang.get(&again).await;
    wang.post(&format!("{again}/send"), &[]).await;
    assert!(ended(&mut wang, &again).await.contains("新收 0 件，重复 1 件"), "the same file adds nothing");
    // Nobody else sees it.
    let mut li = Browser::signed_in(&app, "li", &["contributor"]).await;
    assert_eq!(li.get(&page).await.status, 404);
    assert_eq!(li.post(&format!("{page}/send"), &[]).await.status, 404);
    app.finish().await;
}

#[tokio::test]
async fn two_contributors_may_number_their_rows_alike_and_an_editor_sends_for_a_source() {
    let app = TestApp::start().await;
    app.add_source_with(json!({ "id": "yubei", "scopes": ["submit"] })).await;
    for (name, role) in [("wang", "contributor"), ("li", "contributor"), ("zhang", "editor")] {
        let mut browser = Browser::signed_in(&app, name, &[role]).await;
        let text = format!("编号,标题,正文\n1,{name}的建议,{BODY}\n");
        let page = uploaded(&mut browser, "表.csv", &text).await;
        browser.get(&page).await;
        browser.post(&format!("{page}/send"), &[]).await;
        let told = ended(&mut browser, &page).await;
        assert!(told.contains("新收 1 件"), "{name}: {told}");
        assert_eq!(browser.get("/files").await.text().contains("name=\"source\""), role == "editor");
    }
    app.settle().await;
    let mut zhang = Browser::signed_in(&app, "zhao", &["editor"]).await;
    let inbox = zhang.get("/inbox").await.text();
    for name in ["wang", "li", "zhang"] {
        assert!(inbox.contains(&format!("{name}的建议")), "{name}: {inbox}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_file_with_a_secrecy_mark_anywhere_is_never_kept() {
    let app = TestApp::start().await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let marked = format!("标题,正文,批注\n路灯的建议,{BODY},机密★10年\n");
    let within = format!("标题,正文\n路灯的建议,{BODY}\n第二件,密级：秘密 {BODY}\n");
    let sound = table(&[("路灯的建议", "2026-01-08")]);
    for (name, text) in [("表.csv", &marked), ("表.csv", &within), ("绝密★表.csv", &sound)] {
        wang.get("/files").await;
        let answer = wang.upload("/files", name, text.as_bytes()).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains("严禁处理涉密信息"), "{}", answer.text());
    }
    assert!(!wang.get("/files").await.text().contains("上传过的文件"));
    let dir = app.finish().await;
    let kept = std::fs::read_dir(dir.path().join("files")).map_or(0, Iterator::count);
    assert_eq!(kept, 0, "no bytes of them");
}

#[tokio::test]
async fn a_long_one_shows_how_far_it_is_can_be_stopped_and_says_what_was_sent() {
    let app = TestApp::start().await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let titles: Vec<String> = (0..3_000).map(|at| format!("第{at}条建议")).collect();
    let rows: Vec<(&str, &str)> = titles.iter().map(|title| (title.as_str(), "2026-01-08")).collect();
    let page = uploaded(&mut wang, "长表.csv", &table(&rows)).await;
    wang.get(&page).await;
    wang.post(&format!("{page}/send"), &[]).await;
    let under_way = wang.get(&page).await.text();
    assert!(under_way.contains("http-equiv=\"refresh\"") && under_way.contains("停止报送"), "{under_way}");
    assert_eq!(wang.post(&format!("{page}/stop"), &[]).await.status, 303);
    let told = ended(&mut wang, &page).await;
    assert!(told.contains("已停止。停止前处理了") && told.contains("其余"), "{told}");
    // What was on its way when it was stopped is noted too.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let report = wang.get(&format!("{page}/report/csv")).await.text();
    let sent = report.matches("新收").count();
    assert!(sent < 3_000, "it was stopped");
    assert_eq!(
        number(&app.settle().await, "/counts/items"),
        sent as i64,
        "the report names all that was sent"
    );
    // Not sent at all.
    let other = uploaded(&mut wang, "另一份.csv", &table(&rows[..2])).await;
    wang.get(&other).await;
    assert_eq!(wang.post(&format!("{other}/drop"), &[]).await.header("location"), "/files");
    assert_eq!(number(&app.settle().await, "/counts/items"), sent as i64);
    app.finish().await;
}

#[tokio::test]
async fn a_restart_goes_on_where_it_stood() {
    let app = TestApp::start().await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let titles: Vec<String> = (0..1_500).map(|at| format!("第{at}条建议")).collect();
    let rows: Vec<(&str, &str)> = titles.iter().map(|title| (title.as_str(), "2026-01-08")).collect();
    let page = uploaded(&mut wang, "长表.csv", &table(&rows)).await;
    wang.get(&page).await;
    wang.post(&format!("{page}/send"), &[]).await;
    // It is sending meanwhile, so nothing is settled.
    let dir = app.stop().await;
    let app = TestApp::start_in(dir, |_| {}).await;
    let mut wang = wang.again(&app);
    let told = ended(&mut wang, &page).await;
    let report = wang.get(&format!("{page}/report/csv")).await.text();
    assert_eq!(report.matches("第 ").count(), 1_500, "every row once: {told}");
    assert_eq!(number(&app.settle().await, "/counts/items"), 1_500);
    app.finish().await;
}
