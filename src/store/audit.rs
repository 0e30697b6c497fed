//! 操作日志: append-only, each row carrying the hash of all before it.

use serde::Serialize;
use serde_json::Value;

use crate::model::{Actor, Timestamp};

use super::StoreError;
use super::sql::{Row, Sql, bind};

/// The end of the chain.
#[derive(Debug, Clone)]
pub struct AuditTip {
    no: i64,
    hash: [u8; 32],
}

/// A row of the log.
#[derive(Debug, Clone, Serialize)]
pub struct AuditRow {
    /// Its number, from 1 without gap.
    pub no: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
    /// Particulars.
    pub detail: Value,
}

/// A row with the hash of the chain up to it.
#[derive(Debug, Clone)]
pub struct ChainedRow {
    /// The row.
    pub row: AuditRow,
    /// Over this row and all before it.
    pub hash: [u8; 32],
}

/// What the check of the chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainCheck {
    /// Rows read.
    pub rows: i64,
    /// The first row that does not follow from the one before it.
    pub broken_at: Option<i64>,
}

impl AuditTip {
    pub(super) fn load(sql: &mut dyn Sql) -> Result<Self, StoreError> {
        let last = sql.first("SELECT no, hash FROM audit ORDER BY no DESC LIMIT 1", &[])?;
        let Some(row) = last else { return Ok(Self { no: 0, hash: [0; 32] }) };
        let hash = row.blob(1)?.try_into().map_err(|_| StoreError::Corrupt("audit hash".to_owned()))?;
        Ok(Self { no: row.int(0)?, hash })
    }

    pub(super) fn append(
        &mut self,
        sql: &mut dyn Sql,
        at: Timestamp,
        actor: &Actor,
        action: &str,
        object: &str,
        detail: &Value,
    ) -> Result<(), StoreError> {
        let (actor, detail) = (actor.to_string(), detail.to_string());
        let next = Self {
            no: self.no + 1,
            hash: chain(&self.hash, self.no + 1, at, [&actor, action, object, &detail]),
        };
        sql.execute(
            "INSERT INTO audit (no, at, actor, action, object, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            bind![next.no, at, &actor, action, object, &detail, next.hash.as_slice()],
        )?;
        *self = next;
        Ok(())
    }
}

/// The hash of a row over the one before it; fields are length-prefixed.
fn chain(previous: &[u8; 32], no: i64, at: Timestamp, fields: [&str; 4]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous);
    hasher.update(&no.to_le_bytes());
    hasher.update(&at.as_micros().to_le_bytes());
    for field in fields {
        hasher.update(&(field.len() as u64).to_le_bytes());
        hasher.update(field.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// Recomputes the whole chain, in pages so that memory does not grow with the log.
///
/// # Errors
/// [`StoreError`] as the engine reports; a broken chain is a finding, not an error.
pub fn check_chain(sql: &mut dyn Sql) -> Result<ChainCheck, StoreError> {
    let mut tip = AuditTip { no: 0, hash: [0; 32] };
    loop {
        let page = sql.query(
            "SELECT no, at, actor, action, object, detail, hash FROM audit WHERE no > ?1 ORDER BY no LIMIT 5000",
            bind![tip.no],
        )?;
        if page.is_empty() {
            return Ok(ChainCheck { rows: tip.no, broken_at: None });
        }
        for row in page {
            let no = row.int(0)?;
            let fields = [row.text(2)?, row.text(3)?, row.text(4)?, row.text(5)?];
            let expected = chain(&tip.hash, no, row.time(1)?, fields);
            if no != tip.no + 1 || row.blob(6)? != expected.as_slice() {
                return Ok(ChainCheck { rows: tip.no, broken_at: Some(no) });
            }
            tip = AuditTip { no, hash: expected };
        }
    }
}

/// At most `limit` rows after number `after`, in their order.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn audit_after(sql: &mut dyn Sql, after: i64, limit: i64) -> Result<Vec<ChainedRow>, StoreError> {
    let rows = sql.query(
        "SELECT no, at, actor, action, object, detail, hash FROM audit WHERE no > ?1 ORDER BY no LIMIT ?2",
        bind![after, limit],
    )?;
    rows.iter()
        .map(|row| {
            let hash = row.blob(6)?.try_into().map_err(|_| StoreError::Corrupt("audit hash".to_owned()))?;
            Ok(ChainedRow { row: read_row(row)?, hash })
        })
        .collect()
}

/// The history of one object, oldest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn history(sql: &mut dyn Sql, object: &str) -> Result<Vec<AuditRow>, StoreError> {
    let rows = sql.query(
        "SELECT no, at, actor, action, object, detail FROM audit WHERE object = ?1 ORDER BY no LIMIT 1000",
        bind![object],
    )?;
    rows.iter().map(read_row).collect()
}

pub(super) fn read_row(row: &Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        no: row.int(0)?,
        at: row.time(1)?,
        actor: row.text(2)?.to_owned(),
        action: row.text(3)?.to_owned(),
        object: row.text(4)?.to_owned(),
        detail: row.parsed(5, |text| serde_json::from_str(text).ok())?,
    })
}
