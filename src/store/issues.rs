//! Issues (期), their number books, and the files that were frozen with them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{
    Actor, BlobHash, ChangeKind, ContentHash, IssueId, IssueNumber, IssueState, LocalDate, NumberBook,
    SeriesId, Timestamp,
};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// An issue as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct IssueRecord {
    /// Its id.
    pub id: IssueId,
    /// 刊.
    pub series: SeriesId,
    /// Where it stands.
    pub state: IssueState,
    /// How often it changed.
    #[serde(skip)]
    pub rev: i64,
    /// The date that is printed.
    pub printed_date: LocalDate,
    /// 第N期, from 登记 on.
    pub number: Option<IssueNumber>,
    /// 总第N期, where the series counts it.
    pub total: Option<u32>,
    /// Order of manuscripts, editor's note and the like, as the desk keeps them.
    pub plan: Value,
    /// Who signed.
    pub signer: Option<String>,
    /// The hash of the frozen document.
    pub content_hash: Option<ContentHash>,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
}

/// A file of an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IssueFile {
    /// `docx`, `html`, `pdf`.
    pub format: String,
    /// Its bytes' hash.
    pub blob: BlobHash,
    /// Its size.
    pub bytes: i64,
    /// The name it is handed out under.
    pub name: String,
}

const COLUMNS: &str =
    "id, series, state, rev, printed_date, year, number, total, plan, signer, content_hash, issued_at";

/// Writes a new issue in 拟.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_issue(
    tx: &mut Tx<'_>,
    id: &IssueId,
    series: &SeriesId,
    printed: LocalDate,
    plan: &Value,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO issues (id, series, state, rev, printed_date, year, plan, created_at)
         VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7)",
        bind![
            id.as_bytes(),
            series.as_str(),
            IssueState::Draft.code(),
            &printed.to_string(),
            printed.year(),
            &plan.to_string(),
            tx.now()
        ],
    )?;
    tx.change(ChangeKind::Issue, &id.to_string(), None)?;
    tx.audit(by, "issue.create", &id.to_string(), &json!({ "series": series }))
}

/// Writes an issue as it now stands, from the revision that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile; [`StoreError::Constraint`] when its number is taken.
pub fn move_issue(tx: &mut Tx<'_>, issue: &IssueRecord, action: &str, by: &Actor) -> Result<(), StoreError> {
    let moved = tx.execute(
        "UPDATE issues SET state = ?3, rev = rev + 1, printed_date = ?4, year = ?5, number = ?6, total = ?7,
           plan = ?8, signer = ?9, content_hash = ?10, issued_at = ?11 WHERE id = ?1 AND rev = ?2",
        bind![
            issue.id.as_bytes(),
            issue.rev,
            issue.state.code(),
            &issue.printed_date.to_string(),
            issue.printed_date.year(),
            issue.number.as_ref().map(|n| n.number),
            issue.total,
            &issue.plan.to_string(),
            issue.signer.as_deref(),
            issue.content_hash.as_ref().map(ContentHash::as_bytes),
            issue.issued_at
        ],
    )?;
    if moved == 0 {
        return Err(StoreError::Stale);
    }
    let id = issue.id.to_string();
    tx.change(ChangeKind::Issue, &id, None)?;
    let detail = json!({ "to": issue.state, "number": issue.number, "signer": issue.signer });
    tx.audit(by, action, &id, &detail)
}

/// One issue.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn read_issue(sql: &mut dyn Sql, id: &IssueId) -> Result<IssueRecord, StoreError> {
    let row = sql.first(&format!("SELECT {COLUMNS} FROM issues WHERE id = ?1"), bind![id.as_bytes()])?;
    read(&row.ok_or_else(|| StoreError::NotFound(format!("期 {id}")))?)
}

/// Issues, newest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_issues(sql: &mut dyn Sql, limit: i64) -> Result<Vec<IssueRecord>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM issues ORDER BY created_at DESC, id LIMIT ?1");
    sql.query(&text, bind![limit])?.iter().map(read).collect()
}

