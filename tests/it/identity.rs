//! Signing in by an identity platform: the whole way, and everything that is not believed on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use minyi::clock::{Clock, ManualClock, SystemClock};
use minyi::config::{Config, SecondStepBy};
use minyi::identity::{Answer, Fault, Platform, PlatformError};
use minyi::model::SecretKey;
use serde_json::json;
use tempfile::TempDir;
use totp_rs::{Builder, Secret};

use crate::support::{self, Browser, Lie, PASSWORD, Provider, SECRET, TestApp, add_user, between, engines};

async fn start(provider: &Provider) -> TestApp {
    start_with(provider, |_| {}).await
}

async fn start_with(provider: &Provider, change: impl FnOnce(&mut Config)) -> TestApp {
    TestApp::start_with(|config| {
        provider.configure(config);
        change(config);
    })
    .await
}

/// To the platform; gives the address there.
async fn leave(browser: &mut Browser, next: &str) -> String {
    let sent = browser.get(&format!("/sign-in/oidc?next={next}")).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    sent.header("location").to_owned()
}

/// Back from another site: a browser holds back what is strictly this site's own.
async fn come_back(browser: &mut Browser, path: &str) -> support::Answer {
    let strict = ["minyi_session", "minyi_form", "minyi_half"];
    let kept: Vec<_> = strict.iter().filter_map(|name| browser.cookies.remove_entry(*name)).collect();
    let answer = browser.get(path).await;
    for (name, value) in kept {
        let touched = answer.headers.get_all("set-cookie").iter();
        let new = format!("{name}=");
        let is_new = |given: &hyper::header::HeaderValue| given.as_bytes().starts_with(new.as_bytes());
        if !touched.into_iter().any(is_new) {
            browser.cookies.insert(name, value);
        }
    }
    answer
}

/// The whole way; gives the answer on the way back.
async fn attempt(provider: &Provider, browser: &mut Browser, next: &str) -> support::Answer {
    let sent = leave(browser, next).await;
    come_back(browser, &provider.agree(&sent)).await
}

fn goes_to(answer: &support::Answer) -> &str {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("refresh").strip_prefix("0; url=").unwrap_or_default()
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/account").await.status == 200
}

/// An administrator who binds this subject to this account.
async fn bind(admin: &mut Browser, name: &str, subject: &str) -> support::Answer {
    admin.get("/accounts").await;
    admin.post(&format!("/accounts/{name}/identity"), &[("do", "bind"), ("subject", subject)]).await
}

/// What the log says of an object, and of who could not sign in.
async fn log_of(dir: TempDir, objects: &[&'static str]) -> String {
    let (store, objects) = (engines::open_store(dir.path()), objects.to_vec());
    let read = tokio::task::spawn_blocking(move || {
        let one = |object: &'static str| {
            store.read(move |sql| minyi::store::history(sql, object)).wait().expect("rows")
        };
        objects.into_iter().map(|object| format!("{:?}\n", one(object))).collect::<String>()
    });
    read.await.expect("rows")
}

