//! Files that several nodes share, in parts of a size that rows bear well.

use crate::config;
use crate::model::BlobHash;
use crate::store::StoreError;
use crate::store::sql::{Sql, bind};

use super::connection::Connection;

/// Bytes of a part.
const PART: usize = 1 << 20;

/// Keeps a file; one that is there already is left as it is.
///
/// # Errors
/// [`StoreError`]: it is not kept.
pub(in crate::store) fn put(
    settings: &config::Store,
    hash: &BlobHash,
    bytes: &[u8],
) -> Result<(), StoreError> {
    let mut connection = Connection::open(settings)?;
    connection.batch("BEGIN")?;
    // An empty file has one part, and that is empty.
    let parts = bytes.chunks(PART).chain(bytes.is_empty().then_some(bytes));
    for (number, part) in (0_i64..).zip(parts) {
        connection.execute(
            "INSERT INTO blob_parts (hash, part, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            bind![hash.as_bytes(), number, part],
        )?;
    }
    connection.batch("COMMIT")
}

/// Reads a file; `None` where it is not kept.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub(in crate::store) fn get(
    settings: &config::Store,
    hash: &BlobHash,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut connection = Connection::open(settings)?;
    let rows = connection
        .query("SELECT bytes FROM blob_parts WHERE hash = ?1 ORDER BY part", bind![hash.as_bytes()])?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for row in &rows {
        bytes.extend_from_slice(row.blob(0)?);
    }
    Ok(Some(bytes))
}

/// Takes a file away.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub(in crate::store) fn remove(settings: &config::Store, hash: &BlobHash) -> Result<(), StoreError> {
    let mut connection = Connection::open(settings)?;
    connection.execute("DELETE FROM blob_parts WHERE hash = ?1", bind![hash.as_bytes()])?;
    Ok(())
}
