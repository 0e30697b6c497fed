//! 校对: what somebody left as it is in a manuscript, with the reason.

use serde_json::json;

use crate::model::{Actor, ManuscriptId, Timestamp};

use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// A fault that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Of which kind, by its code.
    pub kind: String,
    /// What stands there.
    pub found: String,
    /// Why it stays.
    pub why: String,
    /// Who said so.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// Notes that something stays as it is; a later reason stands in place of an earlier one.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_left(
    tx: &mut Tx<'_>,
    id: &ManuscriptId,
    (kind, found): (&str, &str),
    why: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO proof_left (manuscript_id, kind, found, why, actor, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (manuscript_id, kind, found) DO UPDATE SET why = ?4, actor = ?5, at = ?6",
        bind![id.as_bytes(), kind, found, why, &by.to_string(), tx.now()],
    )?;
    let detail = json!({ "kind": kind, "found": found, "why": why });
    tx.audit(by, "proof.leave", &id.to_string(), &detail)
}

/// Takes that back; false where nothing was noted.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn drop_left(
    tx: &mut Tx<'_>,
    id: &ManuscriptId,
    (kind, found): (&str, &str),
    by: &Actor,
) -> Result<bool, StoreError> {
    let gone = tx.execute(
        "DELETE FROM proof_left WHERE manuscript_id = ?1 AND kind = ?2 AND found = ?3",
        bind![id.as_bytes(), kind, found],
    )?;
    if gone > 0 {
        tx.audit(by, "proof.look_again", &id.to_string(), &json!({ "kind": kind, "found": found }))?;
    }
    Ok(gone > 0)
}

/// What stays as it is in a manuscript.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn left_of(sql: &mut dyn Sql, id: &ManuscriptId) -> Result<Vec<Left>, StoreError> {
    let rows = sql.query(
        "SELECT kind, found, why, actor, at FROM proof_left WHERE manuscript_id = ?1 ORDER BY at, kind, found",
        bind![id.as_bytes()],
    )?;
    let left = rows.iter().map(|row| {
        Ok(Left {
            kind: row.text(0)?.to_owned(),
            found: row.text(1)?.to_owned(),
            why: row.text(2)?.to_owned(),
            by: row.actor(3)?,
            at: row.time(4)?,
        })
    });
    left.collect()
}
