//! Which manuscript a row of a list of adoptions means: by the folded title first, then by titles that are near, with
//! the author and the day as evidence. Only what leaves no doubt is sure; the rest is shown with candidates.

use std::collections::{HashMap, HashSet};

use crate::model::{FoldHash, ManuscriptId};
use crate::outcome::Adoption;
use crate::store::KnownTitle;
use crate::text::{Comparing, Folded, Wording, fold};

/// Candidates shown for a row.
const CANDIDATES: usize = 4;
/// Titles that are compared exactly for a row: those that share most pairs of characters.
const COMPARED: usize = 40;
/// From what likeness on a title is a candidate.
const LIKELY: f64 = 0.55;
/// Likeness that the author's agreeing is worth in the order of candidates.
const AUTHOR: f64 = 0.1;
/// Of a manuscript made so much later than the adoption nothing is sure, in microseconds: a week.
const LATER_MICROS: i64 = 7 * 86_400 * 1_000_000;
/// The shortest core that may be looked for within a longer title.
const CORE_MIN: usize = 5;

/// Why a person has to say which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The titles are only near.
    Near,
    /// The title is the same, the author another.
    Author,
    /// Several have this title.
    Several,
    /// The title is the same, but the manuscript was made after the adoption.
    Later,
}

impl Doubt {
    /// For the editor.
    pub fn label(self) -> &'static str {
        match self {
            Self::Near => "题目相近",
            Self::Author => "题目一致，反映人不同",
            Self::Several => "几篇编稿是这个题目",
            Self::Later => "题目一致，但编稿晚于采用日期",
        }
    }
}

/// What a row means.
#[derive(Debug, Clone, PartialEq)]
pub enum Match {
    /// This one, without doubt.
    Sure(ManuscriptId),
    /// One of these, the likeliest first, or none.
    Doubtful(Vec<ManuscriptId>, Doubt),
    /// None that is near.
    Unknown,
}

struct Title {
    id: ManuscriptId,
    core: Vec<char>,
    folded: FoldHash,
    whole: Wording,
    credit: String,
    made: i64,
}

/// The titles that there are, prepared to be looked through.
pub struct Titles {
    titles: Vec<Title>,
    by_core: HashMap<Vec<char>, Vec<usize>>,
    by_pair: HashMap<(char, char), Vec<usize>>,
}

/// What titles have around what they are about; the longer ones first, lest a 的 be left at the end.
const AROUND: &[&str] = &["的对策建议", "的几点建议", "的建议", "的思考", "的情况", "的问题", "关于", "建议"];

/// A folded title without the set phrases around it.
fn core(folded: &Folded) -> Vec<char> {
    let mut text: String = folded.chars().iter().collect();
    loop {
        let before = text.chars().count();
        for phrase in AROUND {
            let shorter = text.strip_suffix(phrase).unwrap_or(&text);
            let shorter = if *phrase == "关于" || *phrase == "建议" {
                shorter.strip_prefix(phrase).unwrap_or(shorter)
            } else {
                shorter
            };
            if shorter.chars().count() >= CORE_MIN {
                text = shorter.to_owned();
            }
        }
        if text.chars().count() == before {
            return text.chars().collect();
        }
    }
}

