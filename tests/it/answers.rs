//! Answers to contributors: notices on the page, by e-mail, by signed calls; none lost, none again after it was confirmed.

mod own_channels;
mod post_through_kills;
pub mod receivers;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use minyi::model::DeliveryState;
use minyi::store::list_deliveries;
use serde_json::json;

use crate::support::{Browser, Client, NDJSON, Server, TestApp, engines, item, text};
use receivers::{Hooks, Letters};

/// What a run by hand prints; cargo shows it with `--nocapture`.
#[expect(clippy::print_stdout, reason = "the figures of a run by hand")]
fn figures(line: &str) {
    println!("{line}");
}

/// How many events go through a test that kills the server: as many as `MINYI_EVENTS` says, for `.ci/long/answers`.
fn events(usual: usize) -> usize {
    let asked = minyi::config::environment("MINYI_EVENTS").and_then(|text| text.parse().ok());
    asked.unwrap_or(usual)
}

fn settings(dir: &std::path::Path) -> Vec<(&'static str, String)> {
    let mut all = engines::variables(dir);
    let own = [
        ("MINYI_OUTWARD__ALLOW_PRIVATE", "127.0.0.1"),
        ("MINYI_OUTWARD__TIMEOUT_SECONDS", "1"),
        ("MINYI_NOTIFY__EVERY_MS", "50"),
        ("MINYI_NOTIFY__LEASE_SECONDS", "2"),
        ("MINYI_NOTIFY__FIRST_RETRY_MS", "40"),
    ];
    all.extend(own.map(|(name, value)| (name, value.to_owned())));
    all
}

/// The events whose delivery the store has noted as confirmed, read while nobody serves.
fn confirmed(dir: &std::path::Path) -> BTreeSet<String> {
    let store = engines::open_store(dir);
    let read = move || {
        let rows = store
            .read(|sql| list_deliveries(sql, Some(DeliveryState::Sent), false, 50_000))
            .wait()
            .expect("the log");
        rows.into_iter().map(|row| row.event.as_str().to_owned()).collect()
    };
    std::thread::spawn(read).join().expect("read")
}

