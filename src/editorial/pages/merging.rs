//! 拼合 beside the editor's text: a form without scripts, keys and clicks with them.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::site::{Fields, Page, Visit};
use crate::web::Problem;

use super::Shared;
use super::manuscript::manuscript_id;

/// Puts the ticked sentences into the text.
pub(super) async fn take(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let rev = form.number("rev").ok_or_else(|| Problem::invalid("页面不完整，请刷新后重新提交"))?;
    let keys = form.all("sentence").map(str::to_owned).collect();
    pages.desk.take_sentences((manuscript_id(&id)?, rev), keys, visit.actor()?).await?;
    Ok(Redirect::to(&format!("/manuscripts/{id}?saved=1")).into_response())
}
