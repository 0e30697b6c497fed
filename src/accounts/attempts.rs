//! Attempts to get in: counted by name and by address, in the transaction that says what became of them, so that guesses
//! sent side by side are as many as they are.

use crate::config;
use crate::store::{Failures, StoreError, Tx, failures, note_failure};

use super::AccountError;
use super::address::Door;

/// After a day without attempts a count of failures is forgotten.
pub(super) const FORGET_SECONDS: i64 = 24 * 3600;

/// What became of an attempt. A refusal is no error of the transaction: what it counted must stay.
pub(super) enum Looked<T> {
    Taken(T),
    Refused(AccountError),
}

impl<T> Looked<T> {
    pub(super) fn into_result(self) -> Result<T, AccountError> {
        match self {
            Self::Taken(taken) => Ok(taken),
            Self::Refused(why) => Err(why),
        }
    }
}

/// Counts an attempt that failed because of `why`; gives what the person hears: `plain`, or that it was one too many.
pub(super) fn count_failure(
    tx: &mut Tx<'_>,
    settings: &config::Accounts,
    door: &Door,
    name: &str,
    (why, plain): (&str, AccountError),
) -> Result<AccountError, StoreError> {
    let shut = door.count(tx)?;
    let (count, now) = (failures(tx, name)?.count + 1, tx.now());
    let lock = count >= settings.max_failures;
    let until = lock.then(|| now.plus_seconds(i64::from(settings.lock_minutes) * 60));
    // A lock that is over begins a new count.
    let noted = Failures { count: if lock { 0 } else { count }, locked_until: until };
    note_failure(tx, name, noted, door.address(), why, now.plus_seconds(-FORGET_SECONDS))?;
    Ok(shut.unwrap_or_else(|| until.map_or(plain, AccountError::Locked)))
}

/// Whether a lock, of the address or of the name, is in the way.
pub(super) fn locked(tx: &mut Tx<'_>, door: &Door, name: &str) -> Result<Option<AccountError>, StoreError> {
    if let Some(shut) = door.refuse(tx, name)? {
        return Ok(Some(shut));
    }
    let (failed, now) = (failures(tx, name)?, tx.now());
    Ok(failed.locked_until.filter(|until| *until > now).map(AccountError::Locked))
}
