//! What editors do with what came in: take and release, keep, decline, pass on, ask for more; and undo.
//!
//! An act moves what it can and says of the rest why it did not: nothing is left out silently.

use crate::model::{
    Actor, ChangeKind, CodeTable, IllegalMove, ItemId, ItemMove, ItemState, Notify, Urgency, UserName,
};
use crate::store::{
    Act, ItemRow, Moved, Priority, Skipped, Sql, StoreError, Telling, Tx, add_note, holder_of, insert_act,
    item_no, move_item_telling, read_act, read_rows, restore_memberships, set_closing, set_holder,
    set_item_urgency, set_undone, set_urgency, take_back_notice, uses_of,
};

use super::{Desk, DeskError};

/// Most items of one act.
pub(super) const ITEMS_MAX: usize = 200;
/// Longest comment and note, in characters.
pub(super) const COMMENT_MAX: usize = 500;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Triage {
    /// 领取.
    Claim,
    /// 释放.
    LetGo,
    /// 留存: the usual end.
    Keep,
    /// 不采用, by the code of a reason.
    Decline(String),
    /// 直转, to a unit.
    Forward(String),
    /// 退回请补充, with what is asked for.
    AskForMore(String),
    /// 撤稿, at the author's request.
    Withdraw(String),
    /// 恢复 to 待编.
    Reopen,
}

impl Triage {
    /// The move that it is; taking and releasing move nothing.
    fn step(&self) -> Option<ItemMove> {
        match self {
            Self::Claim | Self::LetGo => None,
            Self::Keep => Some(ItemMove::Keep),
            Self::Decline(_) => Some(ItemMove::Decline),
            Self::Forward(_) => Some(ItemMove::Forward),
            Self::AskForMore(_) => Some(ItemMove::AskForMore),
            Self::Withdraw(_) => Some(ItemMove::Withdraw),
            Self::Reopen => Some(ItemMove::Reopen),
        }
    }

    /// What is said of it afterwards.
    fn told(&self) -> &'static str {
        match self {
            Self::Claim => "领取",
            Self::LetGo => "释放",
            Self::Keep => "留存",
            Self::Decline(_) => "不采用",
            Self::Forward(_) => "直转",
            Self::AskForMore(_) => "退回请补充",
            Self::Withdraw(_) => "撤稿",
            Self::Reopen => "恢复",
        }
    }
}

/// An act with what the log says of it.
#[derive(Clone)]
struct Planned {
    what: Triage,
    closing: Option<String>,
    why: String,
    telling: Telling,
}