/// A series' number book of one year, with its 总期号 and the last printed date.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn book(
    sql: &mut dyn Sql,
    series: &SeriesId,
    year: i32,
) -> Result<(NumberBook, u32, Option<LocalDate>), StoreError> {
    let row = sql.first(
        "SELECT highest, total, returned, last_date FROM number_books WHERE series = ?1 AND year = ?2",
        bind![series.as_str(), year],
    )?;
    if let Some(row) = row {
        let returned = row.parsed(2, |json| serde_json::from_str(json).ok())?;
        let last = LocalDate::parse(row.text(3)?).ok();
        return Ok((NumberBook { highest: row.count(0)?, returned }, row.count(1)?, last));
    }
    // A new year's book: 总期号 goes on where the last one stood.
    let total = sql.first(
        "SELECT COALESCE(MAX(total), 0) FROM number_books WHERE series = ?1",
        bind![series.as_str()],
    )?;
    Ok((NumberBook::default(), total.map_or(Ok(0), |row| row.count(0))?, None))
}

/// Writes a number book back.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn save_book(
    tx: &mut Tx<'_>,
    series: &SeriesId,
    year: i32,
    book: &NumberBook,
    total: u32,
    last: Option<LocalDate>,
) -> Result<(), StoreError> {
    let returned = serde_json::to_string(&book.returned).unwrap_or_default();
    let last = last.map(|date| date.to_string()).unwrap_or_default();
    tx.execute(
        "INSERT INTO number_books (series, year, highest, total, returned, last_date) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (series, year) DO UPDATE SET highest = ?3, total = ?4, returned = ?5, last_date = ?6",
        bind![series.as_str(), year, book.highest, total, &returned, &last],
    )?;
    Ok(())
}

/// Notes the files of an issue.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_files(tx: &mut Tx<'_>, id: &IssueId, files: &[IssueFile]) -> Result<(), StoreError> {
    for file in files {
        tx.execute(
            "INSERT INTO issue_files (issue_id, format, blob_hash, bytes, name) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (issue_id, format) DO UPDATE SET blob_hash = ?3, bytes = ?4, name = ?5",
            bind![id.as_bytes(), &file.format, file.blob.as_bytes(), file.bytes, &file.name],
        )?;
    }
    Ok(())
}

/// The files of an issue.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn files_of(sql: &mut dyn Sql, id: &IssueId) -> Result<Vec<IssueFile>, StoreError> {
    let rows = sql.query(
        "SELECT format, blob_hash, bytes, name FROM issue_files WHERE issue_id = ?1 ORDER BY format",
        bind![id.as_bytes()],
    )?;
    rows.iter()
        .map(|row| {
            let blob = BlobHash::from_bytes(row.blob(1)?).map_err(|e| StoreError::Corrupt(e.to_string()))?;
            Ok(IssueFile {
                format: row.text(0)?.to_owned(),
                blob,
                bytes: row.int(2)?,
                name: row.text(3)?.to_owned(),
            })
        })
        .collect()
}

fn read(row: &Row) -> Result<IssueRecord, StoreError> {
    let damaged = |error: crate::model::IdError| StoreError::Corrupt(error.to_string());
    let series: SeriesId = row.parsed(1, |text| text.parse().ok())?;
    let year = i32::try_from(row.int(5)?).map_err(|_| StoreError::Corrupt("year".to_owned()))?;
    let number = match row.opt_int(6)? {
        Some(_) => Some(IssueNumber { series: series.clone(), year, number: row.count(6)? }),
        None => None,
    };
    Ok(IssueRecord {
        id: IssueId::from_bytes(row.blob(0)?).map_err(damaged)?,
        series,
        state: row.parsed(2, IssueState::from_code)?,
        rev: row.int(3)?,
        printed_date: row.parsed(4, |text| LocalDate::parse(text).ok())?,
        number,
        total: row.opt_int(7)?.and_then(|total| u32::try_from(total).ok()),
        plan: row.parsed(8, |json| serde_json::from_str(json).ok())?,
        signer: row.opt_text(9)?.map(str::to_owned),
        content_hash: row.opt_blob(10)?.map(ContentHash::from_bytes).transpose().map_err(damaged)?,
        issued_at: row.opt_int(11)?.map(Timestamp::from_micros),
    })
}