#[tokio::test]
async fn somebody_signs_in_by_the_platform_and_goes_on_to_the_page_that_was_asked_for() {
    let provider = Provider::start().await;
    let app = start(&provider).await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    add_user(&app, "zhang", &["editor"]).await;
    assert_eq!(bind(&mut admin, "zhang", "u-1001").await.status, 303);
    let listed = admin.get("/accounts").await.text();
    assert!(listed.contains("已绑定 <code class=\"long\">u-1001</code>"), "{listed}");

    let mut zhang = Browser::new(&app);
    let asked = zhang.get("/search?q=x").await;
    let page = zhang.get(asked.header("location")).await.text();
    let button = between(&page, "<a class=\"button wide\" href=\"", "\"").expect("a button");
    assert!(page.contains("统一身份认证登录"));
    let sent = zhang.get(&button.replace("&#38;", "&")).await;
    let held = sent.headers.get_all("set-cookie").iter().find_map(|given| {
        let given = given.to_str().expect("text");
        given.starts_with("minyi_oidc=").then(|| given.to_owned())
    });
    let held = held.expect("a cookie");
    assert!(
        held.contains("HttpOnly; SameSite=Lax; Max-Age=600") && held.contains("Path=/sign-in/oidc;"),
        "{held}"
    );
    let address = sent.header("location").to_owned();
    assert!(!address.contains(SECRET) && !held.contains(SECRET));

    let back = come_back(&mut zhang, &provider.agree(&address)).await;
    assert_eq!(goes_to(&back), "/search?q=x");
    let given: Vec<_> = back.headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()).collect();
    assert!(given.iter().any(|one| one.starts_with("minyi_session=") && one.contains("SameSite=Strict")));
    assert!(!zhang.cookies.contains_key("minyi_oidc"));
    assert_eq!(zhang.get("/search?q=x").await.status, 200);
    let account = zhang.get("/account").await.text();
    assert!(account.contains("本次登录") && account.contains("刚刚用它登录"), "{account}");
    // Who is signed in already is not sent away.
    assert_eq!(zhang.get("/sign-in/oidc?next=/inbox").await.header("location"), "/inbox");
    assert_eq!(zhang.post("/sign-out", &[]).await.status, 303);
    assert!(!is_in(&mut zhang).await);

    // Nobody is led to another site afterwards.
    for evil in ["https://evil.example", "//evil.example", "/%5Cevil.example"] {
        let back = attempt(&provider, &mut Browser::new(&app), evil).await;
        assert_eq!(goes_to(&back), "/", "{evil}");
    }
    assert_eq!(provider.asked().iter().filter(|asked| **asked == "document").count(), 1, "it is remembered");
    let log = log_of(app.finish().await, &["user:zhang"]).await;
    assert!(
        log.contains("identity.bind") && log.contains("administrator") && log.contains("u-1001"),
        "{log}"
    );
    assert!(log.contains("user.sign_in") && log.contains("\"identity\"") && !log.contains(SECRET), "{log}");
}

