//! 提交: a form on its way into the intake. What was typed is never lost: a refused form comes back as it was sent.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::model::{Actor, CodeTable, ItemId, SourceId};
use crate::site::{Fields, Page, SentAll, Visit, page_with};
use crate::store::{Sql, answer_topic, drop_portal_draft, is_own_item, item_no, put_sent, read_item};
use crate::web::{Form, Peer, Problem, Upload};

use super::parts;
use super::report::{NEW, PORTAL, ReportPage, allowed, own_id, shown};
use super::topics::Topics;
use super::unit::{OwnDraft, own_draft, own_unit};
use super::values::{Values, label};
use super::{Answer, Pages, Portal, Sent, Shared};

/// The way in of those without an account.
const PUBLIC: &str = "public";

/// A form on its way in.
struct Sending<'a> {
    pages: &'a Arc<Pages>,
    visit: &'a Visit,
    own: bool,
    key: String,
    corrects: String,
    /// The number of what the unit returned.
    draft: String,
    topics: Topics,
    /// The unit in whose name it may be sent, and whether it has that passed first.
    unit: Option<(String, bool)>,
}

impl Sending<'_> {
    /// The form as it was sent, filled in.
    fn form(&self, values: Values) -> ReportPage {
        let mut form = shown(self.pages, self.visit, values, self.own, self.key.clone(), &self.topics);
        form.corrects.clone_from(&self.corrects);
        form.draft.clone_from(&self.draft);
        form.unit.clone_from(&self.unit);
        if !self.corrects.is_empty() {
            form.keep_district();
        }
        form
    }

    /// The same, with what keeps it from being taken.
    fn refused(&self, values: Values, errors: Vec<(String, String)>, status: StatusCode) -> Page {
        let mut form = self.form(values);
        form.errors = errors;
        page_with(status, &form)
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
        let mut form = self.form(values);
        (form.proposed, form.errors) = (true, errors);
        page_with(status, &form)
    }
}

/// What a form says of itself.
struct Named {
    key: String,
    /// The item that it corrects.
    corrects: Option<ItemId>,
    /// What was returned to its author by the unit, and is written anew.
    draft: Option<OwnDraft>,
}

