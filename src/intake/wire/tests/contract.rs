//! The contract as schema and as code, held to the same examples.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{read, rows, string, times};
use crate::intake::wire::item::{CONTRIBUTOR, ITEM, OPEN, VOTES};
use crate::intake::wire::{DEFAULT_KIND, ITEM_SCHEMA, Refusal};
use crate::model::{ContributorKind, Urgency};

const EXAMPLES: &str = include_str!("../../../../tests/fixtures/intake/examples.json");

fn schema() -> Value {
    serde_json::from_str(ITEM_SCHEMA).expect("JSON")
}

fn validator() -> jsonschema::Validator {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(&schema())
        .expect("a schema of draft 2020-12")
}

/// `{"$repeat": "字", "times": 3}` stands for 字字字; a repeated list stands for a longer list.
fn expanded(value: &Value) -> Value {
    match value {
        Value::Object(map) => match map.get("$repeat") {
            Some(Value::String(unit)) => unit.repeat(times(map)).into(),
            Some(Value::Array(unit)) => vec![unit.clone(); times(map)].concat().into(),
            _ => map.iter().map(|(key, value)| (key.clone(), expanded(value))).collect(),
        },
        Value::Array(items) => items.iter().map(expanded).collect(),
        other => other.clone(),
    }
}

#[test]
fn schema_and_code_agree_on_every_example() {
    let validator = validator();
    let examples = rows(EXAMPLES);
    assert!(examples.len() >= 40);
    for example in &examples {
        let name = string(example, "name");
        let item = expanded(&example["item"]);
        let valid = example["valid"].as_bool().expect("valid");
        let code_only = example["code_only"].as_bool().unwrap_or_default();
        let read = read(item.to_string().as_bytes());
        assert_eq!(read.is_ok(), valid, "code: {name}: {read:?}");
        assert_eq!(validator.is_valid(&item), valid || code_only, "schema: {name}");
        let expected: BTreeSet<&str> =
            example["fields"].as_array().expect("fields").iter().filter_map(Value::as_str).collect();
        let told = match &read {
            Err(Refusal::Secret { field }) => BTreeSet::from([field.as_str()]),
            Err(refusal) => refusal.fields().iter().map(|error| error.field.as_str()).collect(),
            Ok(_) => BTreeSet::new(),
        };
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn the_examples_in_the_schema_are_good_items() {
    for example in schema()["examples"].as_array().expect("examples") {
        assert!(read(example.to_string().as_bytes()).is_ok(), "{example}");
    }
}

#[test]
fn schema_and_code_know_the_same_keys_and_call_them_the_same() {
    let schema = schema();
    let items = &schema["properties"];
    let objects = [
        (items, ITEM),
        (&schema["$defs"]["person"]["properties"], CONTRIBUTOR),
        (&items["open"]["properties"], OPEN),
        (&items["votes"]["properties"], VOTES),
    ];
    for (properties, table) in objects {
        let in_schema: BTreeSet<(&str, &str)> = properties
            .as_object()
            .expect("properties")
            .iter()
            .map(|(key, value)| (key.as_str(), string(value, "title")))
            .collect();
        assert_eq!(in_schema, table.iter().map(|known| (known.name, known.label)).collect());
    }
}

#[test]
fn schema_and_code_know_the_same_words() {
    let schema = schema();
    let kinds: Vec<&str> = ContributorKind::ALL.iter().map(|kind| kind.label()).collect();
    assert_eq!(schema["$defs"]["person"]["properties"]["kind"]["enum"], json!(kinds));
    let urgencies: Vec<&str> = Urgency::ALL.iter().map(|urgency| urgency.label()).collect();
    assert_eq!(schema["properties"]["urgency"]["enum"], json!(urgencies));
    assert_eq!(schema["properties"]["kind"]["default"], DEFAULT_KIND);
}

#[test]
fn every_object_of_the_schema_is_closed_and_every_field_described() {
    fn walk(value: &Value) {
        if let Value::Object(map) = value {
            if map.contains_key("properties") {
                assert_eq!(map.get("additionalProperties"), Some(&Value::Bool(false)), "{value}");
                for (key, field) in map["properties"].as_object().expect("properties") {
                    assert!(!string(field, "title").is_empty(), "{key}");
                    assert!(!string(field, "description").is_empty(), "{key}");
                }
            }
            map.values().for_each(walk);
        }
    }
    walk(&schema());
}

/// Every field with every kind of wrong value, and with right ones: what the examples do not think of.
#[test]
fn schema_and_code_agree_on_every_field_with_every_kind_of_value() {
    let whole = json!({
        "external_id": "1", "kind": "opinion", "title": "甲", "situation": "乙", "causes": "丙", "suggestions": "丁",
        "contributor": {"name": "张", "unit": "单位", "kind": "委员", "district": "渝中区", "sector": "教育界",
            "party": "民盟", "post": "教师", "phone": "1", "email": "a@b.cn"},
        "co_contributors": [{"name": "李", "kind": "群众"}], "district": "渝北区", "subject": "教育", "urgency": "普通",
        "open": {"agreed": true, "reason": "无"}, "votes": {"up": 1, "down": 2},
        "attachments": ["f-0123456789abcdef0123456789abcdef"], "submitted_at": "2026-01-08T09:30:00"
    });
    let mut values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-0.0),
        json!(-1),
        json!(1.0),
        json!(1.5),
        json!(1e18),
        json!([]),
        json!({}),
        json!([{}]),
        json!({"name": "王"}),
        json!({"up": 1}),
        json!(["a"]),
    ];
    for text in ["", " ", "A1", "opinion", "加急", "群众", "2026-01-08 09:30", "2026-01-08T09:30:00Z"] {
        values.push(text.into());
    }
    values.extend((0..0x3100).filter_map(char::from_u32).filter(|c| !c.is_alphanumeric()).map(|c| json!(c)));
    values.extend([20, 21, 30, 31, 50, 51, 100, 101, 200, 201, 20_001].map(|n| json!("字".repeat(n))));
    let validator = validator();
    for pointer in pointers(&whole, String::new()) {
        for value in &values {
            let mut item = whole.clone();
            item.pointer_mut(&pointer).expect("a field").clone_from(value);
            let read = read(item.to_string().as_bytes());
            assert_eq!(read.is_ok(), validator.is_valid(&item), "{pointer} = {value}: {read:?}");
        }
    }
}

/// The JSON pointers of all fields.
fn pointers(value: &Value, at: String) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (format!("{at}/{key}"), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(n, value)| (format!("{at}/{n}"), value)).collect()
        }
        _ => Vec::new(),
    };
    let deeper = inner.into_iter().flat_map(|(path, value)| {
        std::iter::once(path.clone()).chain(pointers(value, path)).collect::<Vec<_>>()
    });
    deeper.collect()
}