#[tokio::test]
async fn without_a_platform_there_is_no_button_and_no_way() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app, "zhang", &["editor"]).await;
    assert!(!browser.get("/account").await.text().contains("统一身份"));
    assert_eq!(browser.post("/account/identity", &[("do", "bind")]).await.status, 404);
    let mut nobody = Browser::new(&app);
    assert!(!nobody.get("/sign-in").await.text().contains("/sign-in/oidc"));
    for path in ["/sign-in/oidc", "/sign-in/oidc/back?code=a&state=b"] {
        assert_eq!(nobody.get(path).await.status, 404, "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn no_token_is_believed_but_the_platforms_own_for_this_system_and_this_attempt() {
    let provider = Provider::start().await;
    let app = start(&provider).await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    add_user(&app, "zhang", &["editor"]).await;
    bind(&mut admin, "zhang", "u-1001").await;
    for (lie, told) in [
        (Lie::Nonce, "不属于这次登录"),
        (Lie::NoNonce, "不属于这次登录"),
        (Lie::Audience, "不是签发给本系统的"),
        (Lie::SecondAudience, "不是签发给本系统的"),
        (Lie::Party, "不是签发给本系统的"),
        (Lie::Issuer, "签发者不符"),
        (Lie::Expired, "已过期"),
        (Lie::Future, "已过期"),
        (Lie::Old, "已过期"),
        (Lie::Signature, "签名不对"),
        (Lie::Shared, "签名不对"),
        (Lie::Unsigned, "签名不对"),
        (Lie::Hash, "令牌不成套"),
        (Lie::Missing, "没有凭证"),
    ] {
        provider.lie(lie);
        let mut browser = Browser::new(&app);
        let back = attempt(&provider, &mut browser, "/inbox").await;
        assert_eq!(back.status, 401, "{lie:?}: {}", back.text());
        assert!(back.text().contains(told), "{lie:?}: {}", back.text());
        assert!(back.text().contains("href=\"/sign-in/oidc?next=%2Finbox\""), "a way to try again");
        assert!(!browser.cookies.contains_key("minyi_session") && !is_in(&mut browser).await, "{lie:?}");
    }
    provider.lie(Lie::None);
    assert_eq!(goes_to(&attempt(&provider, &mut Browser::new(&app), "/").await), "/");
    let log = log_of(app.finish().await, &["identity"]).await;
    for why in ["签名不对", "不是签发给本系统的", "不属于这次登录"] {
        assert!(log.contains(why), "{why}: {log}");
    }
}

#[tokio::test]
async fn an_answer_is_taken_once_and_in_the_browser_that_waits_for_it() {
    let provider = Provider::start().await;
    let app = start(&provider).await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    add_user(&app, "zhang", &["editor"]).await;
    bind(&mut admin, "zhang", "u-1001").await;

    // Somebody else's answer, sent to this browser as a link: neither without an attempt of one's own, nor with one.
    let mut attacker = Browser::new(&app);
    let sent = leave(&mut attacker, "/").await;
    let link = provider.agree(&sent);
    let mut victim = Browser::new(&app);
    for _ in 0..2 {
        let refused = come_back(&mut victim, &link).await;
        assert!(
            refused.status == 401 && refused.text().contains("不是在本浏览器发起的"),
            "{}",
            refused.text()
        );
        assert!(!is_in(&mut victim).await);
        leave(&mut victim, "/").await;
    }
    // What the victim began meanwhile is not lost by it.
    let sent = leave(&mut victim, "/").await;
    come_back(&mut victim, &link).await;
    assert_eq!(goes_to(&come_back(&mut victim, &provider.agree(&sent)).await), "/");

    // The same answer again, with the same cookie.
    let held = attacker.cookies["minyi_oidc"].clone();
    assert_eq!(goes_to(&come_back(&mut attacker, &link).await), "/");
    let first = attacker.cookies["minyi_session"].clone();
    let mut again = Browser::new(&app);
    again.cookies.insert("minyi_oidc".to_owned(), held.clone());
    let replayed = come_back(&mut again, &link).await;
    assert!(replayed.status == 401 && replayed.text().contains("已经用过"), "{}", replayed.text());
    assert!(!again.cookies.contains_key("minyi_session") && first.len() == 64);
    // Another code with that state, and a cookie that was changed.
    let state = link.split_once("state=").expect("a state").1;
    for (cookie, path) in [
        (held.clone(), format!("/sign-in/oidc/back?code=code-99&state={state}")),
        (held.replacen(&held[70..71], if &held[70..71] == "A" { "B" } else { "A" }, 1), link.clone()),
        (held.clone(), "/sign-in/oidc/back".to_owned()),
    ] {
        let mut browser = Browser::new(&app);
        browser.cookies.insert("minyi_oidc".to_owned(), cookie);
        assert_eq!(come_back(&mut browser, &path).await.status, 401, "{path}");
    }
    // A code that was stolen from somebody else's attempt is worth nothing in one's own: PKCE.
    let mut thief = Browser::new(&app);
    let own = provider.agree(&leave(&mut thief, "/").await);
    let stolen = provider.agree(&leave(&mut Browser::new(&app), "/").await);
    let code = between(&stolen, "code=", "&").expect("a code");
    let own_code = between(&own, "code=", "&").expect("a code");
    let refused = come_back(&mut thief, &own.replace(&own_code, &code)).await;
    assert!(refused.status == 401 && refused.text().contains("invalid_grant"), "{}", refused.text());
    app.finish().await;
}

#[tokio::test]
async fn a_platform_that_is_down_slow_or_says_no_is_told_plainly_and_keeps_nobody_waiting() {
    let provider = Provider::start().await;
    let app = start(&provider).await;
    let mut browser = Browser::signed_in(&app, "zhang", &["editor"]).await;
    browser.post("/sign-out", &[]).await;
    let sent = leave(&mut browser, "/inbox").await;
    let denied = come_back(&mut browser, &provider.refuse(&sent, "access_denied")).await;
    assert!(denied.status == 401 && denied.text().contains("取消了登录"), "{}", denied.text());
    let sent = leave(&mut browser, "/inbox").await;
    let odd = come_back(&mut browser, &provider.refuse(&sent, "temporarily_unavailable")).await;
    assert!(odd.status == 503 && odd.text().contains("temporarily_unavailable"), "{}", odd.text());
    let sent = leave(&mut browser, "/inbox").await;
    let script = come_back(&mut browser, &provider.refuse(&sent, "%3Cscript%3E")).await;
    assert!(script.status == 401 && !script.text().contains("<script>"), "{}", script.text());

    provider.delay(Duration::from_secs(30));
    let began = Instant::now();
    let slow = attempt(&provider, &mut browser, "/inbox").await;
    assert!(slow.status == 503 && slow.text().contains("2 秒"), "{}", slow.text());
    assert!(slow.text().contains("用密码登录"));
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());

    let sent = leave(&mut browser, "/inbox").await;
    let link = provider.agree(&sent);
    provider.end();
    let down = come_back(&mut browser, &link).await;
    assert_eq!(down.status, 503, "{}", down.text());
    // Passwords work all the same.
    browser.get("/sign-in").await;
    let answer = browser.post("/sign-in", &[("name", "zhang"), ("password", PASSWORD)]).await;
    assert_eq!(answer.header("location"), "/");
    app.finish().await;

    let app = start(&provider).await;
    let mut nobody = Browser::new(&app);
    for _ in 0..2 {
        let down = nobody.get("/sign-in/oidc").await;
        assert!(down.status == 503 && down.text().contains("现在无法使用"), "{}", down.text());
    }
    app.finish().await;
}

