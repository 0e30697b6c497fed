//! One item: the text, who sent it, what resembles it, what happened to it, and what can be done with it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::group::Reason;
use crate::model::{
    Contributor, ContributorKind, ItemId, ItemText, Joined, Permission, Submission, Timestamp, Urgency,
    Verdict,
};
use crate::site::{Asked, Fields, Page, Shell, Visit, ago, page};
use crate::store::{
    InboxPlace, ItemRow, ManuscriptRecord, Note, OutcomeMark, ReporterRecord, Sql, StoreError, TopicRecord,
    group_members, group_of, holder_of, inbox_page, item_no, list_users, notes_of, outcome_mark,
    read_manuscript, read_rows, topic_of, uses_of,
};
use crate::web::Problem;

use super::super::contributors::{Named, named};
use super::super::item::ItemView;
use super::super::reveal::Revealed;
use super::super::shelf::ShelfRelated;
use super::super::similar::SimilarView;
use super::super::typed::source_name;
use super::super::{Desk, DeskError};
use super::files::{FileLine, lines};
use super::hints::HintCard;
use super::history::{Told, told, who};
use super::inbox::{ActBar, ListQuery, Notice, notice};
use super::kin::{MemberLine, Used, members, uses};
use super::passage::Passage;
use super::{Pages, Shared};

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    shell: Shell,
    id: String,
    title: Passage,
    state: &'static str,
    urgency: &'static str,
    issued: Vec<String>,
    /// 有批示, 有采用 or empty.
    outcome: &'static str,
    receipt: String,
    source: String,
    received: String,
    received_ago: String,
    chars: i64,
    version: i64,
    subject: String,
    district: String,
    /// 届次 on the day that it was received.
    session: String,
    /// The 选题 that it answers: number, title.
    topic: Option<(i64, String)>,
    sections: Vec<Section>,
    people: Vec<Person>,
    files: Vec<FileLine>,
    hidden: usize,
    revealed: bool,
    may_reveal: bool,
    may_act: bool,
    hints: HintCard,
    holder: String,
    copies: u32,
    summary: Option<Passage>,
    similar: Vec<Like>,
    kindred: Vec<Like>,
    /// 参考资料 that concern what it is about.
    shelf: Vec<ShelfRelated>,
    history: Vec<Told>,
    notes: Vec<NoteLine>,
    acts: ActBar,
    may_withdraw: bool,
    may_write: bool,
    series: Vec<(String, String)>,
    uses: Vec<Used>,
    members: Vec<MemberLine>,
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
    /// Number and name of the entry of 反映人库.
    entry: Option<(i64, String)>,
    /// Entries that it may be: number, what tells them apart.
    proposed: Vec<(i64, String)>,
    /// Said 不是我.
    denied: bool,
    /// Was told, and said nothing.
    asked: bool,
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
    uses: Vec<ManuscriptRecord>,
    outcome: OutcomeMark,
    topic: Option<TopicRecord>,
    /// What the names on it stand for.
    named: Vec<Named>,
    /// First member of the group, and its members.
    members: Vec<(ItemRow, Joined)>,
}

/// Members of a group that its list shows.
const MEMBERS: usize = 30;

