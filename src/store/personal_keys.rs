//! Keys of persons: what their own programs call with, as hashes.

use serde_json::json;

use crate::model::{Actor, LocalDate, SessionKey, Timestamp, User, UserName};

use super::covers::covers_of;
use super::sql::{Sql, bind};
use super::users::{object, read};
use super::{StoreError, Tx};

/// A key as its owner sees it.
#[derive(Debug, Clone)]
pub struct PersonalKey {
    /// Under what it is stored.
    pub key: SessionKey,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it opens anything.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Option<Timestamp>,
}

/// Keeps a new key.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_key(
    tx: &mut Tx<'_>,
    key: &SessionKey,
    name: &UserName,
    label: &str,
    until: Timestamp,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO personal_keys (key_hash, user_name, label, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        bind![key.0.as_slice(), name.as_str(), label, tx.now(), until],
    )?;
    tx.audit(by, "key.add", &object(name), &json!({ "key": key.short(), "label": label, "until": until }))
}

/// Whose key it is, if it is in force and its owner not disabled, with whom they stand in for today; and when it was
/// last used.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn find_key(
    sql: &mut dyn Sql,
    key: &SessionKey,
    now: Timestamp,
) -> Result<Option<(User, Option<Timestamp>)>, StoreError> {
    let row = sql.first(
        "SELECT k.seen_at, u.name, u.title, u.roles, u.password IS NOT NULL, u.created_at, u.disabled_at,
            EXISTS (SELECT 1 FROM second_steps t WHERE t.user_name = u.name AND t.confirmed_at IS NOT NULL)
         FROM personal_keys k JOIN users u ON u.name = k.user_name
         WHERE k.key_hash = ?1 AND k.expires_at > ?2 AND u.disabled_at IS NULL",
        bind![key.0.as_slice(), now],
    )?;
    let Some(row) = row else { return Ok(None) };
    let today: LocalDate = now.date();
    let mut user = read(&row, 1)?;
    user.covers = covers_of(sql, &user.name, today)?;
    Ok(Some((user, row.opt_int(0)?.map(Timestamp::from_micros))))
}

/// Notes that a key is in use.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn touch_key(tx: &mut Tx<'_>, key: &SessionKey) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE personal_keys SET seen_at = ?2 WHERE key_hash = ?1",
        bind![key.0.as_slice(), tx.now()],
    )?;
    Ok(())
}

/// The keys of an account, the latest first, those that have run out included.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn keys_of(sql: &mut dyn Sql, name: &UserName) -> Result<Vec<PersonalKey>, StoreError> {
    let rows = sql.query(
        "SELECT key_hash, label, created_at, expires_at, seen_at FROM personal_keys WHERE user_name = ?1
         ORDER BY created_at DESC, key_hash LIMIT 100",
        bind![name.as_str()],
    )?;
    rows.iter()
        .map(|row| {
            let key = row.blob(0)?.try_into().map_err(|_| StoreError::Corrupt("personal key".to_owned()))?;
            Ok(PersonalKey {
                key: SessionKey(key),
                label: row.text(1)?.to_owned(),
                created_at: row.time(2)?,
                expires_at: row.time(3)?,
                seen_at: row.opt_int(4)?.map(Timestamp::from_micros),
            })
        })
        .collect()
}

/// Forgets a key.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn drop_key(tx: &mut Tx<'_>, key: &SessionKey, name: &UserName, by: &Actor) -> Result<(), StoreError> {
    let dropped = tx.execute(
        "DELETE FROM personal_keys WHERE key_hash = ?1 AND user_name = ?2",
        bind![key.0.as_slice(), name.as_str()],
    )?;
    if dropped == 0 {
        return Ok(());
    }
    tx.audit(by, "key.drop", &object(name), &json!({ "key": key.short() }))
}

/// Forgets every key of an account.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn drop_keys(tx: &mut Tx<'_>, name: &UserName, why: &str, by: &Actor) -> Result<(), StoreError> {
    let dropped = tx.execute("DELETE FROM personal_keys WHERE user_name = ?1", bind![name.as_str()])?;
    if dropped == 0 {
        return Ok(());
    }
    tx.audit(by, "key.drop_all", &object(name), &json!({ "keys": dropped, "why": why }))
}
