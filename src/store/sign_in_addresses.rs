//! Failed attempts to sign in by the client's address, shared by all nodes.

use serde_json::json;

use crate::model::{Actor, Timestamp};

use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// What one address may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressLimit {
    /// So many failed attempts lock it.
    pub most: u32,
    /// Within so many seconds from the first of them.
    pub within_seconds: i64,
    /// For so many seconds.
    pub lock_seconds: i64,
}

/// Until when nobody signs in from an address.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn address_lock(
    sql: &mut dyn Sql,
    address: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let row = sql.first("SELECT locked_until FROM sign_in_addresses WHERE address = ?1", bind![address])?;
    let until = row.map(|row| row.opt_int(0)).transpose()?.flatten().map(Timestamp::from_micros);
    Ok(until.filter(|until| *until > now))
}

/// Counts a failed attempt from an address, one by one whatever node it came to, and locks the address where it was one too
/// many. Rows that are over, of this address or any other, are dropped.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_from_address(
    tx: &mut Tx<'_>,
    address: &str,
    limit: AddressLimit,
) -> Result<Option<Timestamp>, StoreError> {
    let now = tx.now();
    tx.execute(
        "DELETE FROM sign_in_addresses WHERE locked_until <= ?1 OR (locked_until IS NULL AND since <= ?2)",
        bind![now, now.plus_seconds(-limit.within_seconds)],
    )?;
    let row = tx.first(
        "INSERT INTO sign_in_addresses (address, failures, since) VALUES (?1, 1, ?2)
         ON CONFLICT (address) DO UPDATE SET failures = sign_in_addresses.failures + 1
         RETURNING failures, locked_until",
        bind![address, now],
    )?;
    let Some(row) = row else { return Err(StoreError::Corrupt("an address was not counted".to_owned())) };
    let (count, locked) = (row.count(0)?, row.opt_int(1)?.map(Timestamp::from_micros));
    // Attempts that were on their way when it was locked do not make the lock longer.
    if locked.is_some() || count < limit.most {
        return Ok(locked);
    }
    let until = now.plus_seconds(limit.lock_seconds);
    tx.execute("UPDATE sign_in_addresses SET locked_until = ?2 WHERE address = ?1", bind![address, until])?;
    let detail = json!({ "failures": count, "locked": until });
    tx.audit(&Actor::System, "address.locked", &format!("address:{address}"), &detail)?;
    Ok(Some(until))
}

/// Notes an attempt from a locked address. It is counted nowhere: whoever is shut out locks no names.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn note_shut_out(tx: &mut Tx<'_>, name: &str, address: &str, until: Timestamp) -> Result<(), StoreError> {
    let detail = json!({ "why": "address locked", "address": address, "locked": until });
    tx.audit(&Actor::System, "user.refused", &format!("user:{name}"), &detail)
}
