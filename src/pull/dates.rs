//! Times as feeds and other systems write them.

use time::format_description::well_known::Rfc2822;
use time::{OffsetDateTime, UtcOffset};

use crate::model::Timestamp;

/// Seconds from which a number is taken for milliseconds: the year 5138.
const MILLIS_FROM: i64 = 100_000_000_000;

/// Reads RFC 3339, RFC 2822 (also with a wrong or foreign day of the week), `2026/1/8 9:30`, `2026年1月8日`, seconds or
/// milliseconds since 1970. A time without a zone is Asia/Shanghai.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return since_1970(number);
    }
    Timestamp::parse(text).ok().or_else(|| rfc_2822(text)).or_else(|| local(text))
}

fn since_1970(number: i64) -> Option<Timestamp> {
    let micros =
        if number < MILLIS_FROM { number.checked_mul(1_000_000)? } else { number.checked_mul(1_000)? };
    // A small number is a date like 20260108, or nothing.
    let digits = number.to_string();
    if digits.len() == 8 {
        return Timestamp::parse(&format!("{}-{}-{}T00:00", &digits[..4], &digits[4..6], &digits[6..])).ok();
    }
    (number > 100_000_000).then(|| Timestamp::from_micros(micros))
}

/// `Thu, 08 Jan 2026 09:30:00 +0800`, as mail and HTTP write it.
fn rfc_2822(text: &str) -> Option<Timestamp> {
    // The day of the week says nothing new and is often wrong.
    let text = text.split_once(',').map_or(text, |(_, rest)| rest).trim();
    let (rest, zone) = text.rsplit_once(' ')?;
    let zone = match zone {
        "GMT" | "UT" | "UTC" | "Z" | "-0000" => "+0000",
        "CST" => "+0800",
        zone => zone,
    };
    let at = OffsetDateTime::parse(&format!("{rest} {zone}"), &Rfc2822).ok()?.to_offset(UtcOffset::UTC);
    Some(Timestamp::from_micros(i64::try_from(at.unix_timestamp_nanos() / 1_000).ok()?))
}

/// Year, month and day in digits with whatever between them, then the time where there is one.
fn local(text: &str) -> Option<Timestamp> {
    let numbers: Vec<u32> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let [year, month, day, time @ ..] = numbers.as_slice() else { return None };
    // With a zone in it, it is one of the others, or broken.
    if *year < 1000 || text.contains('+') || time.len() > 4 {
        return None;
    }
    let part = |at: usize| time.get(at).copied().unwrap_or(0);
    Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", part(0), part(1), part(2)))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn times_in_every_dress_are_the_same_instant() {
        for text in [
            "2026-01-08T09:30:00+08:00",
            "2026-01-08T01:30:00Z",
            "2026-01-08 09:30:00",
            "2026-01-08 09:30",
            "2026/1/8 9:30:00",
            "2026年1月8日 09:30",
            "Thu, 08 Jan 2026 09:30:00 +0800",
            "Thu, 08 Jan 2026 01:30:00 GMT",
            "星期四, 8 Jan 2026 01:30:00 UTC",
            "Mon, 08 Jan 2026 01:30 Z",
            "1767835800",
            "1767835800000",
        ] {
            assert_eq!(
                read(text).map(|at| at.to_string()).as_deref(),
                Some("2026-01-08T09:30:00+08:00"),
                "{text}"
            );
        }
        for day in ["2026-01-08", "20260108", "2026.01.08"] {
            assert_eq!(
                read(day).map(|at| at.to_string()).as_deref(),
                Some("2026-01-08T00:00:00+08:00"),
                "{day}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "昨天", "2026-13-40", "12", "3 天前", "99999999999999999999"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
