//! Stage 4: the whole batch in one transaction, each change with its place in the change log.

use std::sync::Arc;

use crate::store::{
    Arrival, Persisted, Priority, Store, StoreError, Tx, add_version, insert_item, write_dead,
};

/// An item and whether it is a further version of one.
#[derive(Clone)]
pub(super) struct Write {
    pub arrival: Arc<Arrival>,
    pub version: bool,
}

/// Writes a batch. The transaction may be run again, so it takes everything by reference.
///
/// # Errors
/// [`StoreError`]: nothing of the batch is stored then.
pub(super) fn run(store: &Store, batch: Vec<Write>) -> Result<Vec<Persisted>, StoreError> {
    store
        .write(Priority::Batch, move |tx: &mut Tx<'_>| batch.iter().map(|write| one(tx, write)).collect())
        .wait()
}

fn one(tx: &mut Tx<'_>, write: &Write) -> Result<Persisted, StoreError> {
    if write.version { add_version(tx, &write.arrival) } else { insert_item(tx, &write.arrival) }
}

/// Writes a dead letter, before its message is acknowledged.
///
/// # Errors
/// [`StoreError`]: the message is then retried.
pub(super) fn bury(
    store: &Store,
    arrival: (crate::model::ItemId, crate::model::Receipt),
    raw: String,
    reason: String,
    attempts: u32,
) -> Result<(), StoreError> {
    store
        .write(Priority::Batch, move |tx: &mut Tx<'_>| {
            write_dead(tx, &arrival.0, &arrival.1, &raw, &reason, attempts)
        })
        .wait()
}
