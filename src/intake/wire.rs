//! From bytes to a [`Submission`]: every limit of the contract `schemas/item.v1.json`, held in one place.
//!
//! The schema is the source. This is the same contract as code, because a validator that walks the schema is slower and
//! cannot say in Chinese what is wrong and what to do; a test holds both to the same examples.

mod errors;
mod fields;
mod item;
mod refusal;

use errors::Errors;
use fields::Fields;
pub use refusal::{FieldError, Refusal, Rule};

use super::secrecy;
use super::strict_json::{self, Json};
use crate::model::{KindId, Submission, Timestamp};

/// The contract, as published.
pub const ITEM_SCHEMA: &str = include_str!("../../schemas/item.v1.json");

/// The kind of an item that names none: 社情民意信息.
pub const DEFAULT_KIND: &str = "opinion";

/// The path of the item itself.
const WHOLE: &str = "$";

/// Reads and checks one item. `kinds` are the kinds the office takes; `submitted_at` may be at most `max_ahead_hours`
/// after `now`.
///
/// # Errors
/// [`Refusal`], with all that is wrong with the item.
pub fn read_submission(
    bytes: &[u8],
    now: Timestamp,
    max_ahead_hours: u32,
    kinds: &[KindId],
) -> Result<Submission, Refusal> {
    let value = strict_json::parse(bytes)?;
    if let Some(field) = marked_field(&value) {
        let field = if field.is_empty() { WHOLE.to_owned() } else { field };
        return Err(Refusal::Secret { field });
    }
    let mut errors = Errors::default();
    let submission = match value {
        Json::Object(entries) => {
            let fields = Fields::new(String::new(), entries, item::ITEM, &mut errors);
            item::read(fields, now.plus_seconds(i64::from(max_ahead_hours) * 3600), kinds)
        }
        other => {
            let reason = format!("一件来稿应为一个对象，收到的是{}", other.kind());
            errors.push(WHOLE.to_owned(), Rule::WrongType, reason, "请以 { 开头，以 } 结尾");
            None
        }
    };
    match (submission, errors.into_list()) {
        (Some(submission), errors) if errors.is_empty() => Ok(submission),
        (_, errors) => Err(Refusal::Invalid(errors)),
    }
}

/// The path of the first string with a secrecy mark, wherever it stands; empty for a value that is itself the string.
fn marked_field(value: &Json<'_>) -> Option<String> {
    let join = |step: String, inner: String| match inner.as_str() {
        "" => step,
        list if list.starts_with('[') => format!("{step}{list}"),
        _ => format!("{step}.{inner}"),
    };
    match value {
        Json::String(text) => secrecy::find_mark(text).then(String::new),
        Json::Array(items) => {
            let mut marked =
                items.iter().enumerate().filter_map(|(at, item)| Some((at, marked_field(item)?)));
            marked.next().map(|(at, inner)| join(format!("[{at}]"), inner))
        }
        Json::Object(entries) => {
            let mut marked = entries.iter().filter_map(|(key, value)| Some((key, marked_field(value)?)));
            marked.next().map(|(key, inner)| join(strict_json::echo(key), inner))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => None,
    }
}

#[cfg(test)]
mod tests;
