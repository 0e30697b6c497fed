//! The second step of signing in: set up, asked for, never taken twice, counted when wrong, reset.

use minyi::clock::{Clock, SystemClock};
use totp_rs::{Builder, Secret};

use crate::support::{Answer, Browser, PASSWORD, TestApp, add_user, between, engines};

fn now() -> u64 {
    u64::try_from(SystemClock.now().as_micros() / 1_000_000).expect("after 1970")
}

fn code(seed: &str, at: u64) -> String {
    let seed = Secret::try_from_base32(seed.replace(' ', "")).expect("a seed");
    Builder::new().with_secret(seed).build().expect("an authenticator").generate(at).to_string()
}

fn seed_of(page: &str) -> String {
    between(page, "密钥 <code class=\"long\">", "</code>").expect("a seed")
}

fn recovery_codes(page: &str) -> Vec<String> {
    page.split("<li><code>").skip(1).filter_map(|rest| Some(rest.split_once('<')?.0.to_owned())).collect()
}

/// Sets an authenticator up; gives its seed, the time of the code used, and the recovery codes.
async fn enrol(browser: &mut Browser) -> (String, u64, Vec<String>) {
    browser.get("/account/second-step").await;
    assert_eq!(browser.post("/account/second-step", &[("do", "start")]).await.status, 303);
    let page = browser.get("/account/second-step").await.text();
    assert!(page.contains("<svg") && !page.contains("data:image/png"));
    let (seed, at) = (seed_of(&page), now());
    let wrong = code(&seed, at + 86_400);
    assert_eq!(
        browser.post("/account/second-step", &[("do", "confirm"), ("code", &wrong)]).await.status,
        422
    );
    let done = browser.post("/account/second-step", &[("do", "confirm"), ("code", &code(&seed, at))]).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let codes = recovery_codes(&done.text());
    assert_eq!(codes.len(), 10);
    (seed, at, codes)
}

async fn password(app: &TestApp, name: &str) -> (Browser, Answer) {
    let mut browser = Browser::new(app);
    browser.get("/sign-in").await;
    let answer = browser.post("/sign-in", &[("name", name), ("password", PASSWORD)]).await;
    (browser, answer)
}

/// The password, then a code.
async fn with_code(app: &TestApp, name: &str, typed: &str) -> (Browser, Answer) {
    let (mut browser, answer) = password(app, name).await;
    assert_eq!(answer.header("location"), "/sign-in/code?next=%2F", "{}", answer.text());
    browser.get("/sign-in/code").await;
    let answer = browser.post("/sign-in/code", &[("code", typed)]).await;
    (browser, answer)
}

#[tokio::test]
async fn between_password_and_code_nothing_opens_and_no_code_is_taken_twice() {
    let app = TestApp::start().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (mut other, begun) = password(&app, "zhang").await;
    assert_eq!((begun.status, begun.header("location")), (303, "/"));
    let (seed, at, codes) = enrol(&mut zhang).await;
    // The sessions begun without a code are over, but for the one that set it up.
    assert_eq!((other.get("/account").await.status, zhang.get("/account").await.status), (303, 200));

    let (mut half, _) = password(&app, "zhang").await;
    assert!(!half.cookies.contains_key("minyi_session"));
    for path in ["/account", "/inbox", "/account/second-step"] {
        assert!(half.get(path).await.header("location").starts_with("/sign-in?next="), "{path}");
    }
    // What is held between password and code is no session by another name.
    let held = half.cookies["minyi_half"].clone();
    half.cookies.insert("minyi_session".to_owned(), held.clone());
    assert_eq!(half.get("/account").await.status, 303);
    half.cookies.remove("minyi_session");

    // The code that confirmed is used up; the next one signs in, once.
    let (_, replayed) = with_code(&app, "zhang", &code(&seed, at)).await;
    assert_eq!(replayed.status, 401);
    let next = code(&seed, at + 30);
    half.get("/sign-in/code").await;
    let done = half.post("/sign-in/code", &[("code", &next)]).await;
    assert_eq!((done.status, done.header("location")), (303, "/"), "{}", done.text());
    assert_eq!(half.get("/account").await.status, 200);
    assert!(half.cookies["minyi_session"] != held && !half.cookies.contains_key("minyi_half"));
    let (_, replayed) = with_code(&app, "zhang", &next).await;
    assert_eq!(replayed.status, 401, "{}", replayed.text());
    // The wait ends with its code.
    let mut again = Browser::new(&app);
    again.cookies.insert("minyi_half".to_owned(), held);
    assert!(again.get("/sign-in/code").await.header("location").starts_with("/sign-in?late=1"));

    // A recovery code, however it is typed, once.
    let typed = codes[3].to_uppercase().replace('-', " ");
    assert_eq!(with_code(&app, "zhang", &typed).await.1.status, 303);
    assert_eq!(with_code(&app, "zhang", &codes[3]).await.1.status, 401);
    let dir = app.finish().await;
    let store = engines::open_store(dir.path());
    let rows = tokio::task::spawn_blocking(move || {
        store.read(|sql| minyi::store::history(sql, "user:zhang")).wait().expect("rows")
    });
    let rows = rows.await.expect("rows");
    let told = format!("{rows:?}");
    for action in ["user.second_step_on", "user.recovery_codes", "user.recovery_used", "wrong code"] {
        assert!(told.contains(action), "{action}");
    }
    assert!(!told.contains(&seed.replace(' ', "")) && !told.contains(&codes[3]));
}

