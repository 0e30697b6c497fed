//! 拟发稿 at the desk: reviewed manuscripts onto a proof, the signature on the proof, 复核, and back with a word.
//! Each is an action of its own, by its own person; 登记 and 编发 go on from 复核 (see the parent).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bulletin::SeriesKind;
use crate::clock::random_bytes;
use crate::model::{
    Actor, IssueId, IssueMove, IssueState, KindId, LocalDate, ManuscriptId, ManuscriptMove, ManuscriptState,
    Outlet, Permission, SeriesId, Urgency, User,
};
use crate::store::{
    ManuscriptRecord, Priority, ReviewRow, Sql, StoreError, Tx, insert_issue, manuscripts_in,
    manuscripts_of_issue, move_manuscript, put_on_issue, read_issue, read_manuscript, set_stage, stage_of,
};

use super::super::kinds::Kind;
use super::super::manuscript::{Noted, WHY_MAX, leave_severe, told_severe};
use super::steps::advance;
use super::{Desk, DeskError, ITEMS_MAX, Plan};

/// Longest 编者按 and longest word with which a proof is returned, in characters.
const NOTE_MAX: usize = 500;

/// Manuscripts with their 严重 faults that nobody has given a reason for.
pub(super) type Despite = Vec<(ManuscriptId, Vec<Noted>)>;

/// An issue to be put together.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftRequest {
    /// 刊.
    pub series: SeriesId,
    /// The manuscripts, in order.
    pub manuscripts: Vec<ManuscriptId>,
    /// The printed date; today where none is given.
    #[serde(default)]
    pub printed_date: Option<LocalDate>,
    /// 编者按.
    #[serde(default)]
    pub editors_note: Option<String>,
    /// 印 N 份.
    #[serde(default)]
    pub copies: Option<u32>,
    /// 特急 and 加急 are printed.
    #[serde(default)]
    pub urgency: Option<Urgency>,
}

