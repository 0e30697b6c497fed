//! 动态验证码: the code after the password, setting an authenticator up, its recovery codes.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};

use crate::accounts::{AccountError, Enrolment, SecondStepState, Secret};
use crate::bulletin::Qr;
use crate::site::{Asked, Fields, Page, Shell, Visit, page, page_with};
use crate::web::{Problem, cookie, encoded, local_address, set_cookie};

use super::sign_in::{HALF, signed_in};
use super::{Pages, Shared};

/// A seed as a page shows it.
struct Seed {
    text: String,
    /// Width of the picture in modules, its quiet zone included.
    width: usize,
    /// The dark modules, as the path of an SVG.
    path: String,
}

impl Seed {
    fn new(enrolment: &Enrolment) -> Result<Self, Problem> {
        let code = Qr::of(&enrolment.address).ok_or_else(|| Problem::internal(&"no QR code"))?;
        let groups: Vec<String> = enrolment
            .text
            .as_bytes()
            .chunks(4)
            .map(|four| String::from_utf8_lossy(four).into_owned())
            .collect();
        Ok(Self { text: groups.join(" "), width: code.width(), path: code.path() })
    }
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    shell: Shell,
    next: String,
    seed: Option<Seed>,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryPage {
    shell: Shell,
    codes: Vec<String>,
    next: String,
}

#[derive(Template)]
#[template(path = "second_step.html")]
struct SecondStepPage {
    shell: Shell,
    seed: Option<Seed>,
    /// Recovery codes left; none where no authenticator is in force.
    left: Option<i64>,
    must: bool,
    error: Option<String>,
    done: bool,
}

/// Codes are shown once: a page of them is not gone back to.
fn recovery(pages: &Pages, visit: &Visit, codes: Vec<String>, next: &str) -> Page {
    page(&RecoveryPage { shell: Shell::new(pages, visit), codes, next: local_address(next).to_owned() })
}

fn half(headers: &HeaderMap) -> Option<Secret> {
    cookie(headers, HALF).and_then(Secret::presented)
}

async fn code_page(
    pages: &Pages,
    visit: &Visit,
    half: &Secret,
    next: &str,
    error: Option<AccountError>,
) -> Page {
    let seed = match pages.accounts.half(half).await {
        Ok(enrolment) => enrolment.map(|enrolment| Seed::new(&enrolment)).transpose()?,
        Err(AccountError::Half) => return Ok(again(next)),
        Err(error) => return Err(error.into()),
    };
    let status = if error.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let (shell, error) = (Shell::new(pages, visit), error.map(|error| error.to_string()));
    page_with(status, &CodePage { shell, next: local_address(next).to_owned(), seed, error })
}

/// Back to the password; the page says why.
fn again(next: &str) -> axum::response::Response {
    Redirect::to(&format!("/sign-in?late=1&next={}", encoded(local_address(next)))).into_response()
}

pub(super) async fn ask(State(pages): Shared, visit: Visit, headers: HeaderMap, Asked(asked): Asked) -> Page {
    let next = asked.raw("next");
    match half(&headers) {
        Some(half) => code_page(&pages, &visit, &half, next, None).await,
        None => Ok(again(next)),
    }
}

pub(super) async fn complete(
    State(pages): Shared,
    visit: Visit,
    headers: HeaderMap,
    Fields(form): Fields,
) -> Page {
    let next = form.raw("next");
    let Some(half) = half(&headers) else { return Ok(again(next)) };
    match pages.accounts.complete(&half, form.raw("code"), visit.from, visit.signed_in.as_ref()).await {
        Ok(done) if done.codes.is_empty() => Ok(signed_in(&visit, &done.secret, next)),
        Ok(done) => {
            let mut response = signed_in(&visit, &done.secret, next);
            let shown = recovery(&pages, &visit, done.codes, next)?;
            let (parts, body) = shown.into_parts();
            *response.status_mut() = parts.status;
            response.headers_mut().remove(axum::http::header::LOCATION);
            response.headers_mut().extend(parts.headers);
            *response.body_mut() = body;
            Ok(response)
        }
        Err(AccountError::Half) => Ok(again(next)),
        Err(error @ (AccountError::Code | AccountError::Locked(_) | AccountError::AddressLocked { .. })) => {
            code_page(&pages, &visit, &half, next, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn shown(pages: &Pages, visit: &Visit, error: Option<AccountError>, done: bool) -> Page {
    let (state, must) = pages.accounts.second_step(visit.who()?).await?;
    let (seed, left) = match state {
        SecondStepState::Off => (None, None),
        SecondStepState::Waiting(enrolment) => (Some(Seed::new(&enrolment)?), None),
        SecondStepState::On(left) => (None, Some(left)),
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (shell, error) = (Shell::new(pages, visit), error.map(|error| error.to_string()));
    page_with(status, &SecondStepPage { shell, seed, left, must, error, done })
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    shown(&pages, &visit, None, asked.text("done") == "off").await
}

pub(super) async fn act(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let (who, accounts) = (visit.who()?, &pages.accounts);
    let (password, code) = (form.raw("password"), form.raw("code"));
    let done = match form.text("do") {
        "start" => accounts.start_second_step(who).await.map(|()| None),
        "confirm" => accounts.confirm_second_step(who, code).await.map(Some),
        "codes" => accounts.renew_recovery(who, visit.from, password, code).await.map(Some),
        "off" => match accounts.end_second_step(who, visit.from, password, code).await {
            Ok(()) => return Ok(Redirect::to("/account/second-step?done=off").into_response()),
            Err(error) => Err(error),
        },
        _ => return Err(Problem::invalid("请用页面上的按钮提交".to_owned())),
    };
    match done {
        Ok(Some(codes)) => recovery(&pages, &visit, codes, "/account"),
        Ok(None) => Ok(Redirect::to("/account/second-step").into_response()),
        Err(error @ (AccountError::Code | AccountError::Locked(_) | AccountError::AddressLocked { .. })) => {
            shown(&pages, &visit, Some(error), false).await
        }
        Err(error) => Err(error.into()),
    }
}

/// By the security administrator, for who has lost telephone and codes.
pub(super) async fn reset(State(pages): Shared, visit: Visit, Path(name): Path<String>) -> Page {
    pages.accounts.reset_second_step(&name, visit.actor()?).await?;
    Ok(Redirect::to("/accounts").into_response())
}

/// The cookie of the wait for a code; gone with it.
pub(super) fn half_cookie(secret: Option<&Secret>, https: bool) -> String {
    match secret {
        Some(secret) => set_cookie(HALF, secret.reveal(), Some(300), https),
        None => set_cookie(HALF, "", Some(0), https),
    }
}
