//! 跨网交换: which packages were made and which came, and what of each item has gone over to the other site.

use serde::{Deserialize, Serialize};

use crate::model::{
    Actor, BlobHash, ChangeKind, FileId, ItemId, ItemState, Receipt, Seq, SourceId, Submission, Timestamp,
};

use super::cursors::set_cursor;
use super::items::read_id;
use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

const COLUMNS: &str = "number, state, hash, made_at, at, bytes, acknowledged, counts, notes";

/// Which way a package goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the other site.
    Out,
    /// From the other site.
    In,
}

impl Way {
    fn code(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::In => "in",
        }
    }
}

/// Where a package stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageState {
    /// Made, and handed to nobody yet.
    Made,
    /// Handed out, to be carried over.
    Handed,
    /// The other site says that it has it.
    Arrived,
    /// The other site made it, and it has not come.
    Missing,
    /// It came before one that must come first, and was not taken.
    Early,
    /// Taken.
    Imported,
}

impl PackageState {
    const ALL: [Self; 6] =
        [Self::Made, Self::Handed, Self::Arrived, Self::Missing, Self::Early, Self::Imported];

    /// As it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Handed => "handed",
            Self::Arrived => "arrived",
            Self::Missing => "missing",
            Self::Early => "early",
            Self::Imported => "imported",
        }
    }

    /// In the office's words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Made => "待取走",
            Self::Handed => "已取走，待对方确认",
            Self::Arrived => "对方已收到",
            Self::Missing => "缺",
            Self::Early => "来早了，未导入",
            Self::Imported => "已导入",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRecord {
    /// Its number.
    pub number: i64,
    /// Where it stands.
    pub state: PackageState,
    /// The hash of the whole file; where it is kept, for those that were made here.
    pub hash: BlobHash,
    /// When it was made, by the clock of who made it.
    pub made_at: Timestamp,
    /// When its state was noted here.
    pub at: Timestamp,
    /// Its size; 0 where that is not known.
    pub bytes: i64,
    /// The highest number of the other direction that it acknowledges.
    pub acknowledged: i64,
    /// What is in it, as JSON.
    pub counts: String,
    /// What could not be done as the other site wanted, as a JSON list.
    pub notes: String,
}

/// Notes a package. One that was taken, or made, stays as it is.
///
/// # Errors
/// [`StoreError::Stale`] when another was quicker.
pub fn put_package(tx: &mut Tx<'_>, way: Way, package: &PackageRecord) -> Result<(), StoreError> {
    let put = tx.execute(
        "INSERT INTO site_packages (direction, number, state, hash, made_at, at, bytes, acknowledged, counts, notes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (direction, number) DO UPDATE SET state = excluded.state, hash = excluded.hash,
           made_at = excluded.made_at, at = excluded.at, bytes = excluded.bytes,
           acknowledged = excluded.acknowledged, counts = excluded.counts, notes = excluded.notes
         WHERE site_packages.state IN ('missing', 'early')",
        bind![
            way.code(),
            package.number,
            package.state.code(),
            package.hash.as_bytes(),
            package.made_at,
            package.at,
            package.bytes,
            package.acknowledged,
            &package.counts,
            &package.notes
        ],
    )?;
    if put == 0 { Err(StoreError::Stale) } else { Ok(()) }
}

/// Whether packages that were made here were handed out, or have arrived: all up to a number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_arrived(tx: &mut Tx<'_>, upto: i64) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE site_packages SET state = ?2, at = ?3 WHERE direction = 'out' AND number <= ?1 AND state <> ?2",
        bind![upto, PackageState::Arrived.code(), tx.now()],
    )
}

/// The other site took another package under this number than is known here, so this site stands as it stood before: what was
/// made after it is void, numbers go on from there, and everything is sent once more, which is harmless over there.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn begin_anew(tx: &mut Tx<'_>, known: &PackageRecord, cursor: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM site_packages WHERE direction = 'out' AND number >= ?1", bind![known.number])?;
    put_package(tx, Way::Out, known)?;
    tx.execute("UPDATE site_items SET versions = 0, withdrawn = 0", &[])?;
    tx.execute("DELETE FROM site_files", &[])?;
    set_cursor(tx, cursor, Seq::ZERO)
}

/// Forgets which answers were sent, so that all are sent once more.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn forget_answers(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.execute("UPDATE site_items SET answer = ''", &[])?;
    Ok(())
}

/// Notes that a package was handed out.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_handed(tx: &mut Tx<'_>, number: i64) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE site_packages SET state = ?2, at = ?4 WHERE direction = 'out' AND number = ?1 AND state = ?3",
        bind![number, PackageState::Handed.code(), PackageState::Made.code(), tx.now()],
    )
}

