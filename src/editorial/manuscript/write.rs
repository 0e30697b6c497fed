//! Writing: saved on every pause as a draft of one's own, saved for everybody on request, any version brought back; how
//! long it prints.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::bulletin::{IssueInput, LINES_A_PAGE, TITLE_LINE, compile_with, cut_at};
use crate::model::{Actor, ManuscriptId, Outlet, Texts, Urgency};
use crate::store::{
    Priority, Sql, StoreError, Tx, clear_draft, correct_manuscript, put_draft, read_manuscript, steps_of,
};

use super::super::issue::for_any_text;
use super::super::{Desk, DeskError};
use super::{BODY_ADVISED, Edited, Merged, current, editing, three_way};

/// How long a manuscript is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meter {
    /// Characters of the body, without blanks.
    pub chars: usize,
    /// What is advised at most.
    pub advised: usize,
    /// The lines of the title as it prints in 2号.
    pub title: Vec<String>,
    /// Characters that fit into a line of it.
    pub title_line: usize,
    /// 2 页余 3 行, from the typesetter; empty where it cannot be typeset.
    pub pages: String,
}

impl Desk {
    /// Keeps what somebody is writing, for them alone.
    ///
    /// # Errors
    /// When there is no such manuscript, or a text is far too long.
    pub async fn keep_draft(&self, id: ManuscriptId, edited: Edited, by: Actor) -> Result<(), DeskError> {
        let long = edited.texts.body.chars().count() > 2 * super::BODY_MAX;
        if long || edited.texts.title.chars().count() > 2 * super::TITLE_MAX {
            return Err(DeskError::Request("文字过长，没有自动保存，请先删减".to_owned()));
        }
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = read_manuscript(tx, &id)?;
                if record.texts == edited.texts {
                    return Ok(clear_draft(tx, &id, &by)?);
                }
                Ok(put_draft(tx, &id, (edited.rev, edited.step), &edited.texts, &by)?)
            })
            .await
    }

    /// Forgets a draft of one's own.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn drop_draft(&self, id: ManuscriptId, by: Actor) -> Result<(), DeskError> {
        self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| Ok(clear_draft(tx, &id, &by)?)).await
    }

    /// Saves an editor's changes.
    ///
    /// # Errors
    /// When it is not in editing, or somebody else changed it meanwhile.
    pub async fn save_manuscript(
        &self,
        id: ManuscriptId,
        edited: Edited,
        by: Actor,
    ) -> Result<(), DeskError> {
        edited.check()?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = current(tx, &id, edited.rev)?;
                editing(&record)?;
                clear_draft(tx, &id, &by)?;
                if record.texts == edited.texts {
                    return Ok(());
                }
                Ok(correct_manuscript(tx, &record, &edited.texts, "修改", &by, &edited.comment)?)
            })
            .await
    }

    /// Brings back the texts of an earlier step, as a step of its own.
    ///
    /// # Errors
    /// When it is not in editing, somebody else changed it meanwhile, or there is no such step.
    pub async fn restore_step(
        &self,
        id: ManuscriptId,
        step: i64,
        rev: i64,
        by: Actor,
    ) -> Result<(), DeskError> {
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = current(tx, &id, rev)?;
                editing(&record)?;
                let steps = steps_of(tx, &id)?;
                let wanted = steps.into_iter().find(|one| one.step == step);
                let wanted =
                    wanted.ok_or_else(|| StoreError::NotFound(format!("编稿 {id} 的第 {step} 步")))?;
                let comment = format!("恢复为第 {step} 步（{}）的文字", wanted.action);
                clear_draft(tx, &id, &by)?;
                Ok(correct_manuscript(tx, &record, &wanted.texts, "恢复", &by, &comment)?)
            })
            .await
    }

    /// What two people changed since the step that both began with, brought together.
    ///
    /// # Errors
    /// When there is no such manuscript or step.
    pub async fn bring_together(
        &self,
        id: ManuscriptId,
        since: i64,
        mine: Texts,
    ) -> Result<(Texts, usize), DeskError> {
        let (base, theirs) = self
            .store
            .read(move |sql: &mut dyn Sql| {
                let steps = steps_of(sql, &id)?;
                let base = steps.iter().find(|step| step.step == since).map(|step| step.texts.clone());
                Ok::<_, StoreError>((base, read_manuscript(sql, &id)?.texts))
            })
            .await?;
        let base = base.unwrap_or_else(|| Texts {
            title: String::new(),
            body: String::new(),
            credit: String::new(),
        });
        // Short texts have no paragraphs: where both changed one, this person's stands, and the page shows the other's.
        let one_line = |base: &str, mine: &str, theirs: &str| {
            if mine == base { theirs.to_owned() } else { mine.to_owned() }
        };
        let Merged { text, clashes } = three_way(&base.body, &mine.body, &theirs.body);
        let texts = Texts {
            title: one_line(&base.title, &mine.title, &theirs.title),
            body: text,
            credit: one_line(&base.credit, &mine.credit, &theirs.credit),
        };
        Ok((texts, clashes))
    }

    /// How long a manuscript prints, from the same typesetter that makes the issue.
    ///
    /// # Errors
    /// When there is no such manuscript.
    pub async fn measure(&self, id: ManuscriptId, texts: Texts) -> Result<Meter, DeskError> {
        let record = self.store.read(move |sql: &mut dyn Sql| read_manuscript(sql, &id)).await?;
        let series = match &record.outlet {
            Outlet::Series { series } => self.series.get(series),
            Outlet::Report { .. } | Outlet::Forward { .. } => self.series.values().next(),
        };
        let chars = texts.body.chars().filter(|c| !c.is_whitespace()).count();
        let mut meter = Meter {
            chars,
            advised: BODY_ADVISED,
            title: Vec::new(),
            title_line: TITLE_LINE,
            pages: String::new(),
        };
        let Some(series) = series.cloned() else { return Ok(meter) };
        let today = self.clock.now().date();
        let (presses, word_ends) = (self.presses.clone(), Arc::clone(&self.hooks.word_ends));
        self.compute(move || {
            let input = IssueInput {
                number: None,
                total: None,
                supplement: false,
                printed_date: today,
                urgency: Urgency::Normal,
                editors_note: None,
                articles: vec![texts],
                pictures: BTreeMap::new(),
                earlier: Vec::new(),
                signer: None,
                editor: None,
                checker: None,
                copies: None,
            };
            let words = for_any_text(|title| cut_at(title, &word_ends(title)));
            // What cannot be compiled yet (no title, no text) has no length.
            if let Ok(document) = compile_with(&series, &input, &words) {
                meter.title = document.articles.iter().flat_map(|article| article.title.clone()).collect();
                if presses.missing(&document)?.is_empty()
                    && let Some(pdf) = presses.pdf(&document, &[])?
                {
                    meter.pages =
                        pdf.article_ends.first().map(|(page, line)| length(*page, *line)).unwrap_or_default();
                }
            }
            Ok(meter)
        })
        .await
    }
}

/// 2 页余 3 行: whole pages before the one on which the text ends, and lines on that one.
fn length(page: usize, line: usize) -> String {
    match (page, line) {
        (page, LINES_A_PAGE) => format!("{} 页", page.max(1)),
        (0 | 1, line) => format!("1 页内，{line} 行"),
        (page, 0) => format!("{} 页", page - 1),
        (page, line) => format!("{} 页余 {line} 行", page - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn length_is_told_as_the_office_tells_it() {
        assert_eq!(length(1, 15), "1 页内，15 行");
        assert_eq!(length(3, 3), "2 页余 3 行");
        assert_eq!((length(2, 22), length(3, 0)), ("2 页".to_owned(), "2 页".to_owned()));
    }
}
