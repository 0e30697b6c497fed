//! Every refusal is `application/problem+json` (RFC 9457) with a Chinese detail: which field, why, what to do.
//!
//! Policy:
//! - 400 the message cannot be read; 401 no or unknown token; 403 the token may not; 404 not there;
//!   409 in conflict with what is there; 413 too large; 415 another type; 422 a field is wrong; 429 too much;
//!   503 not now, with `Retry-After`.
//! - Causes of 5xx are logged here, once, and never shown to the caller.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// Its path, such as `contributor.kind`.
    pub field: String,
    /// Why it is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A stable code for programs.
    pub code: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The status.
    pub status: u16,
    /// For people.
    pub detail: String,
    /// Every wrong field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// Seconds after which to come again.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A refusal of this status.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = match status.as_u16() {
            400 => "请求无法读取",
            401 => "未通过身份验证",
            403 => "没有权限",
            404 => "没有找到",
            405 => "不支持的方法",
            408 => "请求超时",
            409 => "与已有记录冲突",
            413 => "内容过大",
            415 => "内容类型不支持",
            422 => "内容不符合要求",
            429 => "过于频繁",
            503 => "暂时不能受理",
            _ => "服务器内部错误",
        };
        Self {
            code,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            fields: Vec::new(),
            retry_after: None,
        }
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 409.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422 for something that is no field of the item contract.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// 503: what was acknowledged is safe, this was not taken.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self { retry_after: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail) }
    }

    /// 500: logged with its cause, answered without it.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "服务器内部错误，已记录，请联系管理员")
    }

    /// With the seconds after which to come again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

/// What the framework refuses before any of our code runs (an address that is no UTF-8, a part that is no number) is a bare
/// line of English; it is told like every other refusal.
pub async fn told(response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let bare = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !(bare && response.status().is_client_error() && response.extensions().get::<Problem>().is_none()) {
        return response;
    }
    let detail = "请求的地址或内容无法读取，请检查后再试；接口说明见 /docs/";
    Problem::new(response.status(), "unreadable", detail).into_response()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(&self)).into_response();
        // Pages show it as a page.
        response.extensions_mut().insert(self);
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"minyi\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
