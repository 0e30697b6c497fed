//! 本级审核: what a person of a unit sent waits here as it will be accepted, whatever way it came, until another of the unit
//! passes or returns it.

use serde_json::json;

use crate::model::{Actor, ItemId, Receipt, SourceId, Timestamp, UnitDraftState};

use super::items::read_id;
use super::reporters::reporter_object;
use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx};

/// Something that is to wait.
#[derive(Debug, Clone)]
pub struct NewUnitDraft {
    /// 标题.
    pub title: String,
    /// The fields of the form; empty where it came by another way.
    pub fields: String,
    /// The item as it will be accepted.
    pub item: String,
    /// By which it is known: the same again is the same draft.
    pub form_key: String,
    /// The key of the request that sent it; empty where it names itself.
    pub request_key: String,
    /// Through which way in.
    pub source: SourceId,
    /// The receipt that it will have.
    pub receipt: Receipt,
    /// The item that it corrects.
    pub corrects: Option<ItemId>,
    /// Whether it is sent in the name of the unit, or in one's own.
    pub as_unit: bool,
}

/// What a person of a unit sent.
#[derive(Debug, Clone)]
pub struct UnitDraft {
    /// Its number.
    pub no: i64,
    /// Of which unit.
    pub unit: i64,
    /// The account that wrote it.
    pub author: String,
    /// 标题.
    pub title: String,
    /// The fields of the form; empty where it came by another way.
    pub fields: String,
    /// By which it is known; that of the form where it came by one.
    pub form_key: String,
    /// The key of the request that sent it; empty where it names itself.
    pub request_key: String,
    /// Where it stands.
    pub state: UnitDraftState,
    /// Why it was returned.
    pub comment: String,
    /// How often it changed.
    pub rev: i64,
    /// When it changed last.
    pub at: Timestamp,
    /// The item as it will be accepted; none where it waits since before every way in was reviewed.
    pub item: Option<String>,
    /// Through which way in.
    pub source: SourceId,
    /// The item that it corrects.
    pub corrects: Option<ItemId>,
    /// Whether it is sent in the name of the unit.
    pub as_unit: bool,
}

const DRAFT: &str = "SELECT d.no, d.unit_no, d.author, d.title, d.fields, d.form_key, d.state, d.comment, d.rev, d.at, \
                     d.item, d.source, d.corrects, d.as_unit, d.request_key FROM unit_drafts d";

/// 送本级审核: what somebody sent waits for a reviewer of the unit; gives it as it stands now. The same sent twice waits once;
/// one that was returned waits again; one that was sent already is left as it is.
///
/// # Errors
/// [`StoreError::Stale`] when it is on its way, and says something else.
pub fn put_unit_draft(
    tx: &mut Tx<'_>,
    unit: i64,
    account: &str,
    new: &NewUnitDraft,
) -> Result<UnitDraft, StoreError> {
    let known = match known_draft(tx, unit, account, new)? {
        Some(known) if known.state == UnitDraftState::Sent => return Ok(known),
        Some(known) if !known.state.may_change() => {
            let same = known.item.as_deref() == Some(&new.item);
            return if same { Ok(known) } else { Err(StoreError::Stale) };
        }
        // Whoever reads it at this moment reads the same.
        Some(known) if known.unit == unit && is_same(&known, new) => return Ok(known),
        other => other,
    };
    let no = match &known {
        Some(known) => {
            tx.execute(
                "UPDATE unit_drafts SET title = ?2, fields = ?3, state = ?4, rev = rev + 1, at = ?5, item = ?6,
                   receipt = ?7, as_unit = ?8, unit_no = ?9, request_key = ?10 WHERE no = ?1",
                bind![
                    known.no,
                    &new.title,
                    &new.fields,
                    UnitDraftState::Waiting.code(),
                    tx.now(),
                    &new.item,
                    new.receipt.as_str(),
                    i64::from(new.as_unit),
                    unit,
                    &new.request_key
                ],
            )?;
            known.no
        }
        None => insert(tx, unit, account, new)?,
    };
    let by = Actor::User(account.to_owned());
    let detail = json!({ "title": new.title, "draft": no, "source": new.source });
    tx.audit(&by, "unit.submit", &reporter_object(unit), &detail)?;
    unit_draft(tx, unit, no)
}

fn is_same(known: &UnitDraft, new: &NewUnitDraft) -> bool {
    known.state == UnitDraftState::Waiting
        && known.item.as_deref() == Some(&new.item)
        && known.as_unit == new.as_unit
}

fn insert(tx: &mut Tx<'_>, unit: i64, account: &str, new: &NewUnitDraft) -> Result<i64, StoreError> {
    let last = tx.first("SELECT COALESCE(MAX(no), 0) FROM unit_drafts", &[])?;
    let no = last.map_or(Ok(0), |row| row.int(0))? + 1;
    tx.execute(
        "INSERT INTO unit_drafts (no, unit_no, author, title, fields, form_key, state, comment, rev, at, item, source,
           receipt, corrects, as_unit, request_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', 1, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        bind![
            no,
            unit,
            account,
            &new.title,
            &new.fields,
            &new.form_key,
            UnitDraftState::Waiting.code(),
            tx.now(),
            &new.item,
            new.source.as_str(),
            new.receipt.as_str(),
            new.corrects.as_ref().map(|item| item.as_bytes()),
            i64::from(new.as_unit),
            &new.request_key
        ],
    )?;
    Ok(no)
}

