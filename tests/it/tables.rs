//! 基础数据: added, renamed, retired and undone on the pages and by a program; offered to editors and contributors by the
//! day; 届次 among them.

use minyi::clock::{Clock, SystemClock};
use serde_json::json;

use crate::desk_api::{key, person, post};
use crate::support::{Browser, TestApp, between, item, list, number, text};

/// `2026-01-08`, so many days from today.
pub fn day(from_today: i64) -> String {
    SystemClock.now().plus_seconds(from_today * 86_400).date().to_string()
}

fn rev(page: &str) -> String {
    let rev = between(page, "name=\"rev\" value=\"", "\"").unwrap_or_default();
    assert!(!rev.is_empty(), "no rev in {page}");
    rev
}

pub async fn act(admin: &mut Browser, row: &str, fields: &[(&str, &str)]) -> crate::support::Answer {
    let page = admin.get(row).await.text();
    let rev = rev(&page);
    let all: Vec<(&str, &str)> = [("rev", rev.as_str())].into_iter().chain(fields.iter().copied()).collect();
    admin.post(row, &all).await
}

#[tokio::test]
async fn a_row_is_added_renamed_retired_and_undone_and_forms_offer_what_is_valid_today() {
    let app = TestApp::start().await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (yesterday, today) = (day(-1), day(0));
    let all = admin.get("/tables").await.text();
    assert!(all.contains("href=\"/tables/district\"") && all.contains("随程序所带，未改过"), "{all}");
    assert_eq!(admin.get("/tables/nothing").await.status, 404);
    assert_eq!(admin.get("/tables/district/rows/999").await.status, 404);

    // What cannot be added comes back as it was typed.
    let refused = admin.post("/tables/district", &[("name", "新区"), ("valid_from", &today)]).await;
    let told = refused.text();
    assert!(
        refused.status == 422 && told.contains("没有填代码") && told.contains("value=\"新区\""),
        "{told}"
    );
    let fields = [("code", "500199"), ("name", "渝新区"), ("valid_from", today.as_str())];
    let added = admin.post("/tables/district", &fields).await;
    assert_eq!(added.header("location"), "/tables/district?show=all&added=500199", "{}", added.text());
    let twice = admin.post("/tables/district", &fields).await;
    assert!(twice.status == 422 && twice.text().contains("代码“500199”已有"), "{}", twice.text());
    let mut public = Browser::new(&app);
    assert!(public.get("/report").await.text().contains("<option>渝新区</option>"));

    // A name from tomorrow on is not the name of today; one from today on is.
    let row = "/tables/district/rows/500199";
    let tomorrow = day(1);
    let later = [("do", "rename"), ("name", "渝新新区"), ("from", tomorrow.as_str())];
    assert_eq!(act(&mut admin, row, &later).await.header("location"), format!("{row}?done=rename"));
    let page = admin.get(row).await.text();
    assert!(page.contains("<h1>渝新区 ") && page.contains(&format!("{tomorrow} 起为“渝新新区”")), "{page}");
    let no = between(&page, "name=\"no\" value=\"", "\"").expect("a change to undo");
    let undone = admin.post(row, &[("do", "undo"), ("no", &no)]).await;
    assert_eq!(undone.header("location"), format!("{row}?done=undo"), "{}", undone.text());
    let page = admin.get(row).await.text();
    assert!(page.contains("<s>更名：") && page.contains("；撤销："), "{page}");
    assert_eq!(admin.post(row, &[("do", "undo"), ("no", &no)]).await.status, 409, "once");

    // Retired: on its last day it is offered, afterwards not; nothing of it is lost.
    act(&mut admin, row, &[("do", "amend"), ("valid_from", ""), ("order", "1"), ("note", "排在最前")]).await;
    act(&mut admin, row, &[("do", "retire"), ("last", &today)]).await;
    assert!(public.get("/report").await.text().contains("<option>渝新区</option>"));
    act(&mut admin, row, &[("do", "retire"), ("last", &yesterday)]).await;
    assert!(!public.get("/report").await.text().contains("渝新区"));
    assert!(!admin.get("/tables/district").await.text().contains("渝新区"));
    assert!(admin.get("/tables/district?show=retired").await.text().contains("渝新区"));
    act(&mut admin, row, &[("do", "restore")]).await;
    assert!(public.get("/report").await.text().contains("<option>渝新区</option>"));
    // Somebody who saw it before the others' changes does not write over them.
    let stale = admin.post(row, &[("do", "retire"), ("last", &today), ("rev", "1")]).await;
    assert_eq!(stale.status, 409, "{}", stale.text());
    for (fields, says) in [
        (vec![("do", "retire"), ("last", "")], "没有填最后有效日"),
        (vec![("do", "rename"), ("name", "万州区"), ("from", &today)], "与代码“500101”"),
        (vec![("do", "burn")], "没有选择要做什么"),
    ] {
        let answer = act(&mut admin, row, &fields).await;
        assert!(answer.status == 422 && answer.text().contains(says), "{says}: {}", answer.text());
    }

    // An editor looks and takes it out, and changes nothing; the log tells of all of it.
    assert!(!editor.get(row).await.text().contains("name=\"rev\""));
    assert_eq!(editor.post(row, &[("do", "restore")]).await.status, 403);
    let csv = editor.get("/tables/district/list?format=csv").await.text();
    assert!(csv.contains("\"500199\",\"渝新区\"") && csv.contains("排在最前"), "{csv}");
    let mut auditor = Browser::signed_in(&app, "audit", &["audit"]).await;
    let log = auditor.get("/log").await.text();
    assert!(log.contains("基础数据（区县 500199）添加：渝新区"), "{log}");
    assert!(log.contains("撤销“更名："), "{log}");

    // It is there again after a restart.
    let app = TestApp::start_in(app.stop().await, |_| {}).await;
    assert!(Browser::new(&app).get("/report").await.text().contains("<option>渝新区</option>"));
    app.finish().await;
}

