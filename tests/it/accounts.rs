//! Accounts: one-time links, signing in and out, lock-out, sessions, and what attackers try.

use hyper::Method;
use serde_json::{Value, json};

use crate::support::{Browser, PASSWORD, TestApp, add_user, between, engines, texts};

async fn users(app: &TestApp) -> Value {
    app.operator.get("/api/v1/users").await.ok()
}

async fn try_in(browser: &mut Browser, name: &str, password: &str) -> crate::support::Answer {
    browser.get("/sign-in").await;
    browser.post("/sign-in", &[("name", name), ("password", password)]).await
}

#[tokio::test]
async fn a_link_sets_the_password_once_and_the_account_signs_in_and_out() {
    let app = TestApp::start().await;
    let link = add_user(&app, "zhang", &["editor"]).await;
    let mut browser = Browser::new(&app);
    assert!(browser.get(&link).await.text().contains("zhang先生"));
    let weak = browser.post(&link, &[("password", "short"), ("again", "short")]).await;
    assert!(weak.status == 422 && weak.text().contains("至少 10 位"), "{}", weak.text());
    let other = browser.post(&link, &[("password", PASSWORD), ("again", "else")]).await;
    assert!(other.status == 422 && other.text().contains("不一致"));
    let done = browser.post(&link, &[("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!((done.status, done.header("location")), (303, "/"));
    assert!(browser.get("/account").await.text().contains("本次登录"));
    assert_eq!(Browser::new(&app).get(&link).await.status, 404);

    assert_eq!(browser.post("/sign-out", &[]).await.status, 303);
    assert_eq!(browser.get("/account").await.header("location"), "/sign-in?next=%2Faccount");
    browser.get("/sign-in?next=/account").await;
    let fields = [("name", "zhang"), ("password", PASSWORD), ("next", "/account")];
    assert_eq!(browser.post("/sign-in", &fields).await.header("location"), "/account");
    assert_eq!(browser.get("/account").await.status, 200);
    app.finish().await;
}

#[tokio::test]
async fn the_cookie_is_strict_and_pages_carry_the_protecting_headers() {
    let app = TestApp::start_with(|config| config.accounts.https = true).await;
    let mut browser = Browser::new(&app);
    let page = browser.get("/sign-in").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"), "{policy}");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.header("strict-transport-security").contains("max-age"));
    assert!(!page.text().contains(" style=\"") && !page.text().contains(" onclick="));
    let link = add_user(&app, "zhang", &["editor"]).await;
    browser.get(&link).await;
    let done = browser.post(&link, &[("password", PASSWORD), ("again", PASSWORD)]).await;
    let cookies: Vec<&str> =
        done.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text")).collect();
    let session = cookies.iter().find(|cookie| cookie.starts_with("minyi_session=")).expect("a session");
    for wanted in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
        assert!(session.contains(wanted), "{session}");
    }
    let style = page.text().split("href=\"/assets/").nth(1).expect("a style")[..40].to_owned();
    let address = format!("/assets/{}", style.split('"').next().expect("an address"));
    let file = browser.get(&address).await;
    let tag = file.header("etag").to_owned();
    assert!(file.status == 200 && file.header("cache-control").contains("immutable"));
    assert_eq!(browser.send(Method::GET, &address, &[("if-none-match", &tag)], "").await.status, 304);
    assert_eq!(browser.get("/assets/../secret.key").await.status, 404);
    app.finish().await;
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_name_whether_it_exists_or_not_and_a_reset_unlocks() {
    let app = TestApp::start().await;
    let mut known = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut browser = Browser::new(&app);
    for name in ["zhang", "nobody"] {
        let mut said = Vec::new();
        for _ in 0..5 {
            let answer = try_in(&mut browser, name, "wrong").await;
            assert_eq!(answer.status, 401);
            said.push(answer.text().contains("暂停登录"));
        }
        assert_eq!(said, [false, false, false, false, true], "{name}");
    }
    let locked = try_in(&mut browser, "zhang", PASSWORD).await;
    assert!(locked.status == 401 && locked.text().contains("暂停登录"));
    // Who is signed in already stays so; a reset ends that, and the lock.
    assert_eq!(known.get("/account").await.status, 200);
    let reset = app.operator.post("/api/v1/users/zhang/reset", "").await.ok();
    assert_eq!(known.get("/account").await.status, 303);
    let link = reset["link"].as_str().expect("a link").to_owned();
    known.get(&link).await;
    assert_eq!(
        known.post(&link, &[("password", "Other-oak-77"), ("again", "Other-oak-77")]).await.status,
        303
    );
    assert_eq!(try_in(&mut browser, "zhang", PASSWORD).await.status, 401);
    assert_eq!(try_in(&mut browser, "zhang", "Other-oak-77").await.status, 303);
    app.finish().await;
}

#[tokio::test]
async fn guesses_sent_side_by_side_are_counted_one_by_one() {
    let app = TestApp::start().await;
    let _known = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut browsers: Vec<Browser> = (0..12).map(|_| Browser::new(&app)).collect();
    let guesses = browsers.iter_mut().map(|browser| try_in(browser, "zhang", "wrong"));
    for answer in futures_util::future::join_all(guesses).await {
        assert_eq!(answer.status, 401);
    }
    let locked = try_in(&mut Browser::new(&app), "zhang", PASSWORD).await;
    assert!(locked.status == 401 && locked.text().contains("暂停登录"), "twelve are more than five");
    app.finish().await;
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_cannot_come_in() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, "zhang", &["editor"]).await;
    app.operator.post("/api/v1/users/zhang/disable", "").await.ok();
    assert_eq!(browser.get("/account").await.status, 303);
    let refused = try_in(&mut browser, "zhang", PASSWORD).await;
    assert!(refused.status == 401 && refused.text().contains("用户名或密码不正确"));
    app.operator.post("/api/v1/users/zhang/enable", "").await.ok();
    assert_eq!(try_in(&mut browser, "zhang", PASSWORD).await.status, 303);
    app.finish().await;
}

#[tokio::test]
async fn signing_in_gives_a_new_session_so_that_none_can_be_planted() {
    let app = TestApp::start().await;
    let mut victim = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let before = victim.cookies["minyi_session"].clone();
    victim.get("/account").await;
    let fields = [("name", "zhang"), ("password", PASSWORD)];
    assert_eq!(victim.post("/sign-in", &fields).await.status, 303);
    let after = victim.cookies["minyi_session"].clone();
    assert_ne!(before, after);
    let mut old = Browser::new(&app);
    old.cookies.insert("minyi_session".to_owned(), before);
    assert_eq!(old.get("/account").await.status, 303);
    // A value that somebody made up is none.
    let mut planted = Browser::new(&app);
    planted.cookies.insert("minyi_session".to_owned(), "a".repeat(64));
    let done = try_in(&mut planted, "zhang", PASSWORD).await;
    assert_eq!(done.status, 303);
    assert_ne!(planted.cookies["minyi_session"], "a".repeat(64));
    app.finish().await;
}

#[tokio::test]
async fn a_form_without_the_token_of_this_browser_changes_nothing() {
    let app = TestApp::start().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["system"]).await;
    let mut other = Browser::signed_in(&app, "li", &["system"]).await;
    other.get("/accounts").await;
    let fields = [("name", "wang"), ("title", "王某"), ("role", "editor")];
    for token in ["", "0000", other.token()] {
        let refused = zhang.post_with("/accounts", token, &fields).await;
        assert!(refused.status == 403 && refused.text().contains("页面已失效"), "{}", refused.text());
    }
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let body = format!("csrf={}&name=wang&title=%E7%8E%8B&role=editor", zhang.token());
    let elsewhere = [kind, ("sec-fetch-site", "cross-site")];
    assert_eq!(zhang.send(Method::POST, "/accounts", &elsewhere, &body).await.status, 403);
    assert_eq!(texts(&users(&app).await, "", "name"), ["li", "zhang"]);
    // Before signing in, too: nobody is led into another's account.
    let mut stranger = Browser::new(&app);
    let login = [("name", "zhang"), ("password", PASSWORD)];
    assert_eq!(stranger.post_with("/sign-in", "0000", &login).await.status, 403);
    app.finish().await;
}

#[tokio::test]
async fn what_is_named_to_go_on_with_is_never_another_site() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, "zhang", &["editor"]).await;
    for bad in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        browser.get("/account").await;
        let fields = [("name", "zhang"), ("password", PASSWORD), ("next", bad)];
        assert_eq!(browser.post("/sign-in", &fields).await.header("location"), "/", "{bad}");
        browser.get("/account").await;
        assert_eq!(browser.post("/view", &[("large", "1"), ("back", bad)]).await.header("location"), "/");
    }
    assert!(browser.get("/account").await.text().contains("<html lang=\"zh-CN\" class=\"large\">"));
    app.finish().await;
}

