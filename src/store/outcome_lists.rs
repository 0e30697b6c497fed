//! 采用 and 批示 as they are looked up and listed.

use crate::model::{
    Actor, BlobHash, LocalDate, ManuscriptId, Outcome, OutcomeFields, OutcomeKind, OutcomeLevel, Texts,
    Timestamp,
};

use super::StoreError;
use super::exchange::elsewhere;
use super::outcomes::OutcomeRecord;
use super::sql::{Row, Sql, bind};

/// A revision of a registration.
#[derive(Debug, Clone)]
pub struct OutcomeVersion {
    /// From 1.
    pub rev: i64,
    /// What it said.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// 登记, 更正 or 撤销.
    pub action: String,
    /// Why.
    pub comment: String,
}

/// Which registrations are listed; days both included.
#[derive(Debug, Clone, Default)]
pub struct OutcomeFilter {
    /// 级别.
    pub level: Option<OutcomeLevel>,
    /// 单篇, 综合, 转送 or 批示.
    pub kind: Option<OutcomeKind>,
    /// From this day on.
    pub from: Option<LocalDate>,
    /// Up to this day.
    pub to: Option<LocalDate>,
    /// A part of the title or of the outlet's name.
    pub words: Option<String>,
    /// Those that were withdrawn too.
    pub withdrawn: bool,
}

/// What became of an item, without any content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutcomeMark {
    /// Adopted or passed on by a level.
    pub adopted: bool,
    /// 批示.
    pub instructed: bool,
}

impl OutcomeMark {
    /// The mark of lists: the higher of the two; empty where there is neither.
    pub fn label(self) -> &'static str {
        match (self.instructed, self.adopted) {
            (true, _) => "有批示",
            (false, true) => "有采用",
            (false, false) => "",
        }
    }
}

/// The title of a manuscript that may have been adopted, with what else tells it from others.
#[derive(Debug, Clone)]
pub struct KnownTitle {
    /// Which.
    pub id: ManuscriptId,
    /// 标题.
    pub title: String,
    /// 署名.
    pub credit: String,
    /// When it was made, or printed where that was earlier.
    pub made_at: Timestamp,
    /// 期 that printed it: series, year, number; none where none did.
    pub issue: Option<(String, i64, i64)>,
}

const RECORD: &str = "SELECT o.no, o.manuscript_id, m.title, o.record, o.scan, o.scan_name, o.rev, o.at, o.actor, o.withdrawn_at
     FROM outcomes o JOIN manuscripts m ON m.id = o.manuscript_id";

/// The registration of a manuscript with this key, and whether it was withdrawn.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn outcome_like(
    sql: &mut dyn Sql,
    manuscript: &ManuscriptId,
    key: &str,
) -> Result<Option<(i64, bool)>, StoreError> {
    let row = sql.first(
        "SELECT no, withdrawn_at FROM outcomes WHERE manuscript_id = ?1 AND same_key = ?2
         ORDER BY CASE WHEN withdrawn_at IS NULL THEN 0 ELSE 1 END, no LIMIT 1",
        bind![manuscript.as_bytes(), key],
    )?;
    row.map(|row| Ok((row.int(0)?, row.opt_int(1)?.is_some()))).transpose()
}

/// A registration.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn read_outcome(sql: &mut dyn Sql, no: i64) -> Result<OutcomeRecord, StoreError> {
    let row = sql.first(&format!("{RECORD} WHERE o.no = ?1"), bind![no])?;
    read(&row.ok_or_else(|| StoreError::NotFound(format!("采用登记 {no}")))?)
}

/// The registrations of a manuscript in the order of their days, withdrawn ones too.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn outcomes_of(sql: &mut dyn Sql, manuscript: &ManuscriptId) -> Result<Vec<OutcomeRecord>, StoreError> {
    let text = format!("{RECORD} WHERE o.manuscript_id = ?1 ORDER BY o.day, o.no");
    sql.query(&text, bind![manuscript.as_bytes()])?.iter().map(read).collect()
}

/// Registrations, the latest day first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_outcomes(
    sql: &mut dyn Sql,
    filter: &OutcomeFilter,
    limit: i64,
) -> Result<Vec<OutcomeRecord>, StoreError> {
    let text = format!(
        "{RECORD} WHERE (o.level = ?1 OR ?1 IS NULL) AND (o.kind = ?2 OR ?2 IS NULL) AND (o.day >= ?3 OR ?3 IS NULL)
         AND (o.day <= ?4 OR ?4 IS NULL) AND (m.title LIKE ?5 ESCAPE '!' OR o.outlet LIKE ?5 ESCAPE '!' OR ?5 IS NULL)
         AND (o.withdrawn_at IS NULL OR ?6 = 1) ORDER BY o.day DESC, o.no DESC LIMIT ?7"
    );
    let day = |day: Option<LocalDate>| day.map(|day| day.to_string());
    let (from, to) = (day(filter.from), day(filter.to));
    let words = filter
        .words
        .as_ref()
        .map(|words| format!("%{}%", words.replace('!', "!!").replace('%', "!%").replace('_', "!_")));
    let rows = sql.query(
        &text,
        bind![
            filter.level.map(OutcomeLevel::code),
            filter.kind.map(OutcomeKind::code),
            from.as_deref(),
            to.as_deref(),
            words.as_deref(),
            i64::from(filter.withdrawn),
            limit
        ],
    )?;
    rows.iter().map(read).collect()
}

