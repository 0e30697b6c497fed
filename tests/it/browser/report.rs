//! 报送 in a real browser, on a telephone (390 px) and wide: from empty to receipt, closed in mid-text and gone on with,
//! returned and sent again.

use serde_json::{Value, json};

use super::access::{axe, graves};
use super::driver::{Chromium, ENTER};
use crate::support::{Browser, TestApp, between, item};

const TELEPHONE: (u32, u32) = (390, 844);
const WIDE: (u32, u32) = (1366, 768);
const SITUATION: &str = "翠柏苑北门到菜市场一段没有路灯，老人晚上出门摔倒过几次。";
const PROPOSAL: &str = "建议尽快增设路灯。";
const AT_RECEIPT: &str = "return location.pathname === '/receipt'";
const KEPT_HERE: &str =
    "return document.querySelector('[data-kept]').textContent.indexOf('已暂存在本机') === 0";
const KEPT_THERE: &str = "return /^已暂存 \\d/.test(document.querySelector('[data-kept]').textContent)";

async fn value(browser: &Chromium, selector: &str) -> String {
    let script = format!("return document.querySelector({}).value", json!(selector));
    browser.run(&script).await.as_str().unwrap_or_default().to_owned()
}

fn has_value(selector: &str, text: &str) -> String {
    format!("return document.querySelector({}).value === {}", json!(selector), json!(text))
}

/// The page fits its width and shuts nobody out, in both sizes of writing.
async fn sound(browser: &Chromium, axe: &str, name: &str) {
    for large in [false, true] {
        let script = format!("document.documentElement.classList.toggle('large', {large}); return true");
        browser.run(&script).await;
        let wide = browser.run("return document.scrollingElement.scrollWidth - window.innerWidth").await;
        assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{name}: {wide} points too wide");
        let found = graves(browser, axe).await;
        assert!(found.is_empty(), "{name}, large {large}: {found:?}");
        browser.look(&format!("page-{name}{}", if large { "-large" } else { "" })).await;
    }
    browser.run("document.documentElement.classList.remove('large'); return true").await;
}