#[tokio::test]
async fn a_retired_reason_is_refused_for_a_new_decision_and_its_row_still_says_what_it_was() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", "翠柏苑缺路灯。")]).await;
    app.settle().await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let fields =
        [("code", "later"), ("name", "留待专题"), ("outward", "已收悉，将专题研究"), ("notify", "yes")];
    assert_eq!(admin.post("/tables/reason", &fields).await.status, 303);
    assert!(editor.get("/inbox").await.text().contains("留待专题"));
    let decline = [("item", ids[0].as_str()), ("do", "decline"), ("reason", "later")];
    let row = "/tables/reason/rows/later";
    act(&mut admin, row, &[("do", "retire"), ("last", &day(-1))]).await;
    assert!(!editor.get("/inbox").await.text().contains("留待专题"));
    let refused = editor.post("/inbox/act", &decline).await;
    assert!(refused.status == 422 && refused.text().contains("请从列表中选一条"), "{}", refused.text());
    act(&mut admin, row, &[("do", "restore")]).await;
    assert_eq!(editor.post("/inbox/act", &decline).await.status, 303);
    act(&mut admin, row, &[("do", "rename"), ("name", "留作专题"), ("from", &day(0))]).await;
    let shown = editor.get(&format!("/items/{}", ids[0])).await.text();
    assert!(shown.contains("不采用：留待专题"), "the past keeps its name: {shown}");
    app.finish().await;
}

#[tokio::test]
async fn sessions_do_not_overlap_and_an_item_shows_the_one_in_which_it_came() {
    let app = TestApp::start().await;
    let source = app.add_source("demo", &["submit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", "翠柏苑缺路灯。")]).await;
    app.settle().await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    assert!(admin.get("/tables/session").await.text().contains("这里没有届次"));
    assert!(!editor.get("/today").await.text().contains("次会议"));
    let (past, yesterday, today) = (day(-300), day(-1), day(0));
    let add = |term: &'static str, number: &'static str, from: String, to: String| {
        vec![("term", term.to_owned()), ("number", number.to_owned()), ("valid_from", from), ("valid_to", to)]
    };
    let mut session = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        admin.post("/tables/session", &fields).await
    };
    assert_eq!(session(add("6", "3", past.clone(), yesterday.clone())).await.status, 303);
    let overlapping = session(add("6", "4", yesterday.clone(), String::new())).await;
    let told = overlapping.text();
    assert!(overlapping.status == 422 && told.contains("与“第六届第三次会议”"), "{told}");
    assert!(told.contains(&format!("value=\"{yesterday}\"")), "{told}");
    let turned = session(add("6", "4", today.clone(), yesterday.clone())).await;
    assert!(turned.status == 422 && turned.text().contains("早于起日"), "{}", turned.text());
    assert_eq!(session(add("6", "4", today, String::new())).await.status, 303);

    assert!(editor.get("/today").await.text().contains("第六届第四次会议期间"));
    let shown = editor.get(&format!("/items/{}", ids[0])).await.text();
    assert!(shown.contains("第六届第四次会议"), "{shown}");
    let ledger = editor.get("/ledger?from=2020-01-01&to=2099-12-31&format=csv").await.text();
    assert!(ledger.contains("届次") && ledger.contains("第六届第四次会议"), "{ledger}");
    // Its end cannot be taken away from under the next one.
    let open = act(&mut admin, "/tables/session/rows/6-3", &[("do", "restore")]).await;
    assert!(open.status == 422 && open.text().contains("第六届第四次会议"), "{}", open.text());
    app.finish().await;
}