/// Every revision of a registration, oldest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn outcome_versions(sql: &mut dyn Sql, no: i64) -> Result<Vec<OutcomeVersion>, StoreError> {
    let rows = sql.query(
        "SELECT rev, record, at, actor, action, comment FROM outcome_versions WHERE outcome_no = ?1 ORDER BY rev",
        bind![no],
    )?;
    rows.iter()
        .map(|row| {
            Ok(OutcomeVersion {
                rev: row.int(0)?,
                outcome: outcome(row, 1)?,
                at: row.time(2)?,
                actor: row.actor(3)?,
                action: row.text(4)?.to_owned(),
                comment: row.text(5)?.to_owned(),
            })
        })
        .collect()
}

pub(super) fn kinds_of_item(sql: &mut dyn Sql, item: i64) -> Result<Vec<OutcomeKind>, StoreError> {
    let rows = sql.query(
        "SELECT DISTINCT o.kind FROM manuscript_items mi JOIN outcomes o ON o.manuscript_id = mi.manuscript_id
         WHERE mi.item_no = ?1 AND o.withdrawn_at IS NULL",
        bind![item],
    )?;
    rows.iter().map(|row| row.parsed(0, OutcomeKind::from_code)).collect()
}

/// Whether an item was adopted by a level, or a leader noted on it.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn outcome_mark(sql: &mut dyn Sql, item: i64) -> Result<OutcomeMark, StoreError> {
    let kinds = kinds_of_item(sql, item)?;
    let elsewhere = elsewhere(sql, item)?;
    Ok(OutcomeMark {
        adopted: elsewhere.adopted || kinds.iter().any(|kind| *kind != OutcomeKind::Instructed),
        instructed: elsewhere.instructed || kinds.contains(&OutcomeKind::Instructed),
    })
}

/// The titles of all manuscripts that were not given up, by which lists of adoptions are matched.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn known_titles(sql: &mut dyn Sql) -> Result<Vec<KnownTitle>, StoreError> {
    let rows = sql.query(
        "SELECT m.id, m.created_at, s.texts, i.series, i.year, i.number, i.printed_date FROM manuscripts m
         JOIN manuscript_steps s ON s.manuscript_id = m.id
          AND s.step = (SELECT MAX(step) FROM manuscript_steps WHERE manuscript_id = m.id)
         LEFT JOIN issues i ON i.id = m.issue_id WHERE m.state <> 'dropped' ORDER BY m.created_at, m.id",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            let texts: Texts = row.parsed(2, |json| serde_json::from_str(json).ok())?;
            let number = (row.opt_text(3)?, row.opt_int(4)?, row.opt_int(5)?);
            Ok(KnownTitle {
                id: ManuscriptId::from_bytes(row.blob(0)?).map_err(|e| StoreError::Corrupt(e.to_string()))?,
                title: texts.title,
                credit: texts.credit,
                made_at: match row.opt_text(6)?.and_then(|day| LocalDate::parse(day).ok()) {
                    // An issue of earlier years was entered long after it was printed.
                    Some(printed) => row.time(1)?.min(printed.start()),
                    None => row.time(1)?,
                },
                issue: match number {
                    (Some(series), Some(year), Some(number)) => Some((series.to_owned(), year, number)),
                    _ => None,
                },
            })
        })
        .collect()
}

fn outcome(row: &Row, at: usize) -> Result<Outcome, StoreError> {
    row.parsed(at, |json| serde_json::from_str::<OutcomeFields>(json).ok()).map(Outcome::from_stored)
}

fn read(row: &Row) -> Result<OutcomeRecord, StoreError> {
    let damaged = |error: crate::model::IdError| StoreError::Corrupt(error.to_string());
    Ok(OutcomeRecord {
        no: row.int(0)?,
        manuscript: ManuscriptId::from_bytes(row.blob(1)?).map_err(damaged)?,
        title: row.text(2)?.to_owned(),
        outcome: outcome(row, 3)?,
        scan: row.opt_blob(4)?.map(BlobHash::from_bytes).transpose().map_err(damaged)?,
        scan_name: row.text(5)?.to_owned(),
        rev: row.int(6)?,
        at: row.time(7)?,
        actor: row.actor(8)?,
        withdrawn_at: row.opt_int(9)?.map(Timestamp::from_micros),
    })
}
