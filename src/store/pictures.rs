//! Pictures of manuscripts (附图), by the number that a text calls them by. What a number stands for never changes.

use serde::Serialize;
use serde_json::json;

use crate::model::{Actor, BlobHash, ManuscriptId, Timestamp};

use super::sql::{Sql, bind};
use super::{StoreError, Tx};

/// A picture of a manuscript.
#[derive(Debug, Clone, Serialize)]
pub struct PictureRecord {
    /// 图N.
    pub number: u32,
    /// The name of the file that was sent.
    pub name: String,
    /// The file that was sent.
    #[serde(skip)]
    pub original: BlobHash,
    /// The picture as it prints.
    pub blob: BlobHash,
    /// When it was added.
    pub added_at: Timestamp,
}

/// Adds a picture and gives its number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn add_picture(
    tx: &mut Tx<'_>,
    manuscript: &ManuscriptId,
    name: &str,
    original: &BlobHash,
    blob: &BlobHash,
    by: &Actor,
) -> Result<u32, StoreError> {
    let highest = tx.first(
        "SELECT COALESCE(MAX(number), 0) FROM manuscript_pictures WHERE manuscript_id = ?1",
        bind![manuscript.as_bytes()],
    )?;
    let number = highest.map_or(Ok(0), |row| row.count(0))? + 1;
    tx.execute(
        "INSERT INTO manuscript_pictures (manuscript_id, number, name, original, blob_hash, added_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        bind![manuscript.as_bytes(), number, name, original.as_bytes(), blob.as_bytes(), tx.now()],
    )?;
    let detail = json!({ "number": number, "name": name, "original": original });
    tx.audit(by, "manuscript.picture", &manuscript.to_string(), &detail)?;
    Ok(number)
}

/// The pictures of a manuscript, by number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn pictures_of(sql: &mut dyn Sql, manuscript: &ManuscriptId) -> Result<Vec<PictureRecord>, StoreError> {
    let rows = sql.query(
        "SELECT number, name, original, blob_hash, added_at FROM manuscript_pictures
         WHERE manuscript_id = ?1 ORDER BY number",
        bind![manuscript.as_bytes()],
    )?;
    rows.iter()
        .map(|row| {
            let hash =
                |at| BlobHash::from_bytes(row.blob(at)?).map_err(|e| StoreError::Corrupt(e.to_string()));
            Ok(PictureRecord {
                number: row.count(0)?,
                name: row.text(1)?.to_owned(),
                original: hash(2)?,
                blob: hash(3)?,
                added_at: row.time(4)?,
            })
        })
        .collect()
}
