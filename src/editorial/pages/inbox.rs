//! 来稿: the list, its filters, and what is done to one or several of its items.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::model::{CodeTable, ItemId, ItemMove, ItemState, Permission, Timestamp, Urgency};
use crate::site::{Asked, Fields, Page, Shell, Visit, VisitParts, ago, page};
use crate::store::{Act, InboxFilter, InboxRow, Skipped};
use crate::text::Masked;
use crate::web::{Form, Problem, encoded, local_address};

use super::super::inbox::{InboxView, place, written};
use super::super::{Desk, DeskError, Triage};
use super::Shared;

/// The tabs, in the order of a day's work, with the desk's words for them (DOMAIN §2).
pub(super) const TABS: &[(ItemState, &str)] = &[
    (ItemState::Received, "待编"),
    (ItemState::Editing, "在编"),
    (ItemState::Returned, "请补充"),
    (ItemState::Kept, "留存"),
    (ItemState::Adopted, "已采用"),
    (ItemState::Declined, "不采用"),
    (ItemState::Forwarded, "直转"),
    (ItemState::Merged, "并入"),
    (ItemState::Withdrawn, "撤稿"),
];

/// What a list is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ListQuery {
    pub state: String,
    pub urgency: String,
    pub district: String,
    pub subject: String,
    pub kind: String,
    /// `me`, `none`, `@` and a user name, or empty.
    pub holder: String,
    /// The number of a 选题.
    pub topic: String,
    pub order: String,
}

impl ListQuery {
    pub(super) fn of(asked: &Form) -> Self {
        let text = |name: &str| asked.text(name).chars().take(60).collect();
        Self {
            state: text("state"),
            urgency: text("urgency"),
            district: text("district"),
            subject: text("subject"),
            kind: text("kind"),
            holder: text("holder"),
            topic: text("topic"),
            order: text("order"),
        }
    }

    /// As it is written in an address, without the question mark.
    pub(super) fn address(&self) -> String {
        let pairs = [
            ("state", &self.state),
            ("urgency", &self.urgency),
            ("district", &self.district),
            ("subject", &self.subject),
            ("kind", &self.kind),
            ("holder", &self.holder),
            ("topic", &self.topic),
            ("order", &self.order),
        ];
        let given = pairs.iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    }

    /// What the store is asked for. What the address says and nobody knows is as if it were not there.
    pub(super) fn filter(&self, visit: &VisitParts) -> InboxFilter {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let own = visit.signed_in.as_ref().map(|who| who.user.name.to_string());
        InboxFilter {
            state: ItemState::from_code(&self.state).unwrap_or(ItemState::Received),
            urgency: Urgency::from_label(&self.urgency),
            district: given(&self.district),
            subject: given(&self.subject),
            reporter_kind: given(&self.kind),
            holder: match self.holder.as_str() {
                "me" => own,
                "none" => Some(String::new()),
                other => other.strip_prefix('@').map(str::to_owned),
            },
            topic: self.topic.parse().ok(),
            oldest_first: self.order == "old",
        }
    }
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    shell: Shell,
    tabs: Vec<Tab>,
    query: ListQuery,
    /// The list as an address, for links and for coming back.
    list: String,
    filtered: bool,
    districts: Vec<Choice>,
    subjects: Vec<Choice>,
    kinds: Vec<Choice>,
    topics: Vec<TopicChoice>,
    holders: Vec<Holder>,
    /// Whose items can be handed back: user name, what the button says.
    hand_back: Option<(String, String)>,
    rows: Vec<Line>,
    next: Option<String>,
    later_page: bool,
    acts: Option<ActBar>,
    may_merge: bool,
    may_write: bool,
    series: Vec<(String, String)>,
    notice: Option<Notice>,
    state_label: &'static str,
    /// The name of a 会期 that is configured.
    session: Option<String>,
}

struct Tab {
    code: &'static str,
    label: &'static str,
    count: i64,
    current: bool,
}

struct Choice {
    value: String,
    count: i64,
    chosen: bool,
}

/// A colleague who holds items.
struct Holder {
    value: String,
    title: String,
    count: i64,
    chosen: bool,
}

/// A 选题 by which the list is filtered, with how many items of the state answer it.
struct TopicChoice {
    no: i64,
    title: String,
    count: i64,
    chosen: bool,
}

pub(super) struct Line {
    pub id: String,
    pub title: Masked<String>,
    pub urgency: &'static str,
    pub issued: Vec<String>,
    pub copies: u32,
    pub similar: u32,
    pub by: String,
    pub subject: String,
    pub chars: i64,
    pub received: String,
    pub ago: String,
    pub holder: String,
    pub own: bool,
}

/// The buttons for what can be done from a state.
pub(super) struct ActBar {
    pub claim: bool,
    pub keep: bool,
    pub decline: bool,
    pub forward: bool,
    pub ask: bool,
    pub reopen: bool,
    pub reasons: Vec<(String, String, usize)>,
    pub units: Vec<String>,
}

