//! 采用 and 批示 registered on manuscripts: who may read what, corrected and withdrawn with a reason, taken out as a list.

mod import;
mod matching;
mod view;

use crate::model::{
    Actor, BlobHash, LocalDate, ManuscriptId, Outcome, OutcomeFields, OutcomeKind, OutcomeLevel, Roles, User,
};
use crate::outcome::{Cell, Sheet};
use crate::store::{
    OutcomeFilter, OutcomeRecord, OutcomeVersion, Priority, Sql, StoreError, Tx, correct_outcome,
    insert_outcome, list_outcomes, outcome_like, outcome_versions, outcomes_of, read_manuscript,
    read_outcome, withdraw_outcome,
};

use super::{Desk, DeskError};

pub use import::{Picked, Proposed, Standing};
pub use view::{OutcomeView, VersionView, shown};

/// Registrations of one list.
const ROWS_MAX: i64 = 20_000;
/// Registrations that a page shows.
pub const LISTED: i64 = 500;
/// Largest scan.
pub const SCAN_MAX: usize = 16 << 20;
/// Longest reason.
const COMMENT_MAX: usize = 500;

/// A scan as it was sent.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The name of its file.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The kind of a scan by its first bytes, as a browser is told; none where it is no PDF, JPEG or PNG.
pub fn scan_kind(bytes: &[u8]) -> Option<&'static str> {
    let begins = |mark: &[u8]| bytes.starts_with(mark);
    if begins(b"%PDF-") {
        Some("application/pdf")
    } else if begins(&[0xFF, 0xD8, 0xFF]) {
        Some("image/jpeg")
    } else if begins(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else {
        None
    }
}

impl Desk {
    /// Enters a registration.
    ///
    /// # Errors
    /// When a field is missing, the scan is no PDF, JPEG or PNG, or the same is registered already.
    pub async fn add_outcome(
        &self,
        manuscript: ManuscriptId,
        fields: OutcomeFields,
        scan: Option<Scan>,
        by: Actor,
    ) -> Result<i64, DeskError> {
        let outcome = self.checked(fields)?;
        let scan = self.stored_scan(scan).await?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                read_manuscript(tx, &manuscript)?;
                if let Some((no, false)) = outcome_like(tx, &manuscript, &outcome.key())? {
                    return Err(again(no));
                }
                let scan = scan.as_ref().map(|(hash, name)| (hash, name.as_str()));
                Ok(insert_outcome(tx, &manuscript, &outcome, scan, &by)?)
            })
            .await
    }

    /// Corrects a registration; the one before stays among its versions.
    ///
    /// # Errors
    /// When it changed meanwhile, is not this person's to read, or no reason was given.
    pub async fn correct_outcome(
        &self,
        (no, rev): (i64, i64),
        fields: OutcomeFields,
        scan: Option<Scan>,
        comment: String,
        (by, roles): (Actor, Roles),
    ) -> Result<(), DeskError> {
        let outcome = self.checked(fields)?;
        reason(&comment)?;
        let scan = self.stored_scan(scan).await?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let known = current(tx, no, rev, &roles)?;
                let like = outcome_like(tx, &known.manuscript, &outcome.key())?;
                if let Some((other, false)) = like.filter(|(other, _)| *other != no) {
                    return Err(again(other));
                }
                let scan = scan.as_ref().map(|(hash, name)| (hash, name.as_str()));
                Ok(correct_outcome(tx, &known, &outcome, scan, &by, comment.trim())?)
            })
            .await
    }

    /// Withdraws a registration: it stays, marked.
    ///
    /// # Errors
    /// When it changed meanwhile, is not this person's to read, or no reason was given.
    pub async fn withdraw_outcome(
        &self,
        (no, rev): (i64, i64),
        comment: String,
        (by, roles): (Actor, Roles),
    ) -> Result<(), DeskError> {
        reason(&comment)?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                let known = current(tx, no, rev, &roles)?;
                Ok(withdraw_outcome(tx, &known, &by, comment.trim())?)
            })
            .await
    }

    /// The registrations of a manuscript, and its title.
    ///
    /// # Errors
    /// When there is no such manuscript.
    pub async fn outcomes_of(&self, id: ManuscriptId) -> Result<(String, Vec<OutcomeRecord>), DeskError> {
        Ok(self
            .store
            .read(move |sql: &mut dyn Sql| {
                Ok::<_, StoreError>((read_manuscript(sql, &id)?.texts.title, outcomes_of(sql, &id)?))
            })
            .await?)
    }

    /// One registration with its revisions.
    ///
    /// # Errors
    /// When there is none of this number.
    pub async fn outcome(&self, no: i64) -> Result<(OutcomeRecord, Vec<OutcomeVersion>), DeskError> {
        Ok(self
            .store
            .read(move |sql: &mut dyn Sql| {
                Ok::<_, StoreError>((read_outcome(sql, no)?, outcome_versions(sql, no)?))
            })
            .await?)
    }

    /// Registrations of a filter, the latest day first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn outcomes(&self, filter: OutcomeFilter, limit: i64) -> Result<Vec<OutcomeRecord>, DeskError> {
        Ok(self.store.read(move |sql: &mut dyn Sql| list_outcomes(sql, &filter, limit)).await?)
    }

    /// The scan of a registration: the name of its file, what it is, its bytes.
    ///
    /// # Errors
    /// When it has none, or it is not for this person.
    pub async fn outcome_scan(
        &self,
        no: i64,
        roles: &Roles,
    ) -> Result<(String, &'static str, Vec<u8>), DeskError> {
        let (record, _) = self.outcome(no).await?;
        if !record.outcome.fields().readers.admit(roles) {
            return Err(withheld(&record));
        }
        let hash = record.scan.ok_or_else(|| StoreError::NotFound("扫描件".to_owned()))?;
        let blobs = self.blobs.clone();
        let bytes = self.compute(move || Ok(blobs.get(&hash)?)).await?;
        let kind = scan_kind(&bytes).unwrap_or("application/octet-stream");
        Ok((record.scan_name, kind, bytes))
    }

    /// A filtered list as a spreadsheet; what the person may not read is withheld in it too.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn outcome_list(&self, filter: OutcomeFilter, by: &User) -> Result<Sheet, DeskError> {
        let (roles, of) = (by.standing(), told(&filter));
        let rows = self.outcomes(filter, ROWS_MAX).await?.into_iter().map(|row| shown(row, &roles).0);
        let cells = |(at, row): (i64, OutcomeRecord)| -> Vec<Cell> {
            let fields = row.outcome.fields();
            vec![
                at.into(),
                fields.date.to_string().into(),
                fields.level.label().into(),
                fields.kind.label().into(),
                row.title.clone().into(),
                fields.outlet.clone().into(),
                fields.number.clone().into(),
                fields.by.clone().into(),
                fields.wording.clone().into(),
                (if row.withdrawn_at.is_some() { "已撤销" } else { "" }).into(),
            ]
        };
        let rows: Vec<Vec<Cell>> = (1..).zip(rows).map(cells).collect();
        let columns = vec![
            ("序号", 6),
            ("日期", 12),
            ("级别", 8),
            ("类别", 10),
            ("标题", 46),
            ("采用单位", 24),
            ("期号", 14),
            ("批示人", 12),
            ("内容", 40),
            ("备注", 10),
        ];
        self.taken_out("采用和批示", &of, columns, rows, by).await
    }

    fn checked(&self, fields: OutcomeFields) -> Result<Outcome, DeskError> {
        let today = self.clock.now().date();
        Outcome::new(fields, today).map_err(|error| DeskError::Request(error.to_string()))
    }

    async fn stored_scan(&self, scan: Option<Scan>) -> Result<Option<(BlobHash, String)>, DeskError> {
        let Some(scan) = scan else { return Ok(None) };
        if scan_kind(&scan.bytes).is_none() {
            let detail = "扫描件须为 PDF、JPEG 或 PNG，没有登记，请另存后再选";
            return Err(DeskError::Request(detail.to_owned()));
        }
        let blobs = self.blobs.clone();
        let name: String = scan.name.chars().filter(|c| !c.is_control()).take(100).collect();
        let hash = self.compute(move || Ok(blobs.put(&scan.bytes)?)).await?;
        Ok(Some((hash, name)))
    }
}

