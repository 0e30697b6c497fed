//! An entry of a source as an item of the intake: its fields cleaned, its name, and whether it is known.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use crate::model::{EntryKey, EntryText, Timestamp};
use crate::store::KnownEntry;
use crate::text::markup::{plain, plain_line};

use super::dates;

/// What an entry may say. `id`, `link` name it; `home` is the contributor's own district; the others are called as in
/// the contract of items (`schemas/item.v1.json`).
pub(super) const FIELDS: &[&str] = &[
    "id",
    "link",
    "title",
    "body",
    "situation",
    "causes",
    "suggestions",
    "name",
    "unit",
    "kind",
    "home",
    "sector",
    "party",
    "post",
    "phone",
    "email",
    "district",
    "subject",
    "submitted_at",
    "up",
    "down",
];
/// Fields that hold text of several lines, possibly as HTML.
const TEXTS: &[&str] = &["body", "situation", "causes", "suggestions"];
/// A person, field by field: in the entry, in the item, longest.
const PERSON: &[(&str, &str, usize)] = &[
    ("name", "name", 50),
    ("unit", "unit", 100),
    ("kind", "kind", 20),
    ("home", "district", 50),
    ("sector", "sector", 50),
    ("party", "party", 50),
    ("post", "post", 100),
    ("phone", "phone", 30),
    ("email", "email", 100),
];
/// Limits of the contract.
const TITLE_MAX: usize = 100;
const ID_MAX: usize = 200;
/// Characters of a text that stand for a title that is missing.
const TITLE_FROM_TEXT: usize = 40;

/// What a source says of one thing, as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Entry(BTreeMap<&'static str, String>);

impl Entry {
    /// Sets a field of [`FIELDS`]; what comes first stays.
    pub(super) fn set(&mut self, field: &str, value: &str) {
        let known = FIELDS.iter().find(|known| **known == field);
        if let Some(field) = known.filter(|field| !self.0.contains_key(**field) && !value.trim().is_empty()) {
            self.0.insert(field, value.trim().to_owned());
        }
    }

    pub(super) fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// With what the configuration says of every entry, where it says nothing itself.
    pub(super) fn with(mut self, fixed: &BTreeMap<String, String>) -> Self {
        fixed.iter().for_each(|(field, value)| self.set(field, value));
        self
    }

    /// What names it, and what it says.
    fn identity(&self) -> (String, EntryText) {
        let text = self.cleaned().hash();
        let mut names = [self.get("id"), self.get("link")].into_iter().map(|name| line(name, usize::MAX));
        let name = names.find(|name| !name.is_empty()).unwrap_or_else(|| format!("text:{text}"));
        (short(&name), text)
    }

