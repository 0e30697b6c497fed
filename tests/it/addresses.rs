//! Failed sign-ins are counted by the client's address too: under many names, one door is shut.

use minyi::config::Config;

use crate::support::{Answer, Browser, PASSWORD, TestApp, engines};

const SHUT: &str = "已暂停从此地址登录";

fn seven_behind_a_proxy(config: &mut Config) {
    config.accounts.max_address_failures = 7;
    config.server.trusted_proxies = "127.0.0.1".to_owned();
}

async fn try_from(app: &TestApp, address: &'static str, name: &str, password: &str) -> (Browser, Answer) {
    let mut browser = Browser::new(app);
    browser.always = vec![("x-forwarded-for", address)];
    browser.get("/sign-in").await;
    let answer = browser.post("/sign-in", &[("name", name), ("password", password)]).await;
    (browser, answer)
}

#[tokio::test]
async fn a_few_guesses_under_each_of_many_names_shut_the_address_and_no_other() {
    let app = TestApp::start_with(seven_behind_a_proxy).await;
    for name in ["li", "zhang"] {
        Browser::signed_in(&app, name, &["editor"]).await;
    }
    let (here, there) = ("203.0.113.1", "203.0.113.2");
    for n in 1..=6 {
        let (_, refused) = try_from(&app, here, &format!("name{n}"), "wrong").await;
        assert!(refused.status == 401 && refused.text().contains("用户名或密码不正确"), "{n}");
    }
    // Whoever has one account of his own does not get further guesses by it.
    let (mut inside, done) = try_from(&app, here, "li", PASSWORD).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let (_, shut) = try_from(&app, here, "name7", "wrong").await;
    assert!(shut.status == 401 && shut.text().contains(SHUT), "{}", shut.text());
    assert!(shut.text().contains("请 15 分钟后（"), "{}", shut.text());
    let (_, shut) = try_from(&app, here, "li", PASSWORD).await;
    assert!(shut.status == 401 && shut.text().contains(SHUT), "{}", shut.text());
    assert_eq!(inside.get("/account").await.status, 200, "who is signed in stays so");
    // Whoever is shut out locks no names.
    for _ in 0..5 {
        let (_, shut) = try_from(&app, here, "zhang", "wrong").await;
        assert!(shut.text().contains(SHUT), "{}", shut.text());
    }
    assert_eq!(try_from(&app, there, "zhang", PASSWORD).await.1.status, 303);

    // The lock stands in the store.
    let app = TestApp::start_in(app.finish().await, seven_behind_a_proxy).await;
    assert!(try_from(&app, here, "li", PASSWORD).await.1.text().contains(SHUT));
    assert_eq!(try_from(&app, there, "li", PASSWORD).await.1.status, 303);
    let dir = app.finish().await;
    let store = engines::open_store(dir.path());
    let rows = tokio::task::spawn_blocking(move || {
        let of = |object: &'static str| {
            let rows = store.read(move |sql| minyi::store::history(sql, object)).wait().expect("rows");
            format!("{rows:?}")
        };
        (of("address:203.0.113.1"), of("user:zhang"), of("user:name1"))
    });
    let (address, shut_out, guessed) = rows.await.expect("rows");
    assert!(address.contains("address.locked"), "{address}");
    assert!(shut_out.contains("address locked"), "{shut_out}");
    assert!(guessed.contains("user.refused") && guessed.contains(here), "{guessed}");
}

#[tokio::test]
async fn without_a_limit_by_address_only_names_are_counted() {
    let app = TestApp::start_with(|config| {
        seven_behind_a_proxy(config);
        config.accounts.max_address_failures = 0;
    })
    .await;
    Browser::signed_in(&app, "li", &["editor"]).await;
    for n in 0..8 {
        let (_, refused) = try_from(&app, "203.0.113.1", &format!("name{n}"), "wrong").await;
        assert!(refused.text().contains("用户名或密码不正确"), "{}", refused.text());
    }
    assert_eq!(try_from(&app, "203.0.113.1", "li", PASSWORD).await.1.status, 303);
    app.finish().await;
}