#[tokio::test]
async fn wrong_codes_lock_the_name_and_a_known_password_does_not_set_the_count_back() {
    let app = TestApp::start().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (seed, at, codes) = enrol(&mut zhang).await;
    let wrong = code(&seed, at + 86_400);
    let mut said = Vec::new();
    for _ in 0..5 {
        // The password anew each time.
        let (_, answer) = with_code(&app, "zhang", &wrong).await;
        assert_eq!(answer.status, 401);
        said.push(answer.text().contains("暂停登录"));
    }
    assert_eq!(said, [false, false, false, false, true]);
    let (_, locked) = password(&app, "zhang").await;
    assert!(locked.status == 401 && locked.text().contains("暂停登录"));
    // While it is locked, not even the right code with the right password takes it away.
    zhang.get("/account/second-step").await;
    let fields = [("do", "off"), ("password", PASSWORD), ("code", codes[0].as_str())];
    let refused = zhang.post("/account/second-step", &fields).await;
    assert!(refused.status == 422 && refused.text().contains("暂停登录"), "{}", refused.text());
    app.finish().await;
}

#[tokio::test]
async fn wrong_codes_are_counted_with_wrong_passwords_by_address_too() {
    let app = TestApp::start_with(|config| config.accounts.max_address_failures = 4).await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (seed, at, codes) = enrol(&mut zhang).await;
    let mut guesser = Browser::new(&app);
    guesser.get("/sign-in").await;
    let guess = [("name", "nobody"), ("password", "wrong")];
    assert_eq!(guesser.post("/sign-in", &guess).await.status, 401);
    let mut turn_off = async |code: &str| {
        let fields = [("do", "off"), ("password", PASSWORD), ("code", code)];
        zhang.get("/account/second-step").await;
        zhang.post("/account/second-step", &fields).await
    };
    assert!(turn_off("000000").await.text().contains("未通过"));
    let wrong = code(&seed, at + 86_400);
    let mut said = Vec::new();
    for _ in 0..2 {
        let (_, answer) = with_code(&app, "zhang", &wrong).await;
        assert_eq!(answer.status, 401);
        said.push(answer.text().contains("已暂停从此地址登录"));
    }
    assert_eq!(said, [false, true]);
    let (_, shut) = password(&app, "zhang").await;
    assert!(shut.status == 401 && shut.text().contains("已暂停从此地址登录"));
    let refused = turn_off(&codes[0]).await;
    assert!(refused.status == 422 && refused.text().contains("已暂停从此地址登录"), "{}", refused.text());
    app.finish().await;
}

#[tokio::test]
async fn its_owner_ends_it_by_password_and_code_and_the_security_administrator_resets_it() {
    let app = TestApp::start().await;
    let mut zhang = Browser::signed_in(&app, "zhang", &["editor"]).await;
    let (_, _, codes) = enrol(&mut zhang).await;
    let mut act = async |what: &str, password: &str, code: &str| {
        zhang.get("/account/second-step").await;
        let fields = [("do", what), ("password", password), ("code", code)];
        zhang.post("/account/second-step", &fields).await
    };
    assert_eq!(act("off", "wrong", &codes[0]).await.status, 422);
    assert_eq!(act("off", PASSWORD, "000000").await.status, 422);
    let renewed = act("codes", PASSWORD, &codes[1]).await;
    let fresh = recovery_codes(&renewed.text());
    assert!(fresh.len() == 10 && !fresh.contains(&codes[2]));
    assert_eq!(act("off", PASSWORD, &codes[2]).await.status, 422, "an earlier set has ended");
    assert_eq!(act("off", PASSWORD, &fresh[0]).await.status, 303);
    assert_eq!(password(&app, "zhang").await.1.header("location"), "/");

    enrol(&mut zhang).await;
    let mut system = Browser::signed_in(&app, "sys", &["system"]).await;
    assert_eq!(system.post("/accounts/zhang/second-step", &[]).await.status, 403);
    let mut security = Browser::signed_in(&app, "sec", &["security"]).await;
    assert!(security.get("/accounts").await.text().contains("重置验证码"));
    assert_eq!(security.post("/accounts/zhang/second-step", &[]).await.status, 303);
    assert_eq!(zhang.get("/account").await.status, 303, "its sessions end");
    assert_eq!(password(&app, "zhang").await.1.header("location"), "/");
    assert_eq!(security.post("/accounts/zhang/second-step", &[]).await.status, 404);
    app.operator.post("/api/v1/users/zhang/second-step/reset", "").await.refused(404, "not_found");
    app.finish().await;
}

#[tokio::test]
async fn whoever_must_have_one_sets_it_up_before_the_first_session() {
    let app = TestApp::start_with(|config| config.accounts.second_step_for = "sign, grants".to_owned()).await;
    let _editor = Browser::signed_in(&app, "li", &["editor"]).await;
    let link = add_user(&app, "zhao", &["signer"]).await;
    let mut zhao = Browser::new(&app);
    zhao.get(&link).await;
    let done = zhao.post(&link, &[("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(done.header("location"), "/sign-in/code?next=%2F", "{}", done.text());
    assert_eq!(zhao.get("/account").await.status, 303);
    let seed = seed_of(&zhao.get("/sign-in/code").await.text());
    let done = zhao.post("/sign-in/code", &[("code", &code(&seed, now()))]).await;
    assert!(done.status == 200 && recovery_codes(&done.text()).len() == 10, "{}", done.text());
    let page = zhao.get("/account/second-step").await;
    assert!(page.status == 200 && page.text().contains("更换手机"));
    // A new telephone: out at once, and set up anew at the next sign-in.
    let codes = recovery_codes(&done.text());
    let fields = [("do", "off"), ("password", PASSWORD), ("code", codes[0].as_str())];
    assert_eq!(zhao.post("/account/second-step", &fields).await.status, 303);
    assert_eq!(zhao.get("/account").await.status, 303);
    let (mut again, _) = password(&app, "zhao").await;
    assert_ne!(seed_of(&again.get("/sign-in/code").await.text()), seed);
    app.finish().await;
}
