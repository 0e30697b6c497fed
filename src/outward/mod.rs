//! Calls to other systems over HTTP, and connections for what else is spoken (`stream`): to which addresses they may go, how long they may take, how much may come back.
//!
//! An address that somebody enters must not open the office's own network to whoever asks (SSRF): every address that a
//! name resolves to is looked at, at each redirect again, and the connection goes to the very address that was looked at.

mod guard;
mod known;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, StatusCode, redirect};
use url::Url;

use crate::config;
pub use guard::Allowed;
use guard::Guarded;
pub use known::Known;
pub use stream::{Stream, secured};

/// Redirects followed at most.
const REDIRECTS_MAX: usize = 5;
/// Seconds that a receiver may take to accept a connection.
const CONNECT_SECONDS: u64 = 10;

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutwardError {
    /// No address that can be called.
    #[error("地址“{0}”不对，应以 https:// 或 http:// 开头，且不含用户名")]
    Address(String),
    /// An address of one's own network.
    #[error("{0} 是内部网络的地址，不能访问；确需访问，请写入配置 outward.allow_private")]
    Private(String),
    /// Nobody there, or something broke on the way.
    #[error("连接失败：{0}")]
    Unreachable(String),
    /// Too slow.
    #[error("{0} 秒内没有收完对方的答复")]
    Slow(u64),
    /// More than is wanted.
    #[error("答复超过 {0} KB，没有收下")]
    TooLarge(usize),
    /// In a circle.
    #[error("转向超过 {REDIRECTS_MAX} 次")]
    Redirects,
    /// A certificate that is not to be trusted.
    #[error("对方的证书不可信：{0}")]
    Certificate(String),
    /// A header that cannot be sent.
    #[error("请求头 {0} 含有不能发送的字符")]
    Header(String),
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Call {
    /// To where.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What is posted; none = GET.
    pub body: Option<Bytes>,
    /// Most bytes of the answer.
    pub most: usize,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// From where, after redirects.
    pub url: Url,
}

impl Reply {
    /// A header, where it is there and readable.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Whether the receiver confirmed.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Makes calls.
#[derive(Clone)]
pub struct Outward {
    client: Client,
    allowed: Arc<Allowed>,
    seconds: u64,
}

impl Outward {
    /// With the addresses that are allowed.
    ///
    /// # Errors
    /// When a network in the settings is none, or TLS cannot be set up; in Chinese.
    pub fn new(settings: &config::Outward) -> Result<Self, String> {
        let allowed = Arc::new(Allowed::parse(&settings.allow_private)?);
        // The authorities that come with the program: an office's own stands behind a proxy that has a certificate of these.
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let client = Client::builder()
            .tls_backend_preconfigured(with_roots(roots)?)
            .dns_resolver(Guarded(Arc::clone(&allowed)))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
            .user_agent(concat!("minyi/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("无法建立对外访问：{}", chain(&error)))?;
        Ok(Self { client, allowed, seconds: settings.timeout_seconds })
    }

    /// Looks at an address that somebody enters, before it is kept.
    ///
    /// # Errors
    /// [`OutwardError::Address`] or, for an address given by number, [`OutwardError::Private`].
    pub fn check(&self, url: &str) -> Result<Url, OutwardError> {
        let bad = || OutwardError::Address(url.chars().take(100).collect());
        let parsed = Url::parse(url).map_err(|_| bad())?;
        let plain = parsed.username().is_empty() && parsed.password().is_none();
        if !matches!(parsed.scheme(), "http" | "https") || !plain {
            return Err(bad());
        }
        let address = match parsed.host().ok_or_else(bad)? {
            url::Host::Domain(_) => return Ok(parsed),
            url::Host::Ipv4(ip) => ip.into(),
            url::Host::Ipv6(ip) => ip.into(),
        };
        if self.allowed.address(address) {
            Ok(parsed)
        } else {
            Err(OutwardError::Private(address.to_string()))
        }
    }

    /// Calls; any status is an answer.
    ///
    /// # Errors
    /// [`OutwardError`] says what to do about it.
    pub async fn call(&self, call: Call) -> Result<Reply, OutwardError> {
        let limit = Duration::from_secs(self.seconds);
        match tokio::time::timeout(limit, self.follow(call)).await {
            Ok(done) => done,
            Err(_) => Err(OutwardError::Slow(self.seconds)),
        }
    }

    async fn follow(&self, call: Call) -> Result<Reply, OutwardError> {
        let mut url = self.check(&call.url)?;
        let first = url.origin();
        for _ in 0..=REDIRECTS_MAX {
            // What is secret goes to nobody but whom it was meant for.
            let own = if url.origin() == first { call.headers.as_slice() } else { &[] };
            let reply = self.once(&url, own, call.body.clone(), call.most).await?;
            let moved = [301, 302, 303, 307, 308].contains(&reply.status) && call.body.is_none();
            let Some(to) = reply.header("location").filter(|_| moved) else { return Ok(reply) };
            let to = url.join(to).map_err(|_| OutwardError::Address(to.chars().take(100).collect()))?;
            url = self.check(to.as_str())?;
        }
        Err(OutwardError::Redirects)
    }

    async fn once(
        &self,
        url: &Url,
        headers: &[(String, String)],
        body: Option<Bytes>,
        most: usize,
    ) -> Result<Reply, OutwardError> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.client.request(method, url.clone());
        for (name, value) in headers {
            let bad = || OutwardError::Header(name.clone());
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
            request = request.header(key, HeaderValue::from_str(value).map_err(|_| bad())?);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await.map_err(|error| told(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut out = BytesMut::new();
        if status != StatusCode::NOT_MODIFIED {
            let mut stream = answer.bytes_stream();
            while let Some(piece) = stream.next().await {
                let piece = piece.map_err(|error| told(&error))?;
                if out.len() + piece.len() > most {
                    return Err(OutwardError::TooLarge(most >> 10));
                }
                out.extend_from_slice(&piece);
            }
        }
        Ok(Reply { status: status.as_u16(), headers, body: out.freeze(), url: url.clone() })
    }
}

fn told(error: &reqwest::Error) -> OutwardError {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(at) = source {
        if let Some(OutwardError::Private(address)) = at.downcast_ref() {
            return OutwardError::Private(address.clone());
        }
        source = at.source();
    }
    OutwardError::Unreachable(chain(error))
}

/// The last cause says most; the address may hold a secret and is left out.
fn chain(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string().chars().take(200).collect()
}

fn with_roots(roots: rustls::RootCertStore) -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
