//! 采用 and 批示 of manuscripts. Nothing is erased: every revision stays, a withdrawn registration is marked.

use serde::Serialize;
use serde_json::json;

use crate::model::{Actor, BlobHash, ManuscriptId, Outcome, OutcomeKind, Timestamp};

use super::items::read_rows;
use super::manuscripts::items_of;
use super::notices::{take_back_outcome, tell_outcome};
use super::outcome_lists::kinds_of_item;
use super::sql::{Sql, bind};
use super::{ItemRow, StoreError, Tx};

/// A registration as it stands.
#[derive(Debug, Clone, Serialize)]
pub struct OutcomeRecord {
    /// Its number.
    pub no: i64,
    /// Of which manuscript.
    pub manuscript: ManuscriptId,
    /// The title of the manuscript.
    pub title: String,
    /// What it says.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The scan of the paper.
    #[serde(skip)]
    pub scan: Option<BlobHash>,
    /// The name of the scan's file; empty without one.
    pub scan_name: String,
    /// From 1.
    pub rev: i64,
    /// When it was entered or last changed.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// What contributors are told, by kind: plain words, no content.
fn words(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Single | OutcomeKind::Composite => "您反映的情况已被上级采用，感谢您的反映",
        OutcomeKind::PassedOn => "您反映的情况已转送有关部门研究",
        OutcomeKind::Instructed => "您反映的情况已有批示，感谢您的反映",
    }
}

/// What contributors are told of an item's registrations: each wording once.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn outcome_words(sql: &mut dyn Sql, item: i64) -> Result<Vec<&'static str>, StoreError> {
    let mut all: Vec<&'static str> = kinds_of_item(sql, item)?.into_iter().map(words).collect();
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// Enters a registration, gives its number, and tells the contributors that there is one.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_outcome(
    tx: &mut Tx<'_>,
    manuscript: &ManuscriptId,
    outcome: &Outcome,
    scan: Option<(&BlobHash, &str)>,
    by: &Actor,
) -> Result<i64, StoreError> {
    let row = tx.first("SELECT CAST(COALESCE(MAX(no), 0) + 1 AS BIGINT) FROM outcomes", &[])?;
    let no = row.map_or(Ok(1), |row| row.int(0))?;
    let (fields, json) = (outcome.fields(), json_of(outcome)?);
    let blob = scan.map(|(hash, _)| hash.as_bytes());
    tx.execute(
        "INSERT INTO outcomes (no, manuscript_id, same_key, kind, level, outlet, day, record, scan, scan_name, rev, at, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, ?11, ?12)",
        bind![
            no,
            manuscript.as_bytes(),
            &outcome.key(),
            fields.kind.code(),
            fields.level.code(),
            &fields.outlet,
            &fields.date.to_string(),
            &json,
            blob,
            scan.map_or("", |(_, name)| name),
            tx.now(),
            &by.to_string()
        ],
    )?;
    put_version(tx, (no, 1), &json, blob, by, ("登记", ""))?;
    for item in items(tx, manuscript)? {
        tell_outcome(tx, &item, words(fields.kind))?;
    }
    note(tx, by, "outcome.add", no, manuscript, outcome, "")
}

