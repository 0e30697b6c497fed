//! 报送: the form, from empty to receipt. What was typed is never lost: a refused form comes back as it was sent.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use crate::clock::random_bytes;
use crate::model::{
    Actor, CodeTable, ContributorKind, ItemId, ItemState, Permission, Receipt, SourceId, Submission,
    Timestamp,
};
use crate::site::{Asked, Fields, Page, SentAll, Shell, Visit, page, page_with};
use crate::store::{
    Sql, StoreError, Tx, answer_topic, asked_for, drop_portal_draft, files_by_id, is_own_item, item_no,
    own_items, portal_draft, put_own_item, put_portal_draft, put_unit_item, read_item, topic_of,
};
use crate::web::{Form, Peer, Problem, Upload};

use super::challenge::Question;
use super::parts;
use super::topics::{TopicLine, Topics};
use super::unit::{own_draft, own_unit, submit};
use super::values::{Values, label};
use super::{Pages, Portal, Sent, Shared};

/// The ways in, as sources.
const PUBLIC: &str = "public";
pub(super) const PORTAL: &str = "portal";
/// The name of the form of a new item among the drafts; others are named by their item.
const NEW: &str = "new";
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
struct ReportPage {
    shell: Shell,
    values: Values,
    /// Signed in: no question, drafts at the server.
    own: bool,
    /// The item that is corrected.
    corrects: String,
    asked: String,
    key: String,
    question: Question,
    kinds: Vec<(&'static str, bool)>,
    districts: Vec<(String, bool)>,
    topics: Vec<TopicLine>,
    /// The unit in whose name one may send, and whether it has that passed first.
    unit: Option<(String, bool)>,
    errors: Vec<(String, String)>,
    kept: String,
    /// The parts of the one box were proposed just now.
    proposed: bool,
    /// Whose text it is: what one person left on a device is not shown to another.
    owner: String,
    /// 涉及区县, where it is another.
    places: Vec<(String, bool)>,
    /// Largest attachment, MB.
    max_mb: usize,
}

/// Whether somebody may send an item: with the right, or where the office takes items from everybody.
fn allowed(pages: &Pages, visit: &Visit) -> Result<bool, Problem> {
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
    fn keep_district(&mut self) {
        let district = &self.values.district;
        if !district.is_empty() && !self.districts.iter().any(|(_, chosen)| *chosen) {
            self.districts.push((district.clone(), true));
        }
    }
}

fn shown(
    pages: &Pages,
    visit: &Visit,
    values: Values,
    own: bool,
    key: String,
    topics: &Topics,
) -> ReportPage {
    let portal = &pages.portal;
    let now = portal.clock.now();
    let offered = portal.tables.now().names(CodeTable::District, now.date());
    let choose = |taken: &str| -> Vec<(String, bool)> {
        offered.iter().map(|name| (name.clone(), name == taken)).collect()
    };
    let (districts, places) = (choose(&values.district), choose(&values.place));
    let owner = visit.signed_in.as_ref().filter(|_| own).map(|who| who.user.name.to_string());
    let kinds = ContributorKind::ALL.iter().map(|kind| (kind.label(), kind.label() == values.kind));
    ReportPage {
        shell: Shell::new(pages, visit),
        own,
        corrects: String::new(),
        asked: String::new(),
        question: portal.questions.ask(now, &key),
        kinds: kinds.collect(),
        districts,
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
        if let Some((fields, at)) = draft.filter(|_| asked.text("blank") != "1") {
            values = Values::of(&Form::parse(fields.as_bytes()));
            kept = at.minute();
        }
    }
    let mut topics = Topics::default();
    let mut key = fresh_key()?;
    if let Some(no) = asked.number("draft").filter(|_| own) {
        let draft = own_draft(&pages.portal, &visit.actor()?, no).await?;
        let draft = draft.ok_or_else(|| Problem::not_found("没有可以修改的这件稿"))?;
        values = Values::of(&Form::parse(draft.fields.as_bytes()));
        (key, kept) = (draft.form_key, draft.at.minute());
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
    page(&form)
}

/// The unit in whose name somebody may send, as the form offers it.
async fn named_unit(pages: &Pages, visit: &Visit, own: bool) -> Result<Option<(String, bool)>, Problem> {
    if !own {
        return Ok(None);
    }
    let unit = own_unit(&pages.portal, &visit.actor()?).await?;
    Ok(unit.map(|unit| (unit.name.clone(), unit.must_wait())))
}

/// What is kept of a form that has gone on its way.
pub(super) fn forget_new_draft(tx: &mut Tx<'_>, actor: &Actor) -> Result<(), StoreError> {
    drop_portal_draft(tx, actor, NEW)
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

fn own_id(text: &str) -> Result<ItemId, Problem> {
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

/// A form on its way in.
struct Sending<'a> {
    pages: &'a Arc<Pages>,
    visit: &'a Visit,
    own: bool,
    key: String,
    corrects: String,
    topics: Topics,
    /// The unit in whose name it may be sent, and whether it has that passed first.
    unit: Option<(String, bool)>,
}

impl Sending<'_> {
    /// The form as it was sent, filled in.
    fn form(&self, values: Values) -> ReportPage {
        let mut form = shown(self.pages, self.visit, values, self.own, self.key.clone(), &self.topics);
        form.corrects.clone_from(&self.corrects);
        form.unit.clone_from(&self.unit);
        if !self.corrects.is_empty() {
            form.keep_district();
        }
        form
    }

    /// The same, with what keeps it from being taken.
    fn refused(&self, values: Values, errors: Vec<(String, String)>, status: StatusCode) -> Page {
        page_with(status, &ReportPage { errors, ..self.form(values) })
    }

    /// Whether somebody without an account may send this: no program, and not too many.
    fn admitted(&self, form: &Form, peer: Option<Peer>) -> Result<(), (&'static str, StatusCode)> {
        let portal = &self.pages.portal;
        let now = portal.clock.now();
        portal
            .questions
            .check(form.text("ticket"), form.text("answer"), now, &self.key)
            .map_err(|why| (why, StatusCode::UNPROCESSABLE_ENTITY))?;
        if peer.is_some_and(|Peer(address)| !portal.limits.spend(address, now)) {
            let why = "本机一小时内报送的件数已到上限，请过一会儿再报；文字留在本页，不会丢失";
            return Err((why, StatusCode::TOO_MANY_REQUESTS));
        }
        Ok(())
    }

    /// 分段: nothing is sent yet. A title that is lacking is proposed and looked at, never sent unseen.
    fn proposed(&self, mut values: Values, whole: bool, errors: Vec<(String, String)>) -> Page {
        let mut found = parts::propose((self.pages.portal.told_apart)(&values.body));
        if !whole {
            found = parts::Proposal { title: found.title, ..parts::Proposal::default() };
        }
        values.take(found);
        let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        page_with(status, &ReportPage { proposed: true, errors, ..self.form(values) })
    }
}

pub(super) async fn send(
    State(pages): Shared,
    visit: Visit,
    Fields(form): Fields,
    SentAll(files): SentAll,
    request: Request,
) -> Page {
    let own = allowed(&pages, &visit)?;
    let portal = &pages.portal;
    let peer = request.extensions().get::<Peer>().copied();
    let (mut values, key, corrects) =
        (Values::of(&form), form.text("key").to_owned(), form.text("corrects").to_owned());
    if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Problem::invalid("页面不完整，请刷新后重新提交"));
    }
    // A field that people do not see and programs fill in.
    if !own && !form.text("website").is_empty() {
        return Err(Problem::invalid("没有收下，请用浏览器填写"));
    }
    let corrected = if corrects.is_empty() { None } else { Some(own_item(&pages, &visit, &corrects).await?) };
    // Who sends without an account answers none.
    let topics = if own { Topics::read(portal, &values.topic, corrected).await? } else { Topics::default() };
    let unit = if own { own_unit(portal, &visit.actor()?).await? } else { None };
    // What is corrected stays whose it was.
    let unit = unit.filter(|_| corrected.is_none());
    let offered = unit.as_ref().map(|unit| (unit.name.clone(), unit.must_wait()));
    // Where a form says nothing, it is the unit's.
    let unit = unit.filter(|_| values.as_unit != "0");
    let sending = Sending { pages: &pages, visit: &visit, own, key, corrects, topics, unit: offered };
    let source = if own { PORTAL } else { PUBLIC };
    let source: SourceId = source.parse().map_err(|error| Problem::internal(&error))?;
    let actor = if own { visit.actor()? } else { Actor::Source(source.clone()) };
    let whole = form.text("do") == "propose";
    if whole || values.title.is_empty() && !values.body.is_empty() {
        // Files of who has no account are kept with what is sent, not before.
        let files = if own { files } else { Vec::new() };
        let mut errors = attach(portal, &actor, files, &mut values).await.err().unwrap_or_default();
        if !whole {
            errors.push(("标题".to_owned(), "没有填写，已按文字拟了一个，请核对后再提交".to_owned()));
        }
        return sending.proposed(values, whole, errors);
    }
    if !own && let Err((why, status)) = sending.admitted(&form, peer) {
        return sending.refused(values, vec![(String::new(), why.to_owned())], status);
    }
    if let Err(errors) = attach(portal, &actor, files, &mut values).await {
        return sending.refused(values, errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let topic = match sending.topics.answered() {
        Ok(topic) => topic,
        Err(why) => {
            let errors = vec![("选题".to_owned(), why)];
            return sending.refused(values, errors, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    if let Some(unit) = unit.as_ref().filter(|unit| unit.must_wait()) {
        return match submit(portal, &actor, unit, &values, &sending.key).await {
            Ok(()) => Ok(Redirect::to("/unit?done=submitted").into_response()),
            Err(problem) if problem.status < 500 => {
                sending.refused(values, said(&problem), status_of(&problem))
            }
            Err(problem) => Err(problem),
        };
    }
    let sent = Sent {
        corrects: corrected,
        source,
        actor: actor.clone(),
        json: values.json(!own),
        key: format!("form-{}", sending.key),
    };
    match (portal.submit)(sent).await {
        Ok((item, receipt)) if own => {
            let form = corrected.map_or(NEW.to_owned(), |id| id.to_string());
            let (title, kept) = (values.title, receipt.clone());
            portal
                .write(move |tx| {
                    put_own_item(tx, &actor, (&item, &kept), &title)?;
                    answer_topic(tx, &item, topic, &actor)?;
                    if let (Some(unit), Actor::User(author)) = (&unit, &actor) {
                        put_unit_item(tx, unit.no, author, (&item, &kept), &title)?;
                    }
                    drop_portal_draft(tx, &actor, &form)
                })
                .await?;
            Ok(taken(corrected.is_some(), &receipt))
        }
        Ok((_, receipt)) => Ok(taken(false, &receipt)),
        Err(problem) if problem.status < 500 => sending.refused(values, said(&problem), status_of(&problem)),
        Err(problem) => Err(problem),
    }
}

fn taken(answered: bool, receipt: &Receipt) -> Response {
    let place = format!("/receipt?no={receipt}&fresh=1");
    Redirect::to(if answered { "/mine?answered=1" } else { &place }).into_response()
}

fn status_of(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
}

/// A refusal by fields, as the form names them.
fn said(problem: &Problem) -> Vec<(String, String)> {
    let fields = problem.fields.iter();
    let errors: Vec<(String, String)> =
        fields.map(|field| (label(&field.field), format!("{}，{}", field.reason, field.remedy))).collect();
    if errors.is_empty() { vec![(String::new(), problem.detail.clone())] } else { errors }
}

/// Keeps the files that came with the form; those that are kept stay with it, whatever becomes of the others.
async fn attach(
    portal: &Portal,
    actor: &Actor,
    files: Vec<Upload>,
    values: &mut Values,
) -> Result<(), Vec<(String, String)>> {
    let mut errors = Vec::new();
    for file in files {
        match (portal.attach)(actor.clone(), file.name, file.bytes).await {
            Ok((id, name)) => {
                let id = id.to_string();
                values.attached.retain(|(known, _)| *known != id);
                values.attached.push((id, name));
            }
            Err(problem) => errors.push((String::new(), problem.detail)),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The item that is corrected, if it is one's own.
async fn own_item(pages: &Arc<Pages>, visit: &Visit, text: &str) -> Result<ItemId, Problem> {
    let (item, actor) = (own_id(text)?, visit.actor()?);
    let own = pages.portal.read(move |sql: &mut dyn Sql| is_own_item(sql, &actor, &item)).await?;
    if own { Ok(item) } else { Err(Problem::not_found("没有本人的这件来稿")) }
}
