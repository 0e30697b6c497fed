//! Bulletins over HTTP: extract, call one use case, answer.

use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bulletin::PastIssue;
use crate::model::{IssueId, Scope, SeriesId};
use crate::store::IssueRecord;
use crate::web::Problem;

use super::routes::{Answer, Rights, Shared, body};
use super::{
    CompileRequest, CorrectionRequest, Desk, DeskError, IssueRequest, IssueView, NumberRow, Opening,
    PastTaken, ReasonRequest, Verified,
};

/// The routes of bulletins.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/api/v1/bulletins", get(issues).post(compile))
        .route("/api/v1/bulletins/past", post(take_past))
        .route("/api/v1/bulletins/{id}", get(show_issue))
        .route("/api/v1/bulletins/{id}/proof", get(proof))
        .route("/api/v1/bulletins/{id}/correct", post(correct))
        .route("/api/v1/bulletins/{id}/issue", post(issue))
        .route("/api/v1/bulletins/{id}/give-back", post(give_back))
        .route("/api/v1/bulletins/{id}/void", post(void))
        .route("/api/v1/bulletins/{id}/verify", get(verify))
        .route("/api/v1/bulletins/{id}/files/{format}", get(file))
        .route("/api/v1/series", get(series))
        .route("/api/v1/series/{id}/numbers/{year}", get(numbers))
        .route("/api/v1/series/{id}/numbers/{year}/opening", put(open_book))
}

/// Which issues are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    year: Option<i32>,
}

async fn issues(
    State(desk): Shared,
    Query(wanted): Query<ListQuery>,
    caller: Rights,
) -> Answer<Vec<IssueRecord>> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.issues(wanted.year).await?))
}

async fn compile(State(desk): Shared, caller: Rights, request: Request) -> Result<Response, Problem> {
    let actor = caller.may(Scope::Issue)?;
    let wanted: CompileRequest = body(request).await?;
    let view = desk.compile(wanted, actor).await?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

async fn show_issue(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<IssueView> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.issue_view(issue_id(&id)?).await?))
}

/// The form of a proof.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofQuery {
    #[serde(default = "html")]
    format: String,
}

fn html() -> String {
    "html".to_owned()
}

async fn proof(
    State(desk): Shared,
    Path(id): Path<String>,
    Query(wanted): Query<ProofQuery>,
    caller: Rights,
) -> Result<Response, Problem> {
    caller.may(Scope::Read)?;
    let (name, bytes) = desk.proof(issue_id(&id)?, &wanted.format).await?;
    Ok(handed_out(&name, &wanted.format, bytes, "inline"))
}

async fn correct(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<IssueView> {
    let actor = caller.may(Scope::Edit)?;
    let wanted: CorrectionRequest = body(request).await?;
    Ok(Json(desk.correct(issue_id(&id)?, wanted, actor).await?))
}

async fn issue(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<IssueView> {
    let actor = caller.may(Scope::Issue)?;
    let wanted: IssueRequest = body(request).await?;
    Ok(Json(desk.issue(issue_id(&id)?, wanted, actor).await?))
}

async fn give_back(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<IssueView> {
    let actor = caller.may(Scope::Issue)?;
    let wanted: ReasonRequest = body(request).await?;
    Ok(Json(desk.give_back(issue_id(&id)?, wanted, actor).await?))
}

async fn void(
    State(desk): Shared,
    Path(id): Path<String>,
    caller: Rights,
    request: Request,
) -> Answer<IssueView> {
    let actor = caller.may(Scope::Issue)?;
    let wanted: ReasonRequest = body(request).await?;
    Ok(Json(desk.void(issue_id(&id)?, wanted, actor).await?))
}

async fn verify(State(desk): Shared, Path(id): Path<String>, caller: Rights) -> Answer<Verified> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.verify_issue(issue_id(&id)?).await?))
}

async fn file(
    State(desk): Shared,
    Path((id, format)): Path<(String, String)>,
    caller: Rights,
) -> Result<Response, Problem> {
    caller.may(Scope::Read)?;
    let (file, bytes) = desk.file(issue_id(&id)?, format).await?;
    Ok(handed_out(&file.name, &file.format, bytes, "attachment"))
}

async fn take_past(State(desk): Shared, caller: Rights, request: Request) -> Answer<PastTaken> {
    let actor = caller.may(Scope::Issue)?;
    let wanted: PastIssue = body(request).await?;
    Ok(Json(desk.take_past(wanted, actor).await?))
}

async fn series(State(desk): Shared, caller: Rights) -> Answer<Value> {
    caller.may(Scope::Read)?;
    Ok(Json(json!(desk.all_series())))
}

async fn numbers(
    State(desk): Shared,
    Path((id, year)): Path<(String, i32)>,
    caller: Rights,
) -> Answer<Vec<NumberRow>> {
    caller.may(Scope::Read)?;
    Ok(Json(desk.numbers(series_id(&id)?, year).await?))
}

async fn open_book(
    State(desk): Shared,
    Path((id, year)): Path<(String, i32)>,
    caller: Rights,
    request: Request,
) -> Answer<Vec<NumberRow>> {
    let actor = caller.may(Scope::Issue)?;
    let wanted: Opening = body(request).await?;
    Ok(Json(desk.open_book(series_id(&id)?, year, wanted, actor).await?))
}

/// A file as an answer. RFC 6266: its name is Chinese, so only the encoded form can carry it.
fn handed_out(name: &str, format: &str, bytes: Vec<u8>, disposition: &str) -> Response {
    let ending = format.rsplit('.').next().unwrap_or(format);
    let kind = match ending {
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "html" => "text/html; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "pdf" => "application/pdf",
        "json" => "application/json",
        _ => "application/octet-stream",
    };
    let encoded: String = name.bytes().map(percent).collect();
    let disposition = format!("{disposition}; filename=\"bulletin.{ending}\"; filename*=UTF-8''{encoded}");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

fn issue_id(text: &str) -> Result<IssueId, DeskError> {
    Ok(text.parse()?)
}

fn series_id(text: &str) -> Result<SeriesId, DeskError> {
    Ok(text.parse()?)
}