#[tokio::test]
async fn a_system_that_the_platform_does_not_know_is_told_to_who_runs_it() {
    let provider = Provider::start().await;
    let app = start_with(&provider, |config| {
        config.accounts.oidc.client_secret = minyi::config::SecretText::new("wrong-secret".to_owned());
    })
    .await;
    let back = attempt(&provider, &mut Browser::new(&app), "/").await;
    assert!(back.status == 502 && back.text().contains("invalid_client"), "{}", back.text());
    assert!(back.text().contains("accounts.oidc") && !back.text().contains("wrong-secret"));
    app.finish().await;
    let app = start_with(&provider, |config| config.accounts.oidc.issuer += "/").await;
    let odd = Browser::new(&app).get("/sign-in/oidc").await;
    assert!(odd.status == 502 || odd.status == 503, "{}", odd.text());
    app.finish().await;
}

#[tokio::test]
async fn an_identity_that_opens_no_account_is_shown_to_its_owner_and_bound_by_an_administrator() {
    let provider = Provider::start().await;
    let app = start(&provider).await;
    add_user(&app, "li", &["editor"]).await;
    add_user(&app, "zhang", &["editor"]).await;
    provider.person(json!({ "sub": "u-2002<b>", "preferred_username": "zhang" }));
    let mut browser = Browser::new(&app);
    let back = attempt(&provider, &mut browser, "/").await;
    assert_eq!(back.status, 403, "{}", back.text());
    let text = back.text();
    assert!(text.contains("该身份尚未绑定本系统账户，请联系管理员"), "{text}");
    assert!(text.contains("u-2002&#60;b&#62;") && !text.contains("u-2002<b>"), "{text}");
    // No account was made, and the name there opens none by itself.
    assert!(!is_in(&mut browser).await);

    let mut security = Browser::signed_in(&app, "sec", &["security"]).await;
    for bad in ["", " ", &"x".repeat(256)] {
        assert_eq!(bind(&mut security, "zhang", bad).await.status, 422, "{bad:?}");
    }
    assert!(bind(&mut security, "sec", "u-3").await.text().contains("我的账户"), "not one's own");
    assert_eq!(bind(&mut security, "nobody", "u-3").await.status, 404);
    assert_eq!(bind(&mut security, "zhang", "u-2002<b>").await.status, 303);
    let twice = bind(&mut security, "li", "u-2002<b>").await;
    assert!(twice.status == 422 && twice.text().contains("另一个账户"), "{}", twice.text());
    let second = bind(&mut security, "zhang", "u-9").await;
    assert!(second.status == 422 && second.text().contains("另一个身份"), "{}", second.text());
    let mut editor = Browser::signed_in(&app, "wang", &["editor"]).await;
    assert_eq!(editor.post("/accounts/li/identity", &[("do", "bind"), ("subject", "u-8")]).await.status, 403);

    assert_eq!(goes_to(&attempt(&provider, &mut browser, "/").await), "/");
    assert!(is_in(&mut browser).await);
    // Without a password it is the only way in.
    let kept = browser.post("/account/identity", &[("do", "unbind")]).await;
    assert!(kept.status == 422 && kept.text().contains("没有设定密码"), "{}", kept.text());
    security.get("/accounts").await;
    assert_eq!(security.post("/accounts/zhang/identity", &[("do", "unbind")]).await.status, 303);
    assert!(!is_in(&mut browser).await, "its sessions end");
    assert_eq!(attempt(&provider, &mut browser, "/").await.status, 403);
    assert_eq!(security.post("/accounts/zhang/identity", &[("do", "unbind")]).await.status, 404);
    // A reset takes a bound identity off: whoever got in before does not get in again.
    assert_eq!(bind(&mut security, "zhang", "u-2002<b>").await.status, 303);
    assert_eq!(security.post("/accounts/zhang/reset", &[]).await.status, 200);
    assert_eq!(attempt(&provider, &mut browser, "/").await.status, 403);
    let log = log_of(app.finish().await, &["user:zhang", "identity"]).await;
    for told in ["identity.bind", "identity.unbind", "user:sec", "not bound", "u-2002<b>"] {
        assert!(log.contains(told) || log.contains(&told.replace("user:", "")), "{told}: {log}");
    }
}

