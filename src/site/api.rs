//! The table of what a person's programs may call: the same rights as the pages, by a key of the person's own instead of a
//! session, JSON instead of forms. No cookie is looked at, so no other site can call in somebody's name.

use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request, State};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use serde::de::DeserializeOwned;

use crate::model::{Actor, Permission, User};
use crate::web::{Problem, read_limited};

use super::OnSite;
use super::table::{Need, PageRight};

/// Largest body: a text of 30,000 characters, escaped.
pub(super) const BODY_MAX: usize = 512 << 10;

/// Routes under construction.
pub struct ApiTable<S: OnSite> {
    router: Router<Arc<S>>,
    /// What each of them needs.
    pub rights: Vec<PageRight>,
}

impl<S: OnSite> Default for ApiTable<S> {
    fn default() -> Self {
        Self { router: Router::new(), rights: Vec::new() }
    }
}

impl<S: OnSite> ApiTable<S> {
    /// What is asked and changes nothing.
    pub fn get<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, Arc<S>>,
        T: 'static,
    {
        self.add((Method::GET, MethodFilter::GET), path, need, handler)
    }

    /// What is done.
    pub fn post<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, Arc<S>>,
        T: 'static,
    {
        self.add((Method::POST, MethodFilter::POST), path, need, handler)
    }

    /// What is put in the place of what was there.
    pub fn put<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, Arc<S>>,
        T: 'static,
    {
        self.add((Method::PUT, MethodFilter::PUT), path, need, handler)
    }

    fn add<H, T>(
        mut self,
        (method, filter): (Method, MethodFilter),
        path: &'static str,
        need: Need,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Arc<S>>,
        T: 'static,
    {
        let guarded =
            on(filter, handler).route_layer(from_fn(move |request, next| guard(need, request, next)));
        self.router = self.router.route(path, guarded);
        self.rights.push(PageRight { method, path, need });
        self
    }

    /// The routes, with who calls found out before any of them runs.
    pub fn router(self, pages: Arc<S>) -> Router {
        self.router.layer(from_fn_with_state(Arc::clone(&pages), identify::<S>)).with_state(pages)
    }
}

/// Who calls, by the key that came with the request.
async fn identify<S: OnSite>(State(pages): State<Arc<S>>, mut request: Request, next: Next) -> Response {
    match presented(request.headers()) {
        None => {}
        Some(key) => match pages.accounts.key_holder(key).await {
            Ok(Some(user)) => drop(request.extensions_mut().insert(Person(user))),
            Ok(None) => {
                let detail = "个人令牌无效、已停用或已过期，请在“我的账户”重新生成";
                return Problem::new(StatusCode::UNAUTHORIZED, "bad_key", detail).into_response();
            }
            Err(error) => return Problem::from(error).into_response(),
        },
    }
    next.run(request).await
}

fn presented(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let key = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer "));
    Some(key.unwrap_or(value).trim())
}

async fn guard(need: Need, request: Request, next: Next) -> Response {
    let Some(person) = request.extensions().get::<Person>() else {
        let detail = "请在 Authorization 中提供个人令牌：Bearer mu_…（在“我的账户”中生成）";
        return Problem::new(StatusCode::UNAUTHORIZED, "no_key", detail).into_response();
    };
    if !need.met_by(&person.0.standing()) {
        let detail = format!("此账户没有“{}”权限，如有需要请联系安全管理员", need.label());
        return Problem::new(StatusCode::FORBIDDEN, "right_missing", detail).into_response();
    }
    next.run(request).await
}

/// The person in whose name a program calls.
#[derive(Clone)]
pub struct Person(pub User);

impl Person {
    /// As the audit log names them.
    pub fn actor(&self) -> Actor {
        self.0.actor()
    }

    /// Whether the person has a right.
    pub fn may(&self, wanted: Permission) -> bool {
        self.0.may(wanted)
    }
}

impl<S: Sync> FromRequestParts<S> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let person = parts.extensions.get::<Self>().cloned();
        person.ok_or_else(|| Problem::internal(&"a call outside of the table"))
    }
}

/// What a request asks for, as JSON; its fields are known or it is refused.
pub struct Wanted<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Wanted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        wanted(&read_limited(body, &parts.headers, BODY_MAX).await?).map(Self)
    }
}

/// A request may do without a body where everything that it could say is optional.
impl<T: DeserializeOwned, S: Sync> OptionalFromRequest<S> for Wanted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Option<Self>, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read_limited(body, &parts.headers, BODY_MAX).await?;
        if bytes.is_empty() { Ok(None) } else { wanted(&bytes).map(|wanted| Some(Self(wanted))) }
    }
}

fn wanted<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |error: serde_json::Error| {
        let detail = format!("内容不是有效的 JSON：{error}");
        Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
    };
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(malformed)?;
    serde_json::from_value(value).map_err(|error| Problem::invalid(format!("请求内容不符合要求：{error}")))
}
