//! The message: small, tagged, versioned. Old shapes stay readable.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::{Actor, ContentHash, ItemId, Receipt, SourceId, Submission, Timestamp};

/// What the worker is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Store a new item.
    Submit,
    /// Store a further version of an item.
    Version,
}

/// Version 1 of the message (`schemas/envelope.v1.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The shape of this message.
    pub v: u8,
    /// What is asked.
    pub purpose: Purpose,
    /// The item.
    pub item: ItemId,
    /// The receipt that was given.
    pub receipt: Receipt,
    /// Who sent it.
    pub source: SourceId,
    /// On whose behalf.
    pub actor: Actor,
    /// When it was acknowledged.
    pub received_at: Timestamp,
    /// The hash of the submission's canonical form.
    pub content: ContentHash,
    /// What was received.
    pub submission: Submission,
}

/// [`Envelope`] around what is written already: the same members in the same order.
#[derive(Serialize)]
struct Written<'a> {
    v: u8,
    purpose: Purpose,
    item: &'a ItemId,
    receipt: &'a Receipt,
    source: &'a SourceId,
    actor: &'a Actor,
    received_at: &'a Timestamp,
    content: &'a ContentHash,
    submission: &'a RawValue,
}

/// A message that cannot be read: it goes to the dead letters as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Written by a newer version.
    #[error("消息格式版本 {0} 高于本程序支持的 1")]
    Newer(u64),
    /// Not a message.
    #[error("消息无法解析：{0}")]
    Damaged(String),
}

impl Envelope {
    /// The shape that this program writes.
    pub const VERSION: u8 = 1;

    /// As it stands in the queue.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same, around the submission's canonical form, where that has been written already for its hash.
    pub fn encode_around(&self, submission: &RawValue) -> String {
        let Self { v, purpose, item, receipt, source, actor, received_at, content, submission: _ } = self;
        let written = Written {
            v: *v,
            purpose: *purpose,
            item,
            receipt,
            source,
            actor,
            received_at,
            content,
            submission,
        };
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// Reads a message of any known shape.
    ///
    /// # Errors
    /// [`EnvelopeError`] for a newer shape or a damaged text.
    pub fn decode(text: &str) -> Result<Self, EnvelopeError> {
        match serde_json::from_str::<Self>(text) {
            Ok(envelope) if envelope.v <= Self::VERSION => Ok(envelope),
            Ok(envelope) => Err(EnvelopeError::Newer(u64::from(envelope.v))),
            Err(error) => {
                // A newer shape may lack what this one wants; its number tells.
                let version = serde_json::from_str::<serde_json::Value>(text)
                    .ok()
                    .and_then(|value| value.get("v").and_then(serde_json::Value::as_u64));
                Err(match version {
                    Some(v) if v > u64::from(Self::VERSION) => EnvelopeError::Newer(v),
                    _ => EnvelopeError::Damaged(error.to_string()),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message as the first version wrote it: it must stay readable for ever.
    const FIRST: &str = r#"{"v":1,"purpose":"submit","item":"0123456789abcdefghjkmnpqr0","receipt":"0123-4567-89AB-CDEF-GHJK","source":"demo","actor":"source:demo","received_at":"2026-01-08T09:30:00+08:00","content":"0123456789abcdefghjkmnpqr0","submission":{"kind":"opinion","title":"题","body":"文"}}"#;

    #[test]
    fn a_message_of_the_first_version_is_readable() {
        let envelope = Envelope::decode(FIRST).expect("readable");
        assert_eq!(envelope.encode(), FIRST);
        let submission = serde_json::value::to_raw_value(&envelope.submission).expect("written");
        assert_eq!(envelope.encode_around(&submission), FIRST);
        assert_eq!(submission.get(), envelope.submission.canonical());
    }

    #[test]
    fn messages_are_as_their_schema_says() {
        let schema = serde_json::from_str(include_str!("../../schemas/envelope.v1.json")).expect("schema");
        let schema = jsonschema::validator_for(&schema).expect("a schema");
        let mut message: serde_json::Value = serde_json::from_str(FIRST).expect("json");
        assert!(schema.is_valid(&message));
        message["purpose"] = "delete".into();
        assert!(!schema.is_valid(&message));
    }

    #[test]
    fn a_newer_message_is_told_from_a_damaged_one() {
        assert_eq!(Envelope::decode(r#"{"v":2,"x":1}"#), Err(EnvelopeError::Newer(2)));
        assert!(matches!(Envelope::decode(r#"{"v":1"#), Err(EnvelopeError::Damaged(_))));
    }
}
