//! 异常来稿: what could not be processed, kept with its reason until a person has dealt with it.

use serde::Serialize;
use serde_json::json;

use crate::model::{Actor, ChangeKind, ItemId, Receipt, Timestamp};

use super::items::read_id;
use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// What has been done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadState {
    /// Waits for a person.
    Open,
    /// Put into the queue again.
    Resent,
}

impl DeadState {
    fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resent => "resent",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Open, Self::Resent].into_iter().find(|state| state.code() == code)
    }
}

/// A dead letter.
#[derive(Debug, Clone, Serialize)]
pub struct DeadLetter {
    /// Its number.
    pub no: i64,
    /// The item it would have become.
    pub item: ItemId,
    /// The receipt that was given for it.
    pub receipt: Receipt,
    /// Why it could not be processed.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub at: Timestamp,
    /// What has been done about it.
    pub state: DeadState,
    /// The message as it stood in the queue.
    #[serde(skip)]
    pub envelope: String,
}

const COLUMNS: &str = "no, item_id, receipt, reason, attempts, at, state, envelope";

/// Writes a dead letter; the same message for the same reason again changes nothing.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn write_dead(
    tx: &mut Tx<'_>,
    item: &ItemId,
    receipt: &Receipt,
    envelope: &str,
    reason: &str,
    attempts: u32,
) -> Result<(), StoreError> {
    let written = tx.execute(
        "INSERT INTO dead_letters (item_id, receipt, envelope, reason, attempts, at, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open') ON CONFLICT (item_id, reason) DO UPDATE SET state = 'open', at = ?6,
         attempts = ?5",
        bind![item.as_bytes(), receipt.as_str(), envelope, reason, attempts, tx.now()],
    )?;
    if written > 0 {
        let id = item.to_string();
        tx.audit(
            &Actor::System,
            "dead_letter.write",
            &id,
            &json!({ "reason": reason, "attempts": attempts }),
        )?;
        tx.change(ChangeKind::DeadLetter, &id, None)?;
    }
    Ok(())
}

/// Dead letters, newest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_dead(sql: &mut dyn Sql, limit: i64) -> Result<Vec<DeadLetter>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM dead_letters WHERE state = 'open' ORDER BY no DESC LIMIT ?1");
    sql.query(&text, bind![limit])?.iter().map(read).collect()
}

/// Whether a receipt stands for a dead letter that nobody has dealt with.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn receipt_is_dead(sql: &mut dyn Sql, receipt: &Receipt) -> Result<bool, StoreError> {
    let open = sql.first(
        "SELECT no FROM dead_letters WHERE receipt = ?1 AND state = 'open'",
        bind![receipt.as_str()],
    )?;
    Ok(open.is_some())
}

/// One dead letter.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn read_dead(sql: &mut dyn Sql, no: i64) -> Result<DeadLetter, StoreError> {
    let row = sql.first(&format!("SELECT {COLUMNS} FROM dead_letters WHERE no = ?1"), bind![no])?;
    read(&row.ok_or_else(|| StoreError::NotFound(format!("异常来稿 {no}")))?)
}

/// Notes what a person has done about it.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_dead_state(
    tx: &mut Tx<'_>,
    letter: &DeadLetter,
    to: DeadState,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.execute("UPDATE dead_letters SET state = ?2 WHERE no = ?1", bind![letter.no, to.code()])?;
    let id = letter.item.to_string();
    tx.audit(by, "dead_letter.move", &id, &json!({ "no": letter.no, "to": to }))?;
    tx.change(ChangeKind::DeadLetter, &id, None)?;
    Ok(())
}

fn read(row: &Row) -> Result<DeadLetter, StoreError> {
    Ok(DeadLetter {
        no: row.int(0)?,
        item: read_id(row, 1)?,
        receipt: row.parsed(2, |text| text.parse().ok())?,
        reason: row.text(3)?.to_owned(),
        attempts: row.count(4)?,
        at: row.time(5)?,
        state: row.parsed(6, DeadState::from_code)?,
        envelope: row.text(7)?.to_owned(),
    })
}
