//! 本单位: what its people sent in its name, and 本级审核: what one wrote, another of the unit passes before it is sent.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use crate::model::{Actor, FileId, SourceId, UnitDraftState};
use crate::site::{Asked, Fields, Page, Shell, Visit, page};
use crate::store::{
    OutcomeMark, OwnUnit, Sql, StoreError, UnitDraft, answer_topic, decide_unit_draft, item_no, outcome_mark,
    put_own_item, put_unit_draft, put_unit_item, unit_draft, unit_drafts, unit_items, unit_of, unit_people,
    use_files,
};
use crate::web::{Form, Problem};

use super::report::PORTAL;
use super::status::told;
use super::values::Values;
use super::{Pages, Portal, Sent, Shared};

/// Drafts and items listed.
const LISTED: i64 = 200;
/// Longest word on what is returned.
const COMMENT_MAX: usize = 300;

#[derive(Template)]
#[template(path = "unit.html")]
struct UnitPage {
    shell: Shell,
    unit: OwnUnit,
    people: Vec<(String, bool)>,
    drafts: Vec<DraftLine>,
    items: Vec<ItemLine>,
    notice: &'static str,
}

struct DraftLine {
    no: i64,
    rev: i64,
    author: String,
    own: bool,
    state: &'static str,
    waiting: bool,
    comment: String,
    at: String,
    title: String,
    parts: Vec<(&'static str, String)>,
    signed: String,
    attached: Vec<String>,
    may_decide: bool,
    may_change: bool,
}

struct ItemLine {
    title: String,
    receipt: String,
    author: String,
    at: String,
    state: &'static str,
}

/// The unit in whose name somebody sends.
pub(super) async fn own_unit(portal: &Portal, actor: &Actor) -> Result<Option<OwnUnit>, Problem> {
    let Actor::User(account) = actor.clone() else { return Ok(None) };
    portal.read(move |sql: &mut dyn Sql| unit_of(sql, &account)).await
}

fn account_of(visit: &Visit) -> Result<String, Problem> {
    Ok(visit.who()?.user.name.to_string())
}

fn draft_line(
    draft: UnitDraft,
    unit: &OwnUnit,
    account: &str,
    title_of: &dyn Fn(&str) -> String,
) -> DraftLine {
    let values = Values::of(&Form::parse(draft.fields.as_bytes()));
    let own = draft.author == account;
    let parts = [("情况", values.body), ("原因", values.causes), ("建议", values.suggestions)];
    let waiting = draft.state.waits();
    let signed = [values.name.as_str(), values.unit.as_str(), values.post.as_str(), values.others.as_str()];
    let signed: Vec<&str> = signed.into_iter().filter(|part| !part.is_empty()).collect();
    DraftLine {
        no: draft.no,
        rev: draft.rev,
        author: title_of(&draft.author),
        state: draft.state.label(),
        comment: draft.comment,
        at: draft.at.minute(),
        title: draft.title,
        parts: parts.into_iter().filter(|(_, text)| !text.is_empty()).collect(),
        signed: signed.join(" · "),
        attached: values.attached.into_iter().map(|(_, name)| name).collect(),
        may_decide: waiting && unit.reviewer && (!own || !unit.others_review),
        may_change: own && draft.state.may_change(),
        own,
        waiting,
    }
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let account = account_of(&visit)?;
    let portal = &pages.portal;
    let unit = own_unit(portal, &visit.actor()?).await?;
    let unit = unit.ok_or_else(|| {
        Problem::not_found("您的账户不属于任何单位；如应属于某单位，请联系政协机关的管理员加入")
    })?;
    let no = unit.no;
    let read = portal.read(move |sql: &mut dyn Sql| {
        let items = unit_items(sql, no, LISTED)?.into_iter().map(|item| {
            let mark = match item.state {
                Some(_) => {
                    let no = item_no(sql, &item.id)?;
                    outcome_mark(sql, no)?
                }
                None => OutcomeMark::default(),
            };
            Ok((item, mark))
        });
        let items = items.collect::<Result<Vec<_>, StoreError>>()?;
        Ok((unit_people(sql, no)?, unit_drafts(sql, no, LISTED)?, items))
    });
    let (people, drafts, items) = read.await?;
    let title_of = |account: &str| {
        let known = people.iter().find(|person| person.account == account);
        known.map_or_else(|| account.to_owned(), |person| person.title.clone())
    };
    let items = items.into_iter().map(|(item, mark)| ItemLine {
        author: title_of(&item.author),
        title: item.title,
        receipt: item.receipt,
        at: item.at.minute(),
        state: told(item.state, mark).0,
    });
    let items = items.collect();
    let line = |draft: UnitDraft| draft_line(draft, &unit, &account, &title_of);
    let drafts = drafts.into_iter().map(line).collect();
    let current = people.iter().filter(|person| person.left_at.is_none());
    page(&UnitPage {
        shell: Shell::new(&pages, &visit),
        people: current.map(|person| (person.title.clone(), person.reviewer)).collect(),
        drafts,
        items,
        notice: match asked.text("done") {
            "submitted" => "已送本级审核，通过后即报送",
            "passed" => "已通过并报送",
            "returned" => "已退回",
            _ => "",
        },
        unit,
    })
}

/// 送本级审核, instead of sending. What the intake would refuse is refused here already, and nothing is kept of it.
pub(super) async fn submit(
    portal: &Portal,
    actor: &Actor,
    unit: &OwnUnit,
    values: &Values,
    key: &str,
) -> Result<(), Problem> {
    (portal.check)(&values.json(false))?;
    let form = values.form().address();
    let (no, actor, key, title) = (unit.no, actor.clone(), key.to_owned(), values.title.clone());
    let files = files_of(values)?;
    portal
        .write(move |tx| {
            // They stay until the item that refers to them is sent.
            if use_files(tx, &actor.to_string(), &files)?.is_some() {
                return Err(StoreError::NotFound("附件，请重新添加".to_owned()));
            }
            put_unit_draft(tx, no, &actor, (&title, &form, &key))?;
            super::report::forget_new_draft(tx, &actor)
        })
        .await
}

fn files_of(values: &Values) -> Result<Vec<FileId>, Problem> {
    let ids = values.attached.iter().map(|(id, _)| id.parse());
    ids.collect::<Result<_, _>>().map_err(|_| Problem::invalid("附件不对，请重新添加"))
}

/// What somebody wrote for the unit and may change: for the form.
pub(super) async fn own_draft(portal: &Portal, actor: &Actor, no: i64) -> Result<Option<UnitDraft>, Problem> {
    let Some(unit) = own_unit(portal, actor).await? else { return Ok(None) };
    let draft = portal.read(move |sql: &mut dyn Sql| unit_draft(sql, unit.no, no)).await?;
    let own = matches!(actor, Actor::User(account) if *account == draft.author);
    Ok(Some(draft).filter(|draft| own && draft.state.may_change()))
}

pub(super) async fn decide(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let portal = &pages.portal;
    let no: i64 = no.parse().map_err(|_| Problem::not_found("没有本单位的这件稿"))?;
    let (by, account) = (visit.actor()?, account_of(&visit)?);
    let unit = own_unit(portal, &by).await?;
    let unit = unit.ok_or_else(|| Problem::not_found("没有本单位的这件稿"))?;
    let forbidden = |detail: &str| Problem::new(StatusCode::FORBIDDEN, "not_reviewer", detail);
    if !unit.reviewer {
        return Err(forbidden("您不是本单位的审核人，不能审核"));
    }
    let unit_no = unit.no;
    let draft = portal.read(move |sql: &mut dyn Sql| unit_draft(sql, unit_no, no)).await?;
    if draft.author == account && unit.others_review {
        return Err(forbidden("自己写的稿由本单位另一位审核人审核"));
    }
    if form.number("rev") != Some(draft.rev) || !draft.state.waits() {
        return Err(Problem::conflict("stale", "这件稿刚有变动，请返回刷新后重新审核"));
    }
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
            portal
                .write(move |tx| decide_unit_draft(tx, &draft, UnitDraftState::Returned, &comment, &by))
                .await?;
            Ok(Redirect::to("/unit?done=returned").into_response())
        }
        _ => Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    }
}