/// Lets the server go on until its store has noted so many as confirmed, then ends it: what had just been confirmed when a
/// process was killed comes again only when the lease of the dead one has ended, though everything else has come by then.
async fn stop_when_noted(mut server: Server, all: &[(&str, String)], count: usize) -> tempfile::TempDir {
    for _ in 0..30 {
        // What came last is noted too; then there is nothing more to send.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let dir = server.stop();
        if confirmed(dir.path()).len() >= count {
            return dir;
        }
        server = Server::start_on(dir, all);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let dir = server.stop();
    panic!("only {} of {count} were noted as confirmed", confirmed(dir.path()).len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_events_reach_a_receiver_that_fails_at_random_though_the_server_is_killed_in_between() {
    let count = events(1000);
    let hooks = Arc::new(Hooks::start(7).await);
    let dir = tempfile::tempdir().expect("a folder");
    let all = settings(dir.path());
    let mut server = Server::start_on(dir, &all);
    let token = server.add_token("street", &["submit"]).await;
    let set = server.operator.call(
        hyper::Method::PUT,
        "/api/v1/sources/street/webhook",
        &[("content-type", "application/json")],
        json!({ "url": hooks.url() }).to_string(),
    );
    hooks.expect_key(text(&set.await.ok(), "/key"));
    let lines: Vec<String> = (0..count)
        .map(|n| {
            item(&format!("w{n}"), "加装电梯", &format!("第{n}号楼六层没有电梯，老人上下楼吃力。")).json()
        })
        .collect();
    let client = Client::tcp(server.address(), Some(&token));
    client.batch(&[("content-type", NDJSON)], lines.join("\n")).await;
    for kill in 1..=5 {
        hooks.wait_for(kill * count / 7).await;
        let dir = server.kill();
        hooks.none_again(confirmed(dir.path()));
        server = Server::start_on(dir, &all);
    }
    hooks.wait_for(count).await;
    let dir = stop_when_noted(server, &all, count).await;
    assert_eq!(confirmed(dir.path()).len(), count);
    let seen = hooks.report();
    assert_eq!(
        (seen.events, seen.badly_signed, seen.again_after_noted.clone()),
        (count, 0, Vec::<String>::new())
    );
    assert!(seen.calls > count + 100, "the receiver did fail: {seen:?}");
    figures(&format!(
        "webhook: {} events, {} calls, {} killed starts, {} missing, {} again after they were noted, {} repeats, each under its id",
        count,
        seen.calls,
        5,
        count - seen.events,
        seen.again_after_noted.len(),
        seen.repeats
    ));
    assert!(!seen.texts.contains("电梯"), "no call holds an item's text");
    // Only what was confirmed and not yet noted when the process ended may come again, under the id it had.
    assert!(seen.repeats < count / 10, "{} were confirmed twice", seen.repeats);
}

#[tokio::test]
async fn addresses_of_the_own_network_are_refused_unless_they_are_allowed() {
    let app = TestApp::start().await;
    app.add_source("street", &["submit"]).await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    admin.get("/sources").await;
    for bad in [
        "http://127.0.0.1:9/x",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "ftp://x.cn",
        "x",
        "http://a:b@x.cn/",
    ] {
        let refused = admin.post("/sources/street/webhook", &[("url", bad)]).await;
        assert_eq!(refused.status, 422, "{bad}: {}", refused.text());
    }
    let set = admin.post("/sources/street/webhook", &[("url", "https://hooks.example.org/minyi")]).await;
    assert!(set.status == 200 && set.text().contains("签名密钥"), "{}", set.text());
    assert!(admin.get("/sources").await.text().contains("推送到 https://hooks.example.org/minyi"));
    assert!(admin.get("/deliveries").await.text().contains("没有记录"));
    app.finish().await;
}

async fn send(browser: &mut Browser, key: &str) {
    browser.get("/report").await;
    let fields = [
        ("key", key),
        ("title", "建议增设路灯"),
        ("body", "翠柏苑北门没有照明，老人夜间摔倒过几次。"),
        ("name", "王勃"),
        ("kind", "委员"),
    ];
    let sent = browser.post("/report", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contributor_hears_on_the_page_and_by_mail_each_event_once() {
    let letters = Letters::start(3).await;
    let port = letters.port();
    let mail = move |config: &mut minyi::config::Config| {
        config.mail.host = "127.0.0.1".to_owned();
        config.mail.port = port;
        config.mail.security = minyi::config::MailSecurity::None;
        config.mail.from = "民意办公室 <minyi@example.org>".to_owned();
        config.notify.closed_from = 0;
        config.notify.closed_to = 0;
        config.notify.every_ms = 30;
        config.notify.first_retry_ms = 30;
        config.notify.lease_seconds = 1;
        config.notify.address = "https://minyi.example.org".to_owned();
    };
    let app = TestApp::start_with(mail).await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    wang.get("/mine").await;
    let bad = wang.post("/notices/choice", &[("mail", "at_once"), ("address", "a@b.cn,c@d.cn")]).await;
    assert_eq!(bad.status, 422);
    let chosen = [("mail", "at_once"), ("address", "wang@example.org")];
    assert_eq!(wang.post("/notices/choice", &chosen).await.status, 303);
    for n in 0..20 {
        send(&mut wang, &format!("{n:032}")).await;
    }
    let dir = app.finish().await;
    let app = TestApp::start_in(dir, mail).await;
    letters.wait_for(20).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (events, repeats, all) = letters.report();
    assert_eq!((events, repeats), (20, 0));
    assert!(all.contains("已收到") && all.contains("https://minyi.example.org/mine"), "{all}");
    assert!(!all.contains("翠柏苑") && !all.contains("路灯"), "no message holds an item's text: {all}");
    app.finish().await;
}

#[tokio::test]
async fn what_becomes_of_an_item_is_told_in_the_words_of_the_reason() {
    let app = TestApp::start().await;
    let mut wang = Browser::signed_in(&app, "wang", &["contributor"]).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    for n in 0..3 {
        send(&mut wang, &format!("{n:032}")).await;
    }
    app.settle().await;
    let mine = wang.get("/mine").await.text();
    assert!(mine.contains("3 条未读"), "{mine}");
    let ids: Vec<String> = mine
        .split("action=\"/mine/")
        .filter_map(|rest| rest.split_once("/withdraw"))
        .map(|(id, _)| id.to_owned())
        .filter(|id| !id.contains('/'))
        .collect();
    let upto = crate::support::between(&mine, "name=\"upto\" value=\"", "\"").expect("a number");
    wang.post("/notices/seen", &[("upto", &upto)]).await;
    assert!(!wang.get("/mine").await.text().contains("条未读"));
    editor.get("/inbox").await;
    for (id, reason) in ids.iter().zip(["handled", "personal", "advertisement"]) {
        let act = [("item", id.as_str()), ("do", "decline"), ("reason", reason), ("back", "/inbox")];
        let done = editor.post("/inbox/act", &act).await;
        assert_eq!(done.status, 303, "{}", done.text());
    }
    let mine = wang.get("/mine").await.text();
    assert!(
        mine.contains("有关部门已在办理") && mine.contains("1 条未读"),
        "told of one, called of one: {mine}"
    );
    assert!(!mine.contains("广告") && !mine.contains("不采用"), "{mine}");
    let calls = editor.get("/deliveries?way=phone").await.text();
    assert!(calls.contains("个人事项建议向信访部门反映") && calls.contains("已告知"), "{calls}");
    let no = crate::support::between(&calls, "action=\"/deliveries/", "\"").expect("a call");
    let noted = editor.post(&format!("/deliveries/{no}"), &[("channel", "phone"), ("target", "")]).await;
    assert_eq!(noted.status, 303, "{}", noted.text());
    assert!(editor.get("/deliveries?way=phone").await.text().contains("没有要打的电话"));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_somebody_of_the_office_comes_by_mail_once_a_day_where_the_office_wants_it() {
    let letters = Letters::start(5).await;
    let port = letters.port();
    let mail = move |config: &mut minyi::config::Config| {
        config.mail.host = "127.0.0.1".to_owned();
        config.mail.port = port;
        config.mail.security = minyi::config::MailSecurity::None;
        config.mail.from = "民意办公室 <minyi@example.org>".to_owned();
        config.desk.tasks_mail = true;
        config.notify.closed_from = 0;
        config.notify.closed_to = 0;
        config.notify.digest_hour = 0;
        config.notify.every_ms = 30;
        config.notify.first_retry_ms = 30;
        config.notify.lease_seconds = 1;
        config.notify.address = "https://minyi.example.org".to_owned();
    };
    let app = TestApp::start_with(mail).await;
    let source = app.add_source("street", &["submit"]).await;
    let ids = app.post_all(&source, &[item("1", "建议增设路灯", "翠柏苑北门没有照明，建议增设。")]).await;
    app.settle().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut idle = Browser::signed_in(&app, "li", &["signer"]).await;
    editor.get("/inbox").await;
    let made = editor
        .post(&format!("/items/{}/manuscript", ids[0]), &[("outlet", "series"), ("series", "opinion")])
        .await;
    assert_eq!(made.status, 303, "{}", made.text());
    let bad = editor.post("/tasks/mail", &[("address", "a@b.cn,c@d.cn")]).await;
    assert!(bad.status == 422 && bad.text().contains("邮箱不对"), "{}", bad.text());
    idle.get("/tasks").await;
    for (browser, address) in [(&mut editor, "zhang@example.org"), (&mut idle, "li@example.org")] {
        assert_eq!(browser.post("/tasks/mail", &[("address", address)]).await.status, 303);
    }
    assert!(editor.get("/tasks").await.text().contains("value=\"zhang@example.org\""));
    letters.wait_for(1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (events, repeats, all) = letters.report();
    assert_eq!((events, repeats), (1, 0), "once a day, and nothing to whom nothing waits for: {all}");
    assert!(
        all.contains("待办 1 件（编稿 1 件）") && all.contains("https://minyi.example.org/tasks"),
        "{all}"
    );
    assert!(!all.contains("路灯"), "no message holds an item's text: {all}");
    assert_eq!(editor.post("/tasks/mail", &[("address", "")]).await.status, 303);
    assert!(!editor.get("/tasks").await.text().contains("zhang@example.org"));
    app.finish().await;

    let app = TestApp::start().await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    assert!(!editor.get("/tasks").await.text().contains("每日待办邮件"), "off by default");
    assert_eq!(editor.post("/tasks/mail", &[("address", "a@b.cn")]).await.status, 404);
    app.finish().await;
}
