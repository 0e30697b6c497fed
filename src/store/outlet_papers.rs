//! The papers of 上报 and 直转 as they were sent: file by file, by content hash, never written a second time.

use serde_json::json;

use crate::model::{Actor, BlobHash, ManuscriptId};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

const COLUMNS: &str = "manuscript_id, format, name, blob_hash, bytes";

/// A file that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutletPaper {
    /// Of which manuscript.
    pub manuscript: ManuscriptId,
    /// `pdf`, `docx` or `html`.
    pub format: String,
    /// What it is called when it is downloaded.
    pub name: String,
    /// Where its bytes are.
    pub blob: BlobHash,
    /// Its size.
    pub bytes: i64,
}

/// Freezes the files of one manuscript; the log keeps their hashes.
///
/// # Errors
/// [`StoreError`] as the engine reports, also where they are frozen already.
pub fn freeze_outlet_papers(
    tx: &mut Tx<'_>,
    manuscript: &ManuscriptId,
    papers: &[OutletPaper],
    by: &Actor,
) -> Result<(), StoreError> {
    for paper in papers {
        tx.execute(
            "INSERT INTO outlet_papers (manuscript_id, format, name, blob_hash, bytes, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            bind![
                manuscript.as_bytes(),
                &paper.format,
                &paper.name,
                paper.blob.as_bytes(),
                paper.bytes,
                tx.now()
            ],
        )?;
    }
    let files: serde_json::Map<_, _> =
        papers.iter().map(|paper| (paper.format.clone(), json!(paper.blob.to_string()))).collect();
    tx.audit(by, "manuscript.papers", &manuscript.to_string(), &json!({ "files": files }))
}

/// One of the files of a manuscript, where it was sent.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn outlet_paper(
    sql: &mut dyn Sql,
    manuscript: &ManuscriptId,
    format: &str,
) -> Result<Option<OutletPaper>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM outlet_papers WHERE manuscript_id = ?1 AND format = ?2");
    sql.first(&text, bind![manuscript.as_bytes(), format])?.map(|row| read(&row)).transpose()
}

/// The files after one of them, for whoever checks them all.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn outlet_papers_after(
    sql: &mut dyn Sql,
    after: Option<&OutletPaper>,
    limit: i64,
) -> Result<Vec<OutletPaper>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM outlet_papers WHERE manuscript_id > ?1 OR (manuscript_id = ?1 AND format > ?2)
         ORDER BY manuscript_id, format LIMIT ?3"
    );
    let (id, format) = after.map_or((&[][..], ""), |last| (last.manuscript.as_bytes(), last.format.as_str()));
    sql.query(&text, bind![id, format, limit])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<OutletPaper, StoreError> {
    let damaged = |error: crate::model::IdError| StoreError::Corrupt(error.to_string());
    Ok(OutletPaper {
        manuscript: ManuscriptId::from_bytes(row.blob(0)?).map_err(damaged)?,
        format: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        blob: BlobHash::from_bytes(row.blob(3)?).map_err(damaged)?,
        bytes: row.int(4)?,
    })
}
