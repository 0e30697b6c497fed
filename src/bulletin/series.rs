//! A series (刊): what its file in `config/series/` says of masthead, numbering, recipients and names (DOMAIN §3).

use serde::{Deserialize, Serialize};

use crate::model::{Reset, SeriesId};

/// Longest 刊名: it stands on one line of the masthead.
const NAME_MAX: usize = 12;
/// What a mark at the top left must not say: nothing secret passes through here (DOMAIN §2).
const SECRET_WORDS: [&str; 4] = ["秘密", "机密", "绝密", "★"];

/// A bulletin series, read from TOML. Every key is explained in `config/series/opinion.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// 刊物代码, the name of its file.
    pub id: SeriesId,
    /// 刊名 as in the masthead.
    pub name: String,
    /// Whether an issue holds one article or may hold several.
    pub kind: SeriesKind,
    /// 编印单位.
    pub unit: String,
    /// Top left: 内部资料 注意保存, 内部参阅, or nothing.
    #[serde(default)]
    pub mark: String,
    /// 印数, unless the issue says otherwise.
    pub copies: u32,
    /// When a 目录 is printed.
    #[serde(default)]
    pub contents: Contents,
    /// 份号: whether every copy carries a number of its own, top right.
    #[serde(default)]
    pub copy_numbers: bool,
    /// Whether the numbered copies are one file or each its own.
    #[serde(default)]
    pub copy_files: CopyFiles,
    /// Whether it may go out as a page of the web or as a message.
    #[serde(default)]
    pub public: bool,
    /// How its issues are counted.
    pub numbering: Numbering,
    /// 报送范围.
    #[serde(default)]
    pub recipients: Recipients,
    /// Which names the foot prints.
    #[serde(default)]
    pub show: Shown,
}

/// How many articles an issue of a series holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// 单篇: exactly one.
    Single,
    /// 综合: one or several.
    Composite,
}

/// When a 目录 is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contents {
    /// With more than one article.
    #[default]
    WhenSeveral,
    /// Never.
    Never,
}

/// In how many files the numbered copies (份号) of an issue are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyFiles {
    /// One after the other in one file, for one printer.
    #[default]
    Merged,
    /// A file for each copy.
    Each,
}

/// How the issues of a series are counted (DOMAIN §3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbering {
    /// When 第1期 begins again.
    #[serde(default)]
    pub reset: Reset,
    /// Whether 总第N期 is printed beside 第N期.
    #[serde(default)]
    pub total: bool,
    /// Whether 增刊 may be printed.
    #[serde(default)]
    pub supplement: bool,
}

/// The three lists of the foot, in the order they are printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// 报: those above.
    #[serde(default)]
    pub report: Vec<String>,
    /// 送: those beside.
    #[serde(default)]
    pub send: Vec<String>,
    /// 发: those below.
    #[serde(default)]
    pub distribute: Vec<String>,
}

/// Which names the foot prints; 编辑 and 核稿 usually stay on the 核稿单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// 签发.
    #[serde(default = "yes")]
    pub signer: bool,
    /// 编辑.
    #[serde(default)]
    pub editor: bool,
    /// 核稿.
    #[serde(default)]
    pub checker: bool,
}

impl Default for Shown {
    fn default() -> Self {
        Self { signer: true, editor: false, checker: false }
    }
}

fn yes() -> bool {
    true
}

/// What is wrong with a series' file, naming the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// The text is no TOML.
    #[error("{origin} 第{line}行不是有效的 TOML：{why}")]
    Syntax {
        /// The file.
        origin: String,
        /// Line, from 1.
        line: usize,
        /// The parser's words.
        why: String,
    },
    /// A key that does not exist.
    #[error("{origin} 中没有配置项 {key}")]
    UnknownKey {
        /// The file.
        origin: String,
        /// The key as written, with its table.
        key: String,
    },
    /// A key that must be there and is not.
    #[error("{origin} 缺少配置项 {key}")]
    MissingKey {
        /// The file.
        origin: String,
        /// The key.
        key: String,
    },
    /// A value that cannot stand.
    #[error("{origin} 中 {key} 的值不对：{why}")]
    BadValue {
        /// The file.
        origin: String,
        /// The key, with its table.
        key: String,
        /// Why.
        why: String,
    },
}

