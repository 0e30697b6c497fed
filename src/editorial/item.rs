//! One item, with everything that editors want beside it.

use serde::Serialize;

use crate::model::{ItemId, Joined, Verdict};
use crate::store::{
    AuditRow, ItemRecord, ItemRow, Sql, group_members, group_of, history, item_no, neighbours, read_item,
    read_rows, verdicts_of,
};

use super::search::issued_names;
use super::{Desk, DeskError};

/// An item as the desk shows it.
#[derive(Debug, Serialize)]
pub struct ItemView {
    /// The text as received, and where it stands.
    #[serde(flatten)]
    pub item: ItemRecord,
    /// The group of exact repeats that it is in.
    pub group: Option<GroupRef>,
    /// How many links it has.
    pub similar: usize,
    /// 已编发: the issues that carried it.
    pub issued: Vec<String>,
    /// What happened to it.
    pub history: Vec<AuditRow>,
}

/// A group, named after its first member.
#[derive(Debug, Serialize)]
pub struct GroupRef {
    /// Its id.
    pub id: ItemId,
    /// How many members.
    pub size: u32,
}

/// A group with its members.
#[derive(Debug, Serialize)]
pub struct GroupView {
    /// Its id.
    pub id: ItemId,
    /// The members in order of receipt.
    pub members: Vec<Member>,
}

/// A member of a group.
#[derive(Debug, Serialize)]
pub struct Member {
    /// The item.
    #[serde(flatten)]
    pub item: ItemRow,
    /// Why it is in the group.
    pub joined: Joined,
}

/// How many links an item has, without those that an editor called 无关.
fn related(sql: &mut dyn Sql, no: i64) -> Result<usize, DeskError> {
    let verdicts = verdicts_of(sql, no)?;
    let unrelated =
        |other: i64| verdicts.iter().any(|row| row.other_no == other && row.verdict == Verdict::Unrelated);
    Ok(neighbours(sql, no)?.iter().filter(|link| !unrelated(link.no)).count())
}

impl Desk {
    /// An item.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn item(&self, id: ItemId) -> Result<ItemView, DeskError> {
        let view = self.store.read(move |sql| {
            let no = item_no(sql, &id)?;
            let group = match group_of(sql, no)? {
                Some((first, size)) => {
                    read_rows(sql, &[first])?.first().map(|row| GroupRef { id: row.id, size })
                }
                None => None,
            };
            Ok::<_, DeskError>(ItemView {
                item: read_item(sql, no)?,
                group,
                similar: related(sql, no)?,
                issued: issued_names(sql, no)?,
                history: history(sql, &id.to_string())?,
            })
        });
        view.await
    }

    /// A group with its members.
    ///
    /// # Errors
    /// When no group has this first member.
    pub async fn group(&self, id: ItemId) -> Result<GroupView, DeskError> {
        self.store
            .read(move |sql| {
                let first = item_no(sql, &id)?;
                let joined = group_members(sql, first)?;
                if joined.is_empty() {
                    return Err(crate::store::StoreError::NotFound(format!("组 {id}")).into());
                }
                let numbers: Vec<i64> = joined.iter().map(|(no, _)| *no).collect();
                let rows = read_rows(sql, &numbers)?;
                let members = rows.into_iter().zip(joined);
                let members = members.map(|(item, (_, joined))| Member { item, joined }).collect();
                Ok(GroupView { id, members })
            })
            .await
    }
}
