//! 来稿 as the inbox lists them: by state, urgent ones first, in pages that begin at a place rather than at an offset.

use serde::Serialize;

use crate::model::{Actor, ItemId, ItemState, Timestamp, Urgency};

use super::items::read_id;
use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx, group_of, issued_uses};

/// Which items are listed.
#[derive(Debug, Clone)]
pub struct InboxFilter {
    /// In this state.
    pub state: ItemState,
    /// This urgency only.
    pub urgency: Option<Urgency>,
    /// 区县.
    pub district: Option<String>,
    /// 主题.
    pub subject: Option<String>,
    /// 供稿者类别.
    pub reporter_kind: Option<String>,
    /// Held by this person; the empty name means held by nobody.
    pub holder: Option<String>,
    /// Answering this 选题.
    pub topic: Option<i64>,
    /// The oldest first.
    pub oldest_first: bool,
}

/// Where a page ends: the next one begins behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboxPlace {
    /// Of the last item.
    pub urgency: Urgency,
    /// Of the last item.
    pub no: i64,
}

/// An item as the inbox shows it.
#[derive(Debug, Clone, Serialize)]
pub struct InboxRow {
    /// Its number.
    #[serde(skip)]
    pub no: i64,
    /// Its id.
    pub id: ItemId,
    /// Where it stands.
    pub state: ItemState,
    /// 标题.
    pub title: String,
    /// 反映人.
    pub reporter: Option<String>,
    /// 单位.
    pub unit: Option<String>,
    /// 区县.
    pub district: Option<String>,
    /// 主题.
    pub subject: Option<String>,
    /// 紧急程度.
    pub urgency: Urgency,
    /// Length in characters.
    pub chars: i64,
    /// When it was acknowledged.
    pub received_at: Timestamp,
    /// 领取人.
    pub holder: Option<String>,
    /// How many say exactly the same, itself included.
    pub group_size: u32,
    /// How many others are near or edited copies.
    pub similar: u32,
    /// 已编发: series, year, number.
    pub issued: Vec<(String, i32, u32)>,
}

const COLUMNS: &str =
    "i.no, i.id, i.state, i.title, i.reporter, i.unit, i.district, i.subject, i.urgency, i.chars,
     i.received_at, i.holder";
/// PostgreSQL learns the type of a placeholder where it is first compared, so that stands before the question for NULL.
const WANTED: &str = "i.state = ?1 AND i.urgency = ?2 AND (i.district = ?3 OR ?3 IS NULL)
     AND (i.subject = ?4 OR ?4 IS NULL) AND (i.reporter_kind = ?5 OR ?5 IS NULL)
     AND (COALESCE(i.holder, '') = ?6 OR ?6 IS NULL)
     AND (i.id IN (SELECT item_id FROM topic_items WHERE topic_no = ?9) OR ?9 IS NULL)";

/// A page of the inbox, behind `after`, of at most `limit` items.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn inbox_page(
    sql: &mut dyn Sql,
    filter: &InboxFilter,
    after: Option<InboxPlace>,
    limit: usize,
) -> Result<Vec<InboxRow>, StoreError> {
    let mut out: Vec<InboxRow> = Vec::with_capacity(limit);
    // From 特急 down, each in an order of its own: every part is one range of the index.
    for urgency in Urgency::ALL.iter().rev().copied() {
        let from = match after {
            Some(place) if urgency as u8 > place.urgency as u8 => continue,
            Some(place) if urgency == place.urgency => Some(place.no),
            _ => None,
        };
        if filter.urgency.is_some_and(|wanted| wanted != urgency) {
            continue;
        }
        let room = i64::try_from(limit - out.len()).unwrap_or(0);
        out.extend(of_urgency(sql, filter, urgency, from, room)?);
        if out.len() >= limit {
            break;
        }
    }
    for row in &mut out {
        row.group_size = group_of(sql, row.no)?.map_or(1, |(_, size)| size);
        row.similar = similar(sql, row.no)?;
        let uses = issued_uses(sql, row.no)?;
        row.issued = uses.into_iter().map(|(series, year, number, _)| (series, year, number)).collect();
    }
    Ok(out)
}

fn of_urgency(
    sql: &mut dyn Sql,
    filter: &InboxFilter,
    urgency: Urgency,
    from: Option<i64>,
    room: i64,
) -> Result<Vec<InboxRow>, StoreError> {
    let (sign, order, open) =
        if filter.oldest_first { (">", "ASC", i64::MIN) } else { ("<", "DESC", i64::MAX) };
    let text = format!(
        "SELECT {COLUMNS} FROM items i WHERE {WANTED} AND i.no {sign} ?7 ORDER BY i.no {order} LIMIT ?8"
    );
    let rows = sql.query(
        &text,
        bind![
            filter.state.code(),
            urgency.label(),
            filter.district.as_deref(),
            filter.subject.as_deref(),
            filter.reporter_kind.as_deref(),
            filter.holder.as_deref(),
            from.unwrap_or(open),
            room,
            filter.topic,
        ],
    )?;
    rows.iter().map(read).collect()
}

