//! The table of routes: a route cannot be had without saying what it needs, and a form cannot be posted without the
//! token of a page that was made for the same browser.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::handler::Handler;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;

use crate::model::{Permission, Roles};
use crate::web::{Form, Problem, Upload, encoded, read_limited};

use super::OnSite;
use super::visit::{Uploaded, Visit, identify};

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

    /// What it needs, in the office's words.
    pub(super) fn label(self) -> String {
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
pub struct Table<S: OnSite> {
    router: Router<Arc<S>>,
    /// What each of them needs.
    pub rights: Vec<PageRight>,
}

impl<S: OnSite> Default for Table<S> {
    fn default() -> Self {
        Self { router: Router::new(), rights: Vec::new() }
    }
}

impl<S: OnSite> Table<S> {
    /// A page.
    pub fn get<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, Arc<S>>,
        T: 'static,
    {
        self.add(Method::GET, path, need, FORM_MAX, get(handler))
    }

    /// A form. Its fields come as [`Form`] among the extensions, their token checked.
    pub fn post<H, T>(self, path: &'static str, need: Need, handler: H) -> Self
    where
        H: Handler<T, Arc<S>>,
        T: 'static,
    {
        self.add(Method::POST, path, need, FORM_MAX, post(handler))
    }

    /// A form with files of at most `max` bytes in all, which come by way of `Sent` or `SentAll`.
    pub fn upload<H, T>(self, path: &'static str, need: Need, max: usize, handler: H) -> Self
    where
        H: Handler<T, Arc<S>>,
        T: 'static,
    {
        // The other fields and the lines between the parts take room too.
        self.add(Method::POST, path, need, max + FORM_MAX, post(handler))
    }

    fn add(
        mut self,
        method: Method,
        path: &'static str,
        need: Need,
        max: usize,
        route: MethodRouter<Arc<S>>,
    ) -> Self {
        let guarded = route.route_layer(from_fn(move |request, next| guard(need, max, request, next)));
        self.router = self.router.route(path, guarded);
        self.rights.push(PageRight { method, path, need });
        self
    }

    /// The routes, with who visits found out before any of them runs.
    pub fn router(self, pages: Arc<S>) -> Router {
        self.router.layer(from_fn_with_state(Arc::clone(&pages), identify::<S>)).with_state(pages)
    }
}

async fn guard(need: Need, max: usize, request: Request, next: Next) -> Response {
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
        (need, Some(who)) if !need.met_by(&who.user.standing()) => {
            let detail = format!("您的账户没有“{}”权限，如有需要请联系安全管理员", need.label());
            return Problem::new(StatusCode::FORBIDDEN, "right_missing", detail).into_response();
        }
        _ => {}
    }
    if !form {
        return next.run(request).await;
    }
    match read_form(&visit, max, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

async fn read_form(visit: &Visit, max: usize, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    let bytes = read_limited(body, &parts.headers, max).await?;
    let (form, uploads) = match in_parts(&parts.headers) {
        true => read_parts(&parts.headers, bytes.clone()).await?,
        false => (Form::parse(&bytes), Vec::new()),
    };
    if from_elsewhere(&parts.headers) || !visit.fits(form.raw("csrf")) {
        let detail = "页面已失效，内容没有提交。请返回上一页，刷新后重新提交";
        return Err(Problem::new(StatusCode::FORBIDDEN, "form_token", detail));
    }
    parts.extensions.insert(form);
    if !uploads.is_empty() {
        parts.extensions.insert(Uploaded(uploads));
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

pub(super) fn in_parts(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// The fields of a form that was sent in parts, and its files.
pub(super) async fn read_parts(headers: &HeaderMap, bytes: Bytes) -> Result<(Form, Vec<Upload>), Problem> {
    let broken = || {
        let detail = "上传的内容不完整，没有写入。请返回上一页，重新选择文件后再提交";
        Problem::new(StatusCode::BAD_REQUEST, "broken_off", detail)
    };
    let mut request = Request::new(Body::from(bytes));
    *request.headers_mut() = headers.clone();
    // Its size was held already, to what this route takes.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let (mut fields, mut uploads) = (Vec::new(), Vec::new());
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let bytes = part.bytes().await.map_err(|_| broken())?.to_vec();
                // A form without a chosen file sends an empty one without a name.
                if !(file.is_empty() && bytes.is_empty()) {
                    uploads.push(Upload { name: file, bytes });
                }
            }
            None => fields.push((name, part.text().await.map_err(|_| broken())?)),
        }
    }
    Ok((Form::of_parts(fields), uploads))
}

/// Browsers that say where a form comes from say it truly.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"cross-site")
}