#[tokio::test]
async fn only_ones_own_sessions_can_be_ended() {
    let app = TestApp::start().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut again = Browser::new(&app);
    try_in(&mut again, "zhang", PASSWORD).await;
    let mut li = Browser::signed_in(&app, "li", &["editor"]).await;
    let page = zhang.get("/account").await.text();
    let short = crate::support::between(&page, "name=\"session\" value=\"", "\"").expect("the other session");
    li.get("/account").await;
    assert_eq!(li.post("/account/sessions/end", &[("session", &short)]).await.status, 404);
    assert_eq!(again.get("/account").await.status, 200);
    assert_eq!(zhang.post("/account/sessions/end", &[("session", &short)]).await.status, 303);
    assert_eq!(again.get("/account").await.status, 303);
    // A changed password ends the others.
    try_in(&mut again, "zhang", PASSWORD).await;
    zhang.get("/account").await;
    let fields = [("present", PASSWORD), ("password", "Other-oak-77"), ("again", "Other-oak-77")];
    assert_eq!(zhang.post("/account/password", &fields).await.status, 303);
    assert_eq!((zhang.get("/account").await.status, again.get("/account").await.status), (200, 303));
    app.finish().await;
}

#[tokio::test]
async fn administrators_are_kept_apart_and_nobody_raises_themselves() {
    let app = TestApp::start().await;
    let both = json!({ "name": "wang", "title": "王某", "roles": ["system", "audit"] });
    let refused = app.operator.post("/api/v1/users", both.to_string()).await.refused(422, "invalid");
    assert!(refused.contains("不得由同一账户担任"));
    let mut system = Browser::signed_in(&app, "sys", &["system"]).await;
    let mut security = Browser::signed_in(&app, "sec", &["security"]).await;
    let _editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    system.get("/accounts").await;
    security.get("/accounts").await;
    assert_eq!(system.post("/accounts/sys/roles", &[("role", "signer")]).await.status, 403);
    assert_eq!(security.post("/accounts/sec/roles", &[("role", "editor")]).await.status, 422);
    assert_eq!(
        security.post("/accounts/zhang/roles", &[("role", "editor"), ("role", "reviewer")]).await.status,
        303
    );
    let name = "\"><script>alert(1)</script>";
    let added = system.post("/accounts", &[("name", "li"), ("title", "<b>李</b>"), ("role", "editor")]).await;
    assert!(
        added.text().contains("&#60;b&#62;李") || added.text().contains("&lt;b&gt;李"),
        "{}",
        added.text()
    );
    let bad = system.post("/accounts", &[("name", name), ("title", "某"), ("role", "editor")]).await;
    assert!(bad.status == 422 && !bad.text().contains("<script>alert"), "{}", bad.text());
    let users = users(&app).await;
    assert!(users.to_string().contains("reviewer"), "{users:#}");
    app.finish().await;
}

