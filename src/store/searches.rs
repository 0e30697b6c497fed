//! 常用检索: the searches that somebody keeps.

use crate::model::{Actor, Timestamp};

use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// A kept search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its name.
    pub name: String,
    /// The address after `/search?`.
    pub query: String,
    /// Since when.
    pub at: Timestamp,
    /// Items up to this number have been seen.
    pub seen_no: i64,
}

/// Somebody's searches, by name.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn searches_of(sql: &mut dyn Sql, owner: &Actor) -> Result<Vec<SavedSearch>, StoreError> {
    let rows = sql.query(
        "SELECT name, query, at, seen_no FROM saved_searches WHERE owner = ?1 ORDER BY at, name",
        bind![&owner.to_string()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(SavedSearch {
                name: row.text(0)?.to_owned(),
                query: row.text(1)?.to_owned(),
                at: row.time(2)?,
                seen_no: row.int(3)?,
            })
        })
        .collect()
}

/// Keeps a search; one of the same name is replaced. What is there now counts as seen.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_search(tx: &mut Tx<'_>, owner: &Actor, name: &str, query: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO saved_searches (owner, name, query, at, seen_no)
         VALUES (?1, ?2, ?3, ?4, (SELECT COALESCE(MAX(no), 0) FROM items))
         ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query, seen_no = excluded.seen_no",
        bind![&owner.to_string(), name, query, tx.now()],
    )?;
    Ok(())
}

/// Everything that a search finds now has been seen.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn see_search(tx: &mut Tx<'_>, owner: &Actor, name: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE saved_searches SET seen_no = (SELECT COALESCE(MAX(no), 0) FROM items)
         WHERE owner = ?1 AND name = ?2",
        bind![&owner.to_string(), name],
    )?;
    Ok(())
}

/// Forgets a search.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn drop_search(tx: &mut Tx<'_>, owner: &Actor, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM saved_searches WHERE owner = ?1 AND name = ?2", bind![&owner.to_string(), name])?;
    Ok(())
}
