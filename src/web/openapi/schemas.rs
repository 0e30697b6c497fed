//! What requests carry, as JSON Schema.

use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    let mut item: Value =
        serde_json::from_str(include_str!("../../../schemas/item.v1.json")).unwrap_or_default();
    embed(&mut item);
    let text = |description: &str| json!({ "type": "string", "description": description });
    let said = |max: u32, description: &str| json!({ "type": "string", "minLength": 1, "maxLength": max, "description": description });
    let code = |description: &str| json!({ "type": "string", "pattern": "^[a-z][a-z0-9_-]{0,39}$", "description": description });
    json!({
        "Item": item,
        "Compile": { "type": "object", "required": ["series"], "additionalProperties": false, "properties": {
            "series": code("刊物代码"), "items": { "type": "array", "items": { "type": "string" }, "description": "来稿编号，按刊登顺序" },
            "query": text("或用检索式选稿"), "limit": { "type": "integer", "minimum": 1, "maximum": 200 },
            "editors_note": text("编者按"), "printed_date": { "type": "string", "format": "date", "description": "印发日期，缺省为今天" },
            "supplement": { "type": "boolean", "description": "增刊" }, "urgency": urgency(),
            "editor": text("编辑"), "checker": text("核稿"), "copies": { "type": "integer", "minimum": 1, "description": "印数" },
            "earlier": { "type": "array", "items": { "type": "string" }, "description": "此前编发，印在文末框内" } } },
        "Sign": { "type": "object", "required": ["signer"], "additionalProperties": false, "properties": {
            "signer": { "type": "string", "minLength": 1, "description": "签发人" }, "number": { "type": "integer", "minimum": 1, "maximum": 4_294_967_295_u32, "description": "补录：停机期间纸质登记的期号" },
            "word": { "type": "string", "maxLength": 200, "description": "校对有严重问题而照印的理由" },
            "register_only": { "type": "boolean", "description": "只登记取号，暂不编发" } } },
        "Correction": { "type": "object", "required": ["comment"], "additionalProperties": false, "properties": {
            "manuscript": text("编稿编号，只有一篇时可省"), "title": text("标题"), "body": text("正文"), "credit": text("署名"), "comment": said(500, "改了什么、为什么") } },
        "Past": { "type": "object", "required": ["series", "number", "date", "articles"], "properties": {
            "series": code("刊物代码"), "year": { "type": "integer" }, "number": { "type": "integer", "minimum": 1 },
            "total": { "type": "integer", "minimum": 1 }, "supplement": { "type": "boolean" }, "date": { "type": "string", "format": "date", "description": "印发日期" },
            "articles": { "type": "array", "items": { "type": "object", "required": ["title", "body"], "properties": {
                "title": text("标题"), "body": text("正文"), "credit": text("署名") } } } } },
        "Reason": { "type": "object", "required": ["reason"], "additionalProperties": false, "properties": { "reason": said(200, "事由") } },
        "Opening": { "type": "object", "required": ["highest"], "additionalProperties": false, "properties": {
            "highest": { "type": "integer", "minimum": 0, "description": "最后用到的期号" }, "total": { "type": "integer", "minimum": 0, "description": "最后的总期号" },
            "last_printed": { "type": "string", "format": "date", "description": "该期的印发日期" }, "supplement": { "type": "boolean", "description": "增刊" } } },
        "Outcome": outcome(&[]),
        "OutcomeCorrection": outcome(&["rev", "comment"]),
        "OutcomeWithdrawal": { "type": "object", "required": ["rev", "comment"], "additionalProperties": false, "properties": {
            "rev": { "type": "integer", "description": "读到的版次" }, "comment": said(500, "缘由") } },
        "Decision": { "type": "object", "required": ["rev", "decision", "decider", "date", "wording", "scan"], "additionalProperties": false, "properties": {
            "rev": { "type": "integer", "description": "读到的版次" },
            "decision": { "enum": crate::model::PaperAct::ALL.iter().map(|act| act.code()).collect::<Vec<_>>(), "description": "审核通过、签发、退回、补审通过" },
            "decider": text("签批人的用户名"), "date": { "type": "string", "format": "date", "description": "签批日期，不晚于今天，不早于最近一次改稿" },
            "wording": { "type": "string", "minLength": 1, "maxLength": 1000, "description": "签批文字" }, "scan": text("扫描件（图片或 PDF）的附件编号"),
            "to": text("退回到的环节代码，缺省为编辑"),
            "texts": { "type": "object", "required": ["title", "body", "credit"], "description": "改后通过：签批人在纸上改后的全文；只用于编稿的审核通过，与原文相同即为没有改动", "properties": {
                "title": text("标题"), "body": text("正文"), "credit": text("署名") } },
            "note": { "type": "string", "maxLength": 1000, "description": "录入说明；改后的文字校对有严重问题而照录的，须写明理由" } } },
        "Verdict": { "type": "object", "required": ["other", "verdict"], "additionalProperties": false, "properties": {
            "other": text("另一件来稿的编号"), "verdict": { "enum": ["repeat", "follow_up", "unrelated"], "description": "重复、续报、无关" },
            "comment": { "type": "string", "maxLength": 500, "description": "说明" } } },
        "Source": { "type": "object", "required": ["id"], "additionalProperties": false, "properties": {
            "id": text("代码"), "title": text("名称"), "scopes": { "type": "array", "items": { "enum": ["submit", "read", "edit", "issue"] } },
            "per_minute": { "type": "integer", "minimum": 0 }, "per_day": { "type": "integer", "minimum": 0 } } },
        "Webhook": { "type": "object", "required": ["url"], "additionalProperties": false, "properties": { "url": text("接收地址，http 或 https") } },
        "User": { "type": "object", "required": ["name", "title", "roles"], "additionalProperties": false, "properties": {
            "name": text("用户名"), "title": text("姓名"), "roles": roles() } },
        "Backup": { "type": "object", "required": ["to"], "additionalProperties": false, "properties": {
            "to": text("备份目录，服务器上的绝对路径"), "passphrase": text("加密口令"), "config_file": text("一并备份的配置文件") } },
        "Roles": { "type": "object", "required": ["roles"], "additionalProperties": false, "properties": { "roles": roles() } },
        "Problem": { "type": "object", "required": ["code", "title", "status", "detail"], "properties": {
            "code": text("供程序使用的代码"), "title": text("状态"), "status": { "type": "integer" }, "detail": text("原因和办法"),
            "fields": { "type": "array", "items": { "type": "object", "properties": { "field": text("字段"), "reason": text("原因"), "remedy": text("办法") } } } } }
    })
}

