//! Days that a text names: a date soon to come before which something must be done, and years long gone.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::model::LocalDate;

/// What lies further ahead is no reason to hurry.
const DAYS_AHEAD: u32 = 14;

static DEADLINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let date = r"(?:(20\d\d)年)?(1[0-2]|0?[1-9])月([12]\d|3[01]|0?[1-9])[日号]";
    // 3月23日前往 names no deadline.
    Regex::new(&format!("({date}(?:之前|以前|截止|到期))|({date}前)(?:[^往后去来期些]|$)")).ok()
});
static YEAR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"((?:19|20)\d\d)年").ok());

/// Where a text of a day names a day within a fortnight from then, before which something must be done.
pub(super) fn deadlines(text: &str, day: LocalDate) -> Vec<Range<usize>> {
    let Some(pattern) = DEADLINE.as_ref() else { return Vec::new() };
    let soon = |found: &regex::Captures<'_>| {
        // Either way of writing has the same parts, one after the other.
        let first = if found.get(1).is_some() { 2 } else { 6 };
        let number = |at: usize| found.get(first + at).and_then(|part| part.as_str().parse::<u8>().ok());
        let year = found.get(first).and_then(|part| part.as_str().parse().ok());
        let written = |year: i32| LocalDate::from_ymd(year, number(1)?, number(2)?);
        let due = match year {
            Some(year) => written(year),
            // In December, 1月5日 is that of the coming year.
            None => written(day.year()).filter(|due| *due >= day).or_else(|| written(day.year() + 1)),
        };
        due.is_some_and(|due| due >= day && due.minus_days(DAYS_AHEAD).is_some_and(|first| first <= day))
    };
    pattern
        .captures_iter(text)
        .filter(soon)
        .filter_map(|found| Some(found.get(1).or(found.get(5))?.range()))
        .collect()
}

/// Whether a sentence speaks of a year before that of the text.
pub(super) fn years_ago(sentence: &str, day: LocalDate) -> bool {
    let Some(pattern) = YEAR.as_ref() else { return false };
    let year = |found: regex::Captures<'_>| found[1].parse::<i32>().ok();
    pattern.captures_iter(sentence).filter_map(year).any(|year| year < day.year())
}
