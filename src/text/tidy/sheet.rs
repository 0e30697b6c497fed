//! A text as the rules see it: its characters, which of them may not be touched, its lines.

use std::ops::Range;

use super::change::{Edit, TidyKind};

/// A text.
pub(super) struct Sheet {
    pub chars: Vec<char>,
    /// Characters that no rule changes: what stands within quotes and 《》, addresses on the net, signs in numbers.
    guarded: Vec<bool>,
    /// Those of them that stand within quotes and 《》.
    quoted: Vec<bool>,
}

impl Sheet {
    pub(super) fn new(chars: Vec<char>) -> Self {
        let mut quoted = vec![false; chars.len()];
        quotations(&chars).into_iter().for_each(|range| quoted[range].fill(true));
        let mut guarded = quoted.clone();
        latin(&chars).into_iter().for_each(|range| guarded[range].fill(true));
        for at in 0..chars.len() {
            guarded[at] |= chars[at].is_numeric() && !is_ideograph(chars[at]);
            let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| is_digit(*c));
            guarded[at] |=
                ".,:/~-．，：".contains(chars[at]) && digit(at.checked_sub(1)) && digit(Some(at + 1));
        }
        Self { chars, guarded, quoted }
    }

    /// Whether an edit leaves alone what may not be touched. Courtesies go as whole pieces, numbers in them included; a
    /// number that counts a point keeps its digits whatever stands around them.
    pub(super) fn allows(&self, edit: &Edit) -> bool {
        let touches = |marks: &[bool]| {
            let (start, end) = (edit.start, edit.end);
            let within = start == end && start > 0 && start < marks.len() && marks[start - 1] && marks[start];
            within || marks[start..end].contains(&true)
        };
        if touches(&self.quoted) {
            return false;
        }
        match edit.kind {
            TidyKind::Courtesy => !self.chars[edit.start..edit.end].iter().any(|c| is_quote(*c)),
            TidyKind::Numbering => {
                let digits =
                    |chars: &[char]| chars.iter().copied().filter(|c| is_digit(*c)).collect::<Vec<_>>();
                digits(&self.chars[edit.start..edit.end]) == digits(&edit.after)
            }
            _ => !touches(&self.guarded),
        }
    }

    pub(super) fn is_guarded(&self, at: usize) -> bool {
        self.guarded.get(at).copied().unwrap_or(false)
    }

    pub(super) fn before(&self, at: usize) -> Option<char> {
        at.checked_sub(1).and_then(|at| self.chars.get(at)).copied()
    }

    pub(super) fn at(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    pub(super) fn text(&self, range: Range<usize>) -> String {
        self.chars[range].iter().collect()
    }

    /// The lines without their ends.
    pub(super) fn lines(&self) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let mut start = 0;
        for (at, c) in self.chars.iter().enumerate() {
            if *c == '\n' {
                out.push(start..at);
                start = at + 1;
            }
        }
        out.push(start..self.chars.len());
        out
    }

    /// A line without blanks at its ends.
    pub(super) fn trimmed(&self, line: &Range<usize>) -> Range<usize> {
        let (mut start, mut end) = (line.start, line.end);
        while start < end && is_blank(self.chars[start]) {
            start += 1;
        }
        while start < end && is_blank(self.chars[end - 1]) {
            end -= 1;
        }
        start..end
    }
}

/// What stands between quotes of one kind, or 《 and 》; without the marks themselves.
fn quotations(chars: &[char]) -> Vec<Range<usize>> {
    let (mut out, mut open): (Vec<Range<usize>>, Vec<(char, usize)>) = (Vec::new(), Vec::new());
    for (at, c) in chars.iter().enumerate() {
        if let Some((_, close)) = super::quotes::PAIRS.iter().find(|(first, _)| first == c) {
            open.push((*close, at));
        } else if let Some(place) = open.iter().rposition(|(close, _)| close == c) {
            out.push(open[place].1 + 1..at);
            open.truncate(place);
        }
    }
    out.extend(super::quotes::straight(chars).into_iter().map(|(first, last)| first + 1..last));
    out
}

/// Runs of Latin letters, digits and signs that hold a letter: names, addresses, codes; without signs at their ends.
fn latin(chars: &[char]) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let belongs = |c: &char| c.is_ascii_graphic() && *c != '"';
        let end = at + chars[at..].iter().take_while(|c| belongs(c)).count();
        if end == at {
            at += 1;
            continue;
        }
        let run = &chars[at..end];
        let from = run.iter().position(char::is_ascii_alphanumeric);
        let to = run.iter().rposition(|c| c.is_ascii_alphanumeric() || *c == '/');
        if let (Some(from), Some(to)) = (from, to)
            && run.iter().any(char::is_ascii_alphabetic)
        {
            out.push(at + from..at + to + 1);
        }
        at = end;
    }
    out
}

pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c)
}

pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' | '〇')
}

/// Punctuation in full width.
pub(super) fn is_wide_sign(c: char) -> bool {
    "，。、；：？！…—“”‘’（）《》〈〉【】「」『』〔〕％".contains(c)
}

/// Blanks within a line.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{3000}' | '\u{A0}' | '\u{2002}'..='\u{200A}' | '\u{202F}' | '\u{205F}')
}

fn is_quote(c: char) -> bool {
    "“”‘’「」『』《》\"＂".contains(c)
}
