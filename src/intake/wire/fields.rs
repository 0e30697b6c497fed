//! Reading the fields of one object, noting everything that is wrong instead of stopping at the first error.

use std::borrow::Cow;

use super::errors::Errors;
use super::refusal::Rule;
use crate::intake::strict_json::{Entries, Json, echo};
use crate::model::{BoundedText, is_invisible};

/// Unlike this, two names are not the same word mistyped (Jaro–Winkler, 0–1).
const NEAR: f64 = 0.75;

/// A field that the contract knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Its key.
    pub name: &'static str,
    /// Its name in Chinese; a client who uses it as the key is told the right one.
    pub label: &'static str,
}

/// Shorthand for the tables of fields.
pub(super) const fn known(name: &'static str, label: &'static str) -> Known {
    Known { name, label }
}

/// What is wrong with a text in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Blank,
    TooLong { chars: usize },
    Control(char),
}

/// Whether a text may hold line breaks and tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    OneLine,
    Lines,
}

/// The first flaw of a text of at most `max` characters. For [`Shape::Lines`] the same rules as [`BoundedText`].
pub(super) fn flaw_of(text: &str, max: usize, shape: Shape) -> Option<Flaw> {
    let (mut chars, mut visible, mut control) = (0, false, None);
    for c in text.chars() {
        chars += 1;
        visible = visible || !(c.is_whitespace() || is_invisible(c));
        if c.is_control() && (shape == Shape::OneLine || !matches!(c, '\n' | '\r' | '\t')) {
            control = control.or(Some(c));
        }
    }
    match control {
        _ if !visible => Some(Flaw::Blank),
        _ if chars > max => Some(Flaw::TooLong { chars }),
        Some(c) => Some(Flaw::Control(c)),
        None => None,
    }
}

/// The fields of one object that have not been read yet.
pub(super) struct Fields<'e, 'a> {
    /// What stands before the name of a field in its path: nothing, `contributor.`, `co_contributors[2].`.
    prefix: String,
    entries: Entries<'a>,
    table: &'static [Known],
    errors: &'e mut Errors,
}

impl<'e, 'a> Fields<'e, 'a> {
    pub(super) fn new(
        prefix: String,
        entries: Entries<'a>,
        table: &'static [Known],
        errors: &'e mut Errors,
    ) -> Self {
        Self { prefix, entries, table, errors }
    }

