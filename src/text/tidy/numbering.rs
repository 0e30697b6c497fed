//! Numbers of points at the front of a line: 一、 （一） 1. （1） (GB/T 9704-2012 7.3.3).

use super::change::{Edit, TidyKind};
use super::sheet::{Sheet, is_blank};

pub(super) fn find(sheet: &Sheet, out: &mut Vec<Edit>) {
    for line in sheet.lines() {
        let start = sheet.trimmed(&line).start;
        let content = &sheet.chars[start..line.end];
        if let Some((length, right)) = number(content) {
            let wrong: String = content[..length].iter().collect();
            if wrong != right {
                out.push(Edit::new(
                    start,
                    start + length,
                    &right,
                    TidyKind::Numbering,
                    "序号用“一、”“（一）”“1.”“（1）”",
                ));
            }
        }
    }
}

/// How many characters the number at the front has with its signs, and how it is written.
pub(super) fn number(content: &[char]) -> Option<(usize, String)> {
    let first = content.first()?;
    if matches!(first, '(' | '（') {
        let count = counting(&content[1..])?;
        matches!(content.get(1 + count)?, ')' | '）').then_some(())?;
        let mut length = count + 2;
        // （一）、 and （1）. say it twice.
        if content.get(length).is_some_and(|c| matches!(c, '、' | '.' | '．' | '，' | ',')) {
            length += 1;
        }
        let inner: String = content[1..=count].iter().collect();
        return Some((length + blanks(&content[length..]), format!("（{inner}）")));
    }
    let count = counting(content)?;
    let inner: String = content[..count].iter().collect();
    let (sign, next) = (content.get(count)?, content.get(count + 1)?);
    let length = count + 1 + blanks(&content[count + 1..]);
    if content[0].is_ascii_digit() {
        return match sign {
            ')' | '）' => Some((length, format!("（{inner}）"))),
            // 1.5公里 and 1、2号楼 are no points.
            '、' | '.' | '．' | '，' | ',' | '。' if !next.is_numeric() => {
                Some((length, format!("{inner}.")))
            }
            _ => None,
        };
    }
    match sign {
        '、' | '.' | '．' => Some((length, format!("{inner}、"))),
        ')' | '）' => Some((length, format!("（{inner}）"))),
        _ => None,
    }
}

/// Digits, one or two, or Chinese numerals, up to three.
fn counting(content: &[char]) -> Option<usize> {
    let digits = content.iter().take_while(|c| c.is_ascii_digit()).count();
    let numerals = content.iter().take_while(|c| "一二三四五六七八九十".contains(**c)).count();
    match (digits, numerals) {
        (1..=2, _) => Some(digits),
        (_, 1..=3) => Some(numerals),
        _ => None,
    }
}

fn blanks(content: &[char]) -> usize {
    content.iter().take_while(|c| is_blank(**c)).count()
}