/// Passes a draft: from here on nobody changes it; then it is sent under its form's key, so that a break in between is made
/// good by passing it again.
async fn pass(pages: &Arc<Pages>, draft: UnitDraft, by: Actor) -> Result<(), Problem> {
    let portal = &pages.portal;
    let values = Values::of(&Form::parse(draft.fields.as_bytes()));
    let source: SourceId = PORTAL.parse().map_err(|error| Problem::internal(&error))?;
    let author = Actor::User(draft.author.clone());
    let (begun, who) = (draft.clone(), by.clone());
    portal.write(move |tx| decide_unit_draft(tx, &begun, UnitDraftState::Sending, "", &who)).await?;
    let sending = UnitDraft { rev: draft.rev + 1, state: UnitDraftState::Sending, ..draft };
    let sent = Sent {
        corrects: None,
        source,
        actor: author.clone(),
        json: values.json(false),
        key: format!("form-{}", sending.form_key),
    };
    let (item, receipt) = match (portal.submit)(sent).await {
        Ok(sent) => sent,
        // What will never be taken goes back to waiting, with the reason told; anything else is tried again.
        Err(problem) if problem.status < 500 => {
            let who = by.clone();
            portal
                .write(move |tx| decide_unit_draft(tx, &sending, UnitDraftState::Waiting, "", &who))
                .await?;
            return Err(problem);
        }
        Err(problem) => return Err(problem),
    };
    let topic = values.topic.parse().ok();
    portal
        .write(move |tx| {
            decide_unit_draft(tx, &sending, UnitDraftState::Sent, "", &by)?;
            put_own_item(tx, &author, (&item, &receipt), &values.title)?;
            put_unit_item(tx, sending.unit, &sending.author, (&item, &receipt), &values.title)?;
            match answer_topic(tx, &item, topic, &author) {
                // The topic is gone meanwhile; the item is not.
                Err(StoreError::NotFound(_)) => Ok(()),
                other => other,
            }
        })
        .await
}
