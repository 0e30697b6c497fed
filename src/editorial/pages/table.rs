//! The table of routes: a route cannot be had without saying what it needs, and a form cannot be posted without the
//! token of a page that was made for the same browser.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};

use crate::model::{Permission, Roles};
use crate::web::{Form, Problem, encoded, read_limited};

use super::Pages;
use super::visit::{Visit, identify};

/// Largest form. A text of 20,000 characters takes 180 KB when it is encoded.
const FORM_MAX: usize = 512 << 10;

/// What a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Open,
    /// Somebody who is signed in.
    SignedIn,
    /// This right.
    May(Permission),
    /// One of these rights.
    Any(&'static [Permission]),
}

impl Need {
    /// Whether somebody with these roles has what it takes.
    pub fn met_by(self, roles: &Roles) -> bool {
        match self {
            Self::Open | Self::SignedIn => true,
            Self::May(wanted) => roles.allow(wanted),
            Self::Any(wanted) => wanted.iter().any(|wanted| roles.allow(*wanted)),
        }
    }

    fn label(self) -> String {
        match self {
            Self::Open | Self::SignedIn => String::new(),
            Self::May(wanted) => wanted.label().to_owned(),
            Self::Any(wanted) => wanted.iter().map(|wanted| wanted.label()).collect::<Vec<_>>().join("”或“"),
        }
    }
}

/// One entry of the table.
#[derive(Debug, Clone)]
pub struct PageRight {
    /// GET or POST.
    pub method: Method,
    /// As it is registered.
    pub path: &'static str,
    /// What it needs.
    pub need: Need,
}

/// Routes under construction.
#[derive(Default)]
pub(super) struct Table {
    router: Router<Arc<Pages>>,
    pub(super) rights: Vec<PageRight>,
}

impl Table {
    /// A page.
    pub(super) fn get<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, Arc<Pages>>,
        T: 'static,
    {
        self.add(Method::GET, path, need, get(handler))
    }

    /// A form. Its fields come as [`Form`] among the extensions, their token checked.
    pub(super) fn post<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, Arc<Pages>>,
        T: 'static,
    {
        self.add(Method::POST, path, need, post(handler))
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        need: Need,
        route: MethodRouter<Arc<Pages>>,
    ) -> Self {
        let guarded = route.route_layer(from_fn(move |request, next| guard(need, request, next)));
        self.router = self.router.route(path, guarded);
        self.rights.push(PageRight { method, path, need });
        self
    }

    /// The routes, with who visits found out before any of them runs.
    pub(super) fn router(self, pages: Arc<Pages>) -> Router {
        self.router.layer(from_fn_with_state(Arc::clone(&pages), identify)).with_state(pages)
    }
}

async fn guard(need: Need, request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Visit>().cloned() else {
        return Problem::internal(&"a page outside of the table").into_response();
    };
    let form = request.method() == Method::POST;
    match (need, &visit.signed_in) {
        (Need::Open, _) => {}
        (_, None) if form => {
            let detail = "登录已过期，内容没有提交。请在另一个窗口登录，再返回本页重新提交";
            return Problem::new(StatusCode::UNAUTHORIZED, "signed_out", detail).into_response();
        }
        (_, None) => {
            return Redirect::to(&format!("/sign-in?next={}", encoded(&visit.address))).into_response();
        }
        (need, Some(who)) if !need.met_by(&who.user.roles) => {
            let detail = format!("您的账户没有“{}”权限，如有需要请联系安全管理员", need.label());
            return Problem::new(StatusCode::FORBIDDEN, "right_missing", detail).into_response();
        }
        _ => {}
    }
    if !form {
        return next.run(request).await;
    }
    match read_form(&visit, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn read_form(visit: &Visit, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    let bytes = read_limited(body, &parts.headers, FORM_MAX).await?;
    let form = Form::parse(&bytes);
    if from_elsewhere(&parts.headers) || !visit.fits(form.raw("csrf")) {
        let detail = "页面已失效，内容没有提交。请返回上一页，刷新后重新提交";
        return Err(Problem::new(StatusCode::FORBIDDEN, "form_token", detail));
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// Browsers that say where a form comes from say it truly.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"cross-site")
}
