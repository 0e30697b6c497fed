//! 查重: entries of 反映人库 that may be one, and pairs of which somebody said that they are not (不是同一人).

use serde_json::json;

use crate::model::{Actor, Timestamp};

use super::reporters::reporter_object;
use super::sql::{Sql, bind};
use super::{StoreError, Tx, read_reporter};

/// A pair of which somebody said that it is two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinctPair {
    /// The earlier entry.
    pub one: i64,
    /// The later one.
    pub two: i64,
    /// Who said so.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// Pairs that may be one: the same name at the same unit, or the same telephone. The earlier entry first; those of which it
/// was said that they are two are not among them.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn double_reporters(sql: &mut dyn Sql, limit: i64) -> Result<Vec<(i64, i64, bool)>, StoreError> {
    let rows = sql.query(
        "SELECT a.no, b.no, CAST(max(CASE WHEN k.what = 'phone' THEN 1 ELSE 0 END) AS BIGINT)
         FROM reporter_keys k JOIN reporter_keys o ON o.what = k.what AND o.key = k.key AND o.reporter_no > k.reporter_no
         JOIN reporters a ON a.no = k.reporter_no JOIN reporters b ON b.no = o.reporter_no
         WHERE a.merged_into IS NULL AND b.merged_into IS NULL AND a.form = b.form
           AND NOT EXISTS (SELECT 1 FROM reporter_distinct d WHERE d.one_no = a.no AND d.two_no = b.no)
           AND (k.what = 'phone' OR k.what = 'name' AND (a.form = 'unit' OR EXISTS
             (SELECT 1 FROM reporter_posts p JOIN reporter_posts q ON q.unit = p.unit
              WHERE p.reporter_no = a.no AND q.reporter_no = b.no AND p.unit <> '')))
         GROUP BY a.no, b.no ORDER BY a.no, b.no LIMIT ?1",
        bind![limit],
    )?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?, row.int(2)? == 1))).collect()
}

/// 不是同一人, or that taken back; the same again changes nothing.
///
/// # Errors
/// [`StoreError::NotFound`] for an entry that is not there, [`StoreError::Constraint`] for one and the same.
pub fn set_distinct(
    tx: &mut Tx<'_>,
    (a, b): (i64, i64),
    distinct: bool,
    by: &Actor,
) -> Result<(), StoreError> {
    let (one, two) = (a.min(b), a.max(b));
    if one == two {
        return Err(StoreError::Constraint("是同一条，请选两条".to_owned()));
    }
    let (first, second) = (read_reporter(tx, one)?, read_reporter(tx, two)?);
    let changed = if distinct {
        let said_by = by.to_string();
        tx.execute(
            "INSERT INTO reporter_distinct (one_no, two_no, said_by, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (one_no, two_no) DO NOTHING",
            bind![one, two, &said_by, tx.now()],
        )?
    } else {
        tx.execute("DELETE FROM reporter_distinct WHERE one_no = ?1 AND two_no = ?2", bind![one, two])?
    };
    if changed == 0 {
        return Ok(());
    }
    let action = if distinct { "reporter.distinct" } else { "reporter.distinct_undo" };
    let detail = json!({ "name": first.fields.name, "other": two, "other_name": second.fields.name });
    tx.audit(by, action, &reporter_object(one), &detail)?;
    let detail = json!({ "name": second.fields.name, "other": one, "other_name": first.fields.name });
    tx.audit(by, action, &reporter_object(two), &detail)
}

/// Pairs of which it was said that they are two, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn distinct_reporters(sql: &mut dyn Sql, limit: i64) -> Result<Vec<DistinctPair>, StoreError> {
    let rows = sql.query(
        "SELECT one_no, two_no, said_by, at FROM reporter_distinct ORDER BY at DESC, one_no, two_no LIMIT ?1",
        bind![limit],
    )?;
    let pair = |row: &super::sql::Row| {
        Ok(DistinctPair { one: row.int(0)?, two: row.int(1)?, by: row.actor(2)?, at: row.time(3)? })
    };
    rows.iter().map(pair).collect()
}
