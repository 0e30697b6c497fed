//! Numbers and dates as offices write them: 2025年第12期, （2025）第45期, 〔2025〕7号, 总第三百期; 2025年3月4日, 二〇二五年三月四日.

use crate::model::LocalDate;

/// A number with the year and the running number that stand beside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Numbered {
    pub year: Option<i32>,
    pub number: Option<u32>,
    pub total: Option<u32>,
    pub supplement: bool,
}

/// What a line, or a file's name, says of number and year.
pub(super) fn numbered(text: &str) -> Numbered {
    let text = plain(text);
    let mut found = Numbered { supplement: text.contains("增刊"), ..Numbered::default() };
    found.total = after(&text, "总第").and_then(|rest| number_before(rest, "期"));
    let without = text.replace("总第", "总共");
    found.number =
        without.match_indices('第').find_map(|(at, mark)| number_before(&without[at + mark.len()..], "期"));
    found.year = year(&text);
    if found.number.is_none() {
        found.number = bracketed(&text);
    }
    found
}

/// What a file's name says: 2025-012, 2025年12期 beside what [`numbered`] reads.
pub(super) fn named(stem: &str) -> Numbered {
    let mut found = numbered(stem);
    if found.number.is_none() {
        let text = plain(stem);
        let parts: Vec<&str> =
            text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
        if let [first, second, ..] = parts.as_slice()
            && is_year(first)
            && (1..=4).contains(&second.len())
        {
            found.number = second.parse().ok();
        }
    }
    found
}

/// The first date of a line.
pub(super) fn date(text: &str) -> Option<LocalDate> {
    let text = plain(text);
    for (at, mark) in text.match_indices('年') {
        let before: String = {
            let mut last: Vec<char> = text[..at].chars().rev().take_while(|c| digit(*c).is_some()).collect();
            last.reverse();
            last.into_iter().collect()
        };
        let year = before.chars().rev().take(4).collect::<Vec<_>>();
        if year.len() != 4 {
            continue;
        }
        let year = year.iter().rev().filter_map(|c| digit(*c)).fold(0, |all, one| all * 10 + i32::from(one));
        let rest = &text[at + mark.len()..];
        let Some((month, rest)) = rest.split_once('月') else { continue };
        let Some((day, _)) = rest.split_once('日') else { continue };
        if let (Some(month), Some(day)) = (small(month), small(day))
            && let Some(date) = LocalDate::from_ymd(year, month, day)
        {
            return Some(date);
        }
    }
    None
}

/// Half-width digits and brackets, no blanks.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
            '（' | '〔' | '［' | '【' => '[',
            '）' | '〕' | '］' | '】' => ']',
            '(' => '[',
            ')' => ']',
            other => other,
        })
        .collect()
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.find(mark).map(|at| &text[at + mark.len()..])
}

/// `12期` or `十二期` at the start.
fn number_before(text: &str, mark: &str) -> Option<u32> {
    let (number, _) = text.split_once(mark)?;
    chinese(number).filter(|number| *number > 0)
}

/// `2025年` or `[2025]`.
fn year(text: &str) -> Option<i32> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).find(|part| is_year(part));
    digits.and_then(|year| year.parse().ok()).or_else(|| date(text).map(LocalDate::year))
}

fn is_year(part: &str) -> bool {
    part.len() == 4 && (part.starts_with("19") || part.starts_with("20"))
}

/// `[2025]7`, `[2025]7期` or `[2025]7号`.
fn bracketed(text: &str) -> Option<u32> {
    let (before, rest) = text.split_once(']')?;
    let year = before.rsplit('[').next().unwrap_or_default();
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (is_year(year) && number.len() <= 4).then(|| number.parse().ok()).flatten()
}

fn digit(c: char) -> Option<u8> {
    match c {
        '0'..='9' => u8::try_from(u32::from(c) - u32::from('0')).ok(),
        '〇' | '零' | '○' | 'Ｏ' => Some(0),
        _ => "一二三四五六七八九".chars().position(|one| one == c).and_then(|at| u8::try_from(at + 1).ok()),
    }
}

fn small(text: &str) -> Option<u8> {
    chinese(text).and_then(|number| u8::try_from(number).ok())
}

/// A number in Arabic or Chinese digits, up to thousands: 12, 十二, 三百〇五, 一二.
fn chinese(text: &str) -> Option<u32> {
    if text.is_empty() || text.chars().count() > 9 {
        return None;
    }
    if text.chars().all(|c| c.is_ascii_digit()) {
        return text.parse().ok();
    }
    if !text.contains(['十', '百', '千']) {
        return text.chars().try_fold(0_u32, |all, c| Some(all * 10 + u32::from(digit(c)?)));
    }
    let (mut total, mut current) = (0_u32, 0_u32);
    for c in text.chars() {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            other => {
                current = u32::from(digit(other)?);
                continue;
            }
        };
        total += current.max(1) * unit;
        current = 0;
    }
    Some(total + current)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_offices_write_them() {
        let read = |text: &str| {
            let found = numbered(text);
            (found.year, found.number, found.total)
        };
        assert_eq!(read("2025年第12期"), (Some(2025), Some(12), None));
        assert_eq!(read("第１２期（总第３４５期）"), (None, Some(12), Some(345)));
        assert_eq!(read("（2025）第45期"), (Some(2025), Some(45), None));
        assert_eq!(read("综合〔2025〕7号"), (Some(2025), Some(7), None));
        assert_eq!(read("第十二期  总第三百〇五期"), (None, Some(12), Some(305)));
        assert_eq!(read("据市政协委员反映"), (None, None, None));
        assert!(numbered("2025年增刊第1期").supplement);
        assert_eq!(
            (named("2025-012 关于停车").year, named("2025-012 关于停车").number),
            (Some(2025), Some(12))
        );
    }

    #[test]
    fn dates_are_read_in_both_kinds_of_digits() {
        let read = |text: &str| date(text).map(|date| date.to_string());
        assert_eq!(read("重庆市政协办公厅　　2025年3月4日"), Some("2025-03-04".to_owned()));
        assert_eq!(read("二〇二五年十二月二十一日"), Some("2025-12-21".to_owned()));
        assert_eq!(read("2025年13月4日"), None);
        assert_eq!(read("2025年第3期"), None);
    }
}
