//! 导入名册: a list is read, set beside what is known, shown, and entered only as it was confirmed. 换届 is one such list with a
//! day, on which the posts of those who are not in it end.

use std::collections::BTreeMap;

use crate::model::{
    Actor, LocalDate, Reporter, ReporterFields, ReporterForm, ReporterPost, name_key, phone_key,
};
use crate::store::{
    ReporterRecord, Sql, StoreError, Tx, change_reporter, insert_reporter, merged_fields, read_reporter,
    reporters_by_key, reporters_in_post,
};
use crate::web::Problem;

use super::Registry;
use super::roster::{Election, Listed, ReadRow, read_list};
use super::work::spelled;

/// What a row would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A new entry.
    Added,
    /// An entry is changed.
    Changed,
    /// Nothing new.
    Same,
    /// It cannot be entered.
    Wrong,
}

/// A row beside what is known.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub standing: Standing,
    pub row: usize,
    pub name: String,
    /// Why it cannot be entered, or which fields change.
    pub told: String,
    /// What would be entered.
    pub listed: Option<Listed>,
    /// The entry that it is taken for, by number and revision.
    pub known: Option<(i64, i64)>,
    /// Entries of the same name or telephone that it may be instead.
    pub candidates: Vec<ReporterRecord>,
}

/// A list beside what is known.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub rows: Vec<Planned>,
    /// Whose posts would end.
    pub ending: Vec<ReporterRecord>,
}

/// What was confirmed.
#[derive(Debug, Clone)]
pub(super) struct Confirmed {
    /// A row, and the entry that it changes from this revision; none = a new one.
    pub rows: Vec<(Listed, Option<(i64, i64)>)>,
    /// Whose posts end before this day, by number and revision.
    pub ending: Vec<(i64, i64)>,
    pub day: Option<LocalDate>,
}

/// A row that was confirmed and can stand.
struct Checked {
    row: usize,
    entry: Reporter,
    since: Option<LocalDate>,
    known: Option<(i64, i64)>,
}

/// What was entered.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entered {
    pub added: usize,
    pub changed: usize,
    pub ended: usize,
}

impl Registry {
    /// Reads a list and sets it beside what is known; nothing is entered.
    pub(super) async fn plan(
        &self,
        name: String,
        bytes: Vec<u8>,
        election: Option<Election>,
    ) -> Result<Plan, Problem> {
        let read_table = std::sync::Arc::clone(&self.parts.read_table);
        let read = tokio::task::spawn_blocking(move || read_list(&read_table(&name, &bytes)?, election));
        let rows = read.await.map_err(|error| Problem::internal(&error))?.map_err(Problem::invalid)?;
        self.read(move |sql| plan(sql, rows, election)).await
    }

    /// Enters what was confirmed, all of it or nothing.
    pub(super) async fn enter(&self, confirmed: Confirmed, by: Actor) -> Result<Entered, Problem> {
        let day = self.parts.clock.now().date();
        let rows = confirmed.rows.into_iter().map(|(listed, known)| {
            let Listed { row, mut fields, since } = listed;
            if known.is_none() {
                fields.posts.iter_mut().for_each(|post| post.from = post.from.or(since));
            }
            Reporter::new(fields)
                .map(|entry| Checked { row, entry, since, known })
                .map_err(|error| Problem::invalid(format!("第 {row} 行：{error}，整份名册没有导入")))
        });
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let (ending, from) = (confirmed.ending, confirmed.day.unwrap_or(day));
        self.write(move |tx| enter(tx, &rows, &ending, from, &by)).await
    }
}

fn plan(sql: &mut dyn Sql, rows: Vec<ReadRow>, election: Option<Election>) -> Result<Plan, StoreError> {
    let mut out: Vec<Planned> = Vec::new();
    let mut taken: BTreeMap<i64, usize> = BTreeMap::new();
    let mut seen: Vec<(String, String, String, usize)> = Vec::new();
    for row in rows {
        let planned = match row {
            Ok(listed) => planned(sql, listed)?,
            Err((row, why)) => wrong(row, String::new(), why),
        };
        out.push(twice(planned, &mut taken, &mut seen));
    }
    let mut ending = Vec::new();
    if let Some(election) = election {
        ending = reporters_in_post(sql, election.kind, election.day)?;
        let named: Vec<String> =
            out.iter().filter(|row| row.standing == Standing::Wrong).map(|row| name_key(&row.name)).collect();
        // Whoever stands in a row that cannot be entered is in the list all the same.
        ending.retain(|one| !taken.contains_key(&one.no) && !named.contains(&name_key(&one.fields.name)));
    }
    Ok(Plan { rows: out, ending })
}

