//! How far a follower has come, and leases that let only one node do a job.

use crate::model::{Seq, Timestamp};

use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// How far the follower `name` has come.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn cursor(sql: &mut dyn Sql, name: &str) -> Result<Seq, StoreError> {
    let row = sql.first("SELECT seq FROM cursors WHERE name = ?1", bind![name])?;
    row.map_or(Ok(Seq::ZERO), |row| row.int(0).map(Seq))
}

/// Moves a cursor, in the transaction that did the work.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_cursor(tx: &mut Tx<'_>, name: &str, seq: Seq) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO cursors (name, seq) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = ?2",
        bind![name, seq.0],
    )?;
    Ok(())
}

/// The right to do a job that only one node may do, until it expires or another takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    name: String,
    epoch: i64,
}

impl Lease {
    /// Holds the transaction to the lease: fails when another node has taken it since.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the lease is lost.
    pub fn hold(&self, tx: &mut Tx<'_>, seconds: i64) -> Result<(), StoreError> {
        let until = tx.now().plus_seconds(seconds);
        let rows = tx.execute(
            "UPDATE leases SET until = ?3 WHERE name = ?1 AND epoch = ?2",
            bind![&self.name, self.epoch, until],
        )?;
        if rows == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Gives it back before its time, so that another node need not wait for its end. One that was taken since stays
    /// as it is.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    pub fn give_back(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let long_ago = Timestamp::from_micros(0);
        tx.execute(
            "UPDATE leases SET until = ?3 WHERE name = ?1 AND epoch = ?2",
            bind![&self.name, self.epoch, long_ago],
        )?;
        Ok(())
    }
}

/// Takes a lease that is free, expired, or this holder's own. `None`: another holds it.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn take_lease(
    tx: &mut Tx<'_>,
    name: &str,
    holder: &str,
    now: Timestamp,
    seconds: i64,
) -> Result<Option<Lease>, StoreError> {
    let row = tx.first(
        "INSERT INTO leases (name, holder, epoch, until) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT (name) DO UPDATE SET holder = ?2, epoch = leases.epoch + 1, until = ?3
         WHERE leases.until < ?4 OR leases.holder = ?2
         RETURNING epoch",
        bind![name, holder, now.plus_seconds(seconds), now],
    )?;
    row.map(|row| Ok(Lease { name: name.to_owned(), epoch: row.int(0)? })).transpose()
}
