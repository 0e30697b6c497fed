//! 并稿: editors merge items that say the same, take one out again, and undo either. Originals stay as they are, all
//! authors keep their credit, and the log says who did it and why.

use crate::model::{Actor, ChangeKind, ItemId, ItemMove, ItemState, UserName};
use crate::store::{
    Membership, Moved, Priority, Skipped, StoreError, Tx, insert_act, item_no, leave_group, memberships,
    merge_group, move_item, read_rows, set_holder,
};

use super::triage::{COMMENT_MAX, ITEMS_MAX, held_by_another};
use super::{Desk, DeskError};

impl Desk {
    /// Merges items into one of them: the one that is named, or the one received first. Gives the number of the act.
    ///
    /// # Errors
    /// When fewer than two or too many are chosen, or the word about it is too long.
    pub async fn merge(
        &self,
        items: Vec<ItemId>,
        into: Option<ItemId>,
        why: String,
        by: UserName,
    ) -> Result<i64, DeskError> {
        if items.len() + usize::from(into.is_some()) < 2 {
            return Err(DeskError::Request("并稿须选中两件以上来稿，请勾选后再并".to_owned()));
        }
        if items.len() > ITEMS_MAX {
            let detail = format!("一次至多并 {ITEMS_MAX} 件，现选 {} 件，请分批处理", items.len());
            return Err(DeskError::Request(detail));
        }
        let chars = why.chars().count();
        if chars > COMMENT_MAX {
            return Err(DeskError::Request(format!(
                "说明共 {chars} 字，超过 {COMMENT_MAX} 字的上限，请删减"
            )));
        }
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let mut numbers = items.iter().map(|id| item_no(tx, id)).collect::<Result<Vec<_>, _>>()?;
                numbers.sort_unstable();
                numbers.dedup();
                let head = match into {
                    Some(id) => item_no(tx, &id)?,
                    None => numbers.first().copied().unwrap_or_default(),
                };
                refuse_merged_head(tx, head)?;
                let (mut moved, mut skipped) = (Vec::new(), Vec::new());
                for no in numbers.into_iter().filter(|no| *no != head) {
                    merge_one(tx, no, head, &why, &by, &mut moved, &mut skipped)?;
                }
                Ok(insert_act(tx, "并入", &moved, &skipped, &Actor::User(by.to_string()))?)
            })
            .await
    }

    /// Takes an item out of its group: it is on its own again, and 待编 if it had been merged. Gives the number of the act.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn take_out(&self, id: ItemId, by: UserName) -> Result<i64, DeskError> {
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let actor = Actor::User(by.to_string());
                let no = item_no(tx, &id)?;
                let groups = memberships(tx, no)?;
                let row = read_rows(tx, &[no])?.pop();
                let mut row = row.ok_or_else(|| StoreError::NotFound(format!("来稿 {id}")))?;
                if groups.len() < 2 {
                    return Err(DeskError::Request(format!("《{}》不在任何一组中", row.title)));
                }
                let from = row.state;
                if from == ItemState::Merged {
                    let to = from.apply(ItemMove::Reopen)?;
                    move_item(tx, &row, to, &actor, "移出并稿")?;
                    row.state = to;
                    row.rev += 1;
                }
                leave_group(tx, no)?;
                tx.audit(&actor, "group.leave", &id.to_string(), &serde_json::json!({}))?;
                tx.change(ChangeKind::ItemLinked, &id.to_string(), Some(no))?;
                let moved = Moved { no, from, to: row.state, rev: row.rev, holder: None, groups };
                Ok(insert_act(tx, "移出", &[moved], &[], &actor)?)
            })
            .await
    }
}

/// Nobody merges into what is itself out of sight.
fn refuse_merged_head(tx: &mut Tx<'_>, head: i64) -> Result<(), DeskError> {
    let Some(row) = read_rows(tx, &[head])?.pop() else { return Ok(()) };
    if matches!(row.state, ItemState::Merged | ItemState::Withdrawn) {
        let detail = format!("《{}》当前为“{}”，不能并入其中，请另选一件", row.title, row.state.label());
        return Err(DeskError::Request(detail));
    }
    Ok(())
}

/// Merges one item with whoever repeats it exactly.
fn merge_one(
    tx: &mut Tx<'_>,
    no: i64,
    head: i64,
    why: &str,
    by: &UserName,
    moved: &mut Vec<Moved>,
    skipped: &mut Vec<Skipped>,
) -> Result<(), DeskError> {
    let actor = Actor::User(by.to_string());
    let before: Vec<Membership> = memberships(tx, no)?;
    // Of a flood only so many are moved along; the others stay in the group and where they stand.
    let followers: Vec<i64> =
        before.iter().map(|it| it.no).filter(|it| *it != no && *it != head).take(ITEMS_MAX).collect();
    let mut done = false;
    for one in std::iter::once(no).chain(followers) {
        let Some(row) = read_rows(tx, &[one])?.pop() else { continue };
        let held = held_by_another(tx, one, by)?;
        let to = match (held, row.state.apply(ItemMove::Merge)) {
            (None, Ok(to)) => to,
            // What follows along and cannot be moved stays where it stands.
            _ if one != no => continue,
            (Some(why), _) => {
                skipped.push(Skipped { id: row.id, title: row.title, why });
                return Ok(());
            }
            (None, Err(illegal)) => {
                skipped.push(Skipped { id: row.id, title: row.title, why: illegal.to_string() });
                return Ok(());
            }
        };
        let (holder, _) = crate::store::holder_of(tx, one)?;
        let told = if why.is_empty() { "并入".to_owned() } else { format!("并入：{why}") };
        move_item(tx, &row, to, &actor, &told)?;
        if holder.is_some() {
            set_holder(tx, one, None)?;
        }
        let groups = if done { Vec::new() } else { before.clone() };
        moved.push(Moved { no: one, from: row.state, to, rev: row.rev + 1, holder, groups });
        if !done {
            merge_group(tx, no, head)?;
            done = true;
        }
        let id = row.id.to_string();
        tx.audit(&actor, "group.merge", &id, &serde_json::json!({ "into": head, "why": why }))?;
        tx.change(ChangeKind::ItemLinked, &id, Some(one))?;
    }
    Ok(())
}
