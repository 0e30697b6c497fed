//! 反映人库: entries with what they are found by; changed by revision, retired or merged, never deleted.

use serde_json::json;

use crate::model::{
    Actor, ContributorKind, LocalDate, Reporter, ReporterFields, ReporterForm, ReporterPost, Timestamp,
    UserName, email_key, name_key, phone_key,
};

use super::sql::{Row, Sql, bind};
use super::{StoreError, Tx, read_user};

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReporterRecord {
    /// Its number.
    pub no: i64,
    /// What it says.
    pub fields: ReporterFields,
    /// Who signs in as this person.
    pub account: Option<String>,
    /// The entry that it was merged into.
    pub merged_into: Option<i64>,
    /// How often it changed.
    pub rev: i64,
    /// When it was added.
    pub added_at: Timestamp,
    /// When it was retired (停用).
    pub retired_at: Option<Timestamp>,
}

/// Which entries a list shows.
#[derive(Debug, Clone, Default)]
pub struct ReporterFilter {
    /// Part of a name or a unit, or the beginning of a name in Latin letters.
    pub words: String,
    /// People or units alone.
    pub form: Option<ReporterForm>,
    /// One kind alone.
    pub kind: Option<ContributorKind>,
    /// One district alone.
    pub district: Option<String>,
    /// Retired ones alone, or active ones alone.
    pub retired: Option<bool>,
}

/// What the log calls an entry.
pub(super) fn reporter_object(no: i64) -> String {
    format!("reporter:{no}")
}

const RECORD: &str = "SELECT r.no, r.form, r.name, r.aliases, r.kind, r.party, r.sector, r.district, r.phone, r.email, \
                      r.note, r.account, r.merged_into, r.rev, r.added_at, r.retired_at FROM reporters r";

/// Adds an entry; `spelled` are the ways in which its names are typed in Latin letters.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn insert_reporter(
    tx: &mut Tx<'_>,
    entry: &Reporter,
    spelled: &[String],
    by: &Actor,
) -> Result<i64, StoreError> {
    let last = tx.first("SELECT COALESCE(MAX(no), 0) FROM reporters", &[])?;
    let no = last.map_or(Ok(0), |row| row.int(0))? + 1;
    let fields = entry.fields();
    tx.execute(
        "INSERT INTO reporters (no, form, name, aliases, kind, party, sector, district, phone, email, note, rev, added_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, ?12)",
        bind![
            no,
            fields.form.code(),
            &fields.name,
            &json!(fields.aliases).to_string(),
            fields.kind.map(ContributorKind::label),
            &fields.party,
            &fields.sector,
            &fields.district,
            &fields.phone,
            &fields.email,
            &fields.note,
            tx.now()
        ],
    )?;
    put_parts(tx, no, fields, spelled)?;
    tx.audit(by, "reporter.add", &reporter_object(no), &json!({ "name": fields.name }))?;
    Ok(no)
}

/// Changes an entry from the revision that was read; the log says which fields, never what is sensitive in them.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile.
pub fn change_reporter(
    tx: &mut Tx<'_>,
    (no, rev): (i64, i64),
    entry: &Reporter,
    spelled: &[String],
    by: &Actor,
) -> Result<(), StoreError> {
    let before = read_reporter(tx, no)?;
    let fields = entry.fields();
    let changed = fields.changed(&before.fields);
    if before.rev != rev {
        return Err(StoreError::Stale);
    }
    if *fields == before.fields {
        return Ok(());
    }
    tx.execute(
        "UPDATE reporters SET form = ?2, name = ?3, aliases = ?4, kind = ?5, party = ?6, sector = ?7, district = ?8,
           phone = ?9, email = ?10, note = ?11, rev = rev + 1 WHERE no = ?1",
        bind![
            no,
            fields.form.code(),
            &fields.name,
            &json!(fields.aliases).to_string(),
            fields.kind.map(ContributorKind::label),
            &fields.party,
            &fields.sector,
            &fields.district,
            &fields.phone,
            &fields.email,
            &fields.note
        ],
    )?;
    tx.execute("DELETE FROM reporter_posts WHERE reporter_no = ?1", bind![no])?;
    tx.execute("DELETE FROM reporter_keys WHERE reporter_no = ?1", bind![no])?;
    put_parts(tx, no, fields, spelled)?;
    let detail = json!({ "name": fields.name, "fields": changed });
    tx.audit(by, "reporter.change", &reporter_object(no), &detail)
}

