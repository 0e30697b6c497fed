//! Deliveries of notices: taken when they are due, ended when they are confirmed, every attempt kept; and webhooks.

use serde_json::json;

use crate::model::{
    Actor, Channel, DeliveryState, EventId, ItemState, NoticeKind, Receipt, SourceId, Timestamp,
};

use super::items::read_id;
use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// Which delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryKey {
    /// Of which notice.
    pub notice: i64,
    /// By which way.
    pub channel: Channel,
    /// To whom: an owner, a source.
    pub target: String,
}

/// A delivery that is due, with what it says.
#[derive(Debug, Clone)]
pub struct Due {
    /// Which.
    pub key: DeliveryKey,
    /// How often it was tried.
    pub attempts: i64,
    /// The id of the event.
    pub event: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub kind: NoticeKind,
    /// In words.
    pub words: String,
    /// The item's id.
    pub item: String,
    /// Its receipt.
    pub receipt: String,
    /// The key under which its source knows it.
    pub external_id: Option<String>,
    /// Where it stands now.
    pub state: Option<ItemState>,
}

/// What an attempt met with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Met {
    /// The receiver confirmed.
    Confirmed,
    /// Try again at this time; `told` says why.
    Again {
        /// When.
        at: Timestamp,
        /// Why, in Chinese.
        told: String,
    },
    /// Nobody to send to any more.
    Void(String),
    /// The receiver will not have it: a person decides.
    Failed(String),
}

/// A delivery as the log shows it.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// Which.
    pub key: DeliveryKey,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What the last attempt met with.
    pub told: String,
    /// The id of the event.
    pub event: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub kind: NoticeKind,
    /// In words.
    pub words: String,
    /// The item's receipt; none while nobody has stored it.
    pub receipt: String,
    /// The item's id.
    pub item: String,
}

const DUE: &str =
    "d.notice_no, d.channel, d.target, d.attempts, n.event_id, n.at, n.kind, n.words, n.item_id, i.receipt,
     i.external_id, i.state, p.receipt";

/// Up to `limit` deliveries of a channel that are due; nobody else sees them again before `until`.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn take_deliveries(
    tx: &mut Tx<'_>,
    channel: Channel,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Due>, StoreError> {
    let text = format!(
        "SELECT {DUE} FROM notice_deliveries d JOIN notices n ON n.no = d.notice_no
         LEFT JOIN items i ON i.id = n.item_id
         LEFT JOIN portal_items p ON p.item_id = n.item_id AND p.owner = d.target
         WHERE d.state = ?1 AND d.channel = ?2 AND d.due_at <= ?3 ORDER BY d.due_at, d.notice_no, d.target LIMIT ?4"
    );
    let rows = tx.query(&text, bind![DeliveryState::Waiting.code(), channel.code(), tx.now(), limit])?;
    let due = rows.iter().map(read_due).collect::<Result<Vec<_>, _>>()?;
    for one in &due {
        set_due(tx, &one.key, until)?;
    }
    Ok(due)
}

fn read_due(row: &Row) -> Result<Due, StoreError> {
    let receipt = row.opt_text(9)?.or(row.opt_text(12)?).unwrap_or_default();
    let receipt =
        receipt.parse::<Receipt>().map_or_else(|_| receipt.to_owned(), |receipt| receipt.to_string());
    let state = row.opt_text(11)?.map(|code| {
        ItemState::from_code(code).ok_or_else(|| StoreError::Corrupt(format!("item state {code}")))
    });
    Ok(Due {
        key: read_key(row)?,
        attempts: row.int(3)?,
        event: EventId::from_stored(row.text(4)?),
        at: row.time(5)?,
        kind: row.parsed(6, NoticeKind::from_code)?,
        words: row.text(7)?.to_owned(),
        item: read_id(row, 8)?.to_string(),
        receipt,
        external_id: row.opt_text(10)?.map(str::to_owned),
        state: state.transpose()?,
    })
}

