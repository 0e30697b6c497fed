//! What stands in a cell as the field wants it: dates in the forms that people write, yes and no, names in a row.

use serde_json::{Value, json};

use crate::model::LocalDate;

/// The value of a field, or what is wrong with the cell.
pub(super) fn value(field: &str, text: &str) -> Result<Value, (String, String)> {
    let text = text.trim();
    match field {
        "submitted_at" => time(text).map(Value::String).ok_or_else(|| {
            (
                format!("“{}”不是日期，或没有这一天", short(text)),
                "例：2026-01-08、2026/1/8、2026年1月8日".to_owned(),
            )
        }),
        "open.agreed" => match text {
            "是" | "同意" | "公开" | "同意公开" | "可以" | "true" | "TRUE" | "1" | "y" | "Y" | "yes" => {
                Ok(json!(true))
            }
            "否" | "不同意" | "不公开" | "不同意公开" | "false" | "FALSE" | "0" | "n" | "N" | "no" => {
                Ok(json!(false))
            }
            other => Err((format!("“{}”不知是否同意公开", short(other)), "请填“是”或“否”".to_owned())),
        },
        "co_contributors" => {
            Ok(Value::Array(names(text).into_iter().map(|name| json!({ "name": name })).collect()))
        }
        "title" => Ok(Value::String(text.split_whitespace().collect::<Vec<_>>().join(" "))),
        "urgency" => Ok(Value::String(match text {
            "一般" | "平急" | "平件" => "普通".to_owned(),
            other => other.to_owned(),
        })),
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn short(text: &str) -> String {
    let short: String = text.chars().take(20).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// 张三、李四, with 、 ， , ; blanks or slashes between.
pub(super) fn names(text: &str) -> Vec<String> {
    let parted = |c: char| matches!(c, '、' | '，' | ',' | ';' | '；' | '/' | '\n') || c.is_whitespace();
    let mut out: Vec<String> = Vec::new();
    let mut single: Option<String> = None;
    for part in text.split(parted).filter(|part| !part.is_empty()) {
        // 张 三 is one name with a blank in it.
        match single.take() {
            Some(first) if part.chars().count() == 1 => out.push(format!("{first}{part}")),
            Some(first) => out.extend([first, part.to_owned()]),
            None if part.chars().count() == 1 => single = Some(part.to_owned()),
            None => out.push(part.to_owned()),
        }
    }
    out.extend(single);
    out
}

/// A day, with a time of day or not, as the contract wants it: 2026-01-08, 2026/1/8, 2026.1.8, 2026年1月8日, 20260108,
/// 二〇二六年一月八日, and RFC 3339 as it is.
pub(super) fn time(text: &str) -> Option<String> {
    let text = text.trim();
    if crate::model::Timestamp::parse(text).is_ok() {
        return Some(text.replacen(' ', "T", 1));
    }
    let plain: String = without_weekday(text).chars().map(arabic).collect();
    let (day, rest) = split_day(&plain)?;
    let day = day_of(&day)?;
    let clock = clock_of(rest.trim_start_matches('T').trim())?;
    Some(format!("{day}T{clock}"))
}

/// 2026/1/8 星期四 9:30 without its 星期四: the 四 is no hour.
fn without_weekday(text: &str) -> String {
    let Some((before, after)) = text.split_once("星期").or_else(|| text.split_once('周')) else {
        return text.to_owned();
    };
    let mut rest = after.chars();
    match rest.next() {
        Some(day) if "一二三四五六日天末".contains(day) => {
            format!(
                "{} {}",
                before.trim_end_matches(['（', '(']),
                rest.as_str().trim_start_matches(['）', ')'])
            )
        }
        _ => text.to_owned(),
    }
}

/// Chinese digits in a row and full-width ones as Arabic; 十 is left for [`number`].
fn arabic(c: char) -> char {
    match c {
        '〇' | '○' | '零' | 'Ｏ' => '0',
        '０'..='９' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '：' => ':',
        '／' => '/',
        '－' | '—' | '–' => '-',
        '．' => '.',
        _ => match "一二三四五六七八九".chars().position(|one| one == c) {
            Some(at) => char::from_digit(at as u32 + 1, 10).unwrap_or(c),
            None => c,
        },
    }
}

/// Year, month and day as they are written, and what follows.
fn split_day(text: &str) -> Option<([String; 3], &str)> {
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '十');
    if let Some((year, rest)) = text.split_once('年') {
        let (month, rest) = rest.split_once('月')?;
        let end = rest.find(['日', '号'])?;
        let (day, rest) = (&rest[..end], &rest[end..]);
        let rest = rest.trim_start_matches(['日', '号']);
        let parts = [year, month, day].map(|part| part.trim().to_owned());
        return parts.iter().all(|part| digits(part)).then_some((parts, rest));
    }
    if text.len() >= 8 && text.is_char_boundary(8) && text[..8].bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(([&text[..4], &text[4..6], &text[6..8]].map(str::to_owned), &text[8..]));
    }
    let sign =
        ['-', '/', '.'].into_iter().find(|sign| text.get(4..5).is_some_and(|c| c.starts_with(*sign)))?;
    let mut parts = text.splitn(3, sign);
    let (year, month, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some(([year, month, &rest[..end]].map(str::to_owned), &rest[end..]))
}

fn day_of(parts: &[String; 3]) -> Option<String> {
    let small = |text: &str| u8::try_from(number(text)?).ok();
    let year: i32 = parts[0].parse().ok().filter(|year| (1900..2200).contains(year))?;
    let date = LocalDate::from_ymd(year, small(&parts[1])?, small(&parts[2])?)?;
    Some(date.to_string())
}

/// 12, 十二 (as 1十2 after [`arabic`]: 十2), 二十 (2十).
fn number(text: &str) -> Option<u32> {
    match text.split_once('十') {
        None => text.parse().ok(),
        Some((tens, ones)) => {
            let one =
                |text: &str, default| if text.is_empty() { Some(default) } else { text.parse::<u32>().ok() };
            Some(one(tens, 1)? * 10 + one(ones, 0)?)
        }
    }
}

/// 9:30, 9时30分, 09:30:00; midnight where nothing is said.
fn clock_of(text: &str) -> Option<String> {
    let text = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    if text.is_empty() {
        return Some("00:00".to_owned());
    }
    let parts: Vec<u32> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .take(3)
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let (hour, minute) = (*parts.first()?, parts.get(1).copied().unwrap_or(0));
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}
