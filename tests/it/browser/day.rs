//! An item's whole day in a real browser: by mouse, by keyboard alone, and in a hurry.

use serde_json::json;

use super::driver::{Chromium, DOWN, ENTER, TAB};
use crate::support::{TestApp, item};

/// Three items on one thing, and the people of the office, each with an account.
async fn office() -> (TestApp, Chromium) {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let items = [
        item("1", "建议增设路灯", "翠柏苑北门到菜市场一段没有照明，老人夜间摔倒过几次。")
            .from("钟离意", "某街道"),
        item("2", "路灯太少", "菜市场旁边晚上很黑，走路不安全。").from("司空曙", "某学校"),
        item("3", "人行道破损", "农贸市场外人行道地砖破损，雨天积水。").from("上官云", "某小区"),
    ];
    app.post_all(&source, &items).await;
    app.settle().await;
    let browser = Chromium::start(&app).await;
    for (name, roles) in [("zhang", "editor"), ("li", "reviewer"), ("zhao", "signer")] {
        browser.sign_in(&app, name, &[roles]).await;
        browser.until("return location.pathname !== '' && !location.pathname.startsWith('/setup')").await;
        browser.forget().await;
    }
    (app, browser)
}

const AT_TASKS: &str = "return location.pathname === '/tasks'";
const AT_MANUSCRIPT: &str = "return location.pathname.startsWith('/manuscripts/')";
const AT_ISSUE: &str = "return location.pathname.startsWith('/issues/')";

