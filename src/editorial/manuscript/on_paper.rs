//! 代录签批 on a manuscript: a stage of review, a review that is owed, the signature of what goes out without an issue.

use crate::model::{
    Actor, ManuscriptId, ManuscriptMove, ManuscriptState, Outlet, PaperAct, Permission, Texts, User,
};
use crate::store::{
    ManuscriptRecord, NewPaper, PaperRecord, Priority, Sql, Step, Tx, correct_on_paper, insert_paper,
    move_on_paper, papers_of, papers_of_steps, read_manuscript, set_owed, set_stage, stage_of, standing_of,
    steps_of,
};

use super::super::kinds::Stage;
use super::super::on_paper::{
    PaperForm, PaperRequest, decider, deciders, edited, four_eyes, on_paper, refused, take_scan,
};
use super::super::{Desk, DeskError};
use super::stages::{LATE, Onward, hindrance, passing, returning, told, waiting};
use super::{Edited, current};

/// Where a manuscript stands, for a paper about it.
struct Standing {
    record: ManuscriptRecord,
    steps: Vec<Step>,
    /// The steps that were taken on paper.
    papers: Vec<(i64, PaperRecord)>,
    /// At which stage it waits.
    at: Option<usize>,
    owed: bool,
}

impl Standing {
    fn of(
        sql: &mut dyn Sql,
        record: ManuscriptRecord,
        stages: &[Stage],
    ) -> Result<Self, crate::store::StoreError> {
        let code = stage_of(sql, &record.id)?.0;
        let at = stages.iter().position(|stage| Some(&stage.code) == code.as_ref());
        Ok(Self {
            steps: steps_of(sql, &record.id)?,
            papers: papers_of_steps(sql, &record.id)?,
            at: at.filter(|_| record.state == ManuscriptState::InReview),
            owed: standing_of(sql, &record.id)?.1.is_some(),
            record,
        })
    }

    /// Whether it waits for a signature of its own: what goes into a series is signed on the proof.
    fn awaits_signature(&self) -> bool {
        self.record.state == ManuscriptState::AwaitingSignature
            && matches!(self.record.outlet, Outlet::Report { .. })
    }

    fn open(&self) -> Vec<PaperAct> {
        let mut out = Vec::new();
        if self.at.is_some() {
            out.extend([PaperAct::Pass, PaperAct::Return]);
        }
        if self.awaits_signature() {
            out.extend([PaperAct::Sign, PaperAct::Return]);
        }
        if self.owed {
            out.push(PaperAct::Late);
        }
        out
    }

    /// Why somebody cannot have decided this.
    fn hindrance(&self, act: PaperAct, stages: &[Stage], user: &User) -> Option<String> {
        let stage = match act {
            PaperAct::Late => stages.len().checked_sub(1),
            PaperAct::Pass | PaperAct::Return => self.at,
            PaperAct::Sign => None,
        };
        match stage {
            Some(at) => hindrance(stages, at, user, &self.steps),
            None if act == PaperAct::Late => None,
            None if !user.may(Permission::Sign) => Some(format!("{} 没有“签发”权限", user.title)),
            None => edited(&self.steps, &user.actor()).then(|| format!("{} 编过此稿", user.title)),
        }
    }

    /// A stage may let whoever wrote it pass it; then they may enter it too.
    fn own(&self, act: PaperAct, stages: &[Stage]) -> bool {
        let stage = match act {
            PaperAct::Late => stages.last(),
            PaperAct::Pass | PaperAct::Return => self.at.and_then(|at| stages.get(at)),
            PaperAct::Sign => None,
        };
        stage.is_some_and(|stage| stage.own)
    }
}

impl Desk {
    /// What may be entered for a manuscript, and what was.
    ///
    /// # Errors
    /// When there is no such manuscript.
    pub async fn paper_form(&self, id: ManuscriptId, by: Actor) -> Result<PaperForm, DeskError> {
        let (stages, today) = (self.chain(id).await?, self.clock.now().date());
        self.store
            .read(move |sql: &mut dyn Sql| {
                let record = read_manuscript(sql, &id)?;
                let standing = Standing::of(sql, record, &stages)?;
                let decisions = standing.open();
                let free = |user: &User| {
                    let may = |act: &PaperAct| standing.hindrance(*act, &stages, user).is_none();
                    (!decisions.iter().any(may)).then(String::new)
                };
                let deciders = deciders(sql, today, &by, &free)?;
                let earlier = standing.at.map(|at| &stages[..at]).unwrap_or_default();
                Ok(PaperForm {
                    title: standing.record.texts.title.clone(),
                    rev: standing.record.rev,
                    stage: standing.at.map(|at| stages[at].name.clone()),
                    earlier: earlier.iter().map(|one| (one.code.clone(), one.name.clone())).collect(),
                    texts: standing.at.map(|_| standing.record.texts.clone()),
                    entered: papers_of(sql, &id.to_string())?,
                    decisions,
                    deciders,
                })
            })
            .await
    }