/// Near and edited copies; exact ones are counted by their group.
fn similar(sql: &mut dyn Sql, no: i64) -> Result<u32, StoreError> {
    let row = sql.first(
        "SELECT (SELECT count(*) FROM links WHERE a_no = ?1 AND kind <> 'exact')
              + (SELECT count(*) FROM links WHERE b_no = ?1 AND kind <> 'exact')",
        bind![no],
    )?;
    row.map_or(Ok(0), |row| row.count(0))
}

fn read(row: &Row) -> Result<InboxRow, StoreError> {
    let text = |at: usize| row.opt_text(at).map(|text| text.map(str::to_owned));
    Ok(InboxRow {
        no: row.int(0)?,
        id: read_id(row, 1)?,
        state: row.parsed(2, ItemState::from_code)?,
        title: row.text(3)?.to_owned(),
        reporter: text(4)?,
        unit: text(5)?,
        district: text(6)?,
        subject: text(7)?,
        urgency: row.parsed(8, Urgency::from_label)?,
        chars: row.int(9)?,
        received_at: row.time(10)?,
        holder: text(11)?,
        group_size: 1,
        similar: 0,
        issued: Vec::new(),
    })
}

/// How many items are in each state.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_states(sql: &mut dyn Sql) -> Result<Vec<(ItemState, i64)>, StoreError> {
    let rows = sql.query("SELECT state, count(*) FROM items GROUP BY state", &[])?;
    rows.iter().map(|row| Ok((row.parsed(0, ItemState::from_code)?, row.int(1)?))).collect()
}

/// What the items of a state are filtered by, with how many of each.
#[derive(Debug, Clone, Default)]
pub struct InboxFacets {
    /// 区县.
    pub districts: Vec<(String, i64)>,
    /// 主题.
    pub subjects: Vec<(String, i64)>,
    /// 供稿者类别.
    pub reporter_kinds: Vec<(String, i64)>,
}

/// The facets of a state, the most frequent first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn inbox_facets(sql: &mut dyn Sql, state: ItemState) -> Result<InboxFacets, StoreError> {
    let mut one = |column: &str| {
        let text = format!(
            "SELECT {column}, count(*) FROM items WHERE state = ?1 AND {column} IS NOT NULL GROUP BY {column}
             ORDER BY 2 DESC, 1 LIMIT 100"
        );
        let rows = sql.query(&text, bind![state.code()])?;
        rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?))).collect::<Result<_, StoreError>>()
    };
    Ok(InboxFacets {
        districts: one("district")?,
        subjects: one("subject")?,
        reporter_kinds: one("reporter_kind")?,
    })
}

/// Who holds an item, and how urgent it is.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such item.
pub fn holder_of(sql: &mut dyn Sql, no: i64) -> Result<(Option<String>, Urgency), StoreError> {
    let row = sql.first("SELECT holder, urgency FROM items WHERE no = ?1", bind![no])?;
    let row = row.ok_or_else(|| StoreError::NotFound(format!("来稿 {no}")))?;
    Ok((row.opt_text(0)?.map(str::to_owned), row.parsed(1, Urgency::from_label)?))
}

/// Confirms how urgent an item is.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_item_urgency(
    tx: &mut Tx<'_>,
    item: (i64, &ItemId),
    urgency: Urgency,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.execute("UPDATE items SET urgency = ?2 WHERE no = ?1", bind![item.0, urgency.label()])?;
    tx.audit(by, "item.urgency", &item.1.to_string(), &serde_json::json!({ "urgency": urgency.label() }))
}

/// 领取 and 释放.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_holder(tx: &mut Tx<'_>, no: i64, holder: Option<&str>) -> Result<(), StoreError> {
    let at = holder.map(|_| tx.now());
    tx.execute("UPDATE items SET holder = ?2, held_at = ?3 WHERE no = ?1", bind![no, holder, at])?;
    Ok(())
}

/// The numbers of the items that somebody holds, in order.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn held_numbers(sql: &mut dyn Sql, holder: &str) -> Result<Vec<i64>, StoreError> {
    let rows = sql.query("SELECT no FROM items WHERE holder = ?1 ORDER BY no", bind![holder])?;
    rows.iter().map(|row| row.int(0)).collect()
}

/// Who holds items, and how many, by user name.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_held(sql: &mut dyn Sql) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sql.query(
        "SELECT holder, count(*) FROM items WHERE holder IS NOT NULL GROUP BY holder ORDER BY holder",
        &[],
    )?;
    rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?))).collect()
}

/// Notes under which reason an item was closed, or where it went.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_closing(tx: &mut Tx<'_>, no: i64, closing: Option<&str>) -> Result<(), StoreError> {
    tx.execute("UPDATE items SET closing = ?2 WHERE no = ?1", bind![no, closing])?;
    Ok(())
}
