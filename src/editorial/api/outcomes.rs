//! 采用 and 批示 by whose key it is: what is for somebody else's eyes is withheld, as on the pages.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::model::OutcomeFields;
use crate::site::{Person, Wanted, WithFile};
use crate::store::OutcomeRecord;
use crate::web::{Problem, Upload};

use super::super::Desk;
use super::super::outcome::{LISTED, OutcomeView, SCAN_MAX, Scan, VersionView};
use super::super::outcome_routes::{Correction, ListQuery, Withdrawal, outcome_no};
use super::super::routes::{Asked, parameters};
use super::{Answer, Shared, manuscript_id};

fn views(rows: Vec<OutcomeRecord>, person: &Person) -> Json<Vec<OutcomeView>> {
    let roles = person.0.standing();
    Json(rows.into_iter().map(|row| OutcomeView::new(row, &roles)).collect())
}

pub(super) async fn list(
    State(pages): Shared,
    person: Person,
    query: Asked<ListQuery>,
) -> Answer<Vec<OutcomeView>> {
    let rows = pages.desk.outcomes(parameters(query)?.into(), LISTED).await?;
    Ok(views(rows, &person))
}

pub(super) async fn of_manuscript(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
) -> Answer<Vec<OutcomeView>> {
    let (_, rows) = pages.desk.outcomes_of(manuscript_id(&id)?).await?;
    Ok(views(rows, &person))
}

/// One registration with its revisions, oldest first.
#[derive(Serialize)]
pub(super) struct One {
    #[serde(flatten)]
    outcome: OutcomeView,
    versions: Vec<VersionView>,
}

pub(super) async fn show(State(pages): Shared, person: Person, Path(no): Path<String>) -> Answer<One> {
    one(&pages.desk, &person, outcome_no(&no)?).await
}

async fn one(desk: &Desk, person: &Person, no: i64) -> Answer<One> {
    let (record, versions) = desk.outcome(no).await?;
    let roles = person.0.standing();
    let may_read = record.outcome.fields().readers.admit(&roles);
    let versions = versions.into_iter().map(|version| VersionView::new(version, may_read, &roles));
    Ok(Json(One { versions: versions.collect(), outcome: OutcomeView::new(record, &roles) }))
}

fn scanned(file: Option<Upload>) -> Option<Scan> {
    file.map(|file| Scan { name: file.name, bytes: file.bytes })
}

pub(super) async fn register(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    WithFile { wanted: fields, file }: WithFile<OutcomeFields, SCAN_MAX>,
) -> Result<Response, Problem> {
    let by = person.actor();
    let no = pages.desk.add_outcome(manuscript_id(&id)?, fields, scanned(file), by).await?;
    Ok((StatusCode::CREATED, Json(json!({ "no": no, "rev": 1 }))).into_response())
}

pub(super) async fn correct(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    WithFile { wanted, file }: WithFile<Correction, SCAN_MAX>,
) -> Answer<One> {
    let no = outcome_no(&no)?;
    let Correction { rev, comment, fields } = wanted;
    let who = (person.actor(), person.0.standing());
    pages.desk.correct_outcome((no, rev), fields, scanned(file), comment, who).await?;
    one(&pages.desk, &person, no).await
}

pub(super) async fn withdraw(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
    Wanted(wanted): Wanted<Withdrawal>,
) -> Answer<One> {
    let no = outcome_no(&no)?;
    let Withdrawal { rev, comment } = wanted;
    pages.desk.withdraw_outcome((no, rev), comment, (person.actor(), person.0.standing())).await?;
    one(&pages.desk, &person, no).await
}

pub(super) async fn scan(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
) -> Result<Response, Problem> {
    let (_, kind, bytes) = pages.desk.outcome_scan(outcome_no(&no)?, &person.0.standing()).await?;
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}
