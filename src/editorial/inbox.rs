//! 来稿: what waits, read from the store, so that it is right at once and does not slow down with 50,000 of them.

use std::collections::BTreeMap;

use crate::model::Urgency;
use crate::store::{
    InboxFacets, InboxFilter, InboxPlace, InboxRow, Sql, StoreError, count_held, inbox_page, list_users,
};

use super::counted::StateCounts;
use super::{Desk, DeskError};

/// Where a page ends, as a text: `特急.1234`.
pub(super) fn written(place: InboxPlace) -> String {
    format!("{}.{}", place.urgency.label(), place.no)
}

/// Reads it back.
pub(super) fn place(text: &str) -> Option<InboxPlace> {
    let (urgency, no) = text.split_once('.')?;
    Some(InboxPlace { urgency: Urgency::from_label(urgency)?, no: no.parse().ok()? })
}

/// Items on a page.
pub(super) const PAGE: usize = 40;

/// A page of the inbox.
pub struct InboxView {
    /// The items.
    pub rows: Vec<InboxRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<InboxPlace>,
    /// How many there are in each state.
    pub counts: StateCounts,
    /// By what they can be filtered.
    pub facets: InboxFacets,
    /// 姓名 by user name.
    pub people: BTreeMap<String, String>,
    /// Who holds how many, by user name.
    pub held: Vec<(String, i64)>,
}

impl Desk {
    /// A page of the inbox.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn inbox(
        &self,
        filter: InboxFilter,
        after: Option<InboxPlace>,
    ) -> Result<InboxView, DeskError> {
        let state = filter.state;
        let (mut rows, people, held) = self
            .store
            .read(move |sql: &mut dyn Sql| {
                let rows = inbox_page(sql, &filter, after, PAGE + 1)?;
                let people = list_users(sql)?.into_iter().map(|user| (user.name.to_string(), user.title));
                let people = people.collect::<BTreeMap<_, _>>();
                Ok::<_, StoreError>((rows, people, count_held(sql)?))
            })
            .await?;
        let next = (rows.len() > PAGE).then(|| {
            rows.truncate(PAGE);
            rows.last().map(|row| InboxPlace { urgency: row.urgency, no: row.no })
        });
        let (counts, facets) = (self.state_counts().await?, self.facets(state).await?);
        Ok(InboxView { rows, next: next.flatten(), counts, facets, people, held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_what_was_written() {
        let at = InboxPlace { urgency: Urgency::Critical, no: 12 };
        assert_eq!(place(&written(at)), Some(at));
        assert_eq!(place("特急12"), None);
    }
}
