//! A small HTTP client over TCP or a local socket: one connection, kept open.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;

/// Where the instance is.
#[derive(Debug, Clone)]
pub enum Target {
    /// host:port
    Tcp(String),
    /// The socket in the data folder.
    Local(PathBuf),
}

impl Target {
    /// Reads `http://host:port`.
    pub fn from_url(url: &str) -> anyhow::Result<Self> {
        let Some(rest) = url.strip_prefix("http://") else {
            bail!("地址应为 http://主机:端口，现为 {url}（加密请经反向代理）");
        };
        let host = rest.trim_end_matches('/');
        if host.contains('/') {
            bail!("地址只写到端口，不含路径：{url}");
        }
        Ok(Self::Tcp(if host.contains(':') { host.to_owned() } else { format!("{host}:80") }))
    }

    /// The socket of a data folder.
    pub fn local(dir: &Path) -> Self {
        Self::Local(crate::app::socket(dir))
    }
}

/// One connection to an instance.
pub struct Client {
    target: Target,
    token: Option<String>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_slice(&self.body).context("回应不是 JSON")
    }

    /// The body of a success; a refusal becomes an error with its Chinese detail.
    pub fn expect(self) -> anyhow::Result<Value> {
        if self.status.is_success() {
            return self.json();
        }
        let problem = self.json().unwrap_or_default();
        let detail = problem.get("detail").and_then(Value::as_str).unwrap_or("没有说明");
        bail!("{detail}（{}）", self.status.as_u16())
    }
}

impl Client {
    /// Not connected yet; the first request connects.
    pub fn new(target: Target, token: Option<String>) -> Self {
        Self { target, token, sender: None }
    }

    async fn connect(&self) -> anyhow::Result<SendRequest<Full<Bytes>>> {
        match &self.target {
            Target::Tcp(address) => {
                let stream = tokio::net::TcpStream::connect(address)
                    .await
                    .with_context(|| format!("无法连接 {address}，服务是否已启动？"))?;
                stream.set_nodelay(true)?;
                open(TokioIo::new(stream)).await
            }
            Target::Local(path) => {
                let stream = tokio::net::UnixStream::connect(path)
                    .await
                    .with_context(|| format!("无法连接 {}", path.display()))?;
                open(TokioIo::new(stream)).await
            }
        }
    }

    /// Sends a request and hands back the answer as it comes.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> anyhow::Result<Response<Incoming>> {
        let mut request = Request::builder().method(method).uri(path).header("host", "minyi");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body))?;
        let mut sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        self.sender = Some(sender);
        Ok(response)
    }

    /// Sends a request and waits for the whole answer.
    pub async fn call(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> anyhow::Result<Answer> {
        let response = self.send(method, path, headers, body.into()).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }

    /// GET, as JSON.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        self.call(Method::GET, path, &[], Bytes::new()).await?.expect()
    }

    /// PUT of JSON, as JSON.
    pub async fn put(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let headers = [("content-type", "application/json")];
        self.call(Method::PUT, path, &headers, body.to_string()).await?.expect()
    }

    /// POST of JSON, as JSON.
    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let headers = [("content-type", "application/json")];
        self.call(Method::POST, path, &headers, body.to_string()).await?.expect()
    }
}

async fn open<S>(io: TokioIo<S>) -> anyhow::Result<SendRequest<Full<Bytes>>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(io).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the connection ended");
        }
    });
    Ok(sender)
}

/// Encodes a value for a query string.
pub fn query_value(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
