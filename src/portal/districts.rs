//! 区县 that a form offers: dated rows, those in force today.

use std::path::Path;

use serde::Deserialize;

use crate::model::LocalDate;

/// A district.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct District {
    #[expect(dead_code, reason = "statistics will count by code")]
    code: String,
    name: String,
    #[serde(default)]
    valid_from: Option<LocalDate>,
    #[serde(default)]
    valid_to: Option<LocalDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    district: Vec<District>,
}

/// The table.
#[derive(Debug, Clone)]
pub struct Districts(Vec<District>);

const COMPILED_IN: &str = include_str!("../../config/tables/districts.toml");

impl Districts {
    /// The table compiled in, or the office's own `districts.toml` in `dir`.
    ///
    /// # Errors
    /// What is wrong with the file, in Chinese.
    pub fn load(dir: &Path) -> Result<Self, String> {
        let path = dir.join("districts.toml");
        let text = if dir.as_os_str().is_empty() || !path.exists() {
            COMPILED_IN.to_owned()
        } else {
            std::fs::read_to_string(&path).map_err(|error| format!("无法读取 {}：{error}", path.display()))?
        };
        let file: File = toml::from_str(&text).map_err(|error| format!("districts.toml 有误：{error}"))?;
        Ok(Self(file.district))
    }

    /// Those in force on a day, in the table's order.
    pub(super) fn on(&self, day: LocalDate) -> impl Iterator<Item = &str> {
        let known = move |row: &&District| {
            row.valid_from.is_none_or(|from| from <= day) && row.valid_to.is_none_or(|to| day <= to)
        };
        self.0.iter().filter(known).map(|row| row.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_districts_became_one_in_november_2025() {
        let table = Districts::load(Path::new("")).expect("the table");
        let on = |day: &str| {
            table.on(LocalDate::parse(day).expect("a day")).map(str::to_owned).collect::<Vec<_>>()
        };
        let (before, after) = (on("2025-11-05"), on("2025-11-06"));
        assert!(before.contains(&"江北区".to_owned()) && !before.contains(&"两江新区".to_owned()));
        assert!(!after.contains(&"渝北区".to_owned()) && after.contains(&"两江新区".to_owned()));
        // 37 districts and counties and two functional zones.
        assert_eq!((before.len(), after.len()), (40, 39));
    }
}