fn read_key(row: &Row) -> Result<DeliveryKey, StoreError> {
    Ok(DeliveryKey {
        notice: row.int(0)?,
        channel: row.parsed(1, Channel::from_code)?,
        target: row.text(2)?.to_owned(),
    })
}

/// Puts a delivery off without counting it as an attempt: closed hours, a digest.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_due(tx: &mut Tx<'_>, key: &DeliveryKey, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE notice_deliveries SET due_at = ?4 WHERE notice_no = ?1 AND channel = ?2 AND target = ?3
           AND state = ?5",
        bind![key.notice, key.channel.code(), &key.target, at, DeliveryState::Waiting.code()],
    )?;
    Ok(())
}

/// Keeps what an attempt met with. What was confirmed once stays so.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn end_attempt(tx: &mut Tx<'_>, key: &DeliveryKey, met: &Met) -> Result<(), StoreError> {
    let row = tx.first(
        "SELECT attempts, tries_left, state, due_at FROM notice_deliveries
         WHERE notice_no = ?1 AND channel = ?2 AND target = ?3",
        bind![key.notice, key.channel.code(), &key.target],
    )?;
    let row = row.ok_or_else(|| StoreError::NotFound(format!("通知 {}", key.notice)))?;
    let (attempt, left) = (row.int(0)? + 1, row.int(1)? - 1);
    let was = row.parsed(2, DeliveryState::from_code)?;
    let (state, due, told) = match met {
        Met::Confirmed => (DeliveryState::Sent, row.time(3)?, "已送达"),
        Met::Void(why) => (DeliveryState::Void, row.time(3)?, why.as_str()),
        Met::Failed(told) => (DeliveryState::GivenUp, row.time(3)?, told.as_str()),
        Met::Again { at, told } if left > 0 => (DeliveryState::Waiting, *at, told.as_str()),
        Met::Again { told, .. } => (DeliveryState::GivenUp, row.time(3)?, told.as_str()),
    };
    let state = if was == DeliveryState::Sent { was } else { state };
    let ended = (state != DeliveryState::Waiting).then_some(tx.now());
    tx.execute(
        "UPDATE notice_deliveries SET state = ?4, attempts = ?5, tries_left = ?6, due_at = ?7, ended_at = ?8, told = ?9
         WHERE notice_no = ?1 AND channel = ?2 AND target = ?3",
        bind![
            key.notice,
            key.channel.code(),
            &key.target,
            state.code(),
            attempt,
            left.max(0),
            due,
            ended,
            told
        ],
    )?;
    tx.execute(
        "INSERT INTO notice_attempts (notice_no, channel, target, attempt, at, told) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
        bind![key.notice, key.channel.code(), &key.target, attempt, tx.now(), told],
    )?;
    Ok(())
}

/// 重发, or 已告知 for a call: what was confirmed is never sent again.
///
/// # Errors
/// [`StoreError::Stale`] when it was confirmed or taken back meanwhile.
pub fn resend_delivery(tx: &mut Tx<'_>, key: &DeliveryKey, by: &Actor) -> Result<(), StoreError> {
    let phone = key.channel == Channel::Phone;
    let (state, ended) =
        if phone { (DeliveryState::Sent, Some(tx.now())) } else { (DeliveryState::Waiting, None) };
    let done = tx.execute(
        "UPDATE notice_deliveries SET state = ?4, tries_left = ?5, due_at = ?6, ended_at = ?7
         WHERE notice_no = ?1 AND channel = ?2 AND target = ?3 AND state IN (?8, ?9)",
        bind![
            key.notice,
            key.channel.code(),
            &key.target,
            state.code(),
            16_i64,
            tx.now(),
            ended,
            DeliveryState::Waiting.code(),
            DeliveryState::GivenUp.code()
        ],
    )?;
    if done == 0 {
        return Err(StoreError::Stale);
    }
    let action = if phone { "notice.called" } else { "notice.resend" };
    tx.audit(by, action, &key.notice.to_string(), &json!({ "channel": key.channel.code(), "to": key.target }))
}

