//! 报送: the form, as it is offered: empty, kept, returned by an editor or by one's unit.

use askama::Template;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;

use crate::clock::random_bytes;
use crate::model::{CodeTable, ContributorKind, ItemId, ItemState, Permission, Submission, Timestamp};
use crate::site::{Asked, Fields, Page, Shell, Visit, page};
use crate::store::{
    Sql, StoreError, asked_for, files_by_id, is_own_item, item_no, own_items, portal_draft, put_portal_draft,
    read_item, topic_of,
};
use crate::web::{Form, Problem};

use super::challenge::Question;
use super::parts;
use super::topics::{TopicLine, Topics};
use super::unit::{own_draft, own_unit};
use super::values::Values;
use super::{Pages, Shared};

/// The way in of what people send in their own name, as a source.
pub(super) const PORTAL: &str = "portal";
/// The name of the form of a new item among the drafts; others are named by their item.
pub(super) const NEW: &str = "new";
/// Fields as the form has them.
const FIELDS: &[&str] = &[
    "title",
    "body",
    "causes",
    "suggestions",
    "name",
    "unit",
    "post",
    "kind",
    "district",
    "sector",
    "party",
    "phone",
    "others",
    "place",
    "subject",
    "open",
    "open_reason",
    "topic",
    "as_unit",
];
/// Longest text that is told apart, in characters.
const PASTED_MAX: usize = 40_000;
/// Of one's own latest items, how many are looked through for who one is.
const LATEST: i64 = 5;
/// Longest draft, in characters.
const DRAFT_MAX: usize = 60_000;

#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct ReportPage {
    shell: Shell,
    values: Values,
    /// Signed in: no question, drafts at the server.
    own: bool,
    /// The item that is corrected.
    pub(super) corrects: String,
    /// The number of what the unit returned.
    pub(super) draft: String,
    asked: String,
    pub(super) key: String,
    question: Question,
    kinds: Vec<(&'static str, bool)>,
    districts: Vec<(String, bool)>,
    /// 界别, 党派.
    sectors: Vec<(String, bool)>,
    parties: Vec<(String, bool)>,
    topics: Vec<TopicLine>,
    /// The unit in whose name one may send, and whether it has that passed first.
    pub(super) unit: Option<(String, bool)>,
    pub(super) errors: Vec<(String, String)>,
    kept: String,
    /// The parts of the one box were proposed just now.
    pub(super) proposed: bool,
    /// Whose text it is: what one person left on a device is not shown to another.
    owner: String,
    /// 涉及区县, where it is another.
    places: Vec<(String, bool)>,
    /// Largest attachment, MB.
    max_mb: usize,
}

/// Whether somebody may send an item: with the right, or where the office takes items from everybody.
pub(super) fn allowed(pages: &Pages, visit: &Visit) -> Result<bool, Problem> {
    if visit.may(Permission::Submit) {
        return Ok(true);
    }
    if pages.portal.settings.public {
        return Ok(false);
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "closed", "本单位只接受登记供稿者报送，请先登录"))
}

fn fresh_key() -> Result<String, Problem> {
    let random: [u8; 16] = random_bytes().map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(blake3::hash(&random).to_hex()[..32].to_owned())
}

impl ReportPage {
    /// What an item says stays to be chosen while it is corrected, though it is offered to no new one.
    pub(super) fn keep_district(&mut self) {
        let district = &self.values.district;
        if !district.is_empty() && !self.districts.iter().any(|(_, chosen)| *chosen) {
            self.districts.push((district.clone(), true));
        }
    }
}

pub(super) fn shown(
    pages: &Pages,
    visit: &Visit,
    values: Values,
    own: bool,
    key: String,
    topics: &Topics,
) -> ReportPage {
    let portal = &pages.portal;
    let now = portal.clock.now();
    let (rows, today) = (portal.tables.now(), now.date());
    let offered = rows.names(CodeTable::District, today);
    let choose = |taken: &str| -> Vec<(String, bool)> {
        offered.iter().map(|name| (name.clone(), name == taken)).collect()
    };
    let (districts, places) = (choose(&values.district), choose(&values.place));
    let sectors = rows.choices(CodeTable::Sector, today, &values.sector);
    let parties = rows.choices(CodeTable::Party, today, &values.party);
    let owner = visit.signed_in.as_ref().filter(|_| own).map(|who| who.user.name.to_string());
    let kinds = ContributorKind::ALL.iter().map(|kind| (kind.label(), kind.label() == values.kind));
    ReportPage {
        shell: Shell::new(pages, visit),
        own,
        corrects: String::new(),
        draft: String::new(),
        asked: String::new(),
        question: portal.questions.ask(now, &key),
        kinds: kinds.collect(),
        districts,
        sectors,
        parties,
        topics: topics.lines(),
        unit: None,
        errors: Vec::new(),
        kept: String::new(),
        proposed: false,
        owner: owner.map_or("public".to_owned(), |name| {
            blake3::keyed_hash(blake3::hash(b"minyi draft owner").as_bytes(), name.as_bytes()).to_hex()[..12]
                .to_owned()
        }),
        places,
        max_mb: portal.max_mb,
        key,
        values,
    }
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let own = allowed(&pages, &visit)?;
    let mut values = Values::default();
    let mut kept = String::new();
    if own {
        let actor = visit.actor()?;
        let read = pages.portal.read(move |sql: &mut dyn Sql| {
            let draft = portal_draft(sql, &actor, NEW)?;
            // Who one is stands already there, as one wrote it last.
            let ever = (Timestamp::from_micros(0), Timestamp::from_micros(i64::MAX));
            let mut last = Vec::new();
            for item in own_items(sql, &actor, ever, LATEST)?.iter().filter(|item| item.state.is_some()) {
                let no = item_no(sql, &item.id)?;
                last.push(read_item(sql, no)?.submission);
            }
            Ok((draft, last))
        });
        let (draft, last) = read.await?;
        values.name.clone_from(&visit.who()?.user.title);
        // The latest says first who one is; what it does not say, those before it may.
        for item in last.iter().filter(|item| same_person(item, last.first())) {
            values.person(item);
        }
        forget_retired(&pages, &mut values);
        if let Some((fields, at)) = draft.filter(|_| asked.text("blank") != "1") {
            values = Values::of(&Form::parse(fields.as_bytes()));
            kept = at.minute();
        }
    }
    let mut topics = Topics::default();
    let mut key = fresh_key()?;
    let mut draft = None;
    if let Some(no) = asked.number("draft").filter(|_| own) {
        let found = own_draft(&pages.portal, &visit.actor()?, no).await?;
        let found = found.ok_or_else(|| Problem::not_found("没有可以修改的这件稿"))?;
        values = found.values(&pages.portal).await?;
        (key, kept) = (found.form_key(), found.at());
        draft = Some(found);
    }
    if own {
        // A list of topics leads here.
        if !asked.text("topic").is_empty() {
            asked.text("topic").clone_into(&mut values.topic);
        }
        topics = Topics::read(&pages.portal, &values.topic, None).await?;
    }
    let mut form = shown(&pages, &visit, values, own, key, &topics);
    form.unit = named_unit(&pages, &visit, own).await?;
    form.kept = kept;
    if let Some(draft) = draft {
        (form.draft, form.corrects) = (draft.no(), draft.corrects());
        form.keep_district();
    }
    page(&form)
}

