//! The part of a text that shows why it was found, safe to put into a page.

use crate::text::searchable;

/// Longest snippet, in characters.
const WINDOW: usize = 110;
/// Characters of context before the first mark.
const BEFORE: usize = 20;

/// A piece of text, cut into marked and unmarked parts. Nothing in it is HTML yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The parts in order, with whether each is a mark.
    pub parts: Vec<(String, bool)>,
}

impl Snippet {
    /// As HTML: everything escaped, marks in `<mark>`.
    pub fn html(&self) -> String {
        let mut out = String::new();
        for (text, marked) in &self.parts {
            out.push_str(if *marked { "<mark>" } else { "" });
            escape(text, &mut out);
            out.push_str(if *marked { "</mark>" } else { "" });
        }
        out
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
}

/// Marks `words` (in searchable form) in the best window of `text`; `whole` marks all of a short text such as a title.
pub fn snippet(text: &str, words: &[String], whole: bool) -> Snippet {
    let original: Vec<char> = text.chars().collect();
    let folded: Vec<char> = searchable(text).chars().collect();
    let mut marked = vec![false; original.len()];
    for word in words {
        let word: Vec<char> = word.chars().collect();
        if word.is_empty() || word.len() > folded.len() {
            continue;
        }
        for at in 0..=folded.len() - word.len() {
            if folded[at..at + word.len()] == word[..] {
                marked[at..at + word.len()].iter_mut().for_each(|mark| *mark = true);
            }
        }
    }
    let (from, to) = if whole { (0, original.len()) } else { window(&marked) };
    let mut parts: Vec<(String, bool)> = Vec::new();
    if from > 0 {
        parts.push(("…".to_owned(), false));
    }
    for at in from..to {
        match parts.last_mut() {
            Some((text, mark)) if *mark == marked[at] => text.push(original[at]),
            _ => parts.push((original[at].to_string(), marked[at])),
        }
    }
    if to < original.len() {
        parts.push(("…".to_owned(), false));
    }
    Snippet { parts }
}

/// The window with the most marked characters, the earliest of equals.
fn window(marked: &[bool]) -> (usize, usize) {
    if marked.len() <= WINDOW {
        return (0, marked.len());
    }
    let mut inside = marked[..WINDOW].iter().filter(|mark| **mark).count();
    let (mut best, mut best_at) = (inside, 0);
    for at in 1..=marked.len() - WINDOW {
        inside = inside + usize::from(marked[at + WINDOW - 1]) - usize::from(marked[at - 1]);
        if inside > best {
            (best, best_at) = (inside, at);
        }
    }
    let first = marked[best_at..].iter().position(|mark| *mark).map_or(best_at, |offset| best_at + offset);
    let from = first.saturating_sub(BEFORE).min(marked.len() - WINDOW);
    (from, from + WINDOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_snippet_is_html_but_its_marks() {
        let shown = snippet("<script>垃圾</script>", &["垃圾".to_owned()], true).html();
        assert_eq!(shown, "&lt;script&gt;<mark>垃圾</mark>&lt;/script&gt;");
    }

    #[test]
    fn a_traditional_text_is_marked_by_a_simplified_word() {
        let shown = snippet("重慶垃圾", &["重庆".to_owned()], true).html();
        assert_eq!(shown, "<mark>重慶</mark>垃圾");
    }

    #[test]
    fn the_window_lies_where_the_marks_are() {
        let text = format!("{}垃圾分类{}", "前".repeat(300), "后".repeat(300));
        let shown = snippet(&text, &["垃圾分类".to_owned()], false).html();
        assert!(shown.starts_with('…') && shown.contains("<mark>垃圾分类</mark>") && shown.ends_with('…'));
    }
}