#[tokio::test]
async fn its_owner_binds_an_identity_by_the_password_and_takes_it_off_again() {
    let provider = Provider::start().await;
    let app = start(&provider).await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let mut li = Browser::signed_in(&app, "li", &["editor"]).await;
    assert!(zhang.get("/account").await.text().contains("绑定统一身份"));
    let wrong = zhang.post("/account/identity", &[("do", "bind"), ("password", "wrong")]).await;
    assert!(wrong.status == 422 && wrong.text().contains("当前密码不正确"), "{}", wrong.text());
    assert_eq!(
        zhang.post_with("/account/identity", "", &[("do", "bind"), ("password", PASSWORD)]).await.status,
        403
    );

    let ask = [("do", "bind"), ("password", PASSWORD)];
    let sent = zhang.post("/account/identity", &ask).await;
    let link = provider.agree(goes_to(&sent));
    // Not in the browser of somebody else, who is signed in too.
    assert_eq!(come_back(&mut li, &link).await.status, 401);
    assert_eq!(goes_to(&come_back(&mut zhang, &link).await), "/account?done=identity");
    let shown = zhang.get("/account?done=identity").await.text();
    assert!(shown.contains("统一身份已绑定") && shown.contains("u-1001"), "{shown}");

    // The same identity opens no second account.
    li.get("/account").await;
    let sent = li.post("/account/identity", &ask).await;
    let refused = come_back(&mut li, &provider.agree(goes_to(&sent))).await;
    assert!(refused.status == 409 && refused.text().contains("另一个账户"), "{}", refused.text());
    // A session that has ended binds nothing.
    provider.person(json!({ "sub": "u-5005" }));
    li.get("/account").await;
    let sent = li.post("/account/identity", &ask).await;
    let link = provider.agree(goes_to(&sent));
    li.get("/account").await;
    let held = li.cookies["minyi_oidc"].clone();
    li.post("/sign-out", &[]).await;
    li.cookies.insert("minyi_oidc".to_owned(), held);
    assert_eq!(come_back(&mut li, &link).await.status, 401);
    assert_eq!(attempt(&provider, &mut Browser::new(&app), "/").await.status, 403);

    provider.person(json!({ "sub": "u-1001" }));
    let mut other = Browser::new(&app);
    assert_eq!(goes_to(&attempt(&provider, &mut other, "/").await), "/");
    zhang.get("/account").await;
    assert_eq!(zhang.post("/account/identity", &[("do", "unbind")]).await.status, 303);
    assert!(is_in(&mut zhang).await && !is_in(&mut other).await, "others end");
    assert_eq!(attempt(&provider, &mut other, "/").await.status, 403);
    assert_eq!(zhang.post("/account/identity", &[("do", "unbind")]).await.status, 404);
    let log = log_of(app.finish().await, &["user:zhang"]).await;
    assert!(
        log.contains("identity.bind") && log.contains("owner") && log.contains("identity.unbind"),
        "{log}"
    );
}

