//! One item: the text, who sent it, what resembles it, what happened to it, and what can be done with it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::group::Reason;
use crate::model::{
    Contributor, ContributorKind, ItemId, ItemState, ItemText, Permission, Submission, Timestamp, Urgency,
    Verdict,
};
use crate::store::{InboxPlace, Note, Sql, StoreError, holder_of, inbox_page, item_no, list_users, notes_of};
use crate::web::Problem;

use super::super::item::ItemView;
use super::super::reveal::Revealed;
use super::super::similar::SimilarView;
use super::super::{Desk, DeskError, VerdictRequest};
use super::history::{Told, told, who};
use super::inbox::{ActBar, ListQuery, Notice, notice};
use super::passage::Passage;
use super::shell::{Shell, ago, page};
use super::visit::{Asked, Fields, Visit};
use super::{Page, Pages, Shared};

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    shell: Shell,
    id: String,
    title: Passage,
    state: &'static str,
    urgency: &'static str,
    issued: Vec<String>,
    receipt: String,
    source: String,
    received: String,
    received_ago: String,
    chars: i64,
    version: i64,
    subject: String,
    district: String,
    sections: Vec<Section>,
    people: Vec<Person>,
    hidden: usize,
    revealed: bool,
    may_reveal: bool,
    may_act: bool,
    completeness: Vec<String>,
    holder: String,
    copies: u32,
    summary: Option<Passage>,
    similar: Vec<Like>,
    kindred: Vec<Like>,
    history: Vec<Told>,
    notes: Vec<NoteLine>,
    acts: ActBar,
    may_withdraw: bool,
    notice: Option<Notice>,
    /// The list that one came from, and the next item of it.
    list: String,
    next: Option<String>,
}

struct Section {
    heading: &'static str,
    paragraphs: Vec<Passage>,
}

struct Person {
    role: &'static str,
    name: String,
    about: String,
    contacts: Vec<(&'static str, Passage)>,
}

/// An item that is like this one.
struct Like {
    id: String,
    title: Passage,
    about: String,
    how: String,
    issued: Vec<String>,
    verdict: &'static str,
}

struct NoteLine {
    who: String,
    at: String,
    text: String,
}

/// What the store knows of an item beside what the API shows.
struct Aside {
    holder: Option<String>,
    urgency: Urgency,
    notes: Vec<Note>,
    people: BTreeMap<String, String>,
    next: Option<ItemId>,
}

impl Desk {
    async fn aside(&self, id: ItemId, filter: crate::store::InboxFilter) -> Result<Aside, DeskError> {
        self.store
            .read(move |sql: &mut dyn Sql| {
                let no = item_no(sql, &id)?;
                let (holder, urgency) = holder_of(sql, no)?;
                let next = inbox_page(sql, &filter, Some(InboxPlace { urgency, no }), 1)?;
                let people = list_users(sql)?.into_iter().map(|user| (user.name.to_string(), user.title));
                Ok::<_, StoreError>(Aside {
                    holder,
                    urgency,
                    notes: notes_of(sql, no)?,
                    people: people.collect(),
                    next: next.first().map(|row| row.id),
                })
            })
            .await
            .map_err(DeskError::Store)
    }
}

fn sections(desk: &Desk, text: &ItemText, revealed: Option<&Revealed>) -> Vec<Section> {
    let section = |heading, text: &str| {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let paragraphs = lines.map(|line| Passage::new(&desk.redactor, line, revealed)).collect();
        Section { heading, paragraphs }
    };
    match text {
        ItemText::Body { body } => vec![section("", body.as_str())],
        ItemText::Parts { situation, causes, suggestions } => {
            let rest = [("原因", causes), ("建议", suggestions)];
            let rest =
                rest.iter().filter_map(|(heading, text)| Some(section(heading, text.as_ref()?.as_str())));
            std::iter::once(section("情况", situation.as_str())).chain(rest).collect()
        }
    }
}

/// Contact data by right; party and sector are sensitive and shown by the same right (DOMAIN §6).
fn person(
    desk: &Desk,
    role: &'static str,
    person: &Contributor,
    personal: bool,
    revealed: Option<&Revealed>,
) -> Person {
    let kind = person.kind.map(|kind: ContributorKind| kind.label().to_owned());
    let open = [person.unit.clone(), person.post.clone(), kind, person.district.clone()];
    let sensitive = [person.party.clone(), person.sector.clone()];
    let mut about: Vec<String> = open.into_iter().flatten().collect();
    if personal {
        about.extend(sensitive.into_iter().flatten());
    }
    about.retain(|part| *part != person.name);
    let contacts = [("电话", &person.phone), ("邮箱", &person.email)];
    let contacts = contacts
        .iter()
        .filter(|_| personal)
        .filter_map(|(label, value)| {
            Some((*label, Passage::field(&desk.redactor, value.as_deref()?, label, revealed)))
        })
        .collect();
    Person { role, name: person.name.clone(), about: about.join(" · "), contacts }
}

fn people(desk: &Desk, item: &Submission, personal: bool, revealed: Option<&Revealed>) -> Vec<Person> {
    let first = item.contributor.iter().map(|it| person(desk, "反映人", it, personal, revealed));
    let others = item.co_contributors.iter().map(|it| person(desk, "联名人", it, personal, revealed));
    first.chain(others).collect()
}

fn likes(desk: &Desk, view: &SimilarView) -> (Vec<Like>, Vec<Like>) {
    let title = |text: &str| Passage::new(&desk.redactor, text, None);
    let similar = view.links.iter().map(|link| Like {
        id: link.neighbour.id.to_string(),
        title: title(&link.neighbour.title),
        about: String::new(),
        how: format!("{} {:.0}%", link.neighbour.link.kind.label(), link.neighbour.link.score * 100.0),
        issued: link.issued.clone(),
        verdict: link.verdict.map_or("", Verdict::label),
    });
    let kindred = view.same_matter.iter().map(|other| {
        let by = [other.reporter.clone(), other.unit.clone(), Some(other.at.date().to_string())];
        Like {
            id: other.id.to_string(),
            title: title(&other.title),
            about: by.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            how: other.reasons.iter().map(reason).collect::<Vec<_>>().join("；"),
            issued: other.issued.clone(),
            verdict: other.verdict.map_or("", Verdict::label),
        }
    });
    (similar.collect(), kindred.collect())
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Words(words) => format!("都说到：{}", words.join("、")),
        Reason::Place(place) => format!("同在{place}"),
        Reason::Unit(unit) => format!("同为{unit}"),
        Reason::Days(0) => "同一天收到".to_owned(),
        Reason::Days(days) => format!("相隔 {days} 天"),
    }
}

