//! What contributors sent and are writing.

use crate::model::{Actor, ItemId, ItemState, Receipt, Timestamp};

use super::items::read_id;
use super::notices::tell_owner_received;
use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// An item of one's own.
#[derive(Debug, Clone)]
pub struct OwnItem {
    /// Its id.
    pub id: ItemId,
    /// 回执.
    pub receipt: String,
    /// Its title as it was sent.
    pub title: String,
    /// When.
    pub at: Timestamp,
    /// Where it stands; none while no worker has stored it yet.
    pub state: Option<ItemState>,
}

/// Notes whose item it is; the same again changes nothing.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_own_item(
    tx: &mut Tx<'_>,
    owner: &Actor,
    item: (&ItemId, &Receipt),
    title: &str,
) -> Result<(), StoreError> {
    if note_own_item(tx, owner, item, title)? {
        tell_owner_received(tx, &owner.to_string(), item.0)?;
    }
    Ok(())
}

/// Notes whose item it is, and tells nobody; whether that was not known.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn note_own_item(
    tx: &mut Tx<'_>,
    owner: &Actor,
    item: (&ItemId, &Receipt),
    title: &str,
) -> Result<bool, StoreError> {
    let known = is_own_item(tx, owner, item.0)?;
    tx.execute(
        "INSERT INTO portal_items (owner, item_id, receipt, title, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (owner, item_id) DO UPDATE SET title = excluded.title",
        bind![&owner.to_string(), item.0.as_bytes(), item.1.as_str(), title, tx.now()],
    )?;
    Ok(!known)
}

/// One's own items from one time up to another, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn own_items(
    sql: &mut dyn Sql,
    owner: &Actor,
    (from, to): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<OwnItem>, StoreError> {
    let rows = sql.query(
        "SELECT p.item_id, p.receipt, p.title, p.at, i.state FROM portal_items p
         LEFT JOIN items i ON i.id = p.item_id WHERE p.owner = ?1 AND p.at >= ?3 AND p.at < ?4
         ORDER BY p.at DESC, p.receipt LIMIT ?2",
        bind![&owner.to_string(), limit, from, to],
    )?;
    rows.iter()
        .map(|row| {
            let state = row.opt_text(4)?.map(|code| {
                ItemState::from_code(code).ok_or_else(|| StoreError::Corrupt(format!("state {code}")))
            });
            Ok(OwnItem {
                id: read_id(row, 0)?,
                receipt: row.text(1)?.to_owned(),
                title: row.text(2)?.to_owned(),
                at: row.time(3)?,
                state: state.transpose()?,
            })
        })
        .collect()
}

/// What somebody sent within a period, without what was withdrawn, and how much of it was used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnCounts {
    /// 报送.
    pub sent: i64,
    /// 采用: by a bulletin, by a higher level, or a leader noted on it.
    pub adopted: i64,
}

/// Counts one's own items from one time up to another.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn own_counts(
    sql: &mut dyn Sql,
    owner: &Actor,
    (from, to): (Timestamp, Timestamp),
) -> Result<OwnCounts, StoreError> {
    let row = sql.first(
        "SELECT count(*), CAST(COALESCE(sum(CASE WHEN i.state = ?4 OR EXISTS (
           SELECT 1 FROM manuscript_items mi JOIN outcomes o ON o.manuscript_id = mi.manuscript_id
           WHERE mi.item_no = i.no AND o.withdrawn_at IS NULL) OR EXISTS (
           SELECT 1 FROM site_items s WHERE s.item_id = p.item_id AND s.mark <> '') THEN 1 ELSE 0 END), 0) AS bigint)
         FROM portal_items p LEFT JOIN items i ON i.id = p.item_id
         WHERE p.owner = ?1 AND p.at >= ?2 AND p.at < ?3 AND COALESCE(i.state, '') <> ?5",
        bind![&owner.to_string(), from, to, ItemState::Adopted.code(), ItemState::Withdrawn.code()],
    )?;
    row.map_or(Ok(OwnCounts::default()), |row| Ok(OwnCounts { sent: row.int(0)?, adopted: row.int(1)? }))
}

/// When somebody sent their first item.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn first_own(sql: &mut dyn Sql, owner: &Actor) -> Result<Option<Timestamp>, StoreError> {
    let row = sql.first(
        "SELECT at FROM portal_items WHERE owner = ?1 ORDER BY at LIMIT 1",
        bind![&owner.to_string()],
    )?;
    row.map(|row| row.time(0)).transpose()
}

/// Whether an item is somebody's own.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn is_own_item(sql: &mut dyn Sql, owner: &Actor, id: &ItemId) -> Result<bool, StoreError> {
    let row = sql.first(
        "SELECT 1 FROM portal_items WHERE owner = ?1 AND item_id = ?2",
        bind![&owner.to_string(), id.as_bytes()],
    )?;
    Ok(row.is_some())
}

/// 暂存: keeps what somebody is writing in place of what was kept before.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_portal_draft(tx: &mut Tx<'_>, owner: &Actor, form: &str, fields: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO portal_drafts (owner, form, at, fields) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (owner, form) DO UPDATE SET at = excluded.at, fields = excluded.fields",
        bind![&owner.to_string(), form, tx.now(), fields],
    )?;
    Ok(())
}

/// What somebody was writing in a form, and when it was kept.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn portal_draft(
    sql: &mut dyn Sql,
    owner: &Actor,
    form: &str,
) -> Result<Option<(String, Timestamp)>, StoreError> {
    let row = sql.first(
        "SELECT fields, at FROM portal_drafts WHERE owner = ?1 AND form = ?2",
        bind![&owner.to_string(), form],
    )?;
    row.map(|row| Ok((row.text(0)?.to_owned(), row.time(1)?))).transpose()
}

/// Forgets it.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn drop_portal_draft(tx: &mut Tx<'_>, owner: &Actor, form: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM portal_drafts WHERE owner = ?1 AND form = ?2", bind![&owner.to_string(), form])?;
    Ok(())
}
