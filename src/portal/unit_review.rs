//! 本级审核, decided: what one of a unit sent, another passes or returns, one by one or many at once.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use futures_util::StreamExt;

use crate::model::{Actor, UnitDraftState};
use crate::site::{Fields, Page, Visit};
use crate::store::{
    OwnUnit, Sql, StoreError, UnitDraft, answer_topic, decide_unit_draft, is_unit_item, put_own_item,
    put_unit_item, unit_draft,
};
use crate::web::{Form, Problem};

use super::unit::{account_of, own_unit, sender};
use super::values::Values;
use super::{Pages, Sent, Shared};

/// Longest word on what is returned.
const COMMENT_MAX: usize = 300;
/// Passed side by side.
const SIDE_BY_SIDE: usize = 16;

fn forbidden(detail: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "not_reviewer", detail)
}

/// The unit of a reviewer.
async fn reviewed(pages: &Pages, by: &Actor) -> Result<OwnUnit, Problem> {
    let unit = own_unit(&pages.portal, by).await?;
    let unit = unit.ok_or_else(|| Problem::not_found("没有本单位的这件稿"))?;
    if unit.reviewer { Ok(unit) } else { Err(forbidden("您不是本单位的审核人，不能审核")) }
}

/// One that waits and that this reviewer may decide about, as it was read.
async fn waiting(
    pages: &Pages,
    (unit, account): (&OwnUnit, &str),
    (no, rev): (i64, i64),
) -> Result<UnitDraft, Problem> {
    let unit_no = unit.no;
    let draft = pages.portal.read(move |sql: &mut dyn Sql| unit_draft(sql, unit_no, no)).await?;
    if draft.author == account && unit.others_review {
        return Err(forbidden("自己写的稿由本单位另一位审核人审核"));
    }
    if rev != draft.rev || !draft.state.waits() {
        return Err(Problem::conflict("stale", "这件稿刚有变动，请返回刷新后重新审核"));
    }
    Ok(draft)
}

pub(super) async fn decide(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let no: i64 = no.parse().map_err(|_| Problem::not_found("没有本单位的这件稿"))?;
    let (by, account) = (visit.actor()?, account_of(&visit)?);
    let unit = reviewed(&pages, &by).await?;
    let rev = form.number("rev").unwrap_or_default();
    let draft = waiting(&pages, (&unit, &account), (no, rev)).await?;
    match form.text("do") {
        "pass" => {
            pass(&pages, draft, by).await?;
            Ok(Redirect::to("/unit?done=passed").into_response())
        }
        "return" => {
            let comment = form.limited("comment", "退回意见", COMMENT_MAX)?;
            if comment.is_empty() {
                return Err(Problem::invalid("没有写退回意见，请写明要改什么再退回"));
            }
            let returned = UnitDraftState::Returned;
            let write =
                move |tx: &mut crate::store::Tx<'_>| decide_unit_draft(tx, &draft, returned, &comment, &by);
            pages.portal.write(write).await?;
            Ok(Redirect::to("/unit?done=returned").into_response())
        }
        _ => Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    }
}

/// `12.3`: what was read, and in which revision.
fn picked(form: &Form) -> Result<Vec<(i64, i64)>, Problem> {
    let name = if form.text("do") == "all" { "shown" } else { "pick" };
    let one = |text: &str| {
        let (no, rev) = text.split_once('.')?;
        Some((no.parse().ok()?, rev.parse().ok()?))
    };
    let all: Option<Vec<(i64, i64)>> = form.all(name).map(one).collect();
    match all {
        Some(all) if !all.is_empty() => Ok(all),
        Some(_) => Err(Problem::invalid("没有勾选，没有通过任何一件。请返回勾选")),
        None => Err(Problem::invalid("页面不完整，没有通过任何一件。请返回刷新")),
    }
}

