//! The contract as schema and as code, held to the same examples; and the table of bad requests as far as it is about
//! the body.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fields::{Flaw, Shape, flaw_of};
use super::*;
use crate::model::BoundedText;

const EXAMPLES: &str = include_str!("../../../tests/fixtures/intake/examples.json");
const BAD_REQUESTS: &str = include_str!("../../../tests/fixtures/intake/bad_requests.json");

fn now() -> Timestamp {
    Timestamp::parse("2026-01-09T09:30:00+08:00").expect("time")
}

fn read(bytes: &[u8]) -> Result<Submission, Refusal> {
    let kinds = ["opinion", "proposal"].map(|kind| kind.parse().expect("slug"));
    read_submission(bytes, now(), 24, &kinds)
}

fn refused(text: &str) -> Refusal {
    read(text.as_bytes()).expect_err(text)
}

fn schema() -> Value {
    serde_json::from_str(ITEM_SCHEMA).expect("JSON")
}

fn rows(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("a list")
}

fn string<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
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

fn times(map: &serde_json::Map<String, Value>) -> usize {
    usize::try_from(map["times"].as_u64().expect("times")).expect("small")
}

#[test]
fn schema_and_code_agree_on_every_example() {
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(&schema())
        .expect("a schema of draft 2020-12");
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
    assert_eq!(schema["$defs"]["person"]["properties"]["kind"]["enum"], serde_json::json!(kinds));
    let urgencies: Vec<&str> = Urgency::ALL.iter().map(|urgency| urgency.label()).collect();
    assert_eq!(schema["properties"]["urgency"]["enum"], serde_json::json!(urgencies));
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

#[test]
fn an_unknown_key_is_answered_with_the_nearest_known_one() {
    for (key, nearest) in [
        ("titel", "title"),
        ("externalId", "external_id"),
        ("contributer", "contributor"),
        ("coContributors", "co_contributors"),
        ("submit_at", "submitted_at"),
        ("建议内容", "suggestions"),
        ("标题", "title"),
        ("紧急程度", "urgency"),
    ] {
        let refusal = refused(&format!(r#"{{"title":"甲","body":"乙","{key}":1}}"#));
        let [error] = refusal.fields() else { panic!("{refusal}") };
        assert!(error.remedy.contains(nearest), "{error}");
    }
    let refusal = refused(r#"{"title":"甲","body":"乙","xyzzy":1}"#);
    assert!(refusal.fields()[0].remedy.contains("可用的键：external_id、kind"), "{refusal}");
}

#[test]
fn what_an_item_says_arrives_unchanged() {
    let text = r#"{"title":" 甲\u200b ","situation":"乙\r\n","suggestions":"丙","kind":"proposal",
        "contributor":{"name":"张某某","kind":"区县政协"},"co_contributors":[{"name":"李"},{"name":"王"}],
        "urgency":"特急","open":{"agreed":false,"reason":"隐私"},"votes":{"up":3.0,"down":1e3},
        "submitted_at":"2026-01-08 09:30","external_id":"A/1"}"#;
    let submission = read(text.as_bytes()).expect("valid");
    assert_eq!(submission.title.as_str(), " 甲\u{200b} ");
    assert_eq!(submission.text.plain(), "乙\r\n\n丙");
    assert_eq!(submission.kind.as_str(), "proposal");
    let contributor = submission.contributor.as_ref().expect("contributor");
    assert_eq!(
        (contributor.name.as_str(), contributor.kind),
        ("张某某", Some(ContributorKind::DistrictCommittee))
    );
    let co_names: Vec<&str> = submission.co_contributors.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(co_names, ["李", "王"]);
    assert_eq!(submission.urgency, Urgency::Critical);
    assert_eq!(submission.votes, Some(Votes { up: 3, down: 1000 }));
    assert_eq!(submission.submitted_at, Timestamp::parse("2026-01-08T01:30:00Z").ok());
    assert_eq!(serde_json::from_str::<Submission>(&submission.canonical()).ok(), Some(submission));
}

#[test]
fn a_secrecy_mark_outranks_other_errors_and_is_not_repeated() {
    let refusal = refused(r#"{"title":"","contributor":{"unit":"甲部门 绝密★"},"nobody":1}"#);
    assert_eq!(refusal, Refusal::Secret { field: "contributor.unit".to_owned() });
    assert_eq!((refusal.status(), refusal.code()), (422, "secrecy_mark"));
    let told = refusal.to_string();
    assert!(told.contains("严禁处理涉密信息") && !told.contains("甲部门"), "{told}");
}

#[test]
fn a_flood_of_errors_is_cut_and_counted() {
    let keys: Vec<String> = (0..5000).map(|at| format!("\"k{at}\":1")).collect();
    let refusal = refused(&format!("{{{}}}", keys.join(",")));
    assert!(refusal.fields().len() <= 201);
    assert!(refusal.fields().last().is_some_and(|error| error.reason.contains("未列出")), "{refusal}");
    assert!(refusal.to_string().len() < 1000);
}

#[test]
fn every_refusal_has_its_status_code_and_reason() {
    for (text, status, code, reason) in [
        ("", 400, "malformed_json", "malformed_json"),
        (r#"{"a":1,"a":1}"#, 400, "duplicate_key", "duplicate_key"),
        (&"[".repeat(99), 400, "too_deep", "too_deep"),
        (r#"{"title":"机密★","body":"乙"}"#, 422, "secrecy_mark", "secrecy_mark"),
        ("[]", 422, "invalid_fields", "wrong_type"),
        ("{}", 422, "invalid_fields", "missing"),
        (r#"{"title":"甲","body":" "}"#, 422, "invalid_fields", "blank"),
        (r#"{"title":"甲","body":"乙","x":1}"#, 422, "invalid_fields", "unknown"),
    ] {
        let refusal = refused(text);
        assert_eq!((refusal.status(), refusal.code(), refusal.reason()), (status, code, reason), "{text}");
    }
    assert_eq!(read(&[0xC4]).expect_err("GBK").code(), "not_utf8");
}

#[test]
fn the_name_of_a_rule_is_the_same_in_answers_and_in_metrics() {
    for rule in [Rule::Missing, Rule::WrongType, Rule::NotATime, Rule::InFuture, Rule::TooMany] {
        assert_eq!(serde_json::to_value(rule).expect("JSON"), rule.code());
    }
}

proptest::proptest! {
    /// The text rules here and those of the model are the same rules.
    #[test]
    fn a_text_without_flaw_is_a_bounded_text(text in "[\\PC\\x00-\\x20\u{200b}\u{feff}\u{85}]{0,12}") {
        let ours = flaw_of(&text, 8, Shape::Lines);
        proptest::prop_assert_eq!(ours.is_none(), BoundedText::<8>::parse(text.clone()).is_ok(), "{:?}", text);
        let control = text.contains(['\n', '\r', '\t']);
        let one_line = flaw_of(&text, 8, Shape::OneLine);
        proptest::prop_assert!(one_line == ours || control && matches!(one_line, Some(Flaw::Control(_))));
    }

    /// Whatever the bytes, there is an answer; and what was accepted is accepted again in canonical form.
    #[test]
    fn an_accepted_item_reads_back(title in "\\PC{1,20}", body in "[\\PC\n]{1,60}", up in 0u32..2_000_000_000) {
        let item = serde_json::json!({"title": title, "body": body, "votes": {"up": up, "down": 0}});
        if let Ok(submission) = read(item.to_string().as_bytes()) {
            proptest::prop_assert_eq!(read(submission.canonical().as_bytes()), Ok(submission));
        }
    }
}

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
