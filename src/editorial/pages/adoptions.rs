//! 导入采用清单: chosen, looked through, confirmed. Nothing is entered before that.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::model::{ManuscriptId, OutcomeFields, OutcomeLevel};
use crate::site::{Fields, Page, Sent, Shell, Visit, page};
use crate::store::KnownTitle;
use crate::web::Problem;

use super::super::Desk;
use super::super::outcome::{Picked, Proposed, Standing};
use super::{Pages, Shared};

#[derive(Template)]
#[template(path = "adoptions.html")]
struct AdoptionsPage {
    shell: Shell,
    levels: Vec<(&'static str, &'static str, bool)>,
    /// Whether a list was looked through.
    read: bool,
    name: String,
    sure: Vec<Row>,
    doubtful: Vec<Row>,
    unknown: Vec<Row>,
    known: Vec<Row>,
    /// What would be entered, row by row, to come back with the choices.
    rows: String,
}

struct Row {
    at: usize,
    row: usize,
    title: String,
    author: String,
    about: String,
    doubt: &'static str,
    note: String,
    complete: bool,
    /// Whether the list has another title than the first candidate.
    differs: bool,
    candidates: Vec<Candidate>,
}

struct Candidate {
    id: String,
    title: String,
    about: String,
}

fn levels(chosen: OutcomeLevel) -> Vec<(&'static str, &'static str, bool)> {
    OutcomeLevel::ALL.iter().map(|one| (one.code(), one.label(), *one == chosen)).collect()
}

/// A title without the marks that lists put around it.
fn plain(title: &str) -> &str {
    title.trim().trim_matches(['《', '》'])
}

fn candidate(desk: &Desk, known: &KnownTitle) -> Candidate {
    let issue = known.issue.as_ref().map(|(series, year, number)| {
        desk.cited(
            series,
            i32::try_from(*year).unwrap_or_default(),
            u32::try_from(*number).unwrap_or_default(),
        )
    });
    let about = [Some(known.credit.clone()), issue, Some(known.made_at.date().to_string())];
    let about: Vec<String> = about.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    Candidate { id: known.id.to_string(), title: known.title.clone(), about: about.join(" · ") }
}

fn line(desk: &Desk, at: usize, one: &Proposed) -> Row {
    let fields = &one.fields;
    let parts = [fields.level.label(), fields.kind.label(), &fields.outlet, &fields.number, &fields.by];
    let mut about: Vec<String> =
        parts.iter().filter(|part| !part.is_empty()).map(|part| (*part).to_owned()).collect();
    if one.complete {
        about.push(fields.date.to_string());
    }
    Row {
        at,
        row: one.row,
        title: one.title.clone(),
        author: one.author.clone(),
        about: about.join(" · "),
        doubt: one.doubt,
        note: one.note.clone(),
        complete: one.complete,
        differs: one.candidates.first().is_some_and(|known| plain(&known.title) != plain(&one.title)),
        candidates: one.candidates.iter().map(|known| candidate(desk, known)).collect(),
    }
}

pub(super) async fn show(State(pages): Shared, visit: Visit) -> Page {
    looked(&pages, &visit, None, OutcomeLevel::City)
}

pub(super) async fn look(State(pages): Shared, visit: Visit, Sent(sent): Sent, Fields(form): Fields) -> Page {
    let sent = sent.ok_or_else(|| Problem::invalid("没有选中文件，请选上级发来的 XLSX 采用清单"))?;
    let level = OutcomeLevel::from_code(form.text("level")).unwrap_or(OutcomeLevel::City);
    let outlet = form.limited("outlet", "采用单位", 60)?;
    let found = pages.desk.match_adoptions(sent.bytes, level, outlet).await?;
    looked(&pages, &visit, Some((sent.name, found)), level)
}

fn looked(pages: &Pages, visit: &Visit, list: Option<(String, Vec<Proposed>)>, level: OutcomeLevel) -> Page {
    let (name, found) = list.clone().unwrap_or_default();
    let of = |standing: Standing| -> Vec<Row> {
        let all = found.iter().enumerate().filter(|(_, one)| one.standing == standing);
        all.map(|(at, one)| line(&pages.desk, at, one)).collect()
    };
    let fields: Vec<&OutcomeFields> = found.iter().map(|one| &one.fields).collect();
    page(&AdoptionsPage {
        shell: Shell::new(pages, visit),
        levels: levels(level),
        read: list.is_some(),
        name,
        sure: of(Standing::Sure),
        doubtful: of(Standing::Doubtful),
        unknown: of(Standing::Unknown),
        known: of(Standing::Known),
        rows: serde_json::to_string(&fields).map_err(|error| Problem::internal(&error))?,
    })
}

/// What was confirmed: for each row its manuscript, or nothing.
pub(super) async fn take(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let incomplete = || Problem::invalid("页面不完整，没有登记。请重新选择采用清单");
    let rows: Vec<OutcomeFields> = serde_json::from_str(form.raw("rows")).map_err(|_| incomplete())?;
    let mut picked = Vec::new();
    for (at, fields) in rows.into_iter().enumerate() {
        let chosen = form.text(&format!("pick-{at}"));
        if !chosen.is_empty() {
            let manuscript: ManuscriptId = chosen.parse().map_err(|_| incomplete())?;
            picked.push(Picked { manuscript, fields });
        }
    }
    if picked.is_empty() {
        return Err(Problem::invalid("没有选中任何一条，没有登记。请返回勾选"));
    }
    let entered = pages.desk.enter_adoptions(picked, visit.actor()?).await?;
    let address = format!("/outcomes?entered={}&known={}", entered.new, entered.known);
    Ok(Redirect::to(&address).into_response())
}
