//! 代录签批: what was decided with a pen, entered by whose key it is. The scan is sent first.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::site::{Person, Wanted};
use crate::web::{Problem, read_limited};

use super::super::on_paper::{PaperForm, PaperRequest};
use super::super::outcome::SCAN_MAX;
use super::{Answer, Shared, issue_id, manuscript_id};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScanQuery {
    #[serde(default)]
    name: String,
}

/// Keeps a scan for a day, until a decision refers to it.
pub(super) async fn keep_scan(
    State(pages): Shared,
    person: Person,
    query: Result<Query<ScanQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Query(ScanQuery { name }) = query.map_err(|error| {
        let detail = format!("查询参数只能是 name：{}", error.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "bad_query", detail)
    })?;
    let bytes = read_limited(body, &headers, SCAN_MAX).await?;
    let (id, name) = (pages.desk.hooks.keep_file)(person.actor(), name, bytes.to_vec()).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id, "name": name }))).into_response())
}

fn made(no: i64) -> Response {
    (StatusCode::CREATED, Json(json!({ "no": no }))).into_response()
}

pub(super) async fn of_manuscript(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
) -> Answer<PaperForm> {
    Ok(Json(pages.desk.paper_form(manuscript_id(&id)?, person.actor()).await?))
}

pub(super) async fn on_manuscript(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<PaperRequest>,
) -> Result<Response, Problem> {
    let no = pages.desk.enter_paper(manuscript_id(&id)?, wanted, person.actor()).await?;
    pages.desk.counted.forget();
    Ok(made(no))
}

pub(super) async fn of_issue(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
) -> Answer<PaperForm> {
    Ok(Json(pages.desk.paper_form_of_issue(issue_id(&id)?, person.actor()).await?))
}

pub(super) async fn on_issue(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<PaperRequest>,
) -> Result<Response, Problem> {
    let no = pages.desk.enter_paper_on_issue(issue_id(&id)?, wanted, person.actor()).await?;
    pages.desk.counted.forget();
    Ok(made(no))
}

/// The scan; the look is logged.
pub(super) async fn scan(
    State(pages): Shared,
    person: Person,
    Path(no): Path<String>,
) -> Result<Response, Problem> {
    let no = no.parse().map_err(|_| Problem::not_found(format!("没有代录签批 {no}")))?;
    let (file, bytes) = pages.desk.paper_scan(no, person.actor()).await?;
    Ok(([(header::CONTENT_TYPE, file.kind)], bytes).into_response())
}
