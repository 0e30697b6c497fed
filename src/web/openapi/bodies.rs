//! What further requests of a person's program carry.

use serde_json::{Map, Value, json};

use super::schemas::outcome;

/// The body of 签发, all of which may be left out.
pub(super) const SIGNING: &str = "Signing";

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn said(max: u32, description: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": max, "description": description })
}

/// One line that says something.
fn topic() -> Value {
    let mut topic = said(261, "选题，一行，“｜”之后为说明");
    topic["pattern"] = json!("^[^\\r\\n]*\\S[^\\r\\n]*$");
    topic
}

fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

/// A registration with its scan within the JSON.
fn scanned(more: &[&str]) -> Value {
    let mut out = outcome(more);
    let packed = json!({ "name": text("文件名"), "content": { "type": "string", "contentEncoding": "base64", "description": "PDF、JPEG 或 PNG，至多 16 MB" } });
    out["properties"]["scan"] = object(&["name", "content"], packed);
    out
}

/// The same as parts of a form: the JSON beside the file.
pub(super) fn in_parts(body: &str) -> Value {
    let plain = if body == "ScannedOutcome" { "Outcome" } else { "OutcomeCorrection" };
    json!({ "type": "object", "required": ["json"], "properties": {
        "json": { "$ref": format!("#/components/schemas/{plain}") },
        "scan": { "type": "string", "format": "binary", "description": "扫描件" } } })
}

pub(super) fn schemas() -> Map<String, Value> {
    let day = || json!({ "type": "string", "format": "date" });
    let picked = object(
        &["manuscript", "fields"],
        json!({ "manuscript": text("编稿编号"), "fields": { "$ref": "#/components/schemas/Outcome" } }),
    );
    let channels = ["wechat", "phone", "paper", "meeting", "visit", "mail", "group", "joint"];
    let ways: Vec<&str> = crate::model::Channel::ALL.iter().map(|one| one.code()).collect();
    let made = [
        ("ScannedOutcome", scanned(&[])),
        ("ScannedCorrection", scanned(&["rev", "comment"])),
        (
            "AdoptionRows",
            object(&["rows"], json!({ "rows": { "type": "array", "minItems": 1, "items": picked } })),
        ),
        (
            "Typed",
            object(
                &["channel", "key", "title", "body"],
                json!({
            "channel": { "enum": channels, "description": "微信、电话、纸质、会议、接访、邮件；会期中还有小组、联组" },
            "key": { "type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$", "description": "每件来稿一个" },
            "title": text("标题"), "body": text("正文"), "name": text("反映人"), "unit": text("单位"),
            "phone": text("电话"), "district": text("区县"), "subject": text("主题"),
            "sector": text("界别，须在用"), "party": text("党派"), "topic": text("选题的编号或全文") }),
            ),
        ),
        (
            SIGNING,
            object(
                &[],
                json!({ "word": { "type": "string", "maxLength": 200, "description": "校对有严重问题而照印的理由" } }),
            ),
        ),
        ("Pasted", object(&["text"], json!({ "text": said(40_000, "粘贴的内容") }))),
        (
            "Topics",
            object(
                &["deadline", "topics"],
                json!({
            "batch": { "type": "string", "maxLength": 40, "description": "批次" }, "deadline": day(),
            "topics": { "type": "array", "minItems": 1, "maxItems": 100, "items": topic() } }),
            ),
        ),
        ("TopicDeadline", object(&["deadline"], json!({ "deadline": day() }))),
        (
            "Send",
            object(
                &["rev", "do"],
                json!({
            "rev": { "type": "integer", "description": "读到的版次" }, "do": { "enum": ["sign", "return", "send"] },
            "comment": { "type": "string", "maxLength": 500, "description": "意见，退回须写明" } }),
            ),
        ),
        ("DeadResend", object(&[], json!({ "message": { "description": "改正的报文，缺省为原样" } }))),
        (
            "Delivery",
            object(&["channel"], json!({ "channel": { "enum": ways }, "target": text("列表中的 target") })),
        ),
    ];
    made.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
