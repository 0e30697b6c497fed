//! Quotes: straight ones and 「」 become “” and ‘’. What they hold stays.

use super::change::{Edit, TidyKind};
use super::sheet::{Sheet, is_ideograph};

/// Marks that open and close what is quoted as it is.
pub(super) const PAIRS: [(char, char); 6] =
    [('“', '”'), ('‘', '’'), ('「', '」'), ('『', '』'), ('《', '》'), ('〈', '〉')];

pub(super) fn find(sheet: &Sheet, out: &mut Vec<Edit>) {
    for (first, last) in straight(&sheet.chars) {
        // Each end is a change of its own for the rules, but one without the other is none: both or nothing.
        if sheet.is_guarded(first) || sheet.is_guarded(last) {
            continue;
        }
        out.push(quote(first, '“'));
        out.push(quote(last, '”'));
    }
    for (at, c) in sheet.chars.iter().enumerate() {
        let mark = match c {
            '「' => '“',
            '」' => '”',
            '『' => '‘',
            '』' => '’',
            '〝' => '“',
            '〞' => '”',
            _ => continue,
        };
        out.push(quote(at, mark));
    }
}

fn quote(at: usize, mark: char) -> Edit {
    Edit::new(at, at + 1, &mark.to_string(), TidyKind::Quote, "引号用全角“”‘’")
}

/// Pairs of straight quotes, line by line, where they come in twos and hold or touch Chinese.
pub(super) fn straight(chars: &[char]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = 0;
    for line in chars.split(|c| *c == '\n') {
        let marks: Vec<usize> = (0..line.len()).filter(|at| matches!(line[*at], '"' | '＂')).collect();
        if marks.len().is_multiple_of(2) {
            let pairs = marks.chunks_exact(2).map(|pair| (pair[0], pair[1]));
            let chinese = |from: usize, to: usize| {
                let near = from.saturating_sub(1)..(to + 2).min(line.len());
                line[near].iter().any(|c| is_ideograph(*c))
            };
            let good = pairs.filter(|(from, to)| to - from > 1 && chinese(*from, *to));
            out.extend(good.map(|(from, to)| (start + from, start + to)));
        }
        start += line.len() + 1;
    }
    out
}
