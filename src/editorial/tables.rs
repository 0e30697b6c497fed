//! 基础数据 that the desk offers for choosing: reasons, units, printers. Rows are dated and retired, never deleted.

use std::path::Path;

use serde::Deserialize;

use crate::bulletin::Offset;
use crate::model::LocalDate;

/// Whether a contributor is told that an item was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notify {
    /// In the system.
    Yes,
    /// Not at all.
    No,
    /// By a call.
    Phone,
}

/// A reason for closing an item.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosingReason {
    /// Under what it is stored.
    pub code: String,
    /// For the office.
    pub name: String,
    /// For the contributor: nobody is told "untrue".
    pub outward: String,
    /// Whether the contributor is told.
    pub notify: Notify,
    /// Offered from this day on.
    #[serde(default)]
    pub valid_from: Option<LocalDate>,
    /// Offered until this day.
    #[serde(default)]
    pub valid_to: Option<LocalDate>,
}

/// A unit to which an item can be passed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// Offered from this day on.
    #[serde(default)]
    pub valid_from: Option<LocalDate>,
    /// Offered until this day.
    #[serde(default)]
    pub valid_to: Option<LocalDate>,
}

/// A printer for 套打, with how far its black text must be moved.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printer {
    /// As it is chosen.
    pub name: String,
    /// To the right, mm.
    #[serde(default)]
    pub x: f64,
    /// Downwards, mm.
    #[serde(default)]
    pub y: f64,
}

/// The tables in force.
#[derive(Debug, Clone)]
pub struct Tables {
    reasons: Vec<ClosingReason>,
    units: Vec<Unit>,
    printers: Vec<Printer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonsFile {
    reason: Vec<ClosingReason>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitsFile {
    unit: Vec<Unit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrintersFile {
    printer: Vec<Printer>,
}

const REASONS: &str = include_str!("../../config/tables/reasons.toml");
const UNITS: &str = include_str!("../../config/tables/units.toml");
const PRINTERS: &str = include_str!("../../config/tables/printers.toml");

impl Tables {
    /// The tables compiled in, each replaced by the office's own file of the same name in `dir`.
    ///
    /// # Errors
    /// Which file cannot be read and why, in Chinese.
    pub fn load(dir: &Path) -> Result<Self, String> {
        let reasons: ReasonsFile = read(dir, "reasons.toml", REASONS)?;
        let units: UnitsFile = read(dir, "units.toml", UNITS)?;
        let mut codes: Vec<&str> = reasons.reason.iter().map(|reason| reason.code.as_str()).collect();
        codes.sort_unstable();
        if let Some(pair) = codes.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("reasons.toml 中代码 {} 出现两次，请改为不同的代码", pair[0]));
        }
        let printers: PrintersFile = read(dir, "printers.toml", PRINTERS)?;
        for (at, one) in printers.printer.iter().enumerate() {
            Offset::new(one.x, one.y).map_err(|why| format!("printers.toml 中“{}”有误：{why}", one.name))?;
            if one.name.trim().is_empty() || printers.printer[..at].iter().any(|other| other.name == one.name)
            {
                return Err(format!("printers.toml 中第 {} 行的名称为空或重复，请改为不同的名称", at + 1));
            }
        }
        Ok(Self { reasons: reasons.reason, units: units.unit, printers: printers.printer })
    }

    /// The reasons offered on a day.
    pub fn reasons(&self, day: LocalDate) -> impl Iterator<Item = &ClosingReason> {
        self.reasons.iter().filter(move |row| offered(row.valid_from, row.valid_to, day))
    }

    /// A reason by its code, retired ones included.
    pub fn reason(&self, code: &str) -> Option<&ClosingReason> {
        self.reasons.iter().find(|reason| reason.code == code)
    }

    /// The printers for 套打.
    pub fn printers(&self) -> &[Printer] {
        &self.printers
    }

    /// The units offered on a day.
    pub fn units(&self, day: LocalDate) -> impl Iterator<Item = &Unit> {
        self.units.iter().filter(move |row| offered(row.valid_from, row.valid_to, day))
    }
}

fn offered(from: Option<LocalDate>, to: Option<LocalDate>, day: LocalDate) -> bool {
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}

fn read<T: serde::de::DeserializeOwned>(dir: &Path, name: &str, own: &str) -> Result<T, String> {
    let path = dir.join(name);
    let text = if dir.as_os_str().is_empty() || !path.exists() {
        own.to_owned()
    } else {
        std::fs::read_to_string(&path).map_err(|error| format!("无法读取 {}：{error}", path.display()))?
    };
    toml::from_str(&text).map_err(|error| format!("{name} 有误：{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        LocalDate::parse(text).expect("a day")
    }

    #[test]
    fn a_retired_reason_is_not_offered_and_still_known() {
        let dir = tempfile::tempdir().expect("dir");
        let row = |code: &str, more: &str| {
            format!(
                "[[reason]]\ncode = \"{code}\"\nname = \"名\"\noutward = \"外\"\nnotify = \"no\"\n{more}\n"
            )
        };
        let text = format!(
            "{}{}",
            row("old", "valid_to = \"2025-12-31\""),
            row("new", "valid_from = \"2026-01-01\"")
        );
        std::fs::write(dir.path().join("reasons.toml"), text).expect("write");
        let tables = Tables::load(dir.path()).expect("tables");
        let offered = |at: &str| tables.reasons(day(at)).map(|row| row.code.clone()).collect::<Vec<_>>();
        assert_eq!(
            (offered("2025-12-31"), offered("2026-01-01")),
            (vec!["old".to_owned()], vec!["new".to_owned()])
        );
        assert!(tables.reason("old").is_some() && tables.reason("none").is_none());
        assert!(tables.units(day("2026-01-01")).count() > 10);
    }

    #[test]
    fn a_table_with_a_mistake_says_which() {
        let dir = tempfile::tempdir().expect("dir");
        std::fs::write(dir.path().join("reasons.toml"), "[[reason]]\ncode = 1\n").expect("write");
        assert!(Tables::load(dir.path()).expect_err("bad").contains("reasons.toml"));
    }

    #[test]
    fn a_printer_has_a_name_of_its_own_and_an_offset_that_stays_on_the_sheet() {
        let dir = tempfile::tempdir().expect("dir");
        let load = |text: &str| {
            std::fs::write(dir.path().join("printers.toml"), text).expect("write");
            Tables::load(dir.path())
        };
        let good = load("[[printer]]\nname = \"文印室\"\nx = -1.5\ny = 2.0\n").expect("tables");
        assert_eq!((good.printers()[0].x, good.printers()[0].y), (-1.5, 2.0));
        assert!(load("[[printer]]\nname = \"文印室\"\nx = 40.0\n").expect_err("far").contains("文印室"));
        let twice = "[[printer]]\nname = \"甲\"\n[[printer]]\nname = \"甲\"\n";
        assert!(load(twice).expect_err("twice").contains("第 2 行"));
    }
}
