//! Messages of the queue that were put off: the queue's own order goes on without them, and they come when they are due.

use crate::model::{ContentHash, ItemId, SourceId, Timestamp};

use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// A message that was put off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueMessage {
    /// Its number.
    pub no: i64,
    /// The message as it stood in the queue.
    pub envelope: String,
    /// How often it has been delivered.
    pub attempts: u32,
}

/// Keeps a message until `at`.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_due(tx: &mut Tx<'_>, envelope: &str, attempts: u32, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO due_messages (envelope, attempts, due_at) VALUES (?1, ?2, ?3)",
        bind![envelope, attempts, at],
    )?;
    Ok(())
}

/// Up to `limit` messages that are due; another node sees them again from `until` on.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn take_due(tx: &mut Tx<'_>, until: Timestamp, limit: i64) -> Result<Vec<DueMessage>, StoreError> {
    let rows = tx.query(
        "SELECT no, envelope, attempts FROM due_messages WHERE due_at <= ?1 ORDER BY due_at, no LIMIT ?2",
        bind![tx.now(), limit],
    )?;
    let mut out = Vec::with_capacity(rows.len());
    for row in &rows {
        let due = DueMessage { no: row.int(0)?, envelope: row.text(1)?.to_owned(), attempts: row.count(2)? };
        tx.execute("UPDATE due_messages SET due_at = ?2 WHERE no = ?1", bind![due.no, until])?;
        out.push(due);
    }
    Ok(out)
}

/// A message that was due is done.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn forget_due(tx: &mut Tx<'_>, no: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM due_messages WHERE no = ?1", bind![no])?;
    Ok(())
}

/// How many are kept.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_due(sql: &mut dyn Sql) -> Result<u64, StoreError> {
    let row = sql.first("SELECT count(*) FROM due_messages", &[])?;
    row.map_or(Ok(0), |row| row.count(0).map(u64::from))
}

/// What a queue without keys of its own wants to know of an item: who sent it, its first text, and whether `content` is one
/// of its versions.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn recall_item(
    sql: &mut dyn Sql,
    id: &ItemId,
    content: &ContentHash,
) -> Result<Option<(SourceId, ContentHash, bool)>, StoreError> {
    let row = sql.first(
        "SELECT i.source_id, v.content_hash,
           EXISTS (SELECT 1 FROM item_versions w WHERE w.item_no = i.no AND w.content_hash = ?2)
         FROM items i JOIN item_versions v ON v.item_no = i.no AND v.version = 1 WHERE i.id = ?1",
        bind![id.as_bytes(), content.as_bytes()],
    )?;
    row.map(|row| {
        let first = ContentHash::from_bytes(row.blob(1)?);
        let first = first.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        Ok((row.parsed(0, |text| text.parse().ok())?, first, row.int(2)? != 0))
    })
    .transpose()
}
