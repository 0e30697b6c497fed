//! Writing in a real browser: what is written is not lost when the session ends, the power goes, or two write at once.

use super::driver::{Chromium, ENTER, F8};
use crate::support::{TestApp, item};

async fn manuscript(app: &TestApp) -> (Chromium, String) {
    let source = app.add_source("desk", &["submit", "read"]).await;
    app.post_all(&source, &[item("1", "建议增设路灯", "翠柏苑北门到菜市场一段没有照明。")]).await;
    app.settle().await;
    let browser = Chromium::start(app).await;
    browser.sign_in(app, "zhang", &["editor"]).await;
    browser.until("return location.pathname === '/inbox'").await;
    browser.click("#list tbody a").await;
    browser.until("return location.pathname.startsWith('/items/')").await;
    browser.click("button[data-key=e]").await;
    browser.until("return location.pathname.startsWith('/manuscripts/')").await;
    let path = browser.run("return location.pathname").await.as_str().expect("a path").to_owned();
    (browser, path)
}

const KEPT: &str = "return document.querySelector('[data-kept]').textContent.indexOf('已自动保存') === 0";

async fn body(browser: &Chromium) -> String {
    browser.run("return document.querySelector('#body').value").await.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_session_that_ends_in_mid_sentence_loses_no_text() {
    let app = TestApp::start().await;
    let (browser, path) = manuscript(&app).await;
    browser.forget().await;
    browser.fill("#body", "建议在此处增设").await;
    let told = "return document.querySelector('[data-kept]').textContent.indexOf('登录已过期') === 0";
    browser.until(told).await;
    // A press of the button does not lead away from the text.
    browser.click("button[value=submit]").await;
    browser.until(told).await;
    assert!(body(&browser).await.contains("建议在此处增设"));
    browser.become_user("zhang").await;
    browser.open(&path).await;
    browser.until("return document.body.innerText.includes('已恢复本机上') || document.querySelector('#body').value.includes('建议在此处增设')").await;
    assert!(body(&browser).await.contains("建议在此处增设"));
    browser.click("button[value=save]").await;
    browser.until("return location.search === '?saved=1'").await;
    assert!(body(&browser).await.contains("建议在此处增设"));
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn another_browser_goes_on_where_one_was_switched_off() {
    let app = TestApp::start().await;
    let (browser, path) = manuscript(&app).await;
    browser.fill("#body", "写到一半").await;
    browser.until(KEPT).await;
    drop(browser);
    let other = Chromium::start(&app).await;
    other.open("/sign-in").await;
    other.become_user("zhang").await;
    other.open(&path).await;
    assert!(body(&other).await.contains("写到一半"));
    assert!(other.text().await.contains("尚未保存的文字"));
    other.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn two_editors_at_once_lose_nothing() {
    let app = TestApp::start().await;
    let (one, path) = manuscript(&app).await;
    let two = Chromium::start(&app).await;
    two.sign_in(&app, "wang", &["editor"]).await;
    two.open(&path).await;
    one.fill("#body", "甲写的。").await;
    two.fill("#body", "乙写的。").await;
    one.click("button[value=save]").await;
    one.until("return location.search === '?saved=1'").await;
    two.click("button[value=save]").await;
    two.until("return document.body.innerText.includes('您的文字没有丢')").await;
    let both = body(&two).await;
    assert!(both.contains("甲写的") && both.contains("乙写的") && both.contains("〔对方改为〕"), "{both}");
    two.refill("#body", "翠柏苑北门到菜市场一段没有照明。甲写的。乙写的。").await;
    two.click("button[value=save]").await;
    two.until("return location.search === '?saved=1'").await;
    one.close().await;
    two.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_manuscript_is_made_from_the_list_with_few_keys() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let items: Vec<_> = (0..6)
        .map(|n| item(&n.to_string(), &format!("第{n}处路灯不亮"), &format!("第{n}处路灯不亮，共{n}盏。")))
        .collect();
    app.post_all(&source, &items).await;
    app.settle().await;
    let mut browser = Chromium::start(&app).await;
    browser.sign_in(&app, "zhang", &["editor"]).await;
    browser.until("return location.pathname === '/inbox'").await;
    for left in (0..6).rev() {
        browser.press("e").await;
        browser.press("1").await;
        browser.until("return location.pathname.startsWith('/manuscripts/')").await;
        browser.press(super::driver::ESCAPE).await;
        browser.press("l").await;
        let waiting = format!(
            "return (document.querySelector('.tabs a') || {{innerText: ''}}).innerText.trim() === '待编 {left}'"
        );
        browser.until(&waiting).await;
    }
    assert_eq!(browser.pressed, 24, "four keys for each");
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_proposal_is_taken_or_left_by_one_press() {
    let app = TestApp::start().await;
    let (browser, _) = manuscript(&app).await;
    browser.refill("#body", "翠柏苑北门一段没有照明, 建议增设路灯（含维护。").await;
    browser.until("return document.querySelectorAll('[data-looks-list] li').length > 0").await;
    let seen = browser.text().await;
    assert!(seen.contains("校对") && seen.contains("不改"), "{seen}");
    browser.click("[data-looks-list] button:last-child").await;
    browser.click("[data-tidy]").await;
    browser.until("return /可整理 \\d+ 处/.test(document.body.innerText)").await;
    browser.click("[data-tidy-all]").await;
    let tidied = body(&browser).await;
    assert!(tidied.contains("没有照明，建议增设路灯"), "{tidied}");
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_manuscript_is_put_together_from_three_items_with_credit_for_all() {
    let app = TestApp::start().await;
    let source = app.add_source("desk", &["submit", "read"]).await;
    let items = [
        item("1", "翠柏苑电梯停运", "翠柏苑小区电梯经常停运，老人被困过三次。物业说没有维修资金。")
            .from("钟离意", "某街道"),
        item("2", "电梯困人", "翠柏苑小区的电梯经常停运，有老人被困。消防部门已下达整改通知书。")
            .from("欧阳静", "某局"),
        item("3", "更换老旧电梯", "建议动用维修基金更换电梯。建议建立电梯应急救援点。")
            .from("令狐安", "某校"),
    ];
    app.post_all(&source, &items).await;
    app.settle().await;
    let browser = Chromium::start(&app).await;
    browser.sign_in(&app, "zhang", &["editor"]).await;
    browser.until("return location.pathname === '/inbox'").await;
    let made = "const f = new URLSearchParams(); f.append('csrf', document.querySelector('input[name=csrf]').value); f.append('series', 'opinion');
        document.querySelectorAll('input[name=item]').forEach(one => f.append('item', one.value));
        fetch('/manuscripts', { method: 'POST', body: f }).then(a => { location.href = a.url; }); return true";
    browser.run(made).await;
    browser.until("return location.pathname.startsWith('/manuscripts/')").await;
    let text = browser.text().await;
    assert!(text.contains("3 件来稿") && text.contains("2 句同意") && text.contains("仅一件说到"), "{text}");
    // Begun anew: the editor empties the text and the credit line and takes what is said, sentence by sentence.
    browser.run("document.querySelector('#body').value = ''; return true").await;
    browser.fill("#body", "近日，几位委员反映：").await;
    browser.run("document.querySelector('#credit').value = ''; document.querySelector('button[value=save]').click(); return true").await;
    browser.until("return location.search === '?saved=1'").await;
    let press = "document.querySelector('#body').dispatchEvent(new KeyboardEvent('keydown', { key: 'g', ctrlKey: true, bubbles: true, cancelable: true })); return true";
    for _ in 0..5 {
        browser.run(press).await;
    }
    let written = body(&browser).await;
    for said in ["电梯经常停运", "没有维修资金", "整改通知书", "更换电梯", "应急救援点"]
    {
        assert_eq!(written.matches(said).count(), 1, "{said}: {written}");
    }
    browser.click("button[value=save]").await;
    browser.until("return document.querySelector('#credit').value.length > 0 && !document.querySelector('[data-merging] input:not(:disabled):checked')").await;
    let credit = browser.run("return document.querySelector('#credit').value").await;
    let credit = credit.as_str().unwrap_or_default();
    for name in ["钟离意", "欧阳静", "令狐安"] {
        assert!(credit.contains(name), "{credit}");
    }
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn each_proposal_of_the_proofreader_takes_one_key_and_a_reason_stays() {
    let app = TestApp::start().await;
    let (mut browser, path) = manuscript(&app).await;
    browser.refill("#body", "翠柏苑按装路灯，座落在北门。学习有中国特色社会主义。").await;
    browser.until("return document.querySelectorAll('[data-looks-list] li').length === 3").await;
    // The first is put right, the second left with the reason that is offered; the third is grave and left as well.
    browser.press(F8).await;
    browser.press("1").await;
    browser.until("return document.querySelectorAll('[data-looks-list] li').length === 2").await;
    assert!(body(&browser).await.starts_with("翠柏苑安装路灯，座落在"));
    browser.press("2").await;
    browser.press(ENTER).await;
    browser.until("return document.querySelectorAll('[data-looks-list] li').length === 1").await;
    browser.press("2").await;
    browser.press("引文").await;
    browser.press(ENTER).await;
    browser.until("return !document.querySelector('[data-looks-left]').hidden && document.querySelectorAll('[data-looks-list] li').length === 0").await;
    assert!(body(&browser).await.contains("座落在北门"));
    browser.until(KEPT).await;
    browser.look("page-writing-left").await;
    // It is known to whoever opens the page, and the manuscript goes on without a further word.
    browser.open(&path).await;
    browser.until("return document.querySelector('[data-looks-left] summary').innerText.includes('2')").await;
    assert!(
        browser
            .run("return document.querySelector('[data-looks-left] ul').textContent")
            .await
            .as_str()
            .is_some_and(|left| left.contains("引文"))
    );
    browser.click("button[value=submit]").await;
    browser.until("return location.pathname === '/tasks'").await;
    browser.close().await;
    app.finish().await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn what_is_pasted_from_word_keeps_paragraphs_and_levels_and_drops_junk() {
    let app = TestApp::start().await;
    let (browser, _) = manuscript(&app).await;
    let pasted = async |file: &str| {
        let html =
            std::fs::read_to_string(format!("{}/tests/fixtures/paste/{file}", env!("CARGO_MANIFEST_DIR")));
        let html = serde_json::json!(html.expect("a fixture"));
        let script = format!(
            "var box = document.querySelector('#body'); box.focus(); box.select(); var data = new DataTransfer(); \
             data.setData('text/html', {html}); data.setData('text/plain', 'plain'); \
             box.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }})); return box.value"
        );
        browser.run(&script).await.as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(
        pasted("word.html").await,
        "关于翠柏苑照明的建议\n一、基本情况\n翠柏苑北门到菜市场一段没有照明，共3盏路灯不亮，面积40 m2。\n（一）近三年的情况\n老人夜间摔倒过几次。\n|路段|盏数|\n|北门|3|\n二、有关建议\n1.尽快增设路灯\n2.明确维护单位"
    );
    assert_eq!(
        pasted("office.html").await,
        "一、现状\n路灯不亮。\n换行之后还是一段。\n1.修路灯\n（1）先修北门\n（2）再修南门\n2.定期巡查\n没有编号的一条"
    );
    browser.until(KEPT).await;
    browser.close().await;
    app.finish().await;
}
