//! 校对 and 一键整理 at the desk: proposals beside the text. A fault is put right, left as it is with a reason, or let pass
//! wherever it stands; no 严重 one goes on while neither was done.

use std::sync::Arc;

use serde::Serialize;

use crate::model::{Actor, CodeTable, LocalDate, ManuscriptId, RowChange, RowFields, Texts, Timestamp};
use crate::store::{Left, Priority, Sql, StoreError, Tx, drop_left, left_of, put_left, read_manuscript};
use crate::text::tidy::{Change, propose};
use crate::text::{ProofHit, ProofKind, Proofreader, Severity};

use super::super::{Desk, DeskError};
use super::Edited;

/// Severe hits named in a refusal.
const NAMED: usize = 5;
/// Longest reason, in characters.
pub(in crate::editorial) const WHY_MAX: usize = 200;
/// Longest text that something is known by, in characters.
const FOUND_MAX: usize = 200;
/// By so many characters from it on a lone quote or bracket is known: by itself it would be every one of its kind.
const PAIR_KNOWN: usize = 8;

/// A place to look at again, in the field that it stands in.
#[derive(Debug, Clone, Serialize)]
pub struct Noted {
    /// `title` or `body`.
    pub field: &'static str,
    /// 错别字 …
    pub label: &'static str,
    /// By what it is left as it is: its text; of what is personal only the masked form.
    pub key: String,
    /// Whether it may be let pass everywhere: what is 严重 never is, nor what is of some kinds.
    pub may_pass: bool,
    /// Why it stays, where somebody said so.
    pub left: Option<LeftAs>,
    /// The place, the reason, the proposal.
    #[serde(flatten)]
    pub hit: ProofHit,
}

/// Why a fault stays.
#[derive(Debug, Clone, Serialize)]
pub struct LeftAs {
    /// The reason.
    pub why: String,
    /// Who gave it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What is said of a place that 校对 names: of which kind it is, and by what it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Of which kind.
    pub kind: ProofKind,
    /// [`Noted::key`].
    pub key: String,
}

fn key(hit: &ProofHit, text: &str) -> String {
    match hit.kind {
        ProofKind::Personal => hit.proposal.clone().unwrap_or_default(),
        ProofKind::Pair => text.chars().skip(hit.start).take(PAIR_KNOWN).collect(),
        _ => hit.text.chars().take(FOUND_MAX).collect(),
    }
}

fn noted(
    proofreader: &Proofreader,
    texts: &Texts,
    day: LocalDate,
    passed: &[String],
    left: &[Left],
) -> Vec<Noted> {
    let of = |field: &'static str, text: &str| {
        let hits = proofreader.check_passing(text, day, passed).into_iter();
        hits.map(|hit| {
            let key = key(&hit, text);
            let known = left.iter().find(|one| one.kind == hit.kind.code() && one.found == key);
            Noted {
                field,
                label: hit.kind.label(),
                may_pass: hit.kind.may_pass() && hit.severity != Severity::Severe,
                left: known.map(|one| LeftAs { why: one.why.clone(), by: one.by.clone(), at: one.at }),
                key,
                hit,
            }
        })
        .collect::<Vec<_>>()
    };
    [of("title", &texts.title), of("body", &texts.body)].concat()
}

impl Desk {
    /// Everything in a manuscript that should be looked at again, with what was said of it.
    ///
    /// # Errors
    /// When the store is away, or the machine is ending.
    pub async fn proofread(&self, id: ManuscriptId, texts: Texts) -> Result<Vec<Noted>, DeskError> {
        let left = self.store.read(move |sql: &mut dyn Sql| left_of(sql, &id)).await?;
        let (proofreader, day) = (Arc::clone(&self.proofreader), self.today());
        let passed = self.tables.now().names(CodeTable::Passed, day);
        self.compute(move || Ok(noted(&proofreader, &texts, day, &passed, &left))).await
    }

    /// What of a text's form could be put in order.
    ///
    /// # Errors
    /// When the machine is ending.
    pub async fn tidied(&self, body: String) -> Result<Vec<Change>, DeskError> {
        self.compute(move || Ok(propose(&body))).await
    }

