//! `schemas/config.schema.json`: what an office's configuration file may hold, for editors that complete and check TOML
//! while one types. It is made from the default, so it cannot say anything else.

use serde_json::{Map, Value, json};

const FILE: &str = "schemas/config.schema.json";

/// The comment above each key of the default, by `section.key`; keys that follow one another share it.
fn comments() -> std::collections::HashMap<String, String> {
    let (mut out, mut section, mut comment) =
        (std::collections::HashMap::new(), String::new(), String::new());
    let mut fresh = true;
    for line in super::DEFAULT.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            comment = if fresh { text.to_owned() } else { format!("{comment} {text}") };
            fresh = false;
            continue;
        }
        let explained = !std::mem::replace(&mut fresh, true);
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            if explained {
                out.insert(section.clone(), comment.clone());
            }
        } else if let Some((key, _)) = line.split_once(" = ") {
            out.insert(format!("{section}.{key}"), comment.clone());
        }
    }
    out
}

fn key(name: &str, value: &toml::Value, comments: &std::collections::HashMap<String, String>) -> Value {
    let (kind, default) = match value {
        toml::Value::Table(keys) => return section(name, keys, comments),
        toml::Value::String(text) => ("string", json!(text)),
        toml::Value::Integer(number) => ("integer", json!(number)),
        toml::Value::Float(number) => ("number", json!(number)),
        toml::Value::Boolean(yes) => ("boolean", json!(yes)),
        other => ("array", serde_json::to_value(other).expect("plain values")),
    };
    json!({ "description": comments[name], "type": kind, "default": default })
}

fn section(path: &str, keys: &toml::Table, comments: &std::collections::HashMap<String, String>) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|(name, value)| (name.clone(), key(&format!("{path}.{name}"), value, comments)))
        .collect();
    let mut made = Map::new();
    if let Some(comment) = comments.get(path) {
        made.insert("description".to_owned(), json!(comment));
    }
    made.insert("type".to_owned(), json!("object"));
    made.insert("additionalProperties".to_owned(), json!(false));
    made.insert("properties".to_owned(), Value::Object(properties));
    Value::Object(made)
}

fn made() -> Value {
    let comments = comments();
    let default: toml::Table = super::DEFAULT.parse().expect("the default is TOML");
    let mut sections = Map::new();
    for (name, keys) in &default {
        let keys = keys.as_table().expect("every section is a table");
        sections.insert(name.clone(), section(name, keys, &comments));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Minyi 民意：配置文件",
        "description": "只需写出与默认值不同的项；默认值见 config/default.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
    })
}

#[test]
fn the_schema_of_the_configuration_is_what_the_default_holds() {
    let made = format!("{}\n", serde_json::to_string_pretty(&made()).expect("JSON"));
    if super::environment("MINYI_BLESS").is_some() {
        std::fs::write(FILE, &made).expect("write");
    }
    let committed = std::fs::read_to_string(FILE).expect("read");
    assert!(committed == made, "{FILE} is behind: run the test once with MINYI_BLESS=1");
}

#[test]
fn every_key_is_explained_and_the_default_fits_its_schema() {
    fn explained(above: &str, keys: &Value) {
        for (name, key) in keys["properties"].as_object().expect("keys") {
            assert!(key["description"].as_str().is_some_and(|text| text.len() > 10), "{above}.{name}");
            if key["type"] == "object" {
                explained(&format!("{above}.{name}"), key);
            }
        }
    }
    let schema = made();
    for (name, keys) in schema["properties"].as_object().expect("sections") {
        explained(name, keys);
    }
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let default: Value = toml::from_str(super::DEFAULT).expect("TOML");
    assert!(validator.is_valid(&default));
    assert!(!validator.is_valid(&json!({ "server": { "listn": "127.0.0.1:1" } })), "a slip is seen");
}
