//! What a text says by its words: which district, which unit would handle it, whether it is urgent. Hints with the words
//! that they rest on, by tables of an office; never decisions.
//!
//! ```text
//! config/hints/places.toml  ─┐
//! config/hints/units.toml   ─┼► HintTables ─► PlaceHint, UnitHint, UrgencyHint
//! config/hints/urgency.toml ─┘
//! ```

mod clauses;
mod deadline;
mod places;
mod units;
mod urgency;

#[cfg(test)]
mod tests;

use std::path::Path;

use serde::de::DeserializeOwned;

pub use places::PlaceHint;
use places::PlaceTable;
use units::UnitTable;
pub use units::{UnitEvidence, UnitHint};
use urgency::UrgencyTable;
pub use urgency::{Sign, UrgencyHint};

use crate::model::{CodeRow, LocalDate};

use super::fold::searchable;

const PLACES: (&str, &str) = ("places.toml", include_str!("../../../config/hints/places.toml"));
const UNITS: (&str, &str) = ("units.toml", include_str!("../../../config/hints/units.toml"));
const URGENCY: (&str, &str) = ("urgency.toml", include_str!("../../../config/hints/urgency.toml"));

/// Why tables of hints cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HintError {
    /// A file cannot be read.
    #[error("无法读取提示表 {0}：{1}")]
    File(String, String),
    /// A file is not of the shape of its table.
    #[error("提示表 {0} 写法有误：{1}")]
    Shape(String, String),
    /// The words cannot be made into one automaton.
    #[error("提示表无法装入：{0}")]
    Automaton(String),
}

/// The tables in force.
#[derive(Debug, Clone)]
pub struct HintTables {
    places: PlaceTable,
    units: UnitTable,
    urgency: UrgencyTable,
}

impl HintTables {
    /// Those compiled in, each replaced by the office's own file of the same name in `dir`; an empty path names none.
    ///
    /// # Errors
    /// Which file cannot be used and why, in Chinese.
    pub fn load(dir: &Path) -> Result<Self, HintError> {
        Ok(Self {
            places: read(dir, PLACES)?,
            units: read(dir, UNITS)?,
            urgency: read::<UrgencyTable>(dir, URGENCY)?,
        })
    }

    /// 区县, by the places named in a text: what is told most clearly first. `rows` is the dated table of districts, `day`
    /// that of the text.
    ///
    /// # Errors
    /// [`HintError::Automaton`] for a table too large to be searched.
    pub fn places(
        &self,
        title: &str,
        body: &str,
        rows: &[CodeRow],
        day: LocalDate,
    ) -> Result<Vec<PlaceHint>, HintError> {
        self.places.hints(&whole(title, body), rows, day)
    }

    /// 建议办理单位 among the `offered` ones, the likeliest first.
    pub fn units(&self, title: &str, body: &str, known: &UnitEvidence<'_>) -> Vec<UnitHint> {
        self.units.hints(&whole(title, body), known)
    }

    /// Whether a text of a day reads as urgent; none where nothing says so.
    pub fn urgency(&self, title: &str, body: &str, day: LocalDate) -> Option<UrgencyHint> {
        let written = format!("{title}\n{body}");
        self.urgency.hint(&searchable(&written), &written, day)
    }
}

/// Title and body in the form in which words are looked for.
fn whole(title: &str, body: &str) -> String {
    searchable(&format!("{title}\n{body}"))
}

fn read<T: DeserializeOwned>(dir: &Path, (name, compiled_in): (&str, &str)) -> Result<T, HintError> {
    let path = dir.join(name);
    let text = if dir.as_os_str().is_empty() || !path.exists() {
        compiled_in.to_owned()
    } else {
        let shown = path.display().to_string();
        std::fs::read_to_string(&path).map_err(|error| HintError::File(shown, error.to_string()))?
    };
    toml::from_str(&text).map_err(|error| HintError::Shape(name.to_owned(), error.to_string()))
}
