//! 我的来稿: where each stands, what was asked for, taking one back.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::{ItemId, ItemMove, ItemState};
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::store::{
    OutcomeMark, OwnItem, Sql, StoreError, history, is_own_item, item_no, move_item, outcome_mark, own_items,
    read_rows, unit_drafts, unit_of,
};
use crate::web::Problem;

use super::Shared;
use super::cosigned::{CoSignedLine, cosigned};
use super::notices::Notices;
use super::status::told;
use super::topics::{TopicLine, open_lines};

/// Items listed.
const LISTED: i64 = 200;

#[derive(Template)]
#[template(path = "mine.html")]
struct MinePage {
    shell: Shell,
    items: Vec<Line>,
    topics: Vec<TopicLine>,
    year: i32,
    sent: usize,
    adopted: usize,
    notices: Notices,
    chosen: bool,
    withdrawn: bool,
    answered: bool,
    denied: bool,
    /// The unit that one belongs to: its name, how many wait there for a reviewer.
    unit: Option<(String, usize)>,
    cosigned: Vec<CoSignedLine>,
}

struct Line {
    id: String,
    title: String,
    receipt: String,
    at: String,
    state: &'static str,
    told: &'static str,
    /// What an editor asks for.
    asked: String,
    unread: bool,
    may_withdraw: bool,
    may_answer: bool,
}

/// What the editor wrote when the item was returned.
pub(super) fn asked_for(sql: &mut dyn Sql, id: &ItemId) -> Result<String, StoreError> {
    let rows = history(sql, &id.to_string())?;
    let back = rows.iter().rev().find(|row| {
        row.action == "item.move"
            && row.detail.get("to").and_then(|to| to.as_str()) == Some(ItemState::Returned.code())
    });
    let why = back.and_then(|row| row.detail.get("why")).and_then(|why| why.as_str()).unwrap_or_default();
    Ok(why.split_once('：').map_or(why, |(_, comment)| comment).to_owned())
}

pub(super) async fn list(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let portal = &pages.portal;
    let (actor, today) = (visit.actor()?, portal.clock.now().date());
    let (year, ways) = (today.year(), portal.ways.clone());
    let account = visit.who()?.user.name.to_string();
    let read = portal.read(move |sql: &mut dyn Sql| {
        let items = own_items(sql, &actor, LISTED)?;
        let notices = Notices::read(sql, &actor, &ways)?;
        let topics = open_lines(sql, today)?;
        let beside = (waiting_in_unit(sql, &account)?, cosigned(sql, &account)?);
        let items = items
            .into_iter()
            .map(|item| {
                let asked = match item.state {
                    Some(ItemState::Returned) => asked_for(sql, &item.id)?,
                    _ => String::new(),
                };
                let mark = match item.state {
                    Some(_) => {
                        let no = item_no(sql, &item.id)?;
                        outcome_mark(sql, no)?
                    }
                    None => OutcomeMark::default(),
                };
                Ok((item, asked, mark))
            })
            .collect::<Result<Vec<(OwnItem, String, OutcomeMark)>, StoreError>>()?;
        Ok((items, notices, topics, beside))
    });
    let (items, notices, topics, (unit, cosigned)) = read.await?;
    let this_year = |item: &OwnItem| item.at.date().year() == year;
    let sent = items.iter().filter(|(item, _, _)| this_year(item)).count();
    let adopted = |item: &OwnItem, mark: OutcomeMark| {
        this_year(item) && (item.state == Some(ItemState::Adopted) || mark != OutcomeMark::default())
    };
    let adopted = items.iter().filter(|(item, _, mark)| adopted(item, *mark)).count();
    let line = |(item, asked, mark): (OwnItem, String, OutcomeMark)| {
        let (state, words) = told(item.state, mark);
        let id = item.id.to_string();
        Line {
            unread: notices.unread_of(&id),
            id,
            title: item.title,
            receipt: item.receipt,
            at: item.at.minute(),
            state,
            told: words,
            asked,
            may_withdraw: item.state.is_some_and(|state| state.apply(ItemMove::Withdraw).is_ok()),
            may_answer: item.state == Some(ItemState::Returned),
        }
    };
    page(&MinePage {
        shell: Shell::new(&pages, &visit),
        items: items.into_iter().map(line).collect(),
        topics,
        notices,
        chosen: asked.text("chosen") == "1",
        year,
        sent,
        adopted,
        withdrawn: asked.text("withdrawn") == "1",
        answered: asked.text("answered") == "1",
        denied: asked.text("denied") == "1",
        unit,
        cosigned,
    })
}

/// The unit that somebody belongs to, and how many drafts wait or were returned there.
fn waiting_in_unit(sql: &mut dyn Sql, account: &str) -> Result<Option<(String, usize)>, StoreError> {
    let Some(unit) = unit_of(sql, account)? else { return Ok(None) };
    let drafts = unit_drafts(sql, unit.no, LISTED)?;
    let mine = drafts.iter().filter(|draft| match unit.reviewer {
        true => draft.state.waits() || draft.author == account,
        false => draft.author == account,
    });
    Ok(Some((unit.name, mine.count())))
}

/// 撤稿, by its author: possible until it was issued.
pub(super) async fn withdraw(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id: ItemId = id.parse().map_err(|_| Problem::not_found("没有这件来稿"))?;
    let actor = visit.actor()?;
    let done = pages.portal.write(move |tx| {
        if !is_own_item(tx, &actor, &id)? {
            return Err(StoreError::NotFound("本人的这件来稿".to_owned()));
        }
        let no = item_no(tx, &id)?;
        let row = read_rows(tx, &[no])?.pop();
        let row = row.ok_or_else(|| StoreError::NotFound("本人的这件来稿".to_owned()))?;
        match row.state.apply(ItemMove::Withdraw) {
            Ok(to) => move_item(tx, &row, to, &actor, "撤稿：作者自行撤回").map(|()| true),
            Err(_) => Ok(false),
        }
    });
    if done.await? {
        return Ok(Redirect::to("/mine?withdrawn=1").into_response());
    }
    Err(Problem::conflict("too_late", "这件来稿已不能撤回，如有需要请联系我们"))
}
