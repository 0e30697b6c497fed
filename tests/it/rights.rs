//! Every route of the pages × every role: allowed, refused, or sent to sign in. A route without an entry cannot be had:
//! the router is made from the table that this test walks through.

use std::collections::BTreeSet;

use hyper::Method;
use minyi::model::{Role, Roles};
use minyi::site::{Need, PageRight};
use minyi::{editorial, exchange, portal, pull, registry, upload};

use crate::support::{Browser, TestApp};

/// The routes of every part that has pages.
fn page_rights() -> Vec<PageRight> {
    [
        editorial::page_rights(),
        portal::page_rights(),
        upload::page_rights(),
        pull::page_rights(),
        exchange::page_rights(),
        registry::page_rights(),
    ]
    .concat()
}

/// The path with something in the place of its parts.
pub fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{name}" => "zhang",
            "{link}" => "nothing",
            part if part.starts_with('{') => "0",
            part => part,
        })
        .collect::<Vec<_>>()
        .join("/")
}

async fn asked(app: &TestApp, browser: &mut Browser, right: &PageRight) -> u16 {
    let path = filled(right.path);
    // This answer stays open.
    if right.path == "/events" {
        return browser.status_of(app, &path).await;
    }
    if right.method == Method::GET {
        return browser.get(&path).await.status;
    }
    browser.get("/account").await;
    browser.post(&path, &[]).await.status
}

#[tokio::test]
async fn every_route_answers_every_role_as_the_table_says() {
    let app = TestApp::start().await;
    for role in Role::ALL {
        let roles = Roles::new(&[*role]).expect("one role");
        let name = role.code();
        let mut browser = Browser::signed_in(&app, name, &[name]).await;
        for right in page_rights() {
            // Signing out would end the walk; it is asked below.
            if right.path == "/sign-out" {
                continue;
            }
            let status = asked(&app, &mut browser, &right).await;
            let allowed = right.need.met_by(&roles);
            assert_eq!(status != 403, allowed, "{role:?} {} {} gives {status}", right.method, right.path);
            assert!(status < 500, "{role:?} {} {} gives {status}", right.method, right.path);
        }
        assert_eq!(browser.post("/sign-out", &[]).await.status, 303);
    }
    app.finish().await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_sign_in_or_refused() {
    let app = TestApp::start().await;
    for right in page_rights() {
        let mut browser = Browser::new(&app);
        browser.get("/sign-in").await;
        let path = filled(right.path);
        let answer = match right.method {
            Method::GET => browser.get(&path).await,
            _ => browser.post(&path, &[]).await,
        };
        let told = format!("{} {} gives {}", right.method, right.path, answer.status);
        match (right.need, right.method == Method::GET) {
            (Need::Open, _) => assert!(!answer.header("location").starts_with("/sign-in?next"), "{told}"),
            (_, true) => assert!(answer.header("location").starts_with("/sign-in?next="), "{told}"),
            (_, false) => assert_eq!(answer.status, 401, "{told}"),
        }
    }
    app.finish().await;
}

#[test]
fn only_what_leads_to_signing_in_and_what_the_public_sends_is_open() {
    let open: BTreeSet<&str> =
        page_rights().iter().filter(|right| right.need == Need::Open).map(|right| right.path).collect();
    assert_eq!(
        open.into_iter().collect::<Vec<_>>(),
        [
            "/assets/{name}",
            "/receipt",
            "/report",
            "/report/propose",
            "/report/similar",
            "/setup/{link}",
            "/sign-in",
            "/sign-in/code",
            "/sign-in/oidc",
            "/sign-in/oidc/back",
            "/view"
        ]
    );
}
