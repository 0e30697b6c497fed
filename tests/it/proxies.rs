//! What is believed of a request that came through a proxy: the word of those that the settings name, of nobody else.

use crate::portal::fill;
use crate::support::{Browser, TestApp};

/// A visitor whose requests carry these headers.
fn visitor(app: &TestApp, forwarded: &[(&'static str, &'static str)]) -> Browser {
    let mut browser = Browser::new(app);
    browser.always = forwarded.to_vec();
    browser
}

/// Whether a page was given as over https: its cookie for that alone, and the browser told to stay there.
async fn secured(app: &TestApp, forwarded: &[(&'static str, &'static str)]) -> bool {
    let page = visitor(app, forwarded).get("/sign-in").await;
    let cookie = page.header("set-cookie").contains("; Secure");
    assert_eq!(cookie, !page.header("strict-transport-security").is_empty());
    cookie
}

#[tokio::test]
async fn without_a_named_proxy_the_headers_are_ignored() {
    let app = TestApp::start_with(|config| config.portal.per_hour = 1).await;
    assert!(!secured(&app, &[("x-forwarded-proto", "https")]).await);
    // Another invented address at each request does not get around the limit of one's own.
    let mut statuses = Vec::new();
    for address in ["203.0.113.1", "203.0.113.2", "203.0.113.3"] {
        let mut liar = visitor(&app, &[("x-forwarded-for", address)]);
        statuses.push(fill(&mut liar, "/report", &[]).await.status);
    }
    assert_eq!(statuses, [303, 429, 429]);
    app.finish().await;
}

#[tokio::test]
async fn a_named_proxy_tells_who_called_and_how() {
    let app = TestApp::start_with(|config| {
        config.portal.per_hour = 1;
        config.server.trusted_proxies = "127.0.0.1, 10.8.0.0/16".to_owned();
    })
    .await;
    assert!(secured(&app, &[("x-forwarded-proto", "https")]).await);
    assert!(!secured(&app, &[("x-forwarded-proto", "http")]).await && !secured(&app, &[]).await);
    let mut statuses = Vec::new();
    for forwarded in [
        "203.0.113.1",
        "203.0.113.2, 10.8.0.1",
        // What stands before the proxy's own word is the caller's invention.
        "198.51.100.1, 203.0.113.1",
        "203.0.113.2",
    ] {
        let mut caller = visitor(&app, &[("x-forwarded-for", forwarded)]);
        statuses.push(fill(&mut caller, "/report", &[]).await.status);
    }
    assert_eq!(statuses, [303, 303, 429, 429]);
    app.finish().await;
}
