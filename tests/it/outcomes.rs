//! 采用 and 批示: registered, read by whom they are for, told to the contributor without content, corrected, withdrawn.

use minyi::clock::{Clock, SystemClock};
use rust_xlsxwriter::Workbook;
use serde_json::json;

use crate::support::{Browser, Client, TestApp, between, item};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。建议增设路灯。";

async fn made(
    app: &TestApp,
    source: &Client,
    editor: &mut Browser,
    key: &str,
    title: &str,
) -> (String, String) {
    let ids = app.post_all(source, &[item(key, title, BODY).from("钟离意", "某街道")]).await;
    app.settle().await;
    editor.get(&format!("/items/{}", ids[0])).await;
    let done = editor.post(&format!("/items/{}/manuscript", ids[0]), &[("series", "opinion")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    (ids[0].clone(), done.header("location").to_owned())
}

const NOTED: &[(&str, &str)] = &[
    ("kind", "instructed"),
    ("level", "city"),
    ("outlet", ""),
    ("number", ""),
    ("date", "2026-01-08"),
    ("by", "某领导"),
    ("wording", "请城管部门研办"),
    ("readers", "heads"),
];

#[tokio::test]
async fn a_note_of_a_leader_is_read_by_whom_it_is_for_and_the_contributor_hears_only_that_there_is_one() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let (id, path) = made(&app, &source, &mut editor, "1", "建议增设路灯").await;
    let form = format!("{path}/outcomes");
    assert!(head.get(&form).await.text().contains("还没有登记"));
    let nobody: Vec<_> =
        NOTED.iter().map(|(name, value)| (*name, if *name == "by" { "" } else { *value })).collect();
    let refused = head.upload_with(&form, &nobody, &[("file", "", b"")]).await;
    assert!(refused.status == 422 && refused.text().contains("请填写批示人"), "{}", refused.text());
    let no_scan = head.upload_with(&form, NOTED, &[("file", "a.exe", b"MZ")]).await;
    assert!(no_scan.status == 422 && no_scan.text().contains("须为 PDF、JPEG 或 PNG"), "{}", no_scan.text());
    let done = head.upload_with(&form, NOTED, &[("file", "批示.pdf", b"%PDF-1.4 scan")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let twice = head.upload_with(&form, NOTED, &[("file", "", b"")]).await;
    assert!(twice.status == 422 && twice.text().contains("已登记过"), "{}", twice.text());

    assert!(head.get("/outcomes/1").await.text().contains("请城管部门研办"));
    let scan = head.get("/outcomes/1/scan").await;
    assert!(scan.header("content-type") == "application/pdf" && scan.body[..] == *b"%PDF-1.4 scan");
    for page in ["/outcomes/1", "/outcomes", form.as_str(), path.as_str()] {
        let text = editor.get(page).await.text();
        assert!(
            text.contains("批示") && !text.contains("请城管部门研办") && !text.contains("某领导"),
            "{page}"
        );
    }
    assert_eq!(editor.get("/outcomes/1/scan").await.status, 403);
    let list = editor.get("/outcomes/list?format=csv").await.text();
    assert!(list.contains("建议增设路灯") && !list.contains("某领导"), "{list}");
    assert!(editor.get("/outcomes/list").await.body.starts_with(b"PK"));
    let seen = source.get("/api/v1/outcomes").await.ok();
    assert!(seen[0]["withheld"] == true && !seen.to_string().contains("请城管"), "{seen}");
    assert!(editor.get(&format!("/items/{id}")).await.text().contains("有批示"));
    assert!(editor.get("/search?q=%E8%B7%AF%E7%81%AF").await.text().contains("有批示"));
    let receipt = source.get(&format!("/api/v1/items/{id}")).await.ok();
    let receipt = receipt["receipt"].as_str().expect("a receipt").to_owned();
    let told = Browser::new(&app).get(&format!("/receipt?no={receipt}")).await.text();
    assert!(told.contains("已有批示") && !told.contains("某领导") && !told.contains("请城管"), "{told}");

    head.get("/outcomes/1").await;
    let wordless = head.post("/outcomes/1/withdraw", &[("rev", "1"), ("comment", "")]).await;
    assert!(wordless.status == 422 && wordless.text().contains("缘由"));
    let changed: Vec<_> =
        NOTED.iter().map(|(name, value)| (*name, if *name == "by" { "另一领导" } else { *value })).collect();
    let changed = [changed, vec![("rev", "1"), ("comment", "写错姓名")]].concat();
    assert_eq!(head.upload_with("/outcomes/1", &changed, &[("file", "", b"")]).await.status, 303);
    let page = head.get("/outcomes/1").await.text();
    assert!(
        page.contains("另一领导") && page.contains("某领导") && page.contains("写错姓名"),
        "both revisions"
    );
    assert_eq!(head.get("/outcomes/1/scan").await.body[..], *b"%PDF-1.4 scan", "the scan stays");
    assert_eq!(head.post("/outcomes/1/withdraw", &[("rev", "1"), ("comment", "误登")]).await.status, 409);
    assert_eq!(head.post("/outcomes/1/withdraw", &[("rev", "2"), ("comment", "误登")]).await.status, 303);
    assert!(!editor.get(&format!("/items/{id}")).await.text().contains("有批示"));
    assert!(head.get("/outcomes").await.text().contains("还没有登记"));
    assert!(head.get("/outcomes?withdrawn=1").await.text().contains("已撤销"));
    app.finish().await;
}

#[tokio::test]
async fn another_system_registers_corrects_and_withdraws_by_its_token() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (_, path) = made(&app, &source, &mut editor, "1", "建议增设路灯").await;
    let api = format!("/api/v1{path}/outcomes");
    let fields = json!({ "kind": "single", "level": "national", "outlet": "全国政协", "date": "2026-01-08", "readers": "office" });
    let made = source.post(&api, fields.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(source.post(&api, fields.to_string()).await.status, 422, "the same again");
    let bad = json!({ "kind": "single", "level": "moon", "outlet": "x", "date": "2026-01-08", "readers": "office" });
    assert_eq!(source.post(&api, bad.to_string()).await.status, 422);
    let listed = source.get("/api/v1/outcomes?level=national&from=2026-01-01&to=2026-01-31").await.ok();
    assert_eq!(listed[0]["outlet"], "全国政协", "{listed}");
    let leave = json!({ "rev": 1, "comment": "误报" }).to_string();
    assert_eq!(source.post("/api/v1/outcomes/1/withdraw", leave.clone()).await.status, 200);
    assert_eq!(source.post("/api/v1/outcomes/1/withdraw", leave).await.status, 422);
    assert_eq!(source.get("/api/v1/outcomes").await.ok(), json!([]));
    app.finish().await;
}

/// A list as a level sends it: a title row, a header, rows.
fn list(rows: &[[&str; 6]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "一月份社情民意信息采用情况").expect("written");
    for (at, name) in (0_u16..).zip(["序号", "题目", "反映人", "采用单位", "期号", "采用日期"])
    {
        sheet.write_string(1, at, name).expect("written");
    }
    for (row, cells) in (2_u32..).zip(rows) {
        for (at, text) in (0_u16..).zip(cells) {
            sheet.write_string(row, at, *text).expect("written");
        }
    }
    book.save_to_buffer().expect("a file")
}

#[tokio::test]
async fn a_list_of_adoptions_is_looked_through_before_anything_is_entered_and_the_same_list_adds_nothing() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    made(&app, &source, &mut editor, "1", "关于在翠柏苑北门增设路灯的建议").await;
    made(&app, &source, &mut editor, "2", "关于规范共享单车停放的建议").await;
    let day = SystemClock.now().date().to_string();
    let book = list(&[
        ["1", "关于在翠柏苑北门增设路灯的建议", "钟离意", "市委办公厅", "第3期", &day],
        ["2", "规范共享单车停放", "", "市委办公厅", "第4期", "2026年1月9日"],
        ["3", "江面漂浮物清理需要联动", "", "市委办公厅", "第5期", "2026.1.9"],
    ]);
    editor.get("/outcomes/import").await;
    let wrong = editor.upload("/outcomes/import", "a.txt", b"text").await;
    assert!(wrong.status == 422 && wrong.text().contains("XLSX"), "{}", wrong.text());
    let shown = editor.upload("/outcomes/import", "一月.xlsx", &book).await;
    let page = shown.text();
    assert_eq!(shown.status, 200, "{page}");
    assert!(page.contains("找到 1") && page.contains("待认 1") && page.contains("没有找到 1"), "{page}");
    assert!(editor.get("/outcomes").await.text().contains("还没有登记"), "nothing is entered yet");

    let fields = between(&page, "name=\"rows\" value=\"", "\"").expect("the rows").replace("&#34;", "\"");
    let chosen = between(&page, "name=\"pick-1\" value=\"", "\"").expect("a candidate");
    let sure = between(&page, "name=\"pick-0\" value=\"", "\"").expect("the sure one");
    let sent = [("rows", fields.as_str()), ("pick-0", &sure), ("pick-1", &chosen)];
    let done = editor.post("/outcomes/import/take", &sent).await;
    assert_eq!(
        (done.status, done.header("location")),
        (303, "/outcomes?entered=2&known=0"),
        "{}",
        done.text()
    );
    let page = editor.get("/outcomes?entered=2&known=0").await.text();
    assert!(page.contains("登记 2 条") && page.contains("第4期"), "{page}");

    let again = editor.upload("/outcomes/import", "一月.xlsx", &book).await.text();
    assert!(again.contains("已登记"), "{again}");
    let done = editor.post("/outcomes/import/take", &sent).await;
    assert_eq!(done.header("location"), "/outcomes?entered=0&known=2", "{}", done.text());
    app.finish().await;
}
