//! A text with what the rules ask about it: where words end, what stands within 《》, what was said before in a sentence.

use std::ops::Range;

use crate::model::LocalDate;
use crate::text::segment::Segmenter;

use super::hit::{Find, ProofHit};

/// A text that is being checked.
pub(super) struct Page<'t> {
    pub text: &'t str,
    pub date: LocalDate,
    segmenter: &'t Segmenter,
    /// Bytes at which a word begins or ends, ascending.
    ends: Vec<usize>,
    /// Bytes of what stands within 《》: names of documents, which are quoted as they were.
    titles: Vec<Range<usize>>,
}

/// Words that say: this was so once.
const BEFORE_NAMES: [&str; 10] = ["原", "前", "时", "旧", "曾", "原为", "时任", "原来的", "原先的", "撤销"];

impl<'t> Page<'t> {
    pub(super) fn new(text: &'t str, date: LocalDate, segmenter: &'t Segmenter) -> Self {
        let chars = segmenter.boundaries(text, true);
        let mut ends = Vec::with_capacity(chars.len() + 1);
        ends.push(0);
        let mut wanted = chars.into_iter().peekable();
        for (count, (at, _)) in text.char_indices().enumerate() {
            if wanted.peek() == Some(&count) {
                ends.push(at);
                wanted.next();
            }
        }
        ends.push(text.len());
        ends.dedup();
        Self { text, date, segmenter, ends, titles: titles(text) }
    }

    /// Whether a word ends or begins at this byte.
    pub(super) fn is_boundary(&self, at: usize) -> bool {
        self.ends.binary_search(&at).is_ok()
    }

    /// Whether no word of the dictionary lies across an end of it: 按装 in 按装修 is none, the word is 装修. A word that
    /// holds all of it is another matter: 大部份 has 部份 in it, if `within` says so.
    pub(super) fn is_whole(&self, range: &Range<usize>, within: bool) -> bool {
        [range.start, range.end].into_iter().all(|at| {
            self.word_across(at).is_none_or(|word| {
                let holds_all = word.start <= range.start && range.end <= word.end;
                holds_all && within || !self.segmenter.knows(&self.text[word])
            })
        })
    }

    /// The word that lies across a byte, if it is not a boundary.
    fn word_across(&self, at: usize) -> Option<Range<usize>> {
        let next = self.ends.binary_search(&at).err()?;
        Some(*self.ends.get(next.checked_sub(1)?)?..*self.ends.get(next)?)
    }

    /// The words in order, blanks and punctuation included.
    pub(super) fn words(&self) -> impl Iterator<Item = Range<usize>> {
        self.ends.windows(2).map(|pair| pair[0]..pair[1])
    }

    /// Whether it stands within 《》.
    pub(super) fn in_title(&self, range: &Range<usize>) -> bool {
        self.titles.iter().any(|title| title.start <= range.start && range.end <= title.end)
    }

    /// Whether one of the phrases lies over the place: then it is no fault.
    pub(super) fn excepted(&self, range: &Range<usize>, phrases: &[String]) -> bool {
        phrases.iter().any(|phrase| {
            let from = self.back(range.start, phrase.len());
            let to = self.ahead(range.end, phrase.len());
            let mut near = self.text[from..to].match_indices(phrase.as_str());
            near.any(|(at, found)| from + at <= range.start && range.end <= from + at + found.len())
        })
    }

    /// Whether a name that changed on `since` is used of an earlier time: 原环保局, 2016年，市环保局….
    pub(super) fn speaks_of_before(&self, range: &Range<usize>, since: LocalDate) -> bool {
        let before = &self.text[self.sentence_start(range.start)..range.start];
        let plain = before.trim_end_matches(['“', '（', '(', '重', '庆', '市', '省', '区', '县', '国', '家']);
        if BEFORE_NAMES.iter().any(|word| before.ends_with(word) || plain.ends_with(word)) {
            return true;
        }
        last_period(before).is_some_and(|(year, month, goes_on)| {
            !goes_on && (year, month) < (since.year(), u32::from(since.month()))
        })
    }

    /// Where the sentence begins that holds this byte.
    pub(super) fn sentence_start(&self, at: usize) -> usize {
        let last = self.text[..at].rfind(['。', '！', '？', '；', '\n']);
        last.map_or(0, |end| end + self.text[end..].chars().next().map_or(1, char::len_utf8))
    }

    /// A character boundary about `bytes` before a byte.
    fn back(&self, at: usize, bytes: usize) -> usize {
        let mut from = at.saturating_sub(bytes);
        while !self.text.is_char_boundary(from) {
            from -= 1;
        }
        from
    }

    /// A character boundary about `bytes` after a byte.
    pub(super) fn ahead(&self, at: usize, bytes: usize) -> usize {
        let mut to = (at + bytes).min(self.text.len());
        while !self.text.is_char_boundary(to) {
            to += 1;
        }
        to
    }

    /// The finds as hits, in order, none over another.
    pub(super) fn hits(&self, mut found: Vec<Find>) -> Vec<ProofHit> {
        found.retain(|find| !find.range.is_empty());
        // The graver one first, then the longer one: what lies over one that was taken is left out.
        found.sort_by_key(|find| {
            (std::cmp::Reverse(find.severity), std::cmp::Reverse(find.range.len()), find.range.start)
        });
        let mut taken: Vec<Find> = Vec::with_capacity(found.len());
        for find in found {
            let free =
                |other: &Find| find.range.end <= other.range.start || other.range.end <= find.range.start;
            if taken.iter().all(free) {
                taken.push(find);
            }
        }
        taken.sort_by_key(|find| find.range.start);
        let (mut chars, mut bytes) = (0, 0);
        let hit = |find: Find| {
            chars += self.text[bytes..find.range.start].chars().count();
            bytes = find.range.start;
            let text = self.text[find.range.clone()].to_owned();
            ProofHit {
                start: chars,
                end: chars + text.chars().count(),
                kind: find.kind,
                severity: find.severity,
                text,
                reason: find.reason,
                proposal: find.proposal,
            }
        };
        taken.into_iter().map(hit).collect()
    }
}

fn titles(text: &str) -> Vec<Range<usize>> {
    let (mut out, mut open) = (Vec::new(), None);
    for (at, c) in text.char_indices() {
        match c {
            '《' => open = open.or(Some(at)),
            '》' => out.extend(open.take().map(|from| from..at)),
            '\n' => open = None,
            _ => {}
        }
    }
    out
}

/// The last year (and month) that a stretch of text names, and whether it says that things go on since then.
fn last_period(before: &str) -> Option<(i32, u32, bool)> {
    let at = before.rfind('年')?;
    let digits = before[..at].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let year: i32 = before[digits..at].parse().ok().filter(|year| (1900..2100).contains(year))?;
    let rest = &before[at + '年'.len_utf8()..];
    let month = rest.split_once('月').and_then(|(month, _)| month.trim().parse().ok());
    let until = rest.find(['，', '、']).unwrap_or(rest.len());
    let goes_on =
        ["以来", "至今", "起", "开始", "之后", "后"].iter().any(|word| rest[..until].contains(word));
    Some((year, month.unwrap_or(1), goes_on))
}
