//! Searching: the query, the hits with what editors want to see of each.

use serde::{Deserialize, Serialize};

use crate::index::query::{Clause, Node, parse};
use crate::index::{Ask, FacetCount, Hits, Sort, snippet};
use crate::model::{ItemId, ItemState, Timestamp};
use crate::store::{Sql, StoreError, group_of, issued_uses, items_of_number, outcome_mark, read_item};
use crate::text::Redactor;
use crate::web::encoded;

use super::{Desk, DeskError};

/// Hits on a page unless asked otherwise, and at most.
const PAGE: usize = 20;
const PAGE_MAX: usize = 100;

/// A request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// 检索式.
    #[serde(default)]
    pub q: String,
    /// `relevance`, `newest`, `oldest`.
    #[serde(default)]
    pub sort: Option<String>,
    /// Hits on a page.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Where the page begins, as the page before said.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Whether hits are counted, in all and by facet; `false` answers sooner.
    #[serde(default)]
    pub counts: Option<bool>,
}

/// The tabs of 检索.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Everything.
    #[default]
    #[serde(rename = "", alias = "all")]
    All,
    /// 已编发.
    Issued,
    /// 来稿, not issued so far.
    Items,
}

impl Tab {
    /// All, as they stand beside each other.
    pub const ALL: [Self; 3] = [Self::All, Self::Issued, Self::Items];

    /// As addresses have it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Issued => "issued",
            Self::Items => "items",
        }
    }

    /// As people read it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "全部",
            Self::Issued => "已编发",
            Self::Items => "来稿",
        }
    }

    /// What it adds to a query.
    const fn clause(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Issued => "状态:已编发",
            Self::Items => "状态:未编发",
        }
    }

    /// A query as typed, within this tab.
    pub fn within(self, typed: &str) -> String {
        format!("{typed} {}", self.clause()).trim().to_owned()
    }
}

/// A search as its address has it after `/search?`; kept searches are told apart by it.
pub(super) fn address(q: &str, tab: Tab, sort: &str) -> String {
    format!("q={}&tab={}&sort={}", encoded(q), tab.code(), encoded(sort))
}

/// A field with its value as the query language takes it: in quotes where it holds anything but words.
pub(super) fn clause(field: &str, value: &str) -> String {
    if value.chars().all(char::is_alphanumeric) {
        format!("{field}:{value}")
    } else {
        format!("{field}:\"{}\"", value.replace('"', ""))
    }
}

