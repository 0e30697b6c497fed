//! 代录: what reached the office by other ways and is typed in for its author. The way is kept as the item's source, who typed as
//! the one who sent it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::SourceId;

/// The ways: code of the source, and its name.
pub(super) const CHANNELS: [(&str, &str); 6] = [
    ("typed-wechat", "微信"),
    ("typed-phone", "电话"),
    ("typed-paper", "纸质"),
    ("typed-meeting", "会议"),
    ("typed-visit", "接访"),
    ("typed-mail", "邮件"),
];

/// The ways of a session: its groups.
pub(super) const GROUPS: [(&str, &str); 2] = [("typed-group", "小组"), ("typed-joint", "联组")];

/// What a pasted message seems to say of itself; its typist decides.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Proposed {
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
    /// 区县, by the places that it names; empty where none stands out.
    pub district: String,
}

/// A way as pages name it; other sources by their code.
pub(super) fn source_name(source: &SourceId) -> String {
    let typed = CHANNELS.iter().chain(&GROUPS).find(|(code, _)| *code == source.as_str());
    typed.map_or_else(|| source.to_string(), |(_, name)| format!("代录（{name}）"))
}

/// What a typist says beside the text.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside {
    /// 区县.
    pub district: String,
    /// 主题.
    pub subject: String,
    /// 界别 of who reports.
    pub sector: String,
    /// 党派 of who reports.
    pub party: String,
    /// 选题.
    pub topic: String,
}

/// As any system would send it, after `schemas/item.v1.json`.
pub(super) fn item(values: &Proposed, beside: &Beside) -> Value {
    let mut person = Map::new();
    let said = [
        ("name", &values.name),
        ("unit", &values.unit),
        ("phone", &values.phone),
        ("sector", &beside.sector),
        ("party", &beside.party),
    ];
    for (field, text) in said {
        if !text.is_empty() {
            person.insert(field.to_owned(), json!(text));
        }
    }
    // A unit that speaks for itself; a telephone without a name.
    if !person.is_empty() && values.name.is_empty() {
        let name = if values.unit.is_empty() { "未留姓名" } else { values.unit.as_str() };
        person.insert("name".to_owned(), json!(name));
    }
    let mut item = json!({ "title": values.title, "body": values.body });
    if !person.is_empty() {
        item["contributor"] = Value::Object(person);
    }
    let said = [("district", &beside.district), ("subject", &beside.subject), ("topic", &beside.topic)];
    for (field, text) in said {
        if !text.is_empty() {
            item[field] = json!(text);
        }
    }
    item
}