impl Desk {
    /// Does it to every item that it can be done to; gives the number of the act.
    ///
    /// # Errors
    /// When none or too many are chosen, or a reason, unit or comment is missing.
    pub async fn triage(&self, items: Vec<ItemId>, what: Triage, by: UserName) -> Result<i64, DeskError> {
        match items.len() {
            0 => return Err(DeskError::Request("没有选中来稿，请先勾选".to_owned())),
            n if n > ITEMS_MAX => {
                return Err(DeskError::Request(format!(
                    "一次至多处理 {ITEMS_MAX} 件，现选 {n} 件，请分批处理"
                )));
            }
            _ => {}
        }
        let planned = self.planned(what)?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let (mut moved, mut skipped) = (Vec::new(), Vec::new());
                for id in &items {
                    let no = item_no(tx, id)?;
                    let row = read_rows(tx, &[no])?.pop();
                    let row = row.ok_or_else(|| StoreError::NotFound(format!("来稿 {id}")))?;
                    match one(tx, &row, &planned, &by)? {
                        Ok(done) => moved.push(done),
                        Err(why) => skipped.push(Skipped { id: row.id, title: row.title, why }),
                    }
                }
                let actor = Actor::User(by.to_string());
                Ok(insert_act(tx, planned.what.told(), &moved, &skipped, &actor)?)
            })
            .await
    }

    fn planned(&self, what: Triage) -> Result<Planned, DeskError> {
        let needed = |text: &str, label: &str, max: usize| {
            let chars = text.chars().count();
            if chars == 0 {
                return Err(DeskError::Request(format!("请填写{label}")));
            }
            if chars > max {
                return Err(DeskError::Request(format!("{label}共 {chars} 字，超过 {max} 字的上限，请删减")));
            }
            Ok(text.to_owned())
        };
        let mut telling = Telling::ByState;
        let (closing, why) = match &what {
            Triage::Claim | Triage::LetGo | Triage::Keep | Triage::Reopen => (None, String::new()),
            Triage::Decline(code) => {
                let (day, rows) = (self.today(), self.tables.now());
                let known = rows.on(CodeTable::Reason, day).find(|reason| reason.code == *code);
                let reason = known
                    .ok_or_else(|| DeskError::Request("不采用须选择理由，请从列表中选一条".to_owned()))?;
                let outward = reason.outward.clone().unwrap_or_default();
                telling = match reason.notify.unwrap_or(Notify::Yes) {
                    Notify::Yes => Telling::Words(outward),
                    Notify::No => Telling::Nobody,
                    Notify::Phone => Telling::Phone(outward),
                };
                (Some(reason.code.clone()), reason.name_on(day).to_owned())
            }
            Triage::Forward(to) => {
                let to = needed(to, "直转单位", 50)?;
                (Some(to.clone()), to)
            }
            Triage::AskForMore(comment) => (None, needed(comment, "要求补充的内容", COMMENT_MAX)?),
            Triage::Withdraw(comment) => (None, needed(comment, "撤稿缘由", COMMENT_MAX)?),
        };
        Ok(Planned { what, closing, why, telling })
    }

    /// Undoes an act of the same person, as far as nobody has changed its items since.
    ///
    /// # Errors
    /// When there is no such act, or it was undone already.
    pub async fn undo(&self, act: i64, by: UserName) -> Result<(), DeskError> {
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let actor = Actor::User(by.to_string());
                let act = read_act(tx, act, &actor)?;
                let mut skipped = Vec::new();
                // The last first: a group is put back as it was before each.
                for moved in act.moved.iter().rev() {
                    let row = read_rows(tx, &[moved.no])?.pop();
                    let Some(row) = row else { continue };
                    let changed = row.rev != moved.rev || row.state != moved.to;
                    let back = if changed { Err(None) } else { way_back(moved).map_err(Some) };
                    match back {
                        Ok(steps) => restore(tx, row, moved, &steps, &actor)?,
                        Err(illegal) => {
                            let why = illegal
                                .map_or_else(|| "之后已有改动，没有撤销".to_owned(), |e| e.to_string());
                            skipped.push(Skipped { id: row.id, title: row.title, why });
                        }
                    }
                }
                Ok(set_undone(tx, act.no, &skipped)?)
            })
            .await
    }

    /// An act of this person, to be told of.
    ///
    /// # Errors
    /// When there is none of this number by them.
    pub async fn act(&self, no: i64, by: &UserName) -> Result<Act, DeskError> {
        let actor = Actor::User(by.to_string());
        Ok(self.store.read(move |sql: &mut dyn Sql| read_act(sql, no, &actor)).await?)
    }

    /// Confirms how urgent an item is; the manuscripts that it is in and that have not gone out follow.
    ///
    /// # Errors
    /// When there is no such item.
    pub async fn confirm_urgency(&self, id: ItemId, urgency: Urgency, by: Actor) -> Result<(), DeskError> {
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let no = item_no(tx, &id)?;
                set_item_urgency(tx, (no, &id), urgency, &by)?;
                for manuscript in uses_of(tx, no)? {
                    set_urgency(tx, &manuscript, urgency)?;
                }
                Ok(())
            })
            .await
    }

    /// Writes a note for the other editors.
    ///
    /// # Errors
    /// When it is empty or too long, or there is no such item.
    pub async fn note(&self, id: ItemId, text: String, by: Actor) -> Result<(), DeskError> {
        if text.trim().is_empty() || text.chars().count() > COMMENT_MAX {
            return Err(DeskError::Request(format!("备注须为 1–{COMMENT_MAX} 字")));
        }
        let text = text.trim().to_owned();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let no = item_no(tx, &id)?;
                Ok(add_note(tx, (no, &id), &text, &by)?)
            })
            .await
    }
}

/// 已由某某领取, where somebody else has taken it.
pub(super) fn held_by_another(
    sql: &mut dyn Sql,
    no: i64,
    by: &UserName,
) -> Result<Option<String>, StoreError> {
    let (holder, _) = holder_of(sql, no)?;
    let Some(other) = holder.filter(|holder| holder != by.as_str()) else { return Ok(None) };
    let name: Option<UserName> = other.parse().ok();
    let title = name.and_then(|name| crate::store::read_user(sql, &name).ok()).map(|user| user.title);
    Ok(Some(format!("已由{}领取", title.unwrap_or(other))))
}