/// What was done just now.
pub(super) struct Notice {
    pub text: String,
    /// The act, while it can be undone.
    pub undo: Option<i64>,
    pub skipped: Vec<String>,
}

impl ActBar {
    pub(super) fn new(desk: &Desk, state: ItemState) -> Self {
        use crate::model::ItemMove as M;
        let may = |step| state.apply(step).is_ok();
        let (day, rows) = (desk.today(), desk.tables.now());
        Self {
            claim: matches!(state, ItemState::Received | ItemState::Editing | ItemState::Returned),
            keep: may(M::Keep),
            decline: may(M::Decline),
            forward: may(M::Forward),
            ask: may(M::AskForMore),
            reopen: may(M::Reopen),
            reasons: rows
                .on(CodeTable::Reason, day)
                .zip(1..)
                .map(|(reason, at)| (reason.code.clone(), reason.name_on(day).to_owned(), at))
                .collect(),
            units: rows.names(CodeTable::Unit, day),
        }
    }
}

impl Notice {
    fn new(desk: &Desk, act: &Act) -> Self {
        let text = match (act.undone_at, act.moved.len()) {
            (Some(_), _) => format!("已撤销“{}”", act.action),
            (None, 0) => format!("没有可以{}的来稿", act.action),
            (None, n) => format!("已{} {n} 件", act.action),
        };
        let undo = (act.undone_at.is_none() && !act.moved.is_empty()).then_some(act.no);
        let told = |left: &Skipped| format!("《{}》未处理：{}", desk.redactor.mask(&left.title), left.why);
        let skipped = act.skipped.iter().map(told).collect();
        Self { text, undo, skipped }
    }
}

/// What the address says was done just now; another person's act is not told of.
pub(super) async fn notice(desk: &Desk, visit: &VisitParts, asked: &Form) -> Result<Option<Notice>, Problem> {
    let Some(no) = asked.number("act") else { return Ok(None) };
    let act = desk.act(no, &visit.who()?.user.name).await;
    Ok(act.ok().map(|act| Notice::new(desk, &act)))
}

fn line(desk: &Desk, row: InboxRow, people: &InboxPeople<'_>, now: Timestamp) -> Line {
    let parts = [row.reporter, row.unit, row.district];
    let mut by: Vec<String> = parts.into_iter().flatten().collect();
    by.dedup();
    Line {
        id: row.id.to_string(),
        title: desk.redactor.mask(&row.title),
        urgency: if row.urgency == Urgency::Normal { "" } else { row.urgency.label() },
        issued: row.issued.iter().map(|(series, year, no)| desk.cited(series, *year, *no)).collect(),
        copies: row.group_size,
        similar: row.similar,
        by: by.join(" · "),
        subject: row.subject.unwrap_or_default(),
        chars: row.chars,
        received: row.received_at.minute(),
        ago: ago(row.received_at, now),
        own: row.holder.as_deref() == Some(people.own),
        holder: row.holder.map(|name| people.titles.get(&name).cloned().unwrap_or(name)).unwrap_or_default(),
    }
}

struct InboxPeople<'a> {
    own: &'a str,
    titles: std::collections::BTreeMap<String, String>,
}

fn choices(counted: &[(String, i64)], chosen: &str) -> Vec<Choice> {
    let mut out: Vec<Choice> = counted
        .iter()
        .map(|(value, count)| Choice { value: value.clone(), count: *count, chosen: value == chosen })
        .collect();
    if !chosen.is_empty() && !out.iter().any(|choice| choice.chosen) {
        out.insert(0, Choice { value: chosen.to_owned(), count: 0, chosen: true });
    }
    out
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let desk = &pages.desk;
    let query = ListQuery::of(&asked);
    let filter = query.filter(&visit);
    let (state, topic) = (filter.state, filter.topic);
    let after = place(asked.text("after"));
    let view: InboxView = desk.inbox(filter, after).await?;
    let (now, own) = (desk.clock.now(), visit.who()?.user.name.clone());
    let (holders, hand_back) = holders(&view, &query, own.as_str());
    let people = InboxPeople { own: own.as_str(), titles: view.people };
    let known = desk.topics().await?;
    let tabs = TABS.iter().map(|(tab, label)| Tab {
        code: tab.code(),
        label,
        count: match topic {
            Some(no) => known.count(no, *tab),
            None => view.counts.get(tab.code()).copied().unwrap_or_default(),
        },
        current: *tab == state,
    });
    let topics = known.topics.iter().map(|one| TopicChoice {
        no: one.no,
        title: one.title.clone(),
        count: known.count(one.no, state),
        chosen: topic == Some(one.no),
    });
    let list = query.address();
    let bare = ListQuery { state: query.state.clone(), ..ListQuery::default() };
    page(&InboxPage {
        shell: Shell::new(&pages, &visit),
        tabs: tabs.collect(),
        filtered: query != bare,
        districts: choices(&view.facets.districts, &query.district),
        subjects: choices(&view.facets.subjects, &query.subject),
        kinds: choices(&view.facets.reporter_kinds, &query.kind),
        topics: topics.collect(),
        holders,
        hand_back: hand_back.filter(|_| visit.may(Permission::Triage)),
        rows: view.rows.into_iter().map(|row| line(desk, row, &people, now)).collect(),
        next: view.next.map(|next| format!("/inbox?{list}&after={}", encoded(&written(next)))),
        later_page: after.is_some(),
        acts: visit.may(Permission::Triage).then(|| ActBar::new(desk, state)),
        may_merge: state.apply(ItemMove::Merge).is_ok(),
        may_write: visit.may(Permission::Edit) && state.apply(ItemMove::Take).is_ok(),
        series: desk.series_choices(),
        notice: notice(desk, &visit, &asked).await?,
        session: desk.session.as_ref().map(|session| session.name.clone()),
        state_label: TABS.iter().find(|(tab, _)| *tab == state).map_or("", |(_, label)| label),
        query,
        list,
    })
}

