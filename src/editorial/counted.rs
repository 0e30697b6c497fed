//! Figures beside the lists: counted lately, and counted anew behind the page that asks, not before it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::model::{ItemState, Timestamp};
use crate::store::{InboxFacets, Sql, Store, StoreError, count_states, inbox_facets};

use super::{Desk, DeskError};

/// Twenty editors clicking must not count 200,000 items twenty times: figures of this age in seconds are given as they
/// are, older ones as well while they are counted anew.
const COUNTS_SECONDS: i64 = 2;
const FACETS_SECONDS: i64 = 15;
/// What took long to count, because a great many items wait, is counted less often: at most this share of the time.
const BUSY_SHARE: u32 = 20;
/// Seconds that figures serve at most, however long they take to be counted.
const LONGEST_SECONDS: i64 = 300;
/// Nobody looked for so long, in seconds, that the figures would mislead: they are waited for. Those that take long to be
/// counted may be twice as old as they are to become.
const OLDEST_SECONDS: i64 = 120;

/// How many items are in each state, by its code.
pub type StateCounts = BTreeMap<&'static str, i64>;

/// What was counted lately.
pub(super) struct Counted {
    counts: Arc<Lately<StateCounts>>,
    facets: BTreeMap<&'static str, Arc<Lately<InboxFacets>>>,
}

impl Default for Counted {
    fn default() -> Self {
        let facets = ItemState::ALL.iter().map(|state| (state.code(), Arc::new(Lately::new(FACETS_SECONDS))));
        Self { counts: Arc::new(Lately::new(COUNTS_SECONDS)), facets: facets.collect() }
    }
}

impl Counted {
    /// After an act of one's own the counts must be right at once.
    pub(super) fn forget(&self) {
        self.counts.forget();
    }
}

/// A figure and when it was counted.
struct Lately<T> {
    seconds: i64,
    kept: Mutex<Kept<T>>,
}

struct Kept<T> {
    known: Option<(Timestamp, T)>,
    /// It is given as it is for so many seconds.
    serves: i64,
    /// Somebody is counting anew.
    renewing: bool,
    /// How often it was forgotten: what was begun before is no answer afterwards.
    forgotten: u64,
}

/// What can be said at once.
#[derive(Debug, PartialEq, Eq)]
enum Known<T> {
    /// This.
    Fresh(T),
    /// This, and whoever asked is to count anew.
    Old(T),
    /// Nothing.
    Not,
}

impl<T: Clone> Lately<T> {
    fn new(seconds: i64) -> Self {
        Self {
            seconds,
            kept: Mutex::new(Kept { known: None, serves: seconds, renewing: false, forgotten: 0 }),
        }
    }

    /// With how often it was forgotten by now.
    fn look(&self, now: Timestamp) -> (Known<T>, u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let forgotten = kept.forgotten;
        // A clock that was set back makes everything old.
        let within = |at: Timestamp, seconds: i64| at <= now && now < at.plus_seconds(seconds);
        let oldest = OLDEST_SECONDS.max(kept.serves * 2);
        let known = match kept.known.clone() {
            Some((at, value)) if within(at, kept.serves) => Known::Fresh(value),
            Some((at, value)) if within(at, oldest) && kept.renewing => Known::Fresh(value),
            Some((at, value)) if within(at, oldest) => {
                kept.renewing = true;
                Known::Old(value)
            }
            _ => Known::Not,
        };
        (known, forgotten)
    }

    /// Keeps what was counted, in so much time, or notes that it could not be.
    fn keep(&self, now: Timestamp, counted: Option<&T>, took: Duration, forgotten: u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.renewing = false;
        let pause = i64::try_from((took * BUSY_SHARE).as_secs()).unwrap_or(i64::MAX);
        kept.serves = pause.clamp(self.seconds, LONGEST_SECONDS);
        if let Some(value) = counted.filter(|_| kept.forgotten == forgotten) {
            kept.known = Some((now, value.clone()));
        }
    }

    fn forget(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.known = None;
        kept.forgotten += 1;
    }
}

