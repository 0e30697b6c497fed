//! Answers to contributors: written in the transaction of the change that they tell of, with one row for each way by which
//! they are to go out. What is not written here was not changed there, and the reverse.

use crate::model::{
    Actor, Channel, DeliveryState, EventId, ItemId, ItemState, MailChoice, NoticeKind, SourceId, Timestamp,
};

use super::sql::{Row, Sql, bind};
use super::{ItemRow, StoreError, Tx};

/// What an editor can still undo is told so many seconds later, so that a slip of the hand is never told.
const GRACE_SECONDS: i64 = 60;
/// Attempts at a delivery; with pauses of at most six hours this is about two days.
const TRIES: i64 = 16;
/// The outward wording where the reason has none of its own (DOMAIN §2).
const KEPT: &str = "已收悉，留作参考";

/// Whom a move is told, and in which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Telling {
    /// As the new state says.
    ByState,
    /// In the outward words of a reason.
    Words(String),
    /// In these words, by somebody who calls.
    Phone(String),
    /// Nobody.
    Nobody,
}

/// A notice, as its contributor reads it.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Its number: later ones have higher ones.
    pub no: i64,
    /// Its id for receivers.
    pub event: EventId,
    /// When.
    pub at: Timestamp,
    /// Of which item.
    pub item: ItemId,
    /// What happened.
    pub kind: NoticeKind,
    /// In words.
    pub words: String,
    /// 回执 of the item, where it is one's own.
    pub receipt: String,
    /// Its title, where it is one's own.
    pub title: String,
}

/// How somebody wants to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// When by e-mail.
    pub mail: MailChoice,
    /// To which address; empty = none.
    pub address: String,
    /// The code of one of the office's own channels; empty = none.
    pub way: String,
    /// When by that.
    pub way_when: MailChoice,
    /// The number or name there. It stands in no log.
    pub number: String,
    /// The last notice that was read.
    pub seen: i64,
}

impl Default for Choice {
    fn default() -> Self {
        Self {
            mail: MailChoice::None,
            address: String::new(),
            way: String::new(),
            way_when: MailChoice::None,
            number: String::new(),
            seen: 0,
        }
    }
}

/// How somebody wants to hear.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn choice_of(sql: &mut dyn Sql, owner: &str) -> Result<Choice, StoreError> {
    let row = sql.first(
        "SELECT mail, address, way, way_when, number, seen FROM notice_choices WHERE owner = ?1",
        bind![owner],
    )?;
    row.map_or_else(
        || Ok(Choice::default()),
        |row| {
            Ok(Choice {
                mail: row.parsed(0, MailChoice::from_code)?,
                address: row.text(1)?.to_owned(),
                way: row.text(2)?.to_owned(),
                way_when: row.parsed(3, MailChoice::from_code)?,
                number: row.text(4)?.to_owned(),
                seen: row.int(5)?,
            })
        },
    )
}

/// Keeps by which way somebody wants to hear.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_choice(tx: &mut Tx<'_>, owner: &Actor, mail: MailChoice, address: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO notice_choices (owner, mail, address, seen) VALUES (?1, ?2, ?3, 0)
         ON CONFLICT (owner) DO UPDATE SET mail = excluded.mail, address = excluded.address",
        bind![&owner.to_string(), mail.code(), address],
    )?;
    tx.audit(owner, "notice.choice", &owner.to_string(), &serde_json::json!({ "mail": mail.code() }))
}

/// Keeps which of the office's own channels somebody wants to hear by; an empty way ends it. The log does not have the number.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn set_way(
    tx: &mut Tx<'_>,
    owner: &Actor,
    way: &str,
    when: MailChoice,
    number: &str,
) -> Result<(), StoreError> {
    let none = MailChoice::None.code();
    tx.execute(
        "INSERT INTO notice_choices (owner, mail, address, seen, way, way_when, number)
         VALUES (?1, ?2, '', 0, ?3, ?4, ?5) ON CONFLICT (owner) DO UPDATE
         SET way = excluded.way, way_when = excluded.way_when, number = excluded.number",
        bind![&owner.to_string(), none, way, when.code(), number],
    )?;
    let detail = serde_json::json!({ "way": way, "when": when.code() });
    tx.audit(owner, "notice.choice", &owner.to_string(), &detail)
}

