//! What every answer tells the browser: nothing from elsewhere, no script within the page, not in a foreign frame.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Secured;

/// Scripts and styles come from this site as files; forms go to this site.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'self'";

const ALWAYS: &[(HeaderName, &str)] = &[
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    (header::REFERRER_POLICY, "same-origin"),
];

/// Adds them; a page is not kept by anybody on the way.
pub fn protect(headers: &mut HeaderMap, https: bool) {
    for (name, value) in ALWAYS {
        // A document that is shown within a page comes with a stricter policy of its own.
        headers.entry(name.clone()).or_insert(HeaderValue::from_static(value));
    }
    let rest = [
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in rest {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if https {
        keep_to_https(headers);
    }
}

/// For a year the browser comes over https alone (RFC 6797).
fn keep_to_https(headers: &mut HeaderMap) {
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
}

/// Nothing may run or load in what is no page: JSON, text, refusals.
const BARE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Adds what an answer needs that no page has protected: of the API, of an address that does not exist.
pub async fn protect_bare(request: Request, next: Next) -> Response {
    let secured = Secured::marks(request.extensions());
    let mut response = next.run(request).await;
    let bare = [
        (header::CONTENT_SECURITY_POLICY, BARE_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in bare {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if secured {
        keep_to_https(response.headers_mut());
    }
    response
}
