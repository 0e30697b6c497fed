//! Submissions (来稿): written once, read often, never overwritten.

use serde::Serialize;
use serde_json::json;

use crate::model::{
    Actor, ChangeKind, ContentHash, FoldHash, ItemId, ItemMove, ItemState, Receipt, SourceId, Submission,
    Timestamp,
};

use super::notices::{Telling, tell_moved, tell_received};
use super::reporter_items::match_item;
use super::sql::{Row, Sql, bind};
use super::topics::note_topic;
use super::{StoreError, Tx};

/// An item ready to be stored.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its id.
    pub id: ItemId,
    /// Its receipt.
    pub receipt: Receipt,
    /// Who sent it.
    pub source: SourceId,
    /// On whose behalf the change is made.
    pub actor: Actor,
    /// When it was acknowledged.
    pub received_at: Timestamp,
    /// What was received.
    pub submission: Submission,
    /// The hash of the canonical form.
    pub content_hash: ContentHash,
    /// The hash of the folded text.
    pub fold_hash: FoldHash,
    /// The canonical form, as it will be stored.
    pub canonical: String,
}

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persisted {
    /// It is a new item or a new version, under this number.
    New(i64),
    /// The same text is there already: a replay.
    Replay(i64),
    /// The key holds another text; the arrival must become a dead letter.
    OtherText,
    /// A version of an item that is not there, or that another source sent.
    NoSuchItem,
}

/// An item as lists show it. The text itself is not read for lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemRow {
    /// Its number: the sequence at which it came in.
    #[serde(skip)]
    pub no: i64,
    /// Its id.
    pub id: ItemId,
    /// Its receipt.
    pub receipt: Receipt,
    /// Its source.
    pub source: SourceId,
    /// Where it stands.
    pub state: ItemState,
    /// How often it changed.
    #[serde(skip)]
    pub rev: i64,
    /// The current version, from 1.
    pub version: i64,
    /// 标题 of the current version.
    pub title: String,
    /// 反映人.
    pub reporter: Option<String>,
    /// 单位.
    pub unit: Option<String>,
    /// 区县.
    pub district: Option<String>,
    /// 主题.
    pub subject: Option<String>,
    /// Length in characters.
    pub chars: i64,
    /// When it was acknowledged.
    pub received_at: Timestamp,
}

/// An item with the text of its current version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemRecord {
    /// What lists show.
    #[serde(flatten)]
    pub row: ItemRow,
    /// What was received.
    pub submission: Submission,
}

/// How many there are of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items.
    pub items: i64,
    /// Versions of items.
    pub versions: i64,
    /// Links.
    pub links: i64,
    /// Items in groups.
    pub grouped: i64,
    /// Groups.
    pub groups: i64,
    /// Open dead letters.
    pub dead: i64,
}

const ROW: &str = "i.no, i.id, i.receipt, i.source_id, i.state, i.rev, i.version, i.title, i.reporter, i.unit, \
                   i.district, i.subject, i.chars, i.received_at";

/// Stores a new item, unless it is there: a replay changes nothing.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_item(tx: &mut Tx<'_>, arrival: &Arrival) -> Result<Persisted, StoreError> {
    let no = tx.next_seq().0;
    let item = &arrival.submission;
    let reporter = item.contributor.as_ref();
    let inserted = tx.first(
        "INSERT INTO items (no, id, receipt, source_id, external_id, kind, state, rev, version, fold_hash, title,
           reporter, unit, reporter_kind, district, subject, urgency, chars, submitted_at, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, 1, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT DO NOTHING RETURNING no",
        bind![
            no,
            arrival.id.as_bytes(),
            arrival.receipt.as_str(),
            arrival.source.as_str(),
            item.external_id.as_ref().map(|id| id.as_str()),
            item.kind.as_str(),
            ItemState::Received.code(),
            arrival.fold_hash.as_bytes(),
            item.title.as_str(),
            reporter.map(|r| r.name.as_str()),
            reporter.and_then(|r| r.unit.as_deref()),
            reporter.and_then(|r| r.kind).map(|kind| kind.label()),
            item.place(),
            item.subject.as_deref(),
            item.urgency.label(),
            i64::try_from(item.text.chars()).unwrap_or(i64::MAX),
            item.submitted_at,
            arrival.received_at,
        ],
    )?;
    if inserted.is_none() {
        return replayed(tx, arrival, 1);
    }
    insert_version(tx, arrival, no, 1)?;
    let id = arrival.id.to_string();
    tx.change(ChangeKind::ItemReceived, &id, Some(no))?;
    tx.audit(&arrival.actor, "item.receive", &id, &json!({ "content": arrival.content_hash }))?;
    note_topic(tx, &arrival.id, item.topic.as_deref(), &arrival.actor)?;
    match_item(tx, &arrival.id, item, &arrival.actor)?;
    tell_received(tx, &arrival.id, &arrival.source, 1)?;
    Ok(Persisted::New(no))
}

