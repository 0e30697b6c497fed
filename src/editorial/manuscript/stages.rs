//! The configured stages: sent up, passed (as it is or changed), returned; 特急 may go to the signer before its review.

use crate::model::{Actor, Cover, ManuscriptId, ManuscriptMove, ManuscriptState, Urgency, User};
use crate::store::{
    ManuscriptRecord, Priority, Sql, Step, Tx, clear_draft, correct_manuscript, move_manuscript,
    read_manuscript, set_owed, set_stage, stage_of, standing_of, steps_of,
};

use super::super::kinds::Stage;
use super::super::{Desk, DeskError};
use super::look::leave_severe;
use super::{COMMENT_MAX, Edited, current, editing};

/// Steps that make somebody an author of it; a reviewer's own change (改后通过) does not.
pub(in crate::editorial) const EDITS: &[&str] = &["编稿", "修改", "恢复", "取入来稿文字", "Word 修改"];
/// 特急, sent to the signer before its review.
const EXPRESS: &str = "特急送签（后补审）";
/// The review that was owed.
pub(super) const LATE: &str = "补审通过";

/// How a manuscript goes on from the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// Through every stage.
    Usual,
    /// 特急: to the signer at once; the review is made up for (补审).
    Express,
}

impl Desk {
    pub(super) async fn chain(&self, id: ManuscriptId) -> Result<Vec<Stage>, DeskError> {
        let kind = self.store.read(move |sql: &mut dyn Sql| stage_of(sql, &id)).await?.1;
        Ok(self.kind(&kind)?.stages.clone())
    }

    /// 送审, with the changes of the form.
    ///
    /// # Errors
    /// When it is not in editing, somebody else changed it meanwhile, or what is not 特急 would skip its review.
    pub async fn submit_manuscript(
        &self,
        id: ManuscriptId,
        edited: Edited,
        passing: Passing,
        by: Actor,
    ) -> Result<(), DeskError> {
        edited.check()?;
        let severe = self.refuse_severe(id, &edited).await?;
        let stages = self.chain(id).await?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = current(tx, &id, edited.rev)?;
                editing(&record)?;
                let record = with_changes(tx, record, &edited, "修改", "", &by)?;
                let mut next = record.state.apply(ManuscriptMove::Submit)?;
                let express = passing == Passing::Express && !stages.is_empty();
                if express && standing_of(tx, &id)?.0 != Urgency::Critical {
                    return Err(DeskError::Request("只有特急稿可以先送签、后补审".to_owned()));
                }
                let first = stages.first().filter(|_| !express);
                if first.is_none() {
                    next = next.apply(ManuscriptMove::Pass)?;
                }
                if express {
                    set_owed(tx, &id, Some(tx.now()))?;
                }
                let action = if express { EXPRESS } else { ManuscriptMove::Submit.label() };
                move_manuscript(tx, &record, next, action, &by, &edited.comment)?;
                leave_severe(tx, &id, &severe, &edited.comment, &by)?;
                clear_draft(tx, &id, &by)?;
                Ok(set_stage(tx, &id, first.map(|stage| stage.code.as_str()))?)
            })
            .await
    }

    /// Passes a stage; with other texts than before it is 改后通过, in one action and marked.
    ///
    /// # Errors
    /// When this person may not pass it, or somebody else changed it meanwhile.
    pub async fn pass_manuscript(
        &self,
        id: ManuscriptId,
        edited: Edited,
        user: User,
    ) -> Result<(), DeskError> {
        edited.check()?;
        let severe = self.refuse_severe(id, &edited).await?;
        let stages = self.chain(id).await?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let (at, stage) = open_to(tx, &id, &stages, &user)?;
                let (record, by) = (current(tx, &id, edited.rev)?, user.actor());
                let record = with_changes(tx, record, &edited, "改后通过", &edited.comment, &by)?;
                let onward = passing(&stages, at, record.state)?;
                let comment = told(stage, &user, &edited.comment);
                move_manuscript(tx, &record, onward.state, &onward.action, &by, &comment)?;
                leave_severe(tx, &id, &severe, &edited.comment, &by)?;
                clear_draft(tx, &id, &by)?;
                Ok(set_stage(tx, &id, onward.stage.as_deref())?)
            })
            .await
    }

    /// Returns it to the editor, or to the earlier stage of this code, with a comment.
    ///
    /// # Errors
    /// When this person may not, or no comment was given.
    pub async fn return_manuscript(
        &self,
        id: ManuscriptId,
        to: Option<String>,
        edited: Edited,
        user: User,
    ) -> Result<(), DeskError> {
        let comment = edited.comment.trim().to_owned();
        let chars = comment.chars().count();
        if chars == 0 || chars > COMMENT_MAX {
            return Err(DeskError::Request(format!("退回须写明意见（1–{COMMENT_MAX} 字，现 {chars} 字）")));
        }
        let stages = self.chain(id).await?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let (at, stage) = open_to(tx, &id, &stages, &user)?;
                let record = current(tx, &id, edited.rev)?;
                let onward = returning(&stages, at, record.state, to.as_deref())?;
                let comment = told(stage, &user, &comment);
                move_manuscript(tx, &record, onward.state, &onward.action, &user.actor(), &comment)?;
                Ok(set_stage(tx, &id, onward.stage.as_deref())?)
            })
            .await
    }

    /// 补审: the review of what was signed first.
    ///
    /// # Errors
    /// When none is owed, or this person may not give it.
    pub async fn review_late(&self, id: ManuscriptId, comment: String, user: User) -> Result<(), DeskError> {
        let stages = self.chain(id).await?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                if standing_of(tx, &id)?.1.is_none() {
                    return Err(DeskError::Request("这篇编稿不欠补审".to_owned()));
                }
                if let Some(last) = stages.len().checked_sub(1) {
                    allowed(&stages, last, &user, &steps_of(tx, &id)?)?;
                }
                let record = read_manuscript(tx, &id)?;
                move_manuscript(tx, &record, record.state, LATE, &user.actor(), &comment)?;
                Ok(set_owed(tx, &id, None)?)
            })
            .await
    }
}