#[tokio::test]
async fn wrong_passwords_before_binding_lock_the_name_and_a_locked_or_disabled_account_is_refused() {
    let provider = Provider::start().await;
    let app = start(&provider).await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    bind(&mut admin, "zhang", "u-1001").await;
    let mut other = Browser::new(&app);
    assert_eq!(goes_to(&attempt(&provider, &mut other, "/").await), "/");
    zhang.get("/account").await;
    let mut said = Vec::new();
    for _ in 0..5 {
        let wrong = zhang.post("/account/identity", &[("do", "bind"), ("password", "wrong")]).await;
        said.push(wrong.text().contains("暂停登录"));
    }
    assert_eq!(said, [false, false, false, false, true]);
    let mut fresh = Browser::new(&app);
    let locked = attempt(&provider, &mut fresh, "/").await;
    assert!(locked.status == 429 && locked.text().contains("暂停登录"), "{}", locked.text());
    assert!(!is_in(&mut fresh).await && is_in(&mut other).await, "who is in stays so");

    admin.get("/accounts").await;
    assert_eq!(admin.post("/accounts/zhang/disable", &[]).await.status, 303);
    let disabled = attempt(&provider, &mut fresh, "/").await;
    assert!(disabled.status == 403 && disabled.text().contains("已停用"), "{}", disabled.text());
    assert!(!is_in(&mut fresh).await && !is_in(&mut other).await);
    app.finish().await;
}

#[tokio::test]
async fn answers_that_are_made_up_are_counted_by_address_and_what_the_platform_does_wrong_is_not() {
    let provider = Provider::start().await;
    let app = start_with(&provider, |config| config.accounts.max_address_failures = 3).await;
    let mut browser = Browser::new(&app);
    provider.lie(Lie::Signature);
    for _ in 0..4 {
        let back = attempt(&provider, &mut browser, "/").await;
        assert!(back.text().contains("签名不对"), "{}", back.text());
    }
    provider.lie(Lie::None);
    let mut said = Vec::new();
    for path in ["/sign-in/oidc/back", "/sign-in/oidc/back?code=a&state=b"] {
        said.push(come_back(&mut browser, path).await.status);
    }
    let sent = leave(&mut browser, "/").await;
    let made_up = provider.agree(&sent).replace("code=code", "code=mine");
    said.push(come_back(&mut browser, &made_up).await.status);
    assert_eq!(said, [401, 401, 429]);
    let shut = attempt(&provider, &mut browser, "/").await;
    assert!(shut.status == 429 && shut.text().contains("已暂停从此地址登录"), "{}", shut.text());
    app.finish().await;
}

#[tokio::test]
async fn this_systems_second_step_follows_the_platform_unless_the_platform_stands_for_it() {
    let provider = Provider::start().await;
    let must = |config: &mut Config| config.accounts.second_step_for = "edit".to_owned();
    let app = start_with(&provider, must).await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    add_user(&app, "zhang", &["editor"]).await;
    bind(&mut admin, "zhang", "u-1001").await;
    let mut zhang = Browser::new(&app);
    let back = attempt(&provider, &mut zhang, "/inbox").await;
    assert_eq!(goes_to(&back), "/sign-in/code?next=%2Finbox");
    assert!(!zhang.cookies.contains_key("minyi_session") && !is_in(&mut zhang).await);
    let page = zhang.get("/sign-in/code?next=%2Finbox").await.text();
    let seed = between(&page, "密钥 <code class=\"long\">", "</code>").expect("a seed");
    let seed = Secret::try_from_base32(seed.replace(' ', "")).expect("a seed");
    let now = u64::try_from(SystemClock.now().as_micros() / 1_000_000);
    let code =
        Builder::new().with_secret(seed).build().expect("totp").generate(now.expect("now")).to_string();
    assert_eq!(zhang.post("/sign-in/code", &[("code", &code)]).await.status, 200);
    assert!(is_in(&mut zhang).await);
    let log = log_of(app.finish().await, &["user:zhang"]).await;
    assert!(log.contains("identity, code"), "{log}");

    let app = start_with(&provider, |config| {
        must(config);
        config.accounts.oidc.second_step = SecondStepBy::Platform;
    })
    .await;
    let mut admin = Browser::signed_in(&app, "sys", &["system"]).await;
    add_user(&app, "zhang", &["editor"]).await;
    bind(&mut admin, "zhang", "u-1001").await;
    let mut zhang = Browser::new(&app);
    assert_eq!(goes_to(&attempt(&provider, &mut zhang, "/inbox").await), "/inbox");
    assert!(is_in(&mut zhang).await);
    app.finish().await;
}

