//! 来稿: what waits, read from the store, so that it is right at once and does not slow down with 50,000 of them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{ItemState, Timestamp};
use crate::store::{
    InboxFacets, InboxFilter, InboxPlace, InboxRow, Sql, StoreError, count_states, inbox_facets, inbox_page,
    list_users,
};

use super::{Desk, DeskError};

/// Items on a page.
pub(super) const PAGE: usize = 40;
/// Counts may be so old, in seconds: twenty editors clicking must not count 200,000 items twenty times.
const COUNTS_SECONDS: i64 = 2;
const FACETS_SECONDS: i64 = 15;

/// A page of the inbox.
pub struct InboxView {
    /// The items.
    pub rows: Vec<InboxRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<InboxPlace>,
    /// How many there are in each state.
    pub counts: BTreeMap<&'static str, i64>,
    /// By what they can be filtered.
    pub facets: InboxFacets,
    /// 姓名 by user name.
    pub people: BTreeMap<String, String>,
}

/// What was counted lately.
#[derive(Default)]
pub(super) struct Counted {
    counts: Mutex<Option<(Timestamp, BTreeMap<&'static str, i64>)>>,
    facets: Mutex<BTreeMap<&'static str, (Timestamp, InboxFacets)>>,
}

fn fresh(at: Timestamp, now: Timestamp, seconds: i64) -> bool {
    now < at.plus_seconds(seconds) && at <= now
}

impl Counted {
    fn counts(&self, now: Timestamp) -> Option<BTreeMap<&'static str, i64>> {
        let kept = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(at, _)| fresh(*at, now, COUNTS_SECONDS)).map(|(_, counts)| counts.clone())
    }

    fn facets(&self, state: ItemState, now: Timestamp) -> Option<InboxFacets> {
        let kept = self.facets.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(state.code()).filter(|(at, _)| fresh(*at, now, FACETS_SECONDS));
        found.map(|(_, facets)| facets.clone())
    }

    /// After an act of one's own the counts must be right at once.
    pub(super) fn forget(&self) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
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
        let now = self.clock.now();
        let (counts, facets) = (self.counted.counts(now), self.counted.facets(filter.state, now));
        let (count, facet) = (counts.is_none(), facets.is_none());
        let state = filter.state;
        let (mut rows, counted, faceted, people) = self
            .store
            .read(move |sql: &mut dyn Sql| {
                let rows = inbox_page(sql, &filter, after, PAGE + 1)?;
                let counted = if count { Some(count_states(sql)?) } else { None };
                let faceted = if facet { Some(inbox_facets(sql, filter.state)?) } else { None };
                let people = list_users(sql)?.into_iter().map(|user| (user.name.to_string(), user.title));
                Ok::<_, StoreError>((rows, counted, faceted, people.collect::<BTreeMap<_, _>>()))
            })
            .await?;
        let next = (rows.len() > PAGE).then(|| {
            rows.truncate(PAGE);
            rows.last().map(|row| InboxPlace { urgency: row.urgency, no: row.no })
        });
        let counts = match counted {
            None => counts.unwrap_or_default(),
            Some(counted) => {
                let counts: BTreeMap<_, _> =
                    counted.into_iter().map(|(state, n)| (state.code(), n)).collect();
                let mut kept = self.counted.counts.lock().unwrap_or_else(PoisonError::into_inner);
                *kept = Some((now, counts.clone()));
                counts
            }
        };
        let facets = match faceted {
            None => facets.unwrap_or_default(),
            Some(faceted) => {
                let mut kept = self.counted.facets.lock().unwrap_or_else(PoisonError::into_inner);
                kept.insert(state.code(), (now, faceted.clone()));
                faceted
            }
        };
        Ok(InboxView { rows, next: next.flatten(), counts, facets, people })
    }
}
