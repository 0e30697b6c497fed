//! What waits in the office, as the navigation counts it.

use crate::model::{IssueState, ItemState, ManuscriptState};

use super::StoreError;
use super::sql::{Sql, bind};

/// How much of everything waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WaitingCounts {
    /// 待编: items that nobody has decided about.
    pub received: i64,
    /// 待审: manuscripts at a stage of review.
    pub in_review: i64,
    /// 待签: what goes out without an issue and waits for a signature.
    pub reports: i64,
    /// 待签: proofs.
    pub proofs: i64,
}

/// Counts what waits.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn waiting_counts(sql: &mut dyn Sql) -> Result<WaitingCounts, StoreError> {
    let mut count = |text: &str, state: &str| {
        let row = sql.first(text, bind![state])?;
        row.map_or(Ok(0), |row| row.int(0))
    };
    Ok(WaitingCounts {
        received: count("SELECT count(*) FROM items WHERE state = ?1", ItemState::Received.code())?,
        in_review: count(
            "SELECT count(*) FROM manuscripts WHERE state = ?1",
            ManuscriptState::InReview.code(),
        )?,
        reports: count(
            "SELECT count(*) FROM manuscripts WHERE state = ?1 AND outlet LIKE '%\"outlet\":\"report\"%'",
            ManuscriptState::AwaitingSignature.code(),
        )?,
        proofs: count("SELECT count(*) FROM issues WHERE state = ?1", IssueState::Proof.code())?,
    })
}