#[tokio::test]
async fn where_the_configuration_goes_by_names_the_first_sign_in_binds_and_never_again() {
    let provider = Provider::start().await;
    let app = start_with(&provider, |config| {
        config.accounts.oidc.claim = "employee".to_owned();
        config.accounts.oidc.link_by = "preferred_username".to_owned();
        config.accounts.oidc.scopes = "openid profile".to_owned();
    })
    .await;
    add_user(&app, "zhang", &["editor"]).await;
    let mut first = Browser::new(&app);
    provider.person(json!({ "sub": "a", "preferred_username": "zhang" }));
    let nameless = attempt(&provider, &mut first, "/").await;
    assert!(nameless.status == 502 && nameless.text().contains("employee"), "{}", nameless.text());
    provider.person(json!({ "sub": "a", "employee": 7, "preferred_username": "wang" }));
    assert_eq!(attempt(&provider, &mut first, "/").await.status, 403, "no account of this name is made");
    provider.person(json!({ "sub": "a", "employee": 7, "preferred_username": "zhang" }));
    assert_eq!(goes_to(&attempt(&provider, &mut first, "/").await), "/");
    assert!(first.get("/account").await.text().contains("<code class=\"long\">7</code>"));
    // Somebody else who takes the name later does not get the account.
    provider.person(json!({ "sub": "b", "employee": 8, "preferred_username": "zhang" }));
    assert_eq!(attempt(&provider, &mut Browser::new(&app), "/").await.status, 403);
    // And whoever is bound keeps it under another name.
    provider.person(json!({ "sub": "a", "employee": 7, "preferred_username": "zhang2" }));
    assert_eq!(goes_to(&attempt(&provider, &mut Browser::new(&app), "/").await), "/");
    let log = log_of(app.finish().await, &["user:zhang"]).await;
    assert!(log.contains("name at the platform"), "{log}");
}

#[tokio::test]
async fn a_platform_that_changes_its_key_is_asked_for_the_new_one() {
    let provider = Provider::start().await;
    let mut config = minyi::config::load(None, &[]).expect("the default");
    provider.configure(&mut config);
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let secret = SecretKey::new([7; 32]);
    let platform = Platform::new(&config.accounts, &config.desk, &secret, clock.clone());
    let platform = platform.expect("settings").expect("a platform");
    assert_eq!(platform.check().await, Ok(1));
    let asked = async || {
        let sent = platform.send("/", None).await.expect("sent");
        let back = provider.agree(&sent.address);
        let code = between(&back, "code=", "&").expect("a code");
        let wait = platform.held(&sent.held).expect("held");
        platform.ask(&wait, &Answer { code: &code, ..Answer::default() }).await
    };
    assert!(asked().await.is_ok());
    provider.rotate();
    // Not at once: a token by a made-up key must not have us ask on and on.
    assert_eq!(asked().await, Err(PlatformError::Token(Fault::Signature)));
    clock.advance(31);
    assert!(asked().await.is_ok());
    let sent = platform.send("/", None).await.expect("sent");
    clock.advance(600);
    assert!(platform.held(&sent.held).is_none(), "nobody takes ten minutes");
}

#[tokio::test]
async fn a_platform_that_answers_nonsense_is_told_apart_from_one_that_is_away() {
    let provider = Provider::start().await;
    let checked = async |change: &dyn Fn(&mut Config)| {
        let mut config = minyi::config::load(None, &[]).expect("the default");
        provider.configure(&mut config);
        change(&mut config);
        let secret = SecretKey::new([7; 32]);
        let platform = Platform::new(&config.accounts, &config.desk, &secret, Arc::new(SystemClock));
        platform.expect("settings").expect("a platform").check().await
    };
    let elsewhere = |config: &mut Config| config.accounts.oidc.issuer += "/nowhere";
    assert!(matches!(checked(&elsewhere).await, Err(PlatformError::Odd(why)) if why.contains("404")));
    let other = |config: &mut Config| config.accounts.oidc.issuer += "/";
    assert!(matches!(checked(&other).await, Err(PlatformError::Odd(why)) if why.contains("逐字相同")));
    provider.end();
    assert!(matches!(checked(&|_| {}).await, Err(PlatformError::Away(_))));
}
