//! What mailboxes and folders need of the intake beside the way in: files read by the same readers as uploads, attachments
//! kept, letters told apart. All of it is handed in; the crates and programs behind it do not live here.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};

use crate::model::{Actor, FileId};
use crate::web::Problem;

/// An item as a file gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// 第 3 行.
    pub place: String,
    /// 标题.
    pub title: String,
    /// The item under the contract of every way in; empty where there is none.
    pub json: String,
    /// What is wrong; empty = it can be taken.
    pub flaws: Vec<String>,
}

/// Why a file gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It bears a secrecy mark; what is said does not repeat it.
    Secret(String),
    /// It is none of those that hold items: a picture, a scan, a program.
    Other(String),
    /// It should hold some and cannot be read.
    Broken(String),
}

/// What a letter says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    /// 标题.
    pub title: String,
    /// 正文.
    pub body: String,
    /// 反映人.
    pub name: String,
    /// 单位.
    pub unit: String,
    /// 电话.
    pub phone: String,
}

/// Reads a file: its name, its bytes, and what stands before the numbers that it gives its items.
pub type ReadFile = dyn Fn(&str, &[u8], &str) -> Result<Vec<FileRow>, Unread> + Send + Sync;
/// Keeps an attachment: for whom, its name, its bytes; gives what an item calls it by.
pub type Keep =
    Box<dyn Fn(Actor, String, Vec<u8>) -> BoxFuture<'static, Result<FileId, Problem>> + Send + Sync>;

/// What the intake lends.
#[derive(Clone)]
pub struct Readers {
    /// Reads files.
    pub file: Arc<ReadFile>,
    /// Tells the parts of a letter apart.
    pub letter: Arc<dyn Fn(&str) -> Letter + Send + Sync>,
    /// Whether a text bears a secrecy mark.
    pub marked: fn(&str) -> bool,
}

/// An item with what the configuration says of all items of its source, where it says nothing itself.
pub(super) fn completed(item: &mut Map<String, Value>, fixed: &BTreeMap<String, String>) {
    for (field, value) in fixed {
        match field.as_str() {
            "district" | "subject" => {
                item.entry(field.clone()).or_insert_with(|| json!(value));
            }
            "home" => person(item, "district", value),
            "name" | "unit" | "kind" | "sector" | "party" | "post" | "phone" | "email" => {
                person(item, field, value)
            }
            _ => {}
        }
    }
    let nameless = item.get("contributor").is_some_and(|one| one.get("name").is_none());
    if nameless {
        // A unit that speaks for itself; of nobody at all nothing can be said.
        let unit = item.get("contributor").and_then(|one| one.get("unit")).and_then(Value::as_str);
        match unit.map(|unit| unit.chars().take(50).collect::<String>()) {
            Some(unit) => person(item, "name", &unit),
            None => drop(item.remove("contributor")),
        }
    }
}

/// Says something of whoever reports, where it was not said.
pub(super) fn person(item: &mut Map<String, Value>, field: &str, value: &str) {
    if value.trim().is_empty() {
        return;
    }
    let person = item.entry("contributor").or_insert_with(|| json!({}));
    if let Value::Object(person) = person {
        person.entry(field.to_owned()).or_insert_with(|| json!(value.trim()));
    }
}

/// A refusal of the intake in one line.
pub(super) fn said(problem: &Problem) -> String {
    let field =
        |field: &crate::web::FieldProblem| format!("{}：{}，{}", field.field, field.reason, field.remedy);
    let fields: Vec<String> = problem.fields.iter().map(field).collect();
    if fields.is_empty() { problem.detail.clone() } else { fields.join("；") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_items_of_a_source_have_is_said_only_where_an_item_does_not() {
        let fixed: BTreeMap<String, String> =
            [("unit", "某街道办事处"), ("home", "江北区"), ("subject", "城乡建设")]
                .map(|(field, value)| (field.to_owned(), value.to_owned()))
                .into();
        let Value::Object(mut item) =
            json!({ "title": "题", "subject": "交通", "contributor": { "name": "张三" } })
        else {
            panic!("an object")
        };
        completed(&mut item, &fixed);
        assert_eq!(
            Value::Object(item),
            json!({ "title": "题", "subject": "交通", "contributor": { "name": "张三", "district": "江北区", "unit": "某街道办事处" } })
        );
        let mut nameless = Map::new();
        completed(&mut nameless, &fixed);
        assert_eq!(nameless["contributor"]["name"], "某街道办事处");
        let mut nobody = Map::new();
        person(&mut nobody, "phone", "1");
        completed(&mut nobody, &BTreeMap::new());
        assert!(nobody.is_empty());
    }
}
