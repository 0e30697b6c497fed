//! Attachments by their id: whose they are, what they are called, and whether an item refers to them.

use crate::model::{BlobHash, FileId, Timestamp};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

const COLUMNS: &str = "id, owner, name, kind, bytes, hash";

/// An attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// What an item calls it by.
    pub id: FileId,
    /// Who sent it, as the audit log names them.
    pub owner: String,
    /// Its name, cleaned.
    pub name: String,
    /// Its media type.
    pub kind: String,
    /// Its size.
    pub bytes: u32,
    /// Where its bytes are.
    pub hash: BlobHash,
}

/// Keeps an attachment; the same again begins its day anew.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_file(tx: &mut Tx<'_>, file: &FileRecord) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO files (id, owner, name, kind, bytes, hash, at, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)
         ON CONFLICT (id) DO UPDATE SET at = excluded.at",
        bind![
            file.id.as_str(),
            &file.owner,
            &file.name,
            &file.kind,
            file.bytes,
            file.hash.as_bytes(),
            tx.now()
        ],
    )?;
    Ok(())
}

/// Notes that an item refers to these; gives the first that this owner has not, and notes none then.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn use_files(tx: &mut Tx<'_>, owner: &str, ids: &[FileId]) -> Result<Option<FileId>, StoreError> {
    for id in ids {
        let row = tx.first("SELECT owner FROM files WHERE id = ?1", bind![id.as_str()])?;
        if !row.is_some_and(|row| row.text(0).is_ok_and(|one| one == owner)) {
            return Ok(Some(id.clone()));
        }
    }
    for id in ids {
        tx.execute("UPDATE files SET used = 1 WHERE id = ?1", bind![id.as_str()])?;
    }
    Ok(None)
}

/// Attachments, in the order of their ids; those that are not there are left out.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn files_by_id(sql: &mut dyn Sql, ids: &[FileId]) -> Result<Vec<FileRecord>, StoreError> {
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        let row = sql.first(&format!("SELECT {COLUMNS} FROM files WHERE id = ?1"), bind![id.as_str()])?;
        out.extend(row.map(|row| read(&row)).transpose()?);
    }
    Ok(out)
}

/// Attachments that items refer to, after an id, for whoever checks them all.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn used_files(sql: &mut dyn Sql, after: &str, limit: i64) -> Result<Vec<FileRecord>, StoreError> {
    let rows = sql.query(
        &format!("SELECT {COLUMNS} FROM files WHERE used = 1 AND id > ?1 ORDER BY id LIMIT ?2"),
        bind![after, limit],
    )?;
    rows.iter().map(read).collect()
}

/// Forgets attachments that no item came to refer to before that time; their bytes are swept.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn forget_files(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM files WHERE used = 0 AND at < ?1", bind![before])
}

fn read(row: &Row) -> Result<FileRecord, StoreError> {
    Ok(FileRecord {
        id: row.parsed(0, |text| text.parse().ok())?,
        owner: row.text(1)?.to_owned(),
        name: row.text(2)?.to_owned(),
        kind: row.text(3)?.to_owned(),
        bytes: row.count(4)?,
        hash: BlobHash::from_bytes(row.blob(5)?).map_err(|error| StoreError::Corrupt(error.to_string()))?,
    })
}