/// Changes a registration, from the revision that was read; the one before stays among its versions. Without a new scan
/// the one it has stays.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile or was withdrawn.
pub fn correct_outcome(
    tx: &mut Tx<'_>,
    known: &OutcomeRecord,
    outcome: &Outcome,
    scan: Option<(&BlobHash, &str)>,
    by: &Actor,
    comment: &str,
) -> Result<(), StoreError> {
    let (fields, json) = (outcome.fields(), json_of(outcome)?);
    let blob = scan.map(|(hash, _)| hash).or(known.scan.as_ref()).map(BlobHash::as_bytes);
    let changed = tx.execute(
        "UPDATE outcomes SET same_key = ?3, kind = ?4, level = ?5, outlet = ?6, day = ?7, record = ?8, scan = ?9,
         scan_name = ?10, rev = rev + 1, at = ?11, actor = ?12 WHERE no = ?1 AND rev = ?2 AND withdrawn_at IS NULL",
        bind![
            known.no,
            known.rev,
            &outcome.key(),
            fields.kind.code(),
            fields.level.code(),
            &fields.outlet,
            &fields.date.to_string(),
            &json,
            blob,
            scan.map_or(known.scan_name.as_str(), |(_, name)| name),
            tx.now(),
            &by.to_string()
        ],
    )?;
    if changed == 0 {
        return Err(StoreError::Stale);
    }
    put_version(tx, (known.no, known.rev + 1), &json, blob, by, ("更正", comment))?;
    let (before, after) = (known.outcome.fields().kind, fields.kind);
    if words(before) != words(after) {
        untell(tx, &known.manuscript, before)?;
        for item in items(tx, &known.manuscript)? {
            tell_outcome(tx, &item, words(after))?;
        }
    }
    note(tx, by, "outcome.correct", known.no, &known.manuscript, outcome, comment).map(drop)
}

/// Marks a registration as withdrawn, from the revision that was read.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile or was withdrawn.
pub fn withdraw_outcome(
    tx: &mut Tx<'_>,
    known: &OutcomeRecord,
    by: &Actor,
    comment: &str,
) -> Result<(), StoreError> {
    let changed = tx.execute(
        "UPDATE outcomes SET withdrawn_at = ?3, rev = rev + 1, at = ?3, actor = ?4
         WHERE no = ?1 AND rev = ?2 AND withdrawn_at IS NULL",
        bind![known.no, known.rev, tx.now(), &by.to_string()],
    )?;
    if changed == 0 {
        return Err(StoreError::Stale);
    }
    let (json, blob) = (json_of(&known.outcome)?, known.scan.as_ref().map(BlobHash::as_bytes));
    put_version(tx, (known.no, known.rev + 1), &json, blob, by, ("撤销", comment))?;
    untell(tx, &known.manuscript, known.outcome.fields().kind)?;
    note(tx, by, "outcome.withdraw", known.no, &known.manuscript, &known.outcome, comment).map(drop)
}

/// Takes back what contributors were told of one kind, of the items that no other registration says the same of.
fn untell(tx: &mut Tx<'_>, manuscript: &ManuscriptId, kind: OutcomeKind) -> Result<(), StoreError> {
    for item in items(tx, manuscript)? {
        let left = kinds_of_item(tx, item.no)?;
        if !left.iter().any(|other| words(*other) == words(kind)) {
            take_back_outcome(tx, &item, words(kind))?;
        }
    }
    Ok(())
}

fn items(sql: &mut dyn Sql, manuscript: &ManuscriptId) -> Result<Vec<ItemRow>, StoreError> {
    let numbers: Vec<i64> = items_of(sql, manuscript)?.into_iter().map(|(no, _)| no).collect();
    read_rows(sql, &numbers)
}

fn json_of(outcome: &Outcome) -> Result<String, StoreError> {
    serde_json::to_string(outcome.fields()).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn put_version(
    tx: &mut Tx<'_>,
    (no, rev): (i64, i64),
    json: &str,
    scan: Option<&[u8]>,
    by: &Actor,
    (action, comment): (&str, &str),
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO outcome_versions (outcome_no, rev, record, scan, at, actor, action, comment)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        bind![no, rev, json, scan, tx.now(), &by.to_string(), action, comment],
    )?;
    Ok(())
}

/// The log names what was done, not the wording: whoever reads the log need not be one who may read that.
fn note(
    tx: &mut Tx<'_>,
    by: &Actor,
    action: &str,
    no: i64,
    manuscript: &ManuscriptId,
    outcome: &Outcome,
    comment: &str,
) -> Result<i64, StoreError> {
    let fields = outcome.fields();
    let detail = json!({
        "no": no, "kind": fields.kind, "level": fields.level, "date": fields.date, "readers": fields.readers,
        "comment": comment,
    });
    tx.audit(by, action, &manuscript.to_string(), &detail)?;
    Ok(no)
}
