//! Days, months and times of day that do not exist, weekdays that do not fit, periods that end before they begin.

use std::ops::Range;

use regex::{Captures, Regex};

use crate::model::LocalDate;

use super::hit::{Find, Kind, Severity};
use super::page::Page;
use super::tables::ProofError;

/// A number of one or two digits, or in Chinese up to 三十一.
const SMALL: &str = "(?:[0-9０-９]{1,2}|[一二三四五六七八九十]{1,3})";
const WEEKDAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];
const TO: &str = "(?:至|到|—|–|-|~|～|－)";

/// The rules, ready.
pub(super) struct Calendar {
    day: Regex,
    written: Regex,
    month: Regex,
    days: Regex,
    years: Regex,
    time: Regex,
    quarter: Regex,
    year: Regex,
}

impl Calendar {
    pub(super) fn new() -> Result<Self, ProofError> {
        let year = "(?P<y>[0-9０-９]{4}|[一二三四五六七八九〇零○]{4})\\s*年";
        let rule = |pattern: String| {
            Regex::new(&pattern).map_err(|error| ProofError::Pattern(pattern, error.to_string()))
        };
        Ok(Self {
            day: rule(format!(
                "(?:{year}|(?P<rel>今年|去年|明年|前年|本年))?\\s*(?P<m>{SMALL})\\s*月份?\\s*(?P<d>{SMALL})\\s*(?:日|号)\
                 (?:[\\s,，]*[（(]?\\s*(?:星期|周|礼拜)(?P<w>[一二三四五六日天]))?"
            ))?,
            written: rule(
                "(?P<y>(?:19|20)[0-9]{2})(?P<s>[-/.])(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})".to_owned(),
            )?,
            month: rule(format!("(?:{year}\\s*(?P<m>{SMALL})月|(?P<b>{SMALL})月(?:份|底|初|中旬|上旬|下旬|末))"))?,
            days: rule(format!("{SMALL}月(?P<a>{SMALL})日?{TO}(?P<b>{SMALL})(?:日|号)"))?,
            years: rule(format!("(?P<a>(?:19|20)[0-9]{{2}})年?{TO}(?P<b>(?:19|20)[0-9]{{2}})年"))?,
            time: rule(
                "(?P<part>日|号|上午|下午|中午|晚上|晚间|晚|早上|清晨|早晨|凌晨|夜间|夜里|每天|每日|当天|至|到|—|-|[一二三四五六]|工作日)\\s*\
                 (?P<hit>(?P<h>[0-9０-９]{1,2})(?:(?:时|点钟?)(?:(?P<min>[0-9０-９]{1,2})分|(?P<end>半|整|至|到|左右|许|开始|前|后|以后|以前))?|[:：](?P<col>[0-9]{2})))"
                    .to_owned(),
            )?,
            quarter: rule("(?:第|年)(?P<hit>[五六七八九5-9]季度)(?:$|[^假])".to_owned())?,
            year: rule("(?:^|[^0-9.])(?P<hit>(?:19|20)[0-9]{3}年)(?:$|[^前历])".to_owned())?,
        })
    }

    pub(super) fn find(&self, page: &Page<'_>, out: &mut Vec<Find>) {
        for found in self.day.captures_iter(page.text) {
            out.extend(day(page, &found));
        }
        for found in self.written.captures_iter(page.text) {
            out.extend(written(page, &found));
        }
        for found in self.month.captures_iter(page.text) {
            out.extend(month(page, &found));
        }
        for found in self.time.captures_iter(page.text) {
            out.extend(time_of_day(&found));
        }
        self.periods(page, out);
        for found in self.quarter.captures_iter(page.text) {
            out.extend(found.name("hit").map(|hit| severe(hit.range(), "一年只有四个季度".to_owned())));
        }
        for found in self.year.captures_iter(page.text) {
            out.extend(found.name("hit").map(|hit| severe(hit.range(), "年份多了一位数字".to_owned())));
        }
    }

