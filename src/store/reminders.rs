//! 提醒: what the pages tell somebody of the office. No reminder holds an item's text.

use crate::model::{Actor, Timestamp};

use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// What has been seen is kept for so many seconds: 90 days.
const KEPT_SECONDS: i64 = 90 * 86_400;
/// The kind of those about a kept search.
const SEARCH: &str = "search";

/// A reminder, as its owner reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Its number.
    pub no: i64,
    /// In words.
    pub words: String,
    /// Where to look.
    pub address: String,
    /// When.
    pub at: Timestamp,
    /// When it was seen.
    pub seen_at: Option<Timestamp>,
}

/// Tells of new hits of a kept search. One that was not seen yet is brought up to date, so that a busy day makes one line.
pub(super) fn remind_of_search(
    tx: &mut Tx<'_>,
    owner: &str,
    name: &str,
    words: &str,
    address: &str,
) -> Result<(), StoreError> {
    let now = tx.now();
    let known = tx.execute(
        "UPDATE reminders SET words = ?4, address = ?5, at = ?6
         WHERE owner = ?1 AND kind = ?2 AND about = ?3 AND seen_at IS NULL",
        bind![owner, SEARCH, name, words, address, now],
    )?;
    if known > 0 {
        return Ok(());
    }
    tx.execute(
        "DELETE FROM reminders WHERE owner = ?1 AND seen_at < ?2",
        bind![owner, now.plus_seconds(-KEPT_SECONDS)],
    )?;
    tx.execute(
        "INSERT INTO reminders (no, owner, kind, about, words, address, at)
         SELECT COALESCE(MAX(no), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6 FROM reminders",
        bind![owner, SEARCH, name, words, address, now],
    )?;
    Ok(())
}

/// What was told of a kept search has been seen; `false` where nothing was left to see.
pub(super) fn see_search_reminders(tx: &mut Tx<'_>, owner: &str, name: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE reminders SET seen_at = ?4 WHERE owner = ?1 AND kind = ?2 AND about = ?3 AND seen_at IS NULL",
        bind![owner, SEARCH, name, tx.now()],
    )?;
    Ok(())
}

/// Somebody's reminders, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn reminders_of(sql: &mut dyn Sql, owner: &Actor, limit: i64) -> Result<Vec<Reminder>, StoreError> {
    let rows = sql.query(
        "SELECT no, words, address, at, seen_at FROM reminders WHERE owner = ?1
         ORDER BY CASE WHEN seen_at IS NULL THEN 0 ELSE 1 END, at DESC, no DESC LIMIT ?2",
        bind![&owner.to_string(), limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Reminder {
                no: row.int(0)?,
                words: row.text(1)?.to_owned(),
                address: row.text(2)?.to_owned(),
                at: row.time(3)?,
                seen_at: row.opt_int(4)?.map(Timestamp::from_micros),
            })
        })
        .collect()
}

/// Notes that somebody has seen everything up to a reminder.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn see_reminders(tx: &mut Tx<'_>, owner: &Actor, upto: i64) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE reminders SET seen_at = ?3 WHERE owner = ?1 AND no <= ?2 AND seen_at IS NULL",
        bind![&owner.to_string(), upto, tx.now()],
    )?;
    Ok(())
}

/// How many each has not seen yet.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn unseen_reminders(sql: &mut dyn Sql) -> Result<Vec<(String, i64)>, StoreError> {
    let rows =
        sql.query("SELECT owner, count(*) FROM reminders WHERE seen_at IS NULL GROUP BY owner", &[])?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?))).collect()
}