/// Notes that everything up to a notice was read.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn see_notices(tx: &mut Tx<'_>, owner: &Actor, upto: i64) -> Result<(), StoreError> {
    let none = MailChoice::None.code();
    tx.execute(
        "INSERT INTO notice_choices (owner, mail, address, seen) VALUES (?1, ?2, '', ?3)
         ON CONFLICT (owner) DO UPDATE SET seen = CASE WHEN notice_choices.seen < excluded.seen
           THEN excluded.seen ELSE notice_choices.seen END",
        bind![&owner.to_string(), none, upto],
    )?;
    Ok(())
}

/// Somebody's notices and those of new topics, the latest first; not those of which somebody calls.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn notices_of(sql: &mut dyn Sql, owner: &Actor, limit: i64) -> Result<Vec<Notice>, StoreError> {
    let owner = owner.to_string();
    let rows = sql.query(
        "SELECT n.no, n.event_id, n.at, n.item_id, n.kind, n.words, p.receipt, p.title
         FROM notices n JOIN portal_items p ON p.item_id = n.item_id
         WHERE p.owner = ?1 AND n.taken_back_at IS NULL AND NOT EXISTS
           (SELECT 1 FROM notice_deliveries d WHERE d.notice_no = n.no AND d.channel = ?3)
         UNION ALL
         SELECT n.no, n.event_id, n.at, n.item_id, n.kind, n.words, '', '' FROM notices n
         WHERE n.kind = ?4 AND n.at >= COALESCE((SELECT created_at FROM users WHERE name = ?5), 0)
         ORDER BY 1 DESC LIMIT ?2",
        bind![
            &owner,
            limit,
            Channel::Phone.code(),
            NoticeKind::Topic.code(),
            owner.strip_prefix("user:").unwrap_or_default()
        ],
    )?;
    rows.iter().map(read).collect()
}

pub(super) fn read(row: &Row) -> Result<Notice, StoreError> {
    Ok(Notice {
        no: row.int(0)?,
        event: EventId::from_stored(row.text(1)?),
        at: row.time(2)?,
        item: super::items::read_id(row, 3)?,
        kind: row.parsed(4, NoticeKind::from_code)?,
        words: row.text(5)?.to_owned(),
        receipt: row.text(6)?.to_owned(),
        title: row.text(7)?.to_owned(),
    })
}

/// An item was received, or corrected: the system that sent it is told, where it wants to be.
pub(super) fn tell_received(
    tx: &mut Tx<'_>,
    item: &ItemId,
    source: &SourceId,
    rev: i64,
) -> Result<(), StoreError> {
    put_notice(tx, (item, source, rev), NoticeKind::Received, "已收到，编辑会尽快阅看", false, 0)
}

/// A contributor's own item was noted as theirs: they are told that it came in.
pub(super) fn tell_owner_received(tx: &mut Tx<'_>, owner: &str, item: &ItemId) -> Result<(), StoreError> {
    let no = next_no(tx)?;
    let words = "已收到，编辑会尽快阅看";
    insert(tx, no, (item, 0), NoticeKind::Received, words)?;
    plan_ways(tx, no, owner, 0)
}

/// An item was moved.
pub(super) fn tell_moved(
    tx: &mut Tx<'_>,
    item: &ItemRow,
    to: ItemState,
    telling: Telling,
) -> Result<(), StoreError> {
    let about = (&item.id, &item.source, item.rev + 1);
    let own = match telling {
        Telling::Nobody => return Ok(()),
        Telling::Phone(words) => {
            return put_notice(tx, about, NoticeKind::Kept, &words, true, GRACE_SECONDS);
        }
        Telling::Words(words) => Some(words),
        Telling::ByState => None,
    };
    let (kind, words) = match to {
        // Merging is the office's own affair: who sent the item hears of what becomes of the matter.
        ItemState::Draft | ItemState::Received | ItemState::Merged => return Ok(()),
        ItemState::Editing if was_told(tx, &item.id, NoticeKind::Taken)? => return Ok(()),
        ItemState::Editing => (NoticeKind::Taken, "编辑正在据此编写信息".to_owned()),
        ItemState::Returned => (NoticeKind::Returned, "编辑请您补充，请登录后查看并再次报送".to_owned()),
        ItemState::Adopted => (NoticeKind::Issued, issued_words(tx, item.no)?),
        ItemState::Kept | ItemState::Declined | ItemState::Forwarded => (NoticeKind::Kept, KEPT.to_owned()),
        ItemState::Withdrawn => (NoticeKind::Withdrawn, "已按您的要求撤回".to_owned()),
    };
    let wait = match kind {
        NoticeKind::Returned | NoticeKind::Kept | NoticeKind::Taken | NoticeKind::Outcome => GRACE_SECONDS,
        NoticeKind::Received
        | NoticeKind::Issued
        | NoticeKind::Withdrawn
        | NoticeKind::Corrected
        | NoticeKind::Topic
        | NoticeKind::Tasks => 0,
    };
    put_notice(tx, about, kind, &own.unwrap_or(words), false, wait)
}

