//! Manuscripts on their way through the stages of review, as 待办 and 已办 list them.

use crate::model::{Actor, KindId, ManuscriptId, ManuscriptState, Outlet, Timestamp, Urgency};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// A manuscript as a list shows it.
#[derive(Debug, Clone)]
pub struct ReviewRow {
    /// Its id.
    pub id: ManuscriptId,
    /// 标题.
    pub title: String,
    /// Where it stands.
    pub state: ManuscriptState,
    /// At which stage it waits.
    pub stage: Option<String>,
    /// Its kind.
    pub kind: KindId,
    /// Where it goes.
    pub outlet: Outlet,
    /// 特急 and 加急 stand first.
    pub urgency: Urgency,
    /// What was done last.
    pub action: String,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

const ROW: &str =
    "SELECT m.id, m.title, m.state, m.stage, m.kind, m.outlet, s.action, s.actor, s.at, m.urgency
     FROM manuscripts m JOIN manuscript_steps s ON s.manuscript_id = m.id";

/// The manuscripts in a state, those that wait longest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn manuscripts_in(
    sql: &mut dyn Sql,
    state: ManuscriptState,
    limit: i64,
) -> Result<Vec<ReviewRow>, StoreError> {
    let text = format!(
        "{ROW} AND s.step = (SELECT MAX(step) FROM manuscript_steps WHERE manuscript_id = m.id)
         WHERE m.state = ?1 AND m.issue_id IS NULL ORDER BY m.created_at, m.id LIMIT ?2"
    );
    sql.query(&text, bind![state.code(), limit])?.iter().map(read).collect()
}

/// Manuscripts of which a review is owed (补审), with the time since when, the longest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn manuscripts_owed(sql: &mut dyn Sql, limit: i64) -> Result<Vec<(ReviewRow, Timestamp)>, StoreError> {
    let text = format!(
        "{} AND s.step = (SELECT MAX(step) FROM manuscript_steps WHERE manuscript_id = m.id)
         WHERE m.owed_since IS NOT NULL ORDER BY m.owed_since, m.id LIMIT ?1",
        ROW.replace("m.urgency", "m.urgency, m.owed_since")
    );
    let rows = sql.query(&text, bind![limit])?;
    rows.iter().map(|row| Ok((read(row)?, row.time(10)?))).collect()
}

/// What somebody did to manuscripts, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn steps_by(sql: &mut dyn Sql, actor: &Actor, limit: i64) -> Result<Vec<ReviewRow>, StoreError> {
    let text = format!("{ROW} WHERE s.actor = ?1 ORDER BY s.at DESC, s.step DESC LIMIT ?2");
    sql.query(&text, bind![&actor.to_string(), limit])?.iter().map(read).collect()
}

/// At which stage a manuscript waits, and its kind.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn stage_of(sql: &mut dyn Sql, id: &ManuscriptId) -> Result<(Option<String>, KindId), StoreError> {
    let row = sql.first("SELECT stage, kind FROM manuscripts WHERE id = ?1", bind![id.as_bytes()])?;
    let row = row.ok_or_else(|| StoreError::NotFound(format!("编稿 {id}")))?;
    Ok((row.opt_text(0)?.map(str::to_owned), row.parsed(1, |text| text.parse().ok())?))
}

/// Puts a manuscript at a stage, or at none.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_stage(tx: &mut Tx<'_>, id: &ManuscriptId, stage: Option<&str>) -> Result<(), StoreError> {
    tx.execute("UPDATE manuscripts SET stage = ?2 WHERE id = ?1", bind![id.as_bytes(), stage])?;
    Ok(())
}

/// Notes of which kind a manuscript is.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_kind(tx: &mut Tx<'_>, id: &ManuscriptId, kind: &KindId) -> Result<(), StoreError> {
    tx.execute("UPDATE manuscripts SET kind = ?2 WHERE id = ?1", bind![id.as_bytes(), kind.as_str()])?;
    Ok(())
}

fn read(row: &Row) -> Result<ReviewRow, StoreError> {
    let damaged = |error: crate::model::IdError| StoreError::Corrupt(error.to_string());
    Ok(ReviewRow {
        id: ManuscriptId::from_bytes(row.blob(0)?).map_err(damaged)?,
        title: row.text(1)?.to_owned(),
        state: row.parsed(2, ManuscriptState::from_code)?,
        stage: row.opt_text(3)?.map(str::to_owned),
        kind: row.parsed(4, |text| text.parse().ok())?,
        outlet: row.parsed(5, |json| serde_json::from_str(json).ok())?,
        action: row.text(6)?.to_owned(),
        actor: row.actor(7)?,
        at: row.time(8)?,
        urgency: row.parsed(9, Urgency::from_label)?,
    })
}