    /// As plain text, within the limits of the contract.
    fn cleaned(&self) -> Cleaned {
        let mut texts: Vec<(&'static str, String)> = TEXTS
            .iter()
            .map(|field| (*field, plain(self.get(field))))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        if texts.iter().any(|(field, _)| *field == "situation") {
            texts.retain(|(field, _)| *field != "body");
        } else {
            // Causes without a situation are no item of the contract; what there is, is its body.
            let whole: Vec<String> = texts.drain(..).map(|(_, text)| text).collect();
            texts.extend((!whole.is_empty()).then(|| ("body", whole.join("\n"))));
        }
        let mut title = plain_line(self.get("title"));
        if title.is_empty() {
            let first = texts.first().and_then(|(_, text)| text.lines().next()).unwrap_or_default();
            title = cut(first, TITLE_FROM_TEXT);
        }
        if texts.is_empty() && !title.is_empty() {
            texts.push(("body", title.clone()));
        }
        if title.chars().count() > TITLE_MAX
            && let Some((_, text)) = texts.first_mut()
        {
            // Nothing of it is lost: it stands in full before the text.
            *text = format!("{title}\n{text}");
            title = cut(&title, TITLE_MAX);
        }
        Cleaned { title, texts }
    }
}

struct Cleaned {
    title: String,
    texts: Vec<(&'static str, String)>,
}

impl Cleaned {
    fn hash(&self) -> EntryText {
        let texts = self.texts.iter().map(|(_, text)| text.as_bytes());
        let parts: Vec<&[u8]> = std::iter::once(self.title.as_bytes()).chain(texts).collect();
        EntryText::of(&parts)
    }
}

/// At most `most` characters, `…` where there were more.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

fn line(text: &str, most: usize) -> String {
    let clean: String = plain_line(text).chars().filter(|c| !c.is_control()).collect();
    cut(&clean, most)
}

/// An entry that has a name within its source.
#[derive(Debug, Clone)]
pub(super) struct Named {
    entry: Entry,
    /// The name, as an item's `external_id`.
    pub(super) external_id: String,
    /// Under which it is noted.
    pub(super) key: EntryKey,
    /// Of what it says, dates and counts apart.
    pub(super) text: EntryText,
}

/// What is to be done with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Never seen.
    New,
    /// Seen with another text: a further version of the same item.
    Revised,
    /// Seen as it is.
    Known,
}

/// Gives the entries of one answer their names and says which of them are new. `known` are those noted before.
///
/// The name is the source's own id; where there is none, its address; where there is none either, its text. An id that
/// stands for two texts in one answer names neither: the text is added to it.
pub(super) fn named(entries: Vec<Entry>, known: &HashMap<EntryKey, KnownEntry>) -> Vec<(Named, Standing)> {
    let all: Vec<(Entry, String, EntryText)> = entries
        .into_iter()
        .map(|entry| {
            let (id, text) = entry.identity();
            (entry, id, text)
        })
        .collect();
    let mut texts: HashMap<&str, BTreeSet<EntryText>> = HashMap::new();
    for (_, id, text) in &all {
        texts.entry(id).or_default().insert(*text);
    }
    let unclear: BTreeSet<String> =
        texts.iter().filter(|(_, texts)| texts.len() > 1).map(|(id, _)| (*id).to_owned()).collect();
    let mut seen = BTreeSet::new();
    all.into_iter()
        .filter_map(|(entry, id, text)| {
            let own = |id: String| (EntryKey::of(&id), id);
            let (key, plain) = own(id.clone());
            let (apart_key, apart) = own(apart(&id, text));
            let as_noted = known.get(&key);
            let (key, external_id, standing) = match as_noted {
                Some(noted) if noted.text == text => (key, plain, Standing::Known),
                _ if known.contains_key(&apart_key) => (apart_key, apart, Standing::Known),
                _ if unclear.contains(&id) => (apart_key, apart, Standing::New),
                // What was refused was never taken: it is no version of anything.
                Some(noted) if noted.taken => (key, plain, Standing::Revised),
                _ => (key, plain, Standing::New),
            };
            seen.insert(key).then_some((Named { entry, external_id, key, text }, standing))
        })
        .collect()
}

/// The keys under which the entries of an answer may have been noted.
pub(super) fn keys(entries: &[Entry]) -> Vec<EntryKey> {
    entries
        .iter()
        .flat_map(|entry| {
            let (id, text) = entry.identity();
            [EntryKey::of(&id), EntryKey::of(&apart(&id, text))]
        })
        .collect()
}

/// The name of an entry whose id stands for several texts.
fn apart(id: &str, text: EntryText) -> String {
    short(&format!("{id}#{text}"))
}

/// An id that fits an `external_id`; what is longer ends in its hash.
fn short(id: &str) -> String {
    if id.chars().count() <= ID_MAX {
        return id.to_owned();
    }
    let hash = blake3::hash(id.as_bytes()).to_hex();
    let head: String = id.chars().take(ID_MAX - 33).collect();
    format!("{head}~{}", &hash[..32])
}

impl Named {
    /// The item, under the contract of every way in. `latest` is the time from which on a date is no date.
    ///
    /// # Errors
    /// What it lacks, in Chinese.
    pub(super) fn item(&self, latest: Timestamp) -> Result<Value, String> {
        let Cleaned { title, texts } = self.entry.cleaned();
        if texts.is_empty() {
            return Err("条目既没有标题也没有正文".to_owned());
        }
        let mut item = Map::new();
        item.insert("external_id".to_owned(), json!(self.external_id));
        item.insert("title".to_owned(), json!(title));
        for (field, text) in texts {
            item.insert(field.to_owned(), json!(text));
        }
        if let Some(person) = self.person() {
            item.insert("contributor".to_owned(), person);
        }
        for field in ["district", "subject"] {
            let value = line(self.entry.get(field), 50);
            if !value.is_empty() {
                item.insert(field.to_owned(), json!(value));
            }
        }
        // A clock that is ahead must not keep an item out.
        if let Some(at) = dates::read(self.entry.get("submitted_at")).filter(|at| *at <= latest) {
            item.insert("submitted_at".to_owned(), json!(at));
        }
        let votes = ["up", "down"].map(|field| self.entry.get(field).parse::<u32>().ok());
        if votes.iter().any(Option::is_some) {
            let [up, down] = votes.map(|count| count.unwrap_or(0).min(1_000_000_000));
            item.insert("votes".to_owned(), json!({ "up": up, "down": down }));
        }
        Ok(Value::Object(item))
    }

    /// Whoever reports: somebody by name, or a unit.
    fn person(&self) -> Option<Value> {
        let mut person: Map<String, Value> = PERSON
            .iter()
            .map(|(field, name, most)| ((*name).to_owned(), line(self.entry.get(field), *most)))
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name, json!(value)))
            .collect();
        if !person.contains_key("name") {
            let unit = line(self.entry.get("unit"), 50);
            if unit.is_empty() {
                return None;
            }
            person.insert("name".to_owned(), json!(unit));
        }
        Some(Value::Object(person))
    }
}

#[cfg(test)]
#[path = "entry_tests.rs"]
mod tests;
