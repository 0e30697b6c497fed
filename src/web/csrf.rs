//! Form tokens: a form is taken only from a page that this instance made for this browser.

use std::fmt;

use crate::model::SecretKey;

/// Makes and checks form tokens.
#[derive(Clone)]
pub struct FormKey([u8; 32]);

impl FormKey {
    /// From the instance's secret: the same on every node.
    pub fn new(secret: &SecretKey) -> Self {
        Self(secret.for_purpose("form tokens"))
    }

    /// The token of forms shown to the browser that holds `bound`: its session, or a cookie before there is one.
    pub fn token(&self, bound: &[u8]) -> String {
        blake3::keyed_hash(&self.0, bound).to_hex().to_string()
    }

    /// Whether `token` is the one for `bound`, compared in constant time.
    pub fn fits(&self, token: &str, bound: &[u8]) -> bool {
        blake3::Hash::from_hex(token).is_ok_and(|given| given == blake3::keyed_hash(&self.0, bound))
    }
}

impl fmt::Debug for FormKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_only_what_it_was_made_for() {
        let key = FormKey::new(&SecretKey::new([3; 32]));
        let token = key.token(b"one");
        assert!(key.fits(&token, b"one") && !key.fits(&token, b"two") && !key.fits("", b"one"));
        assert!(!FormKey::new(&SecretKey::new([4; 32])).fits(&token, b"one"));
    }
}
