//! What is handed out once and stored as its hash only: session cookies and one-time links.

use std::fmt;

use crate::clock::random_bytes;

/// 256 random bits, in hexadecimal.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn random() -> std::io::Result<Self> {
        Ok(Self(random_bytes::<32>()?.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// What a browser sent, if it has the shape of one.
    pub fn presented(text: &str) -> Option<Self> {
        let hexadecimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 64 && hexadecimal).then(|| Self(text.to_owned()))
    }

    /// The text, to be handed out.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Under what it is stored. It is random, so a fast hash is enough; looked up by hash, its timing says nothing.
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(self.0.as_bytes()).as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_the_shape_of_a_secret_is_none() {
        let secret = Secret::random().expect("random");
        assert_eq!(Secret::presented(secret.reveal()), Some(secret.clone()));
        for bad in ["", "abc", &secret.reveal().to_uppercase()[..63], &format!("{}0", secret.reveal())] {
            assert_eq!(Secret::presented(bad), None, "{bad}");
        }
        assert!(!format!("{secret:?}").contains(secret.reveal()));
    }
}
