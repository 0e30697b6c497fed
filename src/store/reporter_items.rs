//! Whose item it is: a name on an item stands for an entry of 反映人库, found by itself where there is no doubt, by an editor
//! otherwise. The item keeps what was received; this stands beside it.

use serde_json::json;

use crate::model::{
    Actor, Contributor, ItemId, ItemState, LocalDate, Submission, Timestamp, UserName, email_key, name_key,
    phone_key,
};

use super::items::read_id;
use super::reporters::reporter_object;
use super::sql::{Sql, bind};
use super::{
    ItemRecord, ReporterRecord, StoreError, Tx, cosigners_of, read_reporter, reporter_family, reporter_head,
    reporter_of_account, reporters_by_key, tell_cosigner,
};

/// In the place of an entry: it was said that the name stands for none, and no later version is matched again.
pub(super) const NOBODY: i64 = 0;

/// What a name on an item may stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReporterMatch {
    /// One entry, without doubt.
    Sure(i64),
    /// Several, or one that only the name speaks for; an editor decides.
    Likely(Vec<i64>),
    /// None.
    Nobody,
}

/// A name on an item and the entry that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReporterLink {
    /// As it stands on the item.
    pub name: String,
    /// The entry, after every merge.
    pub reporter: i64,
    /// Whether an editor said so.
    pub by_editor: bool,
}

/// An item of an entry.
#[derive(Debug, Clone)]
pub struct ReporterItem {
    /// Its id.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: ItemState,
    /// When it came.
    pub received_at: Timestamp,
}

/// Finds the entry of a name: by the sender's account, by telephone or address, by name and unit.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn match_reporter(
    sql: &mut dyn Sql,
    person: &Contributor,
    sender: Option<&str>,
) -> Result<ReporterMatch, StoreError> {
    let named = reporters_by_key(sql, "name", &name_key(&person.name))?;
    if let Some(account) = sender
        && !named.is_empty()
        && let Some(own) = reporter_of_account(sql, account)?
    {
        let own = reporter_head(sql, own.no)?;
        // Whoever sends for somebody else is not that person.
        if named.contains(&own) {
            return Ok(ReporterMatch::Sure(own));
        }
    }
    let mut reached = Vec::new();
    if let Some(phone) = &person.phone {
        reached.extend(reporters_by_key(sql, "phone", &phone_key(phone))?);
    }
    if let Some(email) = &person.email {
        reached.extend(reporters_by_key(sql, "email", &email_key(email))?);
    }
    let mut sure: Vec<i64> = Vec::new();
    for no in &named {
        let at_unit = is_of_unit(sql, *no, person)?;
        if reached.contains(no) || at_unit {
            sure.push(*no);
        }
    }
    if let [only] = sure[..] {
        return Ok(ReporterMatch::Sure(only));
    }
    let mut likely = if sure.is_empty() { named } else { sure };
    likely.extend(reached);
    let mut seen = Vec::new();
    likely.retain(|no| {
        !seen.contains(no) && {
            seen.push(*no);
            true
        }
    });
    Ok(if likely.is_empty() { ReporterMatch::Nobody } else { ReporterMatch::Likely(likely) })
}

