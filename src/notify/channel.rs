//! A channel of the office's own (短信, a government messenger), as its file describes it: a command, or an HTTP call. One
//! file a channel, `通道代码.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::config::SECRET_PREFIX;

/// The fields that a body may name.
const FIELDS: [&str; 5] = ["id", "to", "text", "receipt", "event"];

/// How it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// By a program of the machine.
    Command,
    /// By a call.
    Http,
}

/// What a contributor gives to be reached by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contact {
    /// 手机号.
    #[default]
    Mobile,
    /// A name there.
    Id,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnChannel {
    /// Its name, as contributors choose it.
    pub title: String,
    /// How it sends.
    pub kind: Kind,
    /// Of a command: the program and its arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// What the program finds in its environment besides PATH; `${NAME}` is the secret of that name.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Of a call: where.
    #[serde(default)]
    pub url: String,
    /// Sent along; `${NAME}` is the secret of that name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Of a call: its JSON, in which `{to}` and the others stand for what is sent.
    #[serde(default)]
    pub body: toml::Table,
    /// Seconds that one message may take.
    #[serde(default = "twenty")]
    pub timeout_seconds: u64,
    /// What it needs of a contributor.
    #[serde(default)]
    pub contact: Contact,
    /// Whether it is silent in the closed hours.
    #[serde(default = "yes")]
    pub closed_hours: bool,
}

fn twenty() -> u64 {
    20
}
fn yes() -> bool {
    true
}

/// Channels by their codes.
pub type OwnChannels = BTreeMap<String, OwnChannel>;

impl OwnChannel {
    /// Reads a file's text.
    ///
    /// # Errors
    /// What is wrong with it, in Chinese.
    pub fn parse(text: &str) -> Result<Self, String> {
        let channel: Self = toml::from_str(text).map_err(|error| {
            let line =
                error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            format!("第 {line} 行：{}", error.message())
        })?;
        channel.check()?;
        Ok(channel)
    }

    fn check(&self) -> Result<(), String> {
        if self.title.trim().is_empty() || self.title.chars().count() > 20 {
            return Err("title 须为 1–20 字".to_owned());
        }
        if !(1..=300).contains(&self.timeout_seconds) {
            return Err("timeout_seconds 应在 1 与 300 之间".to_owned());
        }
        match self.kind {
            Kind::Command if self.command.first().is_none_or(String::is_empty) => {
                Err("kind = \"command\" 时须写 command = [\"程序\", \"参数\", …]".to_owned())
            }
            Kind::Http if !(self.url.starts_with("https://") || self.url.starts_with("http://")) => {
                Err("kind = \"http\" 时须写 url，以 https:// 或 http:// 开头".to_owned())
            }
            Kind::Http if self.body.is_empty() => {
                Err("kind = \"http\" 时须有 [body]，写明请求的内容".to_owned())
            }
            Kind::Command => Ok(()),
            Kind::Http => {
                let (mut texts, body) = (Vec::new(), json(&toml::Value::Table(self.body.clone())));
                strings(&body, &mut texts);
                let unknown = texts.iter().flat_map(|text| named(text)).find(|name| !FIELDS.contains(name));
                match unknown {
                    Some(name) => {
                        let known = FIELDS.map(|field| format!("{{{field}}}")).join(" ");
                        Err(format!("[body] 中没有可填的“{{{name}}}”，可用：{known}"))
                    }
                    None if !texts.iter().any(|text| text.contains("{to}")) => {
                        Err("[body] 中没有 {to}：对方不知道发给谁".to_owned())
                    }
                    None => Ok(()),
                }
            }
        }
    }

    /// The secrets that it names.
    pub fn secrets(&self) -> Vec<String> {
        let texts = self.headers.values().chain(self.environment.values()).chain([&self.url]);
        let mut out: Vec<String> = texts.flat_map(|text| secret_names(text)).collect();
        out.sort();
        out.dedup();
        out
    }

    /// The body of a call, with what is sent in the place of its fields.
    pub(super) fn filled(&self, fields: &[(&str, &str)]) -> Value {
        let mut body = json(&toml::Value::Table(self.body.clone()));
        fill(&mut body, fields);
        body
    }

    /// The program that it runs, where there is one of that name that may be run.
    pub fn program(&self, path: &str) -> Option<PathBuf> {
        let name = self.command.first()?;
        let runs = |place: &Path| {
            std::fs::metadata(place).is_ok_and(|file| {
                file.is_file() && std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o111 != 0
            })
        };
        if name.contains('/') {
            return Some(PathBuf::from(name)).filter(|place| runs(place));
        }
        path.split(':').map(|folder| Path::new(folder).join(name)).find(|place| runs(place))
    }
}

/// A text with secrets in the place of their names.
///
/// # Errors
/// The variable that is not set.
pub(super) fn with_secrets(
    text: &str,
    secret: &(dyn Fn(&str) -> Option<String> + Send + Sync),
) -> Result<String, String> {
    let mut out = text.to_owned();
    for name in secret_names(text) {
        let value = secret(&name).ok_or_else(|| format!("环境变量 {SECRET_PREFIX}{name} 没有设置"))?;
        out = out.replace(&format!("${{{name}}}"), &value);
    }
    Ok(out)
}