impl Desk {
    /// Manuscripts that were passed and are on no proof yet.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn ready_manuscripts(&self) -> Result<Vec<ReviewRow>, DeskError> {
        let state = ManuscriptState::AwaitingSignature;
        Ok(self.store.read(move |sql: &mut dyn Sql| manuscripts_in(sql, state, 500)).await?)
    }

    /// Puts passed manuscripts on the proof of a new issue.
    ///
    /// # Errors
    /// When one is not passed, is on another proof, goes elsewhere, or the series cannot hold so many.
    pub async fn draft_issue(&self, request: DraftRequest, by: Actor) -> Result<IssueId, DeskError> {
        let series = self.series(&request.series)?;
        let count = request.manuscripts.len();
        if count == 0 {
            return Err(DeskError::Request("没有选中编稿，请先勾选".to_owned()));
        }
        if count > ITEMS_MAX || (series.kind == SeriesKind::Single && count > 1) {
            let most = if series.kind == SeriesKind::Single { 1 } else { ITEMS_MAX };
            let detail = format!("《{}》每期至多 {most} 篇，现选 {count} 篇", series.name);
            return Err(DeskError::Request(detail));
        }
        if request.editors_note.as_ref().is_some_and(|note| note.chars().count() > NOTE_MAX) {
            return Err(DeskError::Request(format!("编者按超过 {NOTE_MAX} 字")));
        }
        let id = IssueId::from_random(random_bytes()?);
        let printed = request.printed_date.unwrap_or_else(|| self.clock.now().date());
        let plan = Plan {
            order: request.manuscripts.clone(),
            editors_note: request.editors_note.clone(),
            urgency: request.urgency,
            copies: request.copies,
            ..Plan::default()
        };
        let plan = serde_json::to_value(plan).map_err(|error| DeskError::Broken(error.to_string()))?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                insert_issue(tx, &id, &request.series, printed, &plan, &by)?;
                for manuscript in &request.manuscripts {
                    let record = read_manuscript(tx, manuscript)?;
                    let title = &record.texts.title;
                    if record.state != ManuscriptState::AwaitingSignature || record.issue.is_some() {
                        return Err(DeskError::Request(format!(
                            "《{title}》还没有审核通过，或已在别的清样上"
                        )));
                    }
                    if !matches!(&record.outlet, Outlet::Series { series } if *series == request.series) {
                        return Err(DeskError::Request(format!("《{title}》编入的是另一种刊物")));
                    }
                    put_on_issue(tx, manuscript, Some(&id))?;
                }
                advance(tx, &id, IssueMove::Proof, &by, |_| Ok(()))
            })
            .await?;
        Ok(id)
    }

    /// What is to be looked at before a proof is signed.
    ///
    /// # Errors
    /// When it cannot be compiled as it is.
    pub async fn proof_warnings(&self, id: IssueId) -> Result<Vec<String>, DeskError> {
        self.check_proof(id).await
    }

    /// The 严重 faults of the texts on a proof that nobody has said anything about, in words; empty where there is none.
    ///
    /// # Errors
    /// When there is no such issue.
    pub async fn severe_on_proof(&self, id: IssueId) -> Result<String, DeskError> {
        let severe: Vec<Noted> =
            self.severe_of(id).await?.into_iter().flat_map(|(_, severe)| severe).collect();
        Ok(if severe.is_empty() { String::new() } else { told_severe(&severe) })
    }

    async fn severe_of(&self, id: IssueId) -> Result<Despite, DeskError> {
        let on_proof = self.store.read(move |sql: &mut dyn Sql| manuscripts_of_issue(sql, &id)).await?;
        let mut out = Vec::new();
        for record in on_proof {
            out.push((record.id, self.open_severe(record.id, record.texts).await?));
        }
        Ok(out)
    }

    /// The 严重 faults that a signer's word speaks for.
    ///
    /// # Errors
    /// When there are some and the word is empty, or it is longer than what is kept.
    pub(super) async fn signed_despite(&self, id: IssueId, word: &str) -> Result<Despite, DeskError> {
        let (severe, chars) = (self.severe_of(id).await?, word.trim().chars().count());
        if chars > WHY_MAX {
            let detail = format!("不改的理由共 {chars} 字，超过 {WHY_MAX} 字的上限，请删减");
            return Err(DeskError::Request(detail));
        }
        if chars == 0 && severe.iter().any(|(_, severe)| !severe.is_empty()) {
            let severe: Vec<Noted> = severe.into_iter().flat_map(|(_, severe)| severe).collect();
            return Err(DeskError::Request(format!(
                "校对有 {}。请退回改正，或写明不改的理由后再签发",
                told_severe(&severe)
            )));
        }
        Ok(severe)
    }

    /// 签发, once, on the proof: under the name of the person who signs. What 校对 holds to be 严重 and nobody has given a
    /// reason for needs one in `word`; it is noted for each.
    ///
    /// # Errors
    /// When it is not on a proof, or a character cannot be printed.
    pub async fn sign_issue(&self, id: IssueId, signer: User, word: String) -> Result<(), DeskError> {
        self.refuse_missing(id).await?;
        let severe = self.signed_despite(id, &word).await?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let (title, actor) = (signer_name(&signer), signer.actor());
                leave_all_severe(tx, &severe, &word, &actor)?;
                advance(tx, &id, IssueMove::Sign, &actor, |issue| {
                    issue.signer = Some(title);
                    Ok(())
                })
            })
            .await
    }

    /// 复核.
    ///
    /// # Errors
    /// When it is not signed.
    pub async fn check_issue(&self, id: IssueId, by: Actor) -> Result<(), DeskError> {
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| advance(tx, &id, IssueMove::Check, &by, |_| Ok(())))
            .await
    }

    /// Takes a proof apart with a word: its manuscripts go back to the last stage of review, a signature is void.
    ///
    /// # Errors
    /// When no word was given, or the issue has a number already.
    pub async fn return_issue(&self, id: IssueId, comment: String, by: Actor) -> Result<(), DeskError> {
        let chars = comment.chars().count();
        if chars == 0 || chars > NOTE_MAX {
            return Err(DeskError::Request(format!("退回须写明意见（1–{NOTE_MAX} 字，现 {chars} 字）")));
        }
        let kinds = self.kinds.clone();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let issue = read_issue(tx, &id)?;
                if !matches!(issue.state, IssueState::Proof | IssueState::Signed | IssueState::Checked) {
                    let detail = format!("本期当前为“{}”，不能退回", issue.state.label());
                    return Err(DeskError::Request(detail));
                }
                for record in manuscripts_of_issue(tx, &id)? {
                    let (next, stage) = taken_off(tx, &kinds, &record)?;
                    move_manuscript(tx, &record, next, ManuscriptMove::TakeOut.label(), &by, &comment)?;
                    put_on_issue(tx, &record.id, None)?;
                    set_stage(tx, &record.id, stage.as_deref())?;
                }
                advance(tx, &id, IssueMove::Void, &by, |_| Ok(()))
            })
            .await
    }
}

/// Notes the signer's word with every 严重 fault that it speaks for.
pub(super) fn leave_all_severe(
    tx: &mut Tx<'_>,
    despite: &Despite,
    word: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    despite.iter().try_for_each(|(manuscript, severe)| leave_severe(tx, manuscript, severe, word, by))
}

/// 签发人, as it prints: with whom they stand in for.
pub(super) fn signer_name(signer: &User) -> String {
    let place = signer.in_place_of(Permission::Sign).map(|cover| format!("（代{}）", cover.title));
    format!("{}{}", signer.title, place.unwrap_or_default())
}

/// Where a manuscript stands once it is off the proof: at the last stage of review, or in editing where there is none.
pub(super) fn taken_off(
    sql: &mut dyn Sql,
    kinds: &BTreeMap<KindId, Kind>,
    record: &ManuscriptRecord,
) -> Result<(ManuscriptState, Option<String>), DeskError> {
    let kind = stage_of(sql, &record.id)?.1;
    let last = kinds.get(&kind).and_then(|kind| kind.stages.last());
    let mut next = record.state.apply(ManuscriptMove::TakeOut)?;
    if last.is_none() {
        next = next.apply(ManuscriptMove::Return)?;
    }
    Ok((next, last.map(|stage| stage.code.clone())))
}
