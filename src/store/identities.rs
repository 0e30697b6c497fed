//! Identities of a platform (统一身份认证) and the accounts that they open.

use serde_json::json;

use crate::model::{Actor, Identity, Subject, Timestamp, UserName};

use super::sql::{Row, Sql, bind};
use super::users::object;
use super::{StoreError, Tx};

/// An identity that opens an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The account.
    pub user: UserName,
    /// The person at the platform.
    pub subject: Subject,
    /// Since when.
    pub bound_at: Timestamp,
    /// When somebody last signed in by it.
    pub seen_at: Option<Timestamp>,
}

const COLUMNS: &str = "user_name, subject, bound_at, seen_at";

fn read(row: &Row) -> Result<Binding, StoreError> {
    Ok(Binding {
        user: row.parsed(0, |text| text.parse().ok())?,
        subject: row.parsed(1, |text| text.parse().ok())?,
        bound_at: row.time(2)?,
        seen_at: row.opt_int(3)?.map(Timestamp::from_micros),
    })
}

/// The account that an identity opens.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn owner_of(sql: &mut dyn Sql, identity: &Identity) -> Result<Option<UserName>, StoreError> {
    let row = sql.first(
        "SELECT user_name FROM identities WHERE issuer = ?1 AND claim = ?2 AND subject = ?3",
        bind![&identity.issuer, &identity.claim, identity.subject.as_str()],
    )?;
    row.map(|row| row.parsed(0, |text| text.parse().ok())).transpose()
}

/// The identity of this platform that opens an account.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn identity_of(
    sql: &mut dyn Sql,
    name: &UserName,
    (issuer, claim): (&str, &str),
) -> Result<Option<Binding>, StoreError> {
    let text =
        format!("SELECT {COLUMNS} FROM identities WHERE user_name = ?1 AND issuer = ?2 AND claim = ?3");
    sql.first(&text, bind![name.as_str(), issuer, claim])?.as_ref().map(read).transpose()
}

/// Every identity of this platform that opens an account.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn bindings(sql: &mut dyn Sql, (issuer, claim): (&str, &str)) -> Result<Vec<Binding>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM identities WHERE issuer = ?1 AND claim = ?2 ORDER BY user_name LIMIT 100000"
    );
    sql.query(&text, bind![issuer, claim])?.iter().map(read).collect()
}

/// Binds an identity to an account; `how` says by whose word.
///
/// # Errors
/// [`StoreError::Constraint`] when the identity opens an account already, or the account has one of this platform.
pub fn bind_identity(
    tx: &mut Tx<'_>,
    identity: &Identity,
    name: &UserName,
    how: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    let added = tx.execute(
        "INSERT INTO identities (issuer, claim, subject, user_name, bound_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        bind![&identity.issuer, &identity.claim, identity.subject.as_str(), name.as_str(), tx.now()],
    )?;
    if added == 0 {
        let told = match owner_of(tx, identity)? {
            Some(owner) if owner == *name => "这个身份已经绑定到这个账户",
            Some(_) => "这个身份已绑定另一个账户，请先由管理员在那个账户上解除",
            None => "这个账户已绑定另一个身份，请先解除",
        };
        return Err(StoreError::Constraint(told.to_owned()));
    }
    let detail = json!({
        "issuer": identity.issuer, "claim": identity.claim, "subject": identity.subject.as_str(), "by": how,
    });
    tx.audit(by, "identity.bind", &object(name), &detail)
}

/// Notes that somebody signs in by an identity.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn touch_identity(tx: &mut Tx<'_>, identity: &Identity) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE identities SET seen_at = ?4 WHERE issuer = ?1 AND claim = ?2 AND subject = ?3",
        bind![&identity.issuer, &identity.claim, identity.subject.as_str(), tx.now()],
    )?;
    Ok(())
}

/// Takes every identity off an account, of this platform and of former ones; gives whether there was any.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn unbind_identities(
    tx: &mut Tx<'_>,
    name: &UserName,
    why: &str,
    by: &Actor,
) -> Result<bool, StoreError> {
    let rows = tx.query(
        "SELECT subject FROM identities WHERE user_name = ?1 ORDER BY subject, issuer, claim LIMIT 100",
        bind![name.as_str()],
    )?;
    if rows.is_empty() {
        return Ok(false);
    }
    let subjects = rows.iter().map(|row| row.text(0)).collect::<Result<Vec<_>, _>>()?;
    tx.execute("DELETE FROM identities WHERE user_name = ?1", bind![name.as_str()])?;
    tx.audit(by, "identity.unbind", &object(name), &json!({ "subjects": subjects, "why": why }))?;
    Ok(true)
}

/// Takes an answer of the platform, once whatever node it comes to; false when it was taken before. What was taken before
/// `forget` is dropped.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn take_answer(tx: &mut Tx<'_>, state: &[u8; 32], forget: Timestamp) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM identity_answers WHERE taken_at < ?1", bind![forget])?;
    let taken = tx.execute(
        "INSERT INTO identity_answers (state_hash, taken_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        bind![state.as_slice(), tx.now()],
    )?;
    Ok(taken == 1)
}
