//! Manuscripts (编稿), the items they are made of, and the full text of every step.

use serde::Serialize;
use serde_json::json;

use crate::model::{
    Actor, ChangeKind, IssueId, ItemId, ManuscriptId, ManuscriptState, Outlet, Texts, Timestamp,
};

use super::exchange::elsewhere;
use super::items::read_id;
use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// A manuscript as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct ManuscriptRecord {
    /// Its id.
    pub id: ManuscriptId,
    /// Where it goes.
    pub outlet: Outlet,
    /// Where it stands.
    pub state: ManuscriptState,
    /// How often it changed.
    #[serde(skip)]
    pub rev: i64,
    /// The issue it is on.
    pub issue: Option<IssueId>,
    /// Its texts as of the last step.
    pub texts: Texts,
}

/// One step of a manuscript, with its full text.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// From 1.
    pub step: i64,
    /// What was done.
    pub action: String,
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub comment: String,
    /// The text after it.
    pub texts: Texts,
}

/// Writes a new manuscript made from items.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_manuscript(
    tx: &mut Tx<'_>,
    id: &ManuscriptId,
    outlet: &Outlet,
    texts: &Texts,
    items: &[i64],
    by: &Actor,
) -> Result<(), StoreError> {
    let outlet_json = serde_json::to_string(outlet).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    tx.execute(
        "INSERT INTO manuscripts (id, outlet, state, rev, title, created_at) VALUES (?1, ?2, ?3, 1, ?4, ?5)",
        bind![id.as_bytes(), &outlet_json, ManuscriptState::Editing.code(), &texts.title, tx.now()],
    )?;
    for (position, no) in (0_i64..).zip(items) {
        tx.execute(
            "INSERT INTO manuscript_items (manuscript_id, position, item_no) VALUES (?1, ?2, ?3)",
            bind![id.as_bytes(), position, *no],
        )?;
    }
    add_step(tx, id, "编稿", texts, by, "")?;
    tx.change(ChangeKind::Manuscript, &id.to_string(), None)?;
    tx.audit(by, "manuscript.create", &id.to_string(), &json!({ "items": items }))
}

/// Adds a step with the full text after it.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn add_step(
    tx: &mut Tx<'_>,
    id: &ManuscriptId,
    action: &str,
    texts: &Texts,
    by: &Actor,
    comment: &str,
) -> Result<(), StoreError> {
    let json = serde_json::to_string(texts).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    tx.execute(
        "INSERT INTO manuscript_steps (manuscript_id, step, action, actor, at, comment, texts)
         SELECT ?1, COALESCE(MAX(step), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM manuscript_steps WHERE manuscript_id = ?1",
        bind![id.as_bytes(), action, &by.to_string(), tx.now(), comment, &json],
    )?;
    Ok(())
}

/// Moves a manuscript, from the revision that was read, and notes the step.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile.
pub fn move_manuscript(
    tx: &mut Tx<'_>,
    manuscript: &ManuscriptRecord,
    to: ManuscriptState,
    action: &str,
    by: &Actor,
    comment: &str,
) -> Result<(), StoreError> {
    set_state(tx, manuscript, to)?;
    add_step(tx, &manuscript.id, action, &manuscript.texts, by, comment)?;
    let id = manuscript.id.to_string();
    tx.change(ChangeKind::Manuscript, &id, None)?;
    tx.audit(by, "manuscript.move", &id, &json!({ "from": manuscript.state, "to": to, "comment": comment }))
}

/// Puts a manuscript into a state, from the revision that was read.
pub(super) fn set_state(
    tx: &mut Tx<'_>,
    manuscript: &ManuscriptRecord,
    to: ManuscriptState,
) -> Result<(), StoreError> {
    let moved = tx.execute(
        "UPDATE manuscripts SET state = ?3, rev = rev + 1 WHERE id = ?1 AND rev = ?2",
        bind![manuscript.id.as_bytes(), manuscript.rev, to.code()],
    )?;
    if moved == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// Changes a manuscript's texts where it stands, from the revision that was read, and notes the step with the full text.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile.
pub fn correct_manuscript(
    tx: &mut Tx<'_>,
    manuscript: &ManuscriptRecord,
    texts: &Texts,
    action: &str,
    by: &Actor,
    comment: &str,
) -> Result<(), StoreError> {
    set_texts(tx, manuscript, texts)?;
    add_step(tx, &manuscript.id, action, texts, by, comment)?;
    let id = manuscript.id.to_string();
    tx.change(ChangeKind::Manuscript, &id, None)?;
    tx.audit(by, "manuscript.correct", &id, &json!({ "action": action, "comment": comment }))
}

/// Notes that the texts changed, from the revision that was read; the step that holds them follows.
pub(super) fn set_texts(
    tx: &mut Tx<'_>,
    manuscript: &ManuscriptRecord,
    texts: &Texts,
) -> Result<(), StoreError> {
    let moved = tx.execute(
        "UPDATE manuscripts SET title = ?3, rev = rev + 1 WHERE id = ?1 AND rev = ?2",
        bind![manuscript.id.as_bytes(), manuscript.rev, &texts.title],
    )?;
    if moved == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// Puts a manuscript on an issue's proof, or takes it off.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_on_issue(tx: &mut Tx<'_>, id: &ManuscriptId, issue: Option<&IssueId>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE manuscripts SET issue_id = ?2, rev = rev + 1 WHERE id = ?1",
        bind![id.as_bytes(), issue.map(IssueId::as_bytes)],
    )?;
    Ok(())
}

const RECORD: &str = "SELECT m.id, m.outlet, m.state, m.rev, m.issue_id, s.texts FROM manuscripts m
     JOIN manuscript_steps s ON s.manuscript_id = m.id
      AND s.step = (SELECT MAX(step) FROM manuscript_steps WHERE manuscript_id = m.id)";

/// A manuscript with its latest text.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn read_manuscript(sql: &mut dyn Sql, id: &ManuscriptId) -> Result<ManuscriptRecord, StoreError> {
    let row = sql.first(&format!("{RECORD} WHERE m.id = ?1"), bind![id.as_bytes()])?;
    read(&row.ok_or_else(|| StoreError::NotFound(format!("编稿 {id}")))?)
}

