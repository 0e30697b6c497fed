//! What an item is like, what was decided of the two, and its attachments.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use crate::site::{Person, Wanted};
use crate::store::VerdictRow;
use crate::web::Problem;

use super::super::VerdictRequest;
use super::super::bulletin_routes::handed_out;
use super::super::hints::HintsView;
use super::super::similar::SimilarView;
use super::{Answer, Shared, item_id};

/// 相似来稿 and 同类反映, personal data masked.
pub(super) async fn similar(State(pages): Shared, Path(id): Path<String>) -> Answer<SimilarView> {
    let desk = &pages.desk;
    let mut view = desk.similar(item_id(&id)?).await?;
    let mask = |text: &mut String| *text = desk.redactor.mask(text).into_inner();
    view.summary.iter_mut().chain(&mut view.new_sentences).for_each(mask);
    view.links.iter_mut().for_each(|one| mask(&mut one.neighbour.title));
    view.same_matter.iter_mut().for_each(|one| mask(&mut one.title));
    Ok(Json(view))
}

/// 提示; what they quote is masked.
pub(super) async fn hints(State(pages): Shared, Path(id): Path<String>) -> Answer<HintsView> {
    Ok(Json(pages.desk.hints(item_id(&id)?).await?))
}

pub(super) async fn verdicts(State(pages): Shared, Path(id): Path<String>) -> Answer<Vec<VerdictRow>> {
    Ok(Json(pages.desk.verdicts(item_id(&id)?).await?))
}

/// 重复, 续报 or 无关; it replaces the one before.
pub(super) async fn decide(
    State(pages): Shared,
    person: Person,
    Path(id): Path<String>,
    Wanted(wanted): Wanted<VerdictRequest>,
) -> Answer<Vec<VerdictRow>> {
    Ok(Json(pages.desk.give_verdict(item_id(&id)?, wanted, person.actor()).await?))
}

pub(super) async fn withdraw(
    State(pages): Shared,
    person: Person,
    Path((id, other)): Path<(String, String)>,
) -> Answer<Value> {
    let (one, other) = (item_id(&id)?, item_id(&other)?);
    pages.desk.withdraw_verdict(one, other, person.actor()).await?;
    Ok(Json(json!({ "other": other, "withdrawn": true })))
}

/// An attachment by its place from 1; the look is logged.
pub(super) async fn attachment(
    State(pages): Shared,
    person: Person,
    Path((id, n)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let n = n.parse().map_err(|_| Problem::not_found("没有这个附件"))?;
    let (name, bytes) = pages.desk.take_attachment(item_id(&id)?, n, person.actor()).await?;
    Ok(handed_out(&name, bytes, "attachment"))
}
