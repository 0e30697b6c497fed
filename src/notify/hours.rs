//! When e-mail goes out: not within the closed hours, and a digest at its own hour (Asia/Shanghai).

use crate::config;
use crate::model::{MailChoice, Timestamp};

const HOUR: i64 = 3600;

/// The hours of the configuration.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hours {
    closed_from: i64,
    closed_to: i64,
    digest: i64,
}

impl Hours {
    pub(super) fn new(settings: &config::Notify) -> Self {
        Self {
            closed_from: i64::from(settings.closed_from),
            closed_to: i64::from(settings.closed_to),
            digest: i64::from(settings.digest_hour),
        }
    }

    fn closed(&self, hour: i64) -> bool {
        if self.closed_from <= self.closed_to {
            (self.closed_from..self.closed_to).contains(&hour)
        } else {
            hour >= self.closed_from || hour < self.closed_to
        }
    }

    /// When what is due now goes out, for who chose so and whose first of these notices is of `since`; `None`: now.
    /// Where `closes` is false the closed hours do not count.
    pub(super) fn later(
        &self,
        choice: MailChoice,
        since: Timestamp,
        now: Timestamp,
        closes: bool,
    ) -> Option<Timestamp> {
        let start = now.date().start();
        let hour = (now.as_micros() - start.as_micros()) / 1_000_000 / HOUR;
        if choice == MailChoice::Daily {
            // The first digest after it happened.
            let today = since.date().start().plus_seconds(self.digest * HOUR);
            let at = if since < today { today } else { today.plus_seconds(24 * HOUR) };
            if now < at {
                return Some(at);
            }
        }
        let ends_tomorrow = self.closed_from > self.closed_to && hour >= self.closed_from;
        let day = if ends_tomorrow { 24 * HOUR } else { 0 };
        (closes && self.closed(hour)).then(|| start.plus_seconds(day + self.closed_to * HOUR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(&format!("2026-03-02T{text}")).expect("a time")
    }

    #[test]
    fn mail_waits_until_the_closed_hours_end_and_digests_until_theirs() {
        let hours = Hours { closed_from: 22, closed_to: 7, digest: 8 };
        let now = MailChoice::AtOnce;
        assert_eq!(hours.later(now, at("12:00:00"), at("12:00:00"), true), None);
        assert_eq!(
            hours.later(now, at("23:00:00"), at("23:00:00"), true),
            Some(at("07:00:00").plus_seconds(86_400))
        );
        assert_eq!(hours.later(now, at("01:00:00"), at("01:00:00"), true), Some(at("07:00:00")));
        assert_eq!(hours.later(now, at("23:00:00"), at("07:00:00").plus_seconds(86_400), true), None);
        let daily = MailChoice::Daily;
        assert_eq!(hours.later(daily, at("07:30:00"), at("07:30:00"), true), Some(at("08:00:00")));
        assert_eq!(
            hours.later(daily, at("09:00:00"), at("09:30:00"), true),
            Some(at("08:00:00").plus_seconds(86_400))
        );
        assert_eq!(hours.later(daily, at("07:30:00"), at("08:00:00"), true), None);
        assert_eq!(hours.later(now, at("23:00:00"), at("23:00:00"), false), None);
        let never = Hours { closed_from: 0, closed_to: 0, digest: 8 };
        assert_eq!(never.later(now, at("00:10:00"), at("00:10:00"), true), None);
    }
}
