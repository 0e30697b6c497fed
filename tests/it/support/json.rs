//! Short ways into a JSON answer; what is not there fails the test with the answer in full.

use serde_json::Value;

/// A text at `pointer` (`/number/year`).
pub fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).as_str().unwrap_or_else(|| panic!("{pointer} is no text in {value}"))
}

/// A whole number at `pointer`.
pub fn number(value: &Value, pointer: &str) -> i64 {
    at(value, pointer).as_i64().unwrap_or_else(|| panic!("{pointer} is no number in {value}"))
}

/// The elements of the list at `pointer`; the empty pointer means the value itself.
pub fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    at(value, pointer).as_array().unwrap_or_else(|| panic!("{pointer} is no list in {value}"))
}

/// The texts under `key` of each element of the list at `pointer`.
pub fn texts(value: &Value, pointer: &str, key: &str) -> Vec<String> {
    list(value, pointer).iter().map(|element| text(element, &format!("/{key}")).to_owned()).collect()
}

fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {value}"))
}
