//! Corrections of a manuscript on a proof, and of slips at 复核: logged with the full text before and after.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, IssueId, IssueState, ManuscriptId, Texts};
use crate::store::{
    Priority, StoreError, Tx, correct_manuscript, manuscripts_of_issue, read_issue, read_manuscript,
};

use super::super::{Desk, DeskError};
use super::IssueView;

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
                    IssueState::Draft | IssueState::Proof => "清样改动",
                    IssueState::Signed | IssueState::Checked => "复核改动",
                    state => {
                        let detail = format!("本期{}，文字不能再改", state.label());
                        return Err(DeskError::Request(detail));
                    }
                };
                let on_issue: Vec<ManuscriptId> =
                    manuscripts_of_issue(tx, &id)?.into_iter().map(|one| one.id).collect();
                let chosen = match (wanted, on_issue.as_slice()) {
                    (None, [only]) => *only,
                    (None, _) => {
                        let detail = "本期有多篇，请写明改哪一篇（manuscript）".to_owned();
                        return Err(DeskError::Request(detail));
                    }
                    (Some(one), all) if all.contains(&one) => one,
                    (Some(one), _) => return Err(StoreError::NotFound(format!("本期没有编稿 {one}")).into()),
                };
                let manuscript = read_manuscript(tx, &chosen)?;
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
