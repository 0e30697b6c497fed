//! What followers read: changes in order, each with the item it concerns as it now stands.

use crate::model::{ChangeKind, ContentHash, FoldHash, ItemId, Seq, Submission, Timestamp};

use super::StoreError;
use super::items::read_id;
use super::sql::{Row, Sql, bind};

/// A change, with its item.
#[derive(Debug, Clone)]
pub struct FeedEntry {
    /// Its position.
    pub seq: Seq,
    /// What changed.
    pub kind: ChangeKind,
    /// The item as it now stands.
    pub item: Option<FeedItem>,
}

/// An item as followers want it: keys and columns, the text still as stored.
#[derive(Debug, Clone)]
pub struct FeedItem {
    /// Its number.
    pub no: i64,
    /// Its id.
    pub id: ItemId,
    /// Its receipt, plain.
    pub receipt: String,
    /// Its source.
    pub source: String,
    /// Its kind.
    pub kind: String,
    /// 反映人.
    pub reporter: Option<String>,
    /// 单位.
    pub unit: Option<String>,
    /// 供稿者类别.
    pub reporter_kind: Option<String>,
    /// 区县.
    pub district: Option<String>,
    /// 主题.
    pub subject: Option<String>,
    /// When it was acknowledged.
    pub received_at: Timestamp,
    /// The hash of the current text.
    pub content: ContentHash,
    /// The hash of the current folded text.
    pub fold: FoldHash,
    /// The current text in canonical form.
    pub canonical: String,
    /// Whether an issued bulletin carries it.
    pub issued: bool,
}

impl FeedItem {
    /// Reads the text.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is none.
    pub fn submission(&self) -> Result<Submission, StoreError> {
        serde_json::from_str(&self.canonical)
            .map_err(|error| StoreError::Corrupt(format!("来稿 {}：{error}", self.id)))
    }
}

const ITEM: &str =
    "i.no, i.id, i.receipt, i.source_id, i.kind, i.reporter, i.unit, i.reporter_kind, i.district,
     i.subject, i.received_at, i.fold_hash, v.content_hash, v.submission,
     EXISTS (SELECT 1 FROM manuscript_items mi JOIN manuscripts m ON m.id = mi.manuscript_id
             WHERE mi.item_no = i.no AND m.state = 'issued')";

/// Up to `limit` changes above `after`, in order.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn feed_after(sql: &mut dyn Sql, after: Seq, limit: i64) -> Result<Vec<FeedEntry>, StoreError> {
    let text = format!(
        "SELECT c.seq, c.kind, {ITEM} FROM changes c LEFT JOIN items i ON i.no = c.item_no
         LEFT JOIN item_versions v ON v.item_no = i.no AND v.version = i.version
         WHERE c.seq > ?1 ORDER BY c.seq LIMIT ?2"
    );
    let rows = sql.query(&text, bind![after.0, limit])?;
    rows.iter()
        .map(|row| {
            let item = if row.opt_int(2)?.is_some() { Some(read(row, 2)?) } else { None };
            Ok(FeedEntry { seq: Seq(row.int(0)?), kind: row.parsed(1, ChangeKind::from_code)?, item })
        })
        .collect()
}

/// Up to `limit` items with numbers above `after`, in order: for rebuilding.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn feed_items_after(sql: &mut dyn Sql, after: i64, limit: i64) -> Result<Vec<FeedItem>, StoreError> {
    let text = format!(
        "SELECT {ITEM} FROM items i JOIN item_versions v ON v.item_no = i.no AND v.version = i.version
         WHERE i.no > ?1 ORDER BY i.no LIMIT ?2"
    );
    sql.query(&text, bind![after, limit])?.iter().map(|row| read(row, 0)).collect()
}

/// Items by number, as they now stand; numbers that are not there are left out.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn feed_items(sql: &mut dyn Sql, numbers: &[i64]) -> Result<Vec<FeedItem>, StoreError> {
    let text = format!(
        "SELECT {ITEM} FROM items i JOIN item_versions v ON v.item_no = i.no AND v.version = i.version
         WHERE i.no = ?1"
    );
    let mut out = Vec::with_capacity(numbers.len());
    for no in numbers {
        out.extend(sql.first(&text, bind![*no])?.map(|row| read(&row, 0)).transpose()?);
    }
    Ok(out)
}

fn read(row: &Row, at: usize) -> Result<FeedItem, StoreError> {
    let damaged = |error: crate::model::IdError| StoreError::Corrupt(error.to_string());
    let text = |n: usize| row.opt_text(at + n).map(|text| text.map(str::to_owned));
    Ok(FeedItem {
        no: row.int(at)?,
        id: read_id(row, at + 1)?,
        receipt: row.text(at + 2)?.to_owned(),
        source: row.text(at + 3)?.to_owned(),
        kind: row.text(at + 4)?.to_owned(),
        reporter: text(5)?,
        unit: text(6)?,
        reporter_kind: text(7)?,
        district: text(8)?,
        subject: text(9)?,
        received_at: row.time(at + 10)?,
        fold: FoldHash::from_bytes(row.blob(at + 11)?).map_err(damaged)?,
        content: ContentHash::from_bytes(row.blob(at + 12)?).map_err(damaged)?,
        canonical: row.text(at + 13)?.to_owned(),
        issued: row.int(at + 14)? != 0,
    })
}