/// The manuscript with the texts of the form, which are a step of their own where they differ.
fn with_changes(
    tx: &mut Tx<'_>,
    record: ManuscriptRecord,
    edited: &Edited,
    action: &str,
    comment: &str,
    by: &Actor,
) -> Result<ManuscriptRecord, DeskError> {
    if record.texts == edited.texts {
        return Ok(record);
    }
    correct_manuscript(tx, &record, &edited.texts, action, by, comment)?;
    Ok(read_manuscript(tx, &record.id)?)
}

/// The stage that a manuscript waits at, if this person may pass it.
fn open_to<'a>(
    sql: &mut dyn Sql,
    id: &ManuscriptId,
    stages: &'a [Stage],
    user: &User,
) -> Result<(usize, &'a Stage), DeskError> {
    let record: ManuscriptRecord = read_manuscript(sql, id)?;
    let (at, stage) = waiting(sql, &record, stages)?;
    allowed(stages, at, user, &steps_of(sql, id)?)?;
    Ok((at, stage))
}

pub(super) fn waiting<'a>(
    sql: &mut dyn Sql,
    record: &ManuscriptRecord,
    stages: &'a [Stage],
) -> Result<(usize, &'a Stage), DeskError> {
    let code = stage_of(sql, &record.id)?.0;
    let at = stages.iter().position(|stage| Some(&stage.code) == code.as_ref());
    let at = at.filter(|_| record.state == ManuscriptState::InReview);
    let wrong = || DeskError::Request(format!("编稿当前为“{}”，不在审核环节", record.state.label()));
    at.map(|at| (at, &stages[at])).ok_or_else(wrong)
}

/// What a decision at a stage leads to.
pub(super) struct Onward {
    pub state: ManuscriptState,
    /// What the step is called.
    pub action: String,
    /// The stage that it waits at then.
    pub stage: Option<String>,
}

/// The stage passes it.
pub(super) fn passing(stages: &[Stage], at: usize, state: ManuscriptState) -> Result<Onward, DeskError> {
    let further = stages.get(at + 1);
    let step = if further.is_some() { ManuscriptMove::PassOn } else { ManuscriptMove::Pass };
    Ok(Onward {
        state: state.apply(step)?,
        action: passed(&stages[at]),
        stage: further.map(|stage| stage.code.clone()),
    })
}

