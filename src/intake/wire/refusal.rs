//! Why an item was not taken.
//!
//! Policy: bytes that cannot be read are 400 and carry one error, because nothing after it can be trusted. An item that
//! was read is 422 and carries **every** error, so that its sender corrects it once. A secrecy mark outranks all other
//! errors and nothing of the marked text is repeated.

use std::fmt;

use serde::Serialize;

use crate::intake::secrecy;
use crate::intake::strict_json::JsonError;

/// Why an item was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The bytes are no JSON that has one meaning: 400.
    Unreadable(JsonError),
    /// Fields break the contract: 422, all of them.
    Invalid(Vec<FieldError>),
    /// A field holds a secrecy mark 密级标志: 422.
    Secret {
        /// The path of the first such field.
        field: String,
    },
}

impl Refusal {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Unreadable(_) => 400,
            Self::Invalid(_) | Self::Secret { .. } => 422,
        }
    }

    /// The stable code that programs compare.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(JsonError::Malformed { .. }) => "malformed_json",
            Self::Unreadable(JsonError::NotUtf8 { .. }) => "not_utf8",
            Self::Unreadable(JsonError::TooDeep { .. }) => "too_deep",
            Self::Unreadable(JsonError::DuplicateKey { .. }) => "duplicate_key",
            Self::Invalid(_) => "invalid_fields",
            Self::Secret { .. } => "secrecy_mark",
        }
    }

    /// The label for metrics: the code, or the rule that the first wrong field breaks. One of a few fixed words.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(errors) => errors.first().map_or("invalid_fields", |error| error.rule.code()),
            Self::Unreadable(_) | Self::Secret { .. } => self.code(),
        }
    }

    /// The wrong fields; empty unless the item was read and is invalid.
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(errors) => errors,
            Self::Unreadable(_) | Self::Secret { .. } => &[],
        }
    }
}

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self::Unreadable(error)
    }
}

/// One or two sentences for the person who reads the answer.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Invalid(errors) => {
                if let Some(first) = errors.first() {
                    write!(f, "{first}")?;
                }
                if errors.len() > 1 {
                    write!(f, "（共 {} 处错误）", errors.len())?;
                }
                Ok(())
            }
            Self::Secret { field } => write!(
                f,
                "{}：{field} 中有密级标志，本件未接收、未保存；如属误判，请去掉密级字样后的星号再报",
                secrecy::NOTICE
            ),
        }
    }
}

impl std::error::Error for Refusal {}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: `contributor.kind`, `co_contributors[2].name`; `$` is the whole item.
    pub field: String,
    /// Which rule it breaks.
    pub rule: Rule,
    /// What is wrong, in Chinese.
    pub reason: String,
    /// What to do about it, in Chinese.
    pub remedy: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}：{}；{}", self.field, self.reason, self.remedy)
    }
}

/// The rules of the contract, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A field that must be there is not.
    Missing,
    /// A field that the contract does not know.
    Unknown,
    /// Another kind of value: a number for a string, null.
    WrongType,
    /// Nothing, or nothing that prints.
    Blank,
    /// Too many characters, or too many entries.
    TooLong,
    /// A control character.
    Control,
    /// Not one of the words allowed.
    NotAllowed,
    /// No number of the wanted range.
    OutOfRange,
    /// No time.
    NotATime,
    /// Too far in the future.
    InFuture,
    /// Two fields exclude each other.
    Conflict,
    /// More errors than are listed.
    TooMany,
}

impl Rule {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::WrongType => "wrong_type",
            Self::Blank => "blank",
            Self::TooLong => "too_long",
            Self::Control => "control",
            Self::NotAllowed => "not_allowed",
            Self::OutOfRange => "out_of_range",
            Self::NotATime => "not_a_time",
            Self::InFuture => "in_future",
            Self::Conflict => "conflict",
            Self::TooMany => "too_many",
        }
    }
}
