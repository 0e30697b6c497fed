//! What a browser holds while its owner is at the platform: sealed, so that any node can go on, and nobody can look into it,
//! change it, or make one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use crate::clock::random_bytes;
use crate::model::{SecretKey, SessionKey, Timestamp};

/// How long somebody may take at the platform.
pub const WAIT_SECONDS: u32 = 600;
const NONCE: usize = 24;
const PURPOSE: &str = "sign-in by an identity platform";
/// A longer address to come back to would not fit into a cookie.
const NEXT_MAX: usize = 1500;

/// Somebody is at the platform.
#[derive(Clone, Serialize, Deserialize)]
pub struct Wait {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    /// Where they wanted to go.
    pub next: String,
    /// The session whose owner binds an identity; none where somebody signs in.
    binds: Option<[u8; 32]>,
    since: i64,
}

impl std::fmt::Debug for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wait(…)")
    }
}

fn random() -> std::io::Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<32>()?))
}

impl Wait {
    pub(super) fn begin(next: &str, binds: Option<SessionKey>, now: Timestamp) -> std::io::Result<Self> {
        let next = if next.len() > NEXT_MAX { "/" } else { next };
        Ok(Self {
            state: random()?,
            nonce: random()?,
            verifier: random()?,
            next: next.to_owned(),
            binds: binds.map(|session| session.0),
            since: now.as_micros(),
        })
    }

    /// Whether an answer is the one that is waited for, compared in constant time.
    pub fn awaits(&self, state: &str) -> bool {
        blake3::hash(self.state.as_bytes()) == blake3::hash(state.as_bytes())
    }

    /// Under what the answer is noted as taken.
    pub fn key(&self) -> [u8; 32] {
        *blake3::hash(self.state.as_bytes()).as_bytes()
    }

    /// The session whose owner binds an identity.
    pub fn binds(&self) -> Option<SessionKey> {
        self.binds.map(SessionKey)
    }
}

/// Seals waits by a key that comes of the instance's secret: the same on every node.
pub(super) struct WaitKey(XChaCha20Poly1305);

impl WaitKey {
    pub(super) fn new(secret: &SecretKey) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(secret.for_purpose(PURPOSE))))
    }

    pub(super) fn seal(&self, wait: &Wait) -> std::io::Result<String> {
        let text = serde_json::to_vec(wait)?;
        let nonce: [u8; NONCE] = random_bytes()?;
        let payload = Payload { msg: &text, aad: PURPOSE.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| std::io::Error::other("not sealed"))?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// What was sealed here, and not too long ago.
    pub(super) fn open(&self, sealed: &str, now: Timestamp) -> Option<Wait> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: PURPOSE.as_bytes() };
        let text = self.0.decrypt(&XNonce::from(*nonce), payload).ok()?;
        let wait: Wait = serde_json::from_slice(&text).ok()?;
        let since = Timestamp::from_micros(wait.since);
        let fresh = since.plus_seconds(i64::from(WAIT_SECONDS)) > now;
        fresh.then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-02T09:30:00+08:00").expect("a time")
    }

    #[test]
    fn a_wait_opens_on_every_node_for_ten_minutes_and_not_when_it_was_changed() {
        let key = WaitKey::new(&SecretKey::new([7; 32]));
        let wait = Wait::begin("/inbox?state=kept", Some(SessionKey([3; 32])), now()).expect("a wait");
        let sealed = key.seal(&wait).expect("sealed");
        assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
        let node = WaitKey::new(&SecretKey::new([7; 32]));
        let opened = node.open(&sealed, now().plus_seconds(599)).expect("open");
        assert_eq!((opened.next.as_str(), opened.binds()), ("/inbox?state=kept", Some(SessionKey([3; 32]))));
        assert!(opened.awaits(&wait.state) && !opened.awaits("") && !opened.awaits(&wait.nonce));
        assert!(node.open(&sealed, now().plus_seconds(600)).is_none(), "too late");
        let mut changed = sealed.clone().into_bytes();
        changed[60] = if changed[60] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("text");
        for bad in [changed.as_str(), "", "abc", &sealed[1..]] {
            assert!(node.open(bad, now()).is_none(), "{bad}");
        }
        assert!(WaitKey::new(&SecretKey::new([8; 32])).open(&sealed, now()).is_none(), "another instance");
    }

    #[test]
    fn no_two_waits_are_alike_and_none_is_too_long_for_a_cookie() {
        let begin = |next: &str| Wait::begin(next, None, now()).expect("a wait");
        let (one, two) = (begin("/"), begin("/"));
        assert!(one.state != two.state && one.nonce != two.nonce && one.verifier != two.verifier);
        assert!(one.state != one.nonce && one.verifier.len() == 43, "RFC 7636 wants 43 to 128 characters");
        assert_eq!(begin(&format!("/{}", "x".repeat(2000))).next, "/");
        let key = WaitKey::new(&SecretKey::new([7; 32]));
        assert!(key.seal(&begin(&format!("/{}", "x".repeat(1499)))).expect("sealed").len() < 3500);
        assert!(!format!("{one:?}").contains(&one.state));
    }
}