impl Series {
    /// The series that the program brings along, as (id, TOML).
    pub fn compiled_in() -> &'static [(&'static str, &'static str)] {
        &[
            ("opinion", include_str!("../../config/series/opinion.toml")),
            ("opinion-composite", include_str!("../../config/series/opinion-composite.toml")),
            ("special-report", include_str!("../../config/series/special-report.toml")),
            ("review", include_str!("../../config/series/review.toml")),
        ]
    }

    /// Reads a series; `origin` names the file in errors.
    ///
    /// # Errors
    /// The first thing that is wrong, with its key.
    pub fn from_toml(text: &str, origin: &str) -> Result<Self, SeriesError> {
        let series: Self = toml::from_str(text).map_err(|error| translate(&error, text, origin))?;
        series.check(origin)?;
        Ok(series)
    }

    fn check(&self, origin: &str) -> Result<(), SeriesError> {
        let bad = |key: &str, why: &str| {
            Err(SeriesError::BadValue { origin: origin.to_owned(), key: key.to_owned(), why: why.to_owned() })
        };
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX || name.contains('\n') {
            return bad("name", "刊名应为 1 至 12 字，排在一行");
        }
        if self.unit.trim().is_empty() {
            return bad("unit", "编印单位不能为空");
        }
        if self.copies == 0 {
            return bad("copies", "印数至少为 1");
        }
        if SECRET_WORDS.iter().any(|word| self.mark.contains(word)) {
            return bad("mark", "不得标注密级，只能用“内部资料”“内部参阅”一类标识");
        }
        if self.numbering.reset == Reset::Never && self.numbering.total {
            return bad("numbering.total", "reset = \"never\" 时期号本身就是总期号，total 应为 false");
        }
        let Recipients { report, send, distribute } = &self.recipients;
        for (key, list) in [("report", report), ("send", send), ("distribute", distribute)] {
            if list.iter().any(|one| one.trim().is_empty()) {
                return bad(&format!("recipients.{key}"), "名单中有空项");
            }
        }
        Ok(())
    }
}

/// Puts the TOML reader's English into the office's words and finds the key it speaks of.
fn translate(error: &toml::de::Error, text: &str, origin: &str) -> SeriesError {
    let origin = origin.to_owned();
    let message = error.message();
    let start = error.span().map_or(0, |span| span.start);
    let quoted = message.split('`').nth(1).unwrap_or_default().to_owned();
    if message.starts_with("unknown field") {
        return SeriesError::UnknownKey { origin, key: with_table(&quoted, text, start) };
    }
    if message.starts_with("missing field") {
        return SeriesError::MissingKey { origin, key: with_table(&quoted, text, start) };
    }
    let before = text.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    match line.split_once('=').filter(|_| text.parse::<toml::Table>().is_ok()) {
        Some((key, _)) => {
            let key = with_table(key.trim(), text, start);
            SeriesError::BadValue { origin, key, why: message.to_owned() }
        }
        None => {
            SeriesError::Syntax { origin, line: before.matches('\n').count() + 1, why: message.to_owned() }
        }
    }
}

/// The key with the table in which position `at` of the text lies: `numbering.total`.
fn with_table(key: &str, text: &str, at: usize) -> String {
    let upto_line_end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end);
    let header = |line: &str| line.trim().strip_prefix('[')?.split(']').next().map(str::to_owned);
    match text.get(..upto_line_end).and_then(|before| before.lines().rev().find_map(header)) {
        Some(table) if table != key => format!("{table}.{key}"),
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opinion_with(from: &str, to: &str) -> Result<Series, String> {
        let (_, text) = Series::compiled_in()[0];
        assert!(text.contains(from), "{from}");
        Series::from_toml(&text.replace(from, to), "opinion.toml").map_err(|error| error.to_string())
    }

    #[test]
    fn every_compiled_in_series_is_valid_and_named_after_its_file() {
        for (id, text) in Series::compiled_in() {
            let series = Series::from_toml(text, id).expect("valid");
            assert_eq!(series.id.as_str(), *id);
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_table() {
        let error = opinion_with("total = false", "totals = false").expect_err("unknown");
        assert_eq!(error, "opinion.toml 中没有配置项 numbering.totals");
        let error = opinion_with("copies = 60", "copy = 60").expect_err("unknown");
        assert_eq!(error, "opinion.toml 中没有配置项 copy");
    }

    #[test]
    fn a_missing_key_is_named() {
        let error = opinion_with("copies = 60", "").expect_err("missing");
        assert_eq!(error, "opinion.toml 缺少配置项 copies");
    }

    #[test]
    fn a_value_of_the_wrong_kind_names_its_key() {
        let error = opinion_with("reset = \"yearly\"", "reset = 3").expect_err("kind");
        assert!(error.starts_with("opinion.toml 中 numbering.reset 的值不对："), "{error}");
    }

    #[test]
    fn broken_toml_names_the_line() {
        let error = opinion_with("[numbering]", "[numbering").expect_err("syntax");
        assert!(error.contains("行不是有效的 TOML"), "{error}");
    }

    #[test]
    fn a_mark_cannot_claim_secrecy() {
        let error = opinion_with("mark = \"内部资料　注意保存\"", "mark = \"秘密★1年\"").expect_err("secret");
        assert!(error.contains("不得标注密级"), "{error}");
    }

    #[test]
    fn a_running_number_needs_no_second_total() {
        let text = Series::compiled_in()[3].1.replace("\"yearly\"", "\"never\"");
        let error = Series::from_toml(&text, "review.toml").expect_err("both").to_string();
        assert!(error.contains("numbering.total"), "{error}");
    }
}
