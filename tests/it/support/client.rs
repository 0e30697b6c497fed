//! An HTTP client of the tests' own: each request has its connection, over TCP or over the local socket.

use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper::{HeaderMap, Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

/// The type of a batch.
pub const NDJSON: &str = "application/x-ndjson";

/// Where requests go.
#[derive(Clone)]
enum Target {
    Tcp(SocketAddr),
    Tls(SocketAddr, TlsConnector),
    Local(PathBuf),
}

/// Sends requests, with a token or without.
#[derive(Clone)]
pub struct Client {
    target: Target,
    token: Option<String>,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Client {
    /// Over the network.
    pub fn tcp(address: SocketAddr, token: Option<&str>) -> Self {
        Self { target: Target::Tcp(address), token: token.map(str::to_owned) }
    }

    /// Over TLS, knowing the certificates that `connector` knows.
    pub fn tls(address: SocketAddr, connector: TlsConnector) -> Self {
        Self { target: Target::Tls(address, connector), token: None }
    }

    /// The same with a token.
    pub fn with_token(self, token: String) -> Self {
        Self { token: Some(token), ..self }
    }

    /// Over the socket in the data folder, with an operator's rights.
    pub fn local(socket: PathBuf) -> Self {
        Self { target: Target::Local(socket), token: None }
    }

    /// The token, for requests written by hand.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// Sends a request.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("connection", "close");
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "test");
        }
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        match &self.target {
            Target::Tcp(address) => {
                exchange(TcpStream::connect(address).await.expect("connect"), request).await
            }
            Target::Tls(address, connector) => {
                let stream = TcpStream::connect(address).await.expect("connect");
                let name = address.ip().into();
                exchange(connector.connect(name, stream).await.expect("a handshake"), request).await
            }
            Target::Local(path) => exchange(UnixStream::connect(path).await.expect("connect"), request).await,
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], Bytes::new()).await
    }

    /// POST of a JSON text.
    pub async fn post(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.call(Method::POST, path, &[("content-type", "application/json")], body).await
    }

    /// Searches; the query is encoded here, further parameters (`&limit=3`) are not.
    pub async fn search(&self, query: &str, more: &str) -> Value {
        self.get(&format!("/api/v1/search?q={}{more}", encoded(query.as_bytes()))).await.ok()
    }

    /// Sends lines and gives the result of each.
    pub async fn batch(&self, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Vec<Value> {
        let answer = self.call(Method::POST, "/api/v1/items/batch", headers, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text().lines().map(|line| serde_json::from_str(line).expect("a result a line")).collect()
    }
}

/// Bytes for a query string.
pub fn encoded(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.expect("handshake");
    let driver = tokio::spawn(connection);
    let response = sender.send_request(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a whole answer").to_bytes();
    driver.abort();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The JSON of a success.
    pub fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text());
        self.json()
    }

    /// A header, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The detail of a refusal of this status and code, in the form that all refusals have.
    pub fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        let detail = problem["detail"].as_str().unwrap_or_default().to_owned();
        assert!(detail.chars().any(|c| c as u32 > 0x4E00), "a detail in Chinese: {problem}");
        detail
    }
}
