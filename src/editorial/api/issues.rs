//! 拟发稿 and issues: put together, signed, checked, issued.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::model::{IssueState, ManuscriptId, Outlet, Urgency};
use crate::site::{Person, Wanted};
use crate::store::IssueRecord;
use crate::web::Problem;

use super::super::bulletin_routes::handed_out;
use super::super::routes::{Asked, parameters};
use super::super::{CorrectionRequest, DraftRequest, IssueRequest, IssueView, ReasonRequest};
use super::{Answer, Shared, issue_id};

/// Issues in a list that names no year.
const LISTED: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    year: Option<i32>,
}

/// What waits for a proof, and the issues.
#[derive(Serialize)]
pub(super) struct Listed {
    ready: Vec<Ready>,
    issues: Vec<IssueRecord>,
}

#[derive(Serialize)]
struct Ready {
    id: ManuscriptId,
    title: String,
    #[serde(flatten)]
    outlet: Outlet,
    urgency: Urgency,
}

pub(super) async fn list(State(pages): Shared, query: Asked<ListQuery>) -> Answer<Listed> {
    let wanted = parameters(query)?;
    let ready = pages.desk.ready_manuscripts().await?.into_iter();
    let ready =
        ready.map(|row| Ready { id: row.id, title: row.title, outlet: row.outlet, urgency: row.urgency });
    let mut issues = pages.desk.issues(wanted.year).await?;
    if wanted.year.is_none() {
        issues.truncate(LISTED);
    }
    Ok(Json(Listed { ready: ready.collect(), issues }))
}

pub(super) async fn draft(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<DraftRequest>,
) -> Result<Response, Problem> {
    let id = pages.desk.draft_issue(wanted, person.actor()).await?;
    Ok((StatusCode::CREATED, Json(pages.desk.issue_view(id).await?)).into_response())
}

/// With what should be looked at before it is signed.
pub(super) async fn show(State(pages): Shared, Path(id): Path<String>) -> Answer<IssueView> {
    let id = issue_id(&id)?;
    let mut view = pages.desk.issue_view(id).await?;
    if view.issue.state == IssueState::Proof {
        view.warnings = pages.desk.proof_warnings(id).await?;
    }
    Ok(Json(view))
}

/// What goes with a signature.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SigningRequest {
    /// Why what 校对 holds to be 严重 stands as it is.
    #[serde(default)]
    word: String,
}

/// 签发, under the name of the person whose key it is.
pub(super) async fn sign(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    wanted: Option<Wanted<SigningRequest>>,
) -> Answer<IssueView> {
    let id = issue_id(&id)?;
    let word = wanted.map(|Wanted(wanted)| wanted.word).unwrap_or_default();
    pages.desk.sign_issue(id, person.0, word).await?;
    Ok(Json(pages.desk.issue_view(id).await?))
}

/// 复核.
pub(super) async fn check(State(pages): Shared, person: Person, Path(id): Path<String>) -> Answer<IssueView> {
    let id = issue_id(&id)?;
    pages.desk.check_issue(id, person.actor()).await?;
    Ok(Json(pages.desk.issue_view(id).await?))
}

/// 登记 and 编发: from 复核 on, or from where an earlier attempt stopped.
pub(super) async fn issue(State(pages): Shared, person: Person, Path(id): Path<String>) -> Answer<IssueView> {
    let (desk, id) = (&pages.desk, issue_id(&id)?);
    let known = desk.issue_view(id).await?.issue;
    if !matches!(known.state, IssueState::Checked | IssueState::Registered) {
        let detail = format!("本期当前为“{}”，复核之后才能编发", known.state.label());
        return Err(Problem::conflict("not_checked", detail));
    }
    let signer = known.signer.unwrap_or_default();
    let request = IssueRequest { signer, ..IssueRequest::default() };
    let view = desk.issue(id, request, person.actor()).await?;
    desk.counted.forget();
    Ok(Json(view))
}

pub(super) async fn correct(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<CorrectionRequest>,
) -> Answer<IssueView> {
    Ok(Json(pages.desk.correct(issue_id(&id)?, wanted, person.actor()).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnRequest {
    comment: String,
}

/// The proof is taken apart: its manuscripts go back to the last stage of review.
pub(super) async fn give_back(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<ReturnRequest>,
) -> Answer<IssueView> {
    let id = issue_id(&id)?;
    pages.desk.return_issue(id, wanted.comment.trim().to_owned(), person.actor()).await?;
    Ok(Json(pages.desk.issue_view(id).await?))
}

/// 作废.
pub(super) async fn void(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<ReasonRequest>,
) -> Answer<IssueView> {
    let view = pages.desk.void(issue_id(&id)?, wanted, person.actor()).await?;
    pages.desk.counted.forget();
    Ok(Json(view))
}

/// 退号.
pub(super) async fn give_back_number(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<ReasonRequest>,
) -> Answer<IssueView> {
    let view = pages.desk.give_back(issue_id(&id)?, wanted, person.actor()).await?;
    pages.desk.counted.forget();
    Ok(Json(view))
}

pub(super) async fn file(
    State(pages): Shared,
    Path((id, format)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (file, bytes) = pages.desk.file(issue_id(&id)?, format).await?;
    Ok(handed_out(&file.name, bytes, "attachment"))
}