fn put_parts(
    tx: &mut Tx<'_>,
    no: i64,
    fields: &ReporterFields,
    spelled: &[String],
) -> Result<(), StoreError> {
    for (post, place) in fields.posts.iter().zip(1_i64..) {
        let (from, until) = (post.from.map(|day| day.to_string()), post.until.map(|day| day.to_string()));
        tx.execute(
            "INSERT INTO reporter_posts (reporter_no, place, unit, post, from_day, until_day)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            bind![no, place, &post.unit, &post.post, from.as_deref(), until.as_deref()],
        )?;
    }
    let names = std::iter::once(&fields.name).chain(&fields.aliases).map(|name| ("name", name_key(name)));
    let reached = [("phone", phone_key(&fields.phone)), ("email", email_key(&fields.email))];
    let spelled = spelled.iter().map(|text| ("spelled", text.clone()));
    for (what, key) in names.chain(reached).chain(spelled).filter(|(_, key)| !key.is_empty()) {
        tx.execute(
            "INSERT INTO reporter_keys (what, key, reporter_no) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            bind![what, &key, no],
        )?;
    }
    Ok(())
}

/// 停用 or 恢复; the same again changes nothing.
///
/// # Errors
/// [`StoreError::Stale`] when it changed meanwhile.
pub fn retire_reporter(
    tx: &mut Tx<'_>,
    (no, rev): (i64, i64),
    retired: bool,
    by: &Actor,
) -> Result<(), StoreError> {
    let before = current(tx, no, rev)?;
    if before.retired_at.is_some() == retired {
        return Ok(());
    }
    let at = retired.then(|| tx.now());
    tx.execute("UPDATE reporters SET retired_at = ?2, rev = rev + 1 WHERE no = ?1", bind![no, at])?;
    let action = if retired { "reporter.retire" } else { "reporter.restore" };
    tx.audit(by, action, &reporter_object(no), &json!({ "name": before.fields.name }))
}

/// Binds the account with which this person signs in, or unbinds it.
///
/// # Errors
/// [`StoreError::Stale`], [`StoreError::NotFound`] for the account, [`StoreError::Constraint`] where it is another's.
pub fn bind_reporter(
    tx: &mut Tx<'_>,
    (no, rev): (i64, i64),
    account: Option<&UserName>,
    by: &Actor,
) -> Result<(), StoreError> {
    let before = current(tx, no, rev)?;
    if before.account.as_deref() == account.map(UserName::as_str) {
        return Ok(());
    }
    if let Some(name) = account {
        read_user(tx, name)?;
        if let Some(other) = reporter_of_account(tx, name.as_str())? {
            let told = format!("账户 {name} 已绑定“{}”，请先解除", other.fields.name);
            return Err(StoreError::Constraint(told));
        }
    }
    let account = account.map(UserName::as_str);
    tx.execute("UPDATE reporters SET account = ?2, rev = rev + 1 WHERE no = ?1", bind![no, account])?;
    let detail = json!({ "name": before.fields.name, "account": account });
    tx.audit(by, "reporter.account", &reporter_object(no), &detail)
}

/// 合并: one entry goes into another; its own posts and items stay its own, so that it can be taken out again.
///
/// # Errors
/// [`StoreError::Stale`] when either changed meanwhile, [`StoreError::Constraint`] when they cannot be one.
pub fn merge_reporter(
    tx: &mut Tx<'_>,
    (kept, kept_rev): (i64, i64),
    (gone, gone_rev): (i64, i64),
    by: &Actor,
) -> Result<(), StoreError> {
    let (into, from) = (current(tx, kept, kept_rev)?, current(tx, gone, gone_rev)?);
    if kept == gone || into.fields.form != from.fields.form {
        let told = "同一条，或一条是个人、一条是单位，不能合并";
        return Err(StoreError::Constraint(told.to_owned()));
    }
    tx.execute("UPDATE reporters SET merged_into = ?2, rev = rev + 1 WHERE no = ?1", bind![gone, kept])?;
    tx.execute("UPDATE reporters SET rev = rev + 1 WHERE no = ?1", bind![kept])?;
    let detail = json!({ "name": from.fields.name, "into": kept, "into_name": into.fields.name });
    tx.audit(by, "reporter.merge", &reporter_object(gone), &detail)?;
    let detail = json!({ "name": into.fields.name, "took": gone });
    tx.audit(by, "reporter.take_in", &reporter_object(kept), &detail)
}