fn says(text: &str) -> String {
    format!("return document.body.innerText.includes({})", json!(text))
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn an_items_day_by_mouse() {
    let (app, browser) = office().await;
    browser.become_user("zhang").await;
    // 并稿: the first two, which stand last in the list.
    for row in [2, 3] {
        browser.click(&format!("#list tbody tr:nth-child({row}) input[name=item]")).await;
    }
    browser.click("details[data-key=m] summary").await;
    browser.click("button[formaction='/inbox/merge']").await;
    browser.until(&says("已并入 1 件")).await;
    browser.click("#list tbody tr:nth-child(2) a").await;
    browser.until("return location.pathname.startsWith('/items/')").await;
    browser.click("button[data-key=e]").await;
    browser.until(AT_MANUSCRIPT).await;
    browser.refill("#title", "翠柏苑周边缺少路灯").await;
    browser.until(&says("已自动保存")).await;
    browser.click("button[value=submit]").await;
    browser.until(AT_TASKS).await;

    browser.become_user("li").await;
    browser.open("/tasks").await;
    browser.click("#list tbody a").await;
    browser.fill("#comment", "请写明路段").await;
    browser.click("button[value=return]").await;
    browser.until(AT_TASKS).await;

    browser.become_user("zhang").await;
    browser.open("/tasks").await;
    browser.click("#list tbody a").await;
    browser.until(&says("请写明路段")).await;
    browser.fill("#body", "\n建议在北门至菜市场一段增设路灯。").await;
    browser.click("button[value=submit]").await;
    browser.until(AT_TASKS).await;

    browser.become_user("li").await;
    browser.open("/tasks").await;
    browser.click("#list tbody a").await;
    browser.refill("#title", "翠柏苑北门至菜市场段亟需增设路灯").await;
    browser.click("button[value=pass]").await;
    browser.until(AT_TASKS).await;

    browser.become_user("zhang").await;
    browser.open("/issues").await;
    browser.click("button[data-key='1']").await;
    browser.until(AT_ISSUE).await;

    // The signer has a telephone.
    browser.become_user("zhao").await;
    browser.resize(390, 844).await;
    browser.open("/issues").await;
    browser.click("#list tbody a").await;
    browser.until(AT_ISSUE).await;
    let wide = browser.run("return document.scrollingElement.scrollWidth").await;
    assert!(wide.as_u64().is_some_and(|wide| wide <= 390), "{wide}");
    browser.click("button[data-key='1']").await;
    browser.until(&says("已签")).await;

    browser.become_user("zhang").await;
    browser.resize(1366, 768).await;
    browser.open("/issues").await;
    browser.click("#list tbody a").await;
    browser.until(&says("复核通过")).await;
    browser.click("button[data-key='1']").await;
    browser.until(&says("登记并编发")).await;
    browser.click("button[data-key='1']").await;
    browser.until(&says("已编发")).await;
    assert!(browser.text().await.contains("第1期"));
    assert!(browser.file_begins("a[href$='/files/docx']", "PK").await);
    browser.open("/inbox?state=adopted").await;
    let page = browser.text().await;
    assert!(page.contains("建议增设路灯") && page.contains("路灯太少"), "{page}");
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn an_items_day_by_keyboard_alone() {
    let (app, mut browser) = office().await;
    browser.become_user("zhang").await;
    // Down to the second, tick, down, tick, 并稿; then open what they were merged into, and write.
    browser.press(&format!("{DOWN} {DOWN} m")).await;
    browser.press(ENTER).await;
    browser.until(&says("已并入 1 件")).await;
    browser.press(DOWN).await;
    browser.press(ENTER).await;
    browser.until("return location.pathname.startsWith('/items/')").await;
    browser.press("e").await;
    browser.until(AT_MANUSCRIPT).await;
    browser.press("急：").await;
    browser.press_with_control(ENTER).await;
    browser.until(AT_TASKS).await;

    browser.become_user("li").await;
    browser.press("d").await;
    browser.until(AT_TASKS).await;
    browser.press(ENTER).await;
    browser.until(AT_MANUSCRIPT).await;
    // From the title over text and credit to the comment; over the first button to the second.
    browser.run("document.querySelector('#title').focus()").await;
    browser.press(&TAB.repeat(3)).await;
    browser.press("请写明路段").await;
    browser.press(&TAB.repeat(2)).await;
    browser.press(ENTER).await;
    browser.until(AT_TASKS).await;

    browser.become_user("zhang").await;
    browser.press("d").await;
    browser.until(AT_TASKS).await;
    browser.press(ENTER).await;
    browser.until(&says("请写明路段")).await;
    browser.press_with_control(ENTER).await;
    browser.until(AT_TASKS).await;

    browser.become_user("li").await;
    browser.press("d").await;
    browser.until(AT_TASKS).await;
    browser.press(ENTER).await;
    browser.until(AT_MANUSCRIPT).await;
    browser.press_with_control(ENTER).await;
    browser.until(AT_TASKS).await;

    browser.become_user("zhang").await;
    browser.press("f").await;
    browser.until(&says("出清样")).await;
    browser.press("1").await;
    browser.until(AT_ISSUE).await;
    browser.become_user("zhao").await;
    browser.press("f").await;
    browser.until("return location.pathname === '/issues'").await;
    browser.press(ENTER).await;
    browser.until(AT_ISSUE).await;
    browser.press("1").await;
    browser.until(&says("已签")).await;
    browser.become_user("zhang").await;
    browser.press("f").await;
    browser.until("return location.pathname === '/issues'").await;
    browser.press(ENTER).await;
    browser.until(&says("复核通过")).await;
    browser.press("1").await;
    browser.until(&says("登记并编发")).await;
    browser.press("1").await;
    browser.until(&says("已编发")).await;
    assert!(browser.file_begins("a[href$='/files/docx']", "PK").await);
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn what_is_urgent_goes_from_receipt_to_docx_in_six_clicks_for_each_of_three_people() {
    let (app, browser) = office().await;
    browser.become_user("zhang").await;
    // Opened, confirmed as 特急, taken into a manuscript, sent to the signer, put on a proof.
    browser.click("#list tbody tr:first-child a").await;
    browser.until("return location.pathname.startsWith('/items/')").await;
    browser.run("document.querySelector('select[name=urgency]').value = '特急'").await;
    browser.click("form[action$='/urgency'] button").await;
    browser.until("return !!document.querySelector('.text h1 .hot')").await;
    browser.click("button[data-key=e]").await;
    browser.until(AT_MANUSCRIPT).await;
    browser.click("button[value=express]").await;
    browser.until(AT_TASKS).await;
    browser.click("nav a[href='/issues']").await;
    browser.until(&says("出清样")).await;
    browser.click("button[data-key='1']").await;
    browser.until(AT_ISSUE).await;
    assert!(browser.clicks.get() <= 6, "{}", browser.clicks.get());

    browser.become_user("zhao").await;
    browser.click("nav a[href='/issues']").await;
    browser.click("#list tbody a").await;
    browser.until(AT_ISSUE).await;
    browser.click("button[data-key='1']").await;
    browser.until(&says("已签")).await;
    assert!(browser.clicks.get() <= 6, "{}", browser.clicks.get());

    browser.become_user("zhang").await;
    browser.click("nav a[href='/issues']").await;
    browser.click("#list tbody a").await;
    browser.until(&says("复核通过")).await;
    browser.click("button[data-key='1']").await;
    browser.until(&says("登记并编发")).await;
    browser.click("button[data-key='1']").await;
    browser.until(&says("已编发")).await;
    assert!(browser.clicks.get() < 6, "the file is one more: {}", browser.clicks.get());
    assert!(browser.file_begins("a[href$='/files/docx']", "PK").await);

    // The review is made up for.
    browser.become_user("li").await;
    browser.click("nav a[href='/tasks']").await;
    browser.until(&says("补审")).await;
    browser.click("#list tbody a").await;
    browser.until(AT_MANUSCRIPT).await;
    browser.click("button[value=late]").await;
    browser.until(AT_TASKS).await;
    assert!(!browser.text().await.contains("欠补审"));
    browser.close().await;
    app.finish().await;
}