/// An act on an item was undone: what has not gone out never does; where something has, the correction follows.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn take_back_notice(tx: &mut Tx<'_>, item: &ItemRow, back_to: ItemState) -> Result<(), StoreError> {
    let row = tx.first(
        "SELECT no FROM notices WHERE item_id = ?1 AND item_rev = ?2 AND taken_back_at IS NULL",
        bind![item.id.as_bytes(), item.rev],
    )?;
    let Some(row) = row else { return Ok(()) };
    take_back(tx, row.int(0)?, item, back_to)
}

/// 采用 or 批示 was registered: whoever sent the item hears that there is one, once, and nothing of what it says.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn tell_outcome(tx: &mut Tx<'_>, item: &ItemRow, words: &str) -> Result<(), StoreError> {
    let told = tx.first(
        "SELECT 1 FROM notices WHERE item_id = ?1 AND kind = ?2 AND words = ?3 AND taken_back_at IS NULL",
        bind![item.id.as_bytes(), NoticeKind::Outcome.code(), words],
    )?;
    if told.is_some() {
        return Ok(());
    }
    // No revision of the item: registering moves nothing, and undoing a move must not take this back.
    put_notice(tx, (&item.id, &item.source, 0), NoticeKind::Outcome, words, false, GRACE_SECONDS)
}

/// A registration was withdrawn and no other says the same.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn take_back_outcome(tx: &mut Tx<'_>, item: &ItemRow, words: &str) -> Result<(), StoreError> {
    let rows = tx.query(
        "SELECT no FROM notices WHERE item_id = ?1 AND kind = ?2 AND words = ?3 AND taken_back_at IS NULL",
        bind![item.id.as_bytes(), NoticeKind::Outcome.code(), words],
    )?;
    rows.iter().try_for_each(|row| take_back(tx, row.int(0)?, item, item.state))
}

fn take_back(tx: &mut Tx<'_>, no: i64, item: &ItemRow, back_to: ItemState) -> Result<(), StoreError> {
    tx.execute("UPDATE notices SET taken_back_at = ?2 WHERE no = ?1", bind![no, tx.now()])?;
    tx.execute(
        "UPDATE notice_deliveries SET state = ?3, ended_at = ?4, told = ?5 WHERE notice_no = ?1 AND state = ?2
           AND attempts = 0",
        bind![
            no,
            DeliveryState::Waiting.code(),
            DeliveryState::Void.code(),
            tx.now(),
            "编辑已撤销该操作"
        ],
    )?;
    let gone = tx.first(
        "SELECT 1 FROM notice_deliveries WHERE notice_no = ?1 AND state <> ?2",
        bind![no, DeliveryState::Void.code()],
    )?;
    if gone.is_none() {
        return Ok(());
    }
    let words = format!("此前的通知已更正，目前办理情况：{}", public_label(back_to));
    put_notice(tx, (&item.id, &item.source, item.rev), NoticeKind::Corrected, &words, false, GRACE_SECONDS)
}

fn public_label(state: ItemState) -> &'static str {
    use crate::model::PublicState as P;
    match state.public() {
        P::Received => "已收到",
        P::Editing => "编辑中",
        P::Adopted => "已采用",
        P::Kept => "留作参考",
        P::Returned => "请补充",
        P::Withdrawn => "已撤回",
    }
}

/// What a contributor is told of the last issue that carries their item.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn issued_words(sql: &mut dyn Sql, item_no: i64) -> Result<String, StoreError> {
    let last = super::issued_uses(sql, item_no)?.pop();
    Ok(last.map_or_else(
        || "已编入信息报送，感谢您的反映".to_owned(),
        |(_, year, number, _)| format!("已编入 {year} 年第 {number} 期信息报送，感谢您的反映"),
    ))
}

