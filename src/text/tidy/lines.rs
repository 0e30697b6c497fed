//! Lines: one a paragraph, two blanks of full width before it, no empty ones between; what a narrow window broke is one.

use std::ops::Range;

use super::change::{Edit, TidyKind};
use super::numbering::number;
use super::sheet::{Sheet, is_blank, is_digit, is_ideograph};

/// What stands before a paragraph.
const INDENT: &str = "　　";
/// Lines of a text that was broken at a fixed width are not longer than this.
const WIDTH_MAX: usize = 60;
/// A shorter line ends where its writer ended it.
const WIDTH_MIN: usize = 16;

pub(super) fn find(sheet: &Sheet, out: &mut Vec<Edit>) {
    ends(sheet, out);
    let lines = sheet.lines();
    for (at, line) in lines.iter().enumerate() {
        let content = sheet.trimmed(line);
        if content.is_empty() {
            empty(sheet, line, at + 1 == lines.len(), out);
            continue;
        }
        if content.end < line.end {
            out.push(Edit::new(content.end, line.end, "", TidyKind::Space, "行末空格"));
        }
        if at > 0 && goes_on(sheet, &lines, at - 1) {
            let before = sheet.trimmed(&lines[at - 1]).end;
            out.push(Edit::new(before, content.start, "", TidyKind::Break, "句子中间的断行"));
        } else if !is_row(sheet, &content) {
            indent(sheet, line.start..content.start, out);
        }
    }
}

/// CR LF, CR and the other ways to end a line.
fn ends(sheet: &Sheet, out: &mut Vec<Edit>) {
    for (at, c) in sheet.chars.iter().enumerate() {
        let after = match c {
            '\r' if sheet.at(at + 1) == Some('\n') => "",
            '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => "\n",
            _ => continue,
        };
        out.push(Edit::new(at, at + 1, after, TidyKind::Break, "换行符"));
    }
}

/// An empty line goes with one of the breaks beside it.
fn empty(sheet: &Sheet, line: &Range<usize>, last: bool, out: &mut Vec<Edit>) {
    let range = if line.end < sheet.chars.len() && !last {
        line.start..line.end + 1
    } else if line.start > 0 {
        line.start - 1..line.end
    } else {
        line.clone()
    };
    if !range.is_empty() {
        out.push(Edit::new(range.start, range.end, "", TidyKind::Break, "空行"));
    }
}

fn indent(sheet: &Sheet, blanks: Range<usize>, out: &mut Vec<Edit>) {
    if sheet.text(blanks.clone()) != INDENT {
        out.push(Edit::new(blanks.start, blanks.end, INDENT, TidyKind::Indent, "段首空两字"));
    }
}

/// A row of a table, or the place of a picture.
fn is_row(sheet: &Sheet, content: &Range<usize>) -> bool {
    let chars = &sheet.chars[content.clone()];
    chars.contains(&'\t') || chars.contains(&'|') || chars.starts_with(&['【', '图'])
}

/// Whether a line was broken in mid-sentence: it ends with a word, is as long as the lines around it, and the next one
/// begins neither a paragraph nor a point.
fn goes_on(sheet: &Sheet, lines: &[Range<usize>], at: usize) -> bool {
    let (here, next) = (sheet.trimmed(&lines[at]), sheet.trimmed(&lines[at + 1]));
    let (Some(last), Some(first)) = (sheet.before(here.end), sheet.at(next.start)) else { return false };
    if here.is_empty() || next.is_empty() || is_row(sheet, &here) || is_row(sheet, &next) {
        return false;
    }
    let indented = sheet.chars[lines[at + 1].start..next.start].iter().any(|c| is_blank(*c));
    let content = |line: &Range<usize>| &sheet.chars[line.clone()];
    // 一、…… is a heading, the first line a title, a line after which somebody is spoken to a greeting.
    let apart = number(content(&here)).is_some() || number(content(&next)).is_some() || indented;
    let joins = (is_ideograph(last) || last == '，' || last == '、') && !is_digit(first);
    let starts = is_ideograph(first) || first.is_ascii_alphanumeric() || first == '“' || first == '《';
    if apart || !joins || !starts {
        return false;
    }
    let comma = matches!(last, '，' | '、');
    let length = here.len();
    let block = longest_around(sheet, lines, at);
    (comma || at > 0) && length >= WIDTH_MIN && block <= WIDTH_MAX && length * 10 >= block * 8
}

/// The longest line of those without an empty one between.
fn longest_around(sheet: &Sheet, lines: &[Range<usize>], at: usize) -> usize {
    let length = |line: &Range<usize>| sheet.trimmed(line).len();
    let before = lines[..=at].iter().rev().map(length).take_while(|length| *length > 0);
    let after = lines[at + 1..].iter().map(length).take_while(|length| *length > 0);
    before.chain(after).max().unwrap_or(0)
}
