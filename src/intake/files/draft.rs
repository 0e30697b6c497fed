//! A draft of an item as a file gives it, and what is wrong with it, cell by cell.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::intake::{Refusal, read_submission};
use crate::model::{KindId, Timestamp};

use super::header::Fields;
use super::table::letters;

/// The field of a [`Flaw`] that is a secrecy mark.
pub const SECRET: &str = "密级标志";

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// The cell of a table: `C5`.
    pub cell: Option<String>,
    /// The field of the item: `contributor.kind`.
    pub field: String,
    /// What is wrong, in Chinese.
    pub reason: String,
    /// What to do about it, in Chinese.
    pub remedy: String,
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(cell) = &self.cell {
            write!(f, "{cell} ")?;
        }
        write!(f, "{}", self.reason)?;
        if self.remedy.is_empty() { Ok(()) } else { write!(f, "（{}）", self.remedy) }
    }
}

/// A row of a table, and what its columns hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub fields: Fields,
    pub row: usize,
}

/// A draft of an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// Where it stands in the file: 第3行.
    pub place: String,
    /// The item, field by field as in `schemas/item.v1.json`.
    pub item: Map<String, Value>,
    /// The row of a table that it comes from.
    pub(super) cells: Option<Place>,
    /// What could not even be put into a field.
    pub(super) flaws: Vec<Flaw>,
}

impl Draft {
    pub(super) fn at(place: impl Into<String>) -> Self {
        Self { place: place.into(), ..Self::default() }
    }

    /// Puts a text at a path of keys such as `contributor.name`; blank texts are left out.
    pub(super) fn put(&mut self, path: &str, value: impl Into<Value>) {
        let value = value.into();
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            return;
        }
        match path.split_once('.') {
            None => drop(self.item.insert(path.to_owned(), value)),
            Some((first, rest)) => {
                let inner = self.item.entry(first.to_owned()).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(inner) = inner {
                    inner.insert(rest.to_owned(), value);
                }
            }
        }
    }

    /// A field of the item, if it is a text.
    pub fn text(&self, path: &str) -> Option<&str> {
        let mut value = self.item.get(path.split('.').next()?)?;
        for key in path.split('.').skip(1) {
            value = value.get(key)?;
        }
        value.as_str()
    }

    /// 标题; empty where there is none.
    pub fn title(&self) -> &str {
        self.text("title").unwrap_or_default()
    }

    /// The item as it is sent.
    pub fn json(&self) -> String {
        Value::Object(self.item.clone()).to_string()
    }

    /// Everything that is wrong with it, before it is sent: what the intake would say, with the cell it speaks of.
    pub fn check(&self, now: Timestamp, max_ahead_hours: u32, kinds: &[KindId]) -> Vec<Flaw> {
        let mut flaws = self.flaws.clone();
        match read_submission(self.json().as_bytes(), now, max_ahead_hours, kinds) {
            Ok(_) => {}
            Err(Refusal::Invalid(errors)) => flaws.extend(errors.into_iter().map(|error| Flaw {
                cell: self.cell_of(&error.field),
                field: error.field,
                reason: error.reason,
                remedy: error.remedy,
            })),
            Err(refusal) => flaws.push(Flaw {
                cell: None,
                field: if matches!(refusal, Refusal::Secret { .. }) { SECRET } else { "$" }.to_owned(),
                reason: refusal.to_string(),
                remedy: String::new(),
            }),
        }
        flaws
    }

    /// The cell of a field, or of what it is a part of: `co_contributors[2].name` is where `co_contributors` is.
    fn cell_of(&self, field: &str) -> Option<String> {
        let place = self.cells.as_ref()?;
        let column = |field: &str| place.fields.iter().position(|one| *one == Some(field));
        let base = field.split('[').next().unwrap_or(field);
        Some(format!("{}{}", letters(column(field).or_else(|| column(base))?), place.row))
    }
}

/// What is wrong with each of many drafts, looked for by all processors at once.
pub fn check_all(drafts: &[Draft], now: Timestamp, max_ahead_hours: u32, kinds: &[KindId]) -> Vec<Vec<Flaw>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = drafts.len().div_ceil(threads).max(1);
    let check = |drafts: &[Draft]| -> Vec<Vec<Flaw>> {
        drafts.iter().map(|draft| draft.check(now, max_ahead_hours, kinds)).collect()
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> =
            drafts.chunks(part).map(|part| (part, scope.spawn(move || check(part)))).collect();
        // A thread that ended badly is made good here: nothing may pass unchecked.
        parts.into_iter().flat_map(|(part, thread)| thread.join().unwrap_or_else(|_| check(part))).collect()
    })
}

/// Names items after what they hold, where their file gives them no number of its own. Of rows that say the same, each is an
/// item: the second is named so. The same file again gives the same names.
#[derive(Debug, Default)]
pub struct Naming(HashMap<[u8; 12], u32>);

impl Naming {
    /// Names an item that has no `external_id`.
    pub fn name(&mut self, item: &mut Map<String, Value>) {
        if item.contains_key("external_id") {
            return;
        }
        let content = blake3::hash(Value::Object(item.clone()).to_string().as_bytes());
        let short: [u8; 12] = std::array::from_fn(|at| content.as_bytes()[at]);
        let times = self.0.entry(short).or_default();
        *times += 1;
        let mut name = format!("content-{}", &content.to_hex()[..24]);
        if *times > 1 {
            name.push_str(&format!("-{times}"));
        }
        item.insert("external_id".to_owned(), Value::String(name));
    }
}

/// A column of a table, as its header was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Where its name stands: `C1`.
    pub cell: String,
    /// Its name in the file.
    pub name: String,
    /// What it was taken for, in Chinese; nothing if it is left out.
    pub field: Option<&'static str>,
}

/// What a file gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Drafts of items, in the order of the file.
    pub drafts: Vec<Draft>,
    /// Parts of it that gave none: where, and why.
    pub refused: Vec<(String, String)>,
    /// What else should be known: columns that were not understood, pages left out.
    pub notes: Vec<String>,
    /// Whether a secrecy mark stands anywhere in it, in what is left out too: then nothing of it may be kept.
    pub secret: bool,
    /// The header of a table; of the first one, where a file has several.
    pub columns: Vec<Column>,
}