async fn shown(
    pages: &Pages,
    visit: &Visit,
    id: ItemId,
    list: ListQuery,
    notice: Option<Notice>,
    revealed: Option<Revealed>,
) -> Page {
    let desk = &pages.desk;
    let ItemView { item, group, issued, history, .. } = desk.item(id).await?;
    let view = desk.similar(id).await?;
    let hints = desk.hints(id).await?;
    let aside = desk.aside(id, list.filter(visit)).await?;
    let (row, submission) = (item.row, item.submission);
    let now: Timestamp = desk.clock.now();
    let personal = visit.may(Permission::Personal);
    let revealed = revealed.as_ref();
    let title = Passage::new(&desk.redactor, &row.title, revealed);
    let sections = sections(desk, &submission.text, revealed);
    let people = people(desk, &submission, personal, revealed);
    let contacts = people.iter().flat_map(|person| &person.contacts).map(|(_, passage)| passage.hidden());
    let paragraphs = sections.iter().flat_map(|section| &section.paragraphs).map(Passage::hidden);
    let hidden = title.hidden() + paragraphs.sum::<usize>() + contacts.sum::<usize>();
    let (similar, kindred) = likes(desk, &view);
    let summary = view.summary.as_deref().map(|text| Passage::new(&desk.redactor, text, None));
    let list = list.address();
    let next = aside.next.map(|next| format!("/items/{next}?{list}"));
    let holder = aside.holder.as_deref();
    let holder = holder.map(|name| aside.people.get(name).cloned().unwrap_or_else(|| name.to_owned()));
    page(&ItemPage {
        shell: Shell::new(pages, visit),
        id: row.id.to_string(),
        title,
        state: row.state.label(),
        urgency: if aside.urgency == Urgency::Normal { "" } else { aside.urgency.label() },
        issued,
        receipt: row.receipt.to_string(),
        source: row.source.to_string(),
        received: row.received_at.minute(),
        received_ago: ago(row.received_at, now),
        chars: row.chars,
        version: row.version,
        subject: row.subject.unwrap_or_default(),
        district: row.district.unwrap_or_default(),
        sections,
        people,
        hidden,
        revealed: revealed.is_some(),
        may_reveal: personal,
        may_act: visit.may(Permission::Triage),
        completeness: hints.completeness,
        holder: holder.unwrap_or_default(),
        copies: group.map_or(1, |group| group.size),
        summary,
        similar,
        kindred,
        history: history.iter().rev().map(|row| told(row, &aside.people)).collect(),
        notes: aside
            .notes
            .into_iter()
            .map(|note| NoteLine {
                who: who(&note.actor.to_string(), &aside.people),
                at: note.at.minute(),
                text: note.text,
            })
            .collect(),
        acts: ActBar::new(desk, row.state),
        may_withdraw: row.state.apply(crate::model::ItemMove::Withdraw).is_ok(),
        notice,
        list,
        next,
    })
}

