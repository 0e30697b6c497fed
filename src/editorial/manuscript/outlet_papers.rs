//! The paper of 上报 and the letter of 直转: typeset from the text until they are sent, and frozen from then on.

use std::sync::Arc;

use crate::bulletin::{Document, Sent, cut_at, report};
use crate::model::{LocalDate, ManuscriptId, ManuscriptMove, Outlet};
use crate::store::{ManuscriptRecord, OutletPaper, Sql, StoreError, outlet_paper, read_manuscript, steps_of};

use super::super::issue::{for_any_text, written};
use super::super::{Desk, DeskError};
use super::current;

/// What is frozen when it is sent; `pdf` where the program has it.
const FORMATS: &[&str] = if cfg!(feature = "pdf") { &["html", "docx", "pdf"] } else { &["html", "docx"] };

impl Desk {
    /// The paper of 上报, or the letter of 直转, as `html`, `docx` or `pdf`: what was sent, byte for byte; before that
    /// as it would be sent today.
    ///
    /// # Errors
    /// When it goes into a series, there is no such form, or what was sent is damaged.
    pub async fn outlet_paper(
        &self,
        id: ManuscriptId,
        format: String,
    ) -> Result<(String, Vec<u8>), DeskError> {
        let wanted = format.clone();
        let (record, sent_on, frozen) = self
            .store
            .read(move |sql: &mut dyn Sql| {
                let steps = steps_of(sql, &id)?;
                let ends = [ManuscriptMove::Report.label(), ManuscriptMove::Forward.label()];
                let sent = steps.iter().rev().find(|step| ends.contains(&step.action.as_str()));
                let frozen = outlet_paper(sql, &id, &wanted)?;
                Ok::<_, StoreError>((read_manuscript(sql, &id)?, sent.map(|step| step.at.date()), frozen))
            })
            .await?;
        if let Some(frozen) = frozen {
            let blobs = self.blobs.clone();
            let bytes = self.compute(move || Ok(blobs.get(&frozen.blob)?)).await?;
            return Ok((frozen.name, bytes));
        }
        // Of what an earlier version of the program sent nothing was frozen: it is set from the text that was sent.
        let date = sent_on.unwrap_or_else(|| self.clock.now().date());
        let (document, name) = self.outlet_document(record, date).await?;
        let presses = Arc::clone(&self.presses);
        let name = format!("{name}.{format}");
        self.compute(move || Ok((name, written(&presses, &document, &format, &[])?))).await
    }

    /// The files of a manuscript of this revision as they go out today, stored and synced.
    pub(super) async fn papers_to_send(
        &self,
        id: ManuscriptId,
        rev: i64,
    ) -> Result<Vec<OutletPaper>, DeskError> {
        let record = self.store.read(move |sql: &mut dyn Sql| current(sql, &id, rev)).await?;
        let (document, name) = self.outlet_document(record, self.clock.now().date()).await?;
        let (presses, blobs) = (Arc::clone(&self.presses), self.blobs.clone());
        self.compute(move || {
            let file = |format: &&str| {
                let bytes = written(&presses, &document, format, &[])?;
                Ok(OutletPaper {
                    manuscript: id,
                    format: (*format).to_owned(),
                    name: format!("{name}.{format}"),
                    blob: blobs.put(&bytes)?,
                    bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
                })
            };
            FORMATS.iter().map(file).collect()
        })
        .await
    }

    /// What is set, and what its files are called.
    async fn outlet_document(
        &self,
        record: ManuscriptRecord,
        date: LocalDate,
    ) -> Result<(Document, String), DeskError> {
        let like = self.series.values().next().cloned();
        let like = like.ok_or_else(|| DeskError::Request("还没有配置刊物，没有版式可用".to_owned()))?;
        let (letter, word_ends) = (self.letter.clone(), Arc::clone(&self.hooks.word_ends));
        self.compute(move || {
            let ManuscriptRecord { outlet, texts, .. } = record;
            let words = for_any_text(|text| cut_at(text, &word_ends(text)));
            let from = like.unit.clone();
            let sent = |to| Sent { to, from: &from, date };
            Ok(match &outlet {
                Outlet::Series { .. } => {
                    return Err(DeskError::Request("本稿编入刊物，请在拟发稿中看清样".to_owned()));
                }
                Outlet::Report { to, title, cover } => (
                    report(&like, (title, cover), &texts, sent(to), &words)?,
                    format!("上报 {}", texts.title),
                ),
                Outlet::Forward { to } => {
                    (letter.write(&like, &texts, sent(to), &words)?, format!("转送函 {}", texts.title))
                }
            })
        })
        .await
    }
}
