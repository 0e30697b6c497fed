//! 代录: what came by chat, telephone or on paper, typed in by an editor.

use crate::support::{Browser, TestApp, between};

const BODY: &str = "翠柏苑北门到菜市场一段没有路灯，晚上老人出门容易摔倒，建议尽快增设路灯。";

async fn key(browser: &mut Browser) -> String {
    between(&browser.get("/typed").await.text(), "name=\"key\" value=\"", "\"").expect("a key")
}

#[tokio::test]
async fn a_pasted_message_is_recognised_and_kept_with_its_way_and_its_typist() {
    let app = TestApp::start().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let key = key(&mut zhang).await;
    let pasted = format!("王勃 2026/1/8 21:03\n关于增设路灯的建议\n{BODY}\n联系电话：13812345678");
    let found = zhang.post("/typed/propose", &[("raw", &pasted)]).await.json();
    assert_eq!(
        (found["name"].as_str(), found["phone"].as_str()),
        (Some("王勃"), Some("13812345678")),
        "{found}"
    );
    // Without the script the server recognises it on sending.
    let fields = [("key", key.as_str()), ("channel", "typed-wechat"), ("raw", &pasted), ("do", "send")];
    let sent = zhang.post("/typed", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let next = zhang.get(sent.header("location")).await.text();
    assert!(next.contains("已收《关于增设路灯的建议》") && next.contains("autofocus></textarea>"), "{next}");
    assert!(next.contains("value=\"typed-wechat\" checked"), "the way stays chosen");
    // The button pressed twice is one item.
    assert_eq!(zhang.post("/typed", &fields).await.status, 303);
    app.settle().await;
    let inbox = zhang.get("/inbox").await.text();
    assert_eq!(inbox.matches("关于增设路灯的建议</a>").count(), 1, "{inbox}");
    let id = between(&inbox, "href=\"/items/", "?").expect("an item");
    let shown = zhang.get(&format!("/items/{id}")).await.text();
    for expected in ["代录（微信）", "王勃", "zhang先生", BODY] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_refused_comes_back_as_it_was_typed() {
    let app = TestApp::start().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let key = key(&mut zhang).await;
    let secret = format!("机密★10年 {BODY}");
    for (channel, title, body, says) in [
        ("typed-phone", "路灯", "", "正文"),
        ("typed-phone", "路灯", secret.as_str(), "涉密"),
        ("typed-owl", "路灯", BODY, "没有这种渠道"),
    ] {
        let fields =
            [("key", key.as_str()), ("channel", channel), ("title", title), ("body", body), ("phone", "12")];
        let answer = zhang.post("/typed", &fields).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains(says), "{says}: {}", answer.text());
    }
    app.finish().await;
}

#[tokio::test]
async fn a_sector_is_chosen_from_those_in_use_and_a_party_proposed() {
    let app = TestApp::start().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let page = zhang.get("/typed").await.text();
    assert!(page.contains("<option>教育界</option>") && page.contains("<option value=\"民盟\">"), "{page}");
    let key = key(&mut zhang).await;
    let send = |sector: &'static str| {
        [
            ("key", key.clone()),
            ("channel", "typed-phone".to_owned()),
            ("title", "关于增设路灯的建议".to_owned()),
            ("body", BODY.to_owned()),
            ("name", "王勃".to_owned()),
            ("sector", sector.to_owned()),
            ("party", "中共".to_owned()),
            ("do", "send".to_owned()),
        ]
    };
    let post = async |zhang: &mut Browser, sector: &'static str| {
        let fields = send(sector);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        zhang.post("/typed", &fields).await
    };
    let wrong = post(&mut zhang, "某界").await;
    assert!(wrong.status == 422 && wrong.text().contains("界别“某界”现在不可选"), "{}", wrong.text());
    assert_eq!(post(&mut zhang, "教育界").await.status, 303);
    app.settle().await;
    let found = zhang.get("/inbox").await.text();
    let id = between(&found, "/items/", "\"").expect("an item");
    let item = zhang.get(&format!("/items/{id}")).await.text();
    assert!(item.contains("教育界") && item.contains("中共"), "{item}");
    app.finish().await;
}
