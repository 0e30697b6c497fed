//! Attachments of an item: listed with their names masked, taken out by who may see personal data; each look is logged.

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use serde_json::json;

use crate::model::{Actor, FileId, ItemId};
use crate::site::{Page, Visit};
use crate::store::{FileRecord, Priority, Sql, StoreError, Tx, files_by_id, item_no, read_item};
use crate::web::Problem;

use super::super::reveal::Revealed;
use super::super::{Desk, DeskError};
use super::Shared;
use super::issues::file;
use super::item::item_id;
use super::passage::Passage;

/// An attachment as the page of its item lists it.
pub(super) struct FileLine {
    pub name: Passage,
    pub size: String,
}

/// A size in words.
fn size(bytes: u32) -> String {
    match bytes {
        0..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ => format!("{:.1} MB", f64::from(bytes) / 1_048_576.0),
    }
}

impl Desk {
    /// The attachments of an item, as they are now.
    pub(super) async fn files_of(&self, ids: Vec<FileId>) -> Result<Vec<FileRecord>, DeskError> {
        let read = self.store.read(move |sql: &mut dyn Sql| files_by_id(sql, &ids));
        read.await.map_err(DeskError::Store)
    }

    async fn attachment(&self, id: ItemId, n: usize) -> Result<FileRecord, DeskError> {
        let read = self.store.read(move |sql: &mut dyn Sql| {
            let no = item_no(sql, &id)?;
            let ids = read_item(sql, no)?.submission.attachments;
            let found = files_by_id(sql, &ids)?.into_iter().nth(n.wrapping_sub(1));
            found.ok_or_else(|| StoreError::NotFound(format!("附件 {n}")))
        });
        read.await.map_err(DeskError::Store)
    }

    /// An attachment by its place from 1, its name masked; that it was taken out is logged.
    pub(in crate::editorial) async fn take_attachment(
        &self,
        id: ItemId,
        n: usize,
        by: Actor,
    ) -> Result<(String, Vec<u8>), Problem> {
        let found = self.attachment(id, n).await?;
        let (blobs, hash) = (self.blobs.clone(), found.hash);
        let bytes = tokio::task::spawn_blocking(move || blobs.get(&hash)).await;
        let bytes = bytes
            .map_err(|error| Problem::internal(&error))?
            .map_err(|error| Problem::unavailable(format!("附件读不出来：{error}，请告知系统管理员")))?;
        let detail = json!({ "file": found.id, "bytes": found.bytes });
        let log = move |tx: &mut Tx<'_>| tx.audit(&by, "item.file", &id.to_string(), &detail);
        self.store.write::<_, StoreError, _>(Priority::Desk, log).await.map_err(DeskError::Store)?;
        let name = Passage::new(&self.redactor, &found.name, None);
        Ok((name.parts().iter().map(|part| part.text.as_str()).collect(), bytes))
    }
}

/// The list on the page of the item.
pub(super) fn lines(desk: &Desk, files: Vec<FileRecord>, revealed: Option<&Revealed>) -> Vec<FileLine> {
    let line = |file: FileRecord| FileLine {
        name: Passage::new(&desk.redactor, &file.name, revealed),
        size: size(file.bytes),
    };
    files.into_iter().map(line).collect()
}

pub(super) async fn download(
    State(pages): Shared,
    visit: Visit,
    Path((id, n)): Path<(String, String)>,
) -> Page {
    let n = n.parse().map_err(|_| Problem::not_found("没有这个附件"))?;
    let (name, bytes) = pages.desk.take_attachment(item_id(&id)?, n, visit.actor()?).await?;
    Ok(file(&name, bytes, "application/octet-stream", "attachment").into_response())
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_told_in_words() {
        assert_eq!([size(1), size(10_240), size(1_572_864)], ["1 KB", "10 KB", "1.5 MB"]);
    }
}
