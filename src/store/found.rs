//! Records by the short code on a paper form: the ids that begin with it.

use crate::model::{IssueId, ManuscriptId};

use super::StoreError;
use super::sql::{Sql, bind};

/// More records than these are not told apart by hand.
const MOST: i64 = 10;

/// The manuscripts from one id to another, both included, with their titles.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn manuscripts_between(
    sql: &mut dyn Sql,
    first: &[u8],
    last: &[u8],
) -> Result<Vec<(ManuscriptId, String)>, StoreError> {
    let rows = sql.query(
        "SELECT id, title FROM manuscripts WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
        bind![first, last, MOST],
    )?;
    let damaged = |error: crate::model::IdError| StoreError::Corrupt(error.to_string());
    rows.iter()
        .map(|row| Ok((ManuscriptId::from_bytes(row.blob(0)?).map_err(damaged)?, row.text(1)?.to_owned())))
        .collect()
}

/// The issues from one id to another, both included.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn issues_between(sql: &mut dyn Sql, first: &[u8], last: &[u8]) -> Result<Vec<IssueId>, StoreError> {
    let rows = sql.query(
        "SELECT id FROM issues WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT ?3",
        bind![first, last, MOST],
    )?;
    let damaged = |error: crate::model::IdError| StoreError::Corrupt(error.to_string());
    rows.iter().map(|row| IssueId::from_bytes(row.blob(0)?).map_err(damaged)).collect()
}
