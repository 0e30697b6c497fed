//! Groups as editors change them: merged, taken apart, put back as they were.

use serde::{Deserialize, Serialize};

use crate::model::Joined;

use super::links::{group_members, group_of};
use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// In which group an item was, for putting it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The item.
    pub no: i64,
    /// The first member of its group and why it was in it; none where it was in none.
    pub group: Option<(i64, Joined)>,
}

/// An item's place in its group, and that of everybody else in it.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn memberships(sql: &mut dyn Sql, no: i64) -> Result<Vec<Membership>, StoreError> {
    let Some((head, _)) = group_of(sql, no)? else { return Ok(vec![Membership { no, group: None }]) };
    let members = group_members(sql, head)?;
    Ok(members.into_iter().map(|(no, joined)| Membership { no, group: Some((head, joined)) }).collect())
}

/// Merges an item, with everybody in its group, into the group that `into` is in or begins.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn merge_group(tx: &mut Tx<'_>, no: i64, into: i64) -> Result<(), StoreError> {
    let head = group_of(tx, into)?.map_or(into, |(head, _)| head);
    let before = group_of(tx, no)?.map_or(no, |(head, _)| head);
    tx.execute("UPDATE group_members SET first_no = ?2 WHERE first_no = ?1", bind![before, head])?;
    put(tx, &Membership { no, group: Some((head, Joined::Merged)) })?;
    keep_head(tx, head)
}

/// Takes an item out of its group. A group of one is none; where the first leaves, the next takes its place.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn leave_group(tx: &mut Tx<'_>, no: i64) -> Result<(), StoreError> {
    let Some((head, _)) = group_of(tx, no)? else { return Ok(()) };
    tx.execute("DELETE FROM group_members WHERE item_no = ?1", bind![no])?;
    let rest = group_members(tx, head)?;
    match rest.as_slice() {
        [] => {}
        [(last, _)] => {
            tx.execute("DELETE FROM group_members WHERE item_no = ?1", bind![*last])?;
        }
        [(next, _), ..] if no == head => {
            tx.execute("UPDATE group_members SET first_no = ?2 WHERE first_no = ?1", bind![head, *next])?;
        }
        _ => {}
    }
    Ok(())
}

/// Puts items back where they were. Whoever joined meanwhile stays.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn restore_memberships(tx: &mut Tx<'_>, before: &[Membership]) -> Result<(), StoreError> {
    let mut heads = Vec::new();
    for membership in before {
        heads.extend(group_of(tx, membership.no)?.map(|(head, _)| head));
        put(tx, membership)?;
        heads.extend(membership.group.map(|(head, _)| head));
    }
    heads.sort_unstable();
    heads.dedup();
    for head in heads {
        match group_members(tx, head)?.as_slice() {
            [] => {}
            [(alone, _)] if *alone == head => {
                tx.execute("DELETE FROM group_members WHERE item_no = ?1", bind![head])?;
            }
            _ => keep_head(tx, head)?,
        }
    }
    Ok(())
}

/// The first member stands in its own group.
fn keep_head(tx: &mut Tx<'_>, head: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO group_members (item_no, first_no, joined, at) VALUES (?1, ?1, ?2, ?3)
         ON CONFLICT (item_no) DO NOTHING",
        bind![head, Joined::Merged.code(), tx.now()],
    )?;
    Ok(())
}

fn put(tx: &mut Tx<'_>, membership: &Membership) -> Result<(), StoreError> {
    match membership.group {
        None => tx.execute("DELETE FROM group_members WHERE item_no = ?1", bind![membership.no])?,
        Some((head, joined)) => tx.execute(
            "INSERT INTO group_members (item_no, first_no, joined, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (item_no) DO UPDATE SET first_no = ?2, joined = ?3",
            bind![membership.no, head, joined.code(), tx.now()],
        )?,
    };
    Ok(())
}
