//! 检索: what the page finds, by the same parameters, so that the `query` of a kept search can be asked here as it stands.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::site::Person;

use super::super::routes::{Asked, parameters};
use super::super::search::{SearchRequest, SearchResults, Tab, address, clause};
use super::super::{Desk, DeskError};
use super::{Answer, Shared};

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchQuery {
    /// 检索式.
    #[serde(default)]
    q: String,
    #[serde(default)]
    tab: Tab,
    sort: Option<String>,
    /// One value of the facet.
    district: Option<String>,
    subject: Option<String>,
    reporter_kind: Option<String>,
    limit: Option<usize>,
    /// `next` of the page before.
    cursor: Option<String>,
    counts: Option<bool>,
}

impl SearchQuery {
    /// The query with the values of facets by which it is narrowed, as the page writes it too.
    fn typed(&self) -> String {
        let facets = [("区县", &self.district), ("主题", &self.subject), ("类别", &self.reporter_kind)];
        let narrowed = facets.into_iter().filter_map(|(field, value)| {
            value.as_deref().filter(|value| !value.is_empty()).map(|value| clause(field, value))
        });
        let parts: Vec<String> = std::iter::once(self.q.trim().to_owned()).chain(narrowed).collect();
        parts.join(" ").trim().to_owned()
    }
}

impl SearchQuery {
    /// What the desk is asked for.
    pub(super) fn request(self) -> SearchRequest {
        let q = self.tab.within(&self.typed());
        let cursor = self.cursor.filter(|cursor| !cursor.is_empty());
        SearchRequest { q, sort: self.sort, limit: self.limit, cursor, counts: self.counts }
    }
}

pub(super) async fn search(
    State(pages): Shared,
    person: Person,
    query: Asked<SearchQuery>,
) -> Answer<SearchResults> {
    let wanted = parameters(query)?;
    let desk = &pages.desk;
    let list = address(&wanted.typed(), wanted.tab, wanted.sort.as_deref().unwrap_or("relevance"));
    // As on the page: what the index holds by now is seen, what comes meanwhile is told of all the same.
    let upto = desk.index.newest().map_err(DeskError::Index)?;
    let request = wanted.request();
    let first = request.cursor.is_none();
    let found = desk.search(request).await?;
    if first {
        looked(desk, &person, &list, upto).await?;
    }
    Ok(Json(found))
}

/// A subscribed search that was asked is one whose hits its owner has seen.
async fn looked(desk: &Desk, person: &Person, list: &str, upto: i64) -> Result<(), DeskError> {
    let kept = desk.searches(&person.0).await?;
    for one in kept.into_iter().filter(|one| one.subscribed && one.query == list) {
        desk.looked_at(one.name, upto, &person.0).await?;
        desk.nudge.give();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facets_narrow_a_query_as_the_page_writes_them() {
        let query = SearchQuery {
            q: " 路灯 ".to_owned(),
            district: Some("渝中区".to_owned()),
            subject: Some("城建 \"交通\"".to_owned()),
            reporter_kind: Some(String::new()),
            ..SearchQuery::default()
        };
        assert_eq!(query.typed(), "路灯 区县:渝中区 主题:\"城建 交通\"");
        assert_eq!(Tab::Issued.within(&query.typed()), "路灯 区县:渝中区 主题:\"城建 交通\" 状态:已编发");
        assert_eq!(Tab::All.within(""), "");
    }
}
