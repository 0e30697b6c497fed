//! Calls to a system that the configuration names, inside the office's network or outside of it: nobody else can choose
//! where they go. No redirects, a limit of time and of size; its own authority where one is given.

use std::path::Path;
use std::time::Duration;

use bytes::BytesMut;
use futures_util::StreamExt;
use hyper::{Request, Response};
use reqwest::{Client, redirect};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{CONNECT_SECONDS, OutwardError, chain, told, with_roots};

/// Makes calls to one system.
#[derive(Clone)]
pub struct Known {
    client: Client,
    seconds: u64,
    most: usize,
}

impl Known {
    /// With the authority of the system's certificate (PEM; an empty path = those that come with the program), the seconds
    /// that a call may take, and the most bytes of an answer.
    ///
    /// # Errors
    /// When the file cannot serve; in Chinese.
    pub fn new(ca_file: &Path, seconds: u64, most: usize) -> Result<Self, String> {
        let client = Client::builder()
            .tls_backend_preconfigured(with_roots(roots(ca_file)?)?)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS.min(seconds)))
            .user_agent(concat!("minyi/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("无法建立对外访问：{}", chain(&error)))?;
        Ok(Self { client, seconds, most })
    }

    /// Calls; any status is an answer.
    ///
    /// # Errors
    /// [`OutwardError`] says what to do about it.
    pub async fn call(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, OutwardError> {
        let limit = Duration::from_secs(self.seconds);
        match tokio::time::timeout(limit, self.once(request)).await {
            Ok(done) => done,
            Err(_) => Err(OutwardError::Slow(self.seconds)),
        }
    }

    async fn once(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, OutwardError> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string();
        let asked = self.client.request(parts.method, &url).headers(parts.headers).body(body);
        let answer = asked.send().await.map_err(|error| told(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut out = BytesMut::new();
        let mut stream = answer.bytes_stream();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| told(&error))?;
            if out.len() + piece.len() > self.most {
                return Err(OutwardError::TooLarge(self.most >> 10));
            }
            out.extend_from_slice(&piece);
        }
        let mut response = Response::new(out.to_vec());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// The authorities of a file (PEM), and no others; with an empty path those that come with the program.
pub(super) fn roots(ca_file: &Path) -> Result<RootCertStore, String> {
    if ca_file.as_os_str().is_empty() {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    }
    let path = ca_file.display();
    let pem = std::fs::read(ca_file).map_err(|error| format!("无法读取 {path}：{error}"))?;
    let read = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>().unwrap_or_default();
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(read);
    if added == 0 {
        return Err(format!("{path} 中没有可用的 PEM 证书：应含 -----BEGIN CERTIFICATE----- 一段"));
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("ca.pem");
        let told = |path: &Path| Known::new(path, 5, 1024).map(drop).expect_err("refused");
        assert!(told(&path).contains("ca.pem"));
        std::fs::write(&path, "nothing").expect("written");
        assert!(told(&path).contains("BEGIN CERTIFICATE"));
        assert!(Known::new(Path::new(""), 5, 1024).is_ok());
    }

    #[tokio::test]
    async fn who_takes_the_connection_and_says_nothing_is_waited_for_no_longer_than_said() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let url = format!("http://{}/", silent.local_addr().expect("an address"));
        let known = Known::new(Path::new(""), 1, 1024).expect("a caller");
        let request = Request::builder().uri(&url).body(Vec::new()).expect("a request");
        assert!(matches!(known.call(request).await, Err(OutwardError::Slow(1))));
        drop(silent);
        let request = Request::builder().uri(&url).body(Vec::new()).expect("a request");
        assert!(matches!(known.call(request).await, Err(OutwardError::Unreachable(_))));
    }
}
