//! Rules that are regular expressions: numbers and units, and phrases with a gap in them.

use regex::{Captures, Regex, RegexSet};

use super::hit::{Find, Kind, Severity};
use super::page::Page;
use super::tables::ProofError;

/// A rule as a table has it.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub kind: Kind,
    pub severity: Severity,
    /// A group named `hit` marks the place, otherwise all of it does.
    pub pattern: String,
    /// With `$1`, `$name` for groups.
    pub right: Option<String>,
    pub reason: String,
    pub except: Vec<String>,
    /// It holds only where the number in the group `n` is above this.
    pub above: Option<f64>,
}

/// All of them, ready. The set says in one pass which of them a text needs.
pub(super) struct Patterns {
    set: RegexSet,
    rules: Vec<(Regex, Pattern)>,
}

impl Patterns {
    pub(super) fn new(rows: Vec<Pattern>) -> Result<Self, ProofError> {
        let wrong =
            |row: &Pattern, error: regex::Error| ProofError::Pattern(row.pattern.clone(), error.to_string());
        let rules = rows
            .into_iter()
            .map(|row| match Regex::new(&row.pattern) {
                Ok(regex) => Ok((regex, row)),
                Err(error) => Err(wrong(&row, error)),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let set = RegexSet::new(rules.iter().map(|(_, row)| row.pattern.as_str()))
            .map_err(|error| ProofError::Automaton(error.to_string()))?;
        Ok(Self { set, rules })
    }

    pub(super) fn find(&self, page: &Page<'_>, out: &mut Vec<Find>) {
        for rule in self.set.matches(page.text) {
            let (regex, row) = &self.rules[rule];
            out.extend(regex.captures_iter(page.text).filter_map(|found| row.hit(page, &found)));
        }
    }
}

impl Pattern {
    fn hit(&self, page: &Page<'_>, found: &Captures<'_>) -> Option<Find> {
        let range = found.name("hit").or_else(|| found.get(0))?.range();
        if page.excepted(&range, &self.except) {
            return None;
        }
        if let Some(above) = self.above {
            let number: f64 = found.name("n")?.as_str().parse().ok()?;
            (number > above).then_some(())?;
        }
        let proposal = self.right.as_ref().map(|right| {
            let mut proposal = String::new();
            found.expand(right, &mut proposal);
            proposal
        });
        let (kind, severity, reason) = (self.kind, self.severity, self.reason.clone());
        Some(Find { range, kind, severity, reason, proposal })
    }
}
