//! What somebody did at the desk in one go, so that it can be undone in one go; and notes among editors.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::model::{Actor, ItemId, ItemState, Timestamp};

use super::audit::history;
use super::groups::Membership;
use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// An item that an act moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// Its number.
    pub no: i64,
    /// Where it stood.
    pub from: ItemState,
    /// Where it stands since.
    pub to: ItemState,
    /// Its revision since: another one means that somebody else has changed it.
    pub rev: i64,
    /// Who held it before.
    pub holder: Option<String>,
    /// In which groups it and its companions were before; empty where the act had nothing to do with groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Membership>,
}

/// An item that an act left alone, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Skipped {
    /// The item.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// Why, in Chinese.
    pub why: String,
}

/// An act.
#[derive(Debug, Clone)]
pub struct Act {
    /// Its number.
    pub no: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What, in the office's words.
    pub action: String,
    /// What it moved.
    pub moved: Vec<Moved>,
    /// What it left alone.
    pub skipped: Vec<Skipped>,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Keeps an act and gives its number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_act(
    tx: &mut Tx<'_>,
    action: &str,
    moved: &[Moved],
    skipped: &[Skipped],
    by: &Actor,
) -> Result<i64, StoreError> {
    let row = tx.first(
        "INSERT INTO desk_acts (at, actor, action, moved, skipped) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING no",
        bind![tx.now(), &by.to_string(), action, &json(&moved)?, &json(&skipped)?],
    )?;
    row.ok_or_else(|| StoreError::Corrupt("desk_acts".to_owned()))?.int(0)
}

/// An act of this person.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number by them.
pub fn read_act(sql: &mut dyn Sql, no: i64, by: &Actor) -> Result<Act, StoreError> {
    let row = sql.first(
        "SELECT at, actor, action, moved, skipped, undone_at FROM desk_acts WHERE no = ?1 AND actor = ?2",
        bind![no, &by.to_string()],
    )?;
    let row = row.ok_or_else(|| StoreError::NotFound(format!("本人的操作 {no}")))?;
    Ok(Act {
        no,
        at: row.time(0)?,
        actor: row.actor(1)?,
        action: row.text(2)?.to_owned(),
        moved: row.parsed(3, |text| serde_json::from_str(text).ok())?,
        skipped: row.parsed(4, |text| serde_json::from_str(text).ok())?,
        undone_at: row.opt_int(5)?.map(Timestamp::from_micros),
    })
}

/// Notes that an act was undone, and what could not be.
///
/// # Errors
/// [`StoreError::Stale`] when it was undone already.
pub fn set_undone(tx: &mut Tx<'_>, no: i64, skipped: &[Skipped]) -> Result<(), StoreError> {
    let done = tx.execute(
        "UPDATE desk_acts SET undone_at = ?2, skipped = ?3 WHERE no = ?1 AND undone_at IS NULL",
        bind![no, tx.now(), &json(&skipped)?],
    )?;
    if done == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

/// A note.
#[derive(Debug, Clone)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub text: String,
}

/// Writes a note on an item.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn add_note(tx: &mut Tx<'_>, item: (i64, &ItemId), text: &str, by: &Actor) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO item_notes (item_no, at, actor, text) VALUES (?1, ?2, ?3, ?4)",
        bind![item.0, tx.now(), &by.to_string(), text],
    )?;
    tx.audit(by, "item.note", &item.1.to_string(), &json!({ "text": text }))
}

/// The notes on an item, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn notes_of(sql: &mut dyn Sql, no: i64) -> Result<Vec<Note>, StoreError> {
    let rows = sql.query(
        "SELECT at, actor, text FROM item_notes WHERE item_no = ?1 ORDER BY no DESC LIMIT 200",
        bind![no],
    )?;
    rows.iter()
        .map(|row| Ok(Note { at: row.time(0)?, actor: row.actor(1)?, text: row.text(2)?.to_owned() }))
        .collect()
}

/// What the editor wrote when the item was returned last.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn asked_for(sql: &mut dyn Sql, id: &ItemId) -> Result<String, StoreError> {
    let rows = history(sql, &id.to_string())?;
    let back = rows.iter().rev().find(|row| {
        row.action == "item.move"
            && row.detail.get("to").and_then(|to| to.as_str()) == Some(ItemState::Returned.code())
    });
    let why = back.and_then(|row| row.detail.get("why")).and_then(|why| why.as_str()).unwrap_or_default();
    Ok(why.split_once('：').map_or(why, |(_, comment)| comment).to_owned())
}