/// What a list holds, for its head.
fn told(filter: &OutcomeFilter) -> String {
    let day = |day: Option<LocalDate>, open: &str| day.map_or_else(|| open.to_owned(), |day| day.to_string());
    let period = format!("{} 至 {}", day(filter.from, "起始"), day(filter.to, "今日"));
    let (level, kind) = (filter.level.map(OutcomeLevel::label), filter.kind.map(OutcomeKind::label));
    let parts = [Some(period.as_str()), level, kind, filter.words.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("　")
}

fn again(no: i64) -> DeskError {
    DeskError::Request(format!("同一采用已登记过（第 {no} 号），没有重复登记；如需补充请更正原登记"))
}

fn withheld(record: &OutcomeRecord) -> DeskError {
    let readers = record.outcome.fields().readers.label();
    DeskError::Forbidden(format!("这条登记限{readers}阅看和更正"))
}

fn reason(comment: &str) -> Result<(), DeskError> {
    match comment.trim().chars().count() {
        0 => Err(DeskError::Request("请写明更正或撤销的缘由".to_owned())),
        chars if chars > COMMENT_MAX => {
            Err(DeskError::Request(format!("缘由共 {chars} 字，超过 {COMMENT_MAX} 字的上限，请删减")))
        }
        _ => Ok(()),
    }
}

/// The registration, if nobody changed it since the form was made and this person may read what it says.
fn current(sql: &mut dyn Sql, no: i64, rev: i64, roles: &Roles) -> Result<OutcomeRecord, DeskError> {
    let known = read_outcome(sql, no)?;
    if !known.outcome.fields().readers.admit(roles) {
        return Err(withheld(&known));
    }
    if known.withdrawn_at.is_some() {
        return Err(DeskError::Request("这条登记已撤销，不能再改；需要时请重新登记".to_owned()));
    }
    if known.rev == rev { Ok(known) } else { Err(StoreError::Stale.into()) }
}
