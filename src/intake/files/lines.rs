//! JSONL, and JSON with one item or a list of them.

use serde_json::Value;

use super::draft::{Draft, Reading};

pub(super) fn read(text: &str) -> Reading {
    let mut reading = Reading::default();
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(items)) => {
            for (at, item) in items.into_iter().enumerate() {
                add(&mut reading, format!("第 {} 件", at + 1), Ok(item));
            }
        }
        Ok(item @ Value::Object(_)) => add(&mut reading, "第 1 件".to_owned(), Ok(item)),
        _ => {
            for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let item = serde_json::from_str(line).map_err(|error| format!("不是 JSON：{error}"));
                add(&mut reading, format!("第 {} 行", at + 1), item);
            }
        }
    }
    reading
}

fn add(reading: &mut Reading, place: String, item: Result<Value, String>) {
    match item {
        Ok(Value::Object(item)) => reading.drafts.push(Draft { item, ..Draft::at(place) }),
        Ok(_) => reading.refused.push((place, "不是 JSON 对象".to_owned())),
        Err(why) => reading.refused.push((place, why)),
    }
}
