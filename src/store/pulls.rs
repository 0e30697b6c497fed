//! Pulled sources (抓取渠道): where each stands, and which of its entries were dealt with.

use std::collections::HashMap;

use serde_json::json;

use crate::model::{Actor, EntryKey, EntryText, SourceId, Timestamp};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

const COLUMNS: &str =
    "source_id, due_at, mark, failures, tried_at, succeeded_at, told, last_taken, taken, revised, refused";

/// Where a pulled source stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRecord {
    /// Which.
    pub source: SourceId,
    /// When it is pulled next.
    pub due_at: Timestamp,
    /// Where it goes on, as whoever pulls wrote it.
    pub mark: String,
    /// Failures in a row.
    pub failures: u32,
    /// When the last pull ended.
    pub tried_at: Option<Timestamp>,
    /// When the last one ended well.
    pub succeeded_at: Option<Timestamp>,
    /// Why the last one failed, or what is odd about the source; empty = nothing.
    pub told: String,
    /// Items that the last pull brought.
    pub last_taken: u32,
    /// Items taken in all, further versions, entries refused.
    pub taken: u32,
    /// Further versions taken.
    pub revised: u32,
    /// Entries refused.
    pub refused: u32,
}

/// An entry that was dealt with before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownEntry {
    /// What it said.
    pub text: EntryText,
    /// Whether it was taken, or refused.
    pub taken: bool,
    /// When.
    pub at: Timestamp,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryNote {
    /// Which.
    pub key: EntryKey,
    /// What it said.
    pub text: EntryText,
    /// Its name, for people.
    pub name: String,
    /// Why it was refused, in Chinese; none = it was taken.
    pub refused: Option<String>,
    /// Whether it was known before, with another text.
    pub revised: bool,
}

/// How a pull ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullEnd {
    /// When to pull next.
    pub due_at: Timestamp,
    /// Where to go on.
    pub mark: String,
    /// Whether it ended well.
    pub well: bool,
    /// Why not, or what is odd.
    pub told: String,
    /// Items it brought.
    pub taken: u32,
}

/// A source that is to be pulled from now on; nothing where it is known.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn begin_pull(tx: &mut Tx<'_>, source: &SourceId, mark: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO pulls (source_id, due_at, mark, failures, told, last_taken, taken, revised, refused)
         VALUES (?1, ?2, ?3, 0, '', 0, 0, 0, 0) ON CONFLICT DO NOTHING",
        bind![source.as_str(), tx.now(), mark],
    )?;
    Ok(())
}

/// Where a source stands.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn read_pull(sql: &mut dyn Sql, source: &SourceId) -> Result<Option<PullRecord>, StoreError> {
    let row =
        sql.first(&format!("SELECT {COLUMNS} FROM pulls WHERE source_id = ?1"), bind![source.as_str()])?;
    row.as_ref().map(read).transpose()
}

/// Where every source stands that was ever pulled.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_pulls(sql: &mut dyn Sql) -> Result<Vec<PullRecord>, StoreError> {
    let rows = sql.query(&format!("SELECT {COLUMNS} FROM pulls ORDER BY source_id"), &[])?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<PullRecord, StoreError> {
    let time = |at: usize| Ok::<_, StoreError>(row.opt_int(at)?.map(Timestamp::from_micros));
    Ok(PullRecord {
        source: row.parsed(0, |text| text.parse().ok())?,
        due_at: row.time(1)?,
        mark: row.text(2)?.to_owned(),
        failures: row.count(3)?,
        tried_at: time(4)?,
        succeeded_at: time(5)?,
        told: row.text(6)?.to_owned(),
        last_taken: row.count(7)?,
        taken: row.count(8)?,
        revised: row.count(9)?,
        refused: row.count(10)?,
    })
}

