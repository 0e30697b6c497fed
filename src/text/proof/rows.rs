//! The rows of a table, and the words that each of them stands for.

use std::collections::HashSet;

use serde::Deserialize;

use crate::model::LocalDate;

use super::hit::{Kind, Severity};
use super::literals::Literal;
use super::tables::{Leader, Snippet};

/// Characters that are words by themselves.
const ALONE: &str = "在和是与于以有为因从由看做要用去到着就将向对把被及其或已未以之则令将这那每各该此至";

/// A name that was changed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Renamed {
    old: Vec<String>,
    #[serde(default)]
    new: Option<String>,
    since: LocalDate,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    severity: Severity,
    #[serde(default)]
    except: Vec<String>,
}

/// Words that should be others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrong {
    wrong: Vec<String>,
    #[serde(default)]
    right: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    severity: Severity,
    #[serde(default)]
    except: Vec<String>,
}

/// A rule that is a regular expression.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expression {
    pub pattern: String,
    #[serde(default)]
    pub right: Option<String>,
    pub reason: String,
    #[serde(default)]
    pub severity: Severity,
    #[serde(default)]
    pub except: Vec<String>,
    #[serde(default)]
    pub above: Option<f64>,
}

/// What a file may hold; each holds some of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub leader: Vec<Leader>,
    pub renamed: Vec<Renamed>,
    pub wrong: Vec<Wrong>,
    pub pattern: Vec<Expression>,
    /// A line each: wrong, right, and after ! phrases in which it is right.
    pub pairs: String,
    /// Characters that are taken for each other.
    pub groups: Vec<String>,
    /// Words that are looked for with one character taken for another of its group.
    pub guarded: String,
    /// Words that are rightly said twice.
    pub repeatable: Vec<String>,
    /// Phrases in which a character rightly stands twice.
    pub except: Vec<String>,
    pub snippet: Vec<Snippet>,
}

impl Renamed {
    pub(super) fn literals(&self, kind: Kind) -> impl Iterator<Item = Literal> {
        self.old.iter().map(move |old| {
            let now = self.new.as_ref().map_or_else(String::new, |new| format!("，现为“{new}”"));
            let reason = format!("“{old}”自{}起已变更{now}", self.since.chinese());
            Literal {
                kind,
                severity: self.severity,
                wrong: old.clone(),
                right: self.new.clone(),
                reason: self.reason.clone().unwrap_or(reason),
                except: self.except.clone(),
                since: Some(self.since),
                whole: false,
                within: true,
            }
        })
    }
}

impl Wrong {
    pub(super) fn literals(&self, kind: Kind) -> impl Iterator<Item = Literal> {
        self.wrong.iter().map(move |wrong| {
            let reason = match &self.right {
                Some(right) => format!("“{wrong}”应为“{right}”"),
                None => format!("“{wrong}”不规范"),
            };
            Literal {
                kind,
                severity: self.severity,
                wrong: wrong.clone(),
                right: self.right.clone(),
                reason: self.reason.clone().unwrap_or(reason),
                except: self.except.clone(),
                since: None,
                whole: false,
                within: true,
            }
        })
    }
}

/// `按装 安装 !按装修,按装机`
pub(super) fn pair(kind: Kind, line: &str) -> Option<Literal> {
    let mut words = line.split_whitespace();
    let (wrong, right) = (words.next()?, words.next()?);
    if wrong.starts_with('#') {
        return None;
    }
    let except = words.next().and_then(|word| word.strip_prefix('!')).unwrap_or_default();
    let except = except.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    Some(wrong_word(kind, wrong.to_owned(), right, except, true))
}

fn wrong_word(kind: Kind, wrong: String, right: &str, except: Vec<String>, within: bool) -> Literal {
    Literal {
        kind,
        severity: Severity::Ordinary,
        reason: format!("“{wrong}”应为“{right}”"),
        right: Some(right.to_owned()),
        except,
        since: None,
        whole: wrong.chars().count() <= 3,
        within,
        wrong,
    }
}

impl File {
    /// The guarded words with one character taken for another of its group, where that is no word itself.
    pub(super) fn confused(&self, kind: Kind, known: &impl Fn(&str) -> bool) -> Vec<Literal> {
        let words: Vec<&str> = self.guarded.split_whitespace().collect();
        let right: HashSet<&str> = words.iter().copied().collect();
        let mut out = Vec::new();
        for word in words {
            let chars: Vec<char> = word.chars().collect();
            for (at, c) in chars.iter().enumerate() {
                for other in
                    self.groups.iter().filter(|group| group.contains(*c)).flat_map(|group| group.chars())
                {
                    let mut wrong = chars.clone();
                    wrong[at] = other;
                    let wrong: String = wrong.into_iter().collect();
                    // Of two characters one that is a word by itself often stands beside any other: 和实, 是件.
                    let common = chars.len() == 2 && ALONE.contains(other);
                    if other != *c && !common && !known(&wrong) && !right.contains(wrong.as_str()) {
                        out.push(wrong_word(kind, wrong, word, Vec::new(), false));
                    }
                }
            }
        }
        out
    }
}
