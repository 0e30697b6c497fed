//! 检索: the query with its help, 已编发 and 来稿 apart, facets, highlighted hits.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::model::Permission;
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::web::{Form, encoded};

use super::super::search::{FoundItem, Tab, address, clause};
use super::super::{DeskError, SearchRequest};
use super::Shared;
use super::forms::coded;

/// Fields of the facets, as the query language names them.
const FACETS: &[(&str, &str)] = &[("district", "区县"), ("subject", "主题"), ("reporter_kind", "类别")];
/// Fields of 高级检索.
const FIELDS: &[(&str, &str)] =
    &[("title", "标题"), ("reporter", "反映人"), ("unit", "单位"), ("district", "区县"), ("subject", "主题")];
/// Values shown of each facet.
const FACET_ROWS: usize = 8;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    shell: Shell,
    q: String,
    sort: String,
    tab: String,
    tabs: Vec<(String, &'static str, bool)>,
    asked: bool,
    total: usize,
    relaxed: bool,
    notes: Vec<String>,
    hits: Vec<FoundItem>,
    facets: Vec<Facet>,
    next: Option<String>,
    /// The search as an address.
    list: String,
    /// 常用检索.
    kept: Vec<Kept>,
    may_export: bool,
}

/// A kept search.
struct Kept {
    name: String,
    /// The address after `/search?`.
    query: String,
    subscribed: bool,
    /// New hits since its owner looked last.
    fresh: i64,
}

struct Facet {
    label: &'static str,
    rows: Vec<FacetRow>,
}

struct FacetRow {
    value: String,
    count: u64,
    address: String,
}

/// The query as typed with what the form of 高级检索 adds, each as the query language writes it.
fn typed(asked: &Form) -> String {
    let mut parts = vec![asked.text("q").chars().take(300).collect::<String>()];
    for (name, label) in FIELDS {
        let value: String = asked.text(name).chars().take(60).collect();
        if !value.is_empty() {
            parts.push(clause(label, &value));
        }
    }
    let (from, to) = (asked.text("from"), asked.text("to"));
    if !from.is_empty() || !to.is_empty() {
        parts.push(format!("日期:{from}..{to}"));
    }
    let issue: String = asked.text("issue").chars().filter(|c| c.is_alphanumeric()).take(20).collect();
    if !issue.is_empty() {
        parts.push(issue);
    }
    parts.retain(|part| !part.trim().is_empty());
    parts.join(" ")
}

/// What an address asks the desk for; the query as the page shows it; the tab; the order.
pub(super) fn request(asked: &Form) -> (SearchRequest, String, Tab, &'static str) {
    let q = typed(asked);
    let tab = Tab::ALL.into_iter().find(|tab| tab.code() == asked.text("tab")).unwrap_or_default();
    let sort = match asked.text("sort") {
        "newest" => "newest",
        "oldest" => "oldest",
        _ => "relevance",
    };
    let cursor = Some(asked.text("cursor").to_owned()).filter(|cursor| !cursor.is_empty());
    let whole = tab.within(&q);
    let request =
        SearchRequest { q: whole, sort: Some(sort.to_owned()), limit: None, cursor, counts: Some(true) };
    (request, q, tab, sort)
}

/// The query of a kept search, as its address after `/search?` has it.
pub(in crate::editorial) fn query_of(address: &str) -> String {
    request(&Form::parse(address.as_bytes())).0.q
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    // A code from a paper form, typed or scanned, leads to its record.
    if let Some(address) = coded(&pages, asked.text("q")).await? {
        return Ok(Redirect::to(&address).into_response());
    }
    let (request, q, tab, sort) = request(&asked);
    let nothing = request.q.is_empty() && request.cursor.is_none();
    let list = address(&q, tab, sort);
    let first = request.cursor.is_none();
    let user = &visit.who()?.user;
    // What the index holds by now, the search sees; what comes meanwhile is told of all the same.
    let upto = pages.desk.index.newest().map_err(DeskError::Index)?;
    let found = if nothing { None } else { Some(pages.desk.search(request).await?) };
    let mut kept = pages.desk.searches(user).await?;
    for one in kept.iter_mut().filter(|one| first && one.subscribed && one.query == list) {
        pages.desk.looked_at(one.name.clone(), upto, user).await?;
        pages.desk.nudge.give();
        one.fresh = 0;
    }
    let here = |q: &str, tab: Tab| format!("/search?{}", address(q, tab, sort));
    let tabs = Tab::ALL.into_iter().map(|one| (here(&q, one), one.label(), one == tab));
    let mut shown = SearchPage {
        shell: Shell::new(&pages, &visit),
        tabs: tabs.collect(),
        asked: !nothing,
        total: 0,
        relaxed: false,
        notes: Vec::new(),
        hits: Vec::new(),
        facets: Vec::new(),
        next: None,
        sort: sort.to_owned(),
        tab: tab.code().to_owned(),
        list,
        kept: kept
            .into_iter()
            .map(|one| Kept {
                name: one.name,
                query: one.query,
                subscribed: one.subscribed,
                fresh: one.fresh,
            })
            .collect(),
        may_export: visit.may(Permission::Export),
        q,
    };
    if let Some(found) = found {
        shown.facets = FACETS
            .iter()
            .filter_map(|(name, label)| {
                let counted = found.facets.get(name)?;
                let rows = counted.iter().take(FACET_ROWS).map(|row| FacetRow {
                    address: here(&format!("{} {}", shown.q, clause(label, &row.value)), tab),
                    value: row.value.clone(),
                    count: row.count,
                });
                Some(Facet { label, rows: rows.collect() })
            })
            .filter(|facet| !facet.rows.is_empty())
            .collect();
        let more = |cursor: String| format!("{}&cursor={}", here(&shown.q, tab), encoded(&cursor));
        shown.next = found.next.map(more);
        shown.total = found.total.unwrap_or(found.hits.len());
        shown.relaxed = found.relaxed;
        shown.notes = found.notes;
        shown.hits = found.hits;
    }
    page(&shown)
}
