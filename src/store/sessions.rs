//! Sessions, and the count of failed attempts to begin one.

use serde_json::json;

use crate::model::{Actor, LocalDate, SessionKey, SignedIn, Timestamp, UserName};

use super::covers::covers_of;
use super::sql::{Sql, bind};
use super::users::{object, read};
use super::{StoreError, Tx};

/// A session as its owner sees it.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Under what it is stored.
    pub key: SessionKey,
    /// When one signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// The browser, as it calls itself.
    pub agent: String,
}

/// What is known of a session when a request comes with it.
#[derive(Debug, Clone)]
pub struct FoundSession {
    /// Whose it is.
    pub signed_in: SignedIn,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub seen_at: Timestamp,
}

/// Failed attempts under one name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many in a row.
    pub count: u32,
    /// Until when no attempt is looked at.
    pub locked_until: Option<Timestamp>,
}

/// Begins a session; `how` says by what one signed in.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_session(
    tx: &mut Tx<'_>,
    key: &SessionKey,
    name: &UserName,
    agent: &str,
    how: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO sessions (id_hash, user_name, created_at, seen_at, agent) VALUES (?1, ?2, ?3, ?3, ?4)",
        bind![key.0.as_slice(), name.as_str(), tx.now(), agent],
    )?;
    tx.audit(by, "user.sign_in", &object(name), &json!({ "session": key.short(), "agent": agent, "by": how }))
}

/// A session of an account that is not disabled, with whom its owner stands in for today.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn find_session(
    sql: &mut dyn Sql,
    key: &SessionKey,
    today: LocalDate,
) -> Result<Option<FoundSession>, StoreError> {
    let row = sql.first(
        "SELECT s.created_at, s.seen_at, u.name, u.title, u.roles, u.password IS NOT NULL, u.created_at, u.disabled_at,
            EXISTS (SELECT 1 FROM second_steps t WHERE t.user_name = u.name AND t.confirmed_at IS NOT NULL)
         FROM sessions s JOIN users u ON u.name = s.user_name WHERE s.id_hash = ?1 AND u.disabled_at IS NULL",
        bind![key.0.as_slice()],
    )?;
    row.map(|row| {
        let mut user = read(&row, 2)?;
        user.covers = covers_of(sql, &user.name, today)?;
        Ok(FoundSession {
            signed_in: SignedIn { user, session: *key },
            created_at: row.time(0)?,
            seen_at: row.time(1)?,
        })
    })
    .transpose()
}

/// Notes that a session is in use.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn touch_session(tx: &mut Tx<'_>, key: &SessionKey) -> Result<(), StoreError> {
    tx.execute("UPDATE sessions SET seen_at = ?2 WHERE id_hash = ?1", bind![key.0.as_slice(), tx.now()])?;
    Ok(())
}

/// The sessions of an account, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn sessions_of(sql: &mut dyn Sql, name: &UserName) -> Result<Vec<SessionRow>, StoreError> {
    let rows = sql.query(
        "SELECT id_hash, created_at, seen_at, agent FROM sessions WHERE user_name = ?1
         ORDER BY created_at DESC LIMIT 100",
        bind![name.as_str()],
    )?;
    rows.iter()
        .map(|row| {
            let key = row.blob(0)?.try_into().map_err(|_| StoreError::Corrupt("session id".to_owned()))?;
            Ok(SessionRow {
                key: SessionKey(key),
                created_at: row.time(1)?,
                seen_at: row.time(2)?,
                agent: row.text(3)?.to_owned(),
            })
        })
        .collect()
}

/// Ends a session; one that has ended already changes nothing.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn end_session(
    tx: &mut Tx<'_>,
    key: &SessionKey,
    name: &UserName,
    why: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    let ended = tx.execute("DELETE FROM sessions WHERE id_hash = ?1", bind![key.0.as_slice()])?;
    if ended == 0 {
        return Ok(());
    }
    tx.audit(by, "session.end", &object(name), &json!({ "session": key.short(), "why": why }))
}

/// Ends every session of an account but one.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn end_sessions(
    tx: &mut Tx<'_>,
    name: &UserName,
    but: Option<&SessionKey>,
    why: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM half_sign_ins WHERE user_name = ?1", bind![name.as_str()])?;
    for session in sessions_of(tx, name)? {
        if but != Some(&session.key) {
            end_session(tx, &session.key, name, why, by)?;
        }
    }
    Ok(())
}

/// Failed attempts under a name as typed.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn failures(sql: &mut dyn Sql, name: &str) -> Result<Failures, StoreError> {
    let row =
        sql.first("SELECT failures, locked_until FROM sign_in_failures WHERE name = ?1", bind![name])?;
    row.map_or(Ok(Failures::default()), |row| {
        Ok(Failures { count: row.count(0)?, locked_until: row.opt_int(1)?.map(Timestamp::from_micros) })
    })
}

/// Notes a refused attempt, and from where it came; counts of names not tried since `forget` are dropped.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn note_failure(
    tx: &mut Tx<'_>,
    name: &str,
    now: Failures,
    from: Option<&str>,
    why: &str,
    forget: Timestamp,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sign_in_failures WHERE at < ?1", bind![forget])?;
    tx.execute(
        "INSERT INTO sign_in_failures (name, failures, at, locked_until) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name) DO UPDATE SET failures = ?2, at = ?3, locked_until = ?4",
        bind![name, now.count, tx.now(), now.locked_until],
    )?;
    let detail = json!({ "why": why, "failures": now.count, "locked": now.locked_until, "address": from });
    tx.audit(&Actor::System, "user.refused", &format!("user:{name}"), &detail)
}

/// Forgets the failed attempts under a name.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn forget_failures(tx: &mut Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sign_in_failures WHERE name = ?1", bind![name])?;
    Ok(())
}
