//! Receipts that go back by mail, among the other notices: who wrote, and which mail is answered.

use crate::model::{Actor, Channel, ItemId, NoticeKind, SourceId, User, UserName};

use super::notices::put_reply_notice;
use super::sql::{Sql, bind};
use super::{StoreError, Tx, read_user};

/// A receipt that is to go back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The mail, as if it were an item: so its notice has an id of its own.
    pub mail: ItemId,
    /// To whom.
    pub address: String,
    /// The `Message-ID` of what it answers; empty where it has none.
    pub in_reply_to: String,
    /// What it says.
    pub words: String,
}

/// Plans a receipt, once a mail.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_reply(tx: &mut Tx<'_>, source: &SourceId, reply: &Reply) -> Result<(), StoreError> {
    let known = tx.first("SELECT 1 FROM notices WHERE item_id = ?1 LIMIT 1", bind![reply.mail.as_bytes()])?;
    if known.is_some() {
        return Ok(());
    }
    let no = put_reply_notice(
        tx,
        &reply.mail,
        (NoticeKind::Received, Channel::Reply),
        &reply.address,
        &reply.words,
    )?;
    tx.execute(
        "INSERT INTO mail_replies (notice_no, source_id, address, in_reply_to) VALUES (?1, ?2, ?3, ?4)",
        bind![no, source.as_str(), &reply.address, &reply.in_reply_to],
    )?;
    Ok(())
}

/// The `Message-ID` of the mail that a receipt answers; empty where it has none.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn answered_mail(sql: &mut dyn Sql, notice: i64) -> Result<String, StoreError> {
    let row = sql.first("SELECT in_reply_to FROM mail_replies WHERE notice_no = ?1", bind![notice])?;
    row.map_or(Ok(String::new()), |row| row.text(0).map(str::to_owned))
}

/// The account that wants its mail at an address; nobody where there are several, or it is disabled.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn account_at(sql: &mut dyn Sql, address: &str) -> Result<Option<User>, StoreError> {
    if address.is_empty() {
        return Ok(None);
    }
    let rows = sql.query(
        "SELECT owner FROM notice_choices WHERE lower(address) = ?1 ORDER BY owner LIMIT 2",
        bind![&address.to_lowercase()],
    )?;
    let [one] = rows.as_slice() else { return Ok(None) };
    let Ok(Actor::User(name)) = one.text(0)?.parse::<Actor>() else { return Ok(None) };
    let Ok(name) = name.parse::<UserName>() else { return Ok(None) };
    match read_user(sql, &name) {
        Ok(user) => Ok(Some(user).filter(|user| user.disabled_at.is_none())),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
