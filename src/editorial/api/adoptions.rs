//! 导入采用清单: looked through first; nothing is entered before it is confirmed row by row.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{LocalDate, ManuscriptId, OutcomeFields, OutcomeLevel};
use crate::outcome::LIST_MAX;
use crate::site::{Person, Wanted};
use crate::store::KnownTitle;
use crate::web::{Problem, read_limited};

use super::super::Desk;
use super::super::outcome::{Picked, Proposed, Standing};
use super::super::routes::{Asked, parameters};
use super::{Answer, Shared};

/// Longest name of an outlet, in characters.
const OUTLET_MAX: usize = 60;

/// What holds for the rows that do not say it themselves.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookQuery {
    level: Option<OutcomeLevel>,
    #[serde(default)]
    outlet: String,
}

/// A row with what it may mean.
#[derive(Serialize)]
pub(super) struct Row {
    /// In the spreadsheet.
    row: usize,
    title: String,
    author: String,
    /// `sure`, `doubtful`, `unknown`, or `known`: registered already.
    standing: &'static str,
    doubt: &'static str,
    /// What it lacks; such a row cannot be entered.
    note: String,
    complete: bool,
    /// What would be entered.
    fields: OutcomeFields,
    /// The likeliest first.
    candidates: Vec<Candidate>,
}

#[derive(Serialize)]
struct Candidate {
    manuscript: ManuscriptId,
    title: String,
    credit: String,
    /// 已编发: the issue that carried it.
    issued: Option<String>,
    made: LocalDate,
}

fn candidate(desk: &Desk, known: KnownTitle) -> Candidate {
    let issued = known.issue.map(|(series, year, number)| {
        let (year, number) = (i32::try_from(year), u32::try_from(number));
        desk.cited(&series, year.unwrap_or_default(), number.unwrap_or_default())
    });
    let made = known.made_at.date();
    Candidate { manuscript: known.id, title: known.title, credit: known.credit, issued, made }
}

fn row(desk: &Desk, one: Proposed) -> Row {
    Row {
        row: one.row,
        title: one.title,
        author: one.author,
        standing: match one.standing {
            Standing::Sure => "sure",
            Standing::Doubtful => "doubtful",
            Standing::Unknown => "unknown",
            Standing::Known => "known",
        },
        doubt: one.doubt,
        note: one.note,
        complete: one.complete,
        fields: one.fields,
        candidates: one.candidates.into_iter().map(|known| candidate(desk, known)).collect(),
    }
}

/// The body is the XLSX file. Nothing is entered.
pub(super) async fn look(
    State(pages): Shared,
    query: Asked<LookQuery>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Vec<Row>> {
    let LookQuery { level, outlet } = parameters(query)?;
    if outlet.chars().count() > OUTLET_MAX {
        return Err(Problem::invalid(format!("采用单位 outlet 超过 {OUTLET_MAX} 字的上限，请缩短")));
    }
    let bytes = read_limited(body, &headers, LIST_MAX).await?.to_vec();
    let found = pages.desk.match_adoptions(bytes, level.unwrap_or(OutcomeLevel::City), outlet).await?;
    Ok(Json(found.into_iter().map(|one| row(&pages.desk, one)).collect()))
}

/// What was confirmed: of each row the manuscript and the fields, as the look gave them or corrected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TakeRequest {
    rows: Vec<Picked>,
}

pub(super) async fn take(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<TakeRequest>,
) -> Answer<Value> {
    if wanted.rows.is_empty() {
        return Err(Problem::invalid("rows 没有任何一条，没有登记；请列出要登记的各条"));
    }
    let entered = pages.desk.enter_adoptions(wanted.rows, person.actor()).await?;
    Ok(Json(json!({ "new": entered.new, "known": entered.known })))
}
