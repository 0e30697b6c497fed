//! A manuscript comes to be from 1..n items, and may be given up.

use std::sync::Arc;

use crate::clock::random_bytes;
use crate::model::{
    Actor, Contributor, ItemId, ItemMove, Joined, ManuscriptId, ManuscriptMove, ManuscriptState, Outlet,
    Texts, Urgency,
};
use crate::store::{
    ItemRecord, Priority, Sql, StoreError, Tx, as_registered, group_members, group_of, holder_of,
    insert_manuscript, item_no, items_of, move_item, move_manuscript, read_item, read_manuscript, set_kind,
    set_urgency, uses_of,
};
use crate::text::Redactor;

use super::super::issue::credit;
use super::super::{Desk, DeskError};
use super::{Edited, current, editing};

/// Items that one manuscript may be made from.
const ITEMS_MAX: usize = 50;
/// Members of a group whose authors are credited beside the first; of a flood no more.
const COMPANIONS_MAX: usize = 30;

impl Desk {
    /// Makes a manuscript of items for a series, for 上报 or for 直转; what is personal in their texts is masked in this copy. Whoever was merged
    /// into them or sent the very same is credited too.
    ///
    /// # Errors
    /// When an item is not there or may not be taken, or there is no such series.
    pub async fn make_manuscript(
        &self,
        items: Vec<ItemId>,
        outlet: Outlet,
        by: Actor,
    ) -> Result<ManuscriptId, DeskError> {
        if let Some(series) = outlet.series() {
            self.series(series)?;
        }
        match items.len() {
            0 => return Err(DeskError::Request("没有选中来稿，请先勾选".to_owned())),
            n if n > ITEMS_MAX => {
                let detail = format!("一篇编稿至多用 {ITEMS_MAX} 件来稿，现选 {n} 件");
                return Err(DeskError::Request(detail));
            }
            _ => {}
        }
        let id = ManuscriptId::from_random(random_bytes()?);
        let redactor = Arc::clone(&self.redactor);
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let sources = sources(tx, &items)?;
                let Some((_, head)) = sources.first() else {
                    return Err(DeskError::Request("没有选中来稿，请先勾选".to_owned()));
                };
                let (kind, urgency) = (head.submission.kind.clone(), urgency(tx, &sources)?);
                let texts = first_texts(&redactor, &items, &registered(tx, &sources)?);
                let numbers: Vec<i64> = sources.iter().map(|(no, _)| *no).collect();
                for (_, item) in &sources {
                    let taken = item.row.state.apply(ItemMove::Take)?;
                    move_item(tx, &item.row, taken, &by, ItemMove::Take.label())?;
                }
                insert_manuscript(tx, &id, &outlet, &texts, &numbers, &by)?;
                set_urgency(tx, &id, urgency)?;
                Ok::<_, DeskError>(set_kind(tx, &id, &kind)?)
            })
            .await?;
        Ok(id)
    }

    /// 不用: given up; its items are free again unless another manuscript holds them.
    ///
    /// # Errors
    /// When it is signed already, or no comment was given.
    pub async fn drop_manuscript(
        &self,
        id: ManuscriptId,
        edited: Edited,
        by: Actor,
    ) -> Result<(), DeskError> {
        if edited.comment.trim().is_empty() {
            return Err(DeskError::Request("不用须写明缘由".to_owned()));
        }
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = current(tx, &id, edited.rev)?;
                editing(&record)?;
                let next = record.state.apply(ManuscriptMove::Drop)?;
                move_manuscript(tx, &record, next, ManuscriptMove::Drop.label(), &by, edited.comment.trim())?;
                let_items_go(tx, &id, &by)
            })
            .await
    }
}

/// The items of a manuscript that was given up are free again, but for those that another one still holds.
pub(in super::super) fn let_items_go(
    tx: &mut Tx<'_>,
    id: &ManuscriptId,
    by: &Actor,
) -> Result<(), DeskError> {
    for (no, _) in items_of(tx, id)? {
        let mut held = false;
        for other in uses_of(tx, no)? {
            held |= other != *id && read_manuscript(tx, &other)?.state != ManuscriptState::Dropped;
        }
        if !held {
            release(tx, no, by)?;
        }
    }
    Ok(())
}

