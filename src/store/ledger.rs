//! What the ledgers (台账) list: items by receipt, manuscripts by printed date.

use crate::model::{LocalDate, Texts, Timestamp};

use super::items::read_rows;
use super::sql::{Sql, bind};
use super::{ItemRow, StoreError};

/// Items received from `from` on and before `to`, in order of receipt.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn received_between(
    sql: &mut dyn Sql,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> Result<Vec<ItemRow>, StoreError> {
    let rows = sql.query(
        "SELECT no FROM items WHERE received_at >= ?1 AND received_at < ?2 ORDER BY received_at, no LIMIT ?3",
        bind![from, to, limit],
    )?;
    let numbers = rows.iter().map(|row| row.int(0)).collect::<Result<Vec<_>, _>>()?;
    read_rows(sql, &numbers)
}

/// An article of an issued bulletin.
#[derive(Debug, Clone)]
pub struct IssuedRow {
    /// 刊.
    pub series: String,
    /// The year of its number.
    pub year: i64,
    /// 期号.
    pub number: i64,
    /// 印发日期.
    pub date: String,
    /// 签发.
    pub signer: String,
    /// Its texts.
    pub texts: Texts,
    /// Items that it was made from.
    pub sources: i64,
}

/// Articles of issues with a printed date from `from` to `to`, both included, in order of date and number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn issued_between(
    sql: &mut dyn Sql,
    from: LocalDate,
    to: LocalDate,
    limit: i64,
) -> Result<Vec<IssuedRow>, StoreError> {
    let rows = sql.query(
        "SELECT i.series, i.year, i.number, i.printed_date, COALESCE(i.signer, ''), s.texts,
                (SELECT count(*) FROM manuscript_items mi WHERE mi.manuscript_id = m.id)
         FROM issues i JOIN manuscripts m ON m.issue_id = i.id
         JOIN manuscript_steps s ON s.manuscript_id = m.id
          AND s.step = (SELECT MAX(step) FROM manuscript_steps WHERE manuscript_id = m.id)
         WHERE i.state = 'issued' AND i.printed_date >= ?1 AND i.printed_date <= ?2
         ORDER BY i.printed_date, i.series, i.number, m.created_at, m.id LIMIT ?3",
        bind![&from.to_string(), &to.to_string(), limit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(IssuedRow {
                series: row.text(0)?.to_owned(),
                year: row.int(1)?,
                number: row.int(2)?,
                date: row.text(3)?.to_owned(),
                signer: row.text(4)?.to_owned(),
                texts: row.parsed(5, |json| serde_json::from_str(json).ok())?,
                sources: row.int(6)?,
            })
        })
        .collect()
}
