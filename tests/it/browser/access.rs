//! axe-core on every page: nothing that shuts people out. Needs Chromium and axe-core, which `TEST_AXE` names.

use serde_json::{Value, json};

use super::driver::Chromium;
use crate::support::{Browser, TestApp, item};

/// Violations that keep somebody from using a page.
const GRAVE: &str = "return axe.run(document, { resultTypes: ['violations'] }).then(function (found) { \
    return found.violations.filter(function (one) { return one.impact === 'serious' || one.impact === 'critical'; }) \
      .map(function (one) { return one.id + ': ' + one.nodes[0].html; }); })";

/// The text of axe-core.
pub(super) fn axe() -> String {
    #[expect(clippy::disallowed_methods, reason = "where the tests find what they need is not configuration")]
    let axe = std::env::var("TEST_AXE").expect("TEST_AXE: npm pack axe-core, then package/axe.min.js");
    std::fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{axe}: {error}"))
}

/// What is grave on the page that is open, at its present size.
pub(super) async fn graves(browser: &Chromium, axe: &str) -> Vec<String> {
    browser.run(axe).await;
    match browser.run(GRAVE).await {
        Value::Array(all) => all.iter().map(Value::to_string).collect(),
        other => panic!("axe did not run: {other}"),
    }
}

async fn look(browser: &Chromium, axe: &str, pages: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for page in pages {
        for (width, height) in [(1366, 768), (390, 844)] {
            browser.resize(width, height).await;
            browser.open(page).await;
            found.extend(graves(browser, axe).await.iter().map(|one| format!("{page} at {width}: {one}")));
        }
    }
    found
}

/// A manuscript in editing, and one on a proof.
async fn work(app: &TestApp, ids: &[String]) -> (String, String) {
    let mut editor = Browser::signed_in(app, "chen", &["editor"]).await;
    let mut head = Browser::signed_in(app, "li", &["reviewer"]).await;
    editor.get("/inbox").await;
    let make = async |editor: &mut Browser, id: &str| {
        let made = editor.post("/manuscripts", &[("item", id), ("series", "opinion")]).await;
        made.header("location").to_owned()
    };
    let (one, two) = (make(&mut editor, &ids[0]).await, make(&mut editor, &ids[1]).await);
    let mut fields =
        vec![("rev", "1"), ("title", "建议"), ("body", "正文。"), ("credit", ""), ("comment", "请审")];
    fields.push(("do", "submit"));
    assert_eq!(editor.post(&two, &fields).await.status, 303);
    head.get(&two).await;
    fields.retain(|(name, _)| *name != "do" && *name != "rev");
    // Sent up with other texts it is two steps further.
    fields.extend([("do", "pass"), ("rev", "3")]);
    let passed = head.post(&two, &fields).await;
    assert_eq!(passed.status, 303, "{}", passed.text());
    let manuscript = two.trim_start_matches("/manuscripts/").to_owned();
    let drafted = editor.post("/issues", &[("series", "opinion"), ("manuscript", &manuscript)]).await;
    assert_eq!(drafted.status, 303, "{}", drafted.text());
    (one, drafted.header("location").to_owned())
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core"]
async fn no_page_has_a_grave_violation() {
    let axe = axe();
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let items: Vec<_> = (0..4)
        .map(|n| {
            item(&n.to_string(), "路灯不亮", &format!("第{n}处路灯不亮，建议修复。")).from("钟离意", "某街道")
        })
        .collect();
    let ids = app.post_all(&source, &items).await;
    app.settle().await;
    let (manuscript, issue) = work(&app, &ids).await;
    let browser = Chromium::start(&app).await;
    let own = |pages: &[&str]| pages.iter().map(|page| (*page).to_owned()).collect::<Vec<_>>();
    let mut found = look(&browser, &axe, &own(&["/sign-in", "/report", "/receipt", "/receipt?no=x"])).await;
    browser.sign_in(&app, "zhang", &["reviewer"]).await;
    let mut desk =
        own(&["/inbox", "/tasks", "/issues", "/numbers", "/search", "/search?q=路灯", "/today", "/account"]);
    desk.extend([
        format!("/items/{}", ids[2]),
        format!("/items/{}/compare/{}", ids[2], ids[3]),
        format!("{manuscript}/compare?step=1"),
        format!("{manuscript}/forms/review"),
        format!("{issue}/forms/reading"),
        manuscript,
        format!("{issue}/decision"),
        "/reminders".to_owned(),
        "/shelf".to_owned(),
        issue,
    ]);
    found.extend(look(&browser, &axe, &desk).await);
    for (name, role, pages) in [
        ("wang", "contributor", own(&["/mine", "/report"])),
        (
            "sys",
            "system",
            own(&[
                "/accounts",
                "/sources",
                "/pulled",
                "/exchange",
                "/system",
                "/dead",
                "/deliveries",
                "/tables",
                "/tables/reason",
                "/tables/session",
                "/tables/reason/rows/duplicate",
            ]),
        ),
        ("shen", "audit", own(&["/log"])),
    ] {
        browser.forget().await;
        browser.sign_in(&app, name, &[role]).await;
        found.extend(look(&browser, &axe, &pages).await);
    }
    assert_eq!(json!(found), json!([]));
    browser.close().await;
    app.finish().await;
}
