//! Paper: from an item to its printed 核稿单 in three clicks, and what the sheet looks like on paper and on a telephone.

use serde_json::json;

use super::driver::Chromium;
use crate::support::{TestApp, item, text};

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_form_is_printed_within_three_clicks_of_the_item() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let body = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。";
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", body).from("钟离意", "某街道")]).await;
    app.settle().await;
    let browser = Chromium::start(&app).await;
    browser.sign_in(&app, "zhang", &["editor"]).await;
    browser.until("return location.pathname === '/inbox'").await;
    let item_page = format!("/items/{}", ids[0]);
    browser.open(&item_page).await;
    browser.click("button[data-key=e]").await;
    browser.until("return location.pathname.startsWith('/manuscripts/')").await;

    browser.open(&item_page).await;
    let before = browser.clicks.get();
    browser.click("a[href^='/manuscripts/']").await;
    browser.until("return location.pathname.startsWith('/manuscripts/')").await;
    browser.look("page-manuscript-1366").await;
    browser.click("a[href$='/forms/review']").await;
    browser.until("return location.pathname.endsWith('/forms/review')").await;
    // The dialogue of the system cannot be answered here; that it is asked for is seen.
    browser.run("window.print = function () { document.body.setAttribute('data-printed', '1'); }").await;
    browser.click("[data-print]").await;
    assert_eq!(browser.run("return document.body.getAttribute('data-printed')").await, json!("1"));
    assert_eq!(browser.clicks.get() - before, 3);

    assert_eq!(browser.printed_pages().await, 1);
    for (width, height) in [(1366, 768), (390, 844)] {
        browser.resize(width, height).await;
        let wide = browser.run("return document.scrollingElement.scrollWidth").await;
        browser.look(&format!("page-review-{width}")).await;
        assert!(wide.as_u64().is_some_and(|wide| wide <= u64::from(width)), "at {width}: {wide}");
    }
    assert!(browser.file_begins("a[href$='/forms/review/pdf']", "%PDF").await);
    assert!(browser.file_begins("a[href$='/forms/review/docx']", "PK").await);
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_page_of_an_issued_issue_offers_its_forms_and_printing_on_red_head_paper() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read", "edit", "issue"]).await;
    let body = "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。";
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", body).from("钟离意", "某街道")]).await;
    app.settle().await;
    let request = json!({ "series": "opinion", "items": ids }).to_string();
    let proof = source.post("/api/v1/bulletins", request).await.ok();
    let id = text(&proof, "/id");
    let signed = json!({ "signer": "左丘明" }).to_string();
    source.post(&format!("/api/v1/bulletins/{id}/issue"), signed).await.ok();
    let browser = Chromium::start(&app).await;
    browser.sign_in(&app, "zhang", &["editor"]).await;
    browser.until("return location.pathname === '/inbox'").await;
    browser.open(&format!("/issues/{id}")).await;
    for (width, height) in [(1366, 768), (390, 844)] {
        browser.resize(width, height).await;
        browser.look(&format!("page-issue-{width}")).await;
        let wide = browser.run("return document.scrollingElement.scrollWidth").await;
        assert!(wide.as_u64().is_some_and(|wide| wide <= u64::from(width)), "at {width}: {wide}");
    }
    let asked = "var form = document.querySelector(\"form[action$='/overprint']\"); \
                 var x = new XMLHttpRequest(); \
                 x.open('GET', form.action + '?' + new URLSearchParams(new FormData(form)), false); \
                 x.overrideMimeType('text/plain; charset=x-user-defined'); x.send(); \
                 return x.responseText.slice(0, 4)";
    assert_eq!(browser.run(asked).await, json!("%PDF"));
    browser.click("a[href$='/forms/signing']").await;
    browser.until("return location.pathname.endsWith('/forms/signing')").await;
    assert_eq!(browser.printed_pages().await, 1);
    browser.look("page-signing-1366").await;
    browser.close().await;
    app.finish().await;
}
