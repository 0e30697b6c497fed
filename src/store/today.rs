//! Figures of the day: what came in, what waits, what went out, who holds how much.

use crate::model::{IssueState, ItemId, ItemState, ManuscriptState, Timestamp};

use super::StoreError;
use super::items::read_id;
use super::sql::{Sql, bind};

/// Items of a day that are counted one by one; no page of the desk should walk through more.
const COUNTED_MAX: i64 = 10_000;

/// The figures.
#[derive(Debug, Clone, Default)]
pub struct Today {
    /// Items received since midnight.
    pub received: i64,
    /// Issues that went out since midnight.
    pub issued: i64,
    /// Manuscripts in editing.
    pub writing: i64,
    /// 待审.
    pub in_review: i64,
    /// 待签.
    pub to_sign: i64,
    /// User name → items held.
    pub held: Vec<(String, i64)>,
    /// The items that wait longest: id, title, when received.
    pub oldest: Vec<(ItemId, String, Timestamp)>,
}

/// Reads the figures since `midnight`.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn today(sql: &mut dyn Sql, midnight: Timestamp) -> Result<Today, StoreError> {
    let received = received_since(sql, midnight)?;
    let mut count = |text: &str, params: &[super::sql::Param<'_>]| {
        sql.first(text, params)?.map_or(Ok(0), |row| row.int(0))
    };
    let issued = count(
        "SELECT count(*) FROM issues WHERE issued_at >= ?1 AND state = ?2 AND origin = 'desk'",
        bind![midnight, IssueState::Issued.code()],
    )?;
    let mut manuscripts = |state: ManuscriptState| {
        count("SELECT count(*) FROM manuscripts WHERE state = ?1", bind![state.code()])
    };
    let writing = manuscripts(ManuscriptState::Editing)?;
    let in_review = manuscripts(ManuscriptState::InReview)?;
    let to_sign = manuscripts(ManuscriptState::AwaitingSignature)?;
    let held = sql.query(
        // The states are looked at last, so that the few items with a holder are read and not all that wait.
        "SELECT holder, sum(CASE WHEN state IN (?1, ?2, ?3) THEN 1 ELSE 0 END) FROM items WHERE holder IS NOT NULL
         GROUP BY holder HAVING sum(CASE WHEN state IN (?1, ?2, ?3) THEN 1 ELSE 0 END) > 0
         ORDER BY 2 DESC, 1 LIMIT 50",
        bind![ItemState::Received.code(), ItemState::Editing.code(), ItemState::Returned.code()],
    )?;
    let held = held
        .iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?)))
        .collect::<Result<_, StoreError>>()?;
    Ok(Today { received, issued, writing, in_review, to_sign, held, oldest: oldest(sql)? })
}

/// Items that came since then. Numbers rise with receipt, so these are the last ones, and where they begin is found by
/// halving; items that waited in the queue over midnight may stand a few places off.
fn received_since(sql: &mut dyn Sql, midnight: Timestamp) -> Result<i64, StoreError> {
    let newest = sql.first("SELECT max(no) FROM items", &[])?;
    let Some(newest) = newest.map(|row| row.opt_int(0)).transpose()?.flatten() else { return Ok(0) };
    // Of all numbers up to `before` no item is of today; every one behind `from` is.
    let (mut before, mut from) = (0, newest + 1);
    while from - before > 1 {
        let middle = before + (from - before) / 2;
        let row = sql.first(
            "SELECT no, received_at FROM items WHERE no >= ?1 AND no < ?2 ORDER BY no LIMIT 1",
            bind![middle, from],
        )?;
        match row {
            Some(row) if row.time(1)? < midnight => before = row.int(0)?,
            _ => from = middle,
        }
    }
    let text = "SELECT count(*) FROM (SELECT 1 FROM items WHERE no >= ?1 LIMIT ?2) AS found";
    let counted = sql.first(text, bind![from, COUNTED_MAX + 1])?.map_or(Ok(0), |row| row.int(0))?;
    // Beyond that, numbers say it: hardly one is without an item.
    Ok(if counted > COUNTED_MAX { newest + 1 - from } else { counted })
}

/// From each urgency the first ones; together sorted by receipt.
fn oldest(sql: &mut dyn Sql) -> Result<Vec<(ItemId, String, Timestamp)>, StoreError> {
    let mut out = Vec::new();
    for urgency in crate::model::Urgency::ALL {
        let rows = sql.query(
            "SELECT id, title, received_at FROM items WHERE state = ?1 AND urgency = ?2 ORDER BY no LIMIT 5",
            bind![ItemState::Received.code(), urgency.label()],
        )?;
        for row in &rows {
            out.push((read_id(row, 0)?, row.text(1)?.to_owned(), row.time(2)?));
        }
    }
    out.sort_by_key(|(_, _, at)| *at);
    out.truncate(5);
    Ok(out)
}
