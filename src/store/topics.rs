//! 选题 and which items answer them. A topic is never deleted, so that what answered it stays told apart.

use serde_json::json;

use crate::model::{Actor, ItemId, ItemState, LocalDate, NewTopic, Timestamp, TopicStanding};

use super::sql::{Row, Sql, bind};
use super::topic_notices::tell_topics;
use super::{StoreError, Tx};

/// A topic as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRecord {
    /// Its number.
    pub no: i64,
    /// 批次; may be empty.
    pub batch: String,
    /// 选题.
    pub title: String,
    /// What is asked in particular; may be empty.
    pub note: String,
    /// The last day.
    pub deadline: LocalDate,
    /// When it was published.
    pub published_at: Timestamp,
    /// When an editor closed it.
    pub closed_at: Option<Timestamp>,
}

impl TopicRecord {
    /// Whether it can be answered on a day.
    pub fn standing(&self, today: LocalDate) -> TopicStanding {
        TopicStanding::on(today, self.deadline, self.closed_at.is_some())
    }
}

/// What the log calls a topic.
fn object(no: i64) -> String {
    format!("topic:{no}")
}

const RECORD: &str =
    "SELECT t.no, t.batch, t.title, t.note, t.deadline, t.published_at, t.closed_at FROM topics t";

/// 发布: a batch of topics with one deadline. The titles that are open already come back instead, and nothing is
/// published: a form sent twice is one batch.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn publish_topics(
    tx: &mut Tx<'_>,
    batch: &str,
    topics: &[NewTopic],
    deadline: LocalDate,
    by: &Actor,
) -> Result<Vec<String>, StoreError> {
    let today = tx.now().date().to_string();
    let open = tx.query(
        "SELECT title FROM topics WHERE closed_at IS NULL AND deadline >= ?1 ORDER BY no",
        bind![&today],
    )?;
    let open = open.iter().map(|row| row.text(0).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
    let known: Vec<String> =
        topics.iter().map(|topic| topic.title().to_owned()).filter(|title| open.contains(title)).collect();
    if !known.is_empty() {
        return Ok(known);
    }
    let last = tx.first("SELECT COALESCE(MAX(no), 0) FROM topics", &[])?;
    let last = last.map_or(Ok(0), |row| row.int(0))?;
    let day = deadline.to_string();
    for (topic, no) in topics.iter().zip(last + 1..) {
        tx.execute(
            "INSERT INTO topics (no, batch, title, note, deadline, published_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            bind![no, batch, topic.title(), topic.note(), &day, tx.now()],
        )?;
        let detail = json!({ "title": topic.title(), "deadline": day, "batch": batch });
        tx.audit(by, "topic.publish", &object(no), &detail)?;
    }
    tell_topics(tx, topics, deadline)?;
    Ok(Vec::new())
}

/// Gives a topic another deadline; the same again changes nothing.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no topic of this number.
pub fn set_topic_deadline(
    tx: &mut Tx<'_>,
    no: i64,
    deadline: LocalDate,
    by: &Actor,
) -> Result<(), StoreError> {
    let topic = read_topic(tx, no)?;
    if topic.deadline == deadline {
        return Ok(());
    }
    tx.execute("UPDATE topics SET deadline = ?2 WHERE no = ?1", bind![no, &deadline.to_string()])?;
    let (from, to) = (topic.deadline.to_string(), deadline.to_string());
    tx.audit(by, "topic.deadline", &object(no), &json!({ "title": topic.title, "from": from, "to": to }))
}

/// 关闭 or 重新征集; the same again changes nothing.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no topic of this number.
pub fn close_topic(tx: &mut Tx<'_>, no: i64, closed: bool, by: &Actor) -> Result<(), StoreError> {
    let topic = read_topic(tx, no)?;
    if topic.closed_at.is_some() == closed {
        return Ok(());
    }
    let at = closed.then(|| tx.now());
    tx.execute("UPDATE topics SET closed_at = ?2 WHERE no = ?1", bind![no, at])?;
    let action = if closed { "topic.close" } else { "topic.reopen" };
    tx.audit(by, action, &object(no), &json!({ "title": topic.title }))
}

/// A topic.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn read_topic(sql: &mut dyn Sql, no: i64) -> Result<TopicRecord, StoreError> {
    let row = sql.first(&format!("{RECORD} WHERE t.no = ?1"), bind![no])?;
    read(&row.ok_or_else(|| StoreError::NotFound(format!("选题 {no}")))?)
}

