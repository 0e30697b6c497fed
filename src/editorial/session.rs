//! 会期: for some days hundreds of items arrive by groups, with accounts, a series and numbers of its own; what is left of them
//! is handed back in one action.

use std::collections::BTreeMap;

use crate::bulletin::Series;
use crate::config;
use crate::model::{Actor, LocalDate, SeriesId};
use crate::store::{PlenaryCounts, Priority, Sql, Tx, count_plenary, hand_back};

use super::typed::{CHANNELS, GROUPS};
use super::{Desk, DeskError};

/// A session of the plenary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name.
    pub name: String,
    /// Its first day.
    pub from: LocalDate,
    /// Its last day.
    pub to: LocalDate,
    series: Option<SeriesId>,
}

impl Session {
    /// As the settings have it; none where they name none.
    ///
    /// # Errors
    /// What is wrong with them, in Chinese.
    pub fn parse(
        settings: &config::Session,
        known: &BTreeMap<SeriesId, Series>,
    ) -> Result<Option<Self>, String> {
        let name = settings.name.trim();
        if name.is_empty() {
            return Ok(None);
        }
        let day = |key: &str, text: &str| {
            LocalDate::parse(text).map_err(|error| format!("配置 session.{key} “{text}”{error}"))
        };
        let (from, to) = (day("from", &settings.from)?, day("to", &settings.to)?);
        if from > to {
            return Err(format!("配置 session.from {from} 晚于 session.to {to}，请对调"));
        }
        let series = match settings.series.as_str() {
            "" => None,
            code => {
                let found = known.keys().find(|id| id.as_str() == code).cloned();
                Some(found.ok_or_else(|| format!("配置 session.series “{code}”不是已配置的刊物"))?)
            }
        };
        Ok(Some(Self { name: name.to_owned(), from, to, series }))
    }

    /// Whether a day is one of its.
    pub fn holds(&self, day: LocalDate) -> bool {
        self.from <= day && day <= self.to
    }
}

impl Desk {
    /// The session of today.
    fn sitting(&self) -> Option<&Session> {
        self.session.as_ref().filter(|session| session.holds(self.clock.now().date()))
    }

    /// The series into which a manuscript may go, that of a session first in its days.
    pub(super) fn series_choices(&self) -> Vec<(String, String)> {
        let first = self.sitting().and_then(|session| session.series.as_ref());
        let mut all: Vec<(&SeriesId, &Series)> = self.series.iter().collect();
        all.sort_by_key(|(id, _)| Some(*id) != first);
        all.into_iter().map(|(id, series)| (id.to_string(), series.name.clone())).collect()
    }

    /// The ways by which something is typed in today.
    pub(super) fn channels(&self) -> Vec<(&'static str, &'static str)> {
        let groups = self.sitting().map_or(&[][..], |_| &GROUPS[..]);
        CHANNELS.iter().chain(groups).copied().collect()
    }

    /// The session that is configured, with what arrived in its days.
    ///
    /// # Errors
    /// When there is none, or the store is away.
    pub(super) async fn plenary(&self) -> Result<(Session, bool, PlenaryCounts), DeskError> {
        let session = self.session.clone().ok_or_else(none)?;
        let days = (session.from, session.to);
        let counts = self.store.read(move |sql: &mut dyn Sql| count_plenary(sql, days)).await?;
        Ok((session, self.sitting().is_some(), counts))
    }

    /// 交回: what arrived in its days and is not finished is released, all of it at once.
    ///
    /// # Errors
    /// When there is no session, or the store is away.
    pub(super) async fn hand_back_session(&self, by: Actor) -> Result<usize, DeskError> {
        let session = self.session.as_ref().ok_or_else(none)?;
        let days = (session.from, session.to);
        Ok(self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| hand_back(tx, days, &by)).await?)
    }
}

fn none() -> DeskError {
    DeskError::Request("没有配置会期：请在配置 [session] 中写明名称和起止日期".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(from: &str, to: &str, series: &str) -> config::Session {
        let text = |text: &str| text.to_owned();
        config::Session { name: text("五次会议"), from: text(from), to: text(to), series: text(series) }
    }

    #[test]
    fn a_session_has_days_and_a_series_that_is_there_or_says_what_is_wrong() {
        let known = BTreeMap::new();
        let session = Session::parse(&settings("2027-01-15", "2027-01-17", ""), &known).expect("good");
        let session = session.expect("one");
        let day = |text: &str| LocalDate::parse(text).expect("a day");
        assert!(session.holds(day("2027-01-15")) && session.holds(day("2027-01-17")));
        assert!(!session.holds(day("2027-01-14")) && !session.holds(day("2027-01-18")));
        for (from, to, series, says) in [
            ("", "2027-01-17", "", "session.from"),
            ("2027-01-18", "2027-01-17", "", "晚于"),
            ("2027-01-15", "2027-02-30", "", "session.to"),
            ("2027-01-15", "2027-01-17", "owl", "session.series"),
        ] {
            let error = Session::parse(&settings(from, to, series), &known).expect_err(says);
            assert!(error.contains(says), "{says}: {error}");
        }
        let unnamed = config::Session { name: String::new(), ..settings("", "", "") };
        assert_eq!(Session::parse(&unnamed, &known), Ok(None));
    }
}