fn pairs(core: &[char]) -> HashSet<(char, char)> {
    core.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

impl Titles {
    /// Prepares them.
    pub fn new(known: &[KnownTitle]) -> Self {
        let mut out = Self { titles: Vec::new(), by_core: HashMap::new(), by_pair: HashMap::new() };
        for (at, one) in known.iter().enumerate() {
            let folded = fold([one.title.as_str()]);
            let core = core(&folded);
            out.by_core.entry(core.clone()).or_default().push(at);
            for pair in pairs(&core) {
                out.by_pair.entry(pair).or_default().push(at);
            }
            out.titles.push(Title {
                id: one.id,
                whole: Wording::of(&fold([core.iter().collect::<String>().as_str()])),
                core,
                folded: folded.hash(),
                credit: one.credit.clone(),
                made: one.made_at.as_micros(),
            });
        }
        out
    }

    /// What a row means.
    pub fn find(&self, row: &Adoption) -> Match {
        let folded = fold([row.title.as_str()]);
        let own = core(&folded);
        let possible = |at: &usize| {
            let end = row.date.map(|date| date.end().as_micros());
            end.is_none_or(|end| self.titles[*at].made <= end + LATER_MICROS)
        };
        let same: Vec<usize> = self.by_core.get(&own).into_iter().flatten().copied().collect();
        let exact: Vec<usize> =
            same.iter().copied().filter(|at| self.titles[*at].folded == folded.hash()).collect();
        let author = |at: usize| agrees(&row.author, &self.titles[at].credit);
        // The very title, or what it is about and its author: of titles that are only near, a person decides.
        let sure = match exact[..] {
            [only] => Some(only).filter(|at| author(*at) != Some(false)),
            [] => alone(&same, |at| author(at) == Some(true)),
            _ => alone(&exact, |at| author(at) == Some(true)),
        };
        if let Some(sure) = sure.filter(|at| possible(at)) {
            return Match::Sure(self.titles[sure].id);
        }
        let doubt = match (&exact[..], sure) {
            (_, Some(_)) => Doubt::Later,
            ([], None) => Doubt::Near,
            ([_], None) => Doubt::Author,
            (_, None) => Doubt::Several,
        };
        // Beside the very title those that are only near say nothing.
        let near = if doubt == Doubt::Near { self.ranked(&own, row) } else { Vec::new() };
        let mut candidates: Vec<ManuscriptId> = Vec::new();
        for at in exact.iter().chain(&same).copied().chain(near.iter().map(|(at, _)| *at)) {
            if candidates.len() < CANDIDATES && !candidates.contains(&self.titles[at].id) {
                candidates.push(self.titles[at].id);
            }
        }
        if candidates.is_empty() { Match::Unknown } else { Match::Doubtful(candidates, doubt) }
    }

    /// Titles that are near, the nearest first, by their likeness alone; the author breaks what is close.
    fn ranked(&self, own: &[char], row: &Adoption) -> Vec<(usize, f64)> {
        let mut shared: HashMap<usize, f64> = HashMap::new();
        let all = self.titles.len().max(1) as f64;
        for pair in pairs(own) {
            let there = self.by_pair.get(&pair).map_or(&[][..], Vec::as_slice);
            // A pair that every title has says nothing.
            let weight = (1.0 + all / (1.0 + there.len() as f64)).ln();
            for at in there {
                *shared.entry(*at).or_default() += weight;
            }
        }
        let mut near: Vec<(usize, f64)> = shared.into_iter().collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.truncate(COMPARED);
        let wording = Wording::of(&fold([own.iter().collect::<String>().as_str()]));
        let comparing = Comparing::new(&wording);
        let mut out: Vec<(usize, f64)> = near
            .into_iter()
            .filter_map(|(at, _)| {
                let likeness = self.likeness(&comparing, own, at);
                (likeness >= LIKELY).then_some((at, likeness))
            })
            .collect();
        let order = |(at, likeness): &(usize, f64)| {
            let bonus =
                if agrees(&row.author, &self.titles[*at].credit) == Some(true) { AUTHOR } else { 0.0 };
            likeness + bonus
        };
        out.sort_by(|a, b| order(b).total_cmp(&order(a)).then(a.0.cmp(&b.0)));
        out
    }

    /// 1 for the same; by the common subsequence where characters differ; less where one only holds the other.
    fn likeness(&self, own: &Comparing<'_>, core: &[char], at: usize) -> f64 {
        let other = &self.titles[at];
        let aligned = own.aligned(&other.whole, LIKELY).unwrap_or(0.0);
        let (short, long) =
            if core.len() <= other.core.len() { (core, &other.core[..]) } else { (&other.core[..], core) };
        // A shortened title, or one of two that a list has put together: a candidate, never sure.
        let held = short.len() >= CORE_MIN && subsequence(short, long);
        let part = held || own.held(&other.whole, 0.8).is_some();
        if part { aligned.max(0.7) } else { aligned }
    }
}

/// The only one of those that pass.
fn alone(all: &[usize], pass: impl Fn(usize) -> bool) -> Option<usize> {
    let mut passing = all.iter().copied().filter(|at| pass(*at));
    let first = passing.next()?;
    passing.next().is_none().then_some(first)
}

/// Whether every character of one stands in the other in its order, within a stretch not much longer.
fn subsequence(short: &[char], long: &[char]) -> bool {
    let mut rest = long.iter();
    short.iter().all(|c| rest.any(|other| other == c))
}

/// Whether the author of a row is among those credited; none where the row names nobody or nobody is credited.
fn agrees(author: &str, credit: &str) -> Option<bool> {
    let names =
        author.split(|c: char| "、，,；; /".contains(c)).map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<&str> = names.map(|name| name.trim_end_matches(['等', '委', '员'])).collect();
    let names: Vec<&&str> = names.iter().filter(|name| name.chars().count() > 1).collect();
    if names.is_empty() || credit.is_empty() {
        return None;
    }
    Some(names.iter().any(|name| credit.contains(**name)))
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
