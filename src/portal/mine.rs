//! 我的来稿: where each stands, what was asked for, taking one back.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::{ItemId, ItemMove, ItemState, LocalDate, Receipt, Timestamp};
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::store::{
    OutcomeMark, OwnItem, Sql, StoreError, asked_for, first_own, is_own_item, item_no, move_item,
    outcome_mark, own_counts, own_items, read_rows, unit_drafts, unit_of,
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
    /// The year that is shown, and those that there are.
    year: i32,
    years: Vec<i32>,
    this_year: bool,
    sent: i64,
    adopted: i64,
    /// 应报 of this year; 0 = none.
    expected: i64,
    /// More were sent than are listed.
    cut: bool,
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
    may_correct: bool,
    /// A 用稿通知 can be taken.
    used: bool,
    /// A worker has stored it, so it has a page.
    stored: bool,
}

/// From the first moment of a year up to that of the next.
fn of_year(year: i32) -> Option<(Timestamp, Timestamp)> {
    let begin = |year| LocalDate::from_ymd(year, 1, 1).map(LocalDate::start);
    Some((begin(year)?, begin(year.checked_add(1)?)?))
}

pub(super) async fn list(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let portal = &pages.portal;
    let (actor, today) = (visit.actor()?, portal.clock.now().date());
    let (this, ways) = (today.year(), portal.ways.clone());
    let account = visit.who()?.user.name.to_string();
    let year = asked.number("year").and_then(|year| i32::try_from(year).ok()).unwrap_or(this);
    let within = of_year(year).ok_or_else(|| Problem::invalid("没有这一年，请从年份中选择"))?;
    let read = portal.read(move |sql: &mut dyn Sql| {
        let items = own_items(sql, &actor, within, LISTED)?;
        let counts = own_counts(sql, &actor, within)?;
        let first = first_own(sql, &actor)?.map_or(this, |at| at.date().year());
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
        Ok((items, notices, topics, beside, counts, first))
    });
    let (items, notices, topics, (unit, cosigned), counts, first) = read.await?;
    let cut = items.len() == usize::try_from(LISTED).unwrap_or_default();
    let line = |(item, asked, mark): (OwnItem, String, OutcomeMark)| {
        let (state, words) = told(item.state, mark);
        let id = item.id.to_string();
        Line {
            unread: notices.unread_of(&id),
            id,
            title: item.title,
            receipt: item.receipt.parse::<Receipt>().map_or(item.receipt, |receipt| receipt.to_string()),
            at: item.at.minute(),
            state,
            told: words,
            asked,
            may_withdraw: item.state.is_some_and(|state| state.apply(ItemMove::Withdraw).is_ok()),
            may_answer: item.state == Some(ItemState::Returned),
            used: item.state == Some(ItemState::Adopted) || mark != OutcomeMark::default(),
            stored: item.state.is_some(),
            may_correct: item.state == Some(ItemState::Received),
        }
    };
    page(&MinePage {
        shell: Shell::new(&pages, &visit),
        items: items.into_iter().map(line).collect(),
        topics,
        notices,
        chosen: asked.text("chosen") == "1",
        year,
        years: (first.min(this)..=this).rev().collect(),
        this_year: year == this,
        sent: counts.sent,
        adopted: counts.adopted,
        expected: i64::from(portal.settings.expected_per_year),
        cut,
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