/// The question that people without an account are asked, answered.
async fn answer(browser: &Chromium) {
    let ticket = value(browser, "input[name=ticket]").await;
    let sum: u32 = ticket.split('.').take(2).filter_map(|part| part.parse::<u32>().ok()).sum();
    browser.fill("#answer", &sum.to_string()).await;
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core"]
async fn the_public_form_leads_from_empty_to_a_receipt() {
    let axe = axe();
    let app = TestApp::start().await;
    for (width, height) in [TELEPHONE, WIDE] {
        let browser = Chromium::start(&app).await;
        browser.resize(width, height).await;
        browser.open("/report").await;
        sound(&browser, &axe, &format!("report-{width}")).await;
        browser.fill("#body", &format!("{SITUATION}宽{width}。{PROPOSAL}")).await;
        // One box first: the rest is proposed.
        browser.click("[data-propose]").await;
        browser.until(&has_value("#suggestions", PROPOSAL)).await;
        assert_eq!(value(&browser, "#body").await, format!("{SITUATION}宽{width}。"));
        assert!(!value(&browser, "#title").await.is_empty());
        browser.click("[data-whole]").await;
        assert!(value(&browser, "#body").await.ends_with(PROPOSAL));
        browser.click("[data-propose]").await;
        browser.until(&has_value("#suggestions", PROPOSAL)).await;
        browser.refill("#title", &format!("翠柏苑增设路灯{width}")).await;
        answer(&browser).await;
        sound(&browser, &axe, &format!("report-filled-{width}")).await;
        browser.click("button.primary").await;
        browser.until(AT_RECEIPT).await;
        assert!(browser.text().await.contains("已收到，谢谢您"), "{}", browser.text().await);
        sound(&browser, &axe, &format!("receipt-{width}")).await;
        // Nothing of it stays on the device.
        assert_eq!(browser.run("return localStorage.length").await, json!(0));
        browser.close().await;
    }
    assert_eq!(app.settle().await["counts"]["items"], 2);
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core"]
async fn the_form_of_a_contributor_leads_from_empty_to_a_receipt_and_their_items() {
    let axe = axe();
    let app = TestApp::start_with(|config| config.portal.expected_per_year = 3).await;
    let browser = Chromium::start(&app).await;
    browser.sign_in(&app, "wang", &["contributor"]).await;
    for (n, (width, height)) in [TELEPHONE, WIDE].into_iter().enumerate() {
        browser.resize(width, height).await;
        browser.open("/report").await;
        sound(&browser, &axe, &format!("own-report-{width}")).await;
        browser.fill("#body", &format!("{SITUATION}宽{width}。")).await;
        browser.until(KEPT_THERE).await;
        // A title is proposed as soon as the box is left.
        browser.run("document.querySelector('#body').blur(); return true").await;
        browser.until("return document.querySelector('#title').value !== ''").await;
        browser.click("[data-parts] summary").await;
        browser.fill("#suggestions", PROPOSAL).await;
        browser.click("button.primary").await;
        browser.until(AT_RECEIPT).await;
        assert!(browser.text().await.contains("已收到，谢谢您"));
        app.settle().await;
        browser.open("/mine").await;
        let told = browser.text().await;
        assert!(told.contains(&format!("今年 {} / 应报 3", n + 1)), "{told}");
        sound(&browser, &axe, &format!("mine-{width}")).await;
        browser.click("tbody b a").await;
        browser.until("return location.pathname.endsWith('/sent')").await;
        assert!(browser.text().await.contains(PROPOSAL));
        sound(&browser, &axe, &format!("own-{width}")).await;
    }
    browser.close().await;
    assert_eq!(app.settle().await["counts"]["items"], 2);
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_browser_that_is_closed_in_mid_text_goes_on_with_it_without_an_account() {
    let app = TestApp::start().await;
    let device = tempfile::tempdir().expect("a folder");
    let browser = Chromium::start_on(&app, device.path()).await;
    browser.resize(TELEPHONE.0, TELEPHONE.1).await;
    browser.open("/report").await;
    browser.fill("#body", "翠柏苑北门到菜市场一段没").await;
    browser.fill("#title", "路").await;
    browser.until(KEPT_HERE).await;
    browser.close().await;

    let browser = Chromium::start_on(&app, device.path()).await;
    browser.resize(TELEPHONE.0, TELEPHONE.1).await;
    browser.open("/report").await;
    assert_eq!(value(&browser, "#body").await, "翠柏苑北门到菜市场一段没");
    assert_eq!(value(&browser, "#title").await, "路");
    assert!(browser.text().await.contains("已接着本机上没有写完的文字"));
    browser.fill("#body", "有路灯，建议增设。").await;
    browser.fill("#title", "灯").await;
    answer(&browser).await;
    browser.click("button.primary").await;
    browser.until(AT_RECEIPT).await;
    browser.open("/report").await;
    assert_eq!(value(&browser, "#body").await, "", "what was sent is not offered again");
    browser.close().await;
    assert_eq!(app.settle().await["counts"]["items"], 1);
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_contributor_goes_on_at_another_device_and_where_the_server_was_away() {
    let app = TestApp::start().await;
    let device = tempfile::tempdir().expect("a folder");
    let browser = Chromium::start_on(&app, device.path()).await;
    browser.resize(TELEPHONE.0, TELEPHONE.1).await;
    browser.sign_in(&app, "wang", &["contributor"]).await;
    browser.open("/report").await;
    browser.fill("#body", "写到一半").await;
    browser.until(KEPT_THERE).await;
    // Another device has what the server has.
    let other = Chromium::start(&app).await;
    other.open("/sign-in").await;
    other.become_user("wang").await;
    other.open("/report").await;
    assert_eq!(value(&other, "#body").await, "写到一半");
    other.close().await;
    // Without a network it goes on; then the browser ends.
    browser.cut_off("/report/draft").await;
    browser.fill("#body", "，又写了一段").await;
    browser.until(KEPT_HERE).await;
    browser.close().await;
    let browser = Chromium::start_on(&app, device.path()).await;
    browser.open("/sign-in").await;
    browser.become_user("wang").await;
    browser.open("/report").await;
    assert_eq!(value(&browser, "#body").await, "写到一半，又写了一段");
    assert!(browser.text().await.contains("服务器上另有一份"));
    // Whoever signs in after them on the same device sees nothing of it.
    browser.forget().await;
    browser.sign_in(&app, "zhou", &["contributor"]).await;
    browser.open("/report").await;
    assert_eq!(value(&browser, "#body").await, "");
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium and axe-core"]
async fn a_returned_item_is_sent_again_with_what_was_asked_for() {
    let axe = axe();
    let app = TestApp::start().await;
    let mut contributor = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let fields = [("title", "增设路灯"), ("body", SITUATION), ("name", "王勃")];
    assert_eq!(crate::portal::fill(&mut contributor, "/report", &fields).await.status, 303);
    app.settle().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let id = between(&editor.get("/inbox").await.text(), "name=\"item\" value=\"", "\"").expect("an item");
    let asked = [("item", id.as_str()), ("do", "ask"), ("comment", "请写明路段长度")];
    assert_eq!(editor.post("/inbox/act", &asked).await.status, 303);

    let browser = Chromium::start(&app).await;
    browser.resize(TELEPHONE.0, TELEPHONE.1).await;
    browser.open("/sign-in").await;
    browser.become_user("wang").await;
    browser.open("/mine").await;
    assert!(browser.text().await.contains("编辑请您补充：请写明路段长度"));
    browser.click("td.acts a.primary").await;
    browser.until("return location.pathname.startsWith('/mine/')").await;
    assert_eq!(value(&browser, "#body").await, SITUATION);
    sound(&browser, &axe, "again-390").await;
    browser.fill("#body", "路段长约300米。").await;
    browser.click("button.primary").await;
    browser.until("return location.search === '?answered=1'").await;
    assert!(browser.text().await.contains("补充的内容已收到"));
    browser.close().await;
    app.settle().await;
    let shown = editor.get(&format!("/items/{id}")).await.text();
    assert!(shown.contains("路段长约300米") && shown.contains("第 2 版"), "{shown}");
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn others_on_the_same_matter_are_told_of_while_one_types() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    app.post_all(&source, &[item("1", "增设路灯", SITUATION)]).await;
    app.settle().await;
    let browser = Chromium::start(&app).await;
    browser.resize(TELEPHONE.0, TELEPHONE.1).await;
    browser.open("/report").await;
    browser.fill("#body", SITUATION).await;
    browser
        .until("return document.querySelector('[data-near]').textContent.indexOf('已有 1 条相近来稿') === 0")
        .await;
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_big_picture_is_made_smaller_on_the_telephone() {
    let app = TestApp::start().await;
    let browser = Chromium::start(&app).await;
    browser.resize(TELEPHONE.0, TELEPHONE.1).await;
    browser.open("/report").await;
    // A picture of 4000 × 3000 with much in it, as a camera makes them, and a small file beside it.
    let choose = "var n = document.createElement('canvas'); n.width = 1000; n.height = 750; var g = n.getContext('2d'); \
        var d = g.createImageData(1000, 750); for (var i = 0; i < d.data.length; i++) { d.data[i] = i % 4 === 3 ? 255 : (i * 2654435761 >>> 13) % 256; } \
        g.putImageData(d, 0, 0); var c = document.createElement('canvas'); c.width = 4000; c.height = 3000; \
        c.getContext('2d').drawImage(n, 0, 0, 4000, 3000); \
        c.toBlob(function (blob) { var chosen = new DataTransfer(); \
          chosen.items.add(new File([blob], '现场.jpeg', { type: 'image/jpeg' })); \
          chosen.items.add(new File(['%PDF-1.4 x'], '小.pdf', { type: 'application/pdf' })); \
          var files = document.getElementById('files'); files.files = chosen.files; \
          files.dispatchEvent(new Event('change', { bubbles: true })); }, 'image/jpeg', 0.95); return true";
    browser.run(choose).await;
    browser.until("return document.querySelectorAll('.file').length === 2").await;
    let facts =
        "var f = document.getElementById('files').files; return [f[0].name, f[0].type, f[0].size, f[1].name]";
    let facts = browser.run(facts).await;
    assert_eq!(
        (&facts[0], &facts[1], &facts[3]),
        (&json!("现场.jpg"), &json!("image/jpeg"), &json!("小.pdf"))
    );
    let shown = browser.text().await;
    assert!(shown.contains("现场.jpg") && shown.contains("，原 "), "{shown}");
    let side = "var done = arguments; var f = document.getElementById('files').files[0]; \
        window.side = 0; var r = new FileReader(); r.onload = function () { var p = new Image(); \
        p.onload = function () { window.side = p.naturalWidth; }; p.src = r.result; }; r.readAsDataURL(f); return true";
    browser.run(side).await;
    browser.until("return window.side === 2000").await;
    // One is taken away again; the picture goes with the item.
    browser.click(".file:last-child button").await;
    assert_eq!(browser.run("return document.getElementById('files').files.length").await, json!(1));
    browser.fill("#body", SITUATION).await;
    browser.fill("#title", "增设路灯").await;
    answer(&browser).await;
    browser.click("button.primary").await;
    browser.until(AT_RECEIPT).await;
    browser.close().await;
    app.settle().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let inbox = editor.get("/inbox").await.text();
    let id = between(&inbox, "name=\"item\" value=\"", "\"").expect("an item");
    assert!(editor.get(&format!("/items/{id}")).await.text().contains("现场.jpg"));
    assert_ne!(facts[2], Value::Null);
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_typist_and_a_telephone_in_real_browsers_hold_their_own_among_many() {
    const OTHERS: usize = 20;
    const EACH: usize = 3;
    let app = TestApp::start_with(|config| config.portal.per_hour = 0).await;
    let mut typist = Chromium::start(&app).await;
    typist.sign_in(&app, "zhang", &["editor"]).await;
    let telephone = Chromium::start(&app).await;
    telephone.resize(TELEPHONE.0, TELEPHONE.1).await;
    let mut others: Vec<Browser> = (0..OTHERS).map(|_| Browser::new(&app)).collect();
    let many = async {
        for (n, other) in others.iter_mut().enumerate() {
            crate::plenary::report(other, &format!("委员{n}"), 1, n).await;
        }
    };
    let by_telephone = async {
        for n in 0..EACH {
            telephone.open("/report").await;
            telephone.fill("#body", &format!("第{n}组讨论：{SITUATION}")).await;
            telephone.fill("#title", &format!("第{n}组谈路灯")).await;
            answer(&telephone).await;
            telephone.click("button.primary").await;
            telephone.until(AT_RECEIPT).await;
        }
    };
    let typed = async {
        typist.open("/typed?channel=typed-meeting").await;
        for n in 0..EACH {
            let title = format!("关于第{n}联组路灯的建议");
            typist.until("return document.activeElement.id === 'raw'").await;
            typist.fill("#raw", &format!("{title}\n第{n}联组：{SITUATION}")).await;
            typist.until(&has_value("#title", &title)).await;
            typist.press_with_control(ENTER).await;
            typist.until(&format!("return document.body.innerText.includes('已收《{title}》')")).await;
        }
    };
    tokio::join!(many, by_telephone, typed);
    typist.close().await;
    telephone.close().await;
    assert_eq!(app.settle().await["counts"]["items"], OTHERS + 2 * EACH);
    let mut editor = Browser::signed_in(&app, "li", &["editor"]).await;
    let inbox = editor.get("/inbox").await.text();
    for n in 0..EACH {
        for title in [format!("第{n}组谈路灯</a>"), format!("关于第{n}联组路灯的建议</a>")] {
            assert_eq!(inbox.matches(&title).count(), 1, "{title}");
        }
    }
    app.finish().await;
}