    fn periods(&self, page: &Page<'_>, out: &mut Vec<Find>) {
        for found in self.days.captures_iter(page.text) {
            if let (Some(whole), Some(a), Some(b)) = (found.get(0), read(&found, "a"), read(&found, "b"))
                && b < a
                && stands_alone(page.text, whole.start())
            {
                out.push(severe(whole.range(), "起止日期颠倒，或跨月未写月份".to_owned()));
            }
        }
        for found in self.years.captures_iter(page.text) {
            if let (Some(whole), Some(a), Some(b)) = (found.get(0), read(&found, "a"), read(&found, "b"))
                && b < a
            {
                out.push(severe(whole.range(), "起止年份颠倒".to_owned()));
            }
        }
    }
}

fn severe(range: Range<usize>, reason: String) -> Find {
    Find { range, kind: Kind::Date, severity: Severity::Severe, reason, proposal: None }
}

fn ordinary(range: Range<usize>, reason: String) -> Find {
    Find { severity: Severity::Ordinary, ..severe(range, reason) }
}

/// 2025年2月30日, 十三月五日, 2025年3月1日（星期三）.
fn day(page: &Page<'_>, found: &Captures<'_>) -> Option<Find> {
    let whole = found.get(0)?;
    let dated = found.name("y").is_some() || found.name("rel").is_some();
    if !dated && !stands_alone(page.text, whole.start()) || is_lunar(page.text, whole.start()) {
        return None;
    }
    let (month, day) = (read(found, "m")?, read(found, "d")?);
    let year = read(found, "y").and_then(|year| i32::try_from(year).ok()).or_else(|| relative(page, found));
    let end = found.name("d")?.end();
    let shown = whole.start() + leading_blanks(whole.as_str())..page.ahead(end, 1);
    if !(1..=12).contains(&month) {
        return Some(severe(shown, format!("没有{month}月")));
    }
    let exists = |year: i32| date(year, month, day);
    match year {
        Some(year) if exists(year).is_none() => Some(severe(shown, format!("{year}年{month}月没有{day}日"))),
        // 2000 was a leap year: of a day without a year only what exists in none is told.
        None if exists(2000).is_none() => Some(severe(shown, format!("{month}月没有{day}日"))),
        _ => weekday(page, found, year, (month, day)),
    }
}

fn weekday(page: &Page<'_>, found: &Captures<'_>, year: Option<i32>, at: (u32, u32)) -> Option<Find> {
    let said = found.name("w")?;
    let said_day = WEEKDAYS.iter().position(|day| *day == said.as_str().replace('天', "日"))?;
    let this = page.date.year();
    let years = year.map_or_else(|| vec![this, this - 1, this + 1], |year| vec![year]);
    let days: Vec<usize> = years
        .iter()
        .filter_map(|year| date(*year, at.0, at.1))
        .map(|day| usize::from(day.weekday()) - 1)
        .collect();
    if days.is_empty() || days.contains(&said_day) {
        return None;
    }
    let right = days.first().map(|day| WEEKDAYS[*day])?;
    let reason = format!("{}年{}月{}日是星期{right}", years[0], at.0, at.1);
    let proposal = year.map(|_| right.to_owned());
    Some(Find { proposal, ..severe(said.range(), reason) })
}

/// 2025-02-30, 2025/13/1, 2025.6.31.
fn written(page: &Page<'_>, found: &Captures<'_>) -> Option<Find> {
    let whole = found.get(0)?;
    let beside = |c: char| c.is_ascii_digit() || matches!(c, '-' | '/');
    let (before, after) = (&page.text[..whole.start()], &page.text[whole.end()..]);
    if before.ends_with(|c| beside(c) || c == '.') || after.starts_with(beside) {
        return None;
    }
    let (year, month, day) = (read(found, "y")?, read(found, "m")?, read(found, "d")?);
    let year = i32::try_from(year).ok()?;
    date(year, month, day).is_none().then(|| severe(whole.range(), format!("没有这一天：{}", whole.as_str())))
}