/// A package by its number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn read_package(sql: &mut dyn Sql, way: Way, number: i64) -> Result<Option<PackageRecord>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM site_packages WHERE direction = ?1 AND number = ?2");
    sql.first(&text, bind![way.code(), number])?.map(|row| package(&row)).transpose()
}

/// The last package that was made, or taken.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn last_package(sql: &mut dyn Sql, way: Way) -> Result<Option<PackageRecord>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM site_packages WHERE direction = ?1 AND state NOT IN ('missing', 'early')
         ORDER BY number DESC LIMIT 1"
    );
    sql.first(&text, bind![way.code()])?.map(|row| package(&row)).transpose()
}

/// Packages of one direction, the last first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_packages(sql: &mut dyn Sql, way: Way, limit: i64) -> Result<Vec<PackageRecord>, StoreError> {
    let text =
        format!("SELECT {COLUMNS} FROM site_packages WHERE direction = ?1 ORDER BY number DESC LIMIT ?2");
    sql.query(&text, bind![way.code(), limit])?.iter().map(package).collect()
}

/// Packages of one direction in a state, in order.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn packages_in(
    sql: &mut dyn Sql,
    way: Way,
    state: PackageState,
    limit: i64,
) -> Result<Vec<PackageRecord>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM site_packages WHERE direction = ?1 AND state = ?2 ORDER BY number LIMIT ?3"
    );
    sql.query(&text, bind![way.code(), state.code(), limit])?.iter().map(package).collect()
}

fn package(row: &Row) -> Result<PackageRecord, StoreError> {
    Ok(PackageRecord {
        number: row.int(0)?,
        state: row.parsed(1, PackageState::from_code)?,
        hash: BlobHash::from_bytes(row.blob(2)?).map_err(|error| StoreError::Corrupt(error.to_string()))?,
        made_at: row.time(3)?,
        at: row.time(4)?,
        bytes: row.int(5)?,
        acknowledged: row.int(6)?,
        counts: row.text(7)?.to_owned(),
        notes: row.text(8)?.to_owned(),
    })
}

/// What has gone over of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Crossed {
    /// So many of its versions.
    pub versions: i64,
    /// Its withdrawal.
    pub withdrawn: bool,
    /// The last answer, as JSON; empty = none.
    pub answer: String,
    /// What became of it over there ([`Elsewhere::code`]).
    pub mark: String,
}

/// What has gone over of an item; none where nothing has.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn crossed(sql: &mut dyn Sql, item: &ItemId) -> Result<Option<Crossed>, StoreError> {
    let row = sql.first(
        "SELECT versions, withdrawn, answer, mark FROM site_items WHERE item_id = ?1",
        bind![item.as_bytes()],
    )?;
    row.map(|row| {
        Ok(Crossed {
            versions: row.int(0)?,
            withdrawn: row.int(1)? != 0,
            answer: row.text(2)?.to_owned(),
            mark: row.text(3)?.to_owned(),
        })
    })
    .transpose()
}

/// Notes what has gone over of an item.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_crossed(tx: &mut Tx<'_>, item: &ItemId, crossed: &Crossed) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO site_items (item_id, versions, withdrawn, answer, mark) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (item_id) DO UPDATE SET versions = excluded.versions, withdrawn = excluded.withdrawn,
           answer = excluded.answer, mark = excluded.mark",
        bind![
            item.as_bytes(),
            crossed.versions,
            i64::from(crossed.withdrawn),
            &crossed.answer,
            &crossed.mark
        ],
    )?;
    Ok(())
}

/// Notes that an item came from the other site; what is known of it stays.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn note_crossed(tx: &mut Tx<'_>, item: &ItemId) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO site_items (item_id, versions, withdrawn, answer, mark) VALUES (?1, 0, 0, '', '')
         ON CONFLICT DO NOTHING",
        bind![item.as_bytes()],
    )?;
    Ok(())
}

/// Whether an attachment has gone over.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn file_crossed(sql: &mut dyn Sql, file: &FileId) -> Result<bool, StoreError> {
    let row = sql.first("SELECT 1 FROM site_files WHERE file_id = ?1", bind![file.as_str()])?;
    Ok(row.is_some())
}

/// Notes that an attachment goes over with a package.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_file_crossed(tx: &mut Tx<'_>, file: &FileId, number: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO site_files (file_id, number) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        bind![file.as_str(), number],
    )?;
    Ok(())
}

