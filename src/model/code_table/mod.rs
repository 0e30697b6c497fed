//! 基础数据: rows with a code, dated names and a time in which they are offered. A row is changed by what is laid over the
//! table that came with the program, so that a later version of that table still arrives; and no row is ever deleted,
//! so that a code of the past still reads by its name.

mod change;
mod check;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::item_state::states;
use super::time::LocalDate;

pub use change::{Laid, RowChange, RowError, RowFields, change_rows, lay_over};
pub use check::check_row;

states! {
    /// A table.
    CodeTable {
        /// 区县.
        District = "district", "区县";
        /// 界别.
        Sector = "sector", "界别";
        /// 党派.
        Party = "party", "党派";
        /// 主题: what an item is about, in the office's own words.
        Subject = "subject", "主题";
        /// 承办单位.
        Unit = "unit", "承办单位";
        /// Why an item is closed.
        Reason = "reason", "不采用理由";
        /// 届 and 次 of the conference.
        Session = "session", "届次";
        /// What 校对 lets pass: names and terms of the office's own that only look like a fault.
        Passed = "passed", "校对放行";
    }
}

states! {
    /// Whether a contributor is told that an item was closed.
    Notify {
        /// In the system.
        Yes = "yes", "告知";
        /// Not at all.
        No = "no", "不告知";
        /// By a call.
        Phone = "phone", "电话告知";
    }
}

/// A name, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatedName {
    /// The first day; none for the first name.
    pub from: Option<LocalDate>,
    /// The name.
    pub name: String,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeRow {
    /// Under what it is stored.
    pub code: String,
    /// Its names, oldest first; never none.
    pub names: Vec<DatedName>,
    /// Offered from this day on.
    pub valid_from: Option<LocalDate>,
    /// Offered until this day, which is the last one.
    pub valid_to: Option<LocalDate>,
    /// Its place in the list.
    pub order: i64,
    /// 备注.
    pub note: String,
    /// A reason's wording for the contributor: nobody is told "untrue".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outward: Option<String>,
    /// Whether a reason is told to the contributor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// 届.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<u32>,
    /// 次.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Its adding was undone: it is offered nowhere, and still read by its name.
    pub withdrawn: bool,
}

/// Whether a row is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowStanding {
    /// 在用.
    InUse,
    /// Its first day is still to come.
    Coming,
    /// 停用: its last day is over.
    Retired,
    /// Its adding was undone.
    Withdrawn,
}

impl RowStanding {
    /// As pages show it.
    pub fn label(self) -> &'static str {
        match self {
            Self::InUse => "在用",
            Self::Coming => "尚未启用",
            Self::Retired => "停用",
            Self::Withdrawn => "已撤销添加",
        }
    }
}

impl CodeRow {
    /// The name on a day; before the first dated one, the first.
    pub fn name_on(&self, day: LocalDate) -> &str {
        let known = self.names.iter().rev().find(|name| name.from.is_none_or(|from| from <= day));
        known.or(self.names.first()).map_or(self.code.as_str(), |name| name.name.as_str())
    }

    /// The latest name, which may be still to come.
    pub fn newest_name(&self) -> &str {
        self.names.last().map_or(self.code.as_str(), |name| name.name.as_str())
    }

    /// Whether it is offered on a day.
    pub fn standing(&self, day: LocalDate) -> RowStanding {
        match (self.valid_from, self.valid_to) {
            _ if self.withdrawn => RowStanding::Withdrawn,
            (_, Some(last)) if last < day => RowStanding::Retired,
            (Some(first), _) if day < first => RowStanding::Coming,
            _ => RowStanding::InUse,
        }
    }

    /// Whether there is a day on which both are offered.
    fn meets(&self, other: &Self) -> bool {
        let before = |last: Option<LocalDate>, first: Option<LocalDate>| matches!((last, first), (Some(last), Some(first)) if last < first);
        !before(self.valid_to, other.valid_from) && !before(other.valid_to, self.valid_from)
    }

    /// Its time in words.
    pub fn period(&self) -> String {
        match (self.valid_from, self.valid_to) {
            (None, None) => "一直有效".to_owned(),
            (Some(first), None) => format!("{first} 起"),
            (None, Some(last)) => format!("至 {last}"),
            (Some(first), Some(last)) => format!("{first} 至 {last}"),
        }
    }
}

/// 第六届第二次会议.
pub fn session_name(term: u32, number: u32) -> String {
    format!("第{}届第{}次会议", chinese(term), chinese(number))
}

/// A number below 100 in Chinese digits.
fn chinese(number: u32) -> String {
    const DIGITS: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |at: u32| DIGITS.get(at as usize).copied().unwrap_or_default();
    match (number / 10, number % 10) {
        (0, ones) => digit(ones).to_owned(),
        (10.., _) => number.to_string(),
        (tens, ones) => {
            let tens = if tens == 1 { "" } else { digit(tens) };
            format!("{tens}十{}", if ones == 0 { "" } else { digit(ones) })
        }
    }
}
