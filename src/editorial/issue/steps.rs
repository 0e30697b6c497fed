//! The steps that an issue takes together with its manuscripts and their items.

use crate::model::{
    Actor, ChangeKind, Contributor, IssueId, IssueMove, ItemId, ItemMove, ManuscriptId, ManuscriptMove,
    ManuscriptState, Outlet, SeriesId, Submission, Texts,
};
use crate::store::{
    IssueRecord, ItemRecord, Tx, as_registered, insert_manuscript, item_no, items_of, manuscripts_of_issue,
    move_issue, move_item, move_manuscript, put_on_issue, read_issue, read_item, read_manuscript,
};

use super::super::DeskError;
use super::super::manuscript::let_items_go;

/// Makes a manuscript of one item and leads it onto the proof.
pub(super) fn take_up(
    tx: &mut Tx<'_>,
    item: &ItemId,
    id: &ManuscriptId,
    series: &SeriesId,
    issue: &IssueId,
    by: &Actor,
) -> Result<(), DeskError> {
    let no = item_no(tx, item)?;
    let item = read_item(tx, no)?;
    let taken = item.row.state.apply(ItemMove::Take)?;
    move_item(tx, &item.row, taken, by, ItemMove::Take.label())?;
    let outlet = Outlet::Series { series: series.clone() };
    let credited = as_registered(tx, item)?;
    insert_manuscript(tx, id, &outlet, &texts(&credited), &[no], by)?;
    put_on_issue(tx, id, Some(issue))?;
    for step in [ManuscriptMove::Submit, ManuscriptMove::Pass] {
        let manuscript = read_manuscript(tx, id)?;
        let next = manuscript.state.apply(step)?;
        move_manuscript(tx, &manuscript, next, step.label(), by, "")?;
    }
    Ok(())
}

/// The first texts of a manuscript: the item's own, with its reporters credited.
fn texts(item: &ItemRecord) -> Texts {
    let submission = &item.submission;
    let credit = credit_line(submission);
    Texts { title: submission.title.as_str().to_owned(), body: submission.text.plain(), credit }
}

/// 署名: everybody who reported it.
fn credit_line(submission: &Submission) -> String {
    let people = submission.contributor.iter().chain(&submission.co_contributors);
    people.map(credit).collect::<Vec<_>>().join("、")
}

/// 张三（渝中区某单位）
pub(in super::super) fn credit(person: &Contributor) -> String {
    match &person.unit {
        Some(unit) if *unit != person.name => format!("{}（{unit}）", person.name),
        _ => person.name.clone(),
    }
}

/// Moves an issue and, where they follow it, its manuscripts and their items.
pub(super) fn advance(
    tx: &mut Tx<'_>,
    id: &IssueId,
    by_move: IssueMove,
    by: &Actor,
    edit: impl FnOnce(&mut IssueRecord) -> Result<(), DeskError>,
) -> Result<(), DeskError> {
    let mut issue = read_issue(tx, id)?;
    issue.state = issue.state.apply(by_move)?;
    edit(&mut issue)?;
    move_issue(tx, &issue, by_move.code(), by)?;
    let follows = match by_move {
        IssueMove::Sign => ManuscriptMove::Sign,
        IssueMove::Check => ManuscriptMove::Check,
        IssueMove::Register => ManuscriptMove::Register,
        IssueMove::Issue => ManuscriptMove::Issue,
        IssueMove::Proof | IssueMove::Import | IssueMove::Reopen | IssueMove::GiveBack | IssueMove::Void => {
            return Ok(());
        }
    };
    for manuscript in manuscripts_of_issue(tx, id)? {
        let next = manuscript.state.apply(follows)?;
        move_manuscript(tx, &manuscript, next, follows.label(), by, "")?;
        if follows == ManuscriptMove::Issue {
            adopt(tx, &manuscript.id, by)?;
        }
    }
    Ok(())
}

/// 已采用: the items of an issued manuscript.
pub(super) fn adopt(tx: &mut Tx<'_>, manuscript: &ManuscriptId, by: &Actor) -> Result<(), DeskError> {
    for (no, id) in items_of(tx, manuscript)? {
        let item = read_item(tx, no)?.row;
        move_item(tx, &item, item.state.apply(ItemMove::Adopt)?, by, ItemMove::Adopt.label())?;
        tx.change(ChangeKind::ItemIssued, &id.to_string(), Some(no))?;
    }
    Ok(())
}

/// 作废: its manuscripts are given up, their items are free again.
pub(super) fn let_go(tx: &mut Tx<'_>, id: &IssueId, reason: &str, by: &Actor) -> Result<(), DeskError> {
    for manuscript in manuscripts_of_issue(tx, id)? {
        let mut state = manuscript.state;
        if state != ManuscriptState::AwaitingSignature {
            state = state.apply(ManuscriptMove::TakeOut)?;
        }
        let state = state.apply(ManuscriptMove::Drop)?;
        move_manuscript(tx, &manuscript, state, ManuscriptMove::Drop.label(), by, reason)?;
        put_on_issue(tx, &manuscript.id, None)?;
        let_items_go(tx, &manuscript.id, by)?;
    }
    Ok(())
}

/// 退号: manuscripts stand where they stood before 登记.
pub(super) fn step_back(tx: &mut Tx<'_>, id: &IssueId, reason: &str, by: &Actor) -> Result<(), DeskError> {
    for manuscript in manuscripts_of_issue(tx, id)? {
        move_manuscript(tx, &manuscript, ManuscriptState::Checked, IssueMove::GiveBack.label(), by, reason)?;
    }
    Ok(())
}
