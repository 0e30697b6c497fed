//! 会期: accounts that end with a day, what arrived in the days of a session, and handing back what is left of it.

use serde_json::json;

use crate::model::{Actor, ItemId, ItemState, LocalDate, UserName};

use super::inbox::set_holder;
use super::items::read_id;
use super::sql::{Sql, bind};
use super::{StoreError, Tx, read_user};

/// What is still to be done with an item in these states.
const OPEN: [ItemState; 2] = [ItemState::Received, ItemState::Editing];

/// Gives an account its last day, or none.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such account.
pub fn set_account_end(
    tx: &mut Tx<'_>,
    name: &UserName,
    last: Option<LocalDate>,
    by: &Actor,
) -> Result<(), StoreError> {
    read_user(tx, name)?;
    match last {
        None => tx.execute("DELETE FROM account_ends WHERE user_name = ?1", bind![name.as_str()])?,
        Some(last) => tx.execute(
            "INSERT INTO account_ends (user_name, ends_on) VALUES (?1, ?2)
             ON CONFLICT (user_name) DO UPDATE SET ends_on = excluded.ends_on",
            bind![name.as_str(), &last.to_string()],
        )?,
    };
    let last = last.map(|day| day.to_string());
    tx.audit(by, "user.ends", &format!("user:{name}"), &json!({ "last_day": last }))
}

/// The accounts that end, each with its last day.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn account_ends(sql: &mut dyn Sql) -> Result<Vec<(UserName, LocalDate)>, StoreError> {
    let rows = sql.query("SELECT user_name, ends_on FROM account_ends ORDER BY user_name", &[])?;
    rows.iter()
        .map(|row| {
            let day = row.parsed(1, |text| LocalDate::parse(text).ok())?;
            Ok((row.parsed(0, |text| text.parse().ok())?, day))
        })
        .collect()
}

/// The accounts whose last day is over and that were not disabled yet.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn accounts_over(sql: &mut dyn Sql, today: LocalDate) -> Result<Vec<UserName>, StoreError> {
    let rows = sql.query(
        "SELECT e.user_name FROM account_ends e JOIN users u ON u.name = e.user_name
         WHERE e.ends_on < ?1 AND u.disabled_at IS NULL ORDER BY e.user_name",
        bind![&today.to_string()],
    )?;
    rows.iter().map(|row| row.parsed(0, |text| text.parse().ok())).collect()
}

/// Releases (释放) what somebody holds and has not finished.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn release_all_of(tx: &mut Tx<'_>, holder: &UserName, by: &Actor) -> Result<usize, StoreError> {
    let rows = tx.query(
        "SELECT no, id FROM items WHERE holder = ?1 AND state IN (?2, ?3) ORDER BY no",
        bind![holder.as_str(), OPEN[0].code(), OPEN[1].code()],
    )?;
    for row in &rows {
        release(tx, row.int(0)?, &read_id(row, 1)?, holder.as_str(), by)?;
    }
    Ok(rows.len())
}

fn release(tx: &mut Tx<'_>, no: i64, id: &ItemId, from: &str, by: &Actor) -> Result<(), StoreError> {
    set_holder(tx, no, None)?;
    tx.audit(by, "item.release", &id.to_string(), &json!({ "from": from }))
}

/// What arrived in the days of a session: in all, still open, and of these held by somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlenaryCounts {
    /// Received.
    pub received: i64,
    /// 待编 or 在编.
    pub open: i64,
    /// Of these, taken by somebody (领取).
    pub held: i64,
}

/// Counts what arrived from one day to another, both included.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_plenary(
    sql: &mut dyn Sql,
    (from, to): (LocalDate, LocalDate),
) -> Result<PlenaryCounts, StoreError> {
    let row = sql.first(
        "SELECT count(*), count(CASE WHEN state IN (?3, ?4) THEN 1 END),
           count(CASE WHEN state IN (?3, ?4) AND holder IS NOT NULL THEN 1 END)
         FROM items WHERE received_at >= ?1 AND received_at < ?2",
        bind![from.start(), to.end(), OPEN[0].code(), OPEN[1].code()],
    )?;
    let Some(row) = row else { return Ok(PlenaryCounts::default()) };
    Ok(PlenaryCounts { received: row.int(0)?, open: row.int(1)?, held: row.int(2)? })
}

/// 交回: what arrived in these days and is not finished is released, all of it at once; gives how many.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn hand_back(
    tx: &mut Tx<'_>,
    (from, to): (LocalDate, LocalDate),
    by: &Actor,
) -> Result<usize, StoreError> {
    let rows = tx.query(
        "SELECT no, id, holder FROM items WHERE received_at >= ?1 AND received_at < ?2 AND state IN (?3, ?4)
           AND holder IS NOT NULL ORDER BY no",
        bind![from.start(), to.end(), OPEN[0].code(), OPEN[1].code()],
    )?;
    for row in &rows {
        release(tx, row.int(0)?, &read_id(row, 1)?, row.text(2)?, by)?;
    }
    Ok(rows.len())
}