fn was_told(sql: &mut dyn Sql, item: &ItemId, kind: NoticeKind) -> Result<bool, StoreError> {
    let row = sql.first(
        "SELECT 1 FROM notices WHERE item_id = ?1 AND kind = ?2 AND taken_back_at IS NULL",
        bind![item.as_bytes(), kind.code()],
    )?;
    Ok(row.is_some())
}

/// The next number. Writes stand in one line, so nobody else takes it and the order of numbers is that of the changes.
pub(super) fn next_no(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let row = tx.first("SELECT CAST(COALESCE(MAX(no), 0) + 1 AS BIGINT) FROM notices", &[])?;
    row.map_or(Ok(1), |row| row.int(0))
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    no: i64,
    (item, rev): (&ItemId, i64),
    kind: NoticeKind,
    words: &str,
) -> Result<(), StoreError> {
    let event = EventId::derive(no, item);
    tx.execute(
        "INSERT INTO notices (no, event_id, at, item_id, item_rev, kind, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        bind![no, event.as_str(), tx.now(), item.as_bytes(), rev, kind.code(), words],
    )?;
    Ok(())
}

/// Writes a notice for whoever is to hear of it: its owner, the system that sent it, who is to call. Nobody, no row.
fn put_notice(
    tx: &mut Tx<'_>,
    (item, source, rev): (&ItemId, &SourceId, i64),
    kind: NoticeKind,
    words: &str,
    phone: bool,
    wait: i64,
) -> Result<(), StoreError> {
    let hook = tx.first(
        "SELECT 1 FROM webhooks WHERE source_id = ?1 AND removed_at IS NULL",
        bind![source.as_str()],
    )?;
    // Nobody but a webhook hears of arrivals here: whose item it is, is noted later (`tell_owner_received`).
    let arrived = kind == NoticeKind::Received && rev <= 1;
    let owners = if arrived { Vec::new() } else { owners(tx, item)? };
    if hook.is_none() && owners.is_empty() && !phone {
        return Ok(());
    }
    let no = next_no(tx)?;
    insert(tx, no, (item, rev), kind, words)?;
    if phone {
        return plan(tx, no, Channel::Phone, "", 0);
    }
    if hook.is_some() {
        plan(tx, no, Channel::Webhook, source.as_str(), wait)?;
    }
    owners.iter().try_for_each(|owner| plan_ways(tx, no, owner, wait))
}

/// Writes the notice of a receipt that goes back to an address, and gives its number.
pub(super) fn put_reply_notice(
    tx: &mut Tx<'_>,
    about: &ItemId,
    (kind, channel): (NoticeKind, Channel),
    address: &str,
    words: &str,
) -> Result<i64, StoreError> {
    let no = next_no(tx)?;
    insert(tx, no, (about, 0), kind, words)?;
    plan(tx, no, channel, address, 0)?;
    Ok(no)
}

fn owners(sql: &mut dyn Sql, item: &ItemId) -> Result<Vec<String>, StoreError> {
    let rows = sql
        .query("SELECT owner FROM portal_items WHERE item_id = ?1 ORDER BY owner", bind![item.as_bytes()])?;
    rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

pub(super) fn plan_ways(tx: &mut Tx<'_>, no: i64, owner: &str, wait: i64) -> Result<(), StoreError> {
    let choice = choice_of(tx, owner)?;
    if choice.mail != MailChoice::None && !choice.address.is_empty() {
        plan(tx, no, Channel::Mail, owner, wait)?;
    }
    if choice.way_when != MailChoice::None && !choice.way.is_empty() && !choice.number.is_empty() {
        plan(tx, no, Channel::Own, owner, wait)?;
    }
    Ok(())
}

pub(super) fn plan(
    tx: &mut Tx<'_>,
    no: i64,
    channel: Channel,
    target: &str,
    wait: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO notice_deliveries (notice_no, channel, target, state, attempts, tries_left, due_at, told)
         VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, '') ON CONFLICT DO NOTHING",
        bind![
            no,
            channel.code(),
            target,
            DeliveryState::Waiting.code(),
            TRIES,
            tx.now().plus_seconds(wait)
        ],
    )?;
    Ok(())
}
