//! Items as contributors write them.

use serde_json::{Map, Value, json};

/// An item under construction.
#[derive(Clone)]
pub struct Item(Map<String, Value>);

/// An item with an external id, a title and a text.
pub fn item(external_id: &str, title: &str, body: &str) -> Item {
    let fields = json!({ "external_id": external_id, "title": title, "body": body });
    Item(fields.as_object().cloned().unwrap_or_default())
}

impl Item {
    /// The item with one more field.
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }

    /// The item without a field.
    pub fn without(mut self, key: &str) -> Self {
        self.0.remove(key);
        self
    }

    /// The item sent by a person of a unit.
    pub fn from(self, name: &str, unit: &str) -> Self {
        self.with("contributor", json!({ "name": name, "unit": unit, "kind": "委员" }))
    }

    /// As a body.
    pub fn json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }
}
