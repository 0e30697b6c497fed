//! Certificates that the tests make for themselves (RFC 5280, as little of it as a handshake wants): signed by their own
//! key, for 127.0.0.1.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING as ALGORITHM, EcdsaKeyPair, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

const SEQUENCE: u8 = 0x30;
/// ecdsa-with-SHA256
const SIGNED_BY: &[u8] = &[0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
/// id-ecPublicKey, prime256v1
const KEY_KIND: &[u8] = &[
    0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03,
    0x01, 0x07,
];
/// commonName
const NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
/// subjectAltName
const ALSO_KNOWN: &[u8] = &[0x06, 0x03, 0x55, 0x1D, 0x11];

/// A certificate with its key.
pub struct Certificate {
    der: Vec<u8>,
    key: Vec<u8>,
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let inside = parts.concat();
    let length = u16::try_from(inside.len()).expect("short").to_be_bytes();
    let length: &[u8] = match inside.len() {
        0..=0x7F => &length[1..],
        0x80..=0xFF => &[0x81, length[1]],
        _ => &[0x82, length[0], length[1]],
    };
    [&[tag], length, &inside].concat()
}

fn pem(kind: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

impl Certificate {
    /// Good until this century's middle.
    pub fn new(name: &str) -> Self {
        Self::within(name, "250101000000Z", "491231000000Z")
    }

    /// Good between two instants, `YYMMDDhhmmssZ`.
    pub fn within(name: &str, from: &str, until: &str) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ALGORITHM, &random).expect("a key").as_ref().to_vec();
        let pair = EcdsaKeyPair::from_pkcs8(&ALGORITHM, &key, &random).expect("a key");
        let algorithm = element(SEQUENCE, &[SIGNED_BY]);
        let name = element(SEQUENCE, &[NAME, &element(0x0C, &[name.as_bytes()])]);
        let name = element(SEQUENCE, &[&element(0x31, &[&name])]);
        let times = [element(0x17, &[from.as_bytes()]), element(0x17, &[until.as_bytes()])];
        let public = element(0x03, &[&[0], pair.public_key().as_ref()]);
        let addresses = element(SEQUENCE, &[&element(0x87, &[&[127, 0, 0, 1]])]);
        let extension = element(SEQUENCE, &[ALSO_KNOWN, &element(0x04, &[&addresses])]);
        let signed = element(
            SEQUENCE,
            &[
                &element(0xA0, &[&[0x02, 0x01, 0x02]]),
                &element(0x02, &[&[7]]),
                &algorithm,
                &name,
                &element(SEQUENCE, &[&times[0], &times[1]]),
                &name,
                &element(SEQUENCE, &[&element(SEQUENCE, &[KEY_KIND]), &public]),
                &element(0xA3, &[&element(SEQUENCE, &[&extension])]),
            ],
        );
        let signature = pair.sign(&random, &signed).expect("a signature");
        let signature = element(0x03, &[&[0], signature.as_ref()]);
        Self { der: element(SEQUENCE, &[&signed, &algorithm, &signature]), key }
    }

    /// Writes `NAME.pem` and `NAME.key` into a folder and gives their paths.
    pub fn write(&self, dir: &Path, name: &str) -> (PathBuf, PathBuf) {
        let (certificate, key) = (dir.join(format!("{name}.pem")), dir.join(format!("{name}.key")));
        std::fs::write(&certificate, pem("CERTIFICATE", &self.der)).expect("written");
        std::fs::write(&key, pem("PRIVATE KEY", &self.key)).expect("written");
        (certificate, key)
    }

    /// A client that believes this certificate and no other.
    pub fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.der.clone())).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }
}
