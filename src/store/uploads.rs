//! Files that somebody uploaded, what became of each row, and files by hash that nothing may refer to yet.

use serde_json::json;

use crate::model::{Actor, BlobHash, SourceId, Timestamp};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

const COLUMNS: &str = "id, owner, source, name, blob_hash, state, total, good, handled, at, ended_at";

/// Where an uploaded file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadState {
    /// Read and checked; nothing sent.
    Looked,
    /// Being sent.
    Sending,
    /// Every row was handled.
    Done,
    /// Its owner stopped it; what was sent stays sent.
    Stopped,
    /// Not sent.
    Dropped,
}

impl UploadState {
    const ALL: [Self; 5] = [Self::Looked, Self::Sending, Self::Done, Self::Stopped, Self::Dropped];

    /// As it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Looked => "looked",
            Self::Sending => "sending",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Dropped => "dropped",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A file that somebody uploaded.
#[derive(Debug, Clone)]
pub struct UploadRecord {
    /// Unguessable.
    pub id: String,
    /// Whose.
    pub owner: Actor,
    /// In whose name its items are sent.
    pub source: SourceId,
    /// Its name.
    pub name: String,
    /// Its bytes, as long as they are needed.
    pub blob: BlobHash,
    /// Where it stands.
    pub state: UploadState,
    /// Rows in it.
    pub total: u32,
    /// Of them those without a flaw.
    pub good: u32,
    /// Rows handled so far.
    pub handled: u32,
    /// When it came.
    pub at: Timestamp,
    /// When it was done, stopped or dropped.
    pub ended_at: Option<Timestamp>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedRow {
    /// 第 3 行.
    pub place: String,
    /// 标题.
    pub title: String,
    /// new, repeat, refused; waiting, and returned or passed once a reviewer of the sender's unit decided.
    pub result: &'static str,
    /// The receipt, or why not.
    pub detail: String,
}

/// The words for results as they are kept.
const RESULTS: [&str; 4] = ["new", "repeat", "refused", "waiting"];
/// Those that what waited has come to.
const DECIDED: [&str; 2] = ["returned", "passed"];

/// Keeps what was uploaded.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_upload(tx: &mut Tx<'_>, upload: &UploadRecord) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO uploads (id, owner, source, name, blob_hash, state, total, good, handled, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9)",
        bind![
            &upload.id,
            &upload.owner.to_string(),
            upload.source.as_str(),
            &upload.name,
            upload.blob.as_bytes(),
            upload.state.code(),
            upload.total,
            upload.good,
            upload.at
        ],
    )?;
    let detail =
        json!({ "file": upload.name, "source": upload.source, "rows": upload.total, "good": upload.good });
    tx.audit(&upload.owner, "upload.look", &upload.id, &detail)
}

/// Moves an upload on; `false`: it stands elsewhere already.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn move_upload(
    tx: &mut Tx<'_>,
    id: &str,
    (from, to): (UploadState, UploadState),
    by: &Actor,
) -> Result<bool, StoreError> {
    let ended = (to != UploadState::Sending).then(|| tx.now());
    let moved = tx.execute(
        "UPDATE uploads SET state = ?3, ended_at = ?4 WHERE id = ?1 AND state = ?2",
        bind![id, from.code(), to.code(), ended],
    )?;
    if moved == 1 {
        let row = tx.first("SELECT handled FROM uploads WHERE id = ?1", bind![id])?;
        let handled = row.map_or(Ok(0), |row| row.int(0))?;
        tx.audit(by, &format!("upload.{}", to.code()), id, &json!({ "handled": handled }))?;
    }
    Ok(moved == 1)
}

/// Notes what became of the rows from `first` on; gives where the upload stands now.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn note_uploaded(
    tx: &mut Tx<'_>,
    id: &str,
    first: u32,
    rows: &[UploadedRow],
) -> Result<UploadState, StoreError> {
    for (no, row) in (first..).zip(rows) {
        tx.execute(
            "INSERT INTO upload_rows (upload_id, no, place, title, result, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (upload_id, no) DO NOTHING",
            bind![id, no, &row.place, &row.title, row.result, &row.detail],
        )?;
    }
    let handled = first + u32::try_from(rows.len()).unwrap_or(u32::MAX);
    tx.execute("UPDATE uploads SET handled = ?2 WHERE id = ?1 AND handled < ?2", bind![id, handled])?;
    let upload = read_upload(tx, id)?;
    if upload.state == UploadState::Sending && upload.handled >= upload.total {
        move_upload(tx, id, (UploadState::Sending, UploadState::Done), &Actor::System)?;
        return Ok(UploadState::Done);
    }
    Ok(upload.state)
}

/// An upload.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none.
pub fn read_upload(sql: &mut dyn Sql, id: &str) -> Result<UploadRecord, StoreError> {
    let row = sql.first(&format!("SELECT {COLUMNS} FROM uploads WHERE id = ?1"), bind![id])?;
    read(&row.ok_or_else(|| StoreError::NotFound("上传的文件".to_owned()))?)
}

/// Somebody's uploads, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn uploads_of(sql: &mut dyn Sql, owner: &Actor, limit: i64) -> Result<Vec<UploadRecord>, StoreError> {
    let rows = sql.query(
        &format!("SELECT {COLUMNS} FROM uploads WHERE owner = ?1 ORDER BY at DESC, id LIMIT ?2"),
        bind![&owner.to_string(), limit],
    )?;
    rows.iter().map(read).collect()
}

