//! 编稿: made from items, written, reviewed stage by stage, passed on to the proof. Every step keeps the full text.

mod look;
mod make;
mod merging;
mod on_paper;
mod outlet_papers;
mod outlets;
mod stages;
mod tasks;
mod three_way;
mod word;
mod write;

use crate::model::{ItemId, KindId, ManuscriptId, ManuscriptState, Texts, Timestamp, Urgency, User};
use crate::store::{
    Draft, ManuscriptRecord, PaperRecord, Sql, Step, StoreError, draft_of, items_of, papers_of_steps,
    read_item, read_manuscript, stage_of, standing_of, steps_of,
};

use super::kinds::{Kind, Stage};
use super::{Desk, DeskError};

pub use look::{Noted, Place};
pub(super) use look::{WHY_MAX, leave_severe, told_severe};
pub(super) use make::let_items_go;
pub use merging::Merging;
pub use outlets::Sending;
pub(super) use stages::EDITS;
pub use stages::Passing;
pub use tasks::Task;
use three_way::{CLASH_THEIRS, Merged, three_way};
pub use word::{FILE_MAX, Origin, Received, Tracked, Word, told};
pub use write::Meter;

/// Longest texts of a manuscript, in characters.
const TITLE_MAX: usize = 100;
const BODY_MAX: usize = 30_000;
const CREDIT_MAX: usize = 300;
/// Longest comment, in characters.
const COMMENT_MAX: usize = 1_000;
/// 正文 is advised to be no longer than this (DOMAIN §2): a warning, not a refusal.
pub const BODY_ADVISED: usize = 1_500;

/// A manuscript as its page shows it.
pub struct ManuscriptPage {
    /// What is stored.
    pub record: ManuscriptRecord,
    /// Every step, oldest first.
    pub steps: Vec<Step>,
    /// The steps that were taken on paper, by their number.
    pub papers: Vec<(i64, PaperRecord)>,
    /// What it is made of: id, title, text; as received.
    pub items: Vec<(ItemId, String, String)>,
    /// At which stage it waits.
    pub stage: Option<Stage>,
    /// The stages before that one, to which it can be returned.
    pub earlier: Vec<Stage>,
    /// Why this person may not pass it; none where they may.
    pub hindrance: Option<String>,
    /// What this person wrote and did not save.
    pub draft: Option<Draft>,
    /// 特急, 加急 or 普通, as an editor confirmed it.
    pub urgency: Urgency,
    /// Since when a review is owed (补审).
    pub owed_since: Option<Timestamp>,
}

/// What a reviewer or an editor sends: texts as they stand in the form, and a comment.
#[derive(Debug, Clone)]
pub struct Edited {
    /// The texts.
    pub texts: Texts,
    /// The revision that the form was made from.
    pub rev: i64,
    /// The step that the form was made from.
    pub step: i64,
    /// Why.
    pub comment: String,
}

impl Edited {
    fn check(&self) -> Result<(), DeskError> {
        let limits = [
            ("标题", &self.texts.title, 1, TITLE_MAX),
            ("正文", &self.texts.body, 1, BODY_MAX),
            ("署名", &self.texts.credit, 0, CREDIT_MAX),
            ("意见", &self.comment, 0, COMMENT_MAX),
        ];
        for (label, text, min, max) in limits {
            let chars = text.trim().chars().count();
            if chars < min {
                return Err(DeskError::Request(format!("{label}不能为空，请填写后再提交")));
            }
            if chars > max {
                return Err(DeskError::Request(format!("{label}共 {chars} 字，超过 {max} 字的上限，请删减")));
            }
        }
        let clashes = self.texts.body.matches(CLASH_THEIRS).count();
        if clashes > 0 {
            let detail =
                format!("正文中还有 {clashes} 处两人改动不一致，请留下一种，删去{CLASH_THEIRS}等标记");
            return Err(DeskError::Request(detail));
        }
        Ok(())
    }
}

impl Desk {
    pub(super) fn kind(&self, id: &KindId) -> Result<&Kind, DeskError> {
        self.kinds.get(id).ok_or_else(|| DeskError::Request(format!("没有配置信息类别 {id}，请联系管理员")))
    }

    /// A manuscript, as this person may see and move it.
    ///
    /// # Errors
    /// When there is none of this id.
    pub async fn manuscript(&self, id: ManuscriptId, user: &User) -> Result<ManuscriptPage, DeskError> {
        let owner = user.actor();
        let (mut page, code, kind) = self
            .store
            .read(move |sql: &mut dyn Sql| {
                let (stage, kind) = stage_of(sql, &id)?;
                let (urgency, owed_since) = standing_of(sql, &id)?;
                let items = items_of(sql, &id)?
                    .into_iter()
                    .map(|(no, id)| {
                        let item = read_item(sql, no)?;
                        Ok((id, item.row.title, item.submission.text.plain()))
                    })
                    .collect::<Result<Vec<_>, StoreError>>()?;
                let page = ManuscriptPage {
                    record: read_manuscript(sql, &id)?,
                    steps: steps_of(sql, &id)?,
                    papers: papers_of_steps(sql, &id)?,
                    items,
                    stage: None,
                    earlier: Vec::new(),
                    hindrance: None,
                    draft: draft_of(sql, &id, &owner)?,
                    urgency,
                    owed_since,
                };
                Ok::<_, DeskError>((page, stage, kind))
            })
            .await?;
        let chain = self.kinds.get(&kind).map(|kind| kind.stages.as_slice()).unwrap_or_default();
        let at = code.as_deref().and_then(|code| chain.iter().position(|stage| stage.code == code));
        page.stage = at.map(|at| chain[at].clone());
        page.earlier = at.map(|at| chain[..at].to_vec()).unwrap_or_default();
        page.hindrance = at.and_then(|at| stages::hindrance(chain, at, user, &page.steps));
        Ok(page)
    }
}

/// The manuscript, if nobody has changed it since the form was made.
fn current(sql: &mut dyn Sql, id: &ManuscriptId, rev: i64) -> Result<ManuscriptRecord, StoreError> {
    let record = read_manuscript(sql, id)?;
    if record.rev == rev { Ok(record) } else { Err(StoreError::Stale) }
}

fn editing(record: &ManuscriptRecord) -> Result<(), DeskError> {
    if record.state == ManuscriptState::Editing {
        return Ok(());
    }
    Err(DeskError::Request(format!("编稿当前为“{}”，不能在编辑环节修改", record.state.label())))
}
