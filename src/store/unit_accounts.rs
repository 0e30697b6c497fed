//! 单位账户: people with accounts of their own who belong to a unit, whether it wants 本级审核, and what was sent in its name.

use serde_json::json;

use crate::model::{Actor, ItemId, ItemState, Receipt, Timestamp, UserName};

use super::items::read_id;
use super::reporters::reporter_object;
use super::sql::{Sql, bind};
use super::{StoreError, Tx, put_own_item, read_reporter, read_user};

/// Somebody who belongs to a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitPerson {
    /// With which one signs in.
    pub account: String,
    /// 姓名.
    pub title: String,
    /// Whether one passes what others write.
    pub reviewer: bool,
    /// Since when.
    pub since: Timestamp,
    /// Until when; none while one belongs to it.
    pub left_at: Option<Timestamp>,
}

/// The unit that somebody belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnUnit {
    /// Its entry.
    pub no: i64,
    /// Its name.
    pub name: String,
    /// Whether one passes what others write.
    pub reviewer: bool,
    /// Whether the unit wants items passed before they are sent.
    pub review_first: bool,
    /// Whether somebody else can pass them.
    pub others_review: bool,
}

impl OwnUnit {
    /// Whether what this person writes waits for somebody: nobody passes their own, unless no other may.
    pub fn must_wait(&self) -> bool {
        self.review_first && (self.others_review || !self.reviewer)
    }
}

/// What was sent in the name of a unit.
#[derive(Debug, Clone)]
pub struct UnitItem {
    /// Its id.
    pub id: ItemId,
    /// 回执.
    pub receipt: String,
    /// 标题.
    pub title: String,
    /// The account that wrote it.
    pub author: String,
    /// When it was sent.
    pub at: Timestamp,
    /// Where it stands; none while no worker has stored it yet.
    pub state: Option<ItemState>,
}

/// Adds somebody to a unit, or changes whether they review.
///
/// # Errors
/// [`StoreError::NotFound`] for account or unit, [`StoreError::Constraint`] where they belong to another.
pub fn put_unit_person(
    tx: &mut Tx<'_>,
    unit: i64,
    account: &UserName,
    reviewer: bool,
    by: &Actor,
) -> Result<(), StoreError> {
    let name = a_unit(tx, unit)?;
    read_user(tx, account)?;
    if let Some(other) = unit_of(tx, account.as_str())?.filter(|other| other.no != unit) {
        let told = format!("账户 {account} 属于“{}”，请先从那里移出", other.name);
        return Err(StoreError::Constraint(told));
    }
    tx.execute(
        "INSERT INTO unit_people (unit_no, account, reviewer, since) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (unit_no, account) DO UPDATE SET reviewer = excluded.reviewer, left_at = NULL",
        bind![unit, account.as_str(), i64::from(reviewer), tx.now()],
    )?;
    let detail = json!({ "name": name, "account": account.as_str(), "reviewer": reviewer });
    tx.audit(by, "unit.person", &reporter_object(unit), &detail)
}

/// Somebody leaves a unit; what they sent in its name stays the unit's.
///
/// # Errors
/// [`StoreError::NotFound`] when they do not belong to it.
pub fn leave_unit(tx: &mut Tx<'_>, unit: i64, account: &UserName, by: &Actor) -> Result<(), StoreError> {
    let name = a_unit(tx, unit)?;
    let left = tx.execute(
        "UPDATE unit_people SET left_at = ?3 WHERE unit_no = ?1 AND account = ?2 AND left_at IS NULL",
        bind![unit, account.as_str(), tx.now()],
    )?;
    if left == 0 {
        return Err(StoreError::NotFound(format!("单位中的账户 {account}")));
    }
    let detail = json!({ "name": name, "account": account.as_str() });
    tx.audit(by, "unit.leave", &reporter_object(unit), &detail)
}

/// 本级审核, wanted or not; the same again changes nothing.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such unit.
pub fn set_unit_review(tx: &mut Tx<'_>, unit: i64, wanted: bool, by: &Actor) -> Result<(), StoreError> {
    let name = a_unit(tx, unit)?;
    let changed = if wanted {
        tx.execute(
            "INSERT INTO unit_reviews (unit_no, since) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            bind![unit, tx.now()],
        )?
    } else {
        tx.execute("DELETE FROM unit_reviews WHERE unit_no = ?1", bind![unit])?
    };
    if changed == 0 {
        return Ok(());
    }
    let detail = json!({ "name": name, "review_first": wanted });
    tx.audit(by, "unit.review_first", &reporter_object(unit), &detail)
}

fn a_unit(sql: &mut dyn Sql, no: i64) -> Result<String, StoreError> {
    let fields = read_reporter(sql, no)?.fields;
    match fields.form {
        crate::model::ReporterForm::Unit => Ok(fields.name),
        crate::model::ReporterForm::Person => Err(StoreError::NotFound(format!("单位 {no}"))),
    }
}

