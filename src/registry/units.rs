//! 单位账户: who belongs to a unit, who reviews, and whether review is wanted.

use axum::extract::{Path, State};

use crate::site::{Fields, Page, Visit};
use crate::web::Problem;

use super::Shared;
use super::entry::{back, entry_no};

pub(super) async fn people(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let (no, by, account) = (entry_no(&no)?, visit.actor()?, form.text("account"));
    let registry = &pages.registry;
    match form.text("do") {
        "add" => registry.put_person(no, account, form.text("reviewer") == "1", by).await?,
        "reviewer" => registry.put_person(no, account, true, by).await?,
        "writer" => registry.put_person(no, account, false, by).await?,
        "leave" => registry.leave(no, account, by).await?,
        _ => return Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    }
    back(no, "people")
}

pub(super) async fn review(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let no = entry_no(&no)?;
    pages.registry.review_first(no, form.text("do") == "on", visit.actor()?).await?;
    back(no, "review")
}
