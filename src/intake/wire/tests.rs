//! What is accepted, what is refused, and in which words.

mod bad_requests;
mod contract;

use serde_json::Value;

use super::fields::{Flaw, Shape, flaw_of};
use super::*;
use crate::model::{BoundedText, ContributorKind, Urgency, Votes};

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

fn rows(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("a list")
}

fn string<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
}

fn times(map: &serde_json::Map<String, Value>) -> usize {
    usize::try_from(map["times"].as_u64().expect("times")).expect("small")
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
