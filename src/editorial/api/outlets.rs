//! 上报 and 直转, papers, proofs, numbers: what else leads from a manuscript to its reader.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::{RecordCode, SeriesId};
use crate::site::{Person, Wanted};
use crate::text::tidy::Change;
use crate::web::Problem;

use super::super::bulletin_routes::handed_out;
use super::super::forms::Record;
use super::super::issue::NumberRow;
use super::super::manuscript::Sending;
use super::super::routes::{Asked, parameters};
use super::{Answer, Shared, issue_id, manuscript_id};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SendRequest {
    rev: i64,
    #[serde(rename = "do")]
    what: What,
    #[serde(default)]
    comment: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Sign,
    Return,
    Send,
}

/// Signs, returns or sends what goes out without an issue.
pub(super) async fn send(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<SendRequest>,
) -> Answer<Value> {
    let id = manuscript_id(&id)?;
    let what = match wanted.what {
        What::Sign => Sending::Sign,
        What::Return => Sending::Return,
        What::Send => Sending::Send,
    };
    pages.desk.send_manuscript((id, wanted.rev), what, wanted.comment, &person.0).await?;
    pages.desk.counted.forget();
    let record = pages.desk.manuscript(id, &person.0).await?.record;
    Ok(Json(json!({ "id": id, "rev": record.rev, "state": record.state })))
}

/// 上报稿 or 转送函.
pub(super) async fn paper(
    State(pages): Shared,
    Path((id, format)): Path<(String, String)>,
) -> Result<Response, Problem> {
    if !matches!(format.as_str(), "html" | "docx" | "pdf") {
        return Err(Problem::not_found("只有 html、docx、pdf 三种"));
    }
    let (name, bytes) = pages.desk.outlet_paper(manuscript_id(&id)?, format).await?;
    Ok(handed_out(&name, bytes, "attachment"))
}

/// 一键整理: proposals for the text as it stands; nothing is changed.
pub(super) async fn tidy(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
) -> Answer<Vec<Change>> {
    let record = pages.desk.manuscript(manuscript_id(&id)?, &person.0).await?.record;
    Ok(Json(pages.desk.tidied(record.texts.body).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProofQuery {
    format: Option<String>,
}

/// 清样.
pub(super) async fn proof(
    State(pages): Shared,
    Path(id): Path<String>,
    query: Asked<ProofQuery>,
) -> Result<Response, Problem> {
    let format = parameters(query)?.format.unwrap_or_else(|| "html".to_owned());
    let (name, bytes) = pages.desk.proof(issue_id(&id)?, &format).await?;
    Ok(handed_out(&name, bytes, "inline"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumbersQuery {
    series: SeriesId,
    year: Option<i32>,
}

/// 期号簿.
pub(super) async fn numbers(State(pages): Shared, query: Asked<NumbersQuery>) -> Answer<Vec<NumberRow>> {
    let NumbersQuery { series, year } = parameters(query)?;
    let year = year.unwrap_or_else(|| pages.desk.clock.now().date().year());
    Ok(Json(pages.desk.numbers(series, year).await?))
}

/// What the code of a paper form belongs to.
pub(super) async fn find(State(pages): Shared, Path(code): Path<String>) -> Answer<Vec<Value>> {
    let none = || {
        let code: String = code.chars().take(40).collect();
        Problem::not_found(format!("没有编号为 {code} 的编稿或期，请核对是否输错"))
    };
    let found = pages.desk.coded(RecordCode::read(&code).ok_or_else(none)?).await?;
    if found.is_empty() {
        return Err(none());
    }
    let one = |(record, title): (Record, String)| match record {
        Record::Manuscript(id) => json!({ "manuscript": id, "title": title }),
        Record::Issue(id) => json!({ "issue": id, "title": title }),
    };
    Ok(Json(found.into_iter().map(one).collect()))
}
