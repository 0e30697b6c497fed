//! One item goes to three outlets: a series, 上报 under a title of its own, 直转 with a letter.

use crate::support::{Answer, Browser, Client, TestApp, between, item};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。建议增设路灯。";

/// Sends the form of a manuscript as it stands.
async fn send(browser: &mut Browser, path: &str, what: &str) -> Answer {
    let page = browser.get(path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").expect("a revision");
    let fields = [
        ("rev", rev.as_str()),
        ("title", "翠柏苑缺路灯"),
        ("body", BODY),
        ("credit", "钟离意"),
        ("do", what),
    ];
    browser.post(path, &fields).await
}

async fn step(browser: &mut Browser, path: &str, what: &str) -> Answer {
    let page = browser.get(path).await.text();
    let rev = between(&page, "name=\"rev\" value=\"", "\"").unwrap_or_else(|| "1".to_owned());
    browser.post(&format!("{path}/outlet"), &[("rev", &rev), ("do", what)]).await
}

/// An item with a letter of 直转 made of it, not yet sent.
struct Forwarded {
    source: Client,
    editor: Browser,
    item: String,
    /// The letter's path.
    letter: String,
}

impl Forwarded {
    async fn by_an_editor(app: &TestApp) -> Self {
        let source = app.add_source("desk", &["submit", "read", "edit"]).await;
        let mut editor = Browser::signed_in(app, "zhang", &["editor"]).await;
        let one = item("1", "建议增设路灯", BODY).from("钟离意", "某街道");
        let item = app.post_all(&source, &[one]).await.remove(0);
        app.settle().await;
        editor.get(&format!("/items/{item}")).await;
        let make = format!("/items/{item}/manuscript");
        let made = editor.post(&make, &[("outlet", "forward"), ("to", "市城管局")]).await;
        let letter = made.header("location").to_owned();
        Self { source, editor, item, letter }
    }
}

#[tokio::test]
async fn one_item_goes_to_three_outlets_and_its_page_shows_each_with_its_state() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut head = Browser::signed_in(&app, "li", &["reviewer"]).await;
    let mut signer = Browser::signed_in(&app, "zhao", &["signer"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY).from("钟离意", "某街道")]).await;
    app.settle().await;
    let (page, make) = (format!("/items/{}", ids[0]), format!("/items/{}/manuscript", ids[0]));
    editor.get(&page).await;
    assert_eq!(editor.post(&make, &[("series", "opinion")]).await.status, 303);
    let nobody = editor.post(&make, &[("outlet", "report"), ("to", ""), ("masthead", "民意专送")]).await;
    assert!(nobody.status == 422 && nobody.text().contains("请填写收文单位"), "{}", nobody.text());
    let wanted = [("outlet", "report"), ("to", "全国政协"), ("masthead", "民意专送"), ("cover", "供参阅")];
    let report = editor.post(&make, &wanted).await.header("location").to_owned();
    let forward = editor.post(&make, &[("outlet", "forward"), ("to", "市城管局")]).await;
    let forward = forward.header("location").to_owned();

    // 直转: the letter, then 已转; the item stays in the other two.
    let letter = editor.get(&format!("{forward}/paper/html")).await.text();
    assert!(letter.contains("市城管局：") && letter.contains("老人夜间摔倒过几次"), "{letter}");
    assert!(editor.get(&format!("{forward}/paper/docx")).await.body.starts_with(b"PK"));
    assert!(editor.get(&format!("{forward}/paper/pdf")).await.body.starts_with(b"%PDF"));
    assert_eq!(editor.get(&format!("{forward}/paper/odt")).await.status, 404);
    assert_eq!(step(&mut editor, &forward, "send").await.status, 303);
    let again = step(&mut editor, &forward, "send").await;
    assert_eq!(again.status, 409, "{}", again.text());

    // 上报: reviewed, signed, sent.
    assert_eq!(step(&mut editor, &report, "send").await.status, 409, "not before it is signed");
    assert_eq!(send(&mut editor, &report, "submit").await.status, 303);
    assert_eq!(send(&mut head, &report, "pass").await.status, 303);
    assert!(signer.get("/tasks").await.text().contains("签发"));
    assert_eq!(step(&mut editor, &report, "sign").await.status, 403, "an editor signs nothing");
    let wordless = step(&mut signer, &report, "return").await;
    assert!(wordless.status == 422 && wordless.text().contains("退回须写明意见"));
    assert_eq!(step(&mut signer, &report, "sign").await.status, 303);
    let paper = editor.get(&format!("{report}/paper/html")).await.text();
    assert!(paper.contains("民意专送") && paper.contains("供参阅"), "{paper}");
    assert_eq!(step(&mut editor, &report, "send").await.status, 303);

    // What was sent is what comes again: the same bytes, whatever the day and the templates are.
    for path in [&report, &forward] {
        for format in ["html", "docx", "pdf"] {
            let first = editor.get(&format!("{path}/paper/{format}")).await;
            assert_eq!(first.status, 200, "{}", first.text());
            assert_eq!(editor.get(&format!("{path}/paper/{format}")).await.body, first.body, "{format}");
        }
    }
    let shown = editor.get(&page).await.text();
    for told in ["上报全国政协", "已上报", "直转市城管局", "已转", "在编", "已采用"] {
        assert!(shown.contains(told), "{told}");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_item_that_only_a_letter_holds_is_passed_on_with_it_and_may_be_taken_again() {
    let app = TestApp::start().await;
    let Forwarded { source, mut editor, item, letter: forward } = Forwarded::by_an_editor(&app).await;
    assert_eq!(step(&mut editor, &forward, "send").await.status, 303);
    let state = source.get(&format!("/api/v1/items/{item}")).await.ok();
    assert_eq!(state["state"], "forwarded");
    assert_eq!(editor.post(&format!("/items/{item}/manuscript"), &[("series", "opinion")]).await.status, 303);
    let state = source.get(&format!("/api/v1/items/{item}")).await.ok();
    assert_eq!(state["state"], "editing");
    app.finish().await;
}

#[tokio::test]
async fn what_was_sent_keeps_its_bytes_under_another_letter_and_a_changed_file_is_found() {
    let own = |body: &str| {
        format!("title = '转送函'\nbody = '{{收文单位}}：{body}{{发文单位}}'\nattached = '附件：{{题目}}'")
    };
    let folder = tempfile::tempdir().expect("a folder");
    let put = |body: &str| std::fs::write(folder.path().join("transfer.toml"), own(body)).expect("written");
    put("请按职责办理。");
    let dir = folder.path().to_owned();
    let app = TestApp::start_with(move |config| config.bulletin.letters_dir.clone_from(&dir)).await;
    let Forwarded { mut editor, letter: forward, .. } = Forwarded::by_an_editor(&app).await;
    let before = editor.get(&format!("{forward}/paper/html")).await.text();
    assert!(
        before.contains("请按职责办理") && before.contains("附件：建议增设路灯"),
        "the office's own letter"
    );
    assert_eq!(step(&mut editor, &forward, "send").await.status, 303);
    let sent = editor.get(&format!("{forward}/paper/docx")).await.body;

    put("请尽快办理。");
    let data = app.stop().await;
    let dir = folder.path().to_owned();
    let app = TestApp::start_in(data, move |config| config.bulletin.letters_dir.clone_from(&dir)).await;
    let mut editor = editor.again(&app);
    assert_eq!(editor.get(&format!("{forward}/paper/docx")).await.body, sent);
    let html = editor.get(&format!("{forward}/paper/html")).await.text();
    assert!(html.contains("请按职责办理") && !html.contains("请尽快办理"), "{html}");
    app.settle().await;

    // A file that is not what was sent is found by the check, and never handed out.
    let hash = minyi::model::BlobHash::of(&sent).to_string();
    let data = app.stop().await;
    let file = data.path().join("files").join(&hash[..2]).join(&hash);
    std::fs::write(&file, b"another").expect("changed");
    let app = TestApp::start_in(data, |_| {}).await;
    let mut editor = editor.again(&app);
    let paper = editor.get(&format!("{forward}/paper/docx")).await;
    let report = app.operator.call(hyper::Method::POST, "/api/v1/verify", &[], "").await.ok();
    let told = report["files"]["first"].to_string();
    if std::env::var_os("TEST_ENGINES").is_none() {
        assert!(report["ok"] == false && told.contains("转送函") && told.contains("docx"), "{report:#}");
        assert_ne!(paper.status, 200);
    } else {
        // Where the nodes share their files, the folder is but a copy, and the file is brought again.
        assert!(paper.body == sent && report["ok"] == true, "{report:#}");
    }
    app.stop().await;
}
