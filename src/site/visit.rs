//! Who visits a page: found out once, before anything else; and what every answer carries.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::accounts::{AccountError, Secret};
use crate::model::{Actor, Permission, SignedIn, Timestamp};
use crate::store::StoreError;
use crate::web::{Form, FormKey, Peer, Problem, Secured, Upload, cookie, protect, set_cookie, told};

use super::shell::error_page;
use super::{OnSite, Site};

/// The cookie of a session.
pub const SESSION: &str = "minyi_session";
/// The cookie that binds forms before there is a session.
pub const UNSIGNED: &str = "minyi_form";
/// The cookie of the large view (大字版).
pub const LARGE: &str = "minyi_large";

/// Where pages listen for new figures.
pub const LISTENING: &str = "/events";

/// A visit.
pub struct VisitParts {
    /// Who.
    pub signed_in: Option<SignedIn>,
    /// When it came.
    pub at: Timestamp,
    /// 大字版.
    pub large: bool,
    /// The token of every form on the page.
    pub token: String,
    /// The address, as asked for.
    pub address: String,
    /// From where, over the network; none on the local socket.
    pub from: Option<IpAddr>,
    /// Over https: cookies are for that alone.
    pub https: bool,
    bound: Vec<u8>,
    key: FormKey,
}

/// A visit, shared by whoever wants to know.
#[derive(Clone)]
pub struct Visit(Arc<VisitParts>);

impl Deref for Visit {
    type Target = VisitParts;
    fn deref(&self) -> &VisitParts {
        &self.0
    }
}

impl VisitParts {
    /// The person; the table lets nobody else through to a page that asks for one.
    pub fn who(&self) -> Result<&SignedIn, Problem> {
        self.signed_in.as_ref().ok_or_else(|| Problem::internal(&"a page for nobody"))
    }

    /// The person, as the audit log names them.
    pub fn actor(&self) -> Result<Actor, Problem> {
        Ok(self.who()?.user.actor())
    }

    /// Whether the person has a right.
    pub fn may(&self, wanted: Permission) -> bool {
        self.signed_in.as_ref().is_some_and(|who| who.user.may(wanted))
    }

    /// Whether a form comes from a page of this visit's browser.
    pub fn fits(&self, token: &str) -> bool {
        self.key.fits(token, &self.bound)
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Problem::internal(&"a page outside of the table"))
    }
}

/// The fields of a form whose token was checked.
pub struct Fields(pub Form);

impl<S: Sync> FromRequestParts<S> for Fields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let form = parts.extensions.get::<Form>().cloned();
        form.map(Self).ok_or_else(|| Problem::internal(&"a form outside of the table"))
    }
}

/// The file of a form whose token was checked; none where none was chosen.
pub struct Sent(pub Option<Upload>);

impl<S: Sync> FromRequestParts<S> for Sent {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let all = parts.extensions.remove::<Uploaded>();
        Ok(Self(all.and_then(|all| all.0.into_iter().next())))
    }
}

/// The files of a form, as the table hands them on.
#[derive(Clone)]
pub(super) struct Uploaded(pub Vec<Upload>);

/// The files of a form whose token was checked, where it may have several.
pub struct SentAll(pub Vec<Upload>);

impl<S: Sync> FromRequestParts<S> for SentAll {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.remove::<Uploaded>().map(|all| all.0).unwrap_or_default()))
    }
}

/// What an address asks for: the pairs after its question mark.
pub struct Asked(pub Form);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Form::parse(parts.uri.query().unwrap_or_default().as_bytes())))
    }
}

/// Finds out who visits, runs the page, shows refusals as pages, adds the protecting headers.
pub async fn identify<S: OnSite>(State(pages): State<Arc<S>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let https = pages.accounts.settings().https || Secured::marks(&parts.extensions);
    let (visit, new_cookie) = match visit(&pages, &parts, https).await {
        Ok(found) => found,
        Err(problem) => return problem.into_response(),
    };
    parts.extensions.insert(visit.clone());
    let mut response = told(next.run(Request::from_parts(parts, body)).await).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = error_page(&pages, &visit, &problem);
    }
    if let Some(value) = new_cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    protect(response.headers_mut(), https);
    response
}

async fn visit(pages: &Site, request: &Parts, https: bool) -> Result<(Visit, Option<String>), Problem> {
    let headers = &request.headers;
    let signed_in = match cookie(headers, SESSION).and_then(Secret::presented) {
        // Listening is no use of a session: who has gone away is signed out all the same.
        Some(secret) if request.uri.path() == LISTENING => pages.accounts.session_at_rest(&secret).await?,
        Some(secret) => pages.accounts.session(&secret).await?,
        None => None,
    };
    let mut new_cookie = None;
    let bound = match (&signed_in, cookie(headers, UNSIGNED).and_then(Secret::presented)) {
        (Some(who), _) => who.session.0.to_vec(),
        (None, Some(known)) => known.hash().to_vec(),
        // Files need no token, and a form without the cookie cannot be from here.
        (None, None) if request.method == Method::GET && !request.uri.path().starts_with("/assets/") => {
            let fresh = Secret::random().map_err(|error| Problem::internal(&error))?;
            new_cookie = Some(set_cookie(UNSIGNED, fresh.reveal(), None, https));
            fresh.hash().to_vec()
        }
        (None, None) => Secret::random().map_err(|error| Problem::internal(&error))?.hash().to_vec(),
    };
    let address = request.uri.path_and_query().map_or("/", |address| address.as_str()).to_owned();
    let visit = Visit(Arc::new(VisitParts {
        signed_in,
        at: pages.accounts.now(),
        large: cookie(headers, LARGE) == Some("1"),
        token: pages.key.token(&bound),
        address,
        from: request.extensions.get::<Peer>().map(|peer| peer.0),
        https,
        bound,
        key: pages.key.clone(),
    }));
    Ok((visit, new_cookie))
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        use axum::http::StatusCode;
        match &error {
            AccountError::Store(StoreError::NotFound(what)) => Self::not_found(format!("没有找到：{what}")),
            AccountError::Store(StoreError::Constraint(what)) => Self::conflict("constraint", what.clone()),
            AccountError::Store(StoreError::Stale) => Self::conflict("stale", error.to_string()),
            AccountError::Store(StoreError::Unavailable(_)) | AccountError::Busy => {
                Self::unavailable(error.to_string())
            }
            AccountError::Unbound(_) | AccountError::Disabled => {
                Self::new(StatusCode::FORBIDDEN, "no_account", error.to_string())
            }
            AccountError::Refused | AccountError::Code | AccountError::Half | AccountError::Stray => {
                Self::new(StatusCode::UNAUTHORIZED, "refused", error.to_string())
            }
            AccountError::Locked(_) | AccountError::AddressLocked { .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "locked", error.to_string())
            }
            AccountError::Link => Self::not_found(error.to_string()),
            AccountError::Password(_)
            | AccountError::Name(_)
            | AccountError::Roles(_)
            | AccountError::Field(_) => Self::invalid(error.to_string()),
            AccountError::Store(_) | AccountError::Random(_) | AccountError::Broken(_) => {
                Self::internal(&error)
            }
        }
    }
}