/// The manuscripts on an issue; their order is the issue's plan's.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn manuscripts_of_issue(sql: &mut dyn Sql, issue: &IssueId) -> Result<Vec<ManuscriptRecord>, StoreError> {
    let text = format!("{RECORD} WHERE m.issue_id = ?1 ORDER BY m.created_at, m.id");
    sql.query(&text, bind![issue.as_bytes()])?.iter().map(read).collect()
}

/// The steps of a manuscript, oldest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn steps_of(sql: &mut dyn Sql, id: &ManuscriptId) -> Result<Vec<Step>, StoreError> {
    let rows = sql.query(
        "SELECT step, action, actor, at, comment, texts FROM manuscript_steps WHERE manuscript_id = ?1 ORDER BY step",
        bind![id.as_bytes()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Step {
                step: row.int(0)?,
                action: row.text(1)?.to_owned(),
                actor: row.actor(2)?,
                at: row.time(3)?,
                comment: row.text(4)?.to_owned(),
                texts: row.parsed(5, |json| serde_json::from_str(json).ok())?,
            })
        })
        .collect()
}

/// The items of a manuscript, in order: number and id.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn items_of(sql: &mut dyn Sql, id: &ManuscriptId) -> Result<Vec<(i64, ItemId)>, StoreError> {
    let rows = sql.query(
        "SELECT i.no, i.id FROM manuscript_items mi JOIN items i ON i.no = mi.item_no
         WHERE mi.manuscript_id = ?1 ORDER BY mi.position",
        bind![id.as_bytes()],
    )?;
    rows.iter().map(|row| Ok((row.int(0)?, read_id(row, 1)?))).collect()
}

/// The manuscripts that an item was used in.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn uses_of(sql: &mut dyn Sql, item: i64) -> Result<Vec<ManuscriptId>, StoreError> {
    let rows = sql.query("SELECT manuscript_id FROM manuscript_items WHERE item_no = ?1", bind![item])?;
    rows.iter()
        .map(|row| {
            ManuscriptId::from_bytes(row.blob(0)?).map_err(|error| StoreError::Corrupt(error.to_string()))
        })
        .collect()
}

/// The issues that carried an item (已编发): series, year, number, printed date; those of the other site where it was compiled.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn issued_uses(sql: &mut dyn Sql, item: i64) -> Result<Vec<(String, i32, u32, String)>, StoreError> {
    let rows = sql.query(
        "SELECT DISTINCT s.series, s.year, s.number, s.printed_date FROM manuscript_items mi
         JOIN manuscripts m ON m.id = mi.manuscript_id JOIN issues s ON s.id = m.issue_id
         WHERE mi.item_no = ?1 AND s.state = 'issued' ORDER BY s.printed_date, s.number",
        bind![item],
    )?;
    if rows.is_empty() {
        return Ok(elsewhere(sql, item)?.uses);
    }
    rows.iter()
        .map(|row| {
            let year = i32::try_from(row.int(1)?).map_err(|_| StoreError::Corrupt("year".to_owned()))?;
            Ok((row.text(0)?.to_owned(), year, row.count(2)?, row.text(3)?.to_owned()))
        })
        .collect()
}

/// The numbers of the items that an issue of this year and number carried, in any series.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn items_of_number(sql: &mut dyn Sql, year: i32, number: u32) -> Result<Vec<i64>, StoreError> {
    let rows = sql.query(
        "SELECT DISTINCT mi.item_no FROM issues s JOIN manuscripts m ON m.issue_id = s.id
         JOIN manuscript_items mi ON mi.manuscript_id = m.id
         WHERE s.year = ?1 AND s.number = ?2 AND s.state = 'issued' ORDER BY 1",
        bind![year, number],
    )?;
    rows.iter().map(|row| row.int(0)).collect()
}

fn read(row: &Row) -> Result<ManuscriptRecord, StoreError> {
    let damaged = |error: crate::model::IdError| StoreError::Corrupt(error.to_string());
    Ok(ManuscriptRecord {
        id: ManuscriptId::from_bytes(row.blob(0)?).map_err(damaged)?,
        outlet: row.parsed(1, |json| serde_json::from_str(json).ok())?,
        state: row.parsed(2, ManuscriptState::from_code)?,
        rev: row.int(3)?,
        issue: row.opt_blob(4)?.map(IssueId::from_bytes).transpose().map_err(damaged)?,
        texts: row.parsed(5, |json| serde_json::from_str(json).ok())?,
    })
}
