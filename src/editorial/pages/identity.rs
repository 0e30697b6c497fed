//! 统一身份认证: to the platform and back, binding an identity to an account.
//!
//! Whoever comes back from another site comes without the cookies of this one (`SameSite=Strict`), but for the one that waits for
//! the answer; and a redirect from there would still count as coming from elsewhere. So the answer is a page of our own that
//! goes on by itself.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::accounts::{AccountError, Begun};
use crate::identity::{Answer, Platform, PlatformError, Sent, WAIT_SECONDS, Wait};
use crate::model::{Said, SessionKey};
use crate::site::{Asked, Fields, Page, Shell, Visit, page, page_with};
use crate::web::{Form, Problem, cookie, encoded, local_address, set_returning_cookie};

use super::account::{Told, shown};
use super::second_step::half_cookie;
use super::sign_in::{give, give_session};
use super::{Pages, Shared};

/// The cookie of who is at the platform.
const HELD: &str = "minyi_oidc";
/// The only place that it goes to.
const PLACE: &str = "/sign-in/oidc";

/// A page that goes on by itself.
#[derive(Template)]
#[template(path = "going.html")]
struct GoingPage {
    shell: Shell,
    told: &'static str,
    to: String,
}

/// A sign-in that came to nothing.
#[derive(Template)]
#[template(path = "identity.html")]
struct RefusedPage {
    shell: Shell,
    told: String,
    /// Who the platform says it is, for the administrator.
    subject: Option<String>,
    /// Where to try again.
    again: String,
    /// In the words of the button.
    label: String,
    /// Whether an identity was to be bound.
    binding: bool,
}

fn platform(pages: &Pages) -> Result<&Arc<Platform>, Problem> {
    pages.platform.as_ref().ok_or_else(|| Problem::not_found("本系统没有启用统一身份认证登录"))
}

/// A page of our own that goes on to `to`.
fn going(pages: &Pages, visit: &Visit, told: &'static str, to: &str) -> Page {
    let mut response = page(&GoingPage { shell: Shell::new(pages, visit), told, to: to.to_owned() })?;
    if let Ok(value) = HeaderValue::from_str(&format!("0; url={to}")) {
        response.headers_mut().insert(header::REFRESH, value);
    }
    Ok(response)
}

/// Why it came to nothing, and what to do.
struct Refusal {
    status: StatusCode,
    told: String,
    subject: Option<String>,
}

impl From<PlatformError> for Refusal {
    fn from(error: PlatformError) -> Self {
        let status = match &error {
            PlatformError::Away(_) => StatusCode::SERVICE_UNAVAILABLE,
            PlatformError::Odd(_) | PlatformError::Client(_) | PlatformError::Claim(_) => {
                StatusCode::BAD_GATEWAY
            }
            PlatformError::Denied | PlatformError::Refused(_) | PlatformError::Token(_) => {
                StatusCode::UNAUTHORIZED
            }
            PlatformError::Random(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, told: error.to_string(), subject: None }
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        let told = error.to_string();
        let subject = match &error {
            AccountError::Unbound(subject) => Some(subject.to_string()),
            _ => None,
        };
        let problem = Problem::from(error);
        // Causes of the system's own are not for whoever visits.
        let told = if problem.status >= 500 { problem.detail } else { told };
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, told, subject }
    }
}

fn refused(pages: &Pages, visit: &Visit, refusal: Refusal, wait: Option<&Wait>) -> Page {
    let binding = wait.is_some_and(|wait| wait.binds().is_some());
    let next = wait.map_or("/", |wait| local_address(&wait.next));
    let again =
        if binding { "/account#identity".to_owned() } else { format!("{PLACE}?next={}", encoded(next)) };
    let shown = RefusedPage {
        shell: Shell::new(pages, visit),
        told: refusal.told,
        subject: refusal.subject,
        again,
        label: platform(pages)?.label().to_owned(),
        binding,
    };
    page_with(refusal.status, &shown)
}

/// What the browser holds until somebody comes back.
fn hold(response: &mut Response, held: &str, seconds: u32, https: bool) {
    give(response, &set_returning_cookie(HELD, held, PLACE, seconds, https));
}

fn sent_away(visit: &Visit, sent: &Sent, mut response: Response) -> Response {
    hold(&mut response, &sent.held, WAIT_SECONDS, visit.https);
    response
}

/// To the platform, to sign in.
pub(super) async fn start(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let platform = platform(&pages)?;
    let next = local_address(asked.raw("next"));
    if visit.signed_in.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    match platform.send(next, None).await {
        Ok(sent) => Ok(sent_away(&visit, &sent, Redirect::to(&sent.address).into_response())),
        Err(error) => refused(&pages, &visit, error.into(), None),
    }
}