    /// Enters a decision that was given on paper about a manuscript; gives its number.
    ///
    /// # Errors
    /// When it changed meanwhile, does not wait for such a decision, the decider may not give it, or whoever enters it
    /// decided it or wrote the text.
    pub async fn enter_paper(
        &self,
        id: ManuscriptId,
        request: PaperRequest,
        by: Actor,
    ) -> Result<i64, DeskError> {
        request.check(self.clock.now().date())?;
        let request = self.changed_on_paper(id, request).await?;
        let stages = self.chain(id).await?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = current(tx, &id, request.rev)?;
                let standing = Standing::of(tx, record, &stages)?;
                let user = decider(tx, &request, &by)?;
                if !standing.open().contains(&request.decision) {
                    let state = standing.record.state.label();
                    let detail = format!("编稿当前为“{state}”，不能代录“{}”", request.decision.label());
                    return Err(refused(detail));
                }
                if let Some(why) = standing.hindrance(request.decision, &stages, &user) {
                    // Said to whoever enters it, of somebody else.
                    let why = why.replace('您', "其");
                    return Err(DeskError::Forbidden(format!("不能记为 {} 签批：{why}", user.title)));
                }
                if !standing.own(request.decision, &stages) {
                    four_eyes(&standing.steps, &by)?;
                }
                request.fits(&standing.steps, &standing.papers)?;
                take_scan(tx, &request.scan, &by)?;
                decide(tx, &standing, &stages, &request, &user, &by)
            })
            .await
    }
}

impl Desk {
    /// The texts as they were changed on the paper are held to what is asked of 改后通过 on the screen; those that are as
    /// they were are no change.
    async fn changed_on_paper(
        &self,
        id: ManuscriptId,
        mut request: PaperRequest,
    ) -> Result<PaperRequest, DeskError> {
        let Some(texts) = request.texts.take() else { return Ok(request) };
        let plain = |text: &str| text.trim().replace("\r\n", "\n");
        let texts =
            Texts { title: plain(&texts.title), body: plain(&texts.body), credit: plain(&texts.credit) };
        let record = self.store.read(move |sql: &mut dyn Sql| read_manuscript(sql, &id)).await?;
        if record.texts == texts {
            return Ok(request);
        }
        if request.decision != PaperAct::Pass {
            let detail = format!("只有审核通过可以附改后的文字，“{}”不能", request.decision.label());
            return Err(refused(detail));
        }
        let comment = request.note.trim().to_owned();
        let edited = Edited { texts, rev: request.rev, step: 0, comment };
        edited.check()?;
        self.refuse_severe(id, &edited).await?;
        request.texts = Some(edited.texts);
        Ok(request)
    }
}

/// What a step of 改后通过 is called.
const CHANGED: &str = "改后通过";

fn decide(
    tx: &mut Tx<'_>,
    standing: &Standing,
    stages: &[Stage],
    request: &PaperRequest,
    user: &User,
    by: &Actor,
) -> Result<i64, DeskError> {
    let record = &standing.record;
    let wording = request.wording.trim();
    let plain = |state, action: &str| Onward { state, action: action.to_owned(), stage: None };
    let (onward, comment) = match request.decision {
        PaperAct::Late => (plain(record.state, LATE), wording.to_owned()),
        PaperAct::Pass => {
            let (at, stage) = waiting(tx, record, stages)?;
            (passing(stages, at, record.state)?, told(stage, user, wording))
        }
        PaperAct::Return if standing.at.is_some() => {
            let (at, stage) = waiting(tx, record, stages)?;
            (returning(stages, at, record.state, request.to.as_deref())?, told(stage, user, wording))
        }
        PaperAct::Return => {
            let step = ManuscriptMove::Return;
            (plain(record.state.apply(step)?, step.label()), wording.to_owned())
        }
        PaperAct::Sign => {
            let step = ManuscriptMove::Sign;
            let place = user.in_place_of(Permission::Sign).map(|cover| format!("（代{}）", cover.title));
            let comment = format!("{}{wording}", place.unwrap_or_default());
            (plain(record.state.apply(step)?, step.label()), comment)
        }
    };
    let (object, decider) = (record.id.to_string(), user.actor());
    let told = match &request.texts {
        Some(_) => format!("{}（{CHANGED}）", onward.action),
        None => onward.action.clone(),
    };
    let paper = NewPaper {
        object: &object,
        act: request.decision,
        told: &told,
        decider: &decider,
        title: &user.title,
        day: request.date,
        wording,
        file: &request.scan,
    };
    let no = insert_paper(tx, &paper, by)?;
    let words = (onward.action.as_str(), on_paper(&comment));
    let mut record = record.clone();
    if let Some(texts) = &request.texts {
        let note = on_paper(request.note.trim());
        correct_on_paper(tx, &record, texts, (CHANGED, &note), (no, &decider), by)?;
        record = read_manuscript(tx, &record.id)?;
    }
    move_on_paper(tx, &record, onward.state, (words.0, &words.1), (no, &decider), by)?;
    match request.decision {
        PaperAct::Late => set_owed(tx, &record.id, None)?,
        _ => set_stage(tx, &record.id, onward.stage.as_deref())?,
    }
    Ok(no)
}