fn wrong(row: usize, name: String, told: String) -> Planned {
    Planned { standing: Standing::Wrong, row, name, told, listed: None, known: None, candidates: Vec::new() }
}

/// The same person twice in one list is entered once.
fn twice(
    planned: Planned,
    taken: &mut BTreeMap<i64, usize>,
    seen: &mut Vec<(String, String, String, usize)>,
) -> Planned {
    let Some(listed) = &planned.listed else { return planned };
    let fields = &listed.fields;
    let unit = fields.posts.first().map(|post| name_key(&post.unit)).unwrap_or_default();
    let (name, phone) = (name_key(&fields.name), phone_key(&fields.phone));
    let same = |one: &&(String, String, String, usize)| {
        one.0 == name && one.1 == unit && (one.2 == phone || one.2.is_empty() || phone.is_empty())
    };
    let before = planned.known.and_then(|(no, _)| taken.get(&no).copied());
    let before = before.or_else(|| seen.iter().find(same).map(|one| one.3));
    if let Some(first) = before {
        let told = format!("第 {} 行与第 {first} 行是同一条，请删去一行", planned.row);
        return wrong(planned.row, planned.name, told);
    }
    seen.push((name, unit, phone, planned.row));
    if let Some((no, _)) = planned.known {
        taken.insert(no, planned.row);
    }
    planned
}

fn planned(sql: &mut dyn Sql, listed: Listed) -> Result<Planned, StoreError> {
    let fields = &listed.fields;
    let named = reporters_by_key(sql, "name", &name_key(&fields.name))?;
    let reached = reporters_by_key(sql, "phone", &phone_key(&fields.phone))?;
    let unit = fields.posts.first().map(|post| name_key(&post.unit)).unwrap_or_default();
    let (mut sure, mut candidates) = (Vec::new(), Vec::new());
    for no in &named {
        let record = merged_fields(sql, *no)?;
        if record.fields.form != fields.form {
            continue;
        }
        let at_unit = record.fields.posts.iter().any(|post| name_key(&post.unit) == unit && !unit.is_empty());
        if reached.contains(no) || at_unit || fields.form == ReporterForm::Unit {
            sure.push(*no);
        }
        candidates.push(record);
    }
    // A name alone is enough where the list says nothing else and there is one of it.
    if sure.is_empty() && unit.is_empty() && fields.phone.is_empty() && candidates.len() == 1 {
        sure.extend(candidates.first().map(|record| record.no));
    }
    for no in reached {
        if !candidates.iter().any(|record| record.no == no) {
            candidates.push(merged_fields(sql, no)?);
        }
    }
    let known = match sure[..] {
        [only] => Some(read_reporter(sql, only)?),
        _ => None,
    };
    let (standing, told) = match &known {
        None => (Standing::Added, String::new()),
        Some(record) => {
            let changed = taken_in(&record.fields, fields, listed.since).changed(&record.fields);
            let standing = if changed.is_empty() { Standing::Same } else { Standing::Changed };
            (standing, changed.join("、"))
        }
    };
    let known = known.map(|record| (record.no, record.rev));
    candidates.retain(|record| Some(record.no) != known.map(|(no, _)| no));
    Ok(Planned {
        standing,
        row: listed.row,
        name: fields.name.clone(),
        told,
        known,
        candidates,
        listed: Some(listed),
    })
}

