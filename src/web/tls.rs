//! TLS of the server itself: certificate and key from files, looked at again while serving; each handshake by itself, so
//! that a slow one keeps nobody else waiting.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{InconsistentKeys, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config;

use super::certificate::{Validity, validity};

/// Why the server cannot speak TLS with these files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Not there, or not ours to read.
    #[error("无法读取 {path}：{cause}；请检查 server.certificate、server.key 及文件权限")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
    /// No certificate in the file.
    #[error("{0} 中没有 PEM 证书：应含 -----BEGIN CERTIFICATE----- 一段，本单位证书在前，中间证书在后")]
    NoCertificate(String),
    /// No key in the file.
    #[error("{0} 中没有 PEM 私钥：应含 -----BEGIN PRIVATE KEY----- 一段")]
    NoKey(String),
    /// A key that wants a passphrase.
    #[error(
        "私钥 {0} 带口令，服务启动时无人可输入：请用 openssl pkey -in 原文件 -out 新文件 去掉口令，并设权限 600"
    )]
    Passphrase(String),
    /// Two files that do not belong together.
    #[error("私钥 {key} 与证书 {certificate} 不是一对：请核对两个文件是否来自同一次签发")]
    Mismatch {
        /// The file of the certificate.
        certificate: String,
        /// The file of the key.
        key: String,
    },
    /// Anything else that is wrong with them.
    #[error("证书 {path} 不能使用：{why}")]
    Unusable {
        /// The file.
        path: String,
        /// What the library says.
        why: String,
    },
}

/// What is in force.
struct Current {
    config: Arc<ServerConfig>,
    validity: Validity,
    /// Of both files: they are the same as long as this is.
    hash: blake3::Hash,
}

/// The server's certificate and how its connections begin.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    handshake: Duration,
    current: ArcSwap<Current>,
}

impl Tls {
    /// Reads both files; `None` where the settings name none.
    ///
    /// # Errors
    /// [`TlsError`] with the file and what to do.
    pub fn open(settings: &config::Server) -> Result<Option<Arc<Self>>, TlsError> {
        if !settings.has_tls() {
            return Ok(None);
        }
        let (certificate, key) = (settings.certificate.clone(), settings.key.clone());
        let current = ArcSwap::from_pointee(Files::read(&certificate, &key)?.load()?);
        let handshake = Duration::from_secs(settings.handshake_seconds);
        Ok(Some(Arc::new(Self { certificate, key, handshake, current })))
    }

    /// Reads the files again, and has new ones in force for the connections to come. Gives whether they were new.
    ///
    /// # Errors
    /// [`TlsError`]: what was in force stays so.
    pub fn look(&self) -> Result<bool, TlsError> {
        let files = Files::read(&self.certificate, &self.key)?;
        if files.hash() == self.current.load().hash {
            return Ok(false);
        }
        self.current.store(Arc::new(files.load()?));
        Ok(true)
    }

    /// How long the certificate in force is good.
    pub fn validity(&self) -> Validity {
        self.current.load().validity
    }

    /// Shakes hands; `None` where that fails or takes too long.
    pub(super) async fn accept<S>(&self, stream: S) -> Option<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.current.load().config));
        let why = match tokio::time::timeout(self.handshake, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "too slow".to_owned(),
        };
        metrics::counter!("minyi_tls_handshakes_failed_total").increment(1);
        tracing::debug!(why, "a handshake failed");
        None
    }
}

/// Both files, as they are.
struct Files<'a> {
    certificate: (&'a Path, Vec<u8>),
    key: (&'a Path, Vec<u8>),
}

impl<'a> Files<'a> {
    fn read(certificate: &'a Path, key: &'a Path) -> Result<Self, TlsError> {
        let read = |path: &Path| {
            std::fs::read(path)
                .map_err(|cause| TlsError::Unreadable { path: path.display().to_string(), cause })
        };
        Ok(Self { certificate: (certificate, read(certificate)?), key: (key, read(key)?) })
    }

    fn hash(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(self.certificate.1.len() as u64).to_le_bytes());
        hasher.update(&self.certificate.1).update(&self.key.1);
        hasher.finalize()
    }

    fn load(self) -> Result<Current, TlsError> {
        let name = |path: &Path| path.display().to_string();
        let (path, pem) = &self.certificate;
        let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| TlsError::NoCertificate(name(path)))?;
        let unusable = |why: String| TlsError::Unusable { path: name(path), why };
        let validity = validity(&chain[0]).ok_or_else(|| unusable("读不出有效期".to_owned()))?;
        let key = PrivateKeyDer::from_pem_slice(&self.key.1).map_err(|_| {
            let key = name(self.key.0);
            let sealed = self.key.1.windows(9).any(|word| word == b"ENCRYPTED");
            if sealed { TlsError::Passphrase(key) } else { TlsError::NoKey(key) }
        })?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        let mut config = config.map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch { certificate: name(path), key: name(self.key.0) }
            }
            other => unusable(other.to_string()),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Current { config: Arc::new(config), validity, hash: self.hash() })
    }
}