/// Does it to one item, or says why not.
fn one(
    tx: &mut Tx<'_>,
    row: &ItemRow,
    planned: &Planned,
    by: &UserName,
) -> Result<Result<Moved, String>, StoreError> {
    if let Some(why) = held_by_another(tx, row.no, by)? {
        return Ok(Err(why));
    }
    let (holder, _) = holder_of(tx, row.no)?;
    let actor = Actor::User(by.to_string());
    let told = planned.what.told();
    let Some(step) = planned.what.step() else {
        let claim = planned.what == Triage::Claim;
        if claim == holder.is_some() {
            return Ok(Err(if claim { "已由您领取" } else { "没有人领取" }.to_owned()));
        }
        set_holder(tx, row.no, claim.then_some(by.as_str()))?;
        tx.audit(
            &actor,
            if claim { "item.claim" } else { "item.release" },
            &row.id.to_string(),
            &serde_json::json!({}),
        )?;
        return Ok(Ok(Moved {
            no: row.no,
            from: row.state,
            to: row.state,
            rev: row.rev,
            holder,
            groups: Vec::new(),
        }));
    };
    let to = match row.state.apply(step) {
        Ok(to) => to,
        Err(illegal) => return Ok(Err(illegal.to_string())),
    };
    let why = if planned.why.is_empty() { told.to_owned() } else { format!("{told}：{}", planned.why) };
    move_item_telling(tx, row, to, &actor, &why, planned.telling.clone())?;
    set_closing(tx, row.no, planned.closing.as_deref())?;
    if holder.is_some() {
        set_holder(tx, row.no, None)?;
    }
    Ok(Ok(Moved { no: row.no, from: row.state, to, rev: row.rev + 1, holder, groups: Vec::new() }))
}

/// The states through which an item comes back to where it stood; every one a move of the workflow.
fn way_back(moved: &Moved) -> Result<Vec<ItemState>, IllegalMove> {
    use ItemState as S;
    if moved.from == moved.to {
        return Ok(Vec::new());
    }
    let first = match (moved.from, moved.to) {
        (_, S::Received) => None,
        (_, S::Returned) => Some(ItemMove::Resubmit),
        _ => Some(ItemMove::Reopen),
    };
    let then = match moved.from {
        S::Kept => Some(ItemMove::Keep),
        S::Declined => Some(ItemMove::Decline),
        S::Forwarded => Some(ItemMove::Forward),
        S::Merged => Some(ItemMove::Merge),
        S::Editing => Some(ItemMove::Take),
        S::Returned => Some(ItemMove::AskForMore),
        S::Received | S::Draft | S::Adopted | S::Withdrawn => None,
    };
    let (mut state, mut out) = (moved.to, Vec::new());
    for step in first.into_iter().chain(then) {
        state = state.apply(step)?;
        out.push(state);
    }
    Ok(out)
}

fn restore(
    tx: &mut Tx<'_>,
    mut row: ItemRow,
    moved: &Moved,
    steps: &[ItemState],
    by: &Actor,
) -> Result<(), StoreError> {
    take_back_notice(tx, &row, moved.from)?;
    for state in steps {
        move_item_telling(tx, &row, *state, by, "撤销", Telling::Nobody)?;
        row.rev += 1;
        row.state = *state;
    }
    if steps.is_empty() && moved.groups.is_empty() {
        tx.audit(by, "item.claim_undone", &row.id.to_string(), &serde_json::json!({}))?;
    } else if !steps.is_empty() {
        set_closing(tx, row.no, None)?;
    }
    if !moved.groups.is_empty() {
        restore_memberships(tx, &moved.groups)?;
        tx.audit(by, "group.undo", &row.id.to_string(), &serde_json::json!({}))?;
        tx.change(ChangeKind::ItemLinked, &row.id.to_string(), Some(row.no))?;
    }
    set_holder(tx, row.no, moved.holder.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_but_a_withdrawal_has_a_way_back_to_where_it_began() {
        let acts =
            [ItemMove::Keep, ItemMove::Decline, ItemMove::Forward, ItemMove::AskForMore, ItemMove::Reopen];
        for from in ItemState::ALL {
            for step in acts {
                let Ok(to) = from.apply(step) else { continue };
                let moved = Moved { no: 1, from: *from, to, rev: 1, holder: None, groups: Vec::new() };
                let back = way_back(&moved).unwrap_or_else(|error| panic!("{from:?} {step:?}: {error}"));
                assert_eq!(back.last(), Some(from), "{from:?} {step:?}");
            }
        }
        let withdrawn = Moved {
            no: 1,
            from: ItemState::Received,
            to: ItemState::Withdrawn,
            rev: 1,
            holder: None,
            groups: Vec::new(),
        };
        assert!(way_back(&withdrawn).is_err());
    }
}
