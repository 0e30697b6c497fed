//! 代录 in a real browser: one after the other, by keyboard alone.

use serde_json::json;

use super::driver::{Chromium, ENTER};
use crate::support::{TestApp, number};

/// How many in a row.
const SEVERAL: usize = 6;

#[tokio::test]
#[ignore = "needs Chromium"]
async fn several_messages_in_a_row_are_typed_in_by_keyboard() {
    let app = TestApp::start().await;
    let mut browser = Chromium::start(&app).await;
    browser.sign_in(&app, "zhang", &["editor"]).await;
    browser.until("return location.pathname === '/inbox'").await;
    browser.open("/typed").await;
    for at in 0..SEVERAL {
        // An empty box that has the focus: the next one can be pasted at once.
        browser
            .until("return document.activeElement.id === 'raw' && document.activeElement.value === ''")
            .await;
        let pasted = format!(
            "王勃 2026/1/8 21:0{at}\n关于第{at}处增设路灯的建议\n第{at}处没有路灯，晚上老人出门容易摔倒，建议尽快增设。\n电话：1381234567{at}"
        );
        let paste = format!(
            "var box = document.activeElement; box.value = {}; box.dispatchEvent(new Event('input', {{ bubbles: true }}));",
            json!(pasted)
        );
        browser.run(&paste).await;
        let title = format!("关于第{at}处增设路灯的建议");
        browser.until(&format!("return document.querySelector('#title').value === {}", json!(title))).await;
        assert_eq!(browser.run("return document.querySelector('#name').value").await, json!("王勃"));
        let phone = browser.run("return document.querySelector('#phone').value").await;
        assert_eq!(phone, json!(format!("1381234567{at}")));
        browser.press_with_control(ENTER).await;
        browser.until(&format!("return document.body.innerText.includes('已收《{title}》')")).await;
    }
    assert_eq!(browser.clicks.get(), 1, "no click but that of signing in");
    browser.close().await;
    assert_eq!(number(&app.settle().await, "/counts/items"), SEVERAL as i64);
    app.finish().await;
}
