//! Typed identifiers. An id of one thing cannot be passed for another, and none can be empty or malformed.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A text that is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("不是有效的{what}：{text}")]
pub struct IdError {
    /// The kind of id that was expected.
    pub what: &'static str,
    /// The offending text, cut to 40 characters.
    pub text: String,
}

fn id_error(what: &'static str, text: &str) -> IdError {
    IdError { what, text: text.chars().take(40).collect() }
}

/// Crockford's alphabet in lower case: no i, l, o, u, so an id survives being read aloud or copied by hand.
pub(super) const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for &byte in bytes {
        buffer = (buffer << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(ALPHABET[(buffer >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        out.push(char::from(ALPHABET[(buffer << (5 - bits)) as usize & 31]));
    }
    out
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0u8; N];
    let (mut buffer, mut bits, mut at) = (0u32, 0u32, 0usize);
    for c in text.bytes() {
        let value = ALPHABET.iter().position(|&a| a == c.to_ascii_lowercase())?;
        buffer = (buffer << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            *out.get_mut(at)? = (buffer >> bits) as u8;
            at += 1;
        }
    }
    (at == N && encode(&out) == text.to_ascii_lowercase()).then_some(out)
}

macro_rules! binary_id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The raw bytes, as stored.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// Reads the bytes that [`Self::as_bytes`] gave.
            ///
            /// # Errors
            /// When the length is wrong: a damaged record.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdError> {
                bytes.try_into().map(Self).map_err(|_| id_error($what, "(wrong length)"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), encode(&self.0))
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                decode(text).map(Self).ok_or_else(|| id_error($what, text))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

binary_id!(
    /// An item (来稿). A function of its source and the key that names it there, so a repost is the same item on every
    /// node and after every crash (DESIGN §9).
    ItemId, 16, "来稿编号"
);
binary_id!(
    /// What was received, byte for byte in canonical form: decides between a repeat and another text under one key.
    ContentHash, 16, "内容指纹"
);
binary_id!(
    /// The folded text (width, script, case, punctuation and white space removed): equal for exact repeats.
    FoldHash, 16, "折叠指纹"
);
binary_id!(
    /// A stored file, by the BLAKE3 hash of its bytes.
    BlobHash, 32, "文件指纹"
);
binary_id!(
    /// An entry of a pulled source, by the name that it has there.
    EntryKey, 16, "条目编号"
);
binary_id!(
    /// What an entry of a pulled source said, dates and counts apart: decides whether it says something else now.
    EntryText, 16, "条目指纹"
);
binary_id!(
    /// A manuscript (编稿).
    ManuscriptId, 10, "编稿编号"
);
binary_id!(
    /// An issue (期) of a bulletin, from its proof on; the printed number comes later, at 登记.
    IssueId, 10, "期刊编号"
);

/// A group is named after its first member.
pub type GroupId = ItemId;

/// What names an item within its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKey<'a> {
    /// The source's own id of the item (`external_id`).
    External(&'a str),
    /// The id of the request (`Idempotency-Key`), or a random one where neither was given.
    Request(&'a str),
}

impl ItemId {
    /// The id of the item that `source` knows by `key`.
    pub fn derive(source: &SourceId, key: ItemKey<'_>) -> Self {
        let (tag, text) = match key {
            ItemKey::External(text) => (b"e", text),
            ItemKey::Request(text) => (b"r", text),
        };
        Self(hash16(&[b"minyi item 1", source.as_str().as_bytes(), tag, text.as_bytes()]))
    }

    /// A name for a message that cannot be read, so that it can still be kept and shown.
    pub fn of_unreadable(raw: &str) -> Self {
        Self(hash16(&[b"minyi unreadable 1", raw.as_bytes()]))
    }

    /// The key under which one version of this item is appended: the same text again is the same version.
    pub fn version_key(&self, content: &ContentHash) -> Self {
        Self(hash16(&[b"minyi version 1", &self.0, &content.0]))
    }
}

impl ContentHash {
    /// The hash of a submission in canonical form.
    pub fn of(canonical: &[u8]) -> Self {
        Self(hash16(&[b"minyi content 1", canonical]))
    }
}

impl EntryKey {
    /// The key of a name.
    pub fn of(name: &str) -> Self {
        Self(hash16(&[b"minyi entry 1", name.as_bytes()]))
    }
}

impl EntryText {
    /// The hash of a text in parts.
    pub fn of(parts: &[&[u8]]) -> Self {
        Self(hash16(parts))
    }
}

impl FoldHash {
    /// The hash of a folded text.
    pub fn of(folded: &str) -> Self {
        Self(hash16(&[b"minyi fold 1", folded.as_bytes()]))
    }
}

impl BlobHash {
    /// The hash of a file's bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl ManuscriptId {
    /// A new id from fresh random bytes.
    pub fn from_random(random: [u8; 10]) -> Self {
        Self(random)
    }
}

impl IssueId {
    /// A new id from fresh random bytes.
    pub fn from_random(random: [u8; 10]) -> Self {
        Self(random)
    }
}

/// Hashes length-prefixed parts, so that no two lists of parts give the same input.
fn hash16(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut out = [0; 16];
    hasher.finalize_xof().fill(&mut out);
    out
}

/// The instance's secret, from which receipts are keyed (`secret.key`, the same on all nodes, part of the backup).
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// Wraps 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key for another purpose, from which this one cannot be found.
    pub fn for_purpose(&self, purpose: &str) -> [u8; 32] {
        *blake3::keyed_hash(&self.0, purpose.as_bytes()).as_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// What a contributor is handed for an item (回执): unguessable, the same for a repost, written in groups of four.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Receipt(String);

impl Receipt {
    /// Characters without the dashes: 100 bits.
    const LEN: usize = 20;

    /// The receipt of an item, keyed by the instance's secret.
    pub fn derive(secret: &SecretKey, item: &ItemId) -> Self {
        let hash = blake3::keyed_hash(&secret.0, item.as_bytes());
        Self(encode(&hash.as_bytes()[..13])[..Self::LEN].to_owned())
    }

    /// The plain form without dashes, as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Receipt {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let plain: String =
            text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).take(Self::LEN + 1).collect();
        let known = plain.bytes().all(|b| ALPHABET.contains(&b));
        if plain.len() == Self::LEN && known { Ok(Self(plain)) } else { Err(id_error("回执号", text)) }
    }
}

impl TryFrom<String> for Receipt {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Receipt> for String {
    fn from(receipt: Receipt) -> String {
        receipt.to_string()
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, c) in self.0.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", c.to_ascii_uppercase())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receipt({self})")
    }
}

/// An attachment: `f-` and 32 hexadecimal digits, the same for the same file of the same name by the same person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileId(String);

impl FileId {
    /// Named after whose it is, what it is called, and what it holds.
    pub fn derive(owner: &str, name: &str, hash: &BlobHash) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("minyi attachment v1");
        for part in [owner.as_bytes(), name.as_bytes(), hash.as_bytes()] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(format!("f-{}", &hasher.finalize().to_hex()[..32]))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text.strip_prefix("f-").unwrap_or_default();
        let good =
            digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if good { Ok(Self(text.to_owned())) } else { Err(id_error("附件编号", text)) }
    }
}

