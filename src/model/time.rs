//! Instants are kept in UTC and shown in Asia/Shanghai; periods are closed at local midnight (DESIGN §4.9).

use std::fmt;

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::macros::{format_description, offset};
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// China keeps one zone without daylight saving since 1992.
const SHANGHAI: UtcOffset = offset!(+8);

/// A text that is not a time or a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither RFC 3339 nor the same without a zone.
    #[error("不是 RFC 3339 时间，例：2026-01-08T09:30:00+08:00")]
    NotRfc3339,
    /// Not a calendar date.
    #[error("不是日期，例：2026-01-08")]
    NotADate,
}

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch, as stored.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339; a time without a zone is Asia/Shanghai; a blank between date and time is taken for the `T`.
    ///
    /// # Errors
    /// [`TimeError::NotRfc3339`] for anything else, impossible dates included.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let text = text.trim();
        let joined = match text.as_bytes().get(10) {
            Some(b' ') => text.replacen(' ', "T", 1),
            _ => text.to_owned(),
        };
        let naive = format_description!(
            "[year]-[month]-[day]T[hour]:[minute][optional [:[second][optional [.[subsecond]]]]]"
        );
        let parsed = OffsetDateTime::parse(&joined, &Rfc3339)
            .or_else(|_| PrimitiveDateTime::parse(&joined, naive).map(|local| local.assume_offset(SHANGHAI)))
            .map_err(|_| TimeError::NotRfc3339)?;
        Self::from_time(parsed).ok_or(TimeError::NotRfc3339)
    }

    fn from_time(at: OffsetDateTime) -> Option<Self> {
        shown(at)?;
        i64::try_from(at.unix_timestamp_nanos() / 1_000).ok().map(Self)
    }

    fn local(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .ok()
            .and_then(shown)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The calendar day in Asia/Shanghai.
    pub fn date(self) -> LocalDate {
        LocalDate(self.local().date())
    }

    /// `2026-01-08 09:30` in Asia/Shanghai: as pages show it.
    pub fn minute(self) -> String {
        format!("{} {}", self.date(), self.clock())
    }

    /// `09:30` in Asia/Shanghai.
    pub fn clock(self) -> String {
        let local = self.local();
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    /// This instant moved by a number of seconds.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

/// The same instant in Asia/Shanghai; `None` where it has no year of four digits there and so cannot be written.
fn shown(at: OffsetDateTime) -> Option<OffsetDateTime> {
    at.checked_to_offset(SHANGHAI).filter(|local| (0..=9999).contains(&local.year()))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.local().format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A calendar day in Asia/Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(Date);

impl LocalDate {
    /// Reads `2026-01-08`.
    ///
    /// # Errors
    /// [`TimeError::NotADate`] when the text is another shape or the day does not exist.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        Date::parse(text.trim(), format_description!("[year]-[month]-[day]"))
            .map(Self)
            .map_err(|_| TimeError::NotADate)
    }

    /// The day of a year of at most four digits, a month 1–12 and a day of the month, if there is such a day.
    pub fn from_ymd(year: i32, month: u8, day: u8) -> Option<Self> {
        let month = Month::try_from(month).ok()?;
        Date::from_calendar_date(year, month, day).ok().and_then(Self::with_plain_year)
    }

    /// A day in the forms that people's lists have: 2026-01-08, 2026/1/8, 2026.1.8, 2026年1月8日, 20260108, with or without a
    /// time after it; nothing before 1900 or after 2199, which would be a slip.
    pub fn written(text: &str) -> Option<Self> {
        let mut parts: Vec<&str> =
            text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
        if let [whole] = parts[..]
            && whole.len() == 8
        {
            parts = vec![&whole[..4], &whole[4..6], &whole[6..]];
        }
        let [year, month, day, ..] = parts[..] else { return None };
        let year = year.parse().ok().filter(|year| (1900..2200).contains(year))?;
        Self::from_ymd(year, month.parse().ok()?, day.parse().ok()?)
    }

    /// Only days whose year has at most four digits and no sign can be written down and read again.
    fn with_plain_year(date: Date) -> Option<Self> {
        (0..=9999).contains(&date.year()).then_some(Self(date))
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// The month, 1–12.
    pub fn month(self) -> u8 {
        self.0.month().into()
    }

    /// The day of the month, 1–31.
    pub fn day(self) -> u8 {
        self.0.day()
    }

    /// The day of the week, 1 (Monday) to 7.
    pub fn weekday(self) -> u8 {
        self.0.weekday().number_from_monday()
    }

    /// The day so many days earlier; none before the year 0.
    pub fn minus_days(self, days: u32) -> Option<Self> {
        self.0.checked_sub(Duration::days(i64::from(days))).and_then(Self::with_plain_year)
    }

    /// The day after this one; none after the year 9999.
    pub fn next_day(self) -> Option<Self> {
        self.0.next_day().and_then(Self::with_plain_year)
    }

    /// The first day of this month.
    pub fn month_start(self) -> Self {
        self.0.replace_day(1).map_or(self, Self)
    }

    /// The last day of this month.
    pub fn month_end(self) -> Self {
        self.0.replace_day(self.0.month().length(self.0.year())).map_or(self, Self)
    }

    /// `2026年1月8日`: Arabic digits, no leading zeros (GB/T 9704-2012 7.3.5).
    pub fn chinese(self) -> String {
        format!("{}年{}月{}日", self.0.year(), u8::from(self.0.month()), self.0.day())
    }

    /// The first instant of the day.
    pub fn start(self) -> Timestamp {
        Timestamp::from_time(self.0.midnight().assume_offset(SHANGHAI)).unwrap_or(Timestamp(0))
    }

    /// The first instant of the next day: a period ends before it.
    pub fn end(self) -> Timestamp {
        self.0.next_day().map_or(Timestamp(i64::MAX), |next| Self(next).start())
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl Serialize for LocalDate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalDate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_shanghai() {
        assert_eq!(Timestamp::parse("2026-01-08T08:00:00"), Timestamp::parse("2026-01-08T00:00:00Z"));
        assert_eq!(Timestamp::parse("2026-01-08 08:00"), Timestamp::parse("2026-01-08T00:00:00Z"));
    }

    #[test]
    fn a_day_that_does_not_exist_is_no_time() {
        assert_eq!(Timestamp::parse("2026-02-30T08:00:00"), Err(TimeError::NotRfc3339));
        assert_eq!(LocalDate::parse("2026-13-01"), Err(TimeError::NotADate));
    }

    #[test]
    fn an_instant_without_a_four_digit_year_in_shanghai_is_no_time() {
        for text in ["9999-12-31T23:59:59Z", "0000-01-01T00:00:00+23:00"] {
            assert_eq!(Timestamp::parse(text), Err(TimeError::NotRfc3339), "{text}");
        }
        for micros in [i64::MIN, i64::MAX, -62_200_000_000_000_000] {
            assert!(Timestamp::from_micros(micros).to_string().ends_with("Z"), "{micros}");
        }
        let last = "9999-12-31T23:59:59+08:00";
        assert_eq!(Timestamp::parse(last).map(|at| at.to_string()).as_deref(), Ok(last));
    }

    #[test]
    fn a_day_runs_from_local_midnight_to_local_midnight() {
        let day = LocalDate::parse("2026-12-31").expect("date");
        assert_eq!(day.start(), Timestamp::parse("2026-12-30T16:00:00Z").expect("time"));
        assert_eq!(day.end(), Timestamp::parse("2026-12-31T16:00:00Z").expect("time"));
        assert_eq!(day.chinese(), "2026年12月31日");
    }

    #[test]
    fn a_day_is_made_of_year_month_and_day_or_not_at_all() {
        let day = LocalDate::from_ymd(2026, 1, 8).expect("date");
        assert_eq!(Ok(day), LocalDate::parse("2026-01-08"));
        assert_eq!((day.year(), day.month(), day.day()), (2026, 1, 8));
        assert_eq!(LocalDate::from_ymd(2026, 2, 29), None);
        assert_eq!(LocalDate::from_ymd(2026, 0, 1), None);
        assert_eq!(LocalDate::from_ymd(-1, 1, 1), None);
        assert_eq!(LocalDate::from_ymd(10_000, 1, 1), None);
    }

    #[test]
    fn days_are_counted_across_the_ends_of_months_and_years() {
        let new_year = LocalDate::from_ymd(2026, 1, 1).expect("date");
        assert_eq!(new_year.minus_days(1), LocalDate::from_ymd(2025, 12, 31));
        assert_eq!(LocalDate::from_ymd(2025, 12, 31).and_then(LocalDate::next_day), Some(new_year));
        assert_eq!(new_year.minus_days(u32::MAX), None);
        assert_eq!(LocalDate::from_ymd(9999, 12, 31).and_then(LocalDate::next_day), None);
    }

    #[test]
    fn a_month_has_a_first_and_a_last_day() {
        let leap = LocalDate::from_ymd(2028, 2, 10).expect("date");
        assert_eq!(Some(leap.month_start()), LocalDate::from_ymd(2028, 2, 1));
        assert_eq!(Some(leap.month_end()), LocalDate::from_ymd(2028, 2, 29));
    }

    #[test]
    fn days_are_read_as_lists_write_them_and_no_other_day_is_made_of_them() {
        let eighth = LocalDate::from_ymd(2026, 1, 8);
        for text in ["2026-01-08", "2026/1/8", "2026.1.8", "2026年1月8日", "20260108", "2026-01-08 09:30"]
        {
            assert_eq!(LocalDate::written(text), eighth, "{text}");
        }
        for text in ["", "1899-01-08", "2200-01-08", "1月8日", "2026年1月", "2026-13-08", "2026-02-30", "12"]
        {
            assert_eq!(LocalDate::written(text), None, "{text}");
        }
    }
}
