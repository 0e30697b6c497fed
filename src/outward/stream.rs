//! Connections to other systems that speak something else than HTTP: the same addresses are allowed as for calls, and TLS
//! trusts the same authorities, or those of one file alone.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::CertificateError;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::known::roots;
use super::{CONNECT_SECONDS, Outward, OutwardError, with_roots};

/// A connection, sealed or not.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Debug> Stream for T {}

impl Outward {
    /// Connects to a host, if all of its addresses are allowed.
    ///
    /// # Errors
    /// [`OutwardError`] says what to do about it.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, OutwardError> {
        let limit = Duration::from_secs(CONNECT_SECONDS);
        let far = |error: std::io::Error| OutwardError::Unreachable(error.to_string());
        let found = timeout(limit, tokio::net::lookup_host((host, port))).await;
        let found: Vec<SocketAddr> =
            found.map_err(|_| OutwardError::Slow(CONNECT_SECONDS))?.map_err(far)?.collect();
        let free = self.allowed.name(host);
        if let Some(private) = found.iter().find(|at| !free && !self.allowed.address(at.ip())) {
            return Err(OutwardError::Private(format!("{host}（{}）", private.ip())));
        }
        match timeout(limit, TcpStream::connect(found.as_slice())).await {
            Ok(connected) => connected.map_err(far),
            Err(_) => Err(OutwardError::Slow(CONNECT_SECONDS)),
        }
    }
}

/// Seals a connection with TLS. Where `own` names a file, the authorities in it are trusted and no others.
///
/// # Errors
/// [`OutwardError::Certificate`], [`OutwardError::Unreachable`].
pub async fn secured<S>(
    stream: S,
    host: &str,
    own: &Path,
) -> Result<tokio_rustls::client::TlsStream<S>, OutwardError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let authorities = roots(own).map_err(OutwardError::Certificate)?;
    let settings = with_roots(authorities).map_err(OutwardError::Unreachable)?;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| OutwardError::Address(host.chars().take(100).collect()))?;
    let shaken = TlsConnector::from(Arc::new(settings)).connect(name, stream);
    match timeout(Duration::from_secs(CONNECT_SECONDS), shaken).await {
        Ok(sealed) => sealed.map_err(|error| told(&error)),
        Err(_) => Err(OutwardError::Slow(CONNECT_SECONDS)),
    }
}

/// What is wrong with a certificate, in words for whoever has to see to it.
fn told(error: &std::io::Error) -> OutwardError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(why)) = inner else {
        return OutwardError::Unreachable(format!("不能建立加密连接（{error}）"));
    };
    OutwardError::Certificate(match why {
        CertificateError::UnknownIssuer => "不是由所信任的机构签发".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "已过有效期".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "不是为这个主机名签发".to_owned()
        }
        other => other.to_string(),
    })
}
