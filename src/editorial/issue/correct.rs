//! Corrections of a manuscript on a proof, and of slips at 复核: logged with the full text before and after.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, IssueId, IssueState, ManuscriptId, Texts, Timestamp};
use crate::store::{
    Priority, Sql, Step, StoreError, Tx, correct_manuscript, manuscripts_of_issue, read_issue,
    read_manuscript,
};

use super::super::{Desk, DeskError};
use super::IssueView;

/// What a correction is called before the signature,
const ON_PROOF: &str = "清样改动";
/// and after it.
const AFTER_SIGNING: &str = "复核改动";

/// What is to be changed; what is not given stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRequest {
    /// Which manuscript; may be left out where the issue has one only.
    #[serde(default)]
    pub manuscript: Option<String>,
    /// 标题.
    #[serde(default)]
    pub title: Option<String>,
    /// 正文.
    #[serde(default)]
    pub body: Option<String>,
    /// 署名.
    #[serde(default)]
    pub credit: Option<String>,
    /// Why; shown to the signer.
    pub comment: String,
}

/// A correction as the signer is shown it.
#[derive(Debug, Serialize)]
pub struct Correction {
    /// 清样改动, or after the signature 复核改动.
    pub action: String,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub comment: String,
    /// What was changed.
    pub changes: Vec<Changed>,
}

/// A part of the text that was changed: only the paragraphs that differ.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// 标题, 正文 or 署名.
    pub part: &'static str,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// The corrections among a manuscript's steps, oldest first.
pub(super) fn corrections(steps: Vec<Step>) -> Vec<Correction> {
    let mut all = Vec::new();
    let mut before: Option<Texts> = None;
    for step in steps {
        if let Some(old) = before.filter(|_| [ON_PROOF, AFTER_SIGNING].contains(&step.action.as_str())) {
            let changes = [
                changed("标题", &old.title, &step.texts.title),
                changed("正文", &old.body, &step.texts.body),
                changed("署名", &old.credit, &step.texts.credit),
            ];
            let changes = changes.into_iter().flatten().collect();
            let Step { action, actor: by, at, comment, .. } = &step;
            let (action, by, comment) = (action.clone(), by.clone(), comment.clone());
            all.push(Correction { action, by, at: *at, comment, changes });
        }
        before = Some(step.texts);
    }
    all
}

/// The lines between the first and the last that differ.
fn changed(part: &'static str, before: &str, after: &str) -> Option<Changed> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let (old, new) = (&old[same..], &new[same..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    let differs = !old.is_empty() || !new.is_empty();
    differs.then(|| Changed { part, before: old.join("\n"), after: new.join("\n") })
}

/// The manuscript that is meant, among those on an issue.
pub(super) fn chosen(
    sql: &mut dyn Sql,
    issue: &IssueId,
    wanted: Option<ManuscriptId>,
) -> Result<ManuscriptId, DeskError> {
    let on_issue: Vec<ManuscriptId> =
        manuscripts_of_issue(sql, issue)?.into_iter().map(|one| one.id).collect();
    match (wanted, on_issue.as_slice()) {
        (None, [only]) => Ok(*only),
        (None, _) => {
            let detail = "本期有多篇，请写明是哪一篇（manuscript）".to_owned();
            Err(DeskError::Request(detail))
        }
        (Some(one), all) if all.contains(&one) => Ok(one),
        (Some(one), _) => Err(StoreError::NotFound(format!("本期没有编稿 {one}")).into()),
    }
}

impl Desk {
    /// Changes the texts of a manuscript before its issue has a number. After the signature this is a slip corrected
    /// at 复核: it is logged as that, and the signer sees it in the manuscript's steps.
    ///
    /// # Errors
    /// When the issue is registered, issued or void, or the manuscript is not on it.
    pub async fn correct(
        &self,
        id: IssueId,
        request: CorrectionRequest,
        by: Actor,
    ) -> Result<IssueView, DeskError> {
        if request.comment.trim().is_empty() {
            return Err(DeskError::Request("请写明改了什么、为什么（comment）".to_owned()));
        }
        let wanted: Option<ManuscriptId> = request.manuscript.as_deref().map(str::parse).transpose()?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let issue = read_issue(tx, &id)?;
                let action = match issue.state {
                    IssueState::Draft | IssueState::Proof => ON_PROOF,
                    IssueState::Signed | IssueState::Checked => AFTER_SIGNING,
                    state => {
                        let detail = format!("本期{}，文字不能再改", state.label());
                        return Err(DeskError::Request(detail));
                    }
                };
                let meant = chosen(tx, &id, wanted)?;
                let manuscript = read_manuscript(tx, &meant)?;
                let old = manuscript.texts.clone();
                let texts = Texts {
                    title: request.title.clone().unwrap_or(old.title),
                    body: request.body.clone().unwrap_or(old.body),
                    credit: request.credit.clone().unwrap_or(old.credit),
                };
                Ok(correct_manuscript(tx, &manuscript, &texts, action, &by, request.comment.trim())?)
            })
            .await?;
        let warnings = self.check_proof(id).await?;
        Ok(IssueView { warnings, ..self.issue_view(id).await? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_paragraphs_that_differ_are_shown() {
        let found = changed("正文", "一\n二\n三\n四", "一\n贰\n三\n四").expect("changed");
        assert_eq!((found.before.as_str(), found.after.as_str()), ("二", "贰"));
        let added = changed("正文", "一\n四", "一\n二\n三\n四").expect("changed");
        assert_eq!((added.before.as_str(), added.after.as_str()), ("", "二\n三"));
        assert_eq!(changed("标题", "一", "一"), None);
        assert_eq!(changed("署名", "", "甲").map(|one| one.after).as_deref(), Some("甲"));
        assert_eq!(changed("正文", "一\n一", "一").map(|one| one.before).as_deref(), Some("一"));
    }
}
