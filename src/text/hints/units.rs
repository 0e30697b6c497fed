//! 建议办理单位: named in the text, by what it looks after, by the subject, and by where the like was passed before.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// What each kind of evidence tells.
const NAMED: u32 = 3;
const WORD: u32 = 1;
const WORD_IN_TITLE: u32 = 3;
const WORDS_MAX: u32 = 6;
const SUBJECT: [u32; 3] = [2, 1, 1];
const BEFORE_MAX: u32 = 3;
/// Less is not shown; and what is far behind the first is not.
const LEAST: u32 = 3;
const SHOWN: usize = 3;
/// Words given as reasons.
const WORDS_SHOWN: usize = 5;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitTable {
    except: Vec<String>,
    unit: Vec<Unit>,
    subject: Vec<Usual>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unit {
    name: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    words: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Usual {
    names: Vec<String>,
    units: Vec<String>,
}

/// What is known beside the text.
#[derive(Debug, Clone, Copy)]
pub struct UnitEvidence<'a> {
    /// The units that are offered: every name that each was ever known by, the present one last.
    pub offered: &'a [Vec<String>],
    /// 主题, given or likely.
    pub subject: Option<&'a str>,
    /// How often items of this subject were passed to whom.
    pub before: &'a [(String, i64)],
}

/// A unit that may handle an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitHint {
    /// Its name, as it is offered.
    pub unit: String,
    /// What speaks for it, in Chinese.
    pub reasons: Vec<String>,
}

impl UnitTable {
    pub(super) fn hints(&self, text: &str, known: &UnitEvidence<'_>) -> Vec<UnitHint> {
        let mut text = text.to_owned();
        for word in &self.except {
            text = text.replace(word.as_str(), "");
        }
        let title = text.find('\n').unwrap_or(text.len());
        let (title, body) = text.split_at(title);
        let mut out: Vec<(u32, UnitHint)> = known
            .offered
            .iter()
            .filter_map(|names| self.looked_at(names, title, body, known))
            .filter(|(points, _)| *points >= LEAST)
            .collect();
        // Sorting is stable: equals stay in the office's order.
        out.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
        let most = out.first().map_or(0, |(points, _)| *points);
        let near = out.into_iter().filter(|(points, _)| points * 2 >= most);
        near.take(SHOWN).map(|(_, hint)| hint).collect()
    }

    /// Every unit that the tables name.
    #[cfg(test)]
    pub(super) fn named(&self) -> impl Iterator<Item = &str> {
        let usual = self.subject.iter().flat_map(|row| &row.units);
        self.unit.iter().map(|unit| &unit.name).chain(usual).map(String::as_str)
    }

    fn looked_at(
        &self,
        names: &[String],
        title: &str,
        body: &str,
        known: &UnitEvidence<'_>,
    ) -> Option<(u32, UnitHint)> {
        let name = names.last()?;
        let row = self.unit.iter().find(|unit| names.contains(&unit.name));
        let (mut points, mut reasons) = (0, Vec::new());
        let called = names.iter().chain(row.map(|row| row.names.as_slice()).unwrap_or_default());
        let called: Vec<&str> =
            called.map(String::as_str).filter(|name| title.contains(name) || body.contains(name)).collect();
        if let Some(longest) = called.iter().max_by_key(|name| name.chars().count()) {
            points += NAMED;
            reasons.push(format!("文中提到{longest}"));
        }
        let words = row.map(|row| row.words.as_slice()).unwrap_or_default();
        let said: Vec<(&str, u32)> = words.iter().filter_map(|word| said(word, title, body)).collect();
        let said = longest_only(&said);
        if !said.is_empty() {
            points += said.iter().map(|(_, tells)| tells).sum::<u32>().min(WORDS_MAX);
            let shown: Vec<&str> = said.iter().map(|(word, _)| *word).take(WORDS_SHOWN).collect();
            reasons.push(format!("文中说到{}", shown.join("、")));
        }
        if let Some((subject, place)) = self.usual(names, known.subject) {
            points += SUBJECT.get(place).copied().unwrap_or_default();
            reasons.push(format!("主题“{subject}”常由其办理"));
        }
        if let Some((_, times)) = known.before.iter().find(|(to, _)| names.contains(to)) {
            points += u32::try_from(*times).unwrap_or(BEFORE_MAX).min(BEFORE_MAX);
            reasons.push(format!("同主题来稿曾直转该单位 {times} 次"));
        }
        // A subject alone says nothing of this text.
        let by_text = !called.is_empty() || !said.is_empty();
        let before = known.before.iter().any(|(to, _)| names.contains(to));
        (by_text || before).then(|| (points, UnitHint { unit: name.clone(), reasons }))
    }

    /// The subject and the unit's place among those that usually handle it.
    fn usual<'a>(&self, names: &[String], subject: Option<&'a str>) -> Option<(&'a str, usize)> {
        let subject = subject?;
        let row = self.subject.iter().find(|row| row.names.iter().any(|name| name == subject))?;
        Some((subject, row.units.iter().position(|unit| names.contains(unit))?))
    }
}

fn said<'a>(word: &'a str, title: &str, body: &str) -> Option<(&'a str, u32)> {
    // Latin letters are looked for in lower case, as the text has them.
    let low = word.to_lowercase();
    match (title.contains(&low), body.contains(&low)) {
        (true, _) => Some((word, WORD_IN_TITLE)),
        (_, true) => Some((word, WORD)),
        _ => None,
    }
}

/// 公交站 says what 公交 says: the longer one stands for both.
fn longest_only<'a>(said: &[(&'a str, u32)]) -> Vec<(&'a str, u32)> {
    let words: HashSet<&str> = said.iter().map(|(word, _)| *word).collect();
    let within = |word: &str| words.iter().any(|other| *other != word && other.contains(word));
    said.iter().copied().filter(|(word, _)| !within(word)).collect()
}