/// Passes what was picked; what changed meanwhile or is refused stays, and the others go all the same.
pub(super) async fn decide_many(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let (by, account) = (visit.actor()?, account_of(&visit)?);
    let unit = reviewed(&pages, &by).await?;
    let (pages, unit, account, by) = (&pages, &unit, account.as_str(), &by);
    let one = |at: (i64, i64)| async move {
        let draft = waiting(pages, (unit, account), at).await?;
        pass(pages, draft, by.clone()).await
    };
    let all = futures_util::stream::iter(picked(&form)?).map(one).buffered(SIDE_BY_SIDE);
    let done: Vec<Result<(), Problem>> = all.collect().await;
    let passed = done.iter().filter(|one| one.is_ok()).count();
    let away = done.into_iter().filter_map(Result::err).find(|problem| problem.status >= 500);
    match away {
        Some(problem) if passed == 0 => Err(problem),
        _ => {
            let left = form.all(if form.text("do") == "all" { "shown" } else { "pick" }).count() - passed;
            Ok(Redirect::to(&format!("/unit?done=many&passed={passed}&left={left}")).into_response())
        }
    }
}

/// The item as it is sent: as it waited; of one that waits since before, as its form has it.
fn sent(draft: &UnitDraft, author: &Actor) -> Sent {
    let json = draft.item.clone().map(String::into_bytes);
    let key = match draft.request_key.as_str() {
        "" if draft.item.is_some() => None,
        "" => Some(format!("form-{}", draft.form_key)),
        key => Some(key.to_owned()),
    };
    Sent {
        corrects: draft.corrects,
        source: draft.source.clone(),
        actor: sender(draft).unwrap_or_else(|| author.clone()),
        account: None,
        json: json.unwrap_or_else(|| Values::of(&Form::parse(draft.fields.as_bytes())).json(false)),
        key,
        form: String::new(),
        as_unit: draft.as_unit,
        passed: true,
    }
}

/// Passes a draft: from here on nobody changes it; then it is sent under its own name, so that a break in between is made
/// good by passing it again.
async fn pass(pages: &Arc<Pages>, draft: UnitDraft, by: Actor) -> Result<(), Problem> {
    let portal = &pages.portal;
    let author = Actor::User(draft.author.clone());
    let (begun, who) = (draft.clone(), by.clone());
    portal.write(move |tx| decide_unit_draft(tx, &begun, UnitDraftState::Sending, "", &who)).await?;
    let sending = UnitDraft { rev: draft.rev + 1, state: UnitDraftState::Sending, ..draft };
    let answer = match (portal.submit)(sent(&sending, &author)).await {
        Ok(answer) => answer,
        // What will never be taken goes back to waiting, with the reason told; anything else is tried again.
        Err(problem) if problem.status < 500 => {
            let why = format!("报送时没有收下：{}", problem.detail);
            let write = move |tx: &mut crate::store::Tx<'_>| {
                decide_unit_draft(tx, &sending, UnitDraftState::Waiting, &why, &by)
            };
            portal.write(write).await?;
            return Err(problem);
        }
        Err(problem) => return Err(problem),
    };
    portal.write(move |tx| note(tx, &sending, (&author, &by), &answer)).await
}

fn note(
    tx: &mut crate::store::Tx<'_>,
    draft: &UnitDraft,
    (author, by): (&Actor, &Actor),
    answer: &super::Answer,
) -> Result<(), StoreError> {
    decide_unit_draft(tx, draft, UnitDraftState::Sent, "", by)?;
    let item = (&answer.item, &answer.receipt);
    put_own_item(tx, author, item, &draft.title)?;
    let unit = if draft.corrects.is_some() { is_unit_item(tx, draft.unit, item.0)? } else { draft.as_unit };
    if unit {
        put_unit_item(tx, draft.unit, &draft.author, item, &draft.title)?;
    }
    // What came by another way names its topic itself.
    if draft.fields.is_empty() {
        return Ok(());
    }
    let topic = Values::of(&Form::parse(draft.fields.as_bytes())).topic.parse().ok();
    match answer_topic(tx, item.0, topic, author) {
        // The topic is gone meanwhile; the item is not.
        Err(StoreError::NotFound(_)) => Ok(()),
        other => other,
    }
}
