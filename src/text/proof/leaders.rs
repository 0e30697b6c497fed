//! Leaders: names, posts and order, by the office's own dated table. The table is empty until the office fills it in.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::model::LocalDate;
use crate::text::redact::surname;

use super::hit::{Find, Kind, Severity};
use super::page::Page;
use super::tables::{Leader, ProofError};

/// What follows the name of somebody who is said to speak or act.
const ACTS: [&str; 22] = [
    "指出", "强调", "表示", "要求", "主持", "出席", "讲话", "同志", "率", "带队", "调研", "作", "参加",
    "到会", "批示", "听取", "会见", "宣布", "介绍", "致辞", "说", "先后",
];

/// The rules, ready.
pub(super) struct Leaders {
    automaton: AhoCorasick,
    /// What each pattern of the automaton is.
    words: Vec<Word>,
    rows: Vec<Leader>,
}

#[derive(Clone, Copy)]
enum Word {
    /// The name of a row.
    Name(usize),
    /// A way in which the name of a row is miswritten.
    Miswritten(usize),
    /// The post of a row.
    Post(usize),
}

/// A word of the table in the text.
struct Place {
    range: Range<usize>,
    word: Word,
}

impl Leaders {
    pub(super) fn new(rows: &[Leader]) -> Result<Self, ProofError> {
        let (mut patterns, mut words): (Vec<String>, Vec<Word>) = (Vec::new(), Vec::new());
        let mut add = |pattern: &str, word: Word| {
            if !pattern.is_empty() && !patterns.iter().any(|known| known == pattern) {
                patterns.push(pattern.to_owned());
                words.push(word);
            }
        };
        for (at, row) in rows.iter().enumerate() {
            add(&row.name, Word::Name(at));
            add(&row.post, Word::Post(at));
            row.miswritten.iter().for_each(|wrong| add(wrong, Word::Miswritten(at)));
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns)
            .map_err(|error| ProofError::Automaton(error.to_string()))?;
        Ok(Self { automaton, words, rows: rows.to_vec() })
    }

    pub(super) fn find(&self, page: &Page<'_>, out: &mut Vec<Find>) {
        if self.rows.is_empty() {
            return;
        }
        let places: Vec<Place> = self
            .automaton
            .find_iter(page.text)
            .map(|found| Place { range: found.range(), word: self.words[found.pattern().as_usize()] })
            .collect();
        for (at, place) in places.iter().enumerate() {
            match place.word {
                Word::Miswritten(row) => {
                    let name = &self.rows[row].name;
                    out.push(severe(place.range.clone(), format!("姓名应为“{name}”"), Some(name.clone())));
                }
                Word::Post(row) => self.post(page, row, &place.range, places.get(at + 1), out),
                Word::Name(_) => {}
            }
        }
        self.order(page, &places, out);
    }

    /// A post with a name right after it: whose is it on that day?
    fn post(
        &self,
        page: &Page<'_>,
        row: usize,
        at: &Range<usize>,
        next: Option<&Place>,
        out: &mut Vec<Find>,
    ) {
        let post = &self.rows[row].post;
        let before = &page.text[..at.start];
        if ["原", "前", "时任", "副", "曾任"].iter().any(|word| before.ends_with(word)) {
            return;
        }
        let holders: Vec<&Leader> =
            self.rows.iter().filter(|row| row.post == *post && row.holds(page.date)).collect();
        let right = holders.iter().map(|row| row.name.as_str()).collect::<Vec<_>>().join("、");
        let rest = &page.text[at.end..];
        let gap = rest.len() - rest.trim_start_matches([' ', '　']).len();
        let start = at.end + gap;
        if let Some(Place { range, word: Word::Name(named) }) = next
            && range.start == start
        {
            let name = &self.rows[*named].name;
            if holders.iter().all(|row| row.name != *name) {
                let reason = if holders.is_empty() {
                    format!("“{name}”在该日期不任“{post}”")
                } else {
                    format!("{post}为“{right}”，不是“{name}”")
                };
                let proposal = (holders.len() == 1).then(|| right.clone());
                out.push(severe(range.clone(), reason, proposal));
            }
        } else if let [holder] = holders.as_slice()
            && next.is_none_or(|next| next.range.start != start)
            && let Some(other) = other_name(page.text, start)
        {
            let reason = format!("{post}为“{}”，请核对姓名“{}”", holder.name, &page.text[other.clone()]);
            out.push(severe(other, reason, Some(holder.name.clone())));
        }
    }

    /// Names in a row joined by 、: in the order of the table.
    fn order(&self, page: &Page<'_>, places: &[Place], out: &mut Vec<Find>) {
        let names: Vec<(&Range<usize>, usize)> = places
            .iter()
            .filter_map(|place| match place.word {
                Word::Name(row) => Some((&place.range, row)),
                _ => None,
            })
            .collect();
        let mut from = 0;
        while from < names.len() {
            let mut to = from + 1;
            while to < names.len() && joined(&page.text[names[to - 1].0.end..names[to].0.start]) {
                to += 1;
            }
            out.extend(self.row_of_names(page, &names[from..to]));
            from = to;
        }
    }

    fn row_of_names(&self, page: &Page<'_>, names: &[(&Range<usize>, usize)]) -> Option<Find> {
        let orders: Vec<(u32, &str)> = names
            .iter()
            .map(|(_, row)| Some((self.order_of(*row, page.date)?, self.rows[*row].name.as_str())))
            .collect::<Option<_>>()?;
        if orders.len() < 2 || orders.is_sorted_by_key(|(order, _)| *order) {
            return None;
        }
        let mut sorted = orders;
        sorted.sort_by_key(|(order, _)| *order);
        let right = sorted.iter().map(|(_, name)| *name).collect::<Vec<_>>().join("、");
        let range = names.first()?.0.start..names.last()?.0.end;
        Some(severe(range, format!("排序应为：{right}"), Some(right)))
    }

    /// The order of somebody on a day, whichever row of theirs holds then.
    fn order_of(&self, row: usize, date: LocalDate) -> Option<u32> {
        let name = &self.rows[row].name;
        self.rows.iter().filter(|row| row.name == *name && row.holds(date)).filter_map(|row| row.order).min()
    }
}

fn severe(range: Range<usize>, reason: String, proposal: Option<String>) -> Find {
    Find { range, kind: Kind::Leader, severity: Severity::Severe, reason, proposal }
}

fn joined(between: &str) -> bool {
    matches!(between, "、" | "，" | "和" | " " | "  " | "　")
}

/// A name of somebody not in the table, right after a post: a surname, one or two characters, and an act.
fn other_name(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let family = surname(rest)?;
    let ends: Vec<usize> = rest.char_indices().map(|(at, _)| at).take(family + 3).collect();
    [family + 2, family + 1].into_iter().find_map(|count| {
        let end = *ends.get(count)?;
        ACTS.iter().any(|act| rest[end..].starts_with(act)).then(|| start..start + end)
    })
}