/// The fields of a registration, and what a change of one needs besides.
pub(super) fn outcome(more: &[&str]) -> Value {
    use crate::model::{OutcomeKind as K, OutcomeLevel as L, OutcomeReaders as R};
    let codes = |codes: Vec<&str>, description: &str| json!({ "enum": codes, "description": description });
    let text = |max: u32, description: &str| json!({ "type": "string", "maxLength": max, "description": description });
    let mut out = json!({ "type": "object", "required": ["kind", "level", "outlet", "date", "readers"], "properties": {
        "kind": codes(K::ALL.iter().map(|one| one.code()).collect(), "单篇、综合、转送、批示"),
        "level": codes(L::ALL.iter().map(|one| one.code()).collect(), "区县、市、全国、党派"),
        "outlet": text(60, "采用单位或刊物；转送的为收文单位"), "number": text(40, "期号"),
        "date": { "type": "string", "format": "date" }, "by": text(60, "批示人，批示必填"),
        "wording": text(2000, "批示内容或说明"),
        "readers": codes(R::ALL.iter().map(|one| one.code()).collect(), "谁可阅看内容") } });
    for name in more {
        let schema = if *name == "rev" { json!({ "type": "integer" }) } else { text(500, "缘由") };
        out["properties"][name] = schema;
        if let Some(required) = out["required"].as_array_mut() {
            required.push(json!(name));
        }
    }
    out
}

fn roles() -> Value {
    let codes: Vec<&str> = crate::model::Role::ALL.iter().map(|role| role.code()).collect();
    json!({ "type": "array", "items": { "enum": codes }, "minItems": 1, "description": "角色" })
}

/// 紧急程度.
pub(super) fn urgency() -> Value {
    json!({ "enum": ["普通", "加急", "特急"] })
}

/// The contract of an item names its parts from its own root, which within this document is another place.
fn embed(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.remove("$id");
            fields.remove("$schema");
            for (name, value) in fields.iter_mut() {
                match value {
                    Value::String(place) if name == "$ref" => {
                        if let Some(part) = place.strip_prefix("#/$defs/") {
                            *place = format!("#/components/schemas/Item/$defs/{part}");
                        }
                    }
                    value => embed(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(embed),
        _ => {}
    }
}