impl Desk {
    /// How many items are in each state; right after an act at this desk, else a few seconds old at most while somebody
    /// looks.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn state_counts(&self) -> Result<StateCounts, DeskError> {
        let count = |sql: &mut dyn Sql| {
            let rows = count_states(sql)?;
            Ok(rows.into_iter().map(|(state, n)| (state.code(), n)).collect())
        };
        self.lately(&self.counted.counts, count).await
    }

    /// What the items of a state are filtered by.
    pub(super) async fn facets(&self, state: ItemState) -> Result<InboxFacets, DeskError> {
        match self.counted.facets.get(state.code()) {
            Some(lately) => self.lately(lately, move |sql: &mut dyn Sql| inbox_facets(sql, state)).await,
            None => Ok(InboxFacets::default()),
        }
    }

    async fn lately<T: Clone + Send + Sync + 'static>(
        &self,
        lately: &Arc<Lately<T>>,
        count: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, DeskError> {
        let (now, begun) = (self.clock.now(), Instant::now());
        match lately.look(now) {
            (Known::Fresh(value), _) => Ok(value),
            (Known::Old(value), forgotten) => {
                let (store, lately): (Arc<Store>, _) = (Arc::clone(&self.store), Arc::clone(lately));
                tokio::spawn(async move {
                    let counted = store.read(count).await;
                    if let Err(error) = &counted {
                        tracing::warn!(%error, "the figures of the desk could not be counted anew");
                    }
                    lately.keep(now, counted.ok().as_ref(), begun.elapsed(), forgotten);
                });
                Ok(value)
            }
            (Known::Not, forgotten) => {
                let counted = self.store.read(count).await?;
                lately.keep(now, Some(&counted), begun.elapsed(), forgotten);
                Ok(counted)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(3);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    #[test]
    fn an_old_figure_is_given_while_one_and_only_one_counts_it_anew() {
        let lately = Lately::new(2);
        assert_eq!(lately.look(at(100)), (Known::Not, 0));
        lately.keep(at(100), Some(&7), QUICK, 0);
        assert_eq!(lately.look(at(101)).0, Known::Fresh(7));
        assert_eq!(lately.look(at(103)).0, Known::Old(7));
        assert_eq!(lately.look(at(103)).0, Known::Fresh(7));
        lately.keep(at(103), Some(&8), QUICK, 0);
        assert_eq!(lately.look(at(104)).0, Known::Fresh(8));
        // It could not be counted: the next one tries again.
        assert_eq!(lately.look(at(106)).0, Known::Old(8));
        lately.keep(at(106), None, QUICK, 0);
        assert_eq!(lately.look(at(106)).0, Known::Old(8));
    }

    #[test]
    fn what_took_long_to_count_is_counted_less_often() {
        let lately = Lately::new(2);
        lately.keep(at(100), Some(&7), Duration::from_millis(500), 0);
        assert_eq!(lately.look(at(109)).0, Known::Fresh(7));
        assert_eq!(lately.look(at(110)).0, Known::Old(7));
        lately.keep(at(110), Some(&8), Duration::from_secs(100), 0);
        assert_eq!(
            lately.look(at(110 + LONGEST_SECONDS)).0,
            Known::Old(8),
            "but not as seldom as to mislead"
        );
    }

    #[test]
    fn what_was_begun_before_an_act_is_no_answer_after_it() {
        let lately = Lately::new(2);
        lately.keep(at(100), Some(&7), QUICK, 0);
        let (_, begun) = lately.look(at(103));
        lately.forget();
        lately.keep(at(103), Some(&7), QUICK, begun);
        assert_eq!(lately.look(at(103)), (Known::Not, 1));
    }

    #[test]
    fn a_figure_of_long_ago_or_of_the_future_is_none() {
        let lately = Lately::new(2);
        lately.keep(at(1000), Some(&7), QUICK, 0);
        assert_eq!(lately.look(at(1000 + OLDEST_SECONDS)).0, Known::Not);
        assert_eq!(lately.look(at(999)).0, Known::Not);
    }
}
