//! Where in a text a word stands: its clause, its sentence, what is around it.

use std::ops::Range;

const CLAUSE_ENDS: &[char] = &['。', '！', '？', '；', '\n', '!', '?', ';', '，', ',', '：', ':', '…'];
const SENTENCE_ENDS: &[char] = &['。', '！', '？', '；', '\n', '!', '?', ';', '…'];
/// Characters that are close behind a word.
const CLOSE: usize = 12;
/// Characters shown on either side of a word.
const AROUND: usize = 12;

/// A word that was found.
#[derive(Debug, Clone)]
pub(super) struct Spot<'a> {
    text: &'a str,
    range: Range<usize>,
}

impl<'a> Spot<'a> {
    pub(super) fn new(text: &'a str, range: Range<usize>) -> Self {
        Self { text, range }
    }

    /// What stands before it in its clause.
    pub(super) fn before(&self) -> &'a str {
        let head = &self.text[..self.range.start];
        &head[start(head, CLAUSE_ENDS)..]
    }

    /// The few characters that follow it within its clause.
    pub(super) fn close_behind(&self) -> &'a str {
        let rest = self.after();
        let clause = &rest[..rest.find(CLAUSE_ENDS).unwrap_or(rest.len())];
        clause.char_indices().nth(CLOSE).map_or(clause, |(at, _)| &clause[..at])
    }

    /// What stands before it in its sentence.
    pub(super) fn sentence_before(&self) -> &'a str {
        let head = &self.text[..self.range.start];
        &head[start(head, SENTENCE_ENDS)..]
    }

    /// What follows it.
    pub(super) fn after(&self) -> &'a str {
        &self.text[self.range.end..]
    }

    /// Its sentence.
    pub(super) fn sentence(&self) -> &'a str {
        let from = start(&self.text[..self.range.start], SENTENCE_ENDS);
        let rest = self.after();
        let to = rest.find(SENTENCE_ENDS).unwrap_or(rest.len());
        &self.text[from..self.range.end + to]
    }

    /// The word as the text was written, and a few characters on either side, within the line. What is searched has a
    /// character for each one of what was written.
    pub(super) fn around(&self, written: &str) -> (String, String) {
        let chars: Vec<char> = written.chars().collect();
        let count = |text: &str| text.chars().count();
        let start = count(&self.text[..self.range.start]);
        let end = start + count(&self.text[self.range.clone()]);
        let line = |c: &char| *c == '\n';
        let first = chars[..start].iter().rposition(line).map_or(0, |at| at + 1);
        let last = chars[end..].iter().position(line).map_or(chars.len(), |at| end + at);
        let (from, to) = (first.max(start.saturating_sub(AROUND)), last.min(end + AROUND));
        let said = |range: Range<usize>| chars.get(range).unwrap_or_default().iter().collect::<String>();
        let (before, after) = (if from > first { "…" } else { "" }, if to < last { "…" } else { "" });
        (said(start..end), format!("{before}{}{after}", said(from..to)))
    }
}

/// The byte after the last of `ends`.
fn start(head: &str, ends: &[char]) -> usize {
    head.char_indices().rev().find(|(_, c)| ends.contains(c)).map_or(0, |(at, c)| at + c.len_utf8())
}

/// Whether one of some words stands in a text.
pub(super) fn any_of(words: &[String], text: &str) -> bool {
    words.iter().any(|word| text.contains(word.as_str()))
}
