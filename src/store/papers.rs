//! 代录签批: decisions that were given on paper. A step stands as decided by that person; the log says who entered it.

use serde::Serialize;
use serde_json::json;

use crate::model::{
    Actor, ChangeKind, FileId, LocalDate, ManuscriptId, ManuscriptState, PaperAct, Texts, Timestamp,
};

use super::manuscripts::{set_state, set_texts};
use super::sql::{Row, Sql, bind};
use super::{ManuscriptRecord, StoreError, Tx, add_step};

/// A decision on paper, before it is entered.
#[derive(Debug, Clone)]
pub struct NewPaper<'a> {
    /// The id of the manuscript or the issue.
    pub object: &'a str,
    /// What was decided.
    pub act: PaperAct,
    /// The same in the office's words, with the stage: 初审通过.
    pub told: &'a str,
    /// Who decided.
    pub decider: &'a Actor,
    /// Their 姓名, as it is now.
    pub title: &'a str,
    /// The day on the paper.
    pub day: LocalDate,
    /// In which words.
    pub wording: &'a str,
    /// The scan.
    pub file: &'a FileId,
}

/// A decision on paper.
#[derive(Debug, Clone, Serialize)]
pub struct PaperRecord {
    /// Its number.
    pub no: i64,
    /// The id of the manuscript or the issue.
    pub object: String,
    /// What was decided.
    pub act: PaperAct,
    /// The same in the office's words.
    pub told: String,
    /// Who decided.
    pub decider: Actor,
    /// Their 姓名.
    pub title: String,
    /// The day on the paper.
    pub day: LocalDate,
    /// In which words.
    pub wording: String,
    /// The scan.
    pub file: FileId,
    /// When it was entered.
    pub at: Timestamp,
    /// By whom.
    pub entered_by: Actor,
}

/// Enters a decision and gives its number. The log names what was done, not the wording.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_paper(tx: &mut Tx<'_>, paper: &NewPaper<'_>, by: &Actor) -> Result<i64, StoreError> {
    let row = tx.first("SELECT CAST(COALESCE(MAX(no), 0) + 1 AS BIGINT) FROM paper_decisions", &[])?;
    let no = row.map_or(Ok(1), |row| row.int(0))?;
    let day = paper.day.to_string();
    tx.execute(
        "INSERT INTO paper_decisions (no, object, act, told, decider, title, day, wording, file_id, at, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        bind![
            no,
            paper.object,
            paper.act.code(),
            paper.told,
            &paper.decider.to_string(),
            paper.title,
            &day,
            paper.wording,
            paper.file.as_str(),
            tx.now(),
            &by.to_string()
        ],
    )?;
    let detail = json!({
        "no": no, "told": paper.told, "decided_by": paper.decider, "title": paper.title, "day": day,
        "file": paper.file,
    });
    tx.audit(by, "paper.enter", paper.object, &detail)?;
    Ok(no)
}

/// Moves a manuscript as a paper says, from the revision that was read: the step is the decider's, the row of the log
/// is of whoever entered it.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile.
pub fn move_on_paper(
    tx: &mut Tx<'_>,
    manuscript: &ManuscriptRecord,
    to: ManuscriptState,
    (action, comment): (&str, &str),
    (no, decider): (i64, &Actor),
    by: &Actor,
) -> Result<(), StoreError> {
    set_state(tx, manuscript, to)?;
    add_step(tx, &manuscript.id, action, &manuscript.texts, decider, comment)?;
    last_step_on_paper(tx, &manuscript.id, no)?;
    let id = manuscript.id.to_string();
    tx.change(ChangeKind::Manuscript, &id, None)?;
    let detail = json!({ "from": manuscript.state, "to": to, "paper": no, "decided_by": decider });
    tx.audit(by, "manuscript.move", &id, &detail)
}

/// 改后通过 on paper: the texts as the decider changed them, from the revision that was read; the step is the decider's,
/// the row of the log is of whoever typed them.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile.
pub fn correct_on_paper(
    tx: &mut Tx<'_>,
    manuscript: &ManuscriptRecord,
    texts: &Texts,
    (action, comment): (&str, &str),
    (no, decider): (i64, &Actor),
    by: &Actor,
) -> Result<(), StoreError> {
    set_texts(tx, manuscript, texts)?;
    add_step(tx, &manuscript.id, action, texts, decider, comment)?;
    last_step_on_paper(tx, &manuscript.id, no)?;
    let id = manuscript.id.to_string();
    tx.change(ChangeKind::Manuscript, &id, None)?;
    let detail = json!({ "action": action, "paper": no, "decided_by": decider, "comment": comment });
    tx.audit(by, "manuscript.correct", &id, &detail)
}

/// The step that was added last was taken by this paper.
fn last_step_on_paper(tx: &mut Tx<'_>, id: &ManuscriptId, no: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO paper_steps (manuscript_id, step, paper_no)
         SELECT ?1, MAX(step), ?2 FROM manuscript_steps WHERE manuscript_id = ?1",
        bind![id.as_bytes(), no],
    )?;
    Ok(())
}

const COLUMNS: &str =
    "p.no, p.object, p.act, p.told, p.decider, p.title, p.day, p.wording, p.file_id, p.at, p.actor";

/// A decision on paper.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn read_paper(sql: &mut dyn Sql, no: i64) -> Result<PaperRecord, StoreError> {
    let row = sql.first(&format!("SELECT {COLUMNS} FROM paper_decisions p WHERE p.no = ?1"), bind![no])?;
    read(&row.ok_or_else(|| StoreError::NotFound(format!("代录签批 {no}")))?)
}

/// The decisions on a manuscript or an issue, oldest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn papers_of(sql: &mut dyn Sql, object: &str) -> Result<Vec<PaperRecord>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM paper_decisions p WHERE p.object = ?1 ORDER BY p.no");
    sql.query(&text, bind![object])?.iter().map(read).collect()
}

/// The steps of a manuscript that were taken on paper, on its own or with its issue: number of the step, decision.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn papers_of_steps(
    sql: &mut dyn Sql,
    manuscript: &ManuscriptId,
) -> Result<Vec<(i64, PaperRecord)>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS}, s.step FROM paper_steps s JOIN paper_decisions p ON p.no = s.paper_no
         WHERE s.manuscript_id = ?1 ORDER BY s.step"
    );
    let rows = sql.query(&text, bind![manuscript.as_bytes()])?;
    rows.iter().map(|row| Ok((row.int(11)?, read(row)?))).collect()
}

fn read(row: &Row) -> Result<PaperRecord, StoreError> {
    Ok(PaperRecord {
        no: row.int(0)?,
        object: row.text(1)?.to_owned(),
        act: row.parsed(2, PaperAct::from_code)?,
        told: row.text(3)?.to_owned(),
        decider: row.actor(4)?,
        title: row.text(5)?.to_owned(),
        day: row.parsed(6, |text| LocalDate::parse(text).ok())?,
        wording: row.text(7)?.to_owned(),
        file: row.parsed(8, |text| text.parse().ok())?,
        at: row.time(9)?,
        entered_by: row.actor(10)?,
    })
}
