//! The change log, as followers read it.

use crate::model::{ChangeKind, Seq};

use super::StoreError;
use super::sql::{Sql, bind};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its position.
    pub seq: Seq,
    /// What changed.
    pub kind: ChangeKind,
    /// The item it concerns, by number, where it concerns one.
    pub item_no: Option<i64>,
    /// The id of what changed.
    pub object: String,
}

/// Up to `limit` changes above `after`, in order.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn changes_after(sql: &mut dyn Sql, after: Seq, limit: i64) -> Result<Vec<Change>, StoreError> {
    let rows = sql.query(
        "SELECT seq, kind, item_no, object FROM changes WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        bind![after.0, limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Change {
                seq: Seq(row.int(0)?),
                kind: row.parsed(1, ChangeKind::from_code)?,
                item_no: row.opt_int(2)?,
                object: row.text(3)?.to_owned(),
            })
        })
        .collect()
}

/// The last position.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn last_seq(sql: &mut dyn Sql) -> Result<Seq, StoreError> {
    let row = sql.first("SELECT value FROM counters WHERE name = 'seq'", &[])?;
    row.map_or(Ok(Seq::ZERO), |row| row.int(0).map(Seq))
}

/// How many changes above `after` brought a new text.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn texts_after(sql: &mut dyn Sql, after: Seq) -> Result<i64, StoreError> {
    let row = sql.first(
        "SELECT count(*) FROM changes WHERE seq > ?1 AND kind IN (?2, ?3)",
        bind![after.0, ChangeKind::ItemReceived.code(), ChangeKind::ItemVersion.code()],
    )?;
    row.map_or(Ok(0), |row| row.int(0))
}