/// Whether an entry or what was merged into it was at the unit that is named; a unit is its own.
fn is_of_unit(sql: &mut dyn Sql, no: i64, person: &Contributor) -> Result<bool, StoreError> {
    let unit = person.unit.as_deref().map(name_key).filter(|unit| !unit.is_empty());
    for member in reporter_family(sql, no)? {
        let fields = read_reporter(sql, member)?.fields;
        if fields.form == crate::model::ReporterForm::Unit {
            let own = unit.as_deref().is_none_or(|unit| unit == name_key(&person.name));
            return Ok(own);
        }
        let at = |unit: &String| fields.posts.iter().any(|post| name_key(&post.unit) == *unit);
        if unit.as_ref().is_some_and(at) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A stored item's names are matched; those that were before, or that an editor settled, stay as they are.
pub(super) fn match_item(
    tx: &mut Tx<'_>,
    item: &ItemId,
    submission: &Submission,
    actor: &Actor,
) -> Result<(), StoreError> {
    if submission.contributor.is_none() && submission.co_contributors.is_empty() {
        return Ok(());
    }
    let sender = match actor {
        Actor::User(name) => Some(name.as_str()),
        _ => None,
    };
    let people = submission.contributor.iter().chain(&submission.co_contributors);
    for (person, at) in people.zip(0..) {
        // Most names stand in no registry: one look-up by an index, and nothing more.
        if reporters_by_key(tx, "name", &name_key(&person.name))?.is_empty() || is_settled(tx, item, person)?
        {
            continue;
        }
        if let ReporterMatch::Sure(no) = match_reporter(tx, person, sender)? {
            put_link(tx, item, &person.name, no, "matched")?;
            // The first name is the author's, where there is one: nobody else is asked whether it is theirs.
            if at > 0 || submission.contributor.is_none() {
                tell_cosigner(tx, item, &person.name, no, sender)?;
            }
        }
    }
    Ok(())
}

/// Whether a name was matched before, or somebody has said what it stands for.
fn is_settled(sql: &mut dyn Sql, item: &ItemId, person: &Contributor) -> Result<bool, StoreError> {
    let known = sql.first(
        "SELECT 1 FROM reporter_items WHERE item_id = ?1 AND name = ?2",
        bind![item.as_bytes(), &person.name],
    )?;
    Ok(known.is_some())
}

pub(super) fn put_link(
    tx: &mut Tx<'_>,
    item: &ItemId,
    name: &str,
    no: i64,
    how: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO reporter_items (item_id, name, reporter_no, how, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (item_id, name) DO UPDATE SET reporter_no = excluded.reporter_no, how = excluded.how,
         at = excluded.at",
        bind![item.as_bytes(), name, no, how, tx.now()],
    )?;
    Ok(())
}

/// An editor says whose item it is, or that it is nobody's of the registry.
///
/// # Errors
/// [`StoreError::NotFound`] when there is no such entry.
pub fn link_reporter(
    tx: &mut Tx<'_>,
    item: &ItemId,
    (name, co_signed): (&str, bool),
    reporter: Option<i64>,
    by: &Actor,
) -> Result<(), StoreError> {
    let object = item.to_string();
    match reporter {
        Some(no) => {
            let head = reporter_head(tx, no)?;
            let record = read_reporter(tx, head)?;
            put_link(tx, item, name, record.no, "editor")?;
            if co_signed {
                tell_cosigner(tx, item, name, record.no, None)?;
            }
            let detail = json!({ "name": name, "reporter": record.no, "entry": record.fields.name });
            tx.audit(by, "item.reporter", &object, &detail)
        }
        None => {
            put_link(tx, item, name, NOBODY, "editor")?;
            tx.audit(by, "item.reporter", &object, &json!({ "name": name, "reporter": null }))
        }
    }
}

/// The names of an item that stand for entries.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn reporter_links(sql: &mut dyn Sql, item: &ItemId) -> Result<Vec<ReporterLink>, StoreError> {
    let rows = sql.query(
        "SELECT name, reporter_no, how FROM reporter_items WHERE item_id = ?1 AND reporter_no <> ?2 ORDER BY name",
        bind![item.as_bytes(), NOBODY],
    )?;
    let mut out = Vec::new();
    for row in rows {
        out.push(ReporterLink {
            name: row.text(0)?.to_owned(),
            reporter: reporter_head(sql, row.int(1)?)?,
            by_editor: row.text(2)? == "editor",
        });
    }
    Ok(out)
}

/// The items of an entry and of what was merged into it, the latest first.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn items_of_reporter(sql: &mut dyn Sql, no: i64, limit: i64) -> Result<Vec<ReporterItem>, StoreError> {
    let mut out = Vec::new();
    for member in reporter_family(sql, no)? {
        let rows = sql.query(
            "SELECT i.id, i.title, i.state, i.received_at FROM reporter_items l JOIN items i ON i.id = l.item_id
             WHERE l.reporter_no = ?1 ORDER BY i.no DESC LIMIT ?2",
            bind![member, limit],
        )?;
        for row in rows {
            out.push(ReporterItem {
                id: read_id(&row, 0)?,
                title: row.text(1)?.to_owned(),
                state: row.parsed(2, ItemState::from_code)?,
                received_at: row.time(3)?,
            });
        }
    }
    out.sort_by_key(|item| std::cmp::Reverse(item.received_at));
    let mut seen = Vec::new();
    out.retain(|item| {
        !seen.contains(&item.id) && {
            seen.push(item.id);
            true
        }
    });
    out.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(out)
}

