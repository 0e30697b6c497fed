//! What came back from Word becomes a version of its manuscript.

use crate::model::{Actor, ManuscriptId};
use crate::store::{
    Priority, Sql, StoreError, Tx, clear_draft, correct_manuscript, draft_of, read_manuscript, steps_of,
};

use super::super::super::{Desk, DeskError};
use super::super::{Edited, current, editing};
use super::{Mark, Note, Word, read, write};

/// What the step is called that a Word file made.
const ACTION: &str = "Word 修改";
/// A mark of its own is added to the audit log.
const DOWNLOADED: &str = "manuscript.word";

/// Of what a Word file was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Of the manuscript as it stands.
    Current,
    /// Of an earlier version: somebody saved meanwhile.
    Earlier,
    /// Not of one of ours, or its mark is gone: a person must say that it belongs here.
    Unknown,
}

/// A Word file that was read for a manuscript.
pub struct Received {
    /// What it says.
    pub word: Word,
    /// Of what it was made.
    pub origin: Origin,
    /// The revision and the step that it began with.
    pub since: (i64, i64),
    /// Whether its last line in brackets is the credit line.
    pub credited: bool,
}

impl Desk {
    /// A manuscript as a Word file, as it was last saved: its name and its bytes.
    ///
    /// # Errors
    /// When there is no such manuscript.
    pub async fn word_of(&self, id: ManuscriptId, by: Actor) -> Result<(String, Vec<u8>), DeskError> {
        let (record, step) = self
            .store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = read_manuscript(tx, &id)?;
                let step = steps_of(tx, &id)?.last().map_or(0, |step| step.step);
                tx.audit(&by, DOWNLOADED, &id.to_string(), &serde_json::json!({ "step": step }))?;
                Ok::<_, StoreError>((record, step))
            })
            .await?;
        let mark = Mark::new(id, record.rev, step, &record.texts);
        let bytes = write(&record.texts, &mark)
            .map_err(|error| DeskError::Broken(format!("a manuscript as DOCX: {error}")))?;
        Ok((format!("{}（第{step}版）.docx", record.texts.title), bytes))
    }

    /// Reads a Word file that somebody wrote of a manuscript.
    ///
    /// # Errors
    /// When it cannot be read, is of another manuscript, or this person left something unsaved on the page.
    pub async fn receive_word(
        &self,
        id: ManuscriptId,
        bytes: Vec<u8>,
        by: Actor,
    ) -> Result<Received, DeskError> {
        let word =
            self.compute(move || read(&bytes).map_err(|error| DeskError::Request(error.to_string()))).await?;
        let mark = word.mark.clone();
        self.store
            .read(move |sql: &mut dyn Sql| {
                let record = read_manuscript(sql, &id)?;
                editing(&record)?;
                if draft_of(sql, &id, &by)?.is_some_and(|draft| draft.texts != record.texts) {
                    let detail = "您在网页上还有没有保存的文字，请先保存或放弃，再上传 Word";
                    return Err(DeskError::Request(detail.to_owned()));
                }
                let steps = steps_of(sql, &id)?;
                let last = steps.last().map_or(0, |step| step.step);
                let credited = |credit: &str| !credit.trim().is_empty();
                if let Some(mark) = &mark {
                    refuse_other(sql, &id, mark)?;
                    let begun = steps.iter().find(|step| step.step == mark.step);
                    if let Some(begun) = begun.filter(|begun| mark.fits(&begun.texts)) {
                        let origin = if mark.rev == record.rev { Origin::Current } else { Origin::Earlier };
                        let credited = credited(&begun.texts.credit);
                        return Ok(Received { word, origin, since: (mark.rev, mark.step), credited });
                    }
                }
                let credited = credited(&record.texts.credit);
                Ok(Received { word, origin: Origin::Unknown, since: (record.rev, last), credited })
            })
            .await
    }

    /// Makes a version of what a Word file says; its comments stand in the log. Gives the step, none where nothing changed.
    ///
    /// # Errors
    /// As [`Desk::save_manuscript`]: what somebody else saved meanwhile is never written over.
    pub async fn take_word(
        &self,
        id: ManuscriptId,
        edited: Edited,
        notes: &[Note],
        by: Actor,
    ) -> Result<Option<i64>, DeskError> {
        edited.check()?;
        let comment = [vec![edited.comment.trim().to_owned()], told(notes)].concat();
        let comment: Vec<String> = comment.into_iter().filter(|line| !line.is_empty()).collect();
        let comment = comment.join("；");
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let record = current(tx, &id, edited.rev)?;
                editing(&record)?;
                if record.texts == edited.texts && comment.is_empty() {
                    return Ok(None);
                }
                clear_draft(tx, &id, &by)?;
                correct_manuscript(tx, &record, &edited.texts, ACTION, &by, &comment)?;
                Ok(steps_of(tx, &id)?.last().map(|step| step.step))
            })
            .await
    }
}

fn refuse_other(sql: &mut dyn Sql, id: &ManuscriptId, mark: &Mark) -> Result<(), DeskError> {
    if mark.manuscript == *id {
        return Ok(());
    }
    let other = match read_manuscript(sql, &mark.manuscript) {
        Ok(other) => format!("《{}》", other.texts.title),
        Err(StoreError::NotFound(_)) => "本系统中已没有的另一篇".to_owned(),
        Err(error) => return Err(error.into()),
    };
    Err(DeskError::Request(format!(
        "这个 Word 文件是从另一篇编稿{other}下载的，没有写入。请到那一篇上传，或重新选择文件"
    )))
}

/// Each comment as a line of the log.
pub fn told(notes: &[Note]) -> Vec<String> {
    let line = |note: &Note| match note.about.trim() {
        "" => format!("批注（{}）：{}", note.author, note.text.trim()),
        about => format!("批注（{}）“{about}”：{}", note.author, note.text.trim()),
    };
    notes.iter().map(line).collect()
}