/// 2025年13月, 14月份.
fn month(page: &Page<'_>, found: &Captures<'_>) -> Option<Find> {
    let part = found.name("m").or_else(|| found.name("b"))?;
    let month = number(part.as_str())?;
    if (1..=12).contains(&month) || found.name("b").is_some() && !stands_alone(page.text, part.start()) {
        return None;
    }
    let shown = part.start()..page.ahead(part.end(), 1);
    // A whole date with that month is told as a date.
    Some(severe(shown, format!("没有{month}月")))
}

/// 25时, 18点75分, 上午15时, 晚上8:72.
fn time_of_day(found: &Captures<'_>) -> Option<Find> {
    let hit = found.name("hit")?;
    let part = found.name("part")?.as_str();
    let hour = read(found, "h")?;
    let minute = found.name("min").or_else(|| found.name("col")).and_then(|text| number(text.as_str()));
    let told = minute.is_some() || found.name("end").is_some() || hit.as_str().contains(['时', '钟']);
    // 到60点: points of a scale; 至16:72: a ratio.
    let loose = matches!(part, "至" | "到" | "—" | "-") || WEEKDAYS.contains(&part);
    if hour > 24 && told && !loose || minute.is_some_and(|minute| minute > 59) && hour <= 24 {
        return Some(severe(hit.range(), format!("没有这个时刻：{}", hit.as_str())));
    }
    let morning = matches!(part, "上午" | "凌晨" | "早上" | "清晨" | "早晨");
    (morning && (13..=24).contains(&hour))
        .then(|| ordinary(hit.range(), format!("“{part}”与“{}”矛盾", hit.as_str())))
}

/// The year that 今年, 去年 mean.
fn relative(page: &Page<'_>, found: &Captures<'_>) -> Option<i32> {
    let this = page.date.year();
    match found.name("rel")?.as_str() {
        "去年" => Some(this - 1),
        "前年" => Some(this - 2),
        "明年" => Some(this + 1),
        _ => Some(this),
    }
}

fn date(year: i32, month: u32, day: u32) -> Option<LocalDate> {
    LocalDate::from_ymd(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
}

/// Not the end of a longer number.
fn stands_alone(text: &str, at: usize) -> bool {
    !text[..at].ends_with(|c: char| c.is_numeric() || "十百千个第".contains(c))
}

/// 农历二月三十日.
fn is_lunar(text: &str, at: usize) -> bool {
    ["农历", "阴历", "旧历", "腊", "闰"].iter().any(|word| text[..at].ends_with(word))
}

fn leading_blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

fn read(found: &Captures<'_>, name: &str) -> Option<u32> {
    number(found.name(name)?.as_str())
}

/// Arabic digits of either width, Chinese ones in a row, and tens: 二〇二五, 三十一.
fn number(text: &str) -> Option<u32> {
    let digit = |c: char| match c {
        '0'..='9' => c.to_digit(10),
        '０'..='９' => Some(u32::from(c) - u32::from('０')),
        '〇' | '零' | '○' => Some(0),
        _ => "一二三四五六七八九".chars().position(|one| one == c).and_then(|at| u32::try_from(at + 1).ok()),
    };
    let value = match text.split_once('十') {
        None => text.chars().try_fold(0_u32, |all, c| Some(all * 10 + digit(c)?))?,
        Some((tens, ones)) => {
            let one = |text: &str, default: u32| match text.chars().next() {
                None => Some(default),
                Some(c) => digit(c).filter(|_| text.chars().count() == 1),
            };
            one(tens, 1)? * 10 + one(ones, 0)?
        }
    };
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_either_width_and_in_chinese() {
        for (text, value) in
            [("30", 30), ("３０", 30), ("三十一", 31), ("十二", 12), ("二十", 20), ("二〇二五", 2025)]
        {
            assert_eq!(number(text), Some(value), "{text}");
        }
        assert_eq!(number("十十"), None);
    }
}
