//! Who signed a package: Ed25519, with a key that comes from the instance's secret, so every node has it and it is in the backup.

use std::fmt;
use std::str::FromStr;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::model::SecretKey;

/// Stands before a public key, so that nobody takes something else for one.
const PREFIX: &str = "minyi-site-";

/// The key that this site signs by.
pub struct SiteKey(Ed25519KeyPair);

impl SiteKey {
    /// The key of an instance.
    ///
    /// # Errors
    /// When the crate refuses it, which no key of 32 bytes is.
    pub fn of(secret: &SecretKey) -> Result<Self, String> {
        let seed = secret.for_purpose("minyi exchange 2026 signing");
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed);
        pair.map(Self).map_err(|error| format!("签名密钥不可用：{error}"))
    }

    /// What the other site is told.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    /// Signs a text.
    pub(super) fn sign(&self, text: &[u8]) -> String {
        hex(self.0.sign(text).as_ref())
    }
}

/// The public half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Whether the owner of this key signed the text.
    pub(super) fn signed(&self, text: &[u8], signature: &str) -> bool {
        let Some(signature) = unhex(signature) else { return false };
        UnparsedPublicKey::new(&ED25519, &self.0).verify(text, &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hex(&self.0))
    }
}

impl FromStr for PublicKey {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = text.trim().strip_prefix(PREFIX).and_then(unhex);
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| {
            format!("公钥应为 {PREFIX} 加 64 位十六进制数，请在对方执行 minyi site keys，原样抄入 exchange.peer_key")
        })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Small letters only: each key and each signature is written in one way.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| Some((digit(*pair.first()?)? << 4) | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_knows_its_own_signatures_only() {
        let key = |n| SiteKey::of(&SecretKey::new([n; 32])).expect("a key");
        let (one, two) = (key(1), key(2));
        assert_eq!(one.public().to_string().parse::<PublicKey>(), Ok(one.public()));
        assert_eq!(key(1).public(), one.public(), "the same secret, the same key");
        let signature = one.sign(b"text");
        assert!(one.public().signed(b"text", &signature));
        assert!(!one.public().signed(b"texT", &signature) && !two.public().signed(b"text", &signature));
        assert!(!one.public().signed(b"text", &signature.to_uppercase()));
        for wrong in ["", "minyi-site-", "minyi-site-00", "abc"] {
            assert!(wrong.parse::<PublicKey>().is_err(), "{wrong}");
        }
    }
}
