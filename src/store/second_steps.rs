//! The second step of signing in: closed seeds, steps taken, recovery codes, and who stands between password and code.

use serde_json::json;

use crate::model::{Actor, Timestamp, UserName};

use super::sql::{Sql, bind};
use super::users::object;
use super::{StoreError, Tx};

/// What is kept of somebody's authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondStep {
    /// The seed, closed.
    pub seed: Vec<u8>,
    /// Whether a first code was typed; before that it counts for nothing.
    pub confirmed: bool,
    /// The latest step whose code was taken.
    pub last_step: i64,
}

/// Somebody who has given the password and not yet the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfSignIn {
    /// Who.
    pub name: UserName,
    /// When the password was given.
    pub created_at: Timestamp,
    /// The browser, as it calls itself.
    pub agent: String,
    /// By what they came so far: `password`.
    pub how: String,
}

/// The authenticator of an account.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn second_step(sql: &mut dyn Sql, name: &UserName) -> Result<Option<SecondStep>, StoreError> {
    let row = sql.first(
        "SELECT seed, confirmed_at IS NOT NULL, last_step FROM second_steps WHERE user_name = ?1",
        bind![name.as_str()],
    )?;
    row.map(|row| {
        Ok(SecondStep { seed: row.blob(0)?.to_vec(), confirmed: row.int(1)? != 0, last_step: row.int(2)? })
    })
    .transpose()
}

/// Keeps the row of an account from other nodes until the transaction ends, so that guesses are counted one by one.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn hold_second_step(tx: &mut Tx<'_>, name: &UserName) -> Result<(), StoreError> {
    tx.execute("UPDATE second_steps SET last_step = last_step WHERE user_name = ?1", bind![name.as_str()])?;
    Ok(())
}

/// Keeps a seed that waits for its first code; one that is in force is not replaced.
///
/// # Errors
/// [`StoreError::Constraint`] when the account has an authenticator in force.
pub fn put_second_step(tx: &mut Tx<'_>, name: &UserName, seed: &[u8]) -> Result<(), StoreError> {
    let put = tx.execute(
        "INSERT INTO second_steps (user_name, seed, created_at, last_step) VALUES (?1, ?2, ?3, 0)
         ON CONFLICT (user_name) DO UPDATE SET seed = excluded.seed, created_at = excluded.created_at
         WHERE second_steps.confirmed_at IS NULL",
        bind![name.as_str(), seed, tx.now()],
    )?;
    if put == 1 { Ok(()) } else { Err(StoreError::Constraint("动态验证码已经启用".to_owned())) }
}

/// Puts an authenticator in force.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn confirm_second_step(tx: &mut Tx<'_>, name: &UserName, by: &Actor) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE second_steps SET confirmed_at = ?2 WHERE user_name = ?1 AND confirmed_at IS NULL",
        bind![name.as_str(), tx.now()],
    )?;
    tx.audit(by, "user.second_step_on", &object(name), &json!({}))
}

/// Takes a step; false when its code, or a later one, was taken before.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn use_step(tx: &mut Tx<'_>, name: &UserName, step: i64) -> Result<bool, StoreError> {
    let taken = tx.execute(
        "UPDATE second_steps SET last_step = ?2 WHERE user_name = ?1 AND last_step < ?2",
        bind![name.as_str(), step],
    )?;
    Ok(taken == 1)
}

/// Takes the authenticator of an account and its recovery codes away; `action` is how the log names it.
///
/// # Errors
/// [`StoreError::NotFound`] when the account has none.
pub fn drop_second_step(
    tx: &mut Tx<'_>,
    name: &UserName,
    action: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    let gone = tx.execute("DELETE FROM second_steps WHERE user_name = ?1", bind![name.as_str()])?;
    if gone == 0 {
        return Err(StoreError::NotFound("这个账户的动态验证码".to_owned()));
    }
    tx.execute("DELETE FROM recovery_codes WHERE user_name = ?1", bind![name.as_str()])?;
    tx.audit(by, action, &object(name), &json!({}))
}

/// Keeps a new set of recovery codes, as hashes; the earlier ones end.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_recovery_codes(
    tx: &mut Tx<'_>,
    name: &UserName,
    hashes: &[[u8; 32]],
    by: &Actor,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM recovery_codes WHERE user_name = ?1", bind![name.as_str()])?;
    for hash in hashes {
        tx.execute(
            "INSERT INTO recovery_codes (user_name, code_hash) VALUES (?1, ?2)",
            bind![name.as_str(), hash.as_slice()],
        )?;
    }
    tx.audit(by, "user.recovery_codes", &object(name), &json!({ "count": hashes.len() }))
}

/// Uses a recovery code up; false when there is no such code.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn use_recovery_code(
    tx: &mut Tx<'_>,
    name: &UserName,
    hash: &[u8; 32],
    by: &Actor,
) -> Result<bool, StoreError> {
    let gone = tx.execute(
        "DELETE FROM recovery_codes WHERE user_name = ?1 AND code_hash = ?2",
        bind![name.as_str(), hash.as_slice()],
    )?;
    if gone == 1 {
        tx.audit(by, "user.recovery_used", &object(name), &json!({}))?;
    }
    Ok(gone == 1)
}

/// How many recovery codes an account has left.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_recovery_codes(sql: &mut dyn Sql, name: &UserName) -> Result<i64, StoreError> {
    let row = sql.first("SELECT count(*) FROM recovery_codes WHERE user_name = ?1", bind![name.as_str()])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Keeps that somebody has given the password; what is older than `forget` is dropped.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_half(
    tx: &mut Tx<'_>,
    hash: &[u8; 32],
    name: &UserName,
    (agent, how): (&str, &str),
    forget: Timestamp,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM half_sign_ins WHERE created_at < ?1", bind![forget])?;
    tx.execute(
        "INSERT INTO half_sign_ins (id_hash, user_name, created_at, agent, how) VALUES (?1, ?2, ?3, ?4, ?5)",
        bind![hash.as_slice(), name.as_str(), tx.now(), agent, how],
    )?;
    Ok(())
}

/// Who has given the password, of an account that is not disabled.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn read_half(sql: &mut dyn Sql, hash: &[u8; 32]) -> Result<Option<HalfSignIn>, StoreError> {
    let row = sql.first(
        "SELECT h.user_name, h.created_at, h.agent, h.how FROM half_sign_ins h JOIN users u ON u.name = h.user_name
         WHERE h.id_hash = ?1 AND u.disabled_at IS NULL",
        bind![hash.as_slice()],
    )?;
    row.map(|row| {
        Ok(HalfSignIn {
            name: row.parsed(0, |text| text.parse().ok())?,
            created_at: row.time(1)?,
            agent: row.text(2)?.to_owned(),
            how: row.text(3)?.to_owned(),
        })
    })
    .transpose()
}

/// Ends the state between password and code; false when it has ended already.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn drop_half(tx: &mut Tx<'_>, hash: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM half_sign_ins WHERE id_hash = ?1", bind![hash.as_slice()])? == 1)
}
