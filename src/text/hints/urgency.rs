//! 缓急提示: danger, injury, unrest, what cannot wait. Better to miss one than to cry wolf: what is denied, supposed, long
//! past or general does not count.

use serde::{Deserialize, Serialize};

use crate::model::{LocalDate, Urgency};

use super::clauses::{Spot, any_of};
use super::deadline::{deadlines, years_ago};

/// Signs shown.
const SHOWN: usize = 4;
/// The kind of a sign that a date gives.
const DEADLINE: &str = "时限";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UrgencyTable {
    damp: Damp,
    sign: Vec<SignRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Damp {
    denied: Vec<String>,
    supposed: Vec<String>,
    after: Vec<String>,
    past: Vec<String>,
    still: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignRow {
    kind: String,
    level: Level,
    /// What is feared counts.
    #[serde(default)]
    foreseen: bool,
    /// What is looked for beside a word follows it closely.
    #[serde(default)]
    near: bool,
    words: Vec<String>,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    also: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Level {
    #[serde(rename = "特急")]
    Extreme,
    #[serde(rename = "加急")]
    Pressing,
}

impl Level {
    fn urgency(self) -> Urgency {
        match self {
            Self::Extreme => Urgency::Critical,
            Self::Pressing => Urgency::Urgent,
        }
    }
}

/// A sign of urgency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sign {
    /// What it is a sign of: 人员伤亡.
    pub kind: String,
    /// The word that says so.
    pub word: String,
    /// What stands around it.
    pub around: String,
}

/// That an item reads as urgent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UrgencyHint {
    /// 加急 or 特急.
    pub level: Urgency,
    /// By what, the gravest first.
    pub signs: Vec<Sign>,
}

impl UrgencyTable {
    /// `text` is what is searched, `written` the same as it was written, character for character.
    pub(super) fn hint(&self, text: &str, written: &str, day: LocalDate) -> Option<UrgencyHint> {
        let mut found: Vec<(bool, Sign)> = Vec::new();
        for row in &self.sign {
            let of_row = row.words.iter().find_map(|word| self.sign(row, word, (text, written), day));
            found.extend(of_row.map(|sign| (row.level == Level::Extreme, sign)));
        }
        if !found.iter().any(|(_, sign)| sign.kind == DEADLINE) {
            found.extend(self.deadline((text, written), day).map(|sign| (false, sign)));
        }
        // Sorting is stable: within a level the table's order.
        found.sort_by_key(|(extreme, _)| !extreme);
        let level = if found.first()?.0 { Level::Extreme } else { Level::Pressing };
        let signs = found.into_iter().map(|(_, sign)| sign).take(SHOWN).collect();
        Some(UrgencyHint { level: level.urgency(), signs })
    }

    /// The first place where a word stands and counts.
    fn sign(&self, row: &SignRow, word: &str, (text, written): (&str, &str), day: LocalDate) -> Option<Sign> {
        text.match_indices(word).find_map(|(at, word)| {
            let spot = Spot::new(text, at..at + word.len());
            let within = if row.near { spot.close_behind() } else { spot.sentence() };
            let with = row.with.is_empty() || any_of(&row.with, within);
            let with = with && (row.also.is_empty() || any_of(&row.also, spot.sentence()));
            let (word, around) = spot.around(written);
            (with && !self.damped(row, &spot, day)).then(|| Sign { kind: row.kind.clone(), word, around })
        })
    }

    fn damped(&self, row: &SignRow, spot: &Spot<'_>, day: LocalDate) -> bool {
        let (before, sentence) = (spot.before(), spot.sentence());
        // 没有护栏的坎边: what is denied ends at 的.
        let denied = before.rsplit('的').next().unwrap_or(before);
        any_of(&self.damp.denied, denied)
            || (!row.foreseen && any_of(&self.damp.supposed, before))
            || self.damp.after.iter().any(|word| spot.after().starts_with(word.as_str()))
            || (self.past(sentence, day) && !any_of(&self.damp.still, sentence))
    }

    fn past(&self, sentence: &str, day: LocalDate) -> bool {
        any_of(&self.damp.past, sentence) || years_ago(sentence, day)
    }

    /// A day within a fortnight, before which something must be done.
    fn deadline(&self, (text, written): (&str, &str), day: LocalDate) -> Option<Sign> {
        deadlines(text, day).into_iter().find_map(|range| {
            let spot = Spot::new(text, range);
            let past = any_of(&self.damp.past, spot.sentence());
            let (word, around) = spot.around(written);
            (!past).then(|| Sign { kind: DEADLINE.to_owned(), word, around })
        })
    }
}
