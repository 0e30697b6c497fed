//! 代理: who stands in for whom, from day to day.

use serde_json::json;

use crate::model::{Actor, Cover, CoverDays, LocalDate, UserName};

use super::sql::{Sql, bind};
use super::users::object;
use super::{StoreError, Tx};

/// The absence that somebody entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Who stands in.
    pub deputy: UserName,
    /// Their 姓名.
    pub title: String,
    /// The first day.
    pub from: LocalDate,
    /// The last day.
    pub until: LocalDate,
}

/// Enters an absence; an earlier one of the same person is replaced.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_cover(
    tx: &mut Tx<'_>,
    name: &UserName,
    deputy: &UserName,
    days: CoverDays,
    by: &Actor,
) -> Result<(), StoreError> {
    let (from, until) = (days.from().to_string(), days.until().to_string());
    tx.execute(
        "INSERT INTO covers (user_name, deputy, from_day, until_day, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (user_name) DO UPDATE SET deputy = excluded.deputy, from_day = excluded.from_day,
         until_day = excluded.until_day, at = excluded.at",
        bind![name.as_str(), deputy.as_str(), &from, &until, tx.now()],
    )?;
    let detail = json!({ "deputy": deputy.as_str(), "from": from, "until": until });
    tx.audit(by, "user.cover", &object(name), &detail)
}

/// Ends an absence.
///
/// # Errors
/// [`StoreError::NotFound`] when none is entered.
pub fn end_cover(tx: &mut Tx<'_>, name: &UserName, by: &Actor) -> Result<(), StoreError> {
    let gone = tx.execute("DELETE FROM covers WHERE user_name = ?1", bind![name.as_str()])?;
    if gone == 0 {
        return Err(StoreError::NotFound("代理安排".to_owned()));
    }
    tx.audit(by, "user.cover_end", &object(name), &json!({}))
}

/// The absence of a person that has not passed.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn absence_of(
    sql: &mut dyn Sql,
    name: &UserName,
    today: LocalDate,
) -> Result<Option<Absence>, StoreError> {
    let row = sql.first(
        "SELECT c.deputy, u.title, c.from_day, c.until_day FROM covers c JOIN users u ON u.name = c.deputy
         WHERE c.user_name = ?1 AND c.until_day >= ?2",
        bind![name.as_str(), &today.to_string()],
    )?;
    row.map(|row| {
        Ok(Absence {
            deputy: row.parsed(0, |text| text.parse().ok())?,
            title: row.text(1)?.to_owned(),
            from: row.parsed(2, |text| LocalDate::parse(text).ok())?,
            until: row.parsed(3, |text| LocalDate::parse(text).ok())?,
        })
    })
    .transpose()
}

/// For whom somebody stands in on a day; accounts that are disabled hand nothing on.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn covers_of(sql: &mut dyn Sql, deputy: &UserName, day: LocalDate) -> Result<Vec<Cover>, StoreError> {
    let rows = sql.query(
        "SELECT u.name, u.title, u.roles FROM covers c JOIN users u ON u.name = c.user_name
         WHERE c.deputy = ?1 AND c.from_day <= ?2 AND c.until_day >= ?2 AND u.disabled_at IS NULL
         ORDER BY u.name",
        bind![deputy.as_str(), &day.to_string()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Cover {
                name: row.parsed(0, |text| text.parse().ok())?,
                title: row.text(1)?.to_owned(),
                roles: row.parsed(2, |text| text.parse().ok())?,
            })
        })
        .collect()
}
