//! Sources and their tokens.

use serde_json::json;

use crate::model::{Actor, ChangeKind, Limits, Scope, Scopes, Source, SourceId, Token};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

const COLUMNS: &str = "id, title, scopes, per_minute, per_day, created_at, revoked_at";

/// Registers a source with its token's hash.
///
/// # Errors
/// [`StoreError::Constraint`] when the code is taken.
pub fn insert_source(tx: &mut Tx<'_>, source: &Source, token: &Token, by: &Actor) -> Result<(), StoreError> {
    let hash = token.hash();
    let added = tx.execute(
        "INSERT INTO sources (id, title, token_hash, scopes, per_minute, per_day, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        bind![
            source.id.as_str(),
            &source.title,
            hash.as_slice(),
            &source.scopes.to_string(),
            source.limits.per_minute,
            source.limits.per_day,
            source.created_at
        ],
    )?;
    if added == 0 {
        return Err(StoreError::Constraint(format!("来稿渠道 {} 已存在", source.id)));
    }
    let detail = json!({ "title": source.title, "scopes": source.scopes.to_string() });
    tx.audit(by, "source.add", source.id.as_str(), &detail)?;
    tx.change(ChangeKind::Source, source.id.as_str(), None)?;
    Ok(())
}

/// Revokes a source's token; what it sent stays.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such source, or its token is revoked already.
pub fn revoke_source(tx: &mut Tx<'_>, id: &SourceId, by: &Actor) -> Result<(), StoreError> {
    let revoked = tx.execute(
        "UPDATE sources SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
        bind![id.as_str(), tx.now()],
    )?;
    if revoked == 0 {
        return Err(StoreError::NotFound(format!("来稿渠道 {id}")));
    }
    tx.audit(by, "source.revoke", id.as_str(), &json!({}))?;
    tx.change(ChangeKind::Source, id.as_str(), None)?;
    Ok(())
}

/// Every source.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_sources(sql: &mut dyn Sql) -> Result<Vec<Source>, StoreError> {
    let rows = sql.query(&format!("SELECT {COLUMNS} FROM sources ORDER BY created_at, id"), &[])?;
    rows.iter().map(read).collect()
}

/// The hash of each token with its source, for the intake to hold in memory.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn source_tokens(sql: &mut dyn Sql) -> Result<Vec<([u8; 32], Source)>, StoreError> {
    let rows = sql.query(&format!("SELECT {COLUMNS}, token_hash FROM sources"), &[])?;
    rows.iter()
        .map(|row| {
            let hash = row.blob(7)?.try_into().map_err(|_| StoreError::Corrupt("token hash".to_owned()))?;
            Ok((hash, read(row)?))
        })
        .collect()
}

fn read(row: &Row) -> Result<Source, StoreError> {
    Ok(Source {
        id: row.parsed(0, |text| text.parse().ok())?,
        title: row.text(1)?.to_owned(),
        scopes: Scopes(row.text(2)?.split(',').filter_map(Scope::from_code).collect()),
        limits: Limits { per_minute: row.count(3)?, per_day: row.count(4)? },
        created_at: row.time(5)?,
        revoked_at: row.opt_int(6)?.map(crate::model::Timestamp::from_micros),
    })
}
