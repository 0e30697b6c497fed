//! 纸质单据: filled in from the record, in every format; the code finds the record; 套打 of an issued one.

use std::io::{Cursor, Read};

use serde_json::json;

use crate::support::{Answer, Browser, Client, TestApp, between, item, text};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。建议增设路灯。";

async fn made(app: &TestApp, editor: &mut Browser) -> (Client, String, String) {
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let sent = item("1", "关于增设路灯的建议", BODY).from("钟离意", "某街道办事处");
    let ids = app.post_all(&source, &[sent]).await;
    app.settle().await;
    let page = format!("/items/{}", ids[0]);
    editor.get(&page).await;
    let done = editor.post(&format!("{page}/manuscript"), &[("series", "opinion")]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    (source, page, done.header("location").to_owned())
}

fn document(answer: &Answer) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(&answer.body[..])).expect("a package");
    let mut text = String::new();
    zip.by_name("word/document.xml").expect("a part").read_to_string(&mut text).expect("text");
    text
}

fn code_of(page: &str) -> String {
    between(page, "<b>", "</b></div></header>")
        .map(|rest| rest.rsplit("<b>").next().unwrap_or_default().to_owned())
        .expect("a code")
}

async fn submit(browser: &mut Browser, path: &str, what: &str) -> Answer {
    let page = browser.get(path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").expect("a revision");
    let fields = [
        ("rev", rev.as_str()),
        ("title", "关于增设路灯的建议"),
        ("body", BODY),
        ("credit", "钟离意"),
        ("comment", "地点已核实"),
        ("do", what),
    ];
    browser.post(path, &fields).await
}

#[tokio::test]
async fn each_form_is_two_clicks_from_the_item_and_holds_what_the_record_says() {
    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (_, item_page, path) = made(&app, &mut editor).await;
    assert_eq!(submit(&mut editor, &path, "submit").await.status, 303);
    // 来稿页 → 编稿页 → 核稿单, where the button prints.
    assert!(editor.get(&item_page).await.text().contains(&format!("href=\"{path}\"")));
    let manuscript = editor.get(&path).await.text();
    for (form, name) in [("review", "核稿单"), ("signing", "签批单"), ("reading", "送阅单")] {
        assert!(manuscript.contains(&format!("href=\"{path}/forms/{form}\">{name}</a>")), "{manuscript}");
        let page = editor.get(&format!("{path}/forms/{form}")).await.text();
        assert!(page.contains("data-print") && page.contains("<svg"), "{page}");
        let word = editor.get(&format!("{path}/forms/{form}/docx")).await;
        let word = document(&word).replace('\u{200B}', "");
        let code = code_of(&page);
        for told in
            [&format!("社情民意信息{name}"), "关于增设路灯的建议", "钟离意（某街道办事处）", "年", &code]
        {
            assert!(page.contains(told) && word.contains(told), "{form}: {told}");
        }
        let pdf = editor.get(&format!("{path}/forms/{form}/pdf")).await;
        assert!(pdf.body.starts_with(b"%PDF") && pdf.header("content-disposition").starts_with("inline"));
    }
    let review = editor.get(&format!("{path}/forms/review")).await.text();
    for told in ["地点已核实", "送审", "zhang", "<td class=\"small mid\"", "审核"] {
        assert!(review.contains(told), "{told}: {review}");
    }
    assert_eq!(editor.get(&format!("{path}/forms/none")).await.status, 404);
    assert_eq!(editor.get(&format!("{path}/forms/review/odt")).await.status, 404);
    app.finish().await;
}

#[tokio::test]
async fn the_code_on_a_form_leads_to_its_record_scanned_or_typed() {
    let app =
        TestApp::start_with(|config| config.desk.address = "https://minyi.example.org/".to_owned()).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (source, _, path) = made(&app, &mut editor).await;
    let code = code_of(&editor.get(&format!("{path}/forms/review")).await.text());
    assert_eq!(editor.get(&format!("/find/{code}")).await.header("location"), path);
    for typed in [
        code.clone(),
        code.to_lowercase(),
        code.replace('-', ""),
        format!("https%3A%2F%2Fminyi.example.org%2Ffind%2F{code}"),
    ] {
        let answer = editor.get(&format!("/search?q={typed}")).await;
        assert_eq!((answer.status, answer.header("location")), (303, path.as_str()), "{typed}");
    }
    // A slip is not taken for another record; what is no code is searched for.
    let last = code.chars().last().expect("a character");
    let slip = format!("{}{}", &code[..code.len() - 1], if last == 'A' { 'B' } else { 'A' });
    assert_eq!(editor.get(&format!("/find/{slip}")).await.status, 404);
    assert_eq!(editor.get(&format!("/search?q={slip}")).await.status, 200);
    // That of an issue leads to the issue.
    let ids = app
        .post_all(&source, &[item("2", "关于修复井盖的建议", "井盖松动。建议修复。").from("某", "某")])
        .await;
    app.settle().await;
    let request = json!({ "series": "opinion", "items": ids }).to_string();
    let proof = source.post("/api/v1/bulletins", request).await.ok();
    let issue = format!("/issues/{}", text(&proof, "/id"));
    assert!(editor.get(&issue).await.text().contains(&format!("{issue}/forms/signing")));
    let page = editor.get(&format!("{issue}/forms/signing")).await.text();
    assert!(
        page.contains("年第　　期") && page.contains("关于修复井盖的建议") && page.contains("报："),
        "{page}"
    );
    let found = editor.get(&format!("/find/{}", code_of(&page))).await;
    assert_eq!(found.header("location"), issue);
    app.finish().await;
}

#[tokio::test]
async fn an_issued_issue_is_printed_on_red_head_paper_for_a_printer_of_the_table() {
    let app = TestApp::start_with(|config| {
        let dir = config.data.dir.join("tables");
        std::fs::create_dir_all(&dir).expect("a folder");
        let table = "[[printer]]\nname = \"文印室一号\"\nx = 1.5\ny = -2.0\n[[printer]]\nname = \"秘书处\"\n";
        std::fs::write(dir.join("printers.toml"), table).expect("written");
        config.desk.tables_dir = dir;
    })
    .await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let ids = app.post_all(&source, &[item("1", "关于增设路灯的建议", BODY).from("钟离意", "某街道")]).await;
    app.settle().await;
    let proof =
        source.post("/api/v1/bulletins", json!({ "series": "opinion", "items": ids }).to_string()).await.ok();
    let issue = format!("/issues/{}", text(&proof, "/id"));
    assert!(!editor.get(&issue).await.text().contains("套打"), "a proof has no frozen file yet");
    assert_eq!(editor.get(&format!("{issue}/overprint")).await.status, 404);
    let path = format!("/api/v1/bulletins/{}/issue", text(&proof, "/id"));
    source.post(&path, json!({ "signer": "左丘明" }).to_string()).await.ok();
    let page = editor.get(&issue).await.text();
    assert!(page.contains("文印室一号（右 1.5，下 -2 毫米）") && page.contains("秘书处"), "{page}");
    let printer = "%E6%96%87%E5%8D%B0%E5%AE%A4%E4%B8%80%E5%8F%B7";
    let ask = |more: &str| format!("{issue}/overprint?{more}");
    let one = editor.get(&ask(&format!("printer={printer}&x=&y="))).await;
    assert!(
        one.body.starts_with(b"%PDF") && one.header("content-disposition").contains("%E5%A5%97%E6%89%93")
    );
    // The row's offset and the one asked for beside it add up.
    let same = editor.get(&ask("x=1.5&y=-2.0")).await;
    assert!(one.body == same.body);
    let more = editor.get(&ask(&format!("printer={printer}&x=0.5&y=1"))).await;
    assert!(more.body != one.body && more.body == editor.get(&ask("x=2&y=-1")).await.body);
    for (wrong, why) in [
        ("x=16", "±15"),
        ("x=a", "毫米数"),
        ("printer=none", "没有打印机"),
        ("copies=1", "没有份号"),
        ("copies=2", "份号件写 1"),
    ] {
        let answer = editor.get(&ask(wrong)).await;
        assert!(answer.status == 422 && answer.text().contains(why), "{wrong}: {}", answer.text());
    }
    app.finish().await;
}