/// An item is free again; one that had been merged goes back out of sight.
fn release(tx: &mut Tx<'_>, no: i64, by: &Actor) -> Result<(), DeskError> {
    let mut item = read_item(tx, no)?.row;
    let free = item.state.apply(ItemMove::Release)?;
    move_item(tx, &item, free, by, ItemMove::Release.label())?;
    if joined(tx, no)? == Some(Joined::Merged) && free.apply(ItemMove::Merge).is_ok() {
        item.rev += 1;
        item.state = free;
        move_item(tx, &item, free.apply(ItemMove::Merge)?, by, ItemMove::Merge.label())?;
    }
    Ok(())
}

/// Why an item is in a group that another begins.
fn joined(sql: &mut dyn Sql, no: i64) -> Result<Option<Joined>, StoreError> {
    let Some((head, _)) = group_of(sql, no)? else { return Ok(None) };
    let members = group_members(sql, head)?;
    Ok(members.into_iter().find(|(one, _)| *one == no && no != head).map(|(_, joined)| joined))
}

/// The chosen items in their order, then their companions by receipt: what was merged into them, and exact repeats.
fn sources(sql: &mut dyn Sql, chosen: &[ItemId]) -> Result<Vec<(i64, ItemRecord)>, StoreError> {
    let mut out: Vec<(i64, ItemRecord)> = Vec::new();
    for id in chosen {
        let no = item_no(sql, id)?;
        if !out.iter().any(|(known, _)| *known == no) {
            out.push((no, read_item(sql, no)?));
        }
    }
    let heads: Vec<i64> = out.iter().map(|(no, _)| *no).collect();
    let mut companions = Vec::new();
    for no in heads {
        if let Some((head, _)) = group_of(sql, no)? {
            companions.extend(group_members(sql, head)?.into_iter().map(|(no, _)| no));
        }
    }
    companions.sort_unstable();
    companions.dedup();
    companions.retain(|no| !out.iter().any(|(known, _)| known == no));
    for no in companions.into_iter().take(COMPANIONS_MAX) {
        let item = read_item(sql, no)?;
        if item.row.state.apply(ItemMove::Take).is_ok() {
            out.push((no, item));
        }
    }
    Ok(out)
}

/// As urgent as the most urgent of them.
fn urgency(sql: &mut dyn Sql, sources: &[(i64, ItemRecord)]) -> Result<Urgency, StoreError> {
    let mut most = Urgency::Normal;
    for (no, _) in sources {
        let (_, urgency) = holder_of(sql, *no)?;
        if urgency as u8 > most as u8 {
            most = urgency;
        }
    }
    Ok(most)
}

/// The items as they are credited: with name, unit and post as 反映人库 has them for the day of each.
pub(super) fn registered(
    sql: &mut dyn Sql,
    sources: &[(i64, ItemRecord)],
) -> Result<Vec<(i64, ItemRecord)>, StoreError> {
    sources.iter().map(|(no, item)| Ok((*no, as_registered(sql, item.clone())?))).collect()
}

/// The texts that an editor begins with: those of the chosen items one after the other, and everybody's credit.
fn first_texts(redactor: &Redactor, chosen: &[ItemId], sources: &[(i64, ItemRecord)]) -> Texts {
    let masked = |text: &str| redactor.mask(text).into_inner();
    let own = sources.iter().filter(|(_, item)| chosen.contains(&item.row.id));
    let bodies: Vec<String> = own.map(|(_, item)| masked(&item.submission.text.plain())).collect();
    let title = sources.first().map(|(_, item)| masked(item.submission.title.as_str())).unwrap_or_default();
    Texts { title, body: bodies.join("\n"), credit: credit_line(sources) }
}

/// 署名 (DOMAIN §2): everybody once, as a person; the unit named is that of the first received.
pub(super) fn credit_line(sources: &[(i64, ItemRecord)]) -> String {
    let mut order: Vec<&(i64, ItemRecord)> = sources.iter().collect();
    order.sort_by_key(|(no, _)| *no);
    let mut named: Vec<&Contributor> = Vec::new();
    for (_, item) in order {
        for person in item.submission.contributor.iter().chain(&item.submission.co_contributors) {
            if !named.iter().any(|known| known.name == person.name) {
                named.push(person);
            }
        }
    }
    named.into_iter().map(credit).collect::<Vec<_>>().join("、")
}
