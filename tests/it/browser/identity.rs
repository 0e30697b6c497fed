//! Signing in by an identity platform on another site, as a real browser does it: which cookies go along, which redirects and
//! forms it takes.

use crate::support::{PASSWORD, Provider, TestApp};

use super::driver::Chromium;

#[tokio::test]
#[ignore = "needs Chromium"]
async fn an_identity_is_bound_and_signs_in_across_sites_with_script_or_without() {
    // localhost and 127.0.0.1 are two sites to a browser.
    let provider = Provider::start_as("localhost").await;
    let app = TestApp::start_with(|config| provider.configure(config)).await;
    provider.desk(app.address());
    let browser = Chromium::start(&app).await;
    browser.sign_in(&app, "zhang", &["editor"]).await;
    browser.open("/account").await;
    browser.fill("#identity-password", PASSWORD).await;
    browser.click("#identity button[value=bind]").await;
    browser.until("return location.hostname === 'localhost'").await;
    browser.look("identity-platform").await;
    browser.click("#agree").await;
    browser.until("return location.pathname === '/account' && location.search === '?done=identity'").await;
    assert!(browser.text().await.contains("统一身份已绑定"));
    browser.look("identity-account").await;

    browser.click("form[action='/sign-out'] button").await;
    browser.until("return location.pathname === '/sign-in'").await;
    browser.open("/search?q=x").await;
    browser.until("return location.pathname === '/sign-in'").await;
    browser.look("identity-sign-in").await;
    browser.click("a.button.wide").await;
    browser.until("return location.hostname === 'localhost'").await;
    browser.click("#agree").await;
    // The session's cookie goes along with the first page already.
    browser.until("return location.pathname === '/search'").await;
    assert!(browser.text().await.contains("zhang先生"));

    provider.person(serde_json::json!({ "sub": "u-7" }));
    browser.click("form[action='/sign-out'] button").await;
    browser.until("return location.pathname === '/sign-in'").await;
    browser.click("a.button.wide").await;
    browser.until("return location.hostname === 'localhost'").await;
    browser.click("#agree").await;
    browser.until("return document.body.innerText.includes('该身份尚未绑定本系统账户')").await;
    assert!(browser.text().await.contains("u-7"));
    browser.look("identity-unbound").await;
    browser.close().await;
    app.finish().await;
}
