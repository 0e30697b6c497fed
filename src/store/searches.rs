//! 常用检索: the searches that somebody keeps.

use crate::model::{Actor, Timestamp};

use super::reminders::{remind_of_search, see_search_reminders};
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
    /// 订阅: whether its owner is told of new hits.
    pub subscribed: bool,
    /// New hits that were told of and not looked at.
    pub fresh: i64,
}

/// Somebody's searches, by name.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn searches_of(sql: &mut dyn Sql, owner: &Actor) -> Result<Vec<SavedSearch>, StoreError> {
    let rows = sql.query(
        "SELECT name, query, at, seen_no, subscribed, fresh FROM saved_searches WHERE owner = ?1 ORDER BY at, name",
        bind![&owner.to_string()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(SavedSearch {
                name: row.text(0)?.to_owned(),
                query: row.text(1)?.to_owned(),
                at: row.time(2)?,
                seen_no: row.int(3)?,
                subscribed: row.int(4)? != 0,
                fresh: row.int(5)?,
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
        "INSERT INTO saved_searches (owner, name, query, at, seen_no, told_no)
         VALUES (?1, ?2, ?3, ?4, (SELECT COALESCE(MAX(no), 0) FROM items), (SELECT COALESCE(MAX(no), 0) FROM items))
         ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query, seen_no = excluded.seen_no,
           told_no = excluded.told_no, fresh = 0",
        bind![&owner.to_string(), name, query, tx.now()],
    )?;
    see_search_reminders(tx, &owner.to_string(), name)
}

/// Forgets a search.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn drop_search(tx: &mut Tx<'_>, owner: &Actor, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM saved_searches WHERE owner = ?1 AND name = ?2", bind![&owner.to_string(), name])?;
    see_search_reminders(tx, &owner.to_string(), name)
}

/// A kept search whose owner wants to be told, and how far they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Whose.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// The address after `/search?`.
    pub query: String,
    /// Items up to this number were told of.
    pub told_no: i64,
}

/// Subscribed searches that were not told of every item up to `newest`, those furthest behind first; of accounts that are not
/// disabled.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn subscriptions_behind(
    sql: &mut dyn Sql,
    newest: i64,
    limit: i64,
) -> Result<Vec<Subscription>, StoreError> {
    let rows = sql.query(
        "SELECT s.owner, s.name, s.query, s.told_no FROM saved_searches s
         WHERE s.subscribed = 1 AND s.told_no < ?1 AND EXISTS
           (SELECT 1 FROM users u WHERE s.owner = 'user:' || u.name AND u.disabled_at IS NULL)
         ORDER BY s.told_no, s.owner, s.name LIMIT ?2",
        bind![newest, limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Subscription {
                owner: row.text(0)?.to_owned(),
                name: row.text(1)?.to_owned(),
                query: row.text(2)?.to_owned(),
                told_no: row.int(3)?,
            })
        })
        .collect()
}

/// Notes the new hits of a search among the items up to `newest` and reminds its owner of them. `false`: it was told of
/// otherwise, seen or changed meanwhile, and nothing is counted.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn note_hits(tx: &mut Tx<'_>, one: &Subscription, newest: i64, hits: i64) -> Result<bool, StoreError> {
    let row = tx.first(
        "UPDATE saved_searches SET told_no = ?5, fresh = fresh + ?6
         WHERE owner = ?1 AND name = ?2 AND query = ?3 AND told_no = ?4 AND subscribed = 1 RETURNING fresh",
        bind![&one.owner, &one.name, &one.query, one.told_no, newest, hits],
    )?;
    let Some(row) = row else { return Ok(false) };
    if hits > 0 {
        let words = format!("常用检索“{}”有 {} 件新来稿", one.name, row.int(0)?);
        remind_of_search(tx, &one.owner, &one.name, &words, &format!("/search?{}", one.query))?;
    }
    Ok(true)
}

/// 订阅, or 退订: what is there now counts as told and seen.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no search of this name.
pub fn set_subscribed(tx: &mut Tx<'_>, owner: &Actor, name: &str, on: bool) -> Result<(), StoreError> {
    let owner = owner.to_string();
    let set = tx.execute(
        "UPDATE saved_searches SET subscribed = ?3, fresh = 0, seen_no = (SELECT COALESCE(MAX(no), 0) FROM items),
           told_no = (SELECT COALESCE(MAX(no), 0) FROM items) WHERE owner = ?1 AND name = ?2",
        bind![&owner, name, i64::from(on)],
    )?;
    if set == 0 {
        return Err(StoreError::NotFound(format!("常用检索“{name}”")));
    }
    see_search_reminders(tx, &owner, name)
}

/// Everything that a search finds among the items up to `upto`, or was told of, has been seen.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn see_search(tx: &mut Tx<'_>, owner: &Actor, name: &str, upto: i64) -> Result<(), StoreError> {
    let owner = owner.to_string();
    tx.execute(
        "UPDATE saved_searches SET fresh = 0,
           seen_no = CASE WHEN told_no < ?3 THEN ?3 ELSE told_no END,
           told_no = CASE WHEN told_no < ?3 THEN ?3 ELSE told_no END
         WHERE owner = ?1 AND name = ?2",
        bind![&owner, name, upto],
    )?;
    see_search_reminders(tx, &owner, name)
}
