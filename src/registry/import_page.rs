//! 导入名册 and 换届: chosen, looked through, confirmed. Nothing is entered before that.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::model::{ContributorKind, LocalDate};
use crate::site::{Fields, Page, Sent, Shell, Visit, page};
use crate::web::{Form, Problem};

use super::import::{Confirmed, Plan, Planned, Standing};
use super::lines::{Line, line};
use super::roster::{Election, Listed};
use super::{Pages, Shared};

#[derive(Template)]
#[template(path = "contributor_import.html")]
struct ImportPage {
    shell: Shell,
    kinds: Vec<(&'static str, bool)>,
    /// Whether a list was looked through.
    read: bool,
    name: String,
    added: Vec<Row>,
    changed: Vec<Row>,
    same: usize,
    wrong: Vec<Row>,
    ending: Vec<Ending>,
    /// The day of the election; empty where it is none.
    day: String,
    kind: String,
    /// What would be entered, row by row, to come back with the choices.
    rows: String,
    today: String,
}

struct Row {
    at: usize,
    row: usize,
    name: String,
    about: String,
    told: String,
    /// Number and revision of the entry that it changes.
    known: String,
    known_no: i64,
    candidates: Vec<(String, Line)>,
}

struct Ending {
    line: Line,
    rev: i64,
}

fn row(planned: &Planned, at: usize, today: LocalDate) -> Row {
    let fields = planned.listed.as_ref().map(|listed| &listed.fields);
    let mut about: Vec<String> = Vec::new();
    if let Some(fields) = fields {
        about
            .extend(fields.posts.iter().map(|post| format!("{} {}", post.unit, post.post).trim().to_owned()));
        about.extend(fields.kind.map(|kind| kind.label().to_owned()));
        about.push(fields.district.clone());
        about.retain(|part| !part.is_empty());
    }
    let candidate = |record: &crate::store::ReporterRecord| {
        (format!("{}.{}", record.no, record.rev), line(record, today))
    };
    Row {
        at,
        row: planned.row,
        name: planned.name.clone(),
        about: about.join(" · "),
        told: planned.told.clone(),
        known: planned.known.map(|(no, rev)| format!("{no}.{rev}")).unwrap_or_default(),
        known_no: planned.known.map_or(0, |(no, _)| no),
        candidates: planned.candidates.iter().map(candidate).collect(),
    }
}

pub(super) async fn show(State(pages): Shared, visit: Visit) -> Page {
    shown(&pages, &visit, None, None)
}

/// Whether the list is of an election, and from which day.
fn election(form: &Form) -> Result<Option<Election>, Problem> {
    let day = form.text("day");
    if form.text("election") != "1" {
        return Ok(None);
    }
    let day = LocalDate::parse(day)
        .map_err(|error| Problem::invalid(format!("换届日期“{day}”{error}，请选新一届开始的日期")))?;
    let kind = ContributorKind::from_label(form.text("kind")).unwrap_or(ContributorKind::Member);
    Ok(Some(Election { day, kind }))
}

pub(super) async fn look(State(pages): Shared, visit: Visit, Sent(sent): Sent, Fields(form): Fields) -> Page {
    let sent = sent.ok_or_else(|| Problem::invalid("没有选中文件，请选 XLSX 或 CSV 名册"))?;
    let election = election(&form)?;
    let plan = pages.registry.plan(sent.name.clone(), sent.bytes, election).await?;
    shown(&pages, &visit, Some((sent.name, plan)), election)
}

fn shown(pages: &Pages, visit: &Visit, list: Option<(String, Plan)>, election: Option<Election>) -> Page {
    let today = pages.registry.parts.clock.now().date();
    let read = list.is_some();
    let (name, plan) = list.unwrap_or_else(|| (String::new(), Plan { rows: Vec::new(), ending: Vec::new() }));
    let of = |standing: Standing| -> Vec<Row> {
        let all = plan.rows.iter().enumerate().filter(|(_, one)| one.standing == standing);
        all.map(|(at, one)| row(one, at, today)).collect()
    };
    let listed: Vec<Option<&Listed>> =
        plan.rows.iter().map(|one| one.listed.as_ref().filter(|_| one.standing != Standing::Same)).collect();
    let ending = plan.ending.iter().map(|record| Ending { line: line(record, today), rev: record.rev });
    let chosen = election.map_or(ContributorKind::Member, |election| election.kind);
    page(&ImportPage {
        shell: Shell::new(pages, visit),
        kinds: ContributorKind::ALL.iter().map(|one| (one.label(), *one == chosen)).collect(),
        read,
        name,
        added: of(Standing::Added),
        changed: of(Standing::Changed),
        same: plan.rows.iter().filter(|one| one.standing == Standing::Same).count(),
        wrong: of(Standing::Wrong),
        ending: ending.collect(),
        day: election.map(|election| election.day.to_string()).unwrap_or_default(),
        kind: chosen.label().to_owned(),
        rows: serde_json::to_string(&listed).map_err(|error| Problem::internal(&error))?,
        today: today.to_string(),
    })
}

/// `12.3`: an entry and the revision that was shown.
fn at(text: &str) -> Option<(i64, i64)> {
    let (no, rev) = text.split_once('.')?;
    Some((no.parse().ok()?, rev.parse().ok()?))
}

/// What was confirmed: for each row a new entry, one that it changes, or nothing; and whose posts end.
pub(super) async fn take(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let incomplete = || Problem::invalid("页面不完整，没有导入。请重新选择名册");
    let listed: Vec<Option<Listed>> = serde_json::from_str(form.raw("rows")).map_err(|_| incomplete())?;
    let mut rows = Vec::new();
    for (place, listed) in listed.into_iter().enumerate() {
        match (form.text(&format!("pick-{place}")), listed) {
            ("", _) | (_, None) => {}
            ("new", Some(listed)) => rows.push((listed, None)),
            (known, Some(listed)) => rows.push((listed, Some(at(known).ok_or_else(incomplete)?))),
        }
    }
    let ending = form.all("end").map(|one| at(one).ok_or_else(incomplete)).collect::<Result<Vec<_>, _>>()?;
    if rows.is_empty() && ending.is_empty() {
        return Err(Problem::invalid("没有选中任何一条，没有导入。请返回勾选"));
    }
    let day = match form.text("day") {
        "" => None,
        text => Some(LocalDate::parse(text).map_err(|_| incomplete())?),
    };
    let entered = pages.registry.enter(Confirmed { rows, ending, day }, visit.actor()?).await?;
    let told = format!("added={}&changed={}&ended={}", entered.added, entered.changed, entered.ended);
    Ok(Redirect::to(&format!("/contributors?done=import&{told}")).into_response())
}