/// Changes above `after` that the other site may have to hear of: position and item.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn items_changed_after(
    sql: &mut dyn Sql,
    after: Seq,
    limit: i64,
) -> Result<Vec<(Seq, ItemId)>, StoreError> {
    let rows = sql.query(
        "SELECT c.seq, i.id FROM changes c JOIN items i ON i.no = c.item_no
         WHERE c.seq > ?1 AND c.kind IN (?3, ?4, ?5, ?6) ORDER BY c.seq LIMIT ?2",
        bind![
            after.0,
            limit,
            ChangeKind::ItemReceived.code(),
            ChangeKind::ItemVersion.code(),
            ChangeKind::ItemState.code(),
            ChangeKind::ItemIssued.code()
        ],
    )?;
    rows.iter().map(|row| Ok((Seq(row.int(0)?), read_id(row, 1)?))).collect()
}

/// Items of the other site of which adoptions or instructions were registered, withdrawn ones too: registering one moves
/// nothing, so the change log does not tell.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn crossed_with_outcomes(sql: &mut dyn Sql) -> Result<Vec<ItemId>, StoreError> {
    let rows = sql.query(
        "SELECT DISTINCT i.id FROM outcomes o JOIN manuscript_items mi ON mi.manuscript_id = o.manuscript_id
         JOIN items i ON i.no = mi.item_no JOIN site_items s ON s.item_id = i.id ORDER BY i.id",
        &[],
    )?;
    rows.iter().map(|row| read_id(row, 0)).collect()
}

/// An item as it is told of to the other site.
#[derive(Debug, Clone)]
pub struct ToTell {
    /// Its number here.
    pub no: i64,
    /// Its receipt.
    pub receipt: Receipt,
    /// Its source.
    pub source: SourceId,
    /// Where it stands.
    pub state: ItemState,
    /// How many versions it has.
    pub version: i64,
    /// The reason it was closed with, by its code.
    pub closing: Option<String>,
}

/// An item as it is told of to the other site.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such item.
pub fn to_tell(sql: &mut dyn Sql, item: &ItemId) -> Result<ToTell, StoreError> {
    let row = sql.first(
        "SELECT no, receipt, source_id, state, version, closing FROM items WHERE id = ?1",
        bind![item.as_bytes()],
    )?;
    let row = row.ok_or_else(|| StoreError::NotFound(format!("来稿 {item}")))?;
    Ok(ToTell {
        no: row.int(0)?,
        receipt: row.parsed(1, |text| text.parse().ok())?,
        source: row.parsed(2, |text| text.parse().ok())?,
        state: row.parsed(3, ItemState::from_code)?,
        version: row.int(4)?,
        closing: row.opt_text(5)?.map(str::to_owned),
    })
}

/// A version of an item: its number, when it was received, on whose behalf, what it says.
pub type VersionRow = (i64, Timestamp, Actor, Submission);

/// The versions of an item above a number, in order.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn versions_after(sql: &mut dyn Sql, no: i64, after: i64) -> Result<Vec<VersionRow>, StoreError> {
    let rows = sql.query(
        "SELECT version, received_at, actor, submission FROM item_versions WHERE item_no = ?1 AND version > ?2
         ORDER BY version",
        bind![no, after],
    )?;
    rows.iter()
        .map(|row| {
            let submission = row.parsed(3, |json| serde_json::from_str(json).ok())?;
            Ok((row.int(0)?, row.time(1)?, row.actor(2)?, submission))
        })
        .collect()
}

/// How many versions of an item are stored.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn versions_of(sql: &mut dyn Sql, item: &ItemId) -> Result<i64, StoreError> {
    let row = sql.first("SELECT version FROM items WHERE id = ?1", bind![item.as_bytes()])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// What the other site says became of an item that it was sent: as [`Crossed::mark`] keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// Adopted or passed on by a level.
    #[serde(default)]
    pub adopted: bool,
    /// 批示.
    #[serde(default)]
    pub instructed: bool,
    /// The issues that carried it: series, year, number, printed date.
    #[serde(default)]
    pub uses: Vec<(String, i32, u32, String)>,
}

impl Elsewhere {
    /// As it is kept; empty where nothing became of it.
    pub fn code(&self) -> String {
        if *self == Self::default() { String::new() } else { serde_json::to_string(self).unwrap_or_default() }
    }
}

/// What the other site says became of an item.
pub(super) fn elsewhere(sql: &mut dyn Sql, no: i64) -> Result<Elsewhere, StoreError> {
    let row = sql.first(
        "SELECT s.mark FROM site_items s JOIN items i ON i.id = s.item_id WHERE i.no = ?1 AND s.mark <> ''",
        bind![no],
    )?;
    row.map_or(Ok(Elsewhere::default()), |row| row.parsed(0, |json| serde_json::from_str(json).ok()))
}
