//! Plain HTTP on a port that speaks TLS: whoever opens a page is led to https, whoever sends something is told.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use super::Problem;

/// The first byte of every TLS connection: the record of a handshake (RFC 8446 §5.1).
pub(super) const HANDSHAKE: u8 = 0x16;

/// A stream whose first byte can be looked at and is still there to be read.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Waits for it.
    fn first_byte(&self) -> impl Future<Output = std::io::Result<u8>> + Send;
}

impl Wire for TcpStream {
    async fn first_byte(&self) -> std::io::Result<u8> {
        let mut first = [0];
        match self.peek(&mut first).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(first[0]),
        }
    }
}

impl Wire for UnixStream {
    async fn first_byte(&self) -> std::io::Result<u8> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

/// Answers one request and ends the connection.
pub(super) async fn answer<S: Wire>(stream: S, limit: Duration) {
    let service = service_fn(async |request: Request<Incoming>| Ok::<_, Infallible>(lead(&request)));
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limit).keep_alive(false).max_buf_size(16 << 10);
    let served = tokio::time::timeout(limit, http.serve_connection(TokioIo::new(stream), service)).await;
    if let Ok(Err(error)) = served {
        tracing::debug!(%error, "a plain connection ended early");
    }
}

/// A page is found at the same place over https. What was sent is not sent on: it has gone over the wire readably, and
/// its sender is to know.
fn lead<B>(request: &Request<B>) -> Response {
    let page = matches!(*request.method(), Method::GET | Method::HEAD)
        && !request.headers().contains_key(header::AUTHORIZATION);
    if let Some(place) = page.then(|| place(request)).flatten() {
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, place)]).into_response();
    }
    let detail = "本端口只接受加密连接：请把地址开头的 http:// 改为 https://；刚才发送的内容未被处理";
    Problem::new(StatusCode::BAD_REQUEST, "https_only", detail).into_response()
}

fn place<B>(request: &Request<B>) -> Option<HeaderValue> {
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let clean =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    clean.then(|| HeaderValue::from_str(&format!("https://{host}{path}")).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn led(method: Method, host: &str, path: &str) -> (u16, String) {
        let request = Request::builder().method(method).uri(path).header(header::HOST, host).body(());
        let answer = lead(&request.expect("a request"));
        let place = answer.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
        (answer.status().as_u16(), place.unwrap_or_default().to_owned())
    }

    #[test]
    fn a_page_is_led_to_the_same_place_over_https() {
        let found = led(Method::GET, "minyi.example:8780", "/search?q=a");
        assert_eq!(found, (308, "https://minyi.example:8780/search?q=a".to_owned()));
    }

    #[test]
    fn what_is_sent_is_refused_and_a_strange_host_leads_nowhere() {
        assert_eq!(led(Method::POST, "minyi.example", "/api/v1/items"), (400, String::new()));
        assert_eq!(led(Method::GET, "evil.example/@", "/"), (400, String::new()));
    }
}
