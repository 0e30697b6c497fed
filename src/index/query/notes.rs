//! What is said back to the editor.

use super::{Field, MAX_CHARS, MAX_DEPTH, MAX_TERMS};

/// A page shows no more notes than this; a query with more is not a query.
const MAX_NOTES: usize = 8;

/// Notes in the order they came up, each once.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<String>);

/// Why a query was read otherwise than written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Note<'a> {
    TooLong,
    TooManyTerms,
    TooDeep,
    StrayClose,
    Unclosed,
    DanglingOr,
    EmptyGroup,
    BadDate(&'a str),
    SwappedDates,
    NoValue(Field),
    UnknownField { name: &'a str, nearest: Option<Field> },
}

impl Notes {
    /// Says it, unless it was said already.
    pub(super) fn add(&mut self, note: Note<'_>) {
        let line = note.line();
        if self.0.len() < MAX_NOTES && !self.0.contains(&line) {
            self.0.push(line);
        }
    }

    pub(super) fn into_lines(self) -> Vec<String> {
        self.0
    }
}

impl Note<'_> {
    fn line(self) -> String {
        match self {
            Self::TooLong => format!("检索式超过{MAX_CHARS}字，超出部分已略去"),
            Self::TooManyTerms => format!("检索词超过{MAX_TERMS}个，超出部分已略去"),
            Self::TooDeep => format!("括号超过{MAX_DEPTH}层，更深的括号已忽略"),
            Self::StrayClose => "多余的右括号已忽略".to_owned(),
            Self::Unclosed => "括号或引号没有成对，已在末尾补齐".to_owned(),
            Self::DanglingOr => "“或”（OR、|）的前后都要有检索词，多余的已忽略".to_owned(),
            Self::EmptyGroup => "空括号已忽略".to_owned(),
            Self::BadDate(text) => {
                format!("日期写法不对，已按普通词检索：{text}（例：日期:2026-01..2026-03，日期:近7天）")
            }
            Self::SwappedDates => "日期起止颠倒，已对调".to_owned(),
            Self::NoValue(field) => format!("“{field}:”后面没有内容，已按普通词检索"),
            Self::UnknownField { name, nearest: Some(field) } => {
                format!("没有“{name}”这个字段，已按普通词检索；您要找的可能是“{field}:”")
            }
            Self::UnknownField { name, nearest: None } => {
                format!("没有“{name}”这个字段，已按普通词检索（可用标题、正文、单位、区县、日期等）")
            }
        }
    }
}