/// 立即抓取: the source is due now.
///
/// # Errors
/// [`StoreError::NotFound`] when it was never pulled.
pub fn pull_now(tx: &mut Tx<'_>, source: &SourceId, by: &Actor) -> Result<(), StoreError> {
    let rows =
        tx.execute("UPDATE pulls SET due_at = ?2 WHERE source_id = ?1", bind![source.as_str(), tx.now()])?;
    if rows == 0 {
        return Err(StoreError::NotFound(format!("抓取渠道 {source}")));
    }
    tx.audit(by, "pull.now", source.as_str(), &json!({}))
}

/// Which of these entries were dealt with before.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn known_entries(
    sql: &mut dyn Sql,
    source: &SourceId,
    keys: &[EntryKey],
) -> Result<HashMap<EntryKey, KnownEntry>, StoreError> {
    let mut out = HashMap::new();
    for key in keys {
        let row = sql.first(
            "SELECT entry_text, taken, at FROM pulled_entries WHERE source_id = ?1 AND entry_key = ?2",
            bind![source.as_str(), key.as_bytes()],
        )?;
        if let Some(row) = row {
            let text = EntryText::from_bytes(row.blob(0)?);
            let text = text.map_err(|error| StoreError::Corrupt(error.to_string()))?;
            out.insert(*key, KnownEntry { text, taken: row.int(1)? != 0, at: row.time(2)? });
        }
    }
    Ok(out)
}

/// Notes what became of entries, and where to go on: both or neither.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn note_entries(
    tx: &mut Tx<'_>,
    source: &SourceId,
    entries: &[EntryNote],
    mark: &str,
) -> Result<(), StoreError> {
    let mut sorted: Vec<&EntryNote> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.key);
    for entry in sorted {
        tx.execute(
            "INSERT INTO pulled_entries (source_id, entry_key, entry_text, name, taken, told, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (source_id, entry_key) DO UPDATE SET entry_text = excluded.entry_text,
               taken = excluded.taken, told = excluded.told, at = excluded.at",
            bind![
                source.as_str(),
                entry.key.as_bytes(),
                entry.text.as_bytes(),
                &entry.name,
                i64::from(entry.refused.is_none()),
                entry.refused.as_deref().unwrap_or_default(),
                tx.now()
            ],
        )?;
    }
    let count = |wanted: fn(&EntryNote) -> bool| entries.iter().filter(|entry| wanted(entry)).count() as i64;
    tx.execute(
        "UPDATE pulls SET mark = ?2, taken = taken + ?3, revised = revised + ?4, refused = refused + ?5
         WHERE source_id = ?1",
        bind![
            source.as_str(),
            mark,
            count(|entry| entry.refused.is_none() && !entry.revised),
            count(|entry| entry.refused.is_none() && entry.revised),
            count(|entry| entry.refused.is_some())
        ],
    )?;
    Ok(())
}

/// Ends a pull.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn end_pull(tx: &mut Tx<'_>, source: &SourceId, end: &PullEnd) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE pulls SET due_at = ?2, mark = ?3, tried_at = ?4, told = ?5, last_taken = ?6,
           succeeded_at = CASE WHEN CAST(?7 AS bigint) = 1 THEN ?4 ELSE succeeded_at END,
           failures = CASE WHEN CAST(?7 AS bigint) = 1 THEN 0 ELSE failures + 1 END
         WHERE source_id = ?1",
        bind![source.as_str(), end.due_at, &end.mark, tx.now(), &end.told, end.taken, i64::from(end.well)],
    )?;
    Ok(())
}

/// The latest entries that were refused: name, why, when.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn refused_entries(
    sql: &mut dyn Sql,
    source: &SourceId,
    limit: i64,
) -> Result<Vec<(String, String, Timestamp)>, StoreError> {
    let rows = sql.query(
        "SELECT name, told, at FROM pulled_entries WHERE source_id = ?1 AND taken = 0
         ORDER BY at DESC, entry_key LIMIT ?2",
        bind![source.as_str(), limit],
    )?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.time(2)?))).collect()
}
