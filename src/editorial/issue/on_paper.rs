//! 代录签批 on a proof: signed or returned with a pen, entered afterwards.

use crate::model::{Actor, IssueId, IssueMove, IssueState, ManuscriptMove, PaperAct, Permission, User};
use crate::store::{
    IssueRecord, ManuscriptRecord, NewPaper, Priority, Sql, StoreError, Tx, insert_paper,
    manuscripts_of_issue, move_issue, move_on_paper, papers_of, papers_of_steps, put_on_issue, read_issue,
    set_stage, steps_of,
};

use super::super::on_paper::{
    PaperForm, PaperRequest, decider, deciders, edited, four_eyes, on_paper, refused, take_scan,
};
use super::draft::taken_off;
use super::{Desk, DeskError};

fn open(state: IssueState) -> Vec<PaperAct> {
    match state {
        IssueState::Proof => vec![PaperAct::Sign, PaperAct::Return],
        IssueState::Signed | IssueState::Checked => vec![PaperAct::Return],
        _ => Vec::new(),
    }
}

/// Why somebody cannot have signed or returned this.
fn hindrance(user: &User, wrote: bool) -> Option<String> {
    if !user.may(Permission::Sign) {
        return Some(format!("{} 没有“签发”权限", user.title));
    }
    wrote.then(|| format!("{} 编过本期的稿", user.title))
}

fn wrote(sql: &mut dyn Sql, manuscripts: &[ManuscriptRecord], who: &Actor) -> Result<bool, StoreError> {
    for record in manuscripts {
        if edited(&steps_of(sql, &record.id)?, who) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Desk {
    /// What may be entered for an issue, and what was.
    ///
    /// # Errors
    /// When there is no such issue.
    pub async fn paper_form_of_issue(&self, id: IssueId, by: Actor) -> Result<PaperForm, DeskError> {
        let view = self.issue_view(id).await?;
        let today = self.clock.now().date();
        let title = format!("{} {}", view.series_name, view.label.unwrap_or_else(|| "清样".to_owned()));
        self.store
            .read(move |sql: &mut dyn Sql| {
                let issue = read_issue(sql, &id)?;
                let manuscripts = manuscripts_of_issue(sql, &id)?;
                let mut signers = deciders(sql, today, &by, &|user| hindrance(user, false))?;
                let mut free = Vec::new();
                for (name, title) in signers.drain(..) {
                    if !wrote(sql, &manuscripts, &Actor::User(name.to_string()))? {
                        free.push((name, title));
                    }
                }
                Ok(PaperForm {
                    title,
                    rev: issue.rev,
                    decisions: open(issue.state),
                    stage: None,
                    earlier: Vec::new(),
                    deciders: free,
                    texts: None,
                    entered: papers_of(sql, &id.to_string())?,
                })
            })
            .await
    }

    /// Enters that a proof was signed or returned on paper; gives the number of the entry.
    ///
    /// # Errors
    /// When it changed meanwhile, is on no proof, a character cannot be printed, the decider may not sign or wrote it,
    /// or whoever enters it decided it or wrote it.
    pub async fn enter_paper_on_issue(
        &self,
        id: IssueId,
        request: PaperRequest,
        by: Actor,
    ) -> Result<i64, DeskError> {
        request.check(self.clock.now().date())?;
        if request.texts.is_some() {
            return Err(refused("清样的签批不能附改后的文字；小处用“改错”，实质改动请退回"));
        }
        if request.decision == PaperAct::Sign {
            self.refuse_missing(id).await?;
        }
        let kinds = self.kinds.clone();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let issue = read_issue(tx, &id)?;
                if issue.rev != request.rev {
                    return Err(StoreError::Stale.into());
                }
                if !open(issue.state).contains(&request.decision) {
                    let state = issue.state.label();
                    let detail = format!("本期当前为“{state}”，不能代录“{}”", request.decision.label());
                    return Err(refused(detail));
                }
                let user = decider(tx, &request, &by)?;
                let manuscripts = manuscripts_of_issue(tx, &id)?;
                let own = wrote(tx, &manuscripts, &user.actor())?;
                if let Some(why) = hindrance(&user, own) {
                    return Err(DeskError::Forbidden(format!("不能记为 {} 签批：{why}", user.title)));
                }
                for record in &manuscripts {
                    let steps = steps_of(tx, &record.id)?;
                    four_eyes(&steps, &by)?;
                    request.fits(&steps, &papers_of_steps(tx, &record.id)?)?;
                }
                take_scan(tx, &request.scan, &by)?;
                let no = enter(tx, &issue, &request, &user, &by)?;
                let decided =
                    Decided { no, decider: user.actor(), comment: on_paper(request.wording.trim()) };
                match request.decision {
                    PaperAct::Sign => sign(tx, issue, &manuscripts, &user, &decided, &by)?,
                    _ => {
                        for record in &manuscripts {
                            let (next, stage) = taken_off(tx, &kinds, record)?;
                            decided.step(tx, record, next, ManuscriptMove::TakeOut, &by)?;
                            put_on_issue(tx, &record.id, None)?;
                            set_stage(tx, &record.id, stage.as_deref())?;
                        }
                        let void = IssueRecord { state: issue.state.apply(IssueMove::Void)?, ..issue };
                        move_issue(tx, &void, IssueMove::Void.code(), &by)?;
                    }
                }
                Ok(no)
            })
            .await
    }
}

fn enter(
    tx: &mut Tx<'_>,
    issue: &IssueRecord,
    request: &PaperRequest,
    user: &User,
    by: &Actor,
) -> Result<i64, StoreError> {
    let (object, decider) = (issue.id.to_string(), user.actor());
    let paper = NewPaper {
        object: &object,
        act: request.decision,
        told: request.decision.label(),
        decider: &decider,
        title: &user.title,
        day: request.date,
        wording: request.wording.trim(),
        file: &request.scan,
    };
    insert_paper(tx, &paper, by)
}

/// A decision that was entered, for the steps that follow from it.
struct Decided {
    no: i64,
    decider: Actor,
    comment: String,
}

impl Decided {
    fn step(
        &self,
        tx: &mut Tx<'_>,
        record: &ManuscriptRecord,
        next: crate::model::ManuscriptState,
        step: ManuscriptMove,
        by: &Actor,
    ) -> Result<(), StoreError> {
        move_on_paper(tx, record, next, (step.label(), &self.comment), (self.no, &self.decider), by)
    }
}

/// The name that prints is the signer's, as on the screen.
fn sign(
    tx: &mut Tx<'_>,
    mut issue: IssueRecord,
    manuscripts: &[ManuscriptRecord],
    user: &User,
    decided: &Decided,
    by: &Actor,
) -> Result<(), DeskError> {
    issue.state = issue.state.apply(IssueMove::Sign)?;
    issue.signer = Some(super::draft::signer_name(user));
    move_issue(tx, &issue, IssueMove::Sign.code(), by)?;
    for record in manuscripts {
        let next = record.state.apply(ManuscriptMove::Sign)?;
        decided.step(tx, record, next, ManuscriptMove::Sign, by)?;
    }
    Ok(())
}
