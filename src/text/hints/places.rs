//! 区县 by the places that a text names: the district's own dated names, and what lies in it alone.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};
use serde::{Deserialize, Serialize};

use crate::model::{CodeRow, LocalDate, RowStanding};

use super::HintError;
use super::clauses::{Spot, any_of};

/// What a name tells: that of the district itself, that of a place in it, a short name that means other things too.
const FULL: f32 = 3.0;
const NAMED: f32 = 2.0;
const WEAK: f32 = 1.0;
/// What stands in the title tells more.
const TITLE: f32 = 1.5;
/// Less is not shown.
const LEAST: f32 = 2.0;
/// So much more than the next one makes it clear.
const CLEARLY: f32 = 1.5;
/// Districts shown; a text that names more of them speaks of the whole city.
const SHOWN: usize = 3;
const CITY_WIDE: usize = 4;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceTable {
    elsewhere: Vec<String>,
    aside: Vec<String>,
    except: Vec<String>,
    #[serde(default)]
    successor: Vec<Successor>,
    place: Vec<Places>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Successor {
    from: String,
    to: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Places {
    district: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    weak: Vec<String>,
}

/// A district that a text speaks of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaceHint {
    /// Its code on the day of the text.
    pub code: String,
    /// Its name on that day.
    pub name: String,
    /// The words of the text that say so.
    pub words: Vec<String>,
    /// Whether it stands out, so that it may be taken over.
    pub clear: bool,
    /// What should be known about it; mostly nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A name that is looked for.
struct Name<'a> {
    text: String,
    /// None for words that only look like a name.
    code: Option<&'a str>,
    tells: f32,
}

#[derive(Default)]
struct Told {
    words: Vec<String>,
    points: f32,
    note: Option<String>,
}

impl PlaceTable {
    pub(super) fn hints(
        &self,
        text: &str,
        rows: &[CodeRow],
        day: LocalDate,
    ) -> Result<Vec<PlaceHint>, HintError> {
        let names = self.names(rows);
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(names.iter().map(|name| name.text.as_str()))
            .map_err(|error| HintError::Automaton(error.to_string()))?;
        let title = text.find('\n').unwrap_or(text.len());
        let mut told: HashMap<&str, Told> = HashMap::new();
        for found in automaton.find_iter(text) {
            let name = &names[found.pattern().as_usize()];
            let Some((code, row)) = name.code.and_then(|code| self.in_use(code, rows, day)) else { continue };
            if self.elsewhere(&Spot::new(text, found.range())) {
                continue;
            }
            let entry = told.entry(code).or_default();
            if name.code != Some(code) {
                let was = rows.iter().find(|row| Some(row.code.as_str()) == name.code);
                let was = was.map_or("原区县", |row| row.newest_name());
                entry.note = Some(format!("{was}已撤销，现为{}", row.name_on(day)));
            }
            if !entry.words.contains(&name.text) {
                entry.words.push(name.text.clone());
                entry.points += name.tells * if found.start() < title { TITLE } else { 1.0 };
            }
        }
        Ok(ranked(told, rows, day))
    }

    /// Everything that is looked for. A name of the table of districts goes before one of ours.
    fn names<'a>(&'a self, rows: &'a [CodeRow]) -> Vec<Name<'a>> {
        let except = self.except.iter().map(|text| Name { text: text.clone(), code: None, tells: 0.0 });
        let full = rows.iter().filter(|row| !row.withdrawn).flat_map(|row| {
            let names = row.names.iter().filter(|name| name.name.chars().count() > 1);
            names.map(|name| Name { text: name.name.clone(), code: Some(&row.code), tells: FULL })
        });
        let ours = self.place.iter().flat_map(|place| {
            let name = |text: &String, tells| Name { text: text.clone(), code: Some(&place.district), tells };
            let names = place.names.iter().map(move |text| name(text, NAMED));
            names.chain(place.weak.iter().map(move |text| name(text, WEAK)))
        });
        except.chain(full).chain(ours).collect()
    }

    /// Codes that are none, and names that stand twice.
    #[cfg(test)]
    pub(super) fn unknown(&self, known: impl Fn(&str) -> bool) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        let codes = self.place.iter().map(|place| &place.district);
        let heirs = self.successor.iter().flat_map(|one| [&one.from, &one.to]);
        let codes = codes.chain(heirs).filter(|code| !known(code)).cloned();
        let names = self.place.iter().flat_map(|place| place.names.iter().chain(&place.weak));
        let twice: Vec<String> = names.filter(|name| !seen.insert(name.as_str())).cloned().collect();
        codes.chain(twice).collect()
    }

    /// The district in use on a day: itself, or what it became.
    fn in_use<'a>(
        &'a self,
        code: &'a str,
        rows: &'a [CodeRow],
        day: LocalDate,
    ) -> Option<(&'a str, &'a CodeRow)> {
        let row = |code: &str| rows.iter().find(|row| row.code == code);
        let known = row(code)?;
        if known.standing(day) == RowStanding::InUse {
            return Some((code, known));
        }
        let heir = self.successor.iter().find(|one| one.from == code)?;
        let row = row(&heir.to).filter(|row| row.standing(day) == RowStanding::InUse)?;
        Some((&heir.to, row))
    }

    /// A place of the same name in another city, or an example from elsewhere.
    fn elsewhere(&self, spot: &Spot<'_>) -> bool {
        let before = spot.before();
        let city = before.strip_suffix(['市', '省']).unwrap_or(before);
        self.elsewhere.iter().any(|other| city.ends_with(other.as_str()))
            || any_of(&self.aside, spot.sentence_before())
    }
}

fn ranked(told: HashMap<&str, Told>, rows: &[CodeRow], day: LocalDate) -> Vec<PlaceHint> {
    let mut told: Vec<(&str, Told)> = told.into_iter().filter(|(_, told)| told.points >= LEAST).collect();
    told.sort_by(|a, b| b.1.points.total_cmp(&a.1.points).then(a.0.cmp(b.0)));
    let next = told.get(1).map_or(0.0, |(_, told)| told.points);
    let city_wide = told.len() >= CITY_WIDE;
    let hint = |(at, (code, told)): (usize, (&str, Told))| {
        let name = rows.iter().find(|row| row.code == code).map_or(code, |row| row.name_on(day));
        PlaceHint {
            code: code.to_owned(),
            name: name.to_owned(),
            clear: at == 0 && !city_wide && told.points >= next * CLEARLY,
            words: told.words,
            note: told.note,
        }
    };
    told.into_iter().take(SHOWN).enumerate().map(hint).collect()
}