/// Stores a correction as a further version of its item; the same text again changes nothing.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn add_version(tx: &mut Tx<'_>, arrival: &Arrival) -> Result<Persisted, StoreError> {
    let found = tx.first(
        "SELECT no, version, state, source_id, rev FROM items WHERE id = ?1",
        bind![arrival.id.as_bytes()],
    )?;
    let Some(row) = found else { return Ok(Persisted::NoSuchItem) };
    // Only the source that sent an item corrects it. A queue that keeps no keys may have let another's pass.
    if row.text(3)? != arrival.source.as_str() {
        return Ok(Persisted::NoSuchItem);
    }
    let (no, version) = (row.int(0)?, row.int(1)? + 1);
    let same = tx.first(
        "SELECT version FROM item_versions WHERE item_no = ?1 AND content_hash = ?2",
        bind![no, arrival.content_hash.as_bytes()],
    )?;
    if same.is_some() {
        return Ok(Persisted::Replay(no));
    }
    insert_version(tx, arrival, no, version)?;
    let state = row.parsed(2, ItemState::from_code)?;
    // A returned item (请补充) is answered by its correction; any other keeps its place.
    let state = state.apply(ItemMove::Resubmit).unwrap_or(state);
    let item = &arrival.submission;
    let reporter = item.contributor.as_ref();
    tx.execute(
        "UPDATE items SET version = ?2, rev = rev + 1, state = ?3, fold_hash = ?4, title = ?5, reporter = ?6,
           unit = ?7, reporter_kind = ?8, district = ?9, subject = ?10, urgency = ?11, chars = ?12 WHERE no = ?1",
        bind![
            no,
            version,
            state.code(),
            arrival.fold_hash.as_bytes(),
            item.title.as_str(),
            reporter.map(|r| r.name.as_str()),
            reporter.and_then(|r| r.unit.as_deref()),
            reporter.and_then(|r| r.kind).map(|kind| kind.label()),
            item.place(),
            item.subject.as_deref(),
            item.urgency.label(),
            i64::try_from(item.text.chars()).unwrap_or(i64::MAX),
        ],
    )?;
    let id = arrival.id.to_string();
    tx.change(ChangeKind::ItemVersion, &id, Some(no))?;
    let detail = json!({ "version": version, "content": arrival.content_hash });
    tx.audit(&arrival.actor, "item.version", &id, &detail)?;
    note_topic(tx, &arrival.id, item.topic.as_deref(), &arrival.actor)?;
    match_item(tx, &arrival.id, item, &arrival.actor)?;
    tell_received(tx, &arrival.id, &arrival.source, row.int(4)? + 1)?;
    Ok(Persisted::New(no))
}

fn insert_version(tx: &mut Tx<'_>, arrival: &Arrival, no: i64, version: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO item_versions (item_no, version, content_hash, received_at, actor, submission)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        bind![
            no,
            version,
            arrival.content_hash.as_bytes(),
            arrival.received_at,
            &arrival.actor.to_string(),
            &arrival.canonical
        ],
    )?;
    Ok(())
}

fn replayed(tx: &mut Tx<'_>, arrival: &Arrival, version: i64) -> Result<Persisted, StoreError> {
    let row = tx.first(
        "SELECT i.no, v.content_hash FROM items i JOIN item_versions v ON v.item_no = i.no AND v.version = ?2
         WHERE i.id = ?1",
        bind![arrival.id.as_bytes(), version],
    )?;
    let Some(row) = row else { return Ok(Persisted::OtherText) };
    let same = row.blob(1)? == arrival.content_hash.as_bytes();
    Ok(if same { Persisted::Replay(row.int(0)?) } else { Persisted::OtherText })
}

/// Moves an item through its transition function, from the revision that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile.
pub fn move_item(
    tx: &mut Tx<'_>,
    item: &ItemRow,
    to: ItemState,
    by: &Actor,
    why: &str,
) -> Result<(), StoreError> {
    move_item_telling(tx, item, to, by, why, Telling::ByState)
}