/// An entry with what a row says: empty cells leave what there is, a post that it has is not added again.
fn taken_in(known: &ReporterFields, listed: &ReporterFields, since: Option<LocalDate>) -> ReporterFields {
    let mut out = known.clone();
    let put = |to: &mut String, from: &String| {
        if !from.is_empty() {
            to.clone_from(from);
        }
    };
    put(&mut out.party, &listed.party);
    put(&mut out.sector, &listed.sector);
    put(&mut out.district, &listed.district);
    put(&mut out.email, &listed.email);
    put(&mut out.note, &listed.note);
    if phone_key(&out.phone) != phone_key(&listed.phone) {
        put(&mut out.phone, &listed.phone);
    }
    out.kind = listed.kind.or(out.kind);
    // Another way of calling somebody is one more name of theirs.
    if name_key(&listed.name) != name_key(&out.name) && !out.aliases.contains(&listed.name) {
        out.aliases.push(listed.name.clone());
    }
    for alias in &listed.aliases {
        if !out.aliases.contains(alias) && *alias != out.name {
            out.aliases.push(alias.clone());
        }
    }
    for post in &listed.posts {
        let same = |one: &ReporterPost| {
            let unit_alone = post.post.is_empty() && name_key(&one.unit) == name_key(&post.unit);
            one.until.is_none() && (one.is_of(&post.unit, &post.post) || unit_alone)
        };
        match out.posts.iter().position(same).and_then(|at| out.posts.get_mut(at)) {
            Some(held) => {
                held.from = held.from.or(post.from);
                held.until = post.until;
            }
            None if known.posts.contains(post) => {}
            None => out.posts.push(ReporterPost { from: post.from.or(since), ..post.clone() }),
        }
    }
    out
}

fn enter(
    tx: &mut Tx<'_>,
    rows: &[Checked],
    ending: &[(i64, i64)],
    day: LocalDate,
    by: &Actor,
) -> Result<Entered, StoreError> {
    let mut entered = Entered::default();
    for Checked { row, entry, since, known } in rows {
        let Some(at) = known else {
            insert_reporter(tx, entry, &spelled(entry.fields()), by)?;
            entered.added += 1;
            continue;
        };
        let before = read_reporter(tx, at.0)?;
        if before.rev != at.1 {
            let told = format!(
                "第 {row} 行对应的“{}”刚被他人修改，整份名册没有导入，请重新选择名册",
                before.fields.name
            );
            return Err(StoreError::Constraint(told));
        }
        let after = Reporter::new(taken_in(&before.fields, entry.fields(), *since));
        let after = after
            .map_err(|error| StoreError::Constraint(format!("第 {row} 行：{error}，整份名册没有导入")))?;
        change_reporter(tx, *at, &after, &spelled(after.fields()), by)?;
        entered.changed += 1;
    }
    let named: Vec<i64> = rows.iter().filter_map(|row| row.known.map(|(no, _)| no)).collect();
    for at in ending.iter().filter(|(no, _)| !named.contains(no)) {
        entered.ended += usize::from(end_posts(tx, *at, day, by)?);
    }
    Ok(entered)
}

/// Ends the posts that somebody holds when a day begins.
fn end_posts(tx: &mut Tx<'_>, at: (i64, i64), day: LocalDate, by: &Actor) -> Result<bool, StoreError> {
    let before = read_reporter(tx, at.0)?;
    let mut fields = before.fields.clone();
    let last = day.minus_days(1);
    for post in &mut fields.posts {
        let held = post.until.is_none_or(|until| until >= day) && post.from.is_none_or(|from| from < day);
        if held {
            post.until = last;
        }
    }
    if fields == before.fields {
        return Ok(false);
    }
    let entry = Reporter::new(fields).map_err(|error| StoreError::Constraint(error.to_string()))?;
    change_reporter(tx, at, &entry, &spelled(entry.fields()), by)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_changes_what_it_says_and_leaves_what_it_does_not() {
        let day = |text: &str| LocalDate::parse(text).ok();
        let mut known = ReporterFields::named(ReporterForm::Person, "张三");
        known.phone = "138-0000-0000".to_owned();
        known.posts.push(ReporterPost {
            unit: "某大学".to_owned(),
            post: "教授".to_owned(),
            ..ReporterPost::default()
        });
        let mut listed = ReporterFields::named(ReporterForm::Person, "张 三");
        listed.phone = "13800000000".to_owned();
        let post =
            |unit: &str, from| ReporterPost { unit: unit.to_owned(), post: String::new(), from, until: None };
        listed.posts.push(post("某大学", None));
        assert!(taken_in(&known, &listed, None).changed(&known).is_empty());
        listed.posts[0] = post("某学会", day("2026-01-01"));
        listed.sector = "教育界".to_owned();
        let after = taken_in(&known, &listed, None);
        assert_eq!(after.changed(&known), ["界别", "任职"]);
        assert_eq!((after.posts.len(), after.phone.as_str()), (2, "138-0000-0000"));
    }
}
