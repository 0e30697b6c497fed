//! Reading a feed, or a mail, by itself: what would be sent, without fetching or sending anything.

use std::collections::HashMap;

use serde_json::Value;

use crate::model::Timestamp;

use super::entry::named;
use super::{charset, feed};

/// The items that an answer's bytes would become, each under the contract of every way in or with what it lacks. `told` is
/// the value of the answer's `Content-Type`; a date from `latest` on counts as none.
///
/// # Errors
/// In Chinese, where the bytes are no feed.
pub fn items_of(bytes: &[u8], told: &str, latest: Timestamp) -> Result<Vec<Result<Value, String>>, String> {
    let text = charset::decode(bytes, "", told).map_err(|error| error.to_string())?;
    let document = feed::read(&text).map_err(|error| error.to_string())?;
    let entries = named(document.entries, &HashMap::new());
    Ok(entries.iter().map(|(entry, _)| entry.item(latest)).collect())
}

/// How many texts and files a mail's bytes have, read as mailboxes read them.
///
/// # Errors
/// In Chinese, where the bytes are no mail.
pub fn parts_of_mail(bytes: &[u8]) -> Result<(usize, usize), String> {
    super::mailbox::parts(bytes)
}