/// Undoes a merge: the entry stands for itself again, with what it had.
///
/// # Errors
/// [`StoreError::NotFound`] when it was not merged.
pub fn unmerge_reporter(tx: &mut Tx<'_>, no: i64, by: &Actor) -> Result<i64, StoreError> {
    let before = read_reporter(tx, no)?;
    let into = before.merged_into.ok_or_else(|| StoreError::NotFound(format!("反映人 {no} 的合并")))?;
    tx.execute("UPDATE reporters SET merged_into = NULL, rev = rev + 1 WHERE no = ?1", bind![no])?;
    tx.execute("UPDATE reporters SET rev = rev + 1 WHERE no = ?1", bind![into])?;
    let detail = json!({ "name": before.fields.name, "from": into });
    tx.audit(by, "reporter.unmerge", &reporter_object(no), &detail)?;
    Ok(into)
}

/// The entry, if nobody has changed it since it was read and it stands for itself.
fn current(sql: &mut dyn Sql, no: i64, rev: i64) -> Result<ReporterRecord, StoreError> {
    let record = read_reporter(sql, no)?;
    match record.merged_into {
        _ if record.rev != rev => Err(StoreError::Stale),
        Some(into) => Err(StoreError::Constraint(format!("该条目已并入第 {into} 号，请在那一条上办理"))),
        None => Ok(record),
    }
}

/// An entry.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn read_reporter(sql: &mut dyn Sql, no: i64) -> Result<ReporterRecord, StoreError> {
    let row = sql.first(&format!("{RECORD} WHERE r.no = ?1"), bind![no])?;
    let row = row.ok_or_else(|| StoreError::NotFound(format!("反映人 {no}")))?;
    with_posts(sql, &row)
}

/// The entry whose account this is.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn reporter_of_account(sql: &mut dyn Sql, account: &str) -> Result<Option<ReporterRecord>, StoreError> {
    let row = sql.first(&format!("{RECORD} WHERE r.account = ?1"), bind![account])?;
    row.map(|row| with_posts(sql, &row)).transpose()
}

/// Entries by name, `skip` left out; merged ones only where words are looked for, so that an old name leads on.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn list_reporters(
    sql: &mut dyn Sql,
    filter: &ReporterFilter,
    skip: i64,
    limit: i64,
) -> Result<Vec<ReporterRecord>, StoreError> {
    let plain = name_key(&filter.words).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let (part, start) = (format!("%{plain}%"), format!("{}%", plain.to_ascii_lowercase()));
    let retired = filter.retired.map(i64::from);
    let text = format!(
        "{RECORD} WHERE (r.form = ?1 OR ?1 IS NULL) AND (r.kind = ?2 OR ?2 IS NULL)
           AND (r.district = ?3 OR ?3 IS NULL)
           AND (CAST(CASE WHEN r.retired_at IS NULL THEN 0 ELSE 1 END AS BIGINT) = ?4 OR ?4 IS NULL)
           AND (r.merged_into IS NULL OR ?5 <> '%%')
           AND (?5 = '%%'
             OR EXISTS (SELECT 1 FROM reporter_keys k WHERE k.reporter_no = r.no
               AND (k.what = 'name' AND k.key LIKE ?5 ESCAPE '\\' OR k.what = 'spelled' AND k.key LIKE ?6 ESCAPE '\\'))
             OR EXISTS (SELECT 1 FROM reporter_posts p WHERE p.reporter_no = r.no
               AND p.unit LIKE ?5 ESCAPE '\\' AND p.until_day IS NULL))
         ORDER BY r.name, r.no LIMIT ?7 OFFSET ?8"
    );
    let rows = sql.query(
        &text,
        bind![
            filter.form.map(ReporterForm::code),
            filter.kind.map(ContributorKind::label),
            filter.district.as_deref(),
            retired,
            &part,
            &start,
            limit,
            skip
        ],
    )?;
    rows.iter().map(|row| with_posts(sql, row)).collect()
}

/// How many entries stand for themselves: active, retired.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_reporters(sql: &mut dyn Sql) -> Result<(i64, i64), StoreError> {
    let row = sql.first(
        "SELECT (SELECT count(*) FROM reporters WHERE merged_into IS NULL AND retired_at IS NULL),
                (SELECT count(*) FROM reporters WHERE merged_into IS NULL AND retired_at IS NOT NULL)",
        &[],
    )?;
    row.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
}

