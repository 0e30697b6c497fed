//! 会期: dated, with groups as ways, a series that stands first, accounts that end, leftovers handed back at once.

use minyi::clock::{Clock, SystemClock};
use minyi::model::LocalDate;
use minyi::store::{Priority, Tx, set_account_end};
use serde_json::json;

use crate::desk_api::{key, post};
use crate::support::{Browser, TestApp, engines, item, number};

const BODY: &str = "翠柏苑北门到菜市场一段没有照明，建议增设路灯。";

fn sitting(config: &mut minyi::config::Config) {
    let today = SystemClock.now().date().to_string();
    config.session = minyi::config::Session {
        name: "五届五次会议".to_owned(),
        from: today.clone(),
        to: today,
        series: "special-report".to_owned(),
    };
}

#[tokio::test]
async fn in_its_days_groups_are_ways_its_series_stands_first_and_what_is_left_is_handed_back() {
    let app = TestApp::start_with(sitting).await;
    let source = app.add_source("group", &["submit"]).await;
    let items: Vec<_> =
        (0..5).map(|n| item(&n.to_string(), &format!("来稿{n}"), &format!("{BODY}第{n}件。"))).collect();
    let ids = app.post_all(&source, &items).await;
    app.settle().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut li = Browser::signed_in(&app, "li", &["reader"]).await;
    assert!(zhang.get("/inbox").await.text().contains("会期：五届五次会议"));
    let typed = zhang.get("/typed").await.text();
    assert!(typed.contains("value=\"typed-group\"") && typed.contains("联组"), "{typed}");
    let page = zhang.get(&format!("/items/{}", ids[0])).await.text();
    let (first, second) = (page.find("value=\"special-report\""), page.find("value=\"opinion\""));
    assert!(first.is_some() && first < second, "its series stands first");

    let program = key(&app, &mut zhang).await;
    let act = json!({ "items": ids[..3], "action": "claim" });
    post(&program, "/api/v1/desk/acts", act).await.ok();
    let act = json!({ "items": [ids[0]], "action": "keep" });
    post(&program, "/api/v1/desk/acts", act).await.ok();
    let counts = program.get("/api/v1/desk/session").await.ok();
    assert_eq!((number(&counts, "/received"), number(&counts, "/open"), number(&counts, "/held")), (5, 4, 2));
    li.get("/session").await;
    assert_eq!(li.post("/session/hand-back", &[]).await.status, 403);
    zhang.get("/session").await;
    let done = zhang.post("/session/hand-back", &[]).await;
    assert_eq!(done.header("location"), "/session?done=2", "{}", done.text());
    assert_eq!(number(&program.get("/api/v1/desk/session").await.ok(), "/held"), 0);
    let typed = json!({ "channel": "group", "key": "group-0001", "title": "建议增设座椅", "body": BODY });
    assert_eq!(post(&program, "/api/v1/desk/typed", typed).await.status, 201);
    app.finish().await;
}

#[tokio::test]
async fn outside_of_its_days_nothing_of_it_is_offered_and_without_one_there_is_no_page() {
    let past = |config: &mut minyi::config::Config| {
        sitting(config);
        (config.session.from, config.session.to) = ("2020-01-10".to_owned(), "2020-01-12".to_owned());
    };
    let app = TestApp::start_with(past).await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    assert!(!zhang.get("/typed").await.text().contains("typed-group"));
    assert!(!zhang.get("/session").await.text().contains("会期中"));
    app.finish().await;
    let app = TestApp::start().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    assert!(!zhang.get("/inbox").await.text().contains("/session"));
    assert_eq!(zhang.get("/session").await.status, 422);
    app.finish().await;
}

#[tokio::test]
async fn an_account_ends_after_its_day_and_what_it_held_goes_back() {
    let app = TestApp::start().await;
    let source = app.add_source("group", &["submit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", BODY)]).await;
    app.settle().await;
    let mut system = Browser::signed_in(&app, "sys", &["system"]).await;
    let mut typist = Browser::signed_in(&app, "dai", &["editor"]).await;
    let program = key(&app, &mut typist).await;
    let act = json!({ "items": ids, "action": "claim" });
    post(&program, "/api/v1/desk/acts", act).await.ok();
    system.get("/accounts").await;
    let past = system.post("/accounts/dai/ends", &[("ends", "2020-01-01")]).await;
    assert!(past.status == 422 && past.text().contains("已过"), "{}", past.text());
    assert_eq!(system.post("/accounts/dai/ends", &[("ends", "9000-01-01")]).await.status, 303);
    assert!(system.get("/accounts").await.text().contains("9000-01-01 后停用"));
    assert_eq!(system.post("/accounts/sys/ends", &[("ends", "9000-01-01")]).await.status, 422);
    assert_eq!(program.get("/api/v1/desk/me").await.status, 200);

    // Its day passes while nobody looks.
    let dir = app.stop().await;
    let store = engines::open_store(dir.path());
    let end = move |tx: &mut Tx<'_>| {
        let name = "dai".parse().map_err(|_| minyi::store::StoreError::Stale)?;
        let day = LocalDate::parse("2026-01-01").ok();
        set_account_end(tx, &name, day, &minyi::model::Actor::System)
    };
    let ended = tokio::task::spawn_blocking(move || store.write(Priority::Desk, end).wait()).await;
    ended.expect("ended").expect("written");
    let app = TestApp::start_in(dir, |_| {}).await;
    let mut li = Browser::signed_in(&app, "li", &["editor"]).await;
    let other = key(&app, &mut li).await;
    let mut typist = typist.again(&app);
    for _ in 0..100 {
        if typist.get("/inbox").await.status == 303 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(typist.get("/inbox").await.status, 303, "signed out");
    let inbox = other.get("/api/v1/desk/inbox?holder=none").await.ok();
    assert_eq!(inbox["items"][0]["id"], json!(ids[0]), "what it held is anybody's: {inbox}");
    app.finish().await;
}