/// What one was when one last wrote, and is offered no more, is chosen anew.
fn forget_retired(pages: &Pages, values: &mut Values) {
    let (rows, today) = (pages.portal.tables.now(), pages.portal.clock.now().date());
    for (table, name) in [(CodeTable::Sector, &mut values.sector), (CodeTable::Party, &mut values.party)] {
        if rows.check(table, today, name, "").is_err() {
            name.clear();
        }
    }
}

/// The unit in whose name somebody may send, as the form offers it.
async fn named_unit(pages: &Pages, visit: &Visit, own: bool) -> Result<Option<(String, bool)>, Problem> {
    if !own {
        return Ok(None);
    }
    let unit = own_unit(&pages.portal, &visit.actor()?).await?;
    Ok(unit.map(|unit| (unit.name.clone(), unit.must_wait())))
}

/// Whether two items have the same 反映人: what a unit's account sent for somebody else says nothing of this one.
fn same_person(item: &Submission, other: Option<&Submission>) -> bool {
    let name = |item: &Submission| item.contributor.as_ref().map(|person| person.name.clone());
    other.is_some_and(|other| name(item) == name(other))
}

/// The form of a returned item, as it was sent, with what the editor asks for on top.
pub(super) async fn again(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let item = own_id(&id)?;
    let actor = visit.actor()?;
    let read = pages.portal.read(move |sql: &mut dyn Sql| {
        if !is_own_item(sql, &actor, &item)? {
            return Err(StoreError::NotFound("本人的这件来稿".to_owned()));
        }
        let no = item_no(sql, &item)?;
        let record = read_item(sql, no)?;
        let draft = portal_draft(sql, &actor, &item.to_string())?;
        let files = files_by_id(sql, &record.submission.attachments)?;
        let topic = topic_of(sql, &item)?;
        Ok((record.row.state, record.submission, asked_for(sql, &item)?, draft, files, topic))
    });
    let (state, submission, asked, draft, files, topic) = read.await?;
    if !matches!(state, ItemState::Returned | ItemState::Received) {
        return Err(Problem::conflict(
            "too_late",
            "编辑已在处理这件来稿，不能再改。如有补充，请另报一件并说明",
        ));
    }
    let mut values = match &draft {
        Some((fields, _)) => Values::of(&Form::parse(fields.as_bytes())),
        None => Values {
            topic: topic.map(|topic| topic.no.to_string()).unwrap_or_default(),
            ..Values::of_item(&submission)
        },
    };
    values.attached = files.into_iter().map(|file| (file.id.to_string(), file.name)).collect();
    let topics = Topics::read(&pages.portal, &values.topic, Some(item)).await?;
    let mut form = shown(&pages, &visit, values, true, fresh_key()?, &topics);
    form.corrects = item.to_string();
    form.keep_district();
    form.asked = if state == ItemState::Returned { asked } else { String::new() };
    form.kept = draft.map(|(_, at)| at.minute()).unwrap_or_default();
    page(&form)
}

pub(super) fn own_id(text: &str) -> Result<ItemId, Problem> {
    text.parse().map_err(|_| Problem::not_found("没有这件来稿"))
}

/// 暂存, on every pause.
pub(super) async fn keep(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let fields = form.only(FIELDS).address();
    let actor = visit.actor()?;
    if fields.len() > 9 * DRAFT_MAX {
        return Err(Problem::invalid("文字过长，没有暂存，请先删减"));
    }
    let name = match form.text("corrects") {
        "" => NEW.to_owned(),
        id => own_id(id)?.to_string(),
    };
    pages.portal.write(move |tx| put_portal_draft(tx, &actor, &name, &fields)).await?;
    Ok(Json(json!({ "at": pages.portal.clock.now().clock() })).into_response())
}

/// What a text in the one box is told apart into, for the script.
pub(super) async fn propose(State(pages): Shared, Fields(form): Fields) -> Page {
    let text = form.limited("body", "文字", PASTED_MAX)?.replace("\r\n", "\n");
    Ok(Json(parts::propose((pages.portal.told_apart)(&text))).into_response())
}