/// The stage returns it to the earlier one of this code, or to the editor.
pub(super) fn returning(
    stages: &[Stage],
    at: usize,
    state: ManuscriptState,
    to: Option<&str>,
) -> Result<Onward, DeskError> {
    let earlier = |code: &str| {
        let found = stages[..at].iter().find(|stage| stage.code == code);
        found.ok_or_else(|| DeskError::Request("只能退回编辑或前面的环节".to_owned()))
    };
    let back = to.map(earlier).transpose()?;
    let mut next = state.apply(ManuscriptMove::Return)?;
    if back.is_some() {
        next = next.apply(ManuscriptMove::Submit)?;
    }
    let name = back.map_or("编辑", |stage| stage.name.as_str());
    let action = format!("{}{}", stages[at].name, returned(name));
    Ok(Onward { state: next, action, stage: back.map(|stage| stage.code.clone()) })
}

fn passed(stage: &Stage) -> String {
    format!("{}通过", stage.name)
}

fn returned(to: &str) -> String {
    format!("：退回{to}")
}

fn allowed(stages: &[Stage], at: usize, user: &User, steps: &[Step]) -> Result<(), DeskError> {
    hindrance(stages, at, user, steps).map_or(Ok(()), |why| Err(DeskError::Forbidden(why)))
}

/// Who passed which stage of the present round: sending it up begins a new one, returning it takes back what it skips.
fn standing(stages: &[Stage], steps: &[Step]) -> Vec<(usize, Actor)> {
    let mut out: Vec<(usize, Actor)> = Vec::new();
    for step in steps {
        if step.action == ManuscriptMove::Submit.label() || step.action == EXPRESS {
            out.clear();
        }
        // Off the proof again, it waits at the last stage, for the same person too.
        if step.action == ManuscriptMove::TakeOut.label() {
            out.retain(|(earlier, _)| earlier + 1 < stages.len());
        }
        for (at, stage) in stages.iter().enumerate() {
            if step.action == passed(stage) {
                out.push((at, step.actor.clone()));
            }
            if step.action.ends_with(&returned(&stage.name)) {
                out.retain(|(earlier, _)| *earlier < at);
            }
        }
    }
    out
}

/// Why somebody may not pass a stage. Nobody reviews their own edit, nor two stages of one round, unless configured.
pub(super) fn hindrance(stages: &[Stage], at: usize, user: &User, steps: &[Step]) -> Option<String> {
    let (stage, actor) = (&stages[at], user.actor());
    if !user.may(stage.right) {
        return Some(format!("“{}”需要“{}”权限", stage.name, stage.right.label()));
    }
    let place = place(stage, user);
    if !stage.people.is_empty() && !stage.people.contains(&user.name) && place.is_none() {
        return Some(format!("“{}”由指定人员办理", stage.name));
    }
    if !stage.repeat && standing(stages, steps).iter().any(|(_, by)| *by == actor) {
        return Some("您已审过前面的环节，本环节须由另一人办理".to_owned());
    }
    if !stage.own && steps.iter().any(|step| step.actor == actor && EDITS.contains(&step.action.as_str())) {
        return Some("您编过此稿，须由另一人审核".to_owned());
    }
    // Nobody's own edit is reviewed by who stands in for them either.
    let theirs = place.map(|cover| Actor::User(cover.name.to_string()));
    let edited = |step: &Step| Some(&step.actor) == theirs.as_ref() && EDITS.contains(&step.action.as_str());
    if !stage.own && steps.iter().any(edited) {
        return Some("您所代理的人编过此稿，须由另一人审核".to_owned());
    }
    None
}

/// In whose place somebody passes a stage that is not theirs by their own right.
fn place<'a>(stage: &Stage, user: &'a User) -> Option<&'a Cover> {
    if stage.people.is_empty() || stage.people.contains(&user.name) {
        return user.in_place_of(stage.right);
    }
    user.covers.iter().find(|cover| stage.people.contains(&cover.name))
}

/// The comment of a step, which says in whose place it was taken (代).
pub(super) fn told(stage: &Stage, user: &User, comment: &str) -> String {
    match place(stage, user) {
        Some(cover) => format!("（代{}）{comment}", cover.title),
        None => comment.to_owned(),
    }
}
