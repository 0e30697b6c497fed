//! Where a pull goes on: what the server said for the next conditional request, and the place between pages. It is kept
//! with the entries that were taken before it, in one transaction.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// Seconds after which everything is asked for again, whatever the server said: some say 304 for ever.
const WHOLE_SECONDS: i64 = 24 * 3600;
/// Rounds over the same pages at most, until one brings nothing new.
const ROUNDS_MAX: u8 = 3;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Mark {
    /// `ETag` and `Last-Modified` of an answer that was dealt with whole.
    pub(super) etag: String,
    pub(super) modified: String,
    /// When everything was asked for the last time, microseconds.
    pub(super) whole_at: i64,
    /// The page to read next; none = the first.
    pub(super) at: Option<String>,
    /// Of a mailbox: the folder as it was numbered, and the last mail that was dealt with.
    pub(super) validity: u32,
    pub(super) uid: u32,
    /// The mail at which rounds broke off, and how often.
    pub(super) stuck: u32,
    pub(super) stuck_times: u8,
    /// When the sweep over the pages began that has not ended, microseconds.
    begun_at: Option<i64>,
    /// Pages read in this round of it, entries taken in it, rounds before it.
    pages: u32,
    found: u32,
    rounds: u8,
}

impl Mark {
    /// Reads what was kept; what cannot be read is a beginning.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// As it is kept.
    pub(super) fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What to say to the server, so that it need not send what is known: only where a sweep begins afresh.
    pub(super) fn condition(&self, now: Timestamp) -> Option<(&str, &str)> {
        let told = !(self.etag.is_empty() && self.modified.is_empty());
        let fresh = self.begun_at.is_none() && self.at.is_none();
        let recent = now.as_micros() - self.whole_at < WHOLE_SECONDS * 1_000_000;
        (told && fresh && recent).then_some((self.etag.as_str(), self.modified.as_str()))
    }

    /// A sweep from the newest on begins, or goes on; entries noted before its beginning are where it may stop.
    pub(super) fn begin(&mut self, now: Timestamp) -> Timestamp {
        Timestamp::from_micros(*self.begun_at.get_or_insert(now.as_micros()))
    }

    /// A page was read that brought so many entries; `next` follows.
    pub(super) fn turn(&mut self, found: u32, next: Option<String>) {
        self.pages = self.pages.saturating_add(1);
        self.found = self.found.saturating_add(found);
        self.at = next;
    }

    /// The pages of a round are read. Whether another round is needed: while one goes on, entries that are taken away move
    /// others to a page that was read already.
    pub(super) fn end_round(&mut self) -> bool {
        let again = self.pages > 1 && self.found > 0 && self.rounds + 1 < ROUNDS_MAX;
        (self.at, self.pages, self.found) = (None, 0, 0);
        (self.rounds, self.begun_at) = if again { (self.rounds + 1, self.begun_at) } else { (0, None) };
        again
    }

    /// The place is not there any more: from the first page on again.
    pub(super) fn lose_place(&mut self) {
        (self.at, self.pages, self.found) = (None, 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    #[test]
    fn a_condition_is_for_a_fresh_sweep_of_what_was_seen_whole_within_a_day() {
        let now = time("2026-01-08T09:00:00");
        let mut mark = Mark { etag: "\"x\"".to_owned(), whole_at: now.as_micros(), ..Mark::default() };
        assert_eq!(mark.condition(now.plus_seconds(60)), Some(("\"x\"", "")));
        assert_eq!(mark.condition(now.plus_seconds(25 * 3600)), None);
        mark.begin(now);
        assert_eq!(mark.condition(now), None);
        assert_eq!(Mark::default().condition(now), None);
    }

    #[test]
    fn rounds_go_on_until_one_brings_nothing_and_the_beginning_stays() {
        let begun = time("2026-01-08T09:00:00");
        let mut mark = Mark::default();
        assert_eq!(mark.begin(begun), begun);
        mark.turn(5, Some("2".to_owned()));
        let mut mark = Mark::read(&mark.written());
        assert_eq!(mark.begin(begun.plus_seconds(900)), begun, "a sweep that was cut off goes on");
        mark.turn(5, None);
        assert!(mark.end_round());
        assert_eq!(mark.begin(begun.plus_seconds(950)), begun);
        mark.turn(0, Some("2".to_owned()));
        mark.turn(0, None);
        assert!(!mark.end_round());
        assert_eq!(mark, Mark::default());
        mark.turn(3, None);
        assert!(!mark.end_round(), "one page moves nothing");
    }

    #[test]
    fn what_cannot_be_read_is_a_beginning() {
        assert_eq!(Mark::read("?"), Mark::default());
        assert_eq!(Mark::read("{\"etag\":\"x\"}").etag, "x");
    }
}