#[tokio::test]
async fn a_program_reads_the_tables_and_changes_them_with_the_right_to() {
    let app = TestApp::start().await;
    let admin = person(&app, "sys", &["system"]).await;
    let mut browser = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let editor = key(&app, &mut browser).await;
    let tables = editor.get("/api/v1/desk/tables").await.ok();
    assert_eq!(list(&tables, "/tables").len(), 8);
    let path = "/api/v1/desk/tables/unit";
    post(&editor, &format!("{path}/rows"), json!({ "name": "数据局" })).await.refused(403, "right_missing");
    let added = post(&admin, &format!("{path}/rows"), json!({ "name": "数据局" })).await;
    assert_eq!(added.status, 201, "{}", added.text());
    let added = added.json();
    assert_eq!((text(&added, "/row/code"), number(&added, "/rev")), ("数据局", 1));
    post(&admin, &format!("{path}/rows"), json!({ "name": "x", "colour": 1 })).await.refused(422, "invalid");

    let row = format!("{path}/rows/%E6%95%B0%E6%8D%AE%E5%B1%80");
    let changes = format!("{row}/changes");
    let retire = json!({ "rev": 1, "do": "retire", "last": "2026-01-31" });
    let retired = post(&admin, &changes, retire.clone()).await.ok();
    assert_eq!(text(&retired, "/row/valid_to"), "2026-01-31");
    post(&admin, &changes, retire).await.refused(409, "stale");
    post(&admin, &changes, json!({ "rev": 2, "do": "rename" })).await.refused(422, "invalid");
    let names = async |on: &str| {
        let rows = editor.get(&format!("{path}?on={on}")).await.ok();
        let rows = list(&rows, "/rows");
        rows.iter().any(|row| row["name"] == "数据局")
    };
    assert!(names("2026-01-31").await && !names("2026-02-01").await);
    let undo = format!("{changes}/{}/undo", number(&retired, "/changes/1/no"));
    let undone = post(&admin, &undo, json!({})).await.ok();
    assert!(undone["row"]["valid_to"].is_null() && number(&undone, "/rev") == 3, "{undone}");
    assert!(names("2026-02-01").await);
    editor.get(&format!("{path}?on=x")).await.refused(400, "bad_query");
    app.finish().await;
}

#[tokio::test]
async fn a_table_goes_out_is_changed_and_comes_back_and_only_what_was_shown_is_done() {
    let app = TestApp::start().await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    let csv = admin.get("/tables/party/list?format=csv").await.text();
    let same = admin.upload("/tables/party/import", "党派.csv", csv.as_bytes()).await.text();
    assert!(same.contains("没有要更改的") && same.contains("与现有相同 8 行"), "{same}");
    let xlsx = admin.get("/tables/party/list").await;
    admin.get("/tables/party").await;
    let same = admin.upload("/tables/party/import", "党派.xlsx", &xlsx.body).await.text();
    assert!(same.contains("没有要更改的"), "{same}");

    let list = "代码,名称,最后有效日\n民革,民革市委会,\n台盟,台盟,2026-01-31\n,无党派,\n民盟,民盟,某日\n";
    admin.get("/tables/party").await;
    let shown = admin.upload("/tables/party/import", "改.csv", list.as_bytes()).await.text();
    assert!(shown.contains("要更改 3 行，有误 1 行"), "{shown}");
    assert!(shown.contains("停用：最后有效日 2026-01-31") && shown.contains("“某日”不是日期"), "{shown}");
    assert!(!admin.get("/tables/party").await.text().contains("无党派"), "nothing is done yet");
    let rows = between(&shown, "name=\"rows\" value=\"", "\"").expect("what is to be taken");
    let rows = rows.replace("&#34;", "\"").replace("&#38;", "&");
    let taken = admin.post("/tables/party/import/take", &[("rows", &rows)]).await;
    assert_eq!(taken.header("location"), "/tables/party?imported=3", "{}", taken.text());
    let now = admin.get("/tables/party?show=all&imported=3").await.text();
    assert!(
        now.contains("已按文件更改 3 行") && now.contains("无党派") && now.contains("民革市委会"),
        "{now}"
    );
    for bad in ["", "[]x", "{}"] {
        assert_eq!(admin.post("/tables/party/import/take", &[("rows", bad)]).await.status, 422, "{bad}");
    }
    let wrong = admin.upload("/tables/party/import", "a.csv", "甲,乙\n".as_bytes()).await;
    assert!(wrong.status == 422 && wrong.text().contains("没有找到表头"), "{}", wrong.text());
    app.finish().await;
}
