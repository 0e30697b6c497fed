//! What editors decided about pairs of items. The same pair from either side; a later verdict replaces an earlier one.

use serde::Serialize;
use serde_json::json;

use crate::model::{Actor, ChangeKind, ItemId, Timestamp, Verdict};

use super::items::read_id;
use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// A verdict, seen from one of the two items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerdictRow {
    /// The number of the other item.
    #[serde(skip)]
    pub other_no: i64,
    /// The other item.
    pub other: ItemId,
    /// What was decided.
    pub verdict: Verdict,
    /// Why.
    pub comment: String,
    /// Who decided.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

/// Writes a verdict on two items.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_verdict(
    tx: &mut Tx<'_>,
    one: (i64, &ItemId),
    other: (i64, &ItemId),
    verdict: Verdict,
    comment: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO verdicts (a_no, b_no, verdict, comment, actor, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (a_no, b_no) DO UPDATE SET verdict = ?3, comment = ?4, actor = ?5, at = ?6",
        bind![one.0.min(other.0), one.0.max(other.0), verdict.code(), comment, &by.to_string(), tx.now()],
    )?;
    note(tx, one, other, &json!({ "other": other.1, "verdict": verdict, "comment": comment }), by)
}

/// Takes a verdict back.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none on these two.
pub fn withdraw_verdict(
    tx: &mut Tx<'_>,
    one: (i64, &ItemId),
    other: (i64, &ItemId),
    by: &Actor,
) -> Result<(), StoreError> {
    let gone = tx.execute(
        "DELETE FROM verdicts WHERE a_no = ?1 AND b_no = ?2",
        bind![one.0.min(other.0), one.0.max(other.0)],
    )?;
    if gone == 0 {
        return Err(StoreError::NotFound(format!("{} 与 {} 的认定", one.1, other.1)));
    }
    note(tx, one, other, &json!({ "other": other.1, "verdict": null }), by)
}

/// Both items show it, so both change; it is one act and one row of the audit log.
fn note(
    tx: &mut Tx<'_>,
    one: (i64, &ItemId),
    other: (i64, &ItemId),
    detail: &serde_json::Value,
    by: &Actor,
) -> Result<(), StoreError> {
    for (no, id) in [one, other] {
        tx.change(ChangeKind::ItemLinked, &id.to_string(), Some(no))?;
    }
    tx.audit(by, "item.verdict", &one.1.to_string(), detail)
}

/// Every verdict on an item, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn verdicts_of(sql: &mut dyn Sql, no: i64) -> Result<Vec<VerdictRow>, StoreError> {
    let rows = sql.query(
        "SELECT i.no, i.id, v.verdict, v.comment, v.actor, v.at FROM verdicts v JOIN items i ON i.no = v.b_no
         WHERE v.a_no = ?1
         UNION ALL
         SELECT i.no, i.id, v.verdict, v.comment, v.actor, v.at FROM verdicts v JOIN items i ON i.no = v.a_no
         WHERE v.b_no = ?1
         ORDER BY 6 DESC, 1",
        bind![no],
    )?;
    rows.iter()
        .map(|row| {
            Ok(VerdictRow {
                other_no: row.int(0)?,
                other: read_id(row, 1)?,
                verdict: row.parsed(2, Verdict::from_code)?,
                comment: row.text(3)?.to_owned(),
                actor: row.actor(4)?,
                at: row.time(5)?,
            })
        })
        .collect()
}
