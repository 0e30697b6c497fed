//! Accounts, and the one-time links with which their passwords are set.

use serde_json::json;

use crate::model::{Actor, Roles, Timestamp, User, UserName};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

const COLUMNS: &str = "name, title, roles, password IS NOT NULL, created_at, disabled_at,
    EXISTS (SELECT 1 FROM second_steps WHERE user_name = users.name AND confirmed_at IS NOT NULL)";

/// Adds an account without a password.
///
/// # Errors
/// [`StoreError::Constraint`] when the name is taken.
pub fn insert_user(
    tx: &mut Tx<'_>,
    name: &UserName,
    title: &str,
    roles: &Roles,
    by: &Actor,
) -> Result<(), StoreError> {
    let added = tx.execute(
        "INSERT INTO users (name, title, roles, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        bind![name.as_str(), title, &roles.to_string(), tx.now()],
    )?;
    if added == 0 {
        return Err(StoreError::Constraint(format!("用户名 {name} 已有人使用，请换一个")));
    }
    tx.audit(by, "user.add", &object(name), &json!({ "title": title, "roles": roles }))
}

/// Every account, by name.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_users(sql: &mut dyn Sql) -> Result<Vec<User>, StoreError> {
    let rows = sql.query(&format!("SELECT {COLUMNS} FROM users ORDER BY name"), &[])?;
    rows.iter().map(|row| read(row, 0)).collect()
}

/// How many accounts there are.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_users(sql: &mut dyn Sql) -> Result<i64, StoreError> {
    sql.first("SELECT count(*) FROM users", &[])?.map_or(Ok(0), |row| row.int(0))
}

/// One account.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this name.
pub fn read_user(sql: &mut dyn Sql, name: &UserName) -> Result<User, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM users WHERE name = ?1");
    let row = sql.first(&text, bind![name.as_str()])?;
    read(&row.ok_or_else(|| StoreError::NotFound(format!("用户 {name}")))?, 0)
}

/// The hash of an account's password, of one that is neither disabled nor without password.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn password_hash(sql: &mut dyn Sql, name: &UserName) -> Result<Option<String>, StoreError> {
    let row = sql.first(
        "SELECT password FROM users WHERE name = ?1 AND disabled_at IS NULL AND password IS NOT NULL",
        bind![name.as_str()],
    )?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

/// Sets a password.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such account, or it is disabled.
pub fn set_password(tx: &mut Tx<'_>, name: &UserName, hash: &str, by: &Actor) -> Result<(), StoreError> {
    let changed = tx.execute(
        "UPDATE users SET password = ?2, password_at = ?3 WHERE name = ?1 AND disabled_at IS NULL",
        bind![name.as_str(), hash, tx.now()],
    )?;
    changed_one(changed, name)?;
    tx.audit(by, "user.password", &object(name), &json!({}))
}

/// Takes the password away: the account is to be set up again.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such account, or it is disabled.
pub fn clear_password(tx: &mut Tx<'_>, name: &UserName, by: &Actor) -> Result<(), StoreError> {
    let changed = tx.execute(
        "UPDATE users SET password = NULL WHERE name = ?1 AND disabled_at IS NULL",
        bind![name.as_str()],
    )?;
    changed_one(changed, name)?;
    tx.audit(by, "user.reset", &object(name), &json!({}))
}

/// Gives other roles.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such account.
pub fn set_roles(tx: &mut Tx<'_>, name: &UserName, roles: &Roles, by: &Actor) -> Result<(), StoreError> {
    let before = read_user(tx, name)?.roles;
    tx.execute("UPDATE users SET roles = ?2 WHERE name = ?1", bind![name.as_str(), &roles.to_string()])?;
    tx.audit(by, "user.roles", &object(name), &json!({ "from": before, "to": roles }))
}

/// Disables an account, or enables it again.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such account.
pub fn set_disabled(tx: &mut Tx<'_>, name: &UserName, disabled: bool, by: &Actor) -> Result<(), StoreError> {
    let at = disabled.then(|| tx.now());
    let changed =
        tx.execute("UPDATE users SET disabled_at = ?2 WHERE name = ?1", bind![name.as_str(), at])?;
    changed_one(changed, name)?;
    let action = if disabled { "user.disable" } else { "user.enable" };
    tx.audit(by, action, &object(name), &json!({}))
}

/// Keeps the hash of a one-time link; earlier links of the same account (or for the first administrator) end.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_invitation(
    tx: &mut Tx<'_>,
    hash: &[u8; 32],
    name: Option<&UserName>,
    until: Timestamp,
) -> Result<(), StoreError> {
    let name = name.map(UserName::as_str);
    tx.execute(
        "DELETE FROM invitations WHERE COALESCE(user_name, '') = ?1",
        bind![name.unwrap_or_default()],
    )?;
    tx.execute("DELETE FROM invitations WHERE expires_at <= ?1", bind![tx.now()])?;
    tx.execute(
        "INSERT INTO invitations (token_hash, user_name, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
        bind![hash.as_slice(), name, tx.now(), until],
    )?;
    Ok(())
}

/// For whom a one-time link is: `Some(None)` for the first administrator, `None` when it does not exist or is over.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn read_invitation(
    sql: &mut dyn Sql,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Option<UserName>>, StoreError> {
    let row = sql.first(
        "SELECT user_name FROM invitations WHERE token_hash = ?1 AND expires_at > ?2",
        bind![hash.as_slice(), now],
    )?;
    row.map(|row| match row.opt_text(0)? {
        None => Ok(None),
        Some(_) => row.parsed(0, |text| text.parse().ok()).map(Some),
    })
    .transpose()
}

/// Uses a one-time link up.
///
/// # Errors
/// [`StoreError::Stale`] when somebody else has used it.
pub fn use_invitation(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<(), StoreError> {
    let gone = tx.execute("DELETE FROM invitations WHERE token_hash = ?1", bind![hash.as_slice()])?;
    if gone == 1 { Ok(()) } else { Err(StoreError::Stale) }
}

fn changed_one(changed: u64, name: &UserName) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound(format!("可用的用户 {name}"))) }
}

/// How the audit log names an account.
pub(super) fn object(name: &UserName) -> String {
    format!("user:{name}")
}

pub(super) fn read(row: &Row, at: usize) -> Result<User, StoreError> {
    Ok(User {
        name: row.parsed(at, |text| text.parse().ok())?,
        title: row.text(at + 1)?.to_owned(),
        roles: row.parsed(at + 2, |text| text.parse().ok())?,
        active: row.int(at + 3)? != 0,
        created_at: row.time(at + 4)?,
        disabled_at: row.opt_int(at + 5)?.map(Timestamp::from_micros),
        second_step: row.int(at + 6)? != 0,
        covers: Vec::new(),
    })
}
