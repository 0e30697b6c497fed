//! The table of bad requests, as far as it is about the body.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{read, rows, string, times};

const BAD_REQUESTS: &str = include_str!("../../../../tests/fixtures/intake/bad_requests.json");

/// The bytes of a row of `bad_requests.json`.
fn body_of(row: &Value) -> Vec<u8> {
    if let Some(text) = row["body"].as_str() {
        return text.as_bytes().to_vec();
    }
    if let Some(text) = row["body_base64"].as_str() {
        return from_base64(text);
    }
    if let Some(depth) = row["nested"].as_u64() {
        return "[".repeat(usize::try_from(depth).expect("small")).into_bytes();
    }
    let repeat = row["repeat"].as_object().expect("one of body, body_base64, nested, repeat");
    let text = |key: &str| repeat.get(key).and_then(Value::as_str).unwrap_or_default();
    [text("before"), &text("unit").repeat(times(repeat)), text("after")].concat().into_bytes()
}

fn from_base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0, 0);
    for digit in text.trim_end_matches('=').chars() {
        buffer = (buffer << 6 | DIGITS.find(digit).expect("base64")) & 0xFFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xFF).expect("a byte"));
        }
    }
    bytes
}

#[test]
fn every_bad_body_is_refused_as_the_table_says() {
    let table = rows(BAD_REQUESTS);
    assert!(table.len() >= 45);
    let names: BTreeSet<&str> = table.iter().map(|row| string(row, "name")).collect();
    assert_eq!(names.len(), table.len(), "names are unique");
    for row in &table {
        let name = string(row, "name");
        let status = row["expected_status"].as_u64().expect("status");
        // 413 and 415 are answered before the body is looked at.
        if !matches!(status, 400 | 422) {
            continue;
        }
        let refusal = read(&body_of(row)).expect_err(name);
        assert_eq!(u64::from(refusal.status()), status, "{name}: {refusal}");
        assert_eq!(refusal.code(), string(row, "expected_code"), "{name}: {refusal}");
        let wanted = string(row, "expected_detail_contains");
        assert!(!wanted.is_empty() && refusal.to_string().contains(wanted), "{name}: {refusal}");
    }
}