impl TryFrom<String> for FileId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<FileId> for String {
    fn from(id: FileId) -> String {
        id.0
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! slug_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The slug itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                if is_slug(text) { Ok(Self(text.into())) } else { Err(id_error($what, text)) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// 1–40 of a–z, 0–9, `-`, `_`, beginning with a letter: safe in addresses, file names and configuration keys.
fn is_slug(text: &str) -> bool {
    let safe = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    (1..=40).contains(&text.len()) && text.as_bytes()[0].is_ascii_lowercase() && text.bytes().all(safe)
}

slug_id!(
    /// A source (来稿渠道): who holds a token and posts items.
    SourceId, "来稿渠道代码"
);
slug_id!(
    /// A bulletin series (刊), the name of its file in `config/series/`.
    SeriesId, "刊物代码"
);
slug_id!(
    /// A kind of item, the name of its file in `config/kinds/`; `opinion` is 社情民意信息.
    KindId, "信息类别代码"
);
slug_id!(
    /// The name with which a person signs in.
    UserName, "用户名"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_wrote() {
        let source: SourceId = "demo".parse().expect("slug");
        let id = ItemId::derive(&source, ItemKey::External("a-1"));
        assert_eq!(id.to_string().parse::<ItemId>(), Ok(id));
        assert_eq!(id.to_string().len(), 26);
    }

    #[test]
    fn an_external_id_and_a_request_key_of_the_same_text_name_different_items() {
        let source: SourceId = "demo".parse().expect("slug");
        let one = ItemId::derive(&source, ItemKey::External("a"));
        assert_ne!(one, ItemId::derive(&source, ItemKey::Request("a")));
    }

    #[test]
    fn a_receipt_is_read_with_or_without_dashes_and_in_either_case() {
        let source: SourceId = "demo".parse().expect("slug");
        let id = ItemId::derive(&source, ItemKey::External("a"));
        let receipt = Receipt::derive(&SecretKey::new([7; 32]), &id);
        assert_eq!(receipt.to_string().parse::<Receipt>(), Ok(receipt.clone()));
        assert_eq!(receipt.as_str().parse::<Receipt>(), Ok(receipt.clone()));
        assert_ne!(receipt, Receipt::derive(&SecretKey::new([8; 32]), &id));
    }

    #[test]
    fn a_slug_cannot_leave_its_folder() {
        for bad in ["", "../x", "A", "1a", "a/b", "a b", "中"] {
            assert!(bad.parse::<SeriesId>().is_err(), "{bad}");
        }
    }
}
