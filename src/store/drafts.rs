//! What somebody is writing and has not saved: one draft for each manuscript and person.

use crate::model::{Actor, ManuscriptId, Texts, Timestamp, Urgency};

use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// A draft.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The revision that it was begun from.
    pub base_rev: i64,
    /// The step that it was begun from.
    pub base_step: i64,
    /// When it was kept.
    pub at: Timestamp,
    /// The texts.
    pub texts: Texts,
}

/// Keeps a draft in place of the one before; `base` = the revision and the step that it was begun from.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_draft(
    tx: &mut Tx<'_>,
    id: &ManuscriptId,
    base: (i64, i64),
    texts: &Texts,
    by: &Actor,
) -> Result<(), StoreError> {
    let json = serde_json::to_string(texts).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.execute(
        "INSERT INTO manuscript_drafts (manuscript_id, owner, base_rev, base_step, at, texts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (manuscript_id, owner) DO UPDATE SET base_rev = ?3, base_step = ?4, at = ?5, texts = ?6",
        bind![id.as_bytes(), &by.to_string(), base.0, base.1, tx.now(), &json],
    )?;
    Ok(())
}

/// Forgets a draft.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn clear_draft(tx: &mut Tx<'_>, id: &ManuscriptId, by: &Actor) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM manuscript_drafts WHERE manuscript_id = ?1 AND owner = ?2",
        bind![id.as_bytes(), &by.to_string()],
    )?;
    Ok(())
}

/// Somebody's draft of a manuscript.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn draft_of(sql: &mut dyn Sql, id: &ManuscriptId, by: &Actor) -> Result<Option<Draft>, StoreError> {
    let row = sql.first(
        "SELECT base_rev, base_step, at, texts FROM manuscript_drafts WHERE manuscript_id = ?1 AND owner = ?2",
        bind![id.as_bytes(), &by.to_string()],
    )?;
    row.map(|row| {
        Ok(Draft {
            base_rev: row.int(0)?,
            base_step: row.int(1)?,
            at: row.time(2)?,
            texts: row.parsed(3, |json| serde_json::from_str(json).ok())?,
        })
    })
    .transpose()
}

/// How urgent a manuscript is, and since when a review of it is owed (补审).
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn standing_of(sql: &mut dyn Sql, id: &ManuscriptId) -> Result<(Urgency, Option<Timestamp>), StoreError> {
    let row = sql.first("SELECT urgency, owed_since FROM manuscripts WHERE id = ?1", bind![id.as_bytes()])?;
    let row = row.ok_or_else(|| StoreError::NotFound(format!("编稿 {id}")))?;
    Ok((row.parsed(0, Urgency::from_label)?, row.opt_int(1)?.map(Timestamp::from_micros)))
}

/// Notes how urgent a manuscript is.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_urgency(tx: &mut Tx<'_>, id: &ManuscriptId, urgency: Urgency) -> Result<(), StoreError> {
    tx.execute("UPDATE manuscripts SET urgency = ?2 WHERE id = ?1", bind![id.as_bytes(), urgency.label()])?;
    Ok(())
}

/// Notes that a review is owed since then, or no longer.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_owed(tx: &mut Tx<'_>, id: &ManuscriptId, since: Option<Timestamp>) -> Result<(), StoreError> {
    let since = since.map(Timestamp::as_micros);
    tx.execute("UPDATE manuscripts SET owed_since = ?2 WHERE id = ?1", bind![id.as_bytes(), since])?;
    Ok(())
}