fn secret_names(text: &str) -> Vec<String> {
    let parts = text.split("${").skip(1);
    parts.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

/// The names in braces of a text.
fn named(text: &str) -> Vec<&str> {
    let parts = text.split('{').skip(1);
    parts.filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(yes) => Value::Bool(*yes),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(values) => Value::Array(values.iter().map(json).collect()),
        toml::Value::Table(fields) => Value::Object(
            fields.iter().map(|(name, value)| (name.clone(), json(value))).collect::<Map<_, _>>(),
        ),
    }
}

fn strings(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| strings(value, out)),
        Value::Object(fields) => fields.values().for_each(|value| strings(value, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// One pass from the left, so that what was put in is not looked through again.
fn fill(value: &mut Value, fields: &[(&str, &str)]) {
    match value {
        Value::String(text) => {
            let mut out = String::with_capacity(text.len());
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once('{') {
                out.push_str(before);
                let found = after.split_once('}').and_then(|(name, after)| {
                    fields.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, after))
                });
                let (value, after) = found.unwrap_or(("{", after));
                out.push_str(value);
                rest = after;
            }
            out.push_str(rest);
            *text = out;
        }
        Value::Array(values) => values.iter_mut().for_each(|value| fill(value, fields)),
        Value::Object(known) => known.values_mut().for_each(|value| fill(value, fields)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The channels of a folder; none where it is not named.
///
/// # Errors
/// When the folder or a file cannot be used, with what to do.
pub fn load(dir: &Path) -> Result<OwnChannels, String> {
    if dir.as_os_str().is_empty() {
        return Ok(OwnChannels::new());
    }
    let unreadable = |error: std::io::Error| format!("无法读取通知通道目录 {}：{error}", dir.display());
    let mut out = OwnChannels::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(code) = name.strip_suffix(".toml").filter(|code| !code.ends_with(".example")) else {
            continue;
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if code.is_empty() || code.len() > 40 || !code.chars().all(plain) {
            return Err(format!("{}：文件名应为通道代码（小写字母、数字、-）加 .toml", path.display()));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        let channel = text.and_then(|text| OwnChannel::parse(&text));
        out.insert(code.to_owned(), channel.map_err(|why| format!("{} 有误：{why}", path.display()))?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "title = \"政务通讯\"\nkind = \"http\"\nurl = \"https://x.example.org/\"\n";

    #[test]
    fn the_examples_that_ship_are_channels() {
        for text in [
            include_str!("../../config/channels/sms.example.toml"),
            include_str!("../../config/channels/messenger.example.toml"),
        ] {
            let channel = OwnChannel::parse(text).expect("a channel");
            assert_eq!(channel.secrets().len(), 1);
        }
    }

    #[test]
    fn what_cannot_be_a_channel_is_told_and_why() {
        for (text, says) in [
            ("title = \"短信\"\nkind = \"command\"", "须写 command"),
            ("title = \"短信\"\nkind = \"command\"\ncommand = [\"\"]", "须写 command"),
            ("title = \"短信\"\nkind = \"owl\"", "第 2 行"),
            ("title = \"\"\nkind = \"command\"\ncommand = [\"x\"]", "title"),
            (
                "title = \"短信\"\nkind = \"command\"\ncommand = [\"x\"]\ntimeout_seconds = 0",
                "timeout_seconds",
            ),
            (CALL, "须有 [body]"),
            (&format!("{CALL}[body]\na = \"{{text}}\""), "没有 {to}"),
            (&format!("{CALL}[body]\na = \"{{to}} {{title}}\""), "“{title}”"),
        ] {
            let error = OwnChannel::parse(text).expect_err(text);
            assert!(error.contains(says), "{says}: {error}");
        }
    }

    #[test]
    fn a_body_is_filled_and_what_is_put_in_is_not_looked_through() {
        let text =
            format!("{CALL}[body]\nto = [\"{{to}}\", 7, true]\ninner = {{ t = \"甲{{text}}乙{{id}}{{\" }}");
        let channel = OwnChannel::parse(&text).expect("a channel");
        let body = channel.filled(&[("to", "张三"), ("text", "{id}\"}"), ("id", "9")]);
        assert_eq!(body, serde_json::json!({ "to": ["张三", 7, true], "inner": { "t": "甲{id}\"}乙9{" } }));
    }

    #[test]
    fn a_program_is_found_by_its_path_or_along_the_path_and_only_if_it_can_be_run() {
        let of = |name: &str| {
            let text = format!("title = \"短信\"\nkind = \"command\"\ncommand = [\"{name}\"]");
            OwnChannel::parse(&text).expect("a channel").program("/nowhere:/bin:/usr/bin")
        };
        assert!(of("sh").is_some() && of("/bin/sh").is_some());
        assert!(of("/etc/passwd").is_none() && of("no-such-program").is_none());
    }
}
