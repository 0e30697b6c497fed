//! One of one's own items: as it was sent, where it stands, what was told of it; and its 用稿通知.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;

use crate::model::{ItemId, ItemMove, ItemState};
use crate::site::{Page, Shell, Visit, page};
use crate::store::{
    OutcomeMark, Sql, StoreError, asked_for, files_by_id, is_own_item, issued_uses, item_no, outcome_mark,
    read_item,
};
use crate::web::{Problem, encoded};

use super::Shared;
use super::notices::{Notices, Told};
use super::status::told;
use super::values::Values;

#[derive(Template)]
#[template(path = "own.html")]
struct OwnPage {
    shell: Shell,
    id: String,
    receipt: String,
    at: String,
    version: i64,
    values: Values,
    /// Names of attachments.
    files: Vec<String>,
    state: &'static str,
    words: &'static str,
    asked: String,
    notices: Vec<Told>,
    may_withdraw: bool,
    may_answer: bool,
    may_correct: bool,
    /// A 用稿通知 can be taken.
    used: bool,
}

fn gone() -> StoreError {
    StoreError::NotFound("本人的这件来稿；刚报送的请稍候再看".to_owned())
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id: ItemId = id.parse().map_err(|_| Problem::not_found("没有这件来稿"))?;
    let actor = visit.actor()?;
    let ways = pages.portal.ways.clone();
    let read = pages.portal.read(move |sql: &mut dyn Sql| {
        if !is_own_item(sql, &actor, &id)? {
            return Err(gone());
        }
        let no = item_no(sql, &id).map_err(|_| gone())?;
        let record = read_item(sql, no)?;
        let files = files_by_id(sql, &record.submission.attachments)?;
        let asked =
            if record.row.state == ItemState::Returned { asked_for(sql, &id)? } else { String::new() };
        let mark = outcome_mark(sql, no)?;
        let used = !issued_uses(sql, no)?.is_empty() || mark != OutcomeMark::default();
        Ok((record, files, asked, mark, used, Notices::read(sql, &actor, &ways)?))
    });
    let (record, files, asked, mark, used, notices) = read.await?;
    let state = record.row.state;
    let (shown, words) = told(Some(state), mark);
    page(&OwnPage {
        shell: Shell::new(&pages, &visit),
        receipt: record.row.receipt.to_string(),
        at: record.row.received_at.minute(),
        version: record.row.version,
        values: Values::of_item(&record.submission),
        files: files.into_iter().map(|file| file.name).collect(),
        state: shown,
        words,
        asked,
        notices: notices.told.into_iter().filter(|one| one.item == id.to_string()).collect(),
        may_withdraw: state.apply(ItemMove::Withdraw).is_ok(),
        may_answer: state == ItemState::Returned,
        may_correct: state == ItemState::Received,
        used,
        id: id.to_string(),
    })
}

/// 用稿通知, as PDF.
pub(super) async fn use_notice(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id: ItemId = id.parse().map_err(|_| Problem::not_found("没有这件来稿"))?;
    let actor = visit.actor()?;
    let own = pages.portal.read(move |sql: &mut dyn Sql| is_own_item(sql, &actor, &id)).await?;
    if !own {
        return Err(Problem::not_found("没有本人的这件来稿"));
    }
    let bytes = (pages.portal.use_notice)(id).await?;
    let mut response = ([(header::CONTENT_TYPE, "application/pdf")], bytes).into_response();
    let name = encoded("用稿通知.pdf");
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{name}")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
