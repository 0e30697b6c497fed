//! The items of a period, by when they were written.

use crate::model::{FoldHash, ItemId, Submission, Timestamp};

use super::StoreError;
use super::items::read_id;
use super::sql::{Sql, bind};

/// An item of a period.
#[derive(Debug, Clone)]
pub struct PeriodRow {
    /// Its number.
    pub no: i64,
    /// Its id.
    pub id: ItemId,
    /// 区县.
    pub district: Option<String>,
    /// When it was written; where it does not say, when it was received.
    pub at: Timestamp,
    /// The hash of its folded text.
    pub fold: FoldHash,
    /// What was received.
    pub submission: Submission,
}

/// At most `limit` items written from `from` on and before `to`, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn items_between(
    sql: &mut dyn Sql,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<PeriodRow>, StoreError> {
    let rows = sql.query(
        "SELECT i.no, i.id, i.district, COALESCE(i.submitted_at, i.received_at), i.fold_hash, v.submission
         FROM items i JOIN item_versions v ON v.item_no = i.no AND v.version = i.version
         WHERE COALESCE(i.submitted_at, i.received_at) >= ?1 AND COALESCE(i.submitted_at, i.received_at) < ?2
         ORDER BY COALESCE(i.submitted_at, i.received_at) DESC, i.no DESC LIMIT ?3",
        bind![from, to, limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(PeriodRow {
                no: row.int(0)?,
                id: read_id(row, 1)?,
                district: row.opt_text(2)?.map(str::to_owned),
                at: row.time(3)?,
                fold: FoldHash::from_bytes(row.blob(4)?)
                    .map_err(|error| StoreError::Corrupt(error.to_string()))?,
                submission: row.parsed(5, |json| serde_json::from_str(json).ok())?,
            })
        })
        .collect()
}

/// How many items a period has.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_between(sql: &mut dyn Sql, from: Timestamp, to: Timestamp) -> Result<i64, StoreError> {
    let row = sql.first(
        "SELECT count(*) FROM items i
         WHERE COALESCE(i.submitted_at, i.received_at) >= ?1 AND COALESCE(i.submitted_at, i.received_at) < ?2",
        bind![from, to],
    )?;
    row.map_or(Ok(0), |row| row.int(0))
}
