//! 校对 and 一键整理 at the desk: proposals beside the text, and no 严重 one goes on without a word about it.

use std::sync::Arc;

use serde::Serialize;

use crate::model::{LocalDate, Texts};
use crate::text::tidy::{Change, propose};
use crate::text::{ProofHit, Proofreader, Severity};

use super::super::{Desk, DeskError};
use super::Edited;

/// Severe hits named in a refusal.
const NAMED: usize = 5;

/// A place to look at again, in the field that it stands in.
#[derive(Debug, Clone, Serialize)]
pub struct Noted {
    /// `title` or `body`.
    pub field: &'static str,
    /// 错别字 …
    pub label: &'static str,
    /// The place, the reason, the proposal.
    #[serde(flatten)]
    pub hit: ProofHit,
}

fn noted(proofreader: &Proofreader, texts: &Texts, day: LocalDate) -> Vec<Noted> {
    let of = |field: &'static str, text: &str| {
        let hits = proofreader.check(text, day).into_iter();
        hits.map(|hit| Noted { field, label: hit.kind.label(), hit }).collect::<Vec<_>>()
    };
    [of("title", &texts.title), of("body", &texts.body)].concat()
}

impl Desk {
    /// Everything in a manuscript that should be looked at again.
    ///
    /// # Errors
    /// When the machine is ending.
    pub async fn proofread(&self, texts: Texts) -> Result<Vec<Noted>, DeskError> {
        let (proofreader, day) = (Arc::clone(&self.proofreader), self.clock.now().date());
        self.compute(move || Ok(noted(&proofreader, &texts, day))).await
    }

    /// What of a text's form could be put in order.
    ///
    /// # Errors
    /// When the machine is ending.
    pub async fn tidied(&self, body: String) -> Result<Vec<Change>, DeskError> {
        self.compute(move || Ok(propose(&body))).await
    }

    /// A manuscript does not go on with an open 严重 hit, unless its comment says why.
    pub(super) async fn refuse_severe(&self, edited: &Edited) -> Result<(), DeskError> {
        if !edited.comment.trim().is_empty() {
            return Ok(());
        }
        let mut severe = self.proofread(edited.texts.clone()).await?;
        severe.retain(|noted| noted.hit.severity == Severity::Severe);
        if severe.is_empty() {
            return Ok(());
        }
        let told: Vec<String> = severe
            .iter()
            .take(NAMED)
            .map(|noted| format!("“{}”{}", noted.hit.text, noted.hit.reason))
            .collect();
        Err(DeskError::Request(format!(
            "校对有 {} 处严重问题：{}。请改正，或在意见中写明理由后再提交",
            severe.len(),
            told.join("；")
        )))
    }
}