#[tokio::test]
async fn every_attempt_is_in_the_log_without_any_password() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, "zhang", &["editor"]).await;
    try_in(&mut Browser::new(&app), "zhang", "wrong-Secret-1").await;
    browser.post("/sign-out", &[]).await;
    let dir = app.finish().await;
    let store = engines::open_store(dir.path());
    let rows = tokio::task::spawn_blocking(move || {
        store.read(|sql| minyi::store::history(sql, "user:zhang")).wait().expect("rows")
    });
    let rows = rows.await.expect("rows");
    let actions: Vec<&str> = rows.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(
        actions,
        ["user.add", "user.password", "user.sign_in", "user.refused", "session.end"],
        "{rows:#?}"
    );
    let all = format!("{rows:?}");
    assert!(!all.contains(PASSWORD) && !all.contains("wrong-Secret-1") && !all.contains("argon2"));
}

#[tokio::test]
async fn name_and_time_stand_over_what_is_shown_where_the_office_wants_it() {
    let app = TestApp::start_with(|config| config.desk.watermark = true).await;
    let mut editor = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mark = between(&editor.get("/inbox").await.text(), "<text x=\"12\" y=\"85\">", "</text>");
    assert!(mark.is_some_and(|mark| mark.starts_with("zhang先生 zhang 2")));
    assert!(
        !editor.get("/account").await.text().contains("class=\"watermark\""),
        "there is nothing to be copied"
    );
    app.finish().await;
}