/// Back from the platform.
pub(super) async fn back(
    State(pages): Shared,
    visit: Visit,
    headers: HeaderMap,
    Asked(asked): Asked,
) -> Page {
    let platform = platform(&pages)?;
    let held = cookie(&headers, HELD).and_then(|held| platform.held(held));
    // What was begun in another browser is not gone on with here: nobody is led into somebody else's account.
    let Some(wait) = held.filter(|wait| wait.awaits(asked.raw("state"))) else {
        let why = "an answer that this browser does not wait for".to_owned();
        let shut = pages.accounts.note_answer(visit.from, why, true).await?;
        return refused(&pages, &visit, shut.unwrap_or(AccountError::Stray).into(), None);
    };
    let mut response = answered(&pages, platform, &visit, &headers, (&wait, &asked)).await?;
    hold(&mut response, "", 0, visit.https);
    Ok(response)
}

async fn answered(
    pages: &Pages,
    platform: &Platform,
    visit: &Visit,
    headers: &HeaderMap,
    (wait, asked): (&Wait, &Form),
) -> Page {
    if let Err(error) = pages.accounts.take_answer(wait.key(), visit.from).await {
        return refused(pages, visit, error.into(), Some(wait));
    }
    let answer = Answer { code: asked.raw("code"), error: asked.raw("error"), issuer: asked.raw("iss") };
    let said = match platform.ask(wait, &answer).await {
        Ok(said) => said,
        Err(error) => {
            let mut shut = None;
            if error.is_noted() {
                shut = pages.accounts.note_answer(visit.from, error.to_string(), error.counts()).await?;
            }
            return refused(pages, visit, shut.map_or_else(|| error.into(), Refusal::from), Some(wait));
        }
    };
    let done = match wait.binds() {
        Some(session) => bind(pages, visit, &session, said).await,
        None => sign_in(pages, visit, headers, said, wait).await,
    };
    match done {
        Ok(shown) => shown,
        Err(error) => refused(pages, visit, error.into(), Some(wait)),
    }
}

async fn sign_in(
    pages: &Pages,
    visit: &Visit,
    headers: &HeaderMap,
    said: Said,
    wait: &Wait,
) -> Result<Page, AccountError> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let begun = pages.accounts.sign_in_by(said, agent, visit.from, visit.signed_in.as_ref()).await?;
    let next = local_address(&wait.next);
    Ok(match begun {
        Begun::Session(secret) => going(pages, visit, "已登录", next).map(|mut response| {
            give_session(&mut response, visit, &secret);
            response
        }),
        Begun::Half(half) => {
            let to = format!("/sign-in/code?next={}", encoded(next));
            going(pages, visit, "身份已确认，还须输入动态验证码", &to).map(|mut response| {
                give(&mut response, &half_cookie(Some(&half), visit.https));
                response
            })
        }
    })
}

async fn bind(pages: &Pages, visit: &Visit, session: &SessionKey, said: Said) -> Result<Page, AccountError> {
    // Whoever signed in as somebody else meanwhile binds nothing to the first account.
    if visit.signed_in.as_ref().is_some_and(|who| who.session != *session) {
        return Err(AccountError::Stray);
    }
    pages.accounts.bind_own(session, said).await?;
    Ok(going(pages, visit, "统一身份已绑定", "/account?done=identity"))
}

/// Binding an identity to one's own account, or taking it off.
pub(super) async fn own(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let platform = platform(&pages)?;
    let who = visit.who()?;
    let told = match form.text("do") {
        "unbind" => match pages.accounts.unbind_own(who).await {
            Ok(()) => return Ok(Redirect::to("/account?done=identity_end").into_response()),
            Err(AccountError::Field(why)) => why,
            Err(error) => return Err(error.into()),
        },
        "bind" => match pages.accounts.prove_owner(who, visit.from, form.raw("password")).await {
            Ok(()) => match platform.send("/account", Some(who.session)).await {
                // Browsers take no redirect to another site for the answer to a form.
                Ok(sent) => {
                    let shown = going(&pages, &visit, "正在前往统一身份认证平台", &sent.address)?;
                    return Ok(sent_away(&visit, &sent, shown));
                }
                Err(error) => error.to_string(),
            },
            Err(
                error @ (AccountError::Password(_)
                | AccountError::Locked(_)
                | AccountError::AddressLocked { .. }),
            ) => error.to_string(),
            Err(error) => return Err(error.into()),
        },
        _ => return Err(Problem::invalid("请用页面上的按钮提交".to_owned())),
    };
    shown(&pages, &visit, Told { identity: Some(told), ..Told::default() }).await
}

/// The same for somebody else's account, by an administrator.
pub(super) async fn of_account(
    State(pages): Shared,
    visit: Visit,
    Path(name): Path<String>,
    Fields(form): Fields,
) -> Page {
    platform(&pages)?;
    let done = match form.text("do") {
        "bind" => pages.accounts.bind_user(&name, form.text("subject"), visit.actor()?).await,
        "unbind" => pages.accounts.unbind_user(&name, visit.actor()?).await,
        _ => return Err(Problem::invalid("请用页面上的按钮提交".to_owned())),
    };
    super::accounts::told(&pages, &visit, done).await
}
