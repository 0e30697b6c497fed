//! From the pieces of a Word file to the texts of a manuscript, with some of its tracked changes taken and others refused.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::Texts;

/// A line that is broken softly, inside its paragraph.
pub(super) const SOFT: char = '\u{b}';

/// A stretch of text that was changed in one go, or not at all. A paragraph's end is a `\n` of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// The change that put it in or took it out, by its place in the list.
    pub change: Option<usize>,
    /// Taken out by that change, where it would otherwise be put in.
    pub out: bool,
}

/// The text with these changes refused and all others taken.
pub(super) fn settled(pieces: &[Piece], refused: &BTreeSet<usize>) -> String {
    let stands = |piece: &&Piece| match piece.change {
        None => true,
        Some(change) => piece.out == refused.contains(&change),
    };
    pieces.iter().filter(stands).map(|piece| piece.text.as_str()).collect()
}

/// The first paragraph is the title; a last one that stands in brackets whole is the credit line, where one is awaited.
/// What stands between is kept as it is, blanks too: else a file that nobody changed would differ from its manuscript.
pub(super) fn texts(text: &str, credited: bool) -> Texts {
    let blank = |line: &&str| line.trim().is_empty();
    let mut lines: Vec<&str> = text.split('\n').skip_while(blank).collect();
    let title = match lines.is_empty() {
        true => String::new(),
        false => lines.remove(0).replace(SOFT, "").trim().to_owned(),
    };
    let drop_blanks = |lines: &mut Vec<&str>| {
        while lines.last().is_some_and(blank) {
            lines.pop();
        }
    };
    drop_blanks(&mut lines);
    let mut credit = String::new();
    if credited && let Some(inner) = lines.last().and_then(|last| bracketed(last.trim())) {
        credit = inner.to_owned();
        lines.pop();
        drop_blanks(&mut lines);
    }
    let body: Vec<&str> = lines.into_iter().skip_while(blank).collect();
    Texts { title, body: body.join("\n").replace(SOFT, "\n"), credit }
}

/// What a line holds between its first and its last character, if these are brackets that belong together.
fn bracketed(line: &str) -> Option<&str> {
    let inner = line.strip_prefix(['（', '('])?.strip_suffix(['）', ')'])?;
    let mut open = 0_usize;
    for c in inner.chars() {
        match c {
            '（' | '(' => open += 1,
            '）' | ')' => open = open.checked_sub(1)?,
            _ => {}
        }
    }
    (open == 0).then_some(inner.trim())
}

#[cfg(test)]
mod tests {
    use super::{bracketed, texts};

    #[test]
    fn a_credit_line_may_hold_brackets_of_its_own() {
        assert_eq!(bracketed("（钟离意（某街道）、上官文）"), Some("钟离意（某街道）、上官文"));
        assert_eq!(bracketed("（一）加装扶手（先急后缓）"), None);
        assert_eq!(bracketed("加装扶手"), None);
    }

    #[test]
    fn indents_and_empty_lines_within_the_text_stay() {
        assert_eq!(texts("\n题\n　　一\n\n　　二\n\n（甲）\n", true).body, "　　一\n\n　　二");
    }
}
