//! Links between items, and the groups that exact repeats form.

use serde::Serialize;
use serde_json::json;

use crate::model::{Actor, ChangeKind, FoldHash, ItemId, Joined, Link, LinkKind};

use super::items::read_id;
use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// An item on the other end of a link.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Neighbour {
    /// Its number.
    #[serde(skip)]
    pub no: i64,
    /// Its id.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// How the two are alike.
    #[serde(flatten)]
    pub link: Link,
}

/// The first item before `no` whose folded text is the same: the one that exact repeats are linked to.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn same_fold_before(sql: &mut dyn Sql, fold: &FoldHash, no: i64) -> Result<Option<i64>, StoreError> {
    let row = sql.first(
        "SELECT no FROM items WHERE fold_hash = ?1 AND no < ?2 ORDER BY no LIMIT 1",
        bind![fold.as_bytes(), no],
    )?;
    row.map(|row| row.int(0)).transpose()
}

/// Writes a verified pair; the same pair again replaces it.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_link(tx: &mut Tx<'_>, one: i64, other: i64, link: &Link) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO links (a_no, b_no, kind, score) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (a_no, b_no) DO UPDATE SET kind = ?3, score = ?4",
        bind![one.min(other), one.max(other), link.kind.code(), link.score],
    )?;
    Ok(())
}

/// Forgets the links of an item whose text has changed, and its place in a group of exact repeats.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn drop_links(tx: &mut Tx<'_>, no: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM links WHERE a_no = ?1", bind![no])?;
    tx.execute("DELETE FROM links WHERE b_no = ?1", bind![no])?;
    tx.execute(
        "DELETE FROM group_members WHERE item_no = ?1 AND joined = ?2 AND first_no <> ?1",
        bind![no, Joined::Exact.code()],
    )?;
    Ok(())
}

/// Puts an item into the group that `first` begins; the group comes to be with its second member.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn join_group(
    tx: &mut Tx<'_>,
    item: (i64, &ItemId),
    first: i64,
    joined: Joined,
) -> Result<(), StoreError> {
    // A repeat of a repeat joins the group of the first.
    let head = group_head(tx, first)?.unwrap_or(first);
    for no in [head, item.0] {
        tx.execute(
            "INSERT INTO group_members (item_no, first_no, joined, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (item_no) DO NOTHING",
            bind![no, head, joined.code(), tx.now()],
        )?;
    }
    let id = item.1.to_string();
    tx.audit(&Actor::System, "group.join", &id, &json!({ "first": head, "joined": joined }))?;
    tx.change(ChangeKind::ItemLinked, &id, Some(item.0))?;
    Ok(())
}

fn group_head(sql: &mut dyn Sql, no: i64) -> Result<Option<i64>, StoreError> {
    let row = sql.first("SELECT first_no FROM group_members WHERE item_no = ?1", bind![no])?;
    row.map(|row| row.int(0)).transpose()
}

/// The group of an item: the number of its first member, and how many it has.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn group_of(sql: &mut dyn Sql, no: i64) -> Result<Option<(i64, u32)>, StoreError> {
    let Some(head) = group_head(sql, no)? else { return Ok(None) };
    let row = sql.first("SELECT count(*) FROM group_members WHERE first_no = ?1", bind![head])?;
    row.map(|row| Ok((head, row.count(0)?))).transpose()
}

/// The members of the group that `first` begins, in order of receipt.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn group_members(sql: &mut dyn Sql, first: i64) -> Result<Vec<(i64, Joined)>, StoreError> {
    let rows = sql.query(
        "SELECT item_no, joined FROM group_members WHERE first_no = ?1 ORDER BY item_no",
        bind![first],
    )?;
    rows.iter().map(|row| Ok((row.int(0)?, row.parsed(1, Joined::from_code)?))).collect()
}

/// The largest groups: first member and size.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn group_sizes(sql: &mut dyn Sql, limit: i64) -> Result<Vec<(i64, u32)>, StoreError> {
    let rows = sql.query(
        "SELECT first_no, count(*) FROM group_members GROUP BY first_no ORDER BY 2 DESC, 1 LIMIT ?1",
        bind![limit],
    )?;
    rows.iter().map(|row| Ok((row.int(0)?, row.count(1)?))).collect()
}

/// Every link of an item, closest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn neighbours(sql: &mut dyn Sql, no: i64) -> Result<Vec<Neighbour>, StoreError> {
    let rows = sql.query(
        "SELECT i.no, i.id, i.title, l.kind, l.score FROM links l JOIN items i ON i.no = l.b_no WHERE l.a_no = ?1
         UNION ALL
         SELECT i.no, i.id, i.title, l.kind, l.score FROM links l JOIN items i ON i.no = l.a_no WHERE l.b_no = ?1
         ORDER BY 5 DESC, 1 LIMIT 500",
        bind![no],
    )?;
    rows.iter()
        .map(|row| {
            let link = Link { kind: row.parsed(3, LinkKind::from_code)?, score: row.real(4)? };
            Ok(Neighbour { no: row.int(0)?, id: read_id(row, 1)?, title: row.text(2)?.to_owned(), link })
        })
        .collect()
}