    pub(super) fn errors(&mut self) -> &mut Errors {
        self.errors
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(key, _)| key == name)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Json<'a>> {
        let at = self.entries.iter().position(|(key, _)| key == name)?;
        Some(self.entries.remove(at).1)
    }

    pub(super) fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn label(&self, name: &str) -> &'static str {
        self.table.iter().find(|known| known.name == name).map_or("", |known| known.label)
    }

    pub(super) fn wrong(&mut self, name: &str, rule: Rule, reason: String, remedy: impl Into<String>) {
        let path = self.path(name);
        self.errors.push(path, rule, reason, remedy);
    }

    /// Notes that a field is not there.
    pub(super) fn missing(&mut self, name: &str) {
        let reason = format!("缺少{}", self.label(name));
        self.wrong(name, Rule::Missing, reason, format!("请加上 {name}"));
    }

    pub(super) fn wrong_type(&mut self, name: &str, wanted: &str, found: &Json<'_>) {
        let reason = format!("{}应为{wanted}，收到的是{}", self.label(name), found.kind());
        let remedy = match found {
            Json::Null => "没有内容时请去掉这个键，不要写 null".to_owned(),
            _ => format!("请改为{wanted}"),
        };
        self.wrong(name, Rule::WrongType, reason, remedy);
    }

    pub(super) fn string(&mut self, name: &str) -> Option<Cow<'a, str>> {
        match self.take(name)? {
            Json::String(text) => Some(text),
            other => {
                self.wrong_type(name, "字符串", &other);
                None
            }
        }
    }

    fn sound_string(&mut self, name: &str, max: usize, shape: Shape) -> Option<String> {
        let text = self.string(name)?;
        let Some(flaw) = flaw_of(&text, max, shape) else { return Some(text.into_owned()) };
        let label = self.label(name);
        let (rule, reason, remedy) = match flaw {
            Flaw::Blank => {
                (Rule::Blank, format!("{label}不能为空"), "请填写；选填项没有内容时请去掉这个键".to_owned())
            }
            Flaw::TooLong { chars } => (
                Rule::TooLong,
                format!("{label}共 {chars} 字，超过 {max} 字的上限"),
                format!("请缩短到 {max} 字以内"),
            ),
            Flaw::Control(c) => (
                Rule::Control,
                format!("{label}含有控制字符 U+{:04X}", u32::from(c)),
                match shape {
                    Shape::OneLine => "请去掉控制字符；此项只能写一行".to_owned(),
                    Shape::Lines => "请去掉控制字符；只可用换行和制表符".to_owned(),
                },
            ),
        };
        self.wrong(name, rule, reason, remedy);
        None
    }

    /// A text of one line of at most `max` characters.
    pub(super) fn line(&mut self, name: &str, max: usize) -> Option<String> {
        self.sound_string(name, max, Shape::OneLine)
    }

    /// A text that may have several lines.
    pub(super) fn text<const MAX: usize>(&mut self, name: &str) -> Option<BoundedText<MAX>> {
        let text = self.sound_string(name, MAX, Shape::Lines)?;
        self.bounded(name, text)
    }

    /// A text of one line, as a type.
    pub(super) fn line_text<const MAX: usize>(&mut self, name: &str) -> Option<BoundedText<MAX>> {
        let text = self.line(name, MAX)?;
        self.bounded(name, text)
    }

    fn bounded<const MAX: usize>(&mut self, name: &str, text: String) -> Option<BoundedText<MAX>> {
        match BoundedText::parse(text) {
            Ok(text) => Some(text),
            Err(reason) => {
                let reason = format!("{}{reason}", self.label(name));
                self.wrong(name, Rule::NotAllowed, reason, "请修改");
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, name: &str, all: &[T], label: fn(T) -> &'static str) -> Option<T> {
        let word = self.string(name)?;
        let found = all.iter().copied().find(|&value| label(value) == word);
        if found.is_none() {
            self.not_allowed(name, &word, &all.iter().map(|&value| label(value)).collect::<Vec<_>>());
        }
        found
    }

    /// Notes that `word` is none of `allowed`.
    pub(super) fn not_allowed(&mut self, name: &str, word: &str, allowed: &[&str]) {
        let reason = format!("{}没有“{}”", self.label(name), echo(word));
        self.wrong(name, Rule::NotAllowed, reason, format!("可选：{}", allowed.join("、")));
    }

    pub(super) fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.take(name)? {
            Json::Bool(value) => Some(value),
            other => {
                self.wrong_type(name, " true 或 false", &other);
                None
            }
        }
    }

    /// A whole number from 0 to `max`. `3.0` is whole, as JSON Schema has it.
    pub(super) fn count(&mut self, name: &str, max: u32) -> Option<u32> {
        let number = match self.take(name)? {
            Json::Number(number) => number,
            other => {
                self.wrong_type(name, "整数", &other);
                return None;
            }
        };
        let value =
            number.as_f64().filter(|value| value.fract() == 0.0 && (0.0..=f64::from(max)).contains(value));
        if value.is_none() {
            let reason = format!("{}不是 0 到 {max} 之间的整数", self.label(name));
            self.wrong(name, Rule::OutOfRange, reason, format!("请改为 0 到 {max} 之间的整数"));
        }
        // Whole and within 0..=max, so the cast is exact.
        value.map(|value| value as u32)
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Entries<'a>> {
        match self.take(name)? {
            Json::Object(entries) => Some(entries),
            other => {
                self.wrong_type(name, "对象", &other);
                None
            }
        }
    }

    /// Whatever has not been read is unknown.
    pub(super) fn finish(mut self) {
        for (key, _) in std::mem::take(&mut self.entries) {
            if self.errors.only_count() {
                continue;
            }
            let key = echo(&key);
            let remedy = match nearest(&key, self.table) {
                Some(known) => format!("是否应为 {}（{}）？", known.name, known.label),
                None => {
                    format!("可用的键：{}", self.table.iter().map(|k| k.name).collect::<Vec<_>>().join("、"))
                }
            };
            self.wrong(&key, Rule::Unknown, format!("没有“{key}”这个字段"), remedy);
        }
    }
}

/// The known field whose key or Chinese name is most like `key`, if any is like it at all.
fn nearest(key: &str, table: &'static [Known]) -> Option<Known> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
    let key = plain(key);
    let likeness = |known: &Known| {
        let by_name = strsim::jaro_winkler(&key, &plain(known.name));
        by_name.max(strsim::jaro_winkler(&key, known.label))
    };
    let best = table.iter().map(|known| (likeness(known), *known)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= NEAR).then_some(best.1)
}
