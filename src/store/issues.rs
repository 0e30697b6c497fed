//! Issues (期), their number books, and the files that were frozen with them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{
    Actor, BlobHash, ChangeKind, ContentHash, IssueId, IssueNumber, IssueState, LocalDate, NumberBook,
    SeriesId, Timestamp,
};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// How an issue came about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Compiled and issued at the desk.
    #[default]
    Desk,
    /// 补录: numbered on paper while the system was away.
    Paper,
    /// 往期: issued before the system came, read from its file.
    Past,
}

impl Origin {
    fn code(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Paper => "paper",
            Self::Past => "past",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        [Self::Desk, Self::Paper, Self::Past].into_iter().find(|origin| origin.code() == code)
    }
}

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
    /// 增刊.
    pub supplement: bool,
    /// How it came about.
    pub origin: Origin,
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
    "id, series, state, rev, printed_date, year, number, total, plan, signer, content_hash, issued_at,
     supplement, origin";

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
           plan = ?8, signer = ?9, content_hash = ?10, issued_at = ?11, supplement = ?12, origin = ?13 WHERE id = ?1 AND rev = ?2",
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
            issue.issued_at,
            i64::from(issue.supplement),
            issue.origin.code()
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

/// One year's numbers of a series as they are stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookRecord {
    /// What was taken and what was given back.
    pub numbers: NumberBook,
    /// 总第N期 is this and the number of the year.
    pub total_base: u32,
    /// The latest printed date of the series, in any year.
    pub last_printed: Option<LocalDate>,
    /// Numbers up to this one were used before the system came.
    pub opening: u32,
}

/// A number book. `key` is the series, or the series and 增刊; a series that never starts anew has the year 0.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn book(sql: &mut dyn Sql, key: &str, year: i32) -> Result<BookRecord, StoreError> {
    let latest =
        sql.first("SELECT COALESCE(MAX(last_date), '') FROM number_books WHERE series = ?1", bind![key])?;
    let last_printed = latest.map_or(Ok(None), |row| row.text(0).map(|text| LocalDate::parse(text).ok()))?;
    let row = sql.first(
        "SELECT highest, total, returned, opening FROM number_books WHERE series = ?1 AND year = ?2",
        bind![key, year],
    )?;
    if let Some(row) = row {
        let returned = row.parsed(2, |json| serde_json::from_str(json).ok())?;
        let numbers = NumberBook { highest: row.count(0)?, returned };
        let (total_base, opening) = (row.count(1)?, row.count(3)?);
        return Ok(BookRecord { numbers, total_base, last_printed, opening });
    }
    // A new year's book: 总期号 goes on where the year before ended.
    let before = sql.first(
        "SELECT total + highest FROM number_books WHERE series = ?1 AND year < ?2 ORDER BY year DESC LIMIT 1",
        bind![key, year],
    )?;
    let total_base = before.map_or(Ok(0), |row| row.count(0))?;
    Ok(BookRecord { total_base, last_printed, ..BookRecord::default() })
}

/// Writes a number book back.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn save_book(tx: &mut Tx<'_>, key: &str, year: i32, book: &BookRecord) -> Result<(), StoreError> {
    let returned = serde_json::to_string(&book.numbers.returned).unwrap_or_default();
    let last = book.last_printed.map(|date| date.to_string()).unwrap_or_default();
    tx.execute(
        "INSERT INTO number_books (series, year, highest, total, returned, last_date, opening)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (series, year)
         DO UPDATE SET highest = ?3, total = ?4, returned = ?5, last_date = ?6, opening = ?7",
        bind![key, year, book.numbers.highest, book.total_base, &returned, &last, book.opening],
    )?;
    Ok(())
}

/// Every issue of a series and year that has a number, void ones among them, by number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn numbered_issues(
    sql: &mut dyn Sql,
    series: &SeriesId,
    year: i32,
) -> Result<Vec<IssueRecord>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM issues WHERE series = ?1 AND year = ?2 AND number IS NOT NULL ORDER BY supplement, number"
    );
    sql.query(&text, bind![series.as_str(), year])?.iter().map(read).collect()
}

/// The issued ones of a year, of all series, by series and number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn issued_in(sql: &mut dyn Sql, year: i32) -> Result<Vec<IssueRecord>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM issues WHERE year = ?1 AND state = 'issued' ORDER BY series, supplement, number"
    );
    sql.query(&text, bind![year])?.iter().map(read).collect()
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
        supplement: row.int(12)? != 0,
        origin: row.parsed(13, Origin::from_code)?,
    })
}
