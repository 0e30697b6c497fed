//! 校对 beside the text: left as it is with a reason, looked at again, let pass wherever it stands.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;

use crate::model::Permission;
use crate::site::{Fields, Page, Visit};
use crate::text::ProofKind;
use crate::web::Problem;

use super::super::DeskError;
use super::super::manuscript::Place;
use super::Shared;
use super::manuscript::{manuscript_id, texts};

/// The right that lets a phrase pass for everybody.
pub(in crate::editorial) const LETS_PASS: Permission = Permission::Review;

/// What somebody without that right is told.
pub(in crate::editorial) fn refused() -> DeskError {
    DeskError::Forbidden("列入校对放行需要“审核”权限；可注明理由，本稿不改".to_owned())
}

/// Answers with what there is to look at afterwards.
pub(super) async fn act(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let (desk, id) = (&pages.desk, manuscript_id(&id)?);
    let kind = ProofKind::from_code(form.text("kind"));
    let kind = kind.ok_or_else(|| Problem::invalid("没有写明是哪一类疑点，请刷新页面"))?;
    let (place, why) = (Place { kind, key: form.raw("key").to_owned() }, form.text("why"));
    match form.text("do") {
        "leave" => desk.leave_fault(id, place, why, visit.actor()?).await?,
        "look_again" => desk.look_again(id, place, visit.actor()?).await?,
        "let_pass" if !visit.may(LETS_PASS) => {
            return Err(refused().into());
        }
        "let_pass" => desk.let_pass(place, why, visit.actor()?).await?,
        _ => return Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    }
    Ok(Json(desk.proofread(id, texts(&form)).await?).into_response())
}
