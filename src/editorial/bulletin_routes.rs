//! Bulletins over HTTP: extract, call one use case, answer.

use std::future::Future;
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::bulletin::PastIssue;
use crate::model::{Actor, IssueId, Scope, SeriesId};
use crate::store::IssueRecord;
use crate::web::{Problem, read_limited};

use super::routes::{Answer, Rights, Shared, body};
use super::{
    CompileRequest, CorrectionRequest, Desk, DeskError, IssueRequest, IssueView, NumberRow, Opening,
    PastTaken, PictureRequest, ReasonRequest,
};

/// Largest picture, and largest file of a past issue.
const FILE_MAX: usize = 32 << 20;

/// The routes of bulletins.
pub(super) fn routes() -> Router<Arc<Desk>> {
    use Scope::{Edit, Issue};
    let correct =
        change(
            Edit,
            |desk, id, wanted: CorrectionRequest, by| async move { desk.correct(id, wanted, by).await },
        );
    let issue =
        change(Issue, |desk, id, wanted: IssueRequest, by| async move { desk.issue(id, wanted, by).await });
    let give_back =
        change(
            Issue,
            |desk, id, wanted: ReasonRequest, by| async move { desk.give_back(id, wanted, by).await },
        );
    let void =
        change(Issue, |desk, id, wanted: ReasonRequest, by| async move { desk.void(id, wanted, by).await });
    Router::new()
        .route("/api/v1/bulletins", get(issues).post(compile))
        .route("/api/v1/bulletins/past", post(take_past))
        .route("/api/v1/bulletins/{id}", look(|desk, id| async move { desk.issue_view(id).await }))
        .route("/api/v1/bulletins/{id}/proof", get(proof))
        .route("/api/v1/bulletins/{id}/correct", correct)
        .route("/api/v1/bulletins/{id}/pictures", post(add_picture))
        .route("/api/v1/bulletins/{id}/issue", issue)
        .route("/api/v1/bulletins/{id}/give-back", give_back)
        .route("/api/v1/bulletins/{id}/void", void)
        .route("/api/v1/bulletins/{id}/verify", look(|desk, id| async move { desk.verify_issue(id).await }))
        .route("/api/v1/bulletins/{id}/original", post(keep_original))
        .route("/api/v1/bulletins/{id}/files/{format}", get(file))
        .route("/api/v1/series", get(series))
        .route("/api/v1/series/{id}/preview", get(preview))
        .route("/api/v1/series/{id}/numbers/{year}", get(numbers))
        .route("/api/v1/series/{id}/numbers/{year}/opening", put(open_book))
}

/// What is asked of one issue and answered without changing it.
fn look<V, F, A>(ask: F) -> MethodRouter<Arc<Desk>>
where
    V: Serialize + Send + 'static,
    F: Fn(Arc<Desk>, IssueId) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<V, DeskError>> + Send + 'static,
{
    get(move |State(desk): Shared, Path(id): Path<String>, caller: Rights| async move {
        caller.may(Scope::Read)?;
        Answer::<V>::Ok(Json(ask(desk, issue_id(&id)?).await?))
    })
}

/// What changes one issue: it needs a right and a body, and answers with the issue as it then is.
fn change<T, F, A>(scope: Scope, carry_out: F) -> MethodRouter<Arc<Desk>>
where
    T: DeserializeOwned + Send + 'static,
    F: Fn(Arc<Desk>, IssueId, T, Actor) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<IssueView, DeskError>> + Send + 'static,
{
    post(move |State(desk): Shared, Path(id): Path<String>, caller: Rights, request: Request| async move {
        let by = caller.may(scope)?;
        let wanted: T = body(request).await?;
        Answer::<IssueView>::Ok(Json(carry_out(desk, issue_id(&id)?, wanted, by).await?))
    })
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
    Ok(handed_out(&name, bytes, "inline"))
}

async fn add_picture(
    State(desk): Shared,
    Path(id): Path<String>,
    Query(wanted): Query<PictureRequest>,
    caller: Rights,
    request: Request,
) -> Answer<IssueView> {
    let by = caller.may(Scope::Edit)?;
    let bytes = sent(request).await?;
    Ok(Json(desk.add_picture(issue_id(&id)?, wanted, bytes, by).await?))
}

/// What a file that is sent is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NameQuery {
    name: String,
}

async fn keep_original(
    State(desk): Shared,
    Path(id): Path<String>,
    Query(wanted): Query<NameQuery>,
    caller: Rights,
    request: Request,
) -> Answer<IssueView> {
    let by = caller.may(Scope::Issue)?;
    let bytes = sent(request).await?;
    Ok(Json(desk.keep_original(issue_id(&id)?, wanted.name, bytes, by).await?))
}

/// A file that is sent as it is.
async fn sent(request: Request) -> Result<Bytes, Problem> {
    let (parts, body) = request.into_parts();
    read_limited(body, &parts.headers, FILE_MAX).await
}

async fn file(
    State(desk): Shared,
    Path((id, format)): Path<(String, String)>,
    caller: Rights,
) -> Result<Response, Problem> {
    caller.may(Scope::Read)?;
    let (file, bytes) = desk.file(issue_id(&id)?, format).await?;
    Ok(handed_out(&file.name, bytes, "attachment"))
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

async fn preview(
    State(desk): Shared,
    Path(id): Path<String>,
    Query(wanted): Query<ProofQuery>,
    caller: Rights,
) -> Result<Response, Problem> {
    caller.may(Scope::Read)?;
    let (name, bytes) = desk.series_preview(series_id(&id)?, &wanted.format).await?;
    Ok(handed_out(&name, bytes, "inline"))
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
pub(super) fn handed_out(name: &str, bytes: Vec<u8>, disposition: &str) -> Response {
    let ending = name.rsplit_once('.').map_or("bin", |(_, ending)| ending).to_lowercase();
    // Only letters and digits may stand in the plain form of the name.
    let ending = if ending.chars().all(|c| c.is_ascii_alphanumeric()) { ending } else { "bin".to_owned() };
    let kind = match ending.as_str() {
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
