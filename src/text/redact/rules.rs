//! The rules as an office writes them, and as they are applied.

use regex::Regex;
use serde::Deserialize;

use super::checks::Check;

/// The rules that come with the program.
pub(super) const DEFAULT: &str = include_str!("../../../config/redact.toml");

/// Why rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedactError {
    /// Not the shape of a rules file.
    #[error("遮盖规则无法读取：{0}")]
    Shape(String),
    /// A regular expression is wrong.
    #[error("第 {number} 条遮盖规则（{kind}）的正则表达式有误：{why}")]
    Pattern {
        /// Which rule, from 1.
        number: usize,
        /// Its kind.
        kind: String,
        /// What is wrong with it.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: String,
    label: String,
    pattern: String,
    #[serde(default)]
    check: Check,
    #[serde(default)]
    edge: Edge,
    #[serde(default)]
    keep: [usize; 2],
    mark: String,
}

/// What may not stand right beside what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Edge {
    /// Anything may.
    #[default]
    None,
    /// No digit.
    Digit,
    /// No digit and no Latin letter.
    Word,
}

impl Edge {
    pub(super) fn allows(self, before: Option<char>, after: Option<char>) -> bool {
        let bars = |c: char| match self {
            Self::None => false,
            Self::Digit => c.is_ascii_digit(),
            Self::Word => c.is_ascii_alphanumeric(),
        };
        ![before, after].into_iter().flatten().any(bars)
    }
}

/// One rule, ready.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub kind: String,
    pub label: String,
    pub pattern: Regex,
    pub check: Check,
    pub edge: Edge,
    keep: [usize; 2],
    mark: String,
}

impl Rule {
    /// What stands for the characters that are hidden. Of a name the whole surname stays; of a telephone number the area
    /// code and whatever else stands before its last four digits does.
    pub(super) fn mask(&self, found: &str) -> String {
        let chars: Vec<char> = found.chars().collect();
        let front = match self.check {
            Check::Name => super::checks::surname(found).unwrap_or(self.keep[0]),
            _ => self.keep[0],
        };
        // “All but the last n”: hide the end.
        if front > chars.len() {
            let shown = chars.len().saturating_sub(self.keep[1]);
            return self.cover(&chars[..shown], chars.len() - shown, &[]);
        }
        let back = self.keep[1].min(chars.len() - front);
        self.cover(&chars[..front], chars.len() - front - back, &chars[chars.len() - back..])
    }

    fn cover(&self, front: &[char], hidden: usize, back: &[char]) -> String {
        let marks = if self.mark == "*" { self.mark.repeat(hidden) } else { self.mark.clone() };
        front.iter().copied().chain(marks.chars()).chain(back.iter().copied()).collect()
    }
}

pub(super) fn read(text: &str) -> Result<Vec<Rule>, RedactError> {
    let file: File = toml::from_str(text).map_err(|error| RedactError::Shape(error.message().to_owned()))?;
    file.rule.into_iter().enumerate().map(|(at, rule)| ready(at + 1, rule)).collect()
}

fn ready(number: usize, rule: Written) -> Result<Rule, RedactError> {
    let Written { kind, label, pattern, check, edge, keep, mark } = rule;
    match Regex::new(&pattern) {
        Ok(pattern) => Ok(Rule { kind, label, pattern, check, edge, keep, mark }),
        Err(why) => Err(RedactError::Pattern { number, kind, why: why.to_string() }),
    }
}