/// How many items an entry sent, and how many of them were adopted.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn count_reporter_items(sql: &mut dyn Sql, no: i64) -> Result<(i64, i64), StoreError> {
    let (mut sent, mut adopted) = (0, 0);
    for member in reporter_family(sql, no)? {
        let row = sql.first(
            "SELECT count(DISTINCT i.no), count(DISTINCT CASE WHEN i.state = ?2 THEN i.no END)
             FROM reporter_items l JOIN items i ON i.id = l.item_id WHERE l.reporter_no = ?1",
            bind![member, ItemState::Adopted.code()],
        )?;
        if let Some(row) = row {
            sent += row.int(0)?;
            adopted += row.int(1)?;
        }
    }
    Ok((sent, adopted))
}

/// The item as it is credited: each name with the unit and post that the registry has for the item's day, and without
/// whoever said 不是我.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub fn as_registered(sql: &mut dyn Sql, item: ItemRecord) -> Result<ItemRecord, StoreError> {
    let mut item = item;
    let links = reporter_links(sql, &item.row.id)?;
    let denied: Vec<String> = cosigners_of(sql, &item.row.id)?
        .into_iter()
        .filter(|one| one.denied_at.is_some())
        .map(|one| one.name)
        .collect();
    let submission = &mut item.submission;
    submission.co_contributors.retain(|person| !denied.contains(&person.name));
    if links.is_empty() {
        return Ok(item);
    }
    let day = item.row.received_at.date();
    for person in submission.contributor.iter_mut().chain(&mut submission.co_contributors) {
        if let Some(link) = links.iter().find(|link| link.name == person.name) {
            let record = merged_fields(sql, link.reporter)?;
            credit_as(person, &record, day);
        }
    }
    Ok(item)
}

/// An entry with the posts of those that were merged into it.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn merged_fields(sql: &mut dyn Sql, no: i64) -> Result<ReporterRecord, StoreError> {
    let mut record = read_reporter(sql, no)?;
    for member in reporter_family(sql, no)?.into_iter().skip(1) {
        for post in read_reporter(sql, member)?.fields.posts {
            if !record.fields.posts.contains(&post) {
                record.fields.posts.push(post);
            }
        }
    }
    Ok(record)
}

fn credit_as(person: &mut Contributor, record: &ReporterRecord, day: LocalDate) {
    let fields = &record.fields;
    person.name.clone_from(&fields.name);
    if fields.form == crate::model::ReporterForm::Unit {
        person.unit = None;
        return;
    }
    if let Some(post) = fields.post_on(day, person.unit.as_deref()) {
        // 张三（某大学教授）: a credit names the post right behind the unit.
        person.unit = Some(format!("{}{}", post.unit, post.post));
    }
}

/// The log calls an entry by its number; a look at what is sensitive in it is a row.
///
/// # Errors
/// [`StoreError::NotFound`] when there is none of this number.
pub fn reveal_reporter(tx: &mut Tx<'_>, no: i64, by: &Actor) -> Result<(), StoreError> {
    let name = read_reporter(tx, no)?.fields.name;
    tx.audit(by, "reporter.reveal", &reporter_object(no), &json!({ "name": name }))
}

/// The account of an entry or of one that was merged into it.
pub(super) fn account_of(sql: &mut dyn Sql, no: i64) -> Result<Option<UserName>, StoreError> {
    for member in reporter_family(sql, no)? {
        if let Some(name) = read_reporter(sql, member)?.account {
            return name.parse().map(Some).map_err(|_| StoreError::Corrupt(format!("account {name}")));
        }
    }
    Ok(None)
}