/// What somebody names by its number or by its title as it was published: of several that are called so the one that is
/// open, else the latest.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn named_topic(
    sql: &mut dyn Sql,
    named: &str,
    today: LocalDate,
) -> Result<Option<TopicRecord>, StoreError> {
    if let Ok(no) = named.parse::<i64>()
        && let Some(row) = sql.first(&format!("{RECORD} WHERE t.no = ?1"), bind![no])?
    {
        return read(&row).map(Some);
    }
    let rows =
        sql.query(&format!("{RECORD} WHERE t.title = ?1 ORDER BY t.no DESC LIMIT 20"), bind![named])?;
    let topics = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let open = topics.iter().find(|topic| topic.standing(today) == TopicStanding::Open);
    Ok(open.or(topics.first()).cloned())
}

/// An item was stored that names a topic by its number. One that is not there is no reason to refuse what was acknowledged.
pub(super) fn note_topic(
    tx: &mut Tx<'_>,
    item: &ItemId,
    named: Option<&str>,
    by: &Actor,
) -> Result<(), StoreError> {
    let Some(no) = named.and_then(|named| named.parse::<i64>().ok()) else { return Ok(()) };
    match answer_topic(tx, item, Some(no), by) {
        Err(StoreError::NotFound(_)) => Ok(()),
        other => other,
    }
}

/// Topics, the latest batch first, each batch as it was written.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_topics(sql: &mut dyn Sql, limit: i64) -> Result<Vec<TopicRecord>, StoreError> {
    sql.query(&format!("{RECORD} ORDER BY t.published_at DESC, t.no LIMIT ?1"), bind![limit])?
        .iter()
        .map(read)
        .collect()
}

/// The topics that can be answered on a day, the nearest deadline first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn open_topics(sql: &mut dyn Sql, today: LocalDate) -> Result<Vec<TopicRecord>, StoreError> {
    let text = format!(
        "{RECORD} WHERE t.closed_at IS NULL AND t.deadline >= ?1 ORDER BY t.deadline, t.no LIMIT 500"
    );
    sql.query(&text, bind![&today.to_string()])?.iter().map(read).collect()
}

/// How many items answer each topic in each state: number, state, count.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_topic_items(sql: &mut dyn Sql) -> Result<Vec<(i64, ItemState, i64)>, StoreError> {
    let rows = sql.query(
        "SELECT a.topic_no, i.state, count(*) FROM topic_items a JOIN items i ON i.id = a.item_id
         GROUP BY a.topic_no, i.state ORDER BY a.topic_no, i.state",
        &[],
    )?;
    rows.iter().map(|row| Ok((row.int(0)?, row.parsed(1, ItemState::from_code)?, row.int(2)?))).collect()
}

/// The topic that an item answers.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn topic_of(sql: &mut dyn Sql, item: &ItemId) -> Result<Option<TopicRecord>, StoreError> {
    let text = format!("{RECORD} JOIN topic_items a ON a.topic_no = t.no WHERE a.item_id = ?1");
    sql.first(&text, bind![item.as_bytes()])?.as_ref().map(read).transpose()
}

/// Notes which topic an item answers, or that it answers none; the same again changes nothing.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no topic of this number.
pub fn answer_topic(
    tx: &mut Tx<'_>,
    item: &ItemId,
    topic: Option<i64>,
    by: &Actor,
) -> Result<(), StoreError> {
    let known = topic_of(tx, item)?.map(|topic| topic.no);
    if known == topic {
        return Ok(());
    }
    let title = match topic {
        Some(no) => {
            let title = read_topic(tx, no)?.title;
            tx.execute(
                "INSERT INTO topic_items (item_id, topic_no, at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (item_id) DO UPDATE SET topic_no = excluded.topic_no, at = excluded.at",
                bind![item.as_bytes(), no, tx.now()],
            )?;
            title
        }
        None => {
            tx.execute("DELETE FROM topic_items WHERE item_id = ?1", bind![item.as_bytes()])?;
            String::new()
        }
    };
    tx.audit(by, "item.topic", &item.to_string(), &json!({ "topic": topic, "title": title }))
}

fn read(row: &Row) -> Result<TopicRecord, StoreError> {
    Ok(TopicRecord {
        no: row.int(0)?,
        batch: row.text(1)?.to_owned(),
        title: row.text(2)?.to_owned(),
        note: row.text(3)?.to_owned(),
        deadline: row.parsed(4, |text| LocalDate::parse(text).ok())?,
        published_at: row.time(5)?,
        closed_at: row.opt_int(6)?.map(Timestamp::from_micros),
    })
}
