//! Rules of passwords, and their hashes (argon2id).

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::clock::random_bytes;

use super::AccountError;

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Longer ones are no passwords but an attack on the hash.
const CHARS_MAX: usize = 128;
/// Kinds of characters of which a password has at least three.
const KINDS_MIN: usize = 3;
/// Beginnings and wholes that everybody tries first, letters and digits only, in lower case.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "p@ssw0rd",
    "qwerty",
    "qwer1234",
    "asdf1234",
    "1qaz2wsx",
    "abcd1234",
    "abc123",
    "admin",
    "123456",
    "12345678",
    "1234567890",
    "111111",
    "888888",
    "000000",
    "iloveyou",
    "zhengxie",
    "chongqing",
    "woaini",
    "minyi",
];

/// A password as typed. It is never printed.
#[derive(Clone)]
pub(super) struct Password(String);

impl Password {
    /// What was typed, for comparing.
    pub(super) fn typed(text: &str) -> Self {
        Self(text.chars().take(CHARS_MAX + 1).collect())
    }

    /// A new password, held to the rules.
    ///
    /// # Errors
    /// Every rule it breaks, in Chinese.
    pub(super) fn new(text: &str, name: &str, min: usize) -> Result<Self, AccountError> {
        let broken = broken_rules(text, name, min);
        if broken.is_empty() {
            return Ok(Self(text.to_owned()));
        }
        Err(AccountError::Password(format!("密码不合要求：{}", broken.join("；"))))
    }

    /// Takes about 20 ms of a processor.
    pub(super) fn hash(&self) -> Result<String, AccountError> {
        let salt = random_bytes::<16>()?;
        let broken = |error: argon2::password_hash::Error| AccountError::Broken(error.to_string());
        let salt = SaltString::encode_b64(&salt).map_err(broken)?;
        Ok(argon()?.hash_password(self.0.as_bytes(), &salt).map_err(broken)?.to_string())
    }

    /// Whether it is the password of this hash. Without a hash the same work is done for nothing.
    pub(super) fn matches(&self, stored: Option<&str>) -> Result<bool, AccountError> {
        let Some(stored) = stored else {
            self.hash()?;
            return Ok(false);
        };
        let hash = PasswordHash::new(stored).map_err(|error| AccountError::Broken(error.to_string()))?;
        Ok(argon()?.verify_password(self.0.as_bytes(), &hash).is_ok())
    }
}

fn argon() -> Result<Argon2<'static>, AccountError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
    let params = params.map_err(|error| AccountError::Broken(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn broken_rules(text: &str, name: &str, min: usize) -> Vec<String> {
    let mut out = Vec::new();
    let chars = text.chars().count();
    if chars < min {
        out.push(format!("至少 {min} 位（现 {chars} 位）"));
    }
    if chars > CHARS_MAX {
        out.push(format!("最多 {CHARS_MAX} 位"));
    }
    if text.chars().any(char::is_control) {
        out.push("不能含控制字符".to_owned());
    }
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_ascii_alphanumeric(),
    ];
    if kinds.iter().filter(|kind| text.chars().any(**kind)).count() < KINDS_MIN {
        out.push("大写字母、小写字母、数字、其他字符（含汉字）至少要有三种".to_owned());
    }
    let lower = text.to_lowercase();
    if !name.is_empty() && lower.contains(name) {
        out.push("不能包含用户名".to_owned());
    }
    let plain: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let rest =
        COMMON.iter().filter_map(|word| plain.strip_prefix(word)).map(|rest| rest.chars().count()).min();
    if rest.is_some_and(|rest| rest <= 4) {
        out.push("过于常见，容易被猜中".to_owned());
    }
    let mut distinct: Vec<char> = text.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 && chars >= min {
        out.push("重复的字符太多".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_broken_rule_is_said() {
        let said = |text: &str| broken_rules(text, "zhang", 10).join("；");
        assert!(said("Ab1").contains("至少 10 位（现 3 位）"));
        assert!(said("abcdefghijkl").contains("三种"));
        assert!(said("Zhang-20261126").contains("用户名"));
        assert!(said("Password2026").contains("常见"));
        assert!(said("Aa1Aa1Aa1Aa1").contains("重复"));
        assert!(said(&"Aa1-bcd".repeat(30)).contains("最多"));
        assert!(said("Aa1-bcd\u{0}efgh").contains("控制字符"));
        for good in ["Hd7-kettle-oak", "翠柏苑-2026-Lamp", "tR4!vomqpz"] {
            assert_eq!(said(good), "", "{good}");
        }
    }

    #[test]
    fn only_the_password_itself_matches_its_hash_and_two_hashes_differ() {
        let password = Password::new("Hd7-kettle-oak", "zhang", 10).expect("good");
        let (one, two) = (password.hash().expect("hash"), password.hash().expect("hash"));
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && one != two);
        assert!(password.matches(Some(&one)).expect("compared"));
        assert!(!Password::typed("Hd7-kettle-oat").matches(Some(&one)).expect("compared"));
        assert!(!password.matches(None).expect("compared"));
    }
}