/// Whether a unit wants items passed before they are sent.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn unit_review_first(sql: &mut dyn Sql, unit: i64) -> Result<bool, StoreError> {
    Ok(sql.first("SELECT 1 FROM unit_reviews WHERE unit_no = ?1", bind![unit])?.is_some())
}

/// Everybody who belongs or belonged to a unit.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn unit_people(sql: &mut dyn Sql, unit: i64) -> Result<Vec<UnitPerson>, StoreError> {
    let rows = sql.query(
        "SELECT p.account, u.title, p.reviewer, p.since, p.left_at FROM unit_people p
         JOIN users u ON u.name = p.account WHERE p.unit_no = ?1 ORDER BY p.since, p.account",
        bind![unit],
    )?;
    rows.iter()
        .map(|row| {
            Ok(UnitPerson {
                account: row.text(0)?.to_owned(),
                title: row.text(1)?.to_owned(),
                reviewer: row.int(2)? == 1,
                since: row.time(3)?,
                left_at: row.opt_int(4)?.map(Timestamp::from_micros),
            })
        })
        .collect()
}

/// The unit that somebody belongs to, while it is in use.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn unit_of(sql: &mut dyn Sql, account: &str) -> Result<Option<OwnUnit>, StoreError> {
    let row = sql.first(
        "SELECT r.no, r.name, p.reviewer, (SELECT count(*) FROM unit_reviews v WHERE v.unit_no = r.no),
           (SELECT count(*) FROM unit_people o JOIN users u ON u.name = o.account
            WHERE o.unit_no = r.no AND o.account <> ?1 AND o.reviewer = 1 AND o.left_at IS NULL
              AND u.disabled_at IS NULL)
         FROM unit_people p JOIN reporters r ON r.no = p.unit_no
         WHERE p.account = ?1 AND p.left_at IS NULL AND r.retired_at IS NULL",
        bind![account],
    )?;
    row.map(|row| {
        Ok(OwnUnit {
            no: row.int(0)?,
            name: row.text(1)?.to_owned(),
            reviewer: row.int(2)? == 1,
            review_first: row.int(3)? > 0,
            others_review: row.int(4)? > 0,
        })
    })
    .transpose()
}

/// Notes what was sent in the name of a unit; the same again changes nothing.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_unit_item(
    tx: &mut Tx<'_>,
    unit: i64,
    author: &str,
    (item, receipt): (&ItemId, &Receipt),
    title: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO unit_items (unit_no, item_id, receipt, title, author, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (unit_no, item_id) DO UPDATE SET title = excluded.title",
        bind![unit, item.as_bytes(), receipt.as_str(), title, author, tx.now()],
    )?;
    Ok(())
}

/// Notes what somebody sent as their own, and as their unit's where it was sent in its name; what is the unit's stays so.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn put_sent(
    tx: &mut Tx<'_>,
    owner: &Actor,
    item: (&ItemId, &Receipt),
    title: &str,
    as_unit: bool,
) -> Result<(), StoreError> {
    put_own_item(tx, owner, item, title)?;
    let Actor::User(account) = owner else { return Ok(()) };
    match unit_of(tx, account)? {
        Some(unit) if as_unit || is_unit_item(tx, unit.no, item.0)? => {
            put_unit_item(tx, unit.no, account, item, title)
        }
        _ => Ok(()),
    }
}

/// Whether an item was sent in the name of a unit.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn is_unit_item(sql: &mut dyn Sql, unit: i64, item: &ItemId) -> Result<bool, StoreError> {
    let row = sql.first(
        "SELECT 1 FROM unit_items WHERE unit_no = ?1 AND item_id = ?2",
        bind![unit, item.as_bytes()],
    )?;
    Ok(row.is_some())
}

/// What was sent in the name of a unit, by whomever, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn unit_items(sql: &mut dyn Sql, unit: i64, limit: i64) -> Result<Vec<UnitItem>, StoreError> {
    let rows = sql.query(
        "SELECT s.item_id, s.receipt, s.title, s.author, s.at, i.state FROM unit_items s
         LEFT JOIN items i ON i.id = s.item_id WHERE s.unit_no = ?1 ORDER BY s.at DESC, s.receipt LIMIT ?2",
        bind![unit, limit],
    )?;
    rows.iter()
        .map(|row| {
            let state = row.opt_text(5)?.map(|code| {
                ItemState::from_code(code).ok_or_else(|| StoreError::Corrupt(format!("state {code}")))
            });
            Ok(UnitItem {
                id: read_id(row, 0)?,
                receipt: row.text(1)?.to_owned(),
                title: row.text(2)?.to_owned(),
                author: row.text(3)?.to_owned(),
                at: row.time(4)?,
                state: state.transpose()?,
            })
        })
        .collect()
}