/// What waits under the same key, or as a correction of the same item.
fn known_draft(
    sql: &mut dyn Sql,
    unit: i64,
    account: &str,
    new: &NewUnitDraft,
) -> Result<Option<UnitDraft>, StoreError> {
    let text = format!("{DRAFT} WHERE d.author = ?1 AND d.form_key = ?2");
    let mut row = sql.first(&text, bind![account, &new.form_key])?;
    if let (None, Some(item)) = (&row, &new.corrects) {
        let text = format!(
            "{DRAFT} WHERE d.author = ?1 AND d.corrects = ?2 AND d.unit_no = ?3 AND d.state <> ?4 ORDER BY d.no LIMIT 1"
        );
        row = sql.first(&text, bind![account, item.as_bytes(), unit, UnitDraftState::Sent.code()])?;
    }
    row.as_ref().map(draft).transpose()
}

/// A reviewer decides; from the revision that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it was decided or written anew meanwhile.
pub fn decide_unit_draft(
    tx: &mut Tx<'_>,
    before: &UnitDraft,
    to: UnitDraftState,
    comment: &str,
    by: &Actor,
) -> Result<(), StoreError> {
    if !before.state.may_become(to) {
        return Err(StoreError::Stale);
    }
    let reviewer = by.to_string();
    let done = tx.execute(
        "UPDATE unit_drafts SET state = ?3, comment = ?4, reviewer = ?5, rev = rev + 1, at = ?6
         WHERE no = ?1 AND rev = ?2 AND state = ?7",
        bind![before.no, before.rev, to.code(), comment, &reviewer, tx.now(), before.state.code()],
    )?;
    if done == 0 {
        return Err(StoreError::Stale);
    }
    let action = match to {
        UnitDraftState::Sent => "unit.pass",
        UnitDraftState::Returned => "unit.return",
        UnitDraftState::Waiting | UnitDraftState::Sending => return Ok(()),
    };
    let detail = json!({ "title": before.title, "draft": before.no, "comment": comment });
    tx.audit(by, action, &reporter_object(before.unit), &detail)
}

/// What a unit's people wrote and was not sent, those that wait first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn unit_drafts(sql: &mut dyn Sql, unit: i64, limit: i64) -> Result<Vec<UnitDraft>, StoreError> {
    let text = format!("{DRAFT} WHERE d.unit_no = ?1 AND d.state <> ?2 ORDER BY d.state DESC, d.no LIMIT ?3");
    let rows = sql.query(&text, bind![unit, UnitDraftState::Sent.code(), limit])?;
    rows.iter().map(draft).collect()
}

/// How many wait for a reviewer of a unit.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_unit_drafts(sql: &mut dyn Sql, unit: i64) -> Result<i64, StoreError> {
    let row = sql.first(
        "SELECT count(*) FROM unit_drafts WHERE unit_no = ?1 AND state IN (?2, ?3)",
        bind![unit, UnitDraftState::Waiting.code(), UnitDraftState::Sending.code()],
    )?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// One of them.
///
/// # Errors
/// [`StoreError::NotFound`] when the unit has none of this number.
pub fn unit_draft(sql: &mut dyn Sql, unit: i64, no: i64) -> Result<UnitDraft, StoreError> {
    let row = sql.first(&format!("{DRAFT} WHERE d.no = ?1 AND d.unit_no = ?2"), bind![no, unit])?;
    draft(&row.ok_or_else(|| StoreError::NotFound("本单位的这件稿".to_owned()))?)
}

/// Where what has this receipt stands on its way through 本级审核; none where it is not on it.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn unit_draft_state(sql: &mut dyn Sql, receipt: &Receipt) -> Result<Option<UnitDraftState>, StoreError> {
    let row = sql.first(
        "SELECT state FROM unit_drafts WHERE receipt = ?1 AND corrects IS NULL ORDER BY no DESC LIMIT 1",
        bind![receipt.as_str()],
    )?;
    row.map(|row| row.parsed(0, UnitDraftState::from_code)).transpose()
}

fn draft(row: &Row) -> Result<UnitDraft, StoreError> {
    let text = |at: usize| row.text(at).map(str::to_owned);
    let corrects = match row.opt_blob(12)? {
        Some(_) => Some(read_id(row, 12)?),
        None => None,
    };
    Ok(UnitDraft {
        no: row.int(0)?,
        unit: row.int(1)?,
        author: text(2)?,
        title: text(3)?,
        fields: text(4)?,
        form_key: text(5)?,
        state: row.parsed(6, UnitDraftState::from_code)?,
        comment: text(7)?,
        rev: row.int(8)?,
        at: row.time(9)?,
        item: row.opt_text(10)?.map(str::to_owned),
        source: row.parsed(11, |text| text.parse().ok())?,
        corrects,
        as_unit: row.int(13)? == 1,
        request_key: text(14)?,
    })
}
