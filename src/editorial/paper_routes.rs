//! 代录签批 over HTTP: what waits for a decision, what was entered, entering one. The scan is uploaded first (`/api/v1/files`).

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::model::{IssueId, ManuscriptId, Scope};
use crate::web::Problem;

use super::on_paper::{PaperForm, PaperRequest};
use super::routes::{Answer, Rights, Shared, body};
use super::{Desk, DeskError};

/// The routes of decisions on paper.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/v1/manuscripts/{id}/decisions", get(of_manuscript).post(on_manuscript))
        .route("/api/v1/bulletins/{id}/decisions", get(of_issue).post(on_issue))
        .route("/api/v1/decisions/{no}/scan", get(scan))
}

fn manuscript_id(text: &str) -> Result<ManuscriptId, DeskError> {
    Ok(text.parse()?)
}

fn issue_id(text: &str) -> Result<IssueId, DeskError> {
    Ok(text.parse()?)
}

fn made(no: i64) -> Response {
    (StatusCode::CREATED, Json(json!({ "no": no }))).into_response()
}

async fn of_manuscript(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<PaperForm> {
    let by = caller.may(Scope::Issue)?;
    Ok(Json(desk.paper_form(manuscript_id(&id)?, by).await?))
}

async fn on_manuscript(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
    request: Request,
) -> Result<Response, Problem> {
    let by = caller.may(Scope::Issue)?;
    let entered: PaperRequest = body(request).await?;
    Ok(made(desk.enter_paper(manuscript_id(&id)?, entered, by).await?))
}

async fn of_issue(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<PaperForm> {
    let by = caller.may(Scope::Issue)?;
    Ok(Json(desk.paper_form_of_issue(issue_id(&id)?, by).await?))
}

async fn on_issue(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
    request: Request,
) -> Result<Response, Problem> {
    let by = caller.may(Scope::Issue)?;
    let entered: PaperRequest = body(request).await?;
    Ok(made(desk.enter_paper_on_issue(issue_id(&id)?, entered, by).await?))
}

async fn scan(State(desk): Shared, Path(no): Path<String>, caller: Rights) -> Result<Response, Problem> {
    let by = caller.may(Scope::Issue)?;
    let no = no.parse().map_err(|_| Problem::not_found(format!("没有代录签批 {no}")))?;
    let (file, bytes) = desk.paper_scan(no, by).await?;
    Ok(([(header::CONTENT_TYPE, file.kind)], bytes).into_response())
}
