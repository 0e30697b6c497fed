//! JSON as the intake reads it: one text, one meaning.
//!
//! RFC 8259 leaves open what a repeated key means, how deep a value may nest, and which encodings a reader accepts.
//! Two programs that answer differently see two different items in the same bytes, so here a repeated key, anything
//! but UTF-8, and more than [`MAX_DEPTH`] levels are errors. A byte order mark at the beginning is passed over.
//! Strings without escapes are borrowed from the input.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// How deep objects and lists may nest; an item needs three levels.
pub const MAX_DEPTH: usize = 32;

/// Up to this many keys of one object are compared one by one; more go into a set, so that an object of 50,000 keys
/// does not cost 50,000² comparisons.
const FEW_KEYS: usize = 16;

/// Longest piece of a client's text that an error repeats, in characters.
const ECHO_MAX: usize = 40;

/// The entries of an object, in their order; no key occurs twice.
pub type Entries<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Cow<'a, str>),
    /// A list.
    Array(Vec<Self>),
    /// An object.
    Object(Entries<'a>),
}

impl Json<'_> {
    /// What kind of value it is, in Chinese, for errors.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "布尔值",
            Self::Number(_) => "数字",
            Self::String(_) => "字符串",
            Self::Array(_) => "数组",
            Self::Object(_) => "对象",
        }
    }
}

/// A place in a text, counted from 1; columns count characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// 行.
    pub line: usize,
    /// 列.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "第 {} 行第 {} 列", self.line, self.column)
    }
}

/// Why bytes were not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not UTF-8.
    #[error("请求体不是 UTF-8 编码（字节偏移 {offset}）：{hint}")]
    NotUtf8 {
        /// The first byte that cannot be read, counted from 0.
        offset: usize,
        /// What it probably is instead, and what to do.
        hint: &'static str,
    },
    /// Nested too deep.
    #[error("{at}：嵌套超过 {MAX_DEPTH} 层")]
    TooDeep {
        /// Where the first level too many begins.
        at: Position,
    },
    /// The same key twice in one object.
    #[error("{at}：同一对象中键“{key}”重复")]
    DuplicateKey {
        /// The key, cut to 40 characters.
        key: String,
        /// Where it stands the second time.
        at: Position,
    },
    /// Not JSON.
    #[error("{at}：不是有效的 JSON，{what}")]
    Malformed {
        /// What is wrong, in Chinese.
        what: &'static str,
        /// Where.
        at: Position,
    },
}

/// A client's text as an error may repeat it: short, on one line.
pub(super) fn echo(text: &str) -> String {
    let mut out: String =
        text.chars().take(ECHO_MAX).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(ECHO_MAX).is_some() {
        out.push('…');
    }
    out
}

/// Reads one JSON value from UTF-8 bytes.
///
/// # Errors
/// [`JsonError`], with the place.
pub fn parse(bytes: &[u8]) -> Result<Json<'_>, JsonError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| JsonError::NotUtf8 { offset: error.valid_up_to(), hint: encoding_hint(bytes) })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let fault = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Node { depth: 0, fault: &fault }.deserialize(&mut reader);
    read.and_then(|value| reader.end().map(|()| value)).map_err(|error| explain(text, &error, fault.take()))
}

fn encoding_hint(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [_, 0, ..] | [0, _, ..] => "看似 UTF-16，请转为 UTF-8 后重发",
        _ => "可能是 GBK / GB18030，请转为 UTF-8 后重发",
    }
}

/// What the visitor found wrong; serde's own error type only carries a text.
enum Fault {
    TooDeep,
    Duplicate(String),
}

fn explain(text: &str, error: &serde_json::Error, fault: Option<Fault>) -> JsonError {
    let at = position(text, error.line(), error.column());
    match fault {
        Some(Fault::TooDeep) => JsonError::TooDeep { at },
        Some(Fault::Duplicate(key)) => JsonError::DuplicateKey { key, at },
        None if text.trim().is_empty() => JsonError::Malformed { what: "内容为空", at },
        None => JsonError::Malformed { what: in_chinese(&error.to_string()), at },
    }
}

/// serde_json counts bytes in a line; people count characters.
fn position(text: &str, line: usize, byte_column: usize) -> Position {
    let content = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default().as_bytes();
    let before = content.get(..byte_column).unwrap_or(content);
    // Bytes 10xxxxxx continue a character.
    let column = before.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
    Position { line: line.max(1), column: column.max(1) }
}

/// serde_json's messages by their beginning. A message that is not in the list is still an error, only less well put.
const MESSAGES: &[(&str, &str)] = &[
    ("EOF while parsing", "内容不完整，可能在传输中被截断"),
    ("trailing comma", "最后一项后面多了逗号"),
    ("trailing characters", "结尾之后还有多余内容"),
    ("expected `:`", "键的后面缺少冒号"),
    ("expected `,` or `]`", "数组的各项之间缺少逗号，或缺少 ]"),
    ("expected `,` or `}`", "对象的各项之间缺少逗号，或缺少 }"),
    ("expected value", "此处应为一个值（NaN、Infinity、单引号均不可用）"),
    ("expected ident", "此处只能是 true、false 或 null"),
    ("key must be a string", "键须用双引号括起"),
    ("invalid escape", "反斜杠后面不是有效的转义"),
    ("invalid number", "数字的写法不对"),
    ("number out of range", "数字超出范围"),
    ("control character", "字符串中的控制字符和换行须写成转义（如 \\n）"),
    ("lone leading surrogate", "\\u 转义不成对，不是一个字符"),
    ("unexpected end of hex escape", "\\u 转义不成对，不是一个字符"),
    ("invalid unicode code point", "\\u 转义不成对，不是一个字符"),
];

fn in_chinese(message: &str) -> &'static str {
    let known = MESSAGES.iter().find(|(english, _)| message.starts_with(english));
    known.map_or("写法不对", |(_, chinese)| chinese)
}

/// Reads one value that stands inside `depth` lists and objects.
#[derive(Clone, Copy)]
struct Node<'f> {
    depth: usize,
    fault: &'f Cell<Option<Fault>>,
}

impl Node<'_> {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.fail(Fault::TooDeep));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn fail<E: serde::de::Error>(self, fault: Fault) -> E {
        self.fault.set(Some(fault));
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A key, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json<'de>, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
        let inner = self.inner()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let inner = self.inner()?;
        let mut entries: Entries<'de> = Vec::with_capacity(8);
        let mut many: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(Key(key)) = map.next_key()? {
            if entries.len() == FEW_KEYS {
                many.extend(entries.iter().map(|(key, _)| key.clone()));
            }
            let seen = if entries.len() < FEW_KEYS {
                entries.iter().any(|(other, _)| *other == key)
            } else {
                !many.insert(key.clone())
            };
            if seen {
                return Err(self.fail(Fault::Duplicate(echo(&key))));
            }
            entries.push((key, map.next_value_seed(inner)?));
        }
        Ok(Json::Object(entries))
    }
}

#[cfg(test)]
mod tests;