/// The same, with what its contributor is told of it.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile.
pub fn move_item_telling(
    tx: &mut Tx<'_>,
    item: &ItemRow,
    to: ItemState,
    by: &Actor,
    why: &str,
    telling: Telling,
) -> Result<(), StoreError> {
    let moved = tx.execute(
        "UPDATE items SET state = ?3, rev = rev + 1 WHERE no = ?1 AND rev = ?2",
        bind![item.no, item.rev, to.code()],
    )?;
    if moved == 0 {
        return Err(StoreError::Stale);
    }
    tell_moved(tx, item, to, telling)?;
    let id = item.id.to_string();
    tx.change(ChangeKind::ItemState, &id, Some(item.no))?;
    tx.audit(by, "item.move", &id, &json!({ "from": item.state, "to": to, "why": why }))
}

/// An item's number.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such item.
pub fn item_no(sql: &mut dyn Sql, id: &ItemId) -> Result<i64, StoreError> {
    let row = sql.first("SELECT no FROM items WHERE id = ?1", bind![id.as_bytes()])?;
    row.ok_or_else(|| StoreError::NotFound(format!("来稿 {id}")))?.int(0)
}

/// The item that a receipt stands for.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn item_by_receipt(sql: &mut dyn Sql, receipt: &Receipt) -> Result<Option<ItemRow>, StoreError> {
    let text = format!("SELECT {ROW} FROM items i WHERE i.receipt = ?1");
    sql.first(&text, bind![receipt.as_str()])?.map(|row| read_row(&row)).transpose()
}

/// An item with its current text.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such item.
pub fn read_item(sql: &mut dyn Sql, no: i64) -> Result<ItemRecord, StoreError> {
    let text = format!(
        "SELECT {ROW}, v.submission FROM items i JOIN item_versions v ON v.item_no = i.no AND v.version = i.version
         WHERE i.no = ?1"
    );
    let row = sql.first(&text, bind![no])?.ok_or_else(|| StoreError::NotFound(format!("来稿 {no}")))?;
    Ok(ItemRecord {
        submission: row.parsed(14, |json| serde_json::from_str(json).ok())?,
        row: read_row(&row)?,
    })
}

/// Items by number, in the order asked for; numbers that are not there are left out.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn read_rows(sql: &mut dyn Sql, numbers: &[i64]) -> Result<Vec<ItemRow>, StoreError> {
    let text = format!("SELECT {ROW} FROM items i WHERE i.no = ?1");
    let mut out = Vec::with_capacity(numbers.len());
    for no in numbers {
        if let Some(row) = sql.first(&text, bind![*no])? {
            out.push(read_row(&row)?);
        }
    }
    Ok(out)
}

/// Numbers and ids above `after`, in order: for checks that walk everything.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn ids_after(sql: &mut dyn Sql, after: i64, limit: i64) -> Result<Vec<(i64, ItemId)>, StoreError> {
    let rows =
        sql.query("SELECT no, id FROM items WHERE no > ?1 ORDER BY no LIMIT ?2", bind![after, limit])?;
    rows.iter().map(|row| Ok((row.int(0)?, read_id(row, 1)?))).collect()
}

/// How many there are of each.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_items(sql: &mut dyn Sql) -> Result<Counts, StoreError> {
    let row = sql.first(
        "SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM item_versions), (SELECT count(*) FROM links),
                (SELECT count(*) FROM group_members), (SELECT count(DISTINCT first_no) FROM group_members),
                (SELECT count(*) FROM dead_letters WHERE state = 'open')",
        &[],
    )?;
    let row = row.ok_or_else(|| StoreError::Corrupt("counts".to_owned()))?;
    Ok(Counts {
        items: row.int(0)?,
        versions: row.int(1)?,
        links: row.int(2)?,
        grouped: row.int(3)?,
        groups: row.int(4)?,
        dead: row.int(5)?,
    })
}

pub(super) fn read_id(row: &Row, at: usize) -> Result<ItemId, StoreError> {
    ItemId::from_bytes(row.blob(at)?).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn read_row(row: &Row) -> Result<ItemRow, StoreError> {
    Ok(ItemRow {
        no: row.int(0)?,
        id: read_id(row, 1)?,
        receipt: row.parsed(2, |text| text.parse().ok())?,
        source: row.parsed(3, |text| text.parse().ok())?,
        state: row.parsed(4, ItemState::from_code)?,
        rev: row.int(5)?,
        version: row.int(6)?,
        title: row.text(7)?.to_owned(),
        reporter: row.opt_text(8)?.map(str::to_owned),
        unit: row.opt_text(9)?.map(str::to_owned),
        district: row.opt_text(10)?.map(str::to_owned),
        subject: row.opt_text(11)?.map(str::to_owned),
        chars: row.int(12)?,
        received_at: row.time(13)?,
    })
}