/// Uploads that stand there, the oldest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn uploads_in(
    sql: &mut dyn Sql,
    state: UploadState,
    limit: i64,
) -> Result<Vec<UploadRecord>, StoreError> {
    let rows = sql.query(
        &format!("SELECT {COLUMNS} FROM uploads WHERE state = ?1 ORDER BY at, id LIMIT ?2"),
        bind![state.code(), limit],
    )?;
    rows.iter().map(read).collect()
}

/// How many rows came out how: new, repeat, refused, waiting for 本级审核.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_uploaded(sql: &mut dyn Sql, id: &str) -> Result<[u32; 4], StoreError> {
    let rows = sql
        .query("SELECT result, COUNT(*) FROM upload_rows WHERE upload_id = ?1 GROUP BY result", bind![id])?;
    let mut out = [0; 4];
    for row in &rows {
        if let Some(at) = RESULTS.iter().position(|result| row.text(0).is_ok_and(|text| text == *result)) {
            out[at] = row.count(1)?;
        }
    }
    Ok(out)
}

/// What became of the rows, in their order; of those with that result, if one is named. What waited for 本级审核 says what it
/// has come to.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn uploaded_rows(
    sql: &mut dyn Sql,
    id: &str,
    result: Option<&str>,
    limit: i64,
) -> Result<Vec<UploadedRow>, StoreError> {
    let rows = sql.query(
        "SELECT u.place, u.title, CASE WHEN u.result <> 'waiting' THEN u.result WHEN d.state = 'returned' THEN 'returned'
           WHEN d.state = 'sent' THEN 'passed' ELSE 'waiting' END, u.detail, COALESCE(d.comment, '')
         FROM upload_rows u LEFT JOIN unit_drafts d ON u.result = 'waiting' AND d.receipt = LOWER(REPLACE(u.detail, '-', ''))
           AND d.corrects IS NULL
         WHERE u.upload_id = ?1 AND (u.result = ?2 OR ?2 IS NULL) ORDER BY u.no LIMIT ?3",
        bind![id, result, limit],
    )?;
    rows.iter()
        .map(|row| {
            let result = row.parsed(2, |text| RESULTS.into_iter().chain(DECIDED).find(|one| *one == text))?;
            let comment = row.text(4)?;
            let said = if result == "returned" && !comment.is_empty() { comment } else { row.text(3)? };
            Ok(UploadedRow {
                place: row.text(0)?.to_owned(),
                title: row.text(1)?.to_owned(),
                result,
                detail: said.to_owned(),
            })
        })
        .collect()
}

/// Notes that a file is about to be kept that nothing refers to yet. Before its bytes are, so that none is ever forgotten.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn note_loose(tx: &mut Tx<'_>, hash: &BlobHash) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO loose_files (hash, at) VALUES (?1, ?2) ON CONFLICT (hash) DO UPDATE SET at = excluded.at",
        bind![hash.as_bytes(), tx.now()],
    )?;
    Ok(())
}

/// Files noted as loose before that time.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn loose_before(sql: &mut dyn Sql, before: Timestamp, limit: i64) -> Result<Vec<BlobHash>, StoreError> {
    let rows = sql.query(
        "SELECT hash FROM loose_files WHERE at < ?1 ORDER BY at, hash LIMIT ?2",
        bind![before, limit],
    )?;
    rows.iter().map(|row| hash_at(row, 0)).collect()
}

/// Ends the watch over a file; `true`: nothing refers to it and it may go.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn settle_loose(tx: &mut Tx<'_>, hash: &BlobHash, before: Timestamp) -> Result<bool, StoreError> {
    let kept = tx.first(
        "SELECT 1 FROM uploads WHERE blob_hash = ?1 AND state IN ('looked', 'sending')
         UNION ALL SELECT 1 FROM files WHERE hash = ?1
         UNION ALL SELECT 1 FROM manuscript_pictures WHERE original = ?1 OR blob_hash = ?1
         UNION ALL SELECT 1 FROM issue_files WHERE blob_hash = ?1
         UNION ALL SELECT 1 FROM outlet_papers WHERE blob_hash = ?1
         UNION ALL SELECT 1 FROM site_packages WHERE hash = ?1 LIMIT 1",
        bind![hash.as_bytes()],
    )?;
    let waiting = tx.first(
        "SELECT 1 FROM uploads WHERE blob_hash = ?1 AND state IN ('looked', 'sending')
         UNION ALL SELECT 1 FROM files WHERE hash = ?1 AND used = 0 LIMIT 1",
        bind![hash.as_bytes()],
    )?;
    if waiting.is_some() {
        return Ok(false);
    }
    let settled =
        tx.execute("DELETE FROM loose_files WHERE hash = ?1 AND at < ?2", bind![hash.as_bytes(), before])?;
    Ok(settled == 1 && kept.is_none())
}

fn hash_at(row: &Row, at: usize) -> Result<BlobHash, StoreError> {
    BlobHash::from_bytes(row.blob(at)?).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn read(row: &Row) -> Result<UploadRecord, StoreError> {
    Ok(UploadRecord {
        id: row.text(0)?.to_owned(),
        owner: row.actor(1)?,
        source: row.parsed(2, |text| text.parse().ok())?,
        name: row.text(3)?.to_owned(),
        blob: hash_at(row, 4)?,
        state: row.parsed(5, UploadState::from_code)?,
        total: row.count(6)?,
        good: row.count(7)?,
        handled: row.count(8)?,
        at: row.time(9)?,
        ended_at: row.opt_int(10)?.map(Timestamp::from_micros),
    })
}
