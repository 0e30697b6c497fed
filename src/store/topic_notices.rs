//! New 选题 told to contributors: on their page, and by the way that each of them chose.

use crate::model::{ItemId, LocalDate, NewTopic, NoticeKind};

use super::notices::{insert, next_no, plan_ways};
use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// Titles that a notice names.
const NAMED: usize = 3;

/// What stands in the place of an item in a notice that is of none.
pub(super) fn no_item() -> Result<ItemId, StoreError> {
    ItemId::from_bytes(&[0; 16]).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Tells of a batch, in the transaction that publishes it.
pub(super) fn tell_topics(
    tx: &mut Tx<'_>,
    topics: &[NewTopic],
    deadline: LocalDate,
) -> Result<(), StoreError> {
    // What nobody can answer any more is nothing to tell of.
    if deadline < tx.now().date() {
        return Ok(());
    }
    let named: Vec<String> = topics.iter().take(NAMED).map(|topic| format!("“{}”", topic.title())).collect();
    let more = if topics.len() > NAMED { format!("等 {} 个选题", topics.len()) } else { String::new() };
    let words = format!("征集{}{more}，{deadline} 截止", named.concat());
    let no = next_no(tx)?;
    insert(tx, no, (&no_item()?, 0), NoticeKind::Topic, &words)?;
    let owners = tx.query(
        "SELECT c.owner FROM notice_choices c JOIN users u ON c.owner = 'user:' || u.name
         WHERE u.disabled_at IS NULL AND (c.mail <> ?1 OR c.way_when <> ?1) ORDER BY c.owner",
        bind![crate::model::MailChoice::None.code()],
    )?;
    for owner in &owners {
        plan_ways(tx, no, owner.text(0)?, 0)?;
    }
    Ok(())
}
