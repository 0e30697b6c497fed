//! Where items of a subject were passed to before.

use super::StoreError;
use super::sql::{Sql, bind};

/// Items looked at, the latest first: what an office does changes.
const LATEST: i64 = 2000;

/// To whom the latest items of a subject were passed (直转), with how many, most first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn forwarded_before(sql: &mut dyn Sql, subject: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sql.query(
        "SELECT f.closing, COUNT(*) FROM (SELECT closing, subject FROM items
         WHERE state = 'forwarded' AND closing IS NOT NULL ORDER BY no DESC LIMIT ?2) f
         WHERE f.subject = ?1 GROUP BY f.closing ORDER BY COUNT(*) DESC, f.closing",
        bind![subject, LATEST],
    )?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?))).collect()
}
