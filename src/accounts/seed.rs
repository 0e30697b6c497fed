//! The seed of an authenticator (TOTP, RFC 6238): closed in the store, shown once to its owner, asked for codes.
//!
//! Codes of six digits every 30 seconds by SHA-1: what every authenticator on a telephone can do.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use totp_rs::{Builder, Secret, Totp};

use crate::clock::random_bytes;
use crate::model::{SecretKey, Timestamp, UserName};

use super::AccountError;

const NONCE: usize = 24;
const SEED: usize = 20;
/// How many recovery codes a set has.
pub(super) const RECOVERY_CODES: usize = 10;
/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789+";
/// Characters of a recovery code: 60 bits.
const RECOVERY_CHARS: usize = 12;

/// Closes seeds and hashes recovery codes, by keys that come of the instance's secret (the same on every node).
pub(super) struct SeedKey {
    cipher: XChaCha20Poly1305,
    recovery: [u8; 32],
}

impl SeedKey {
    pub(super) fn new(secret: &SecretKey) -> Self {
        let key = Key::from(secret.for_purpose("second step seeds"));
        Self { cipher: XChaCha20Poly1305::new(&key), recovery: secret.for_purpose("recovery codes") }
    }

    /// Closes a seed for this account: in another's row it does not open.
    pub(super) fn close(&self, name: &UserName, seed: &Seed) -> Result<Vec<u8>, AccountError> {
        let nonce: [u8; NONCE] = random_bytes()?;
        let payload = Payload { msg: &seed.0, aad: name.as_str().as_bytes() };
        let closed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let closed = closed.map_err(|_| AccountError::Broken("seed not closed".to_owned()))?;
        Ok([nonce.as_slice(), &closed].concat())
    }

    /// Opens it.
    pub(super) fn open(&self, name: &UserName, closed: &[u8]) -> Result<Seed, AccountError> {
        let broken = || AccountError::Broken("验证码种子无法解密，secret.key 是否已更换？".to_owned());
        let (nonce, closed) = closed.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        let payload = Payload { msg: closed, aad: name.as_str().as_bytes() };
        let seed = self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| broken())?;
        Ok(Seed(seed.try_into().map_err(|_| broken())?))
    }

    /// Under what a recovery code is stored. Case, spaces and dashes do not count.
    pub(super) fn recovery_hash(&self, name: &UserName, typed: &str) -> [u8; 32] {
        let plain: String = typed
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .take(64)
            .collect();
        *blake3::keyed_hash(&self.recovery, format!("{name}:{plain}").as_bytes()).as_bytes()
    }
}

/// A seed.
pub(super) struct Seed([u8; SEED]);

impl Seed {
    pub(super) fn random() -> Result<Self, AccountError> {
        Ok(Self(random_bytes()?))
    }

    fn totp(&self) -> Result<Totp, AccountError> {
        let built = Builder::new().with_secret(Secret::new_stack(self.0)).with_skew(1).build();
        built.map_err(|error| AccountError::Broken(error.to_string()))
    }

    /// The step whose code this is: the present one, the one before, or the one after.
    pub(super) fn step(&self, typed: &str, now: Timestamp) -> Result<Option<i64>, AccountError> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).take(16).collect();
        let seconds = u64::try_from(now.as_micros() / 1_000_000).unwrap_or_default();
        Ok(self.totp()?.check(&digits, seconds).and_then(|step| i64::try_from(step).ok()))
    }

    /// To be typed in.
    pub(super) fn text(&self) -> String {
        Secret::new_stack(self.0).to_base32()
    }

    /// What the picture holds.
    pub(super) fn address(&self, name: &UserName) -> String {
        format!("otpauth://totp/Minyi:{name}?secret={}&issuer=Minyi", self.text())
    }
}

/// A fresh set of recovery codes, written in groups of four.
pub(super) fn recovery_codes() -> Result<Vec<String>, AccountError> {
    let one = || -> Result<String, AccountError> {
        let mut code = String::new();
        while code.len() < RECOVERY_CHARS {
            let [byte] = random_bytes::<1>()?;
            let letter = ALPHABET[usize::from(byte & 31)];
            if letter != b'+' {
                code.push(char::from(letter));
            }
        }
        Ok(format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..]))
    };
    (0..RECOVERY_CODES).map(|_| one()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> UserName {
        text.parse().expect("a name")
    }

    #[test]
    fn a_code_is_good_in_its_step_and_one_before_and_after() {
        let seed = Seed(*b"12345678901234567890");
        // RFC 6238, appendix B: at 59 s the last six digits are 287082.
        let at =
            |seconds: i64| seed.step("287 082", Timestamp::from_micros(seconds * 1_000_000)).expect("step");
        assert_eq!([at(59), at(30), at(0), at(89)], [Some(1); 4]);
        assert_eq!([at(90), at(600)], [None; 2]);
        for bad in ["", "28708", "2870822", "+87082", "287083"] {
            assert_eq!(seed.step(bad, Timestamp::from_micros(59_000_000)).expect("step"), None, "{bad}");
        }
    }

    #[test]
    fn a_closed_seed_opens_for_its_owner_and_this_instance_only() {
        let key = SeedKey::new(&SecretKey::new([7; 32]));
        let seed = Seed(*b"12345678901234567890");
        let closed = key.close(&name("zhang"), &seed).expect("closed");
        assert!(!closed.windows(8).any(|part| part == b"12345678"));
        assert_eq!(key.open(&name("zhang"), &closed).expect("open").text(), seed.text());
        assert!(key.open(&name("li"), &closed).is_err());
        assert!(SeedKey::new(&SecretKey::new([8; 32])).open(&name("zhang"), &closed).is_err());
        assert!(key.open(&name("zhang"), b"short").is_err());
    }

    #[test]
    fn recovery_codes_differ_and_are_read_however_they_are_typed() {
        let codes = recovery_codes().expect("codes");
        let different: std::collections::BTreeSet<&String> = codes.iter().collect();
        assert_eq!((codes.len(), different.len()), (RECOVERY_CODES, RECOVERY_CODES));
        let key = SeedKey::new(&SecretKey::new([7; 32]));
        let hash = |who: &str, code: &str| key.recovery_hash(&name(who), code);
        let typed = codes[0].to_uppercase().replace('-', " ");
        assert_eq!(hash("zhang", &codes[0]), hash("zhang", &typed));
        assert_ne!(hash("zhang", &codes[0]), hash("li", &codes[0]));
    }
}
