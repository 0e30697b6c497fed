//! The log as the audit administrator reads it: in pages, by who, what and when.

use crate::model::Timestamp;

use super::StoreError;
use super::audit::{AuditRow, read_row};
use super::sql::{Sql, bind};

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// By whom: `user:zhang`, `system`.
    pub actor: Option<String>,
    /// What kind: `user`, `item`, `issue`.
    pub kind: Option<String>,
    /// To what.
    pub object: Option<String>,
    /// From this instant on.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
}

/// Rows below `before`, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn audit_page(
    sql: &mut dyn Sql,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    // An action is its kind, a point and what was done: kinds stand side by side in the order of the alphabet.
    let (low, high) = match &filter.kind {
        Some(kind) => (format!("{kind}."), format!("{kind}/")),
        None => (String::new(), "\u{10FFFF}".to_owned()),
    };
    let rows = sql.query(
        "SELECT no, at, actor, action, object, detail FROM audit
         WHERE no < ?1 AND (actor = ?2 OR ?2 IS NULL) AND action >= ?3 AND action < ?4
           AND (object = ?5 OR ?5 IS NULL) AND at >= ?6 AND at < ?7
         ORDER BY no DESC LIMIT ?8",
        bind![
            before.unwrap_or(i64::MAX),
            filter.actor.as_deref(),
            &low,
            &high,
            filter.object.as_deref(),
            filter.from.map_or(i64::MIN, Timestamp::as_micros),
            filter.to.map_or(i64::MAX, Timestamp::as_micros),
            limit,
        ],
    )?;
    rows.iter().map(read_row).collect()
}
