//! Somebody as the identity platform (统一身份认证) names them.

use std::fmt;
use std::str::FromStr;

use super::IdError;

/// Longest name of a person at a platform, in characters; OpenID Connect allows 255 for `sub`.
const SUBJECT_CHARS: usize = 255;

/// What a platform calls one person and nobody else (身份标识).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Subject {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let chars = text.chars().count();
        let odd = |c: char| c.is_control() || super::is_invisible(c);
        if (1..=SUBJECT_CHARS).contains(&chars) && text.trim() == text && !text.chars().any(odd) {
            return Ok(Self(text.to_owned()));
        }
        Err(IdError { what: "身份标识", text: text.chars().take(40).collect() })
    }
}

/// One person at one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The platform.
    pub issuer: String,
    /// The claim that names the person there: the same text in another claim is somebody else.
    pub claim: String,
    /// The person.
    pub subject: Subject,
}

/// What the platform says of somebody who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who it is.
    pub identity: Identity,
    /// The account of this name is theirs, where the configuration trusts the platform in that.
    pub name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line_that_can_be_seen() {
        for good in ["1001", "5f83e0ca-2b8e-4e8c-ba0a-f80fe9bc3632", "张三", "CN=Zhang, O=Office"] {
            assert_eq!(good.parse::<Subject>().map(|subject| subject.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", " 1001", "1001 ", "a\nb", "a\u{200B}b", &"x".repeat(256)] {
            assert!(bad.parse::<Subject>().is_err(), "{bad:?}");
        }
    }
}
