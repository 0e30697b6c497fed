//! Periods as editors write them, and the shortest way to write them back.

use super::lexer::fold;
use crate::model::LocalDate;

/// 近N天 reaches back at most a hundred years.
const NEAR_MAX: u32 = 36_500;
/// What stands between two dates; `～` is folded to `~`.
const SEPARATORS: [&str; 4] = ["..", "~", "至", "到"];

/// A period, both days included; at least one end is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: Option<LocalDate>,
    pub(super) to: Option<LocalDate>,
    /// The later date was written first.
    pub(super) swapped: bool,
}

impl Range {
    fn new(from: Option<LocalDate>, to: Option<LocalDate>) -> Self {
        Self { from, to, swapped: false }
    }
}

/// Digits and nothing else.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Reads `2026`, `2026-01..2026-03`, `>=2026年1月8日`, `近7天` and the like.
pub(super) fn range(text: &str, today: LocalDate) -> Option<Range> {
    let text: String = fold(text).chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(compared) = comparison(&text, today) {
        return compared;
    }
    let Some((left, right)) = SEPARATORS.iter().find_map(|mark| text.split_once(mark)) else {
        let (first, last) = period(&text, today)?;
        return Some(Range::new(Some(first), Some(last)));
    };
    match (left, right) {
        ("", "") => None,
        ("", right) => Some(Range::new(None, Some(period(right, today)?.1))),
        (left, "") => Some(Range::new(Some(period(left, today)?.0), None)),
        (left, right) => {
            let (left, right) = (period(left, today)?, period(right, today)?);
            let swapped = left.0 > right.1;
            let (early, late) = if swapped { (right, left) } else { (left, right) };
            Some(Range { from: Some(early.0), to: Some(late.1), swapped })
        }
    }
}

/// `None` when the text compares nothing, `Some(None)` when what it compares with is no date.
fn comparison(text: &str, today: LocalDate) -> Option<Option<Range>> {
    type Bound = fn((LocalDate, LocalDate)) -> Option<Range>;
    const SIGNS: [(&str, Bound); 7] = [
        (">=", |(first, _)| Some(Range::new(Some(first), None))),
        ("≥", |(first, _)| Some(Range::new(Some(first), None))),
        ("<=", |(_, last)| Some(Range::new(None, Some(last)))),
        ("≤", |(_, last)| Some(Range::new(None, Some(last)))),
        (">", |(_, last)| last.next_day().map(|day| Range::new(Some(day), None))),
        ("<", |(first, _)| first.minus_days(1).map(|day| Range::new(None, Some(day)))),
        ("=", |(first, last)| Some(Range::new(Some(first), Some(last)))),
    ];
    SIGNS
        .iter()
        .find_map(|(sign, bound)| text.strip_prefix(sign).map(|rest| period(rest, today).and_then(bound)))
}

/// The first and the last day of a year, a month, a day, or of a period counted from today.
fn period(text: &str, today: LocalDate) -> Option<(LocalDate, LocalDate)> {
    relative(text, today).or_else(|| absolute(text))
}

fn relative(text: &str, today: LocalDate) -> Option<(LocalDate, LocalDate)> {
    let one = |day| Some((day, day));
    let month = |day: LocalDate| Some((day.month_start(), day.month_end()));
    match text {
        "今天" | "今日" => one(today),
        "昨天" | "昨日" => one(today.minus_days(1)?),
        "本月" => month(today),
        "上月" => month(today.month_start().minus_days(1)?),
        "今年" | "本年" => year(today.year()),
        "去年" => year(today.year() - 1),
        _ => {
            let days = text.strip_prefix('近')?;
            let days = days.strip_suffix(['天', '日']).filter(|days| is_number(days))?;
            let days: u32 = days.parse().ok().filter(|days| (1..=NEAR_MAX).contains(days))?;
            Some((today.minus_days(days - 1)?, today))
        }
    }
}

fn year(year: i32) -> Option<(LocalDate, LocalDate)> {
    Some((LocalDate::from_ymd(year, 1, 1)?, LocalDate::from_ymd(year, 12, 31)?))
}

/// `2026`, `2026年`, `2026-1`, `2026年1月`, `202601`, `2026-01-08`, `2026/1/8`, `2026.1.8`, `2026年1月8日`, `20260108`.
fn absolute(text: &str) -> Option<(LocalDate, LocalDate)> {
    let text = text.strip_suffix(['年', '月', '日', '号']).unwrap_or(text);
    let mut parts: Vec<&str> = text.split(['-', '/', '.', '年', '月']).collect();
    if !parts.iter().all(|part| is_number(part)) {
        return None;
    }
    if let [run] = parts[..] {
        parts = match run.len() {
            6 => vec![&run[..4], &run[4..]],
            8 => vec![&run[..4], &run[4..6], &run[6..]],
            _ => parts,
        };
    }
    let number = |part: &str| part.parse::<u8>().ok();
    let full_year: i32 = parts.first().filter(|part| part.len() == 4)?.parse().ok()?;
    match parts[1..] {
        [] => year(full_year),
        [month] => {
            let first = LocalDate::from_ymd(full_year, number(month)?, 1)?;
            Some((first, first.month_end()))
        }
        [month, day] => {
            let day = LocalDate::from_ymd(full_year, number(month)?, number(day)?)?;
            Some((day, day))
        }
        _ => None,
    }
}

/// The shortest form that is read back as the same period: whole years and months by their name.
pub(super) fn written(from: Option<LocalDate>, to: Option<LocalDate>) -> String {
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (from, to),
        (from, to) => {
            let end = |day: Option<LocalDate>| day.map(|day| day.to_string()).unwrap_or_default();
            return format!("{}..{}", end(from), end(to));
        }
    };
    let whole_months = from == from.month_start() && to == to.month_end();
    let whole_years = whole_months && from.month() == 1 && to.month() == 12;
    let name = |day: LocalDate| match (whole_years, whole_months) {
        (true, _) => format!("{:04}", day.year()),
        (_, true) => format!("{:04}-{:02}", day.year(), day.month()),
        _ => day.to_string(),
    };
    let (first, last) = (name(from), name(to));
    if first == last { first } else { format!("{first}..{last}") }
}
