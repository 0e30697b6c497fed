//! 联名: whoever was named beside an author and has an account is told, and may say 不是我 until the item is taken up.

use serde_json::json;

use crate::model::{Actor, ItemId, ItemState, Timestamp};

use super::items::read_id;
use super::reporter_items::{NOBODY, account_of, put_link};
use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// A name on an item that somebody with an account answers for.
#[derive(Debug, Clone)]
pub struct CoSigner {
    /// As it stands on the item.
    pub name: String,
    /// Whose name it is.
    pub account: String,
    /// When they were told.
    pub told_at: Timestamp,
    /// When they said 不是我.
    pub denied_at: Option<Timestamp>,
}

/// An item on which somebody is named.
#[derive(Debug, Clone)]
pub struct CoSigned {
    /// Which.
    pub item: ItemId,
    /// Its title.
    pub title: String,
    /// Who sent it.
    pub reporter: String,
    /// Where it stands.
    pub state: ItemState,
    /// Under what name.
    pub signer: CoSigner,
}

impl CoSigned {
    /// Whether it can still be said that it was somebody else: until the item is taken up.
    pub fn may_deny(&self) -> bool {
        self.signer.denied_at.is_none() && not_taken_up(self.state)
    }
}

fn not_taken_up(state: ItemState) -> bool {
    matches!(state, ItemState::Received | ItemState::Returned)
}

/// Tells the account of an entry that it is named on an item; who sent it knows.
pub(super) fn tell_cosigner(
    tx: &mut Tx<'_>,
    item: &ItemId,
    name: &str,
    reporter: i64,
    sender: Option<&str>,
) -> Result<(), StoreError> {
    let Some(account) = account_of(tx, reporter)? else { return Ok(()) };
    if sender == Some(account.as_str()) {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO cosigners (item_id, name, account, told_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        bind![item.as_bytes(), name, account.as_str(), tx.now()],
    )?;
    Ok(())
}

/// Who of an item's names was told.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn cosigners_of(sql: &mut dyn Sql, item: &ItemId) -> Result<Vec<CoSigner>, StoreError> {
    let rows = sql.query(
        "SELECT name, account, told_at, denied_at FROM cosigners WHERE item_id = ?1 ORDER BY name",
        bind![item.as_bytes()],
    )?;
    rows.iter().map(|row| read(row, 0)).collect()
}

/// The items on which somebody is named, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn cosigned_by(sql: &mut dyn Sql, account: &str, limit: i64) -> Result<Vec<CoSigned>, StoreError> {
    let rows = sql.query(
        "SELECT i.id, i.title, i.reporter, i.state, c.name, c.account, c.told_at, c.denied_at
         FROM cosigners c JOIN items i ON i.id = c.item_id WHERE c.account = ?1 ORDER BY i.no DESC LIMIT ?2",
        bind![account, limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(CoSigned {
                item: read_id(row, 0)?,
                title: row.text(1)?.to_owned(),
                reporter: row.opt_text(2)?.unwrap_or_default().to_owned(),
                state: row.parsed(3, ItemState::from_code)?,
                signer: read(row, 4)?,
            })
        })
        .collect()
}

/// 不是我: the name is no longer credited, and the item's history says so. `false` where the item was taken up already.
///
/// # Errors
/// [`StoreError::NotFound`] when this account is not named there.
pub fn deny_cosigning(tx: &mut Tx<'_>, item: &ItemId, account: &str) -> Result<bool, StoreError> {
    let row = tx.first(
        "SELECT c.name, c.denied_at, i.state FROM cosigners c JOIN items i ON i.id = c.item_id
         WHERE c.item_id = ?1 AND c.account = ?2",
        bind![item.as_bytes(), account],
    )?;
    let row = row.ok_or_else(|| StoreError::NotFound("联有本人姓名的这件来稿".to_owned()))?;
    if row.opt_int(1)?.is_some() {
        return Ok(true);
    }
    if !not_taken_up(row.parsed(2, ItemState::from_code)?) {
        return Ok(false);
    }
    let name = row.text(0)?;
    tx.execute(
        "UPDATE cosigners SET denied_at = ?3 WHERE item_id = ?1 AND account = ?2",
        bind![item.as_bytes(), account, tx.now()],
    )?;
    // It is nobody's item of theirs any more.
    put_link(tx, item, name, NOBODY, "denied")?;
    let by = Actor::User(account.to_owned());
    tx.audit(&by, "item.not_me", &item.to_string(), &json!({ "name": name }))?;
    Ok(true)
}

fn read(row: &Row, at: usize) -> Result<CoSigner, StoreError> {
    Ok(CoSigner {
        name: row.text(at)?.to_owned(),
        account: row.text(at + 1)?.to_owned(),
        told_at: row.time(at + 2)?,
        denied_at: row.opt_int(at + 3)?.map(Timestamp::from_micros),
    })
}
