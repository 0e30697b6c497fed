//! Words that should be other words: one automaton over all tables.

use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::model::LocalDate;

use super::hit::{Find, Kind, Severity};
use super::page::Page;
use super::tables::ProofError;

/// A word that should be another.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    pub kind: Kind,
    pub severity: Severity,
    /// As it should not stand.
    pub wrong: String,
    /// What should stand there.
    pub right: Option<String>,
    pub reason: String,
    /// Phrases in which it is right.
    pub except: Vec<String>,
    /// A name that changed on this day: the old one is right of earlier times and in texts of before.
    pub since: Option<LocalDate>,
    /// Only where no word of the dictionary lies across its ends: not where two words happen to form it.
    pub whole: bool,
    /// Also as a part of a longer word of the dictionary.
    pub within: bool,
}

/// All of them, ready.
pub(super) struct Literals {
    automaton: AhoCorasick,
    rows: Vec<Literal>,
}

impl Literals {
    pub(super) fn new(rows: Vec<Literal>) -> Result<Self, ProofError> {
        let automaton = AhoCorasick::builder()
            .build(rows.iter().map(|row| row.wrong.as_str()))
            .map_err(|error| ProofError::Automaton(error.to_string()))?;
        Ok(Self { automaton, rows })
    }

    pub(super) fn find(&self, page: &Page<'_>, out: &mut Vec<Find>) {
        for found in self.automaton.find_overlapping_iter(page.text) {
            let (row, range) = (&self.rows[found.pattern().as_usize()], found.range());
            if row.holds(page, &range) {
                out.push(Find {
                    range,
                    kind: row.kind,
                    severity: row.severity,
                    reason: row.reason.clone(),
                    proposal: row.right.clone(),
                });
            }
        }
    }
}

impl Literal {
    fn holds(&self, page: &Page<'_>, range: &Range<usize>) -> bool {
        if self.whole && !page.is_whole(range, self.within) || page.excepted(range, &self.except) {
            return false;
        }
        match self.since {
            None => true,
            Some(since) => {
                page.date >= since && !page.in_title(range) && !page.speaks_of_before(range, since)
            }
        }
    }
}