/// An entry and those merged into it, the entry itself first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn reporter_family(sql: &mut dyn Sql, no: i64) -> Result<Vec<i64>, StoreError> {
    let mut out = vec![no];
    let mut at = 0;
    while let Some(head) = out.get(at).copied() {
        let rows = sql.query("SELECT no FROM reporters WHERE merged_into = ?1 ORDER BY no", bind![head])?;
        for row in rows {
            let member = row.int(0)?;
            if !out.contains(&member) {
                out.push(member);
            }
        }
        at += 1;
    }
    Ok(out)
}

/// The entry that one stands in after every merge.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn reporter_head(sql: &mut dyn Sql, no: i64) -> Result<i64, StoreError> {
    let mut at = no;
    loop {
        let row = sql.first("SELECT merged_into FROM reporters WHERE no = ?1", bind![at])?;
        match row.ok_or_else(|| StoreError::NotFound(format!("反映人 {at}")))?.opt_int(0)? {
            Some(into) => at = into,
            None => return Ok(at),
        }
    }
}

/// Entries, each once and as what it stands in, that are found under a key.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn reporters_by_key(sql: &mut dyn Sql, what: &str, key: &str) -> Result<Vec<i64>, StoreError> {
    if key.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sql.query(
        "SELECT reporter_no FROM reporter_keys WHERE what = ?1 AND key = ?2 ORDER BY reporter_no LIMIT 50",
        bind![what, key],
    )?;
    let mut out = Vec::new();
    for row in rows {
        let head = reporter_head(sql, row.int(0)?)?;
        if !out.contains(&head) {
            out.push(head);
        }
    }
    Ok(out)
}

/// The active people of a kind who hold a post on a day: whose posts an election may end.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn reporters_in_post(
    sql: &mut dyn Sql,
    kind: ContributorKind,
    day: LocalDate,
) -> Result<Vec<ReporterRecord>, StoreError> {
    let text = format!(
        "{RECORD} WHERE r.kind = ?1 AND r.form = 'person' AND r.merged_into IS NULL AND r.retired_at IS NULL
           AND EXISTS (SELECT 1 FROM reporter_posts p WHERE p.reporter_no = r.no
             AND (p.until_day IS NULL OR p.until_day >= ?2) AND (p.from_day IS NULL OR p.from_day < ?2))
         ORDER BY r.name, r.no"
    );
    let rows = sql.query(&text, bind![kind.label(), &day.to_string()])?;
    rows.iter().map(|row| with_posts(sql, row)).collect()
}

fn with_posts(sql: &mut dyn Sql, row: &Row) -> Result<ReporterRecord, StoreError> {
    let mut record = read(row)?;
    let rows = sql.query(
        "SELECT unit, post, from_day, until_day FROM reporter_posts WHERE reporter_no = ?1 ORDER BY place",
        bind![record.no],
    )?;
    let day = |row: &Row, at: usize| {
        let text = row.opt_text(at)?;
        text.map(LocalDate::parse).transpose().map_err(|error| StoreError::Corrupt(error.to_string()))
    };
    for row in &rows {
        record.fields.posts.push(ReporterPost {
            unit: row.text(0)?.to_owned(),
            post: row.text(1)?.to_owned(),
            from: day(row, 2)?,
            until: day(row, 3)?,
        });
    }
    Ok(record)
}

fn read(row: &Row) -> Result<ReporterRecord, StoreError> {
    let text = |at: usize| row.text(at).map(str::to_owned);
    let kind = row.opt_text(4)?.map(|label| {
        let known = ContributorKind::from_label(label);
        known.ok_or_else(|| StoreError::Corrupt(format!("kind {label}")))
    });
    Ok(ReporterRecord {
        no: row.int(0)?,
        fields: ReporterFields {
            form: row.parsed(1, ReporterForm::from_code)?,
            name: text(2)?,
            aliases: row.parsed(3, |list| serde_json::from_str(list).ok())?,
            kind: kind.transpose()?,
            party: text(5)?,
            sector: text(6)?,
            district: text(7)?,
            phone: text(8)?,
            email: text(9)?,
            note: text(10)?,
            posts: Vec::new(),
        },
        account: row.opt_text(11)?.map(str::to_owned),
        merged_into: row.opt_int(12)?,
        rev: row.int(13)?,
        added_at: row.time(14)?,
        retired_at: row.opt_int(15)?.map(Timestamp::from_micros),
    })
}
