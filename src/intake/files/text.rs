//! Plain text as paragraphs.

use super::letter::Paragraph;

pub(super) fn paragraphs(text: &str) -> Vec<Paragraph> {
    text.lines().map(|line| Paragraph { text: line.trim_end().to_owned(), ..Paragraph::default() }).collect()
}
