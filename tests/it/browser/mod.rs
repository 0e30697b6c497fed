//! The desk in a real browser. Needs Chromium and its driver; `.ci/run` installs them.

mod access;
mod adoptions;
mod day;
mod driver;
mod identity;
mod printing;
mod report;
mod tables;
mod typing;
mod writing;

use serde_json::json;

use crate::support::{Item, TestApp, item};
use driver::{Chromium, DOWN, ENTER};

fn items(count: usize) -> Vec<Item> {
    (0..count)
        .map(|n| {
            item(
                &n.to_string(),
                &format!("第{n}处路灯不亮"),
                &format!("第{n}处路灯不亮，共{n}盏，建议修复。"),
            )
        })
        .collect()
}

async fn desk(count: usize) -> (TestApp, Chromium, Vec<String>) {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let ids = app.post_all(&source, &items(count)).await;
    app.settle().await;
    let browser = Chromium::start(&app).await;
    browser.sign_in(&app, "zhang", &["editor"]).await;
    browser.until("return location.pathname === '/inbox'").await;
    (app, browser, ids)
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn forty_two_items_are_kept_by_keyboard_with_one_key_each() {
    let (app, mut browser, _) = desk(42).await;
    for left in (0..42).rev() {
        browser.press("1").await;
        let waiting = format!("return document.querySelector('.tabs a').innerText.trim() === '待编 {left}'");
        browser.until(&waiting).await;
    }
    assert!(browser.text().await.contains("没有待编的来稿"));
    assert_eq!(browser.pressed, 42);
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn keys_move_tick_open_decline_and_undo() {
    let (app, mut browser, _) = desk(5).await;
    // The order of arrival is the queue's: it is read from the page.
    let listed = "return Array.from(document.querySelectorAll('#list tbody a')).map(function (a) { return a.pathname; })";
    let listed = browser.run(listed).await;
    // The newest stands first and has the focus. Down, tick, down, tick, 不采用 with the second reason.
    browser.press(&format!("{DOWN} {DOWN} ")).await;
    assert_eq!(
        browser.run("return document.querySelectorAll('input[name=item]:checked').length").await,
        json!(2)
    );
    browser.press("2").await;
    browser.press("2").await;
    browser.until("return document.body.innerText.includes('已不采用 2 件')").await;
    browser.press("z").await;
    browser.until("return document.body.innerText.includes('已撤销“不采用”')").await;
    assert!(browser.text().await.contains("待编 5"));
    browser.press("?").await;
    assert_eq!(browser.run("return document.querySelector('[data-help]').open").await, json!(true));
    browser.press(ENTER).await;
    browser.until(&format!("return location.pathname === {}", listed[0])).await;
    // Kept on its own page, the next one follows.
    browser.press("1").await;
    browser.until(&format!("return location.pathname === {}", listed[1])).await;
    assert!(browser.text().await.contains("已留存 1 件"));
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn pages_are_small_need_three_requests_and_fit_a_telephone() {
    let (app, browser, ids) = desk(45).await;
    let pages = [
        "/inbox".to_owned(),
        "/tasks".to_owned(),
        "/search?q=路灯".to_owned(),
        "/account".to_owned(),
        format!("/items/{}", ids[0]),
        format!("/items/{}/compare/{}", ids[0], ids[1]),
    ];
    for page in &pages {
        browser.resize(1366, 768).await;
        browser.open(page).await;
        let requests = browser.run("return performance.getEntriesByType('resource').length + 1").await;
        assert!(requests.as_u64().is_some_and(|count| count <= 3), "{page}: {requests} requests");
        let size = browser.run("return performance.getEntriesByType('navigation')[0].decodedBodySize").await;
        assert!(size.as_u64().is_some_and(|bytes| bytes <= 100_000), "{page}: {size} bytes");
        for (width, height) in [(1366, 768), (390, 844)] {
            browser.resize(width, height).await;
            let wide = browser.run("return document.scrollingElement.scrollWidth").await;
            assert!(wide.as_u64().is_some_and(|wide| wide <= u64::from(width)), "{page} at {width}: {wide}");
        }
    }
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn no_script_runs_that_a_text_brings_along() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let evil = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";
    let ids = app.post_all(&source, &[item("1", "路灯", evil)]).await;
    app.settle().await;
    let browser = Chromium::start(&app).await;
    browser.sign_in(&app, "zhang", &["editor"]).await;
    browser.open(&format!("/items/{}", ids[0])).await;
    assert!(browser.text().await.contains("onerror"));
    assert_ne!(browser.run("return document.title").await, json!("taken"));
    // What is put into the page all the same is stopped by the policy.
    let script = "var s = document.createElement('script'); s.textContent = \"document.title='taken'\"; \
                  document.body.appendChild(s); return document.title";
    assert_ne!(browser.run(script).await, json!("taken"));
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn figures_beside_the_places_follow_what_comes_in_without_a_reload() {
    let (app, browser, _) = desk(2).await;
    browser.open("/account").await;
    let figure = |wanted: &str| {
        format!(
            "var one = document.querySelector('[data-count=\"/inbox\"]'); return (one.hidden ? '' : one.textContent) === '{wanted}'"
        )
    };
    browser.until(&figure("2")).await;
    let source = app.add_source("more", &["submit"]).await;
    app.post_all(&source, &[item("x", "又一处路灯不亮", "又一处路灯不亮，建议修复。")]).await;
    browser.until(&figure("3")).await;
    browser.close().await;
    app.finish().await;
}

/// Drags a row of a list of articles above the first one, as a browser tells it.
const DRAG: &str = "var list = document.querySelector('[data-order]'), rows = list.querySelectorAll('li'), last = rows[rows.length - 1]; \
    var tell = function (to, kind, y) { to.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, clientY: y, dataTransfer: new DataTransfer() })); }; \
    tell(last, 'dragstart', 0); tell(rows[0], 'dragover', rows[0].getBoundingClientRect().top + 1); tell(rows[0], 'drop', 0); tell(last, 'dragend', 0); return true";
/// The articles with their numbers.
const ORDER: &str = "return Array.from(document.querySelectorAll('[data-order] li')).map(function (li) { \
    return li.querySelector('.place').value + li.querySelector('label').innerText.trim(); }).join(' ')";

#[tokio::test]
#[ignore = "needs Chromium"]
async fn articles_are_put_in_order_by_dragging_and_by_keys_alike() {
    let (app, browser, ids) = desk(3).await;
    let mut editor = crate::support::Browser::signed_in(&app, "chen", &["editor"]).await;
    let mut head = crate::support::Browser::signed_in(&app, "li", &["reviewer"]).await;
    for (at, id) in ids.iter().enumerate() {
        editor.get("/inbox").await;
        let made = editor.post("/manuscripts", &[("item", id), ("series", "opinion-composite")]).await;
        let path = made.header("location").to_owned();
        let title = format!("题{at}");
        let mut fields = vec![("rev", "1"), ("title", title.as_str()), ("body", "正文。"), ("credit", "")];
        fields.push(("do", "submit"));
        assert_eq!(editor.post(&path, &fields).await.status, 303);
        fields.retain(|(name, _)| *name != "do" && *name != "rev");
        fields.extend([("do", "pass"), ("rev", "3")]);
        head.get(&path).await;
        assert_eq!(head.post(&path, &fields).await.status, 303);
    }
    browser.open("/issues").await;
    assert_eq!(browser.run(ORDER).await, "1题0 2题1 3题2");
    browser.run(DRAG).await;
    assert_eq!(browser.run(ORDER).await, "1题2 2题0 3题1");
    let key = "document.querySelector('[data-order] li .place').focus(); document.activeElement.dispatchEvent(\
        new KeyboardEvent('keydown', { key: 'ArrowDown', altKey: true, bubbles: true, cancelable: true })); return true";
    browser.run(key).await;
    assert_eq!(browser.run(ORDER).await, "1题0 2题2 3题1");
    browser.close().await;
    app.finish().await;
}