impl Named {
    async fn read(pages: &Arc<Pages>, visit: &Visit, form: &Form, own: bool) -> Result<Self, Problem> {
        let key = form.text("key").to_owned();
        if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Problem::invalid("页面不完整，请刷新后重新提交"));
        }
        // A field that people do not see and programs fill in.
        if !own && !form.text("website").is_empty() {
            return Err(Problem::invalid("没有收下，请用浏览器填写"));
        }
        let corrects = match form.text("corrects") {
            "" => None,
            id => Some(own_item(pages, visit, id).await?),
        };
        let draft = match form.number("draft").filter(|_| own) {
            Some(no) => own_draft(&pages.portal, &visit.actor()?, no).await?,
            None => None,
        };
        Ok(Self { key, corrects, draft })
    }

    /// What stood in the form already: 界别, 党派. It stays, though it is offered no more.
    async fn stands(&self, portal: &Portal) -> Result<[String; 2], Problem> {
        let values = match (&self.draft, self.corrects) {
            (Some(draft), _) => draft.values(portal).await?,
            (None, Some(item)) => {
                let read = portal.read(move |sql: &mut dyn Sql| {
                    let no = item_no(sql, &item)?;
                    read_item(sql, no)
                });
                Values::of_item(&read.await?.submission)
            }
            (None, None) => Values::default(),
        };
        Ok([values.sector, values.party])
    }

    /// The item on its way, named as it was before where it was sent before.
    fn sent(&self, values: &Values, (source, actor, owner): (SourceId, Actor, &Actor), public: bool) -> Sent {
        let mut sent = Sent {
            corrects: self.corrects,
            source,
            actor,
            account: match owner {
                Actor::User(name) => Some(name.clone()),
                _ => None,
            },
            json: values.json(public),
            key: Some(format!("form-{}", self.key)),
            form: if public { String::new() } else { values.form().address() },
            as_unit: values.as_unit != "0",
            passed: false,
        };
        if let Some(draft) = &self.draft {
            draft.name(&mut sent);
        }
        sent
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
    let named = Named::read(&pages, &visit, &form, own).await?;
    let mut values = Values::of(&form);
    let corrected = named.corrects;
    // Who sends without an account answers none.
    let topics = if own { Topics::read(portal, &values.topic, corrected).await? } else { Topics::default() };
    let unit = if own { own_unit(portal, &visit.actor()?).await? } else { None };
    // What is corrected stays whose it was.
    let unit = unit.filter(|_| corrected.is_none());
    let sending = Sending {
        pages: &pages,
        visit: &visit,
        own,
        key: named.key.clone(),
        corrects: form.text("corrects").to_owned(),
        draft: form.text("draft").to_owned(),
        topics,
        unit: unit.map(|unit| (unit.name.clone(), unit.must_wait())),
    };
    let source: SourceId =
        if own { PORTAL } else { PUBLIC }.parse().map_err(|error| Problem::internal(&error))?;
    let owner = if own { visit.actor()? } else { Actor::Source(source.clone()) };
    let sender = named.draft.as_ref().map_or_else(|| owner.clone(), |draft| draft.sender(&owner));
    let whole = form.text("do") == "propose";
    if whole || values.title.is_empty() && !values.body.is_empty() {
        // Files of who has no account are kept with what is sent, not before.
        let files = if own { files } else { Vec::new() };
        let mut errors = attach(portal, &sender, files, &mut values).await.err().unwrap_or_default();
        if !whole {
            errors.push(("标题".to_owned(), "没有填写，已按文字拟了一个，请核对后再提交".to_owned()));
        }
        return sending.proposed(values, whole, errors);
    }
    if !own && let Err((why, status)) = sending.admitted(&form, peer) {
        return sending.refused(values, vec![(String::new(), why.to_owned())], status);
    }
    if let Err(errors) = attach(portal, &sender, files, &mut values).await {
        return sending.refused(values, errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let errors = unoffered(portal, &values, &named.stands(portal).await?);
    if !errors.is_empty() {
        return sending.refused(values, errors, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let topic = match sending.topics.answered() {
        Ok(topic) => topic,
        Err(why) => {
            let errors = vec![("选题".to_owned(), why)];
            return sending.refused(values, errors, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let sent = named.sent(&values, (source, sender, &owner), !own);
    match (portal.submit)(sent).await {
        Ok(answer) if own => {
            note(portal, &owner, &named, &answer, (values, topic)).await?;
            Ok(taken(corrected.is_some(), &answer))
        }
        Ok(answer) => Ok(taken(false, &answer)),
        Err(problem) if problem.status < 500 => sending.refused(values, said(&problem), status_of(&problem)),
        Err(problem) => Err(problem),
    }
}

/// What was chosen and is not offered, as the form names it.
fn unoffered(portal: &Portal, values: &Values, stands: &[String; 2]) -> Vec<(String, String)> {
    let (rows, today) = (portal.tables.now(), portal.clock.now().date());
    let [sector, party] = stands;
    let chosen =
        [(CodeTable::Sector, &values.sector, sector), (CodeTable::Party, &values.party, party)].into_iter();
    let wrong = chosen.filter_map(|(table, name, stands)| rows.check(table, today, name, stands).err());
    wrong.map(|why| (String::new(), why)).collect()
}

/// Notes whose it is; what waits for the unit becomes its author's own when it is passed.
async fn note(
    portal: &Portal,
    owner: &Actor,
    named: &Named,
    answer: &Answer,
    (values, topic): (Values, Option<i64>),
) -> Result<(), Problem> {
    let form = named.corrects.map_or(NEW.to_owned(), |id| id.to_string());
    let (owner, answer, corrected) = (owner.clone(), answer.clone(), named.corrects.is_some());
    let as_unit = values.as_unit != "0" && !corrected;
    portal
        .write(move |tx| {
            if !answer.waits {
                put_sent(tx, &owner, (&answer.item, &answer.receipt), &values.title, as_unit)?;
                answer_topic(tx, &answer.item, topic, &owner)?;
            }
            drop_portal_draft(tx, &owner, &form)
        })
        .await
}

fn taken(answered: bool, answer: &Answer) -> Response {
    let place = match answer {
        Answer { waits: true, .. } => "/unit?done=submitted".to_owned(),
        _ if answered => "/mine?answered=1".to_owned(),
        Answer { receipt, .. } => format!("/receipt?no={receipt}&fresh=1"),
    };
    Redirect::to(&place).into_response()
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
