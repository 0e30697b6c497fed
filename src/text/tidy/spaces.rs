//! Blanks that Chinese text does not have, and characters that nobody sees.

use super::change::{Edit, TidyKind};
use super::numbering::number;
use super::sheet::{Sheet, is_blank, is_digit, is_ideograph, is_wide_sign};

pub(super) fn find(sheet: &Sheet, out: &mut Vec<Edit>) {
    for line in sheet.lines() {
        let content = sheet.trimmed(&line);
        let mut at = content.start;
        while at < content.end {
            let length = sheet.chars[at..content.end].iter().take_while(|c| is_blank(**c)).count();
            // Cells of a table are parted by tabs.
            let cells = sheet.chars[at..at + length].contains(&'\t');
            if length > 0 && !cells && is_stray(sheet, at, at + length) {
                out.push(Edit::new(at, at + length, "", TidyKind::Space, "多余的空格"));
            }
            at += length.max(1);
        }
    }
    for (at, c) in sheet.chars.iter().enumerate() {
        let between_digits = sheet.before(at).is_some_and(is_digit) && sheet.at(at + 1).is_some_and(is_digit);
        if is_unseen(*c) && !between_digits {
            out.push(Edit::new(at, at + 1, "", TidyKind::Space, "不可见字符"));
        }
    }
}

/// Beside full-width punctuation, and between Chinese and numbers or Latin letters. Between two Chinese words a blank
/// may stand for a comma or part two names: it stays.
fn is_stray(sheet: &Sheet, start: usize, end: usize) -> bool {
    let (Some(before), Some(after)) = (sheet.before(start), sheet.at(end)) else { return false };
    let sign = |c: char| is_wide_sign(c) && c != '％';
    let other = |c: char| c.is_ascii_alphanumeric();
    // …的批复 4.违反…: the blank parts the points of a list that stands in one line.
    if is_ideograph(before) && number(&sheet.chars[end..]).is_some() {
        return false;
    }
    sign(before)
        || sign(after)
        || is_ideograph(before) && other(after)
        || other(before) && is_ideograph(after)
}

fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{AD}')
        || c.is_control() && !matches!(c, '\n' | '\t' | '\r' | '\u{B}' | '\u{C}' | '\u{85}')
}
