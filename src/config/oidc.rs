//! `[accounts.oidc]`: the identity platform (OpenID Connect) by which people may sign in.

#![expect(missing_docs, reason = "each field is a key of config/default.toml and is described there, once")]

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::layers::ConfigError;
use super::settings::{Desk, SecretText};

/// Where people come back to, below `desk.address`.
const BACK: &str = "sign-in/oidc/back";
/// A button has room for so many characters.
const LABEL_CHARS: usize = 20;
/// Longer names of claims and scopes are slips.
const WORD_CHARS: usize = 80;
/// Longer than a request may take is never waited.
const SECONDS_MAX: u64 = 25;

/// Who answers for the second step of who comes by the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", rename_all = "lowercase")]
pub enum SecondStepBy {
    Own,
    Platform,
}

impl TryFrom<String> for SecondStepBy {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "own" => Ok(Self::Own),
            "platform" => Ok(Self::Platform),
            _ => Err(format!("accounts.oidc.second_step 应为 own 或 platform，现为“{text}”")),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[doc = "The identity platform."]
pub struct Oidc {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: SecretText,
    pub label: String,
    pub claim: String,
    pub link_by: String,
    pub scopes: String,
    pub ca_file: PathBuf,
    pub second_step: SecondStepBy,
    pub timeout_seconds: u64,
}

/// Whether what goes to an address is read by nobody on the way: https, or this machine itself.
pub fn sealed(address: &Url) -> bool {
    let here = match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return false,
    };
    address.scheme() == "https" || (address.scheme() == "http" && here)
}

fn plain(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (bare && url.password().is_none() && text.trim() == text && sealed(&url)).then_some(url)
}

fn word(text: &str) -> bool {
    let fit = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    !text.is_empty() && text.len() <= WORD_CHARS && text.bytes().all(fit)
}

impl Oidc {
    /// Whether people may sign in by it.
    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// The address that the platform sends people back to.
    pub fn back(desk: &Desk) -> String {
        format!("{}/{BACK}", desk.address.trim_end_matches('/'))
    }

    /// Refuses values with which nobody could sign in, or with which others could read along.
    pub(super) fn check(&self, desk: &Desk) -> Result<(), ConfigError> {
        if !self.is_on() {
            return Ok(());
        }
        let bad = |key: &str, why: String| {
            let key = if key.contains('.') { key.to_owned() } else { format!("accounts.oidc.{key}") };
            Err(ConfigError::BadValue { origin: "配置".to_owned(), key, why })
        };
        if plain(&self.issuer).is_none() {
            let why = "应为平台的 https:// 地址（本机可用 http://），不含用户名、? 和 #".to_owned();
            return bad("issuer", format!("“{}”{why}", self.issuer));
        }
        if plain(&desk.address).is_none() {
            let why =
                "启用 accounts.oidc 时须给出本系统的 https:// 地址（本机可用 http://），平台据此送回登录的人";
            return bad("desk.address", format!("{why}；现为“{}”", desk.address));
        }
        if self.client_id.trim().is_empty() {
            return bad("client_id", "须给出平台为本系统分配的应用标识".to_owned());
        }
        let chars = self.label.chars().count();
        if !(1..=LABEL_CHARS).contains(&chars) || self.label.chars().any(char::is_control) {
            return bad("label", format!("须为 1–{LABEL_CHARS} 字，现 {chars} 字"));
        }
        for (key, text) in [("claim", &self.claim), ("link_by", &self.link_by)] {
            let off = key == "link_by" && text.is_empty();
            if !off && !word(text) {
                return bad(key, format!("“{text}”不是声明的名称，例：sub、preferred_username"));
            }
        }
        if let Some(scope) = self.scopes.split_whitespace().find(|scope| !word(scope)) {
            return bad("scopes", format!("“{scope}”不是权限范围的名称，例：openid profile"));
        }
        if !(1..=SECONDS_MAX).contains(&self.timeout_seconds) {
            return bad("timeout_seconds", format!("应在 1 与 {SECONDS_MAX} 之间"));
        }
        Ok(())
    }

    /// What is allowed and yet worth a second thought.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut out = Vec::new();
        if !self.is_on() {
            if !self.client_id.is_empty() {
                out.push("accounts.oidc.client_id 已填而 issuer 为空：统一身份认证登录没有启用".to_owned());
            }
            return out;
        }
        if !self.link_by.is_empty() {
            out.push(format!(
                "accounts.oidc.link_by = \"{0}\"：谁能改写平台上的 {0}，谁就能登录同名账户；确认平台不许本人选改后再用",
                self.link_by
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ConfigError, layered};

    fn told(more: &str) -> String {
        let text = format!(
            "[desk]\naddress = \"https://minyi.example.org\"\n[accounts.oidc]\n{}{more}\n",
            if more.contains("issuer") { "" } else { "issuer = \"https://id.example.org/realms/a\"\n" }
        );
        let text = if more.contains("client_id") { text } else { text + "client_id = \"minyi\"\n" };
        layered(Some(("test", &text)), &[]).map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn a_wrong_value_is_named_with_what_it_may_be() {
        assert_eq!(told(""), "");
        assert_eq!(told("issuer = \"http://127.0.0.1:9000\""), "", "on this machine nobody reads along");
        for (more, named) in [
            ("issuer = \"http://id.example.org\"", "accounts.oidc.issuer"),
            ("issuer = \"id.example.org\"", "accounts.oidc.issuer"),
            ("issuer = \"https://id.example.org/?a=1\"", "accounts.oidc.issuer"),
            ("issuer = \"https://a:b@id.example.org\"", "accounts.oidc.issuer"),
            ("client_id = \" \"", "accounts.oidc.client_id"),
            ("label = \"\"", "accounts.oidc.label"),
            ("claim = \"\"", "accounts.oidc.claim"),
            ("link_by = \"a b\"", "accounts.oidc.link_by"),
            ("scopes = \"openid \\\"x\"", "accounts.oidc.scopes"),
            ("timeout_seconds = 0", "accounts.oidc.timeout_seconds"),
            ("second_step = \"none\"", "own 或 platform"),
        ] {
            assert!(told(more).contains(named), "{more}: {}", told(more));
        }
    }

    #[test]
    fn it_needs_an_address_to_come_back_to_and_warns_of_names_that_others_choose() {
        let text = "[accounts.oidc]\nissuer = \"https://id.example.org\"\nclient_id = \"minyi\"\n";
        let error = layered(Some(("test", text)), &[]).expect_err("no address");
        assert!(matches!(&error, ConfigError::BadValue { key, .. } if key == "desk.address"), "{error}");
        let text =
            format!("{text}link_by = \"preferred_username\"\n[desk]\naddress = \"https://m.example.org/\"\n");
        let config = layered(Some(("test", &text)), &[]).expect("valid");
        assert!(config.warnings().iter().any(|told| told.contains("preferred_username")));
        assert_eq!(super::Oidc::back(&config.desk), "https://m.example.org/sign-in/oidc/back");
    }
}