impl Desk {
    async fn aside(&self, id: ItemId, filter: crate::store::InboxFilter) -> Result<Aside, DeskError> {
        self.store
            .read(move |sql: &mut dyn Sql| {
                let no = item_no(sql, &id)?;
                let (holder, urgency) = holder_of(sql, no)?;
                let next = inbox_page(sql, &filter, Some(InboxPlace { urgency, no }), 1)?;
                let people = list_users(sql)?.into_iter().map(|user| (user.name.to_string(), user.title));
                let uses =
                    uses_of(sql, no)?.iter().map(|id| read_manuscript(sql, id)).collect::<Result<_, _>>()?;
                let members = match group_of(sql, no)? {
                    Some((head, _)) => group_members(sql, head)?,
                    None => Vec::new(),
                };
                let members = members.into_iter().take(MEMBERS);
                let members = members.filter_map(|(no, joined)| match read_rows(sql, &[no]) {
                    Ok(mut rows) => rows.pop().map(|row| Ok((row, joined))),
                    Err(error) => Some(Err(error)),
                });
                let members = members.collect::<Result<_, StoreError>>()?;
                Ok::<_, StoreError>(Aside {
                    uses,
                    outcome: outcome_mark(sql, no)?,
                    topic: topic_of(sql, &id)?,
                    named: named(sql, &id)?,
                    members,
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
    Person {
        role,
        name: person.name.clone(),
        entry: None,
        proposed: Vec::new(),
        denied: false,
        asked: false,
        about: about.join(" · "),
        contacts,
    }
}

fn people(desk: &Desk, item: &Submission, personal: bool, revealed: Option<&Revealed>) -> Vec<Person> {
    let first = item.contributor.iter().map(|it| person(desk, "反映人", it, personal, revealed));
    let others = item.co_contributors.iter().map(|it| person(desk, "联名人", it, personal, revealed));
    first.chain(others).collect()
}

/// What the names stand for in 反映人库.
fn beside(people: &mut [Person], named: &[Named]) {
    for (person, named) in people.iter_mut().zip(named) {
        let told = |one: &ReporterRecord| {
            let fields = &one.fields;
            let post = fields.posts.last().map(|post| format!("{}{}", post.unit, post.post));
            let parts = [fields.name.clone(), post.unwrap_or_default(), fields.district.clone()];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            (one.no, parts.join(" · "))
        };
        person.entry = named.entry.as_ref().map(|one| (one.no, one.fields.name.clone()));
        person.proposed = named.proposed.iter().map(told).collect();
        person.denied = named.signer.as_ref().is_some_and(|signer| signer.denied_at.is_some());
        person.asked = named.signer.is_some() && !person.denied;
    }
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
    let shelf = desk.shelf_beside(id).await?;
    let aside = desk.aside(id, list.filter(visit)).await?;
    let (row, submission) = (item.row, item.submission);
    let now: Timestamp = desk.clock.now();
    let personal = visit.may(Permission::Personal);
    let revealed = revealed.as_ref();
    let title = Passage::new(&desk.redactor, &row.title, revealed);
    let sections = sections(desk, &submission.text, revealed);
    let mut people = people(desk, &submission, personal, revealed);
    beside(&mut people, &aside.named);
    let files = lines(desk, desk.files_of(submission.attachments).await?, revealed);
    let contacts = people.iter().flat_map(|person| &person.contacts).map(|(_, passage)| passage.hidden());
    let paragraphs = sections.iter().flat_map(|section| &section.paragraphs).map(Passage::hidden);
    let names = files.iter().map(|file| file.name.hidden()).sum::<usize>();
    let hidden = names + title.hidden() + paragraphs.sum::<usize>() + contacts.sum::<usize>();
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
        outcome: aside.outcome.label(),
        receipt: row.receipt.to_string(),
        source: source_name(&row.source),
        received: row.received_at.minute(),
        received_ago: ago(row.received_at, now),
        chars: row.chars,
        version: row.version,
        subject: row.subject.unwrap_or_default(),
        district: row.district.unwrap_or_default(),
        session: desk.session_name(row.received_at.date()),
        topic: aside.topic.map(|topic| (topic.no, topic.title)),
        sections,
        people,
        files,
        hidden,
        revealed: revealed.is_some(),
        may_reveal: personal,
        may_act: visit.may(Permission::Triage),
        hints: HintCard::new(hints, aside.urgency),
        holder: holder.unwrap_or_default(),
        copies: group.map_or(1, |group| group.size),
        summary,
        similar,
        kindred,
        shelf,
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
        may_write: visit.may(Permission::Edit) && row.state.apply(crate::model::ItemMove::Take).is_ok(),
        series: desk.series_choices(),
        uses: uses(desk, &aside.uses),
        members: members(desk, &aside.members, row.id),
        may_withdraw: row.state.apply(crate::model::ItemMove::Withdraw).is_ok(),
        notice,
        list,
        next,
    })
}

pub(super) fn item_id(text: &str) -> Result<ItemId, Problem> {
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

/// Whose item it is, in 反映人库: one click on what is proposed.
pub(super) async fn link(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Asked(asked): Asked,
    Fields(form): Fields,
) -> Page {
    let name = form.text("name").to_owned();
    let reporter = match form.text("reporter") {
        "none" => None,
        text => Some(text.parse().map_err(|_| Problem::invalid("没有选中反映人，请点一个按钮"))?),
    };
    pages.desk.link_contributor(item_id(&id)?, name, reporter, visit.actor()?).await?;
    let list = ListQuery::of(&asked).address();
    Ok(Redirect::to(&format!("/items/{id}?{list}#people")).into_response())
}

/// 特急 and 加急 are confirmed by an editor.
pub(super) async fn urgency(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let urgency = Urgency::from_label(form.text("urgency"));
    let urgency = urgency.ok_or_else(|| Problem::invalid("缓急应为普通、加急或特急"))?;
    let id = item_id(&id)?;
    pages.desk.confirm_urgency(id, urgency, visit.actor()?).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&format!("/items/{id}")).into_response())
}
