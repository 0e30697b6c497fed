//! What a page's form sends, and cookies.

use axum::http::{HeaderMap, header};

use super::Problem;

/// Pairs of a form or of an address, in their order; a name may come more than once.
#[derive(Debug, Clone, Default)]
pub struct Form(Vec<(String, String)>);

/// A file that came with a form.
#[derive(Debug, Clone)]
pub struct Upload {
    /// As its owner calls it.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`.
    pub fn parse(bytes: &[u8]) -> Self {
        Self::of_parts(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The text fields of a form that was sent in parts.
    pub fn of_parts(mut pairs: Vec<(String, String)>) -> Self {
        // No keyboard makes a NUL, and not every store can hold one: it becomes the sign for what cannot be shown.
        for (_, value) in pairs.iter_mut().filter(|(_, value)| value.contains('\0')) {
            *value = value.replace('\0', "\u{fffd}");
        }
        Self(pairs)
    }

    /// The first value of a name, without blanks around it; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value of a name, as it came.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of a name, of at most `max` characters.
    ///
    /// # Errors
    /// 422 naming the field by `label`.
    pub fn limited(&self, name: &str, label: &str, max: usize) -> Result<String, Problem> {
        let text = self.text(name);
        let chars = text.chars().count();
        if chars > max {
            return Err(Problem::invalid(format!(
                "{label}共 {chars} 字，超过 {max} 字的上限，请删减后再提交"
            )));
        }
        Ok(text.to_owned())
    }

    /// The pairs of these names alone.
    pub fn only(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(key, _)| names.contains(&key.as_str())).cloned().collect())
    }

    /// The pairs as they are written in an address.
    pub fn address(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// A whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A cookie for this site alone, out of reach of scripts. `seconds` 0 takes it away; `None` ends with the browser.
pub fn set_cookie(name: &str, value: &str, seconds: Option<u32>, https: bool) -> String {
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if https { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{age}{secure}")
}

/// A cookie that comes back with somebody who was sent to another site, and goes to `path` alone: browsers hold back the
/// others there (`SameSite=Strict`).
pub fn set_returning_cookie(name: &str, value: &str, path: &str, seconds: u32, https: bool) -> String {
    let secure = if https { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

/// An address on this site, or `/`: what a form or a link names is never followed to another site.
pub fn local_address(text: &str) -> &str {
    let inside = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    if inside { text } else { "/" }
}

/// A value for an address.
pub fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_on_this_site_are_followed() {
        for good in ["/", "/items/abc?from=%2Finbox", "/inbox?state=kept#r3"] {
            assert_eq!(local_address(good), good);
        }
        let bad = [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "\\/evil",
            "javascript:alert(1)",
            "/a\nb",
            "",
        ];
        assert!(bad.iter().all(|text| local_address(text) == "/"));
    }

    #[test]
    fn a_form_reads_repeated_names_and_chinese() {
        let form = Form::parse("item=a&item=b&reason=%E5%B7%B2+%E5%8A%9E".as_bytes());
        assert_eq!(form.all("item").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(form.text("reason"), "已 办");
        assert!(form.limited("reason", "说明", 2).is_err() && form.text("none").is_empty());
    }

    #[test]
    fn a_nul_is_kept_from_the_store() {
        assert_eq!(Form::parse(b"q=a%00b").text("q"), "a\u{fffd}b");
    }

    #[test]
    fn a_cookie_is_found_among_others_and_not_by_its_ending() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "xminyi=1; minyi=2;minyi_large=3".parse().expect("header"));
        assert_eq!(cookie(&headers, "minyi"), Some("2"));
        assert_eq!(cookie(&headers, "other"), None);
    }
}
