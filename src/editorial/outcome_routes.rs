//! 采用 and 批示 over HTTP. A token reads what everybody of the office may read; narrower wordings are withheld.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::{LocalDate, ManuscriptId, OutcomeFields, OutcomeKind, OutcomeLevel, Role, Roles, Scope};
use crate::store::{OutcomeFilter, OutcomeRecord};
use crate::web::Problem;

use super::outcome::{LISTED, OutcomeView};
use super::routes::{Answer, Asked, Rights, Shared, body, parameters};
use super::{Desk, DeskError};

/// The routes of outcomes.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/v1/outcomes", get(list))
        .route("/api/v1/outcomes/{no}", put(correct))
        .route("/api/v1/outcomes/{no}/withdraw", post(withdraw))
        .route("/api/v1/manuscripts/{id}/outcomes", get(of_manuscript).post(add))
}

/// Which registrations are listed; days both included.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    level: Option<OutcomeLevel>,
    kind: Option<OutcomeKind>,
    from: Option<LocalDate>,
    to: Option<LocalDate>,
    words: Option<String>,
    #[serde(default)]
    withdrawn: bool,
}

impl From<ListQuery> for OutcomeFilter {
    fn from(wanted: ListQuery) -> Self {
        let ListQuery { level, kind, from, to, words, withdrawn } = wanted;
        Self { level, kind, from, to, words, withdrawn }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Correction {
    pub(super) rev: i64,
    pub(super) comment: String,
    #[serde(flatten)]
    pub(super) fields: OutcomeFields,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Withdrawal {
    pub(super) rev: i64,
    pub(super) comment: String,
}

/// What a token may read: no more than whoever may look at items.
fn reader() -> Result<Roles, Problem> {
    Roles::new(&[Role::Reader]).map_err(|error| Problem::internal(&error))
}

fn views(rows: Vec<OutcomeRecord>) -> Answer<Vec<OutcomeView>> {
    let roles = reader()?;
    Ok(Json(rows.into_iter().map(|row| OutcomeView::new(row, &roles)).collect()))
}

fn manuscript_id(text: &str) -> Result<ManuscriptId, DeskError> {
    Ok(text.parse()?)
}

pub(super) fn outcome_no(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("没有采用登记 {text}")))
}

async fn list(State(desk): Shared, asked: Asked<ListQuery>, caller: Rights) -> Answer<Vec<OutcomeView>> {
    caller.may(Scope::Read)?;
    views(desk.outcomes(parameters(asked)?.into(), LISTED).await?)
}

async fn of_manuscript(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
) -> Answer<Vec<OutcomeView>> {
    caller.may(Scope::Read)?;
    views(desk.outcomes_of(manuscript_id(&id)?).await?.1)
}

async fn add(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
    request: Request,
) -> Result<Response, Problem> {
    let by = caller.may(Scope::Issue)?;
    let fields: OutcomeFields = body(request).await?;
    let no = desk.add_outcome(manuscript_id(&id)?, fields, None, by).await?;
    Ok((StatusCode::CREATED, Json(json!({ "no": no, "rev": 1 }))).into_response())
}

async fn correct(
    State(desk): Shared,
    Path(no): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<Value> {
    let by = caller.may(Scope::Issue)?;
    let no = outcome_no(&no)?;
    let Correction { rev, comment, fields } = body(request).await?;
    desk.correct_outcome((no, rev), fields, None, comment, (by, reader()?)).await?;
    Ok(Json(json!({ "no": no, "rev": rev + 1 })))
}

async fn withdraw(
    State(desk): Shared,
    Path(no): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<Value> {
    let by = caller.may(Scope::Issue)?;
    let no = outcome_no(&no)?;
    let Withdrawal { rev, comment } = body(request).await?;
    desk.withdraw_outcome((no, rev), comment, (by, reader()?)).await?;
    Ok(Json(json!({ "no": no, "withdrawn": true })))
}