fn item_id(text: &str) -> Result<ItemId, Problem> {
    Ok(text.parse().map_err(DeskError::Id)?)
}

pub(super) async fn show(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Page {
    let told = notice(&pages.desk, &visit, &asked).await?;
    shown(&pages, &visit, item_id(&id)?, ListQuery::of(&asked), told, None).await
}

pub(super) async fn reveal(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Page {
    let id = item_id(&id)?;
    let revealed = pages.desk.reveal(id, visit.actor()?).await?;
    shown(&pages, &visit, id, ListQuery::of(&asked), None, Some(revealed)).await
}

pub(super) async fn note(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Asked(asked): Asked,
    Fields(form): Fields,
) -> Page {
    let text = form.limited("text", "备注", 500)?;
    pages.desk.note(item_id(&id)?, text, visit.actor()?).await?;
    let list = ListQuery::of(&asked).address();
    Ok(Redirect::to(&format!("/items/{id}?{list}#notes")).into_response())
}

pub(super) async fn verdict(
    State(pages): Shared,
    visit: Visit,
    Path((id, other)): Path<(String, String)>,
    Fields(form): Fields,
) -> Page {
    let (one, two) = (item_id(&id)?, item_id(&other)?);
    let back = format!("/items/{one}/compare/{two}");
    let actor = visit.actor()?;
    match form.text("verdict") {
        "none" => pages.desk.withdraw_verdict(one, two, actor).await?,
        code => {
            let verdict = Verdict::from_code(code);
            let verdict = verdict.ok_or_else(|| Problem::invalid("请选择重复、续报或无关"))?;
            let comment = form.limited("comment", "说明", 500)?;
            pages.desk.give_verdict(one, VerdictRequest { other: two, verdict, comment }, actor).await?;
        }
    }
    Ok(Redirect::to(&back).into_response())
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    shell: Shell,
    one: Side,
    other: Side,
    verdict: &'static str,
    told: Option<(String, String)>,
    may_act: bool,
}

struct Side {
    id: String,
    about: String,
    state: &'static str,
    title: Vec<super::super::diff::Part>,
    body: Vec<super::super::diff::Part>,
    issued: Vec<String>,
}

pub(super) async fn compare(
    State(pages): Shared,
    visit: Visit,
    Path((id, other)): Path<(String, String)>,
) -> Page {
    let desk = &pages.desk;
    let (one, two) = (desk.item(item_id(&id)?).await?, desk.item(item_id(&other)?).await?);
    let verdicts = desk.verdicts(one.item.row.id).await?;
    let given = verdicts.into_iter().find(|row| row.other == two.item.row.id);
    let people: BTreeMap<String, String> =
        pages.accounts.users().await?.into_iter().map(|user| (user.name.to_string(), user.title)).collect();
    let masked = |text: &str| desk.redactor.mask(text).into_inner();
    let titles = [masked(&one.item.row.title), masked(&two.item.row.title)];
    let bodies = [masked(&one.item.submission.text.plain()), masked(&two.item.submission.text.plain())];
    let kin = desk.kin.clone();
    let (titles, bodies) =
        desk.compute(move || Ok((differences(&kin, &titles), differences(&kin, &bodies)))).await?;
    let told = given.as_ref().map(|row| {
        let by = format!("{} {}", who(&row.actor.to_string(), &people), row.at.minute());
        (by, row.comment.clone())
    });
    page(&ComparePage {
        shell: Shell::new(&pages, &visit),
        one: side(&one, titles.0, bodies.0),
        other: side(&two, titles.1, bodies.1),
        verdict: given.map_or("", |row| row.verdict.code()),
        told,
        may_act: visit.may(Permission::Triage),
    })
}

type Parts = Vec<super::super::diff::Part>;

fn differences(kin: &crate::index::Kin, texts: &[String; 2]) -> (Parts, Parts) {
    let words = texts.each_ref().map(|text| super::super::cut::words(kin, text));
    super::super::diff::compare(&words[0], &words[1])
}

fn side(view: &ItemView, title: Parts, body: Parts) -> Side {
    let row = &view.item.row;
    let by = [row.reporter.clone(), row.unit.clone(), row.district.clone(), Some(row.received_at.minute())];
    Side {
        id: row.id.to_string(),
        about: by.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        state: ItemState::label(row.state),
        title,
        body,
        issued: view.issued.clone(),
    }
}
