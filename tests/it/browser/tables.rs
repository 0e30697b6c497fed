//! 基础数据 in a real browser, wide and on a telephone: nothing stands beyond the edge, every form does what it says.

use serde_json::json;

use super::driver::Chromium;
use crate::support::TestApp;

const FITS: &str = "return document.documentElement.scrollWidth <= window.innerWidth";

fn says(text: &str) -> String {
    format!("return document.body.innerText.includes({})", json!(text))
}

/// As a person picks it, whatever the field shows it as.
async fn day(browser: &Chromium, selector: &str, day: &str) {
    let script = format!("document.querySelector({}).value = {}; return true", json!(selector), json!(day));
    browser.run(&script).await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_session_is_added_and_a_reason_retired_on_a_wide_screen_and_on_a_telephone() {
    let app = TestApp::start().await;
    let browser = Chromium::start(&app).await;
    browser.sign_in(&app, "sys", &["system"]).await;
    browser.until("return !location.pathname.startsWith('/setup')").await;
    for (width, number) in [(1366, "3"), (390, "4")] {
        browser.resize(width, 844).await;
        let last = if number == "3" { "2026-01-09" } else { "" };
        browser.open("/tables/session").await;
        // The form is open where there is no row yet.
        browser
            .run("document.querySelectorAll('details').forEach(function (d) { d.open = true; }); return 1")
            .await;
        browser.look(&format!("session-{width}")).await;
        browser.fill("#term", "6").await;
        browser.fill("#number", number).await;
        day(&browser, "#valid_from", if number == "3" { "2025-01-10" } else { "2026-01-10" }).await;
        day(&browser, "#valid_to", last).await;
        browser.click("form[action='/tables/session'] button.primary").await;
        browser
            .until(&says(if number == "3" {
                "已添加 第六届第三次会议"
            } else {
                "已添加 第六届第四次会议"
            }))
            .await;
        for page in [
            "/tables",
            "/tables/district?show=all",
            "/tables/session",
            "/tables/reason",
            "/tables/reason/rows/outdated",
        ] {
            browser.open(page).await;
            assert_eq!(browser.run(FITS).await, json!(true), "{page} at {width}");
            browser.look(&format!("tables-{}-{width}", page.replace(['/', '?'], "_"))).await;
        }
        day(&browser, "#last", if number == "3" { "2026-01-31" } else { "2026-02-28" }).await;
        browser.click("button[value=retire]").await;
        browser.until(&says("已记下最后有效日")).await;
        browser.look(&format!("retired-{width}")).await;
        browser.click("button[value=undo]").await;
        browser.until(&says("已撤销")).await;
        assert_eq!(browser.run(FITS).await, json!(true), "the history at {width}");
        browser.look(&format!("undone-{width}")).await;
    }
    browser.close().await;
    app.finish().await;
}
