//! What the office changed in its 基础数据: entries laid over the tables that come with the program. Nothing is deleted; what
//! was undone stays, marked.

use serde_json::json;

use crate::model::{Actor, ChangeKind, CodeTable, Laid, RowChange, Timestamp};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// A change of a row, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChange {
    /// Its number: later ones have higher ones.
    pub no: i64,
    /// In which table.
    pub table: CodeTable,
    /// Of which row.
    pub code: String,
    /// What.
    pub change: RowChange,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Who undid it, and when.
    pub undone: Option<(Actor, Timestamp)>,
}

impl CodeChange {
    /// As it is laid over its table.
    pub fn laid(&self) -> Laid<'_> {
        Laid { code: &self.code, change: &self.change, undone: self.undone.is_some() }
    }
}

const CHANGE: &str = "SELECT no, code_table, code, body, actor, at, undone_by, undone_at FROM code_changes";

/// The changes of a table, or of every table, oldest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn code_changes(sql: &mut dyn Sql, table: Option<CodeTable>) -> Result<Vec<CodeChange>, StoreError> {
    let rows = match table {
        Some(table) => {
            sql.query(&format!("{CHANGE} WHERE code_table = ?1 ORDER BY no"), bind![table.code()])?
        }
        None => sql.query(&format!("{CHANGE} ORDER BY no"), &[])?,
    };
    rows.iter().map(read).collect()
}

/// Notes a change that was checked; gives its number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_code_change(
    tx: &mut Tx<'_>,
    table: CodeTable,
    code: &str,
    change: &RowChange,
    by: &Actor,
) -> Result<i64, StoreError> {
    let last = tx.first("SELECT COALESCE(MAX(no), 0) FROM code_changes", &[])?;
    let no = last.map_or(Ok(0), |row| row.int(0))? + 1;
    let body = serde_json::to_string(change).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.execute(
        "INSERT INTO code_changes (no, code_table, code, body, actor, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        bind![no, table.code(), code, &body, &by.to_string(), tx.now()],
    )?;
    let detail =
        json!({ "no": no, "table": table.label(), "code": code, "told": change.told(), "change": change });
    tx.audit(by, change.action(), &object(table, code), &detail)?;
    tx.change(ChangeKind::Table, table.code(), None)?;
    Ok(no)
}

/// Marks the last change of a row as undone.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such change, [`StoreError::Stale`] when it is undone already or not the last
/// of its row any more.
pub fn undo_code_change(tx: &mut Tx<'_>, no: i64, by: &Actor) -> Result<CodeChange, StoreError> {
    let row = tx.first(&format!("{CHANGE} WHERE no = ?1"), bind![no])?;
    let entry = read(&row.ok_or_else(|| StoreError::NotFound(format!("第 {no} 次更改")))?)?;
    let later = tx.first(
        "SELECT no FROM code_changes
         WHERE code_table = ?1 AND code = ?2 AND no > ?3 AND undone_at IS NULL LIMIT 1",
        bind![entry.table.code(), &entry.code, no],
    )?;
    if later.is_some() || entry.undone.is_some() {
        return Err(StoreError::Stale);
    }
    tx.execute(
        "UPDATE code_changes SET undone_by = ?2, undone_at = ?3 WHERE no = ?1 AND undone_at IS NULL",
        bind![no, &by.to_string(), tx.now()],
    )?;
    let detail = json!({
        "no": no, "table": entry.table.label(), "code": entry.code, "told": entry.change.told()
    });
    tx.audit(by, "table.undo", &object(entry.table, &entry.code), &detail)?;
    tx.change(ChangeKind::Table, entry.table.code(), None)?;
    Ok(entry)
}

/// What the log calls a row.
fn object(table: CodeTable, code: &str) -> String {
    format!("table:{}:{code}", table.code())
}

fn read(row: &Row) -> Result<CodeChange, StoreError> {
    let undone = match (row.opt_text(6)?, row.opt_int(7)?) {
        (Some(_), Some(at)) => Some((row.actor(6)?, Timestamp::from_micros(at))),
        _ => None,
    };
    Ok(CodeChange {
        no: row.int(0)?,
        table: row.parsed(1, CodeTable::from_code)?,
        code: row.text(2)?.to_owned(),
        change: row.parsed(3, |text| serde_json::from_str(text).ok())?,
        by: row.actor(4)?,
        at: row.time(5)?,
        undone,
    })
}
