//! Punctuation: half width to full width beside Chinese, dots and dashes, signs said twice.

use super::change::{Edit, TidyKind};
use super::sheet::{Sheet, is_blank, is_ideograph, is_wide_sign};

const FULL_WIDTH: &str = "中文标点用全角";

pub(super) fn find(sheet: &Sheet, out: &mut Vec<Edit>) {
    dots(sheet, out);
    dashes(sheet, out);
    brackets(sheet, out);
    repeated(sheet, out);
    for (at, c) in sheet.chars.iter().enumerate() {
        if let Some(sign) = full_width(sheet, at, *c) {
            out.push(Edit::new(at, at + 1, sign, TidyKind::Punctuation, FULL_WIDTH));
        }
    }
}

/// The sign that should stand for a half-width one.
fn full_width(sheet: &Sheet, at: usize, c: char) -> Option<&'static str> {
    let (before, after) = (sheet.before(at), sheet.at(at + 1));
    let chinese = |c: Option<char>| c.is_some_and(|c| is_ideograph(c) || is_wide_sign(c));
    let ends = |c: Option<char>| c.is_none_or(|c| is_blank(c) || c == '\n');
    match c {
        ',' | '﹐' | '､' if chinese(before) || chinese(after) && !ends(before) => Some("，"),
        ';' | '﹔' if chinese(before) || chinese(after) && !ends(before) => Some("；"),
        '?' | '﹖' if chinese(before) => Some("？"),
        '!' | '﹗' if chinese(before) => Some("！"),
        ':' | '﹕' if chinese(before) && after != Some('/') && !is_face(after) => Some("："),
        '.' | '．' if counts(sheet, at) && !ends(after) => Some("、"),
        '.' | '．' | '｡' if chinese(before) && (chinese(after) || ends(after)) => Some("。"),
        '%' | '％' => None,
        _ => None,
    }
}

/// Whether a point stands behind a Chinese numeral that numbers what follows: 一．电梯问题；二．电表问题。
fn counts(sheet: &Sheet, at: usize) -> bool {
    let numerals =
        sheet.chars[..at].iter().rev().take_while(|c| "一二三四五六七八九十".contains(**c)).count();
    let before = sheet.before(at - numerals);
    (1..=3).contains(&numerals) && before.is_none_or(|c| is_blank(c) || "\n。；：！？".contains(c))
}

/// `:)`
fn is_face(after: Option<char>) -> bool {
    matches!(after, Some(')' | '(' | 'D' | 'P'))
}

/// ..., 。。。, · · · and a single … become ……
fn dots(sheet: &Sheet, out: &mut Vec<Edit>) {
    let near = |c: Option<char>| c.is_some_and(|c| is_ideograph(c) || is_wide_sign(c));
    for (dots, least) in [("…⋯", 1), (".", 3), ("。", 3), ("·", 3), ("．", 3)] {
        runs(
            sheet,
            |c| dots.contains(c),
            |at, end| {
                let good = sheet.chars[at..end] == ['…', '…'];
                if !good && end - at >= least && (near(sheet.before(at)) || near(sheet.at(end))) {
                    out.push(Edit::new(at, end, "……", TidyKind::Dash, "省略号为六点“……”"));
                }
            },
        );
    }
}

/// -- and longer rows become ——
fn dashes(sheet: &Sheet, out: &mut Vec<Edit>) {
    runs(
        sheet,
        |c| matches!(c, '-' | '—' | '－' | '―' | '–' | '─'),
        |at, end| {
            let run = &sheet.chars[at..end];
            let near = |c: Option<char>| c.is_some_and(|c| is_ideograph(c) || is_wide_sign(c) && c != '—');
            // A row of eight and more is a rule across the page.
            let good = run == ['—', '—'] || run.len() < 2 || run.len() >= 8;
            if !good && near(sheet.before(at)) && near(sheet.at(end)) {
                out.push(Edit::new(at, end, "——", TidyKind::Dash, "破折号占两格“——”"));
            }
        },
    );
}

fn runs(sheet: &Sheet, belongs: impl Fn(char) -> bool, mut visit: impl FnMut(usize, usize)) {
    let mut at = 0;
    while at < sheet.chars.len() {
        let length = sheet.chars[at..].iter().take_while(|c| belongs(**c)).count();
        if length > 0 {
            visit(at, at + length);
        }
        at += length.max(1);
    }
}

/// ( and ) of one line, where they hold Chinese or stand after it.
fn brackets(sheet: &Sheet, out: &mut Vec<Edit>) {
    for line in sheet.lines() {
        let mut open: Vec<usize> = Vec::new();
        for at in line {
            match sheet.chars[at] {
                '(' | '（' => open.push(at),
                ')' | '）' => {
                    let Some(first) = open.pop() else { continue };
                    let chinese = |c: &char| is_ideograph(*c) || is_wide_sign(*c) && !"（）".contains(*c);
                    let holds = sheet.chars[first + 1..at].iter().any(chinese);
                    let after = sheet.before(first).is_some_and(|c| chinese(&c));
                    let free = !sheet.is_guarded(first) && !sheet.is_guarded(at);
                    if free && (holds || after || sheet.chars[first] != '(' || sheet.chars[at] != ')') {
                        let halves = [(first, '(', "（"), (at, ')', "）")];
                        let half = halves.into_iter().filter(|(at, half, _)| sheet.chars[*at] == *half);
                        out.extend(half.map(|(at, _, sign)| {
                            Edit::new(at, at + 1, sign, TidyKind::Punctuation, FULL_WIDTH)
                        }));
                    }
                }
                _ => {}
            }
        }
    }
}

/// ，， and ！！！
fn repeated(sheet: &Sheet, out: &mut Vec<Edit>) {
    for sign in ['，', '、', '；', '：', '！', '？', '。'] {
        runs(
            sheet,
            |c| c == sign,
            |at, end| {
                // Three stops are dots.
                if end - at >= 2 && (sign != '。' || end - at == 2) {
                    let reason = "标点重复";
                    out.push(Edit::new(at, end, &sign.to_string(), TidyKind::Punctuation, reason));
                }
            },
        );
    }
}