    /// Leaves something as it is in this manuscript, with the reason.
    ///
    /// # Errors
    /// When there is no such manuscript, or no reason.
    pub async fn leave_fault(
        &self,
        id: ManuscriptId,
        place: Place,
        why: &str,
        by: Actor,
    ) -> Result<(), DeskError> {
        let why = reason(why, "请写明不改的理由")?;
        if place.key.is_empty() || place.key.chars().count() > FOUND_MAX {
            return Err(DeskError::Request("没有写明是哪一处，请刷新页面后再选".to_owned()));
        }
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                read_manuscript(tx, &id)?;
                Ok(put_left(tx, &id, (place.kind.code(), &place.key), &why, &by)?)
            })
            .await
    }

    /// Looks at it again after all.
    ///
    /// # Errors
    /// When it was not left as it is.
    pub async fn look_again(&self, id: ManuscriptId, place: Place, by: Actor) -> Result<(), DeskError> {
        let back = move |tx: &mut Tx<'_>| match drop_left(tx, &id, (place.kind.code(), &place.key), &by)? {
            true => Ok(()),
            false => Err(DeskError::Request("此处没有记为不改，不必撤回".to_owned())),
        };
        self.store.write(Priority::Desk, back).await
    }

    /// Lets a phrase pass wherever it stands from now on: a row of 校对放行, with the reason.
    ///
    /// # Errors
    /// When nothing of this kind may pass, there is no reason, or the table has it already.
    pub async fn let_pass(&self, place: Place, why: &str, by: Actor) -> Result<(), DeskError> {
        if !place.kind.may_pass() {
            let detail =
                format!("“{}”一类须逐篇核对，不能列入{}", place.kind.label(), CodeTable::Passed.label());
            return Err(DeskError::Request(detail));
        }
        let fields =
            RowFields {
                name: place.key, note: reason(why, "请写明为什么不是差错")?, ..RowFields::default()
            };
        let change = RowChange::Add(fields);
        self.change_code_row(CodeTable::Passed, (String::new(), None), change, by).await.map(drop)
    }

    /// The 严重 faults that nobody has said anything about.
    pub(in crate::editorial) async fn open_severe(
        &self,
        id: ManuscriptId,
        texts: Texts,
    ) -> Result<Vec<Noted>, DeskError> {
        let mut severe = self.proofread(id, texts).await?;
        severe.retain(|noted| noted.hit.severity == Severity::Severe && noted.left.is_none());
        Ok(severe)
    }

    /// A manuscript does not go on with an open 严重 fault, unless its comment says why. Gives those that the comment
    /// speaks for: they are noted with the step.
    pub(super) async fn refuse_severe(
        &self,
        id: ManuscriptId,
        edited: &Edited,
    ) -> Result<Vec<Noted>, DeskError> {
        let severe = self.open_severe(id, edited.texts.clone()).await?;
        if severe.is_empty() || !edited.comment.trim().is_empty() {
            return Ok(severe);
        }
        Err(DeskError::Request(format!(
            "校对有 {}。请改正，或在意见中写明理由后再提交",
            told_severe(&severe)
        )))
    }
}

/// 3 处严重问题：“…”…
pub(in crate::editorial) fn told_severe(severe: &[Noted]) -> String {
    let told = severe.iter().take(NAMED).map(|Noted { hit, .. }| {
        // Many reasons name the place by themselves.
        let place = format!("“{}”", hit.text);
        if hit.reason.starts_with(&place) { hit.reason.clone() } else { format!("{place}{}", hit.reason) }
    });
    let told: Vec<String> = told.collect();
    format!("{} 处严重问题：{}", severe.len(), told.join("；"))
}

/// Notes that what is 严重 goes on for the reason that was given.
pub(in crate::editorial) fn leave_severe(
    tx: &mut Tx<'_>,
    id: &ManuscriptId,
    severe: &[Noted],
    why: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    let why: String = why.trim().chars().take(WHY_MAX).collect();
    severe.iter().try_for_each(|noted| put_left(tx, id, (noted.hit.kind.code(), &noted.key), &why, by))
}

fn reason(why: &str, missing: &str) -> Result<String, DeskError> {
    match why.trim().chars().count() {
        0 => Err(DeskError::Request(missing.to_owned())),
        chars if chars > WHY_MAX => {
            Err(DeskError::Request(format!("理由共 {chars} 字，超过 {WHY_MAX} 字的上限，请删减")))
        }
        _ => Ok(why.trim().to_owned()),
    }
}