/// The colleagues who hold items, and whose can be handed back where the list is that of one person.
fn holders(view: &InboxView, query: &ListQuery, own: &str) -> (Vec<Holder>, Option<(String, String)>) {
    let chosen = if query.holder == "me" { own } else { query.holder.strip_prefix('@').unwrap_or_default() };
    let title = |name: &String| view.people.get(name).unwrap_or(name).clone();
    let hand_back = view.held.iter().find(|(name, _)| name == chosen).map(|(name, count)| {
        let whose = if name == own { "我".to_owned() } else { title(name) };
        (name.clone(), format!("交回{whose}领取的全部 {count} 件"))
    });
    let others = view.held.iter().filter(|(name, _)| name != own).map(|(name, count)| Holder {
        value: format!("@{name}"),
        title: title(name),
        count: *count,
        chosen: name == chosen,
    });
    (others.collect(), hand_back)
}

/// 交回: everything that somebody holds is free again.
pub(super) async fn hand_back(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let whose = form.text("holder").parse().map_err(|_| Problem::invalid("没有指明交回谁领取的来稿"))?;
    let act = pages.desk.hand_back(whose, visit.who()?.user.name.clone()).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&back(&form, act)).into_response())
}

fn items(form: &Form) -> Result<Vec<ItemId>, DeskError> {
    form.all("item").map(|id| id.parse::<ItemId>().map_err(DeskError::Id)).collect()
}

/// 并稿: the ticked ones into the one received first.
pub(super) async fn merge(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let why = form.limited("why", "说明", 500)?;
    let act = pages.desk.merge(items(&form)?, None, why, visit.who()?.user.name.clone()).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&back(&form, act)).into_response())
}

/// What a form wants done.
fn wanted(form: &Form) -> Result<Triage, Problem> {
    // A button of a reason stands for 不采用 with that reason.
    if !form.text("reason").is_empty() {
        return Ok(Triage::Decline(form.limited("reason", "理由", 40)?));
    }
    // A button of a proposed unit stands for 直转 to it.
    if !form.text("forward").is_empty() {
        return Ok(Triage::Forward(form.limited("forward", "直转单位", 50)?));
    }
    Ok(match form.text("do") {
        "claim" => Triage::Claim,
        "release" => Triage::LetGo,
        "keep" => Triage::Keep,
        "decline" => Triage::Decline(String::new()),
        "forward" => Triage::Forward(form.text("to").to_owned()),
        "ask" => Triage::AskForMore(form.text("comment").to_owned()),
        "withdraw" => Triage::Withdraw(form.text("comment").to_owned()),
        "reopen" => Triage::Reopen,
        _ => return Err(Problem::invalid("没有选择要做什么，请点一个按钮")),
    })
}

/// Where a form comes back to, told which act it was.
fn back(form: &Form, act: i64) -> String {
    let address = local_address(form.raw("back"));
    let address = if address == "/" { "/inbox" } else { address };
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let kept = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("act=") && !pair.starts_with("at="));
    let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
    pairs.push(format!("act={act}"));
    if let Some(at) = form.number("at") {
        pairs.push(format!("at={at}"));
    }
    format!("{path}?{}", pairs.join("&"))
}

pub(super) async fn act(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let act = pages.desk.triage(items(&form)?, wanted(&form)?, visit.who()?.user.name.clone()).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&back(&form, act)).into_response())
}

pub(super) async fn undo(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let act = form.number("act").ok_or_else(|| Problem::invalid("没有指明要撤销哪一次操作"))?;
    pages.desk.undo(act, visit.who()?.user.name.clone()).await?;
    pages.desk.counted.forget();
    Ok(Redirect::to(&back(&form, act)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_told_where_the_form_came_from_once_and_never_elsewhere() {
        let form = |text: &str| Form::parse(text.as_bytes());
        assert_eq!(
            back(&form("back=%2Finbox%3Fstate%3Dkept%26act%3D3&at=2"), 7),
            "/inbox?state=kept&act=7&at=2"
        );
        assert_eq!(back(&form("back=%2F%2Fevil.example"), 7), "/inbox?act=7");
    }
}
