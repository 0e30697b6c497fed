//! 校对: what an editor should look at again before a manuscript goes on (DOMAIN §2). Proposals only, never a change.
//!
//! ```text
//! text ─► page (word ends, 《》, sentences) ─► tables: leaders, units, phrases, words, districts, patterns ─► hits
//!                                             ├► pairs, doubled words, calendar: rules in code             in order
//!                                             └► personal data: the rules of redact
//! ```
//!
//! The tables are files under `config/proof/`, dated where names change with the day; an office's own replace them.

mod calendar;
mod doubled;
mod hit;
mod leaders;
mod literals;
mod page;
mod pairs;
mod patterns;
mod rows;
mod tables;

pub use hit::{Kind, ProofHit, Severity};
pub use tables::{Leader, ProofError, ProofTables, Snippet};

use crate::model::LocalDate;

use super::redact::{RedactError, Redactor};
use super::segment::Segmenter;
use calendar::Calendar;
use doubled::Doubled;
use hit::Find;
use leaders::Leaders;
use literals::Literals;
use page::Page;
use patterns::Patterns;

/// Finds what should be looked at again in a text. Made once, used for every check; holds no state.
pub struct Proofreader {
    segmenter: Segmenter,
    literals: Literals,
    patterns: Patterns,
    leaders: Leaders,
    doubled: Doubled,
    calendar: Calendar,
    redactor: Redactor,
    knows_leaders: bool,
}

impl Proofreader {
    /// With an office's tables. The segmenter tells a wrong word from one that two words happen to form.
    ///
    /// # Errors
    /// [`ProofError`], naming the row that cannot be used.
    pub fn new(tables: &ProofTables, segmenter: Segmenter) -> Result<Self, ProofError> {
        let redactor =
            Redactor::standard().map_err(|error: RedactError| ProofError::Redaction(error.to_string()))?;
        Ok(Self {
            literals: Literals::new(tables.literals(|word| segmenter.knows(word)))?,
            patterns: Patterns::new(tables.patterns())?,
            leaders: Leaders::new(tables.leaders())?,
            doubled: Doubled::new(tables.repeatable(), tables.not_doubled()),
            calendar: Calendar::new()?,
            redactor,
            knows_leaders: !tables.leaders().is_empty(),
            segmenter,
        })
    }

    /// Whether the office has filled in its 领导人表; without it names, posts and order are not looked at.
    pub fn knows_leaders(&self) -> bool {
        self.knows_leaders
    }

    /// Every hit of a text in order; where two lie over each other the graver one stands. `date` is the day that the
    /// text is to bear: names are those of that day.
    pub fn check(&self, text: &str, date: LocalDate) -> Vec<ProofHit> {
        self.check_passing(text, date, &[])
    }

    /// The same but for what lies within one of these phrases: they are right as they stand. What is 严重 or personal, a
    /// leader's name, a day and a lone bracket is told of all the same.
    pub fn check_passing(&self, text: &str, date: LocalDate, passed: &[String]) -> Vec<ProofHit> {
        let page = Page::new(text, date, &self.segmenter);
        let mut found = Vec::new();
        self.literals.find(&page, &mut found);
        self.patterns.find(&page, &mut found);
        self.leaders.find(&page, &mut found);
        self.doubled.find(&page, &mut found);
        pairs::find(&page, &mut found);
        self.calendar.find(&page, &mut found);
        let may_pass = |find: &Find| find.kind.may_pass() && find.severity != Severity::Severe;
        found.retain(|find| !may_pass(find) || !page.excepted(&find.range, passed));
        self.personal(&page, &mut found);
        page.hits(found)
    }

    fn personal(&self, page: &Page<'_>, out: &mut Vec<Find>) {
        let amount = |end: usize| {
            page.text[end..].trim_start().starts_with(['元', '万', '亿', '吨', '件', '次', '人'])
        };
        let personal = self.redactor.find(page.text).into_iter();
        out.extend(personal.filter(|hit| hit.kind != "mobile" || !amount(hit.range.end)).map(|hit| {
            let severity = if matches!(hit.kind.as_str(), "id_number" | "bank_card") {
                Severity::Severe
            } else {
                Severity::Ordinary
            };
            Find {
                range: hit.range,
                kind: Kind::Personal,
                severity,
                reason: format!("留有个人信息：{}", hit.label),
                proposal: Some(hit.mask),
            }
        }));
    }
}

#[cfg(test)]
mod tests;
