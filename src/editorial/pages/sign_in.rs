//! Signing in and out, one-time links, the large view.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::accounts::{AccountError, Begun, Invitation, NewcomerRequest, Secret};
use crate::site::{Asked, Fields, LARGE, Page, SESSION, Shell, UNSIGNED, Visit, page, page_with};
use crate::web::{Problem, encoded, local_address, set_cookie};

use super::second_step::half_cookie;
use super::{Pages, Shared};

/// A year: the large view is a property of the eyes before the screen.
const LARGE_SECONDS: u32 = 365 * 24 * 3600;

/// The cookie of who has given the password and not yet the code.
pub(super) const HALF: &str = "minyi_half";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    next: String,
    name: String,
    error: Option<String>,
    idle_minutes: u32,
    /// The button of the identity platform, and where it leads.
    platform: Option<(String, String)>,
}

impl SignInPage {
    fn new(pages: &Pages, visit: &Visit, next: &str) -> Self {
        Self {
            shell: Shell::new(pages, visit),
            next: local_address(next).to_owned(),
            name: String::new(),
            error: None,
            idle_minutes: pages.accounts.settings().idle_minutes,
            platform: pages.platform.as_ref().map(|platform| {
                let address = format!("/sign-in/oidc?next={}", encoded(local_address(next)));
                (platform.label().to_owned(), address)
            }),
        }
    }
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    if visit.signed_in.is_some() {
        return Ok(Redirect::to(local_address(asked.raw("next"))).into_response());
    }
    let shown = SignInPage::new(&pages, &visit, asked.raw("next"));
    let error = (asked.text("late") == "1").then(|| AccountError::Half.to_string());
    page(&SignInPage { error, ..shown })
}

pub(super) async fn sign_in(
    State(pages): Shared,
    visit: Visit,
    headers: HeaderMap,
    Fields(form): Fields,
) -> Page {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = form.limited("name", "用户名", 40)?;
    let before = visit.signed_in.as_ref();
    let begun = pages.accounts.sign_in(&name, form.raw("password"), agent, visit.from, before).await;
    match begun {
        Ok(begun) => Ok(go_on(&visit, &begun, form.raw("next"))),
        Err(
            error @ (AccountError::Refused | AccountError::Locked(_) | AccountError::AddressLocked { .. }),
        ) => {
            let again = SignInPage::new(&pages, &visit, form.raw("next"));
            let status = Problem::from(AccountError::Refused).status;
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNAUTHORIZED);
            page_with(status, &SignInPage { name, error: Some(error.to_string()), ..again })
        }
        Err(error) => Err(error.into()),
    }
}

/// To where one wanted, or to the code that is due first.
fn go_on(visit: &Visit, begun: &Begun, next: &str) -> Response {
    let half = match begun {
        Begun::Session(secret) => return signed_in(visit, secret, next),
        Begun::Half(half) => half,
    };
    let address = format!("/sign-in/code?next={}", encoded(local_address(next)));
    let mut response = Redirect::to(&address).into_response();
    give(&mut response, &half_cookie(Some(half), visit.https));
    response
}

/// A new session under a new name: whatever the browser held before is of no use any more.
pub(super) fn signed_in(visit: &Visit, secret: &Secret, next: &str) -> Response {
    let mut response = Redirect::to(local_address(next)).into_response();
    give_session(&mut response, visit, secret);
    response
}

/// The cookie of the session; those of before are taken away.
pub(super) fn give_session(response: &mut Response, visit: &Visit, secret: &Secret) {
    let https = visit.https;
    give(response, &set_cookie(SESSION, secret.reveal(), None, https));
    give(response, &set_cookie(UNSIGNED, "", Some(0), https));
    give(response, &half_cookie(None, https));
}

pub(super) fn give(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

pub(super) async fn sign_out(State(pages): Shared, visit: Visit) -> Page {
    pages.accounts.sign_out(visit.who()?).await?;
    let mut response = Redirect::to("/sign-in").into_response();
    give(&mut response, &set_cookie(SESSION, "", Some(0), visit.https));
    Ok(response)
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    shell: Shell,
    /// Whose password; none for the first administrator.
    user: Option<(String, String)>,
    name: String,
    title: String,
    error: Option<String>,
    password_min: usize,
}

impl SetupPage {
    fn new(pages: &Pages, visit: &Visit, invitation: Invitation) -> Self {
        let user = match invitation {
            Invitation::First => None,
            Invitation::User(user) => Some((user.title, user.name.to_string())),
        };
        Self {
            shell: Shell::new(pages, visit),
            user,
            name: String::new(),
            title: String::new(),
            error: None,
            password_min: pages.accounts.settings().password_min,
        }
    }
}

fn link(text: &str) -> Result<Secret, AccountError> {
    Secret::presented(text).ok_or(AccountError::Link)
}

pub(super) async fn invited(State(pages): Shared, visit: Visit, Path(text): Path<String>) -> Page {
    let invitation = pages.accounts.invitation(&link(&text)?).await?;
    page(&SetupPage::new(&pages, &visit, invitation))
}

pub(super) async fn accept(
    State(pages): Shared,
    visit: Visit,
    headers: HeaderMap,
    Path(text): Path<String>,
    Fields(form): Fields,
) -> Page {
    let secret = link(&text)?;
    let invitation = pages.accounts.invitation(&secret).await?;
    let request = NewcomerRequest {
        name: form.limited("name", "用户名", 40)?,
        title: form.limited("title", "姓名", 40)?,
        password: form.raw("password").to_owned(),
        again: form.raw("again").to_owned(),
    };
    match pages.accounts.accept(&secret, request.clone()).await {
        Ok(name) => {
            let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
            let agent = agent.unwrap_or_default();
            let before = visit.signed_in.as_ref();
            let begun =
                pages.accounts.sign_in(name.as_str(), &request.password, agent, visit.from, before).await?;
            Ok(go_on(&visit, &begun, "/"))
        }
        Err(
            error @ (AccountError::Password(_)
            | AccountError::Name(_)
            | AccountError::Field(_)
            | AccountError::Store(crate::store::StoreError::Constraint(_))),
        ) => {
            let again = SetupPage::new(&pages, &visit, invitation);
            let (name, title, error) = (request.name, request.title, Some(error.to_string()));
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &SetupPage { name, title, error, ..again })
        }
        Err(error) => Err(error.into()),
    }
}

/// 大字版 on and off.
pub(super) async fn view(visit: Visit, Fields(form): Fields) -> Page {
    let (value, seconds) = if form.text("large") == "1" { ("1", LARGE_SECONDS) } else { ("", 0) };
    let mut response = Redirect::to(local_address(form.raw("back"))).into_response();
    give(&mut response, &set_cookie(LARGE, value, Some(seconds), visit.https));
    Ok(response)
}
