//! 参考资料: documents that are searched and never count as an item. Each carries the number of its last change, by which the
//! index of every node follows.

use serde::Serialize;
use serde_json::json;

use crate::model::{Actor, BlobHash, ChangeKind, LocalDate, NewShelfDocument, Seq, ShelfKind, Timestamp};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// A document as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShelfRecord {
    /// Its number.
    pub no: i64,
    /// What it is.
    pub kind: ShelfKind,
    /// 题名.
    pub title: String,
    /// Its own date.
    pub day: Option<LocalDate>,
    /// 来源.
    pub source: String,
    /// The file that it was read from.
    pub file: String,
    /// How long it is, in characters.
    pub chars: i64,
    /// When it was put here.
    pub added_at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// When it was taken off.
    pub removed_at: Option<Timestamp>,
}

/// A document with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShelfDocument {
    /// What lists show.
    #[serde(flatten)]
    pub record: ShelfRecord,
    /// 正文.
    pub body: String,
}

const RECORD: &str = "SELECT no, kind, title, day, source, file, chars, added_at, actor, removed_at";

fn object(no: i64) -> String {
    format!("shelf:{no}")
}

/// Puts a document on the shelf; gives its number, and whether that changed anything. The same text again is the same
/// document: it comes back if it had been taken off.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn add_to_shelf(
    tx: &mut Tx<'_>,
    document: &NewShelfDocument,
    by: &Actor,
) -> Result<(i64, bool), StoreError> {
    let NewShelfDocument { kind, title, day, source, file, body } = document;
    let hash = BlobHash::of(format!("{title}\n{body}").as_bytes());
    let known = tx.first("SELECT no, removed_at FROM shelf WHERE hash = ?1", bind![hash.as_bytes()])?;
    if let Some(known) = known {
        let (no, removed) = (known.int(0)?, known.opt_int(1)?.is_some());
        if removed {
            take_off_shelf(tx, no, false, by)?;
        }
        return Ok((no, removed));
    }
    let last = tx.first("SELECT COALESCE(MAX(no), 0) FROM shelf", &[])?;
    let no = last.map_or(Ok(0), |row| row.int(0))? + 1;
    let seq = tx.change(ChangeKind::Shelf, &object(no), None)?;
    let day = day.map(|day| day.to_string());
    tx.execute(
        "INSERT INTO shelf (no, hash, kind, title, day, source, file, body, chars, added_at, actor, seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        bind![
            no,
            hash.as_bytes(),
            kind.code(),
            title,
            day.as_deref(),
            source,
            file,
            body,
            body.chars().count() as i64,
            tx.now(),
            &by.to_string(),
            seq.0
        ],
    )?;
    tx.audit(by, "shelf.add", &object(no), &json!({ "title": title, "kind": kind.code(), "file": file }))?;
    Ok((no, true))
}

/// Takes a document off the shelf, or puts it back; the same again changes nothing.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn take_off_shelf(tx: &mut Tx<'_>, no: i64, off: bool, by: &Actor) -> Result<(), StoreError> {
    let known = read_shelf(tx, no)?.record;
    if known.removed_at.is_some() == off {
        return Ok(());
    }
    let seq = tx.change(ChangeKind::Shelf, &object(no), None)?;
    let at = off.then(|| tx.now());
    tx.execute("UPDATE shelf SET removed_at = ?2, seq = ?3 WHERE no = ?1", bind![no, at, seq.0])?;
    let action = if off { "shelf.remove" } else { "shelf.restore" };
    tx.audit(by, action, &object(no), &json!({ "title": known.title }))
}

/// A document.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn read_shelf(sql: &mut dyn Sql, no: i64) -> Result<ShelfDocument, StoreError> {
    let row = sql.first(&format!("{RECORD}, body FROM shelf WHERE no = ?1"), bind![no])?;
    let row = row.ok_or_else(|| StoreError::NotFound(format!("参考资料 {no}")))?;
    Ok(ShelfDocument { record: record(&row)?, body: row.text(10)?.to_owned() })
}

/// Up to `limit` documents, those put here last first; those that were taken off instead if `off`.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_shelf(
    sql: &mut dyn Sql,
    kind: Option<ShelfKind>,
    off: bool,
    limit: i64,
) -> Result<Vec<ShelfRecord>, StoreError> {
    let standing = if off { "IS NOT NULL" } else { "IS NULL" };
    let kind = kind.map_or("", ShelfKind::code);
    let rows = sql.query(
        &format!(
            "{RECORD} FROM shelf WHERE removed_at {standing} AND (?1 = '' OR kind = ?1) ORDER BY no DESC LIMIT ?2"
        ),
        bind![kind, limit],
    )?;
    rows.iter().map(record).collect()
}

/// The number of the last change of any document.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn shelf_seq(sql: &mut dyn Sql) -> Result<Seq, StoreError> {
    let row = sql.first("SELECT COALESCE(MAX(seq), 0) FROM shelf", &[])?;
    row.map_or(Ok(Seq::ZERO), |row| row.int(0).map(Seq))
}

/// Up to `limit` documents that changed after a change, in that order, each with its number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn shelf_after(
    sql: &mut dyn Sql,
    after: Seq,
    limit: i64,
) -> Result<Vec<(Seq, ShelfDocument)>, StoreError> {
    let rows = sql.query(
        &format!("{RECORD}, body, seq FROM shelf WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
        bind![after.0, limit],
    )?;
    let document = |row: &Row| {
        let body = row.text(10)?.to_owned();
        Ok((Seq(row.int(11)?), ShelfDocument { record: record(row)?, body }))
    };
    rows.iter().map(document).collect()
}

fn record(row: &Row) -> Result<ShelfRecord, StoreError> {
    let day = row.opt_text(3)?.map(LocalDate::parse).transpose();
    Ok(ShelfRecord {
        no: row.int(0)?,
        kind: row.parsed(1, ShelfKind::from_code)?,
        title: row.text(2)?.to_owned(),
        day: day.map_err(|error| StoreError::Corrupt(error.to_string()))?,
        source: row.text(4)?.to_owned(),
        file: row.text(5)?.to_owned(),
        chars: row.int(6)?,
        added_at: row.time(7)?,
        actor: row.actor(8)?,
        removed_at: row.opt_int(9)?.map(Timestamp::from_micros),
    })
}