/// The latest deliveries, all or those in one state, by one or every channel.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_deliveries(
    sql: &mut dyn Sql,
    state: Option<DeliveryState>,
    phone: bool,
    limit: i64,
) -> Result<Vec<DeliveryRow>, StoreError> {
    let rows = sql.query(
        "SELECT d.notice_no, d.channel, d.target, d.state, d.attempts, d.due_at, d.ended_at, d.told, n.event_id, n.at,
           n.kind, n.words, i.receipt, n.item_id
         FROM notice_deliveries d JOIN notices n ON n.no = d.notice_no LEFT JOIN items i ON i.id = n.item_id
         WHERE (d.state = ?1 OR ?1 IS NULL) AND (d.channel = ?2 OR ?2 IS NULL) AND (d.channel <> ?3 OR ?3 IS NULL)
         ORDER BY d.notice_no DESC, d.channel, d.target LIMIT ?4",
        bind![
            state.map(DeliveryState::code),
            phone.then_some(Channel::Phone.code()),
            (!phone).then_some(Channel::Phone.code()),
            limit
        ],
    )?;
    rows.iter()
        .map(|row| {
            Ok(DeliveryRow {
                key: read_key(row)?,
                state: row.parsed(3, DeliveryState::from_code)?,
                attempts: row.int(4)?,
                due_at: row.time(5)?,
                ended_at: row.opt_int(6)?.map(Timestamp::from_micros),
                told: row.text(7)?.to_owned(),
                event: EventId::from_stored(row.text(8)?),
                at: row.time(9)?,
                kind: row.parsed(10, NoticeKind::from_code)?,
                words: row.text(11)?.to_owned(),
                receipt: row.opt_text(12)?.unwrap_or_default().to_owned(),
                item: read_id(row, 13)?.to_string(),
            })
        })
        .collect()
}

/// How many deliveries are in a state.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_deliveries(sql: &mut dyn Sql, state: DeliveryState) -> Result<i64, StoreError> {
    let row = sql.first("SELECT count(*) FROM notice_deliveries WHERE state = ?1", bind![state.code()])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Where a source's notices go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Of which source.
    pub source: SourceId,
    /// The address.
    pub url: String,
    /// The number of its key: a new key, a new number.
    pub serial: i64,
}

/// Every webhook in force.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn webhooks(sql: &mut dyn Sql) -> Result<Vec<Webhook>, StoreError> {
    let rows = sql.query(
        "SELECT source_id, url, serial FROM webhooks WHERE removed_at IS NULL ORDER BY source_id",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Webhook {
                source: row.parsed(0, |text| text.parse().ok())?,
                url: row.text(1)?.to_owned(),
                serial: row.int(2)?,
            })
        })
        .collect()
}

/// Sets where a source's notices go, with a new key; what waits goes to the new address. An empty address ends it.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such source.
pub fn set_webhook(tx: &mut Tx<'_>, source: &SourceId, url: &str, by: &Actor) -> Result<i64, StoreError> {
    let known = tx.first("SELECT 1 FROM sources WHERE id = ?1", bind![source.as_str()])?;
    if known.is_none() {
        return Err(StoreError::NotFound(format!("来稿渠道 {source}")));
    }
    let removed = url.is_empty().then_some(tx.now());
    let row = tx.first(
        "INSERT INTO webhooks (source_id, url, serial, set_at, removed_at) VALUES (?1, ?2, 1, ?3, ?4)
         ON CONFLICT (source_id) DO UPDATE SET url = excluded.url, serial = webhooks.serial + 1,
           set_at = excluded.set_at, removed_at = excluded.removed_at RETURNING serial",
        bind![source.as_str(), url, tx.now(), removed],
    )?;
    let action = if url.is_empty() { "webhook.remove" } else { "webhook.set" };
    tx.audit(by, action, source.as_str(), &json!({ "url": url }))?;
    row.ok_or_else(|| StoreError::Corrupt("webhooks".to_owned()))?.int(0)
}