/// A page of results.
#[derive(Debug, Serialize)]
pub struct SearchResults {
    /// The query as it was understood.
    pub query: String,
    /// How many there are in all; `null` where they were not to be counted.
    pub total: Option<usize>,
    /// Whether fewer words had to match than were asked for.
    pub relaxed: bool,
    /// What could not be done as typed, in Chinese.
    pub notes: Vec<String>,
    /// The hits.
    pub hits: Vec<FoundItem>,
    /// Counts by district, subject, kind of reporter.
    pub facets: std::collections::BTreeMap<&'static str, Vec<FacetCount>>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One hit.
#[derive(Debug, Serialize)]
pub struct FoundItem {
    /// Its id.
    pub id: ItemId,
    /// 标题, as HTML with marks.
    pub title: String,
    /// The passage that shows why it was found, as HTML with marks.
    pub snippet: String,
    /// 反映人.
    pub reporter: Option<String>,
    /// 单位.
    pub unit: Option<String>,
    /// 区县.
    pub district: Option<String>,
    /// 主题.
    pub subject: Option<String>,
    /// Where it stands.
    pub state: ItemState,
    /// When it was acknowledged.
    pub received_at: Timestamp,
    /// How many say exactly the same, itself included.
    pub group_size: u32,
    /// 已编发: the issues that carried it.
    pub issued: Vec<String>,
    /// 有批示, 有采用 or empty: never what was noted.
    pub outcome: &'static str,
    /// How well it fits.
    pub score: f32,
}

impl Desk {
    /// Searches.
    ///
    /// # Errors
    /// For an unknown sort or a cursor of another server; no query text is an error.
    pub async fn search(&self, request: SearchRequest) -> Result<SearchResults, DeskError> {
        let query = parse(&request.q, self.clock.now().date());
        let sort = match request.sort.as_deref() {
            None | Some("relevance") => Sort::Relevance,
            Some("newest") => Sort::Newest,
            Some("oldest") => Sort::Oldest,
            Some(other) => {
                let detail = format!("sort 应为 relevance、newest 或 oldest，不是 {other}");
                return Err(DeskError::Request(detail));
            }
        };
        let limit = request.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
        let asked = numbers(&query.clauses);
        let issues = self
            .store
            .read(move |sql| {
                asked
                    .into_iter()
                    .map(|(year, number)| Ok(((year, number), items_of_number(sql, year, number)?)))
                    .collect::<Result<_, StoreError>>()
            })
            .await?;
        let shown = query.to_string();
        let (index, cursor, counts) = (self.index.clone(), request.cursor, request.counts.unwrap_or(true));
        let hits: Hits = self
            .compute(move || {
                let ask = Ask { sort, limit, cursor: cursor.as_deref(), counts };
                Ok(index.search(&query, &issues, ask)?)
            })
            .await?;
        let (found, marks) = (hits.hits, hits.marks);
        let redactor = std::sync::Arc::clone(&self.redactor);
        let items = self
            .store
            .read(move |sql| {
                let mut out = Vec::with_capacity(found.len());
                for hit in found {
                    match found_item(sql, hit.no, hit.score, &marks, &redactor) {
                        Ok(item) => out.push(item),
                        // The index is a view: what it still shows and the store no longer has is passed over.
                        Err(StoreError::NotFound(_)) => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(out)
            })
            .await?;
        Ok(SearchResults {
            query: shown,
            total: hits.total,
            relaxed: hits.relaxed,
            notes: hits.notes,
            hits: items,
            facets: hits.facets.into_iter().collect(),
            next: hits.next,
        })
    }
}

/// Personal data is masked before anything is marked: a mark within a number would hide it from the rules.
fn found_item(
    sql: &mut dyn Sql,
    no: i64,
    score: f32,
    marks: &[String],
    redactor: &Redactor,
) -> Result<FoundItem, StoreError> {
    let item = read_item(sql, no)?;
    let issued = issued_names(sql, no)?;
    let group_size = group_of(sql, no)?.map_or(1, |(_, size)| size);
    let row = item.row;
    Ok(FoundItem {
        id: row.id,
        title: snippet(redactor.mask(&row.title).get(), marks, true).html(),
        snippet: snippet(redactor.mask(&item.submission.text.plain()).get(), marks, false).html(),
        reporter: row.reporter,
        unit: row.unit,
        district: row.district,
        subject: row.subject,
        state: row.state,
        received_at: row.received_at,
        group_size,
        issued,
        outcome: outcome_mark(sql, no)?.label(),
        score,
    })
}

/// The issues that carried an item, as they are cited.
pub(super) fn issued_names(sql: &mut dyn Sql, no: i64) -> Result<Vec<String>, StoreError> {
    let uses = issued_uses(sql, no)?;
    Ok(uses.into_iter().map(|(series, year, number, _)| format!("{series} {year}年第{number}期")).collect())
}

/// The issue numbers that a query names.
pub(super) fn numbers(clauses: &[Clause]) -> Vec<(i32, u32)> {
    fn walk(node: &Node, out: &mut Vec<(i32, u32)>) {
        match node {
            Node::Issue { year, number } => out.push((*year, *number)),
            Node::Field { value, .. } => walk(value, out),
            Node::Or(nodes) => nodes.iter().for_each(|node| walk(node, out)),
            Node::All(clauses) => clauses.iter().for_each(|clause| walk(&clause.node, out)),
            Node::Words(_) | Node::Phrase(_) | Node::DateRange { .. } => {}
        }
    }
    let mut out = Vec::new();
    clauses.iter().for_each(|clause| walk(&clause.node, &mut out));
    out
}
