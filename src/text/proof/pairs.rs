//! Quotes, brackets and 书名号 without their other half, paragraph by paragraph.

use super::hit::{Find, Kind, Severity};
use super::page::Page;

/// Opening and closing signs of one family; half and full width of brackets count as one.
const FAMILIES: [(&[char], &[char], &str); 9] = [
    (&['“'], &['”'], "双引号"),
    (&['‘'], &['’'], "单引号"),
    (&['（', '('], &['）', ')'], "圆括号"),
    (&['《'], &['》'], "书名号"),
    (&['〈'], &['〉'], "单书名号"),
    (&['【'], &['】'], "方头括号"),
    (&['「'], &['」'], "直角引号"),
    (&['〔'], &['〕'], "六角括号"),
    (&['[', '［'], &[']', '］'], "方括号"),
];

/// What a sentence, or a line of its own, ends with.
const ENDS: [char; 16] =
    ['。', '！', '？', '；', '：', '…', '”', '）', '》', '.', '!', '?', ';', ':', ')', '】'];
/// A shorter line is a title or a point, and ends where it ends.
const FULL_LINE: usize = 16;

struct Open {
    family: usize,
    at: usize,
    sign: char,
}

pub(super) fn find(page: &Page<'_>, out: &mut Vec<Find>) {
    let (mut start, mut end) = (0, 0);
    for line in page.text.split_inclusive('\n') {
        end += line.len();
        // A line that breaks off in mid-sentence goes on in the next.
        let whole =
            line.trim_end().ends_with(ENDS) || line.trim().is_empty() || line.chars().count() < FULL_LINE;
        if whole || end == page.text.len() {
            paragraph(&page.text[start..end], start, page.text[end..].trim_start(), out);
            start = end;
        }
    }
}

fn paragraph(line: &str, start: usize, next: &str, out: &mut Vec<Find>) {
    let mut open: Vec<Open> = Vec::new();
    let mut report = |at: usize, sign: char, reason: String, proposal: Option<String>| {
        let range = start + at..start + at + sign.len_utf8();
        out.push(Find { range, kind: Kind::Pair, severity: Severity::Ordinary, reason, proposal });
    };
    for (at, sign) in line.char_indices() {
        if let Some(family) = FAMILIES.iter().position(|(opens, _, _)| opens.contains(&sign)) {
            if !is_face(line, at) {
                open.push(Open { family, at, sign });
            }
        } else if let Some(family) = FAMILIES.iter().position(|(_, closes, _)| closes.contains(&sign)) {
            match open.iter().rposition(|one| one.family == family) {
                Some(place) => {
                    for lost in open.drain(place..).skip(1) {
                        report(lost.at, lost.sign, unclosed(&lost), None);
                    }
                }
                None if is_marker(line, at) || is_apostrophe(line, at, sign) || is_face(line, at) => {}
                None => {
                    let (_, _, name) = FAMILIES[family];
                    report(at, sign, format!("{name}“{sign}”前面没有对应的左半"), None);
                }
            }
        }
    }
    straight(line, &mut report);
    left_open(open, next, &mut report);
}

/// What is still open at the end of the paragraph.
fn left_open(open: Vec<Open>, next: &str, report: &mut impl FnMut(usize, char, String, Option<String>)) {
    let mut rest = open.into_iter().peekable();
    while let Some(one) = rest.next() {
        // “甲“ is a quotation whose end was typed as a beginning.
        if let Some(twin) = rest.next_if(|twin| twin.family == one.family) {
            let close = FAMILIES[one.family].1.first().copied().unwrap_or(one.sign);
            report(
                twin.at,
                twin.sign,
                format!("{}两次开启，此处应为右半“{close}”", FAMILIES[one.family].2),
                Some(close.to_string()),
            );
            continue;
        }
        // A quotation over several paragraphs opens in each of them and closes in the last.
        let goes_on = matches!(one.sign, '“' | '「') && next.starts_with(one.sign);
        if !goes_on {
            report(one.at, one.sign, unclosed(&one), None);
        }
    }
}

fn unclosed(one: &Open) -> String {
    format!("{}“{}”后面没有对应的右半", FAMILIES[one.family].2, one.sign)
}

/// Straight quotes come in twos.
fn straight(line: &str, report: &mut impl FnMut(usize, char, String, Option<String>)) {
    let inch = |at: usize| line[..at].ends_with(|c: char| c.is_ascii_digit());
    let quotes: Vec<usize> =
        line.match_indices(['"', '＂']).map(|(at, _)| at).filter(|at| !inch(*at)).collect();
    let all = line.matches(['"', '＂']).count();
    if !all.is_multiple_of(2)
        && let (true, Some(last)) = (!quotes.len().is_multiple_of(2), quotes.last())
        && let Some(sign) = line[*last..].chars().next()
    {
        report(*last, sign, "引号数目为单，缺少另一半".to_owned(), None);
    }
}

/// `1）`, `二）`, `a)` that number a point: at the front of a clause.
fn is_marker(line: &str, at: usize) -> bool {
    let before = line[..at].trim_end();
    if before.ends_with(|c| ('①'..='⑳').contains(&c)) {
        return true;
    }
    let number = |c: char| c.is_alphanumeric() && !is_plain_word(c);
    let rest = before.trim_end_matches(number);
    let marked = before.len() - rest.len();
    let short = before[rest.len()..].chars().count() <= 3;
    marked > 0
        && short
        && rest.trim_end().chars().next_back().is_none_or(|c| !c.is_alphanumeric() || rest.ends_with(' '))
}

fn is_plain_word(c: char) -> bool {
    !c.is_ascii() && !"一二三四五六七八九十①②③④⑤⑥⑦⑧⑨⑩０１２３４５６７８９".contains(c)
}

/// it’s, and feet in English.
fn is_apostrophe(line: &str, at: usize, sign: char) -> bool {
    sign == '’' && line[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// `:)`, `：（`, `^_^)`: a face drawn with signs.
fn is_face(line: &str, at: usize) -> bool {
    let sign = line[at..].chars().next().unwrap_or(' ');
    line[..at].ends_with([':', ';', '^', '-', '=', '~']) && sign.is_ascii()
}
