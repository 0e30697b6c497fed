//! A small HTTP client over TCP, TLS or a local socket: one connection, kept open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::config;

/// Where the instance is.
#[derive(Debug, Clone)]
pub enum Target {
    /// host:port
    Tcp(String),
    /// The same over TLS, to a server that can show that it is the one named.
    Tls(String, ServerName<'static>, Arc<ClientConfig>),
    /// The socket in the data folder.
    Local(PathBuf),
}

impl Target {
    /// Reads `http://host:port` or `https://host:port`.
    pub fn from_url(url: &str) -> anyhow::Result<Self> {
        let (rest, tls) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (rest, true),
            (None, Some(rest)) => (rest, false),
            (None, None) => bail!("地址应为 https://主机:端口 或 http://主机:端口，现为 {url}"),
        };
        let host = rest.trim_end_matches('/');
        if host.contains('/') {
            bail!("地址只写到端口，不含路径：{url}");
        }
        let name = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
        let name = name.map_or(host, |(name, _)| name);
        let address = |port: u16| if name == host { format!("{host}:{port}") } else { host.to_owned() };
        if !tls {
            return Ok(Self::Tcp(address(80)));
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']').to_owned();
        let server = ServerName::try_from(bare).with_context(|| format!("{name} 不是主机名"))?;
        Ok(Self::Tls(address(443), server, Arc::new(known_servers()?)))
    }

    /// The socket of a data folder.
    pub fn local(dir: &Path) -> Self {
        Self::Local(crate::app::socket(dir))
    }
}

/// A server that could not show who it is: trying again does not help.
#[derive(Debug, thiserror::Error)]
#[error("与 {0} 握手失败；证书由本单位自签的，请用环境变量 MINYI_CA_FILE 指定其签发证书（PEM）")]
pub struct Untrusted(String);

/// The authorities of the world, and an office's own from the file that `MINYI_CA_FILE` names.
fn known_servers() -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = config::environment("MINYI_CA_FILE") {
        let certificates = CertificateDer::pem_file_iter(&path);
        let certificates = certificates.with_context(|| format!("无法读取 {path}（MINYI_CA_FILE）"))?;
        for certificate in certificates {
            let known = certificate.map(|certificate| roots.add(certificate));
            known.with_context(|| format!("{path} 不是 PEM 证书"))?.with_context(|| path.clone())?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn reach(address: &str) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(address).await;
    let stream = stream.with_context(|| format!("无法连接 {address}，服务是否已启动？"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
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
            Target::Tcp(address) => open(TokioIo::new(reach(address).await?)).await,
            Target::Tls(address, name, config) => {
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(name.clone(), reach(address).await?).await;
                let stream = stream.with_context(|| Untrusted(address.clone()))?;
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
