//! 本单位: what its people sent in its name, and 本级审核: what one wrote, another of the unit passes before it is sent.

use askama::Template;
use axum::extract::State;
use serde_json::Value;

use crate::model::{Actor, Submission};
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::store::{
    OutcomeMark, OwnUnit, Sql, StoreError, UnitDraft, count_unit_drafts, files_by_id, item_no, outcome_mark,
    unit_draft, unit_drafts, unit_items, unit_of, unit_people,
};
use crate::web::{Form, Problem};

use super::report::PORTAL;
use super::status::told;
use super::values::Values;
use super::{Portal, Sent, Shared};

/// Drafts and items listed.
const LISTED: i64 = 200;

#[derive(Template)]
#[template(path = "unit.html")]
struct UnitPage {
    shell: Shell,
    unit: OwnUnit,
    people: Vec<(String, bool)>,
    drafts: Vec<DraftLine>,
    /// How many of them the visitor may decide about.
    decidable: usize,
    /// How many wait in all.
    waiting: i64,
    items: Vec<ItemLine>,
    notice: String,
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
    /// 补充 of an item that was sent before; 本人名义.
    kind: &'static str,
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

pub(super) fn account_of(visit: &Visit) -> Result<String, Problem> {
    Ok(visit.who()?.user.name.to_string())
}

fn draft_line(
    draft: UnitDraft,
    values: Values,
    (unit, account): (&OwnUnit, &str),
    title_of: &dyn Fn(&str) -> String,
) -> DraftLine {
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
        kind: match (draft.corrects, draft.as_unit) {
            (Some(_), _) => "补充",
            (None, false) => "本人名义",
            (None, true) => "",
        },
        parts: parts.into_iter().filter(|(_, text)| !text.is_empty()).collect(),
        signed: signed.join(" · "),
        attached: values.attached.into_iter().map(|(_, name)| name).collect(),
        may_decide: waiting && unit.reviewer && (!own || !unit.others_review),
        may_change: own && draft.state.may_change(),
        own,
        waiting,
    }
}

/// What was done just now.
fn notice(asked: &Form) -> String {
    let count = |name: &str| asked.number(name).unwrap_or_default();
    match asked.text("done") {
        "submitted" => "已送本级审核，通过后即报送".to_owned(),
        "passed" => "已通过并报送".to_owned(),
        "many" => match count("left") {
            0 => format!("已通过并报送 {} 件", count("passed")),
            left => {
                format!(
                    "已通过并报送 {} 件；{left} 件刚有变动或没有收下，仍在下面，请逐件核对",
                    count("passed")
                )
            }
        },
        "returned" => "已退回".to_owned(),
        _ => String::new(),
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
        let waiting = count_unit_drafts(sql, no)?;
        Ok((unit_people(sql, no)?, unit_drafts(sql, no, LISTED)?, waiting, items))
    });
    let (people, drafts, waiting, items) = read.await?;
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
    let mut lines = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let values = values_of(portal, &draft).await?;
        lines.push(draft_line(draft, values, (&unit, &account), &title_of));
    }
    let current = people.iter().filter(|person| person.left_at.is_none());
    page(&UnitPage {
        shell: Shell::new(&pages, &visit),
        people: current.map(|person| (person.title.clone(), person.reviewer)).collect(),
        decidable: lines.iter().filter(|line| line.may_decide).count(),
        drafts: lines,
        waiting,
        items,
        notice: notice(&asked),
        unit,
    })
}

/// What somebody wrote and the unit has not passed, for the form.
pub(super) struct OwnDraft(UnitDraft);

impl OwnDraft {
    /// Its number.
    pub(super) fn no(&self) -> String {
        self.0.no.to_string()
    }

    /// Its key as a form's.
    pub(super) fn form_key(&self) -> String {
        self.0.form_key.clone()
    }

    /// The item that it corrects.
    pub(super) fn corrects(&self) -> String {
        self.0.corrects.map(|item| item.to_string()).unwrap_or_default()
    }

    /// When it was written.
    pub(super) fn at(&self) -> String {
        self.0.at.minute()
    }

    /// Who hands it over: whoever did before, so that its attachments stay its own.
    pub(super) fn sender(&self, owner: &Actor) -> Actor {
        sender(&self.0).unwrap_or_else(|| owner.clone())
    }

    /// Written anew, it keeps its name and its way in.
    pub(super) fn name(&self, sent: &mut Sent) {
        let draft = &self.0;
        let known: Option<Submission> = draft.item.as_ref().and_then(|item| serde_json::from_str(item).ok());
        let external = known.and_then(|item| item.external_id);
        sent.source = draft.source.clone();
        sent.corrects = draft.corrects;
        sent.as_unit = draft.as_unit && sent.as_unit;
        if !draft.request_key.is_empty() {
            sent.key = Some(draft.request_key.clone());
        } else if external.is_some() {
            sent.key = None;
        }
        if let (Some(external), Ok(mut item)) = (external, serde_json::from_slice::<Value>(&sent.json)) {
            item["external_id"] = Value::from(external.as_str());
            sent.json = item.to_string().into_bytes();
        }
    }

    /// As the form shows it.
    pub(super) async fn values(&self, portal: &Portal) -> Result<Values, Problem> {
        values_of(portal, &self.0).await
    }
}

/// Who handed it over, where that was not its author.
pub(super) fn sender(draft: &UnitDraft) -> Option<Actor> {
    (draft.source.as_str() != PORTAL).then(|| Actor::Source(draft.source.clone()))
}

/// What stands in it: as it was typed, or as the item has it that came by another way.
pub(super) async fn values_of(portal: &Portal, draft: &UnitDraft) -> Result<Values, Problem> {
    let item = draft.item.clone().filter(|_| draft.fields.is_empty());
    let Some(item) = item else { return Ok(Values::of(&Form::parse(draft.fields.as_bytes()))) };
    let item: Submission = serde_json::from_str(&item).map_err(|error| Problem::internal(&error))?;
    let mut values = Values::of_item(&item);
    values.topic = item.topic.clone().unwrap_or_default();
    if !draft.as_unit {
        "0".clone_into(&mut values.as_unit);
    }
    if !item.attachments.is_empty() {
        let files = portal.read(move |sql: &mut dyn Sql| files_by_id(sql, &item.attachments)).await?;
        values.attached = files.into_iter().map(|file| (file.id.to_string(), file.name)).collect();
    }
    Ok(values)
}

/// What somebody wrote for the unit and may change: for the form.
pub(super) async fn own_draft(portal: &Portal, actor: &Actor, no: i64) -> Result<Option<OwnDraft>, Problem> {
    let Some(unit) = own_unit(portal, actor).await? else { return Ok(None) };
    let draft = portal.read(move |sql: &mut dyn Sql| unit_draft(sql, unit.no, no)).await?;
    let own = matches!(actor, Actor::User(account) if *account == draft.author);
    Ok(Some(draft).filter(|draft| own && draft.state.may_change()).map(OwnDraft))
}
