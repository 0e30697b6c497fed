//! What a person's own programs may call, and what these requests carry.

use serde_json::{Map, Value, json};

use crate::model::Permission as P;

use super::schemas::urgency;
use super::{Right, Route, route};

const ANY: Right = Right::Person(&[]);
const READ: Right = Right::Person(&[P::Read]);
const TRIAGE: Right = Right::Person(&[P::Triage]);
const EDIT: Right = Right::Person(&[P::Edit]);
const REGISTER: Right = Right::Person(&[P::Register]);
const WRITING: Right = Right::Person(&[P::Edit, P::Review, P::Sign]);
/// What a change may be answered with besides success.
const CHANGING: &[u16] = &[400, 404, 409, 413, 422];

/// Every call; a test compares them and their rights with the table of the desk.
#[rustfmt::skip]
pub(super) const DESK: &[Route] = &[
    route("get", "/api/v1/desk/me", "本人：姓名、角色、权限、正在代理谁", ANY, None, 200, &[]),
    route("get", "/api/v1/desk/today", "今日一览", READ, None, 200, &[]),
    route("get", "/api/v1/desk/inbox", "来稿列表，特急在前；题目已遮盖个人信息。next 为下一页的 after", READ, None, 200, &[400]),
    route("post", "/api/v1/desk/acts", "处理来稿：领取、释放、留存、不采用、直转、退回请补充、撤稿、恢复。不能处理的逐件说明", TRIAGE, Some("Act"), 200, CHANGING),
    route("post", "/api/v1/desk/acts/merge", "并稿", TRIAGE, Some("Merge"), 200, CHANGING),
    route("post", "/api/v1/desk/acts/hand-back", "交回某人领取的全部来稿：本人、其代理人或审核人", TRIAGE, Some("HandBack"), 200, CHANGING),
    route("post", "/api/v1/desk/acts/{no}/undo", "撤销本人的一次处理", TRIAGE, None, 200, &[404, 409, 422]),
    route("get", "/api/v1/desk/items/{id}", "一件来稿，已遮盖个人信息", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/items/{id}/reveal", "查看原文和联系方式；每次查看都记入日志", Right::Person(&[P::Personal]), None, 200, &[404]),
    route("post", "/api/v1/desk/items/{id}/notes", "写备注", TRIAGE, Some("Note"), 200, CHANGING),
    route("put", "/api/v1/desk/items/{id}/urgency", "确认紧急程度", TRIAGE, Some("Urgency"), 200, CHANGING),
    route("post", "/api/v1/desk/items/{id}/take-out", "移出并稿", TRIAGE, None, 200, &[404, 409, 422]),
    route("get", "/api/v1/desk/tasks", "待办和已办", WRITING, None, 200, &[]),
    route("post", "/api/v1/desk/manuscripts", "由来稿成稿：编入刊物、上报或直转", EDIT, Some("Make"), 201, CHANGING),
    route("get", "/api/v1/desk/manuscripts/{id}", "一篇编稿：文字、来稿、环节、每一步", READ, None, 200, &[404]),
    route("put", "/api/v1/desk/manuscripts/{id}", "保存文字；rev 为读到的版次，他人已改则为 409", EDIT, Some("Change"), 200, CHANGING),
    route("get", "/api/v1/desk/manuscripts/{id}/proof-reading", "校对：疑点、理由、建议", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/manuscripts/{id}/submit", "送审；express 为特急先送签、后补审", EDIT, Some("Change"), 200, CHANGING),
    route("post", "/api/v1/desk/manuscripts/{id}/pass", "通过本环节；文字有改动即为改后通过", WRITING, Some("Change"), 200, CHANGING),
    route("post", "/api/v1/desk/manuscripts/{id}/return", "退回编辑或前面的环节（to），须写明意见", WRITING, Some("Change"), 200, CHANGING),
    route("post", "/api/v1/desk/manuscripts/{id}/drop", "不用，须写明缘由", EDIT, Some("Change"), 200, CHANGING),
    route("post", "/api/v1/desk/manuscripts/{id}/restore", "恢复为某一步的文字", EDIT, Some("Restore"), 200, CHANGING),
    route("get", "/api/v1/desk/issues", "待上清样的编稿，和各期（最新的在前；year 给出年份时为该年已编发的）", READ, None, 200, &[400]),
    route("post", "/api/v1/desk/issues", "拟发稿：审核通过的编稿上清样", REGISTER, Some("Draft"), 201, CHANGING),
    route("get", "/api/v1/desk/issues/{id}", "一期；清样上需要留意的在 warnings 中", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/issues/{id}/sign", "签发，署令牌所属的人", Right::Person(&[P::Sign]), None, 200, &[404, 409, 422]),
    route("post", "/api/v1/desk/issues/{id}/check", "复核", REGISTER, None, 200, &[404, 409, 422]),
    route("post", "/api/v1/desk/issues/{id}/issue", "登记、编发；中断后重复请求即可继续", REGISTER, None, 200, &[404, 409, 422]),
    route("post", "/api/v1/desk/issues/{id}/correct", "改清样文字，逐次留痕", REGISTER, Some("Correction"), 200, CHANGING),
    route("post", "/api/v1/desk/issues/{id}/return", "退回：清样拆开，编稿回到最后一个审核环节", Right::Person(&[P::Sign, P::Register]), Some("Comment"), 200, CHANGING),
    route("post", "/api/v1/desk/issues/{id}/void", "作废一期", REGISTER, Some("Reason"), 200, CHANGING),
    route("post", "/api/v1/desk/issues/{id}/give-back", "退号", REGISTER, Some("Reason"), 200, CHANGING),
    route("get", "/api/v1/desk/issues/{id}/files/{format}", "编发定稿的文件", READ, None, 200, &[404, 422]),
    route("post", "/api/v1/desk/scans", "上传签批单扫描件（内容即文件，图片或 PDF，name 为文件名）；一天内须用于代录", REGISTER, None, 201, &[400, 408, 413, 422, 503]),
    route("get", "/api/v1/desk/manuscripts/{id}/decisions", "代录签批：一篇编稿现在可代录的结论、可记名的签批人、版次，以及已代录的", REGISTER, None, 200, &[404]),
    route("post", "/api/v1/desk/manuscripts/{id}/decisions", "代录一次纸质签批；自己签批的、自己编过的稿不能代录", REGISTER, Some("Decision"), 201, CHANGING),
    route("get", "/api/v1/desk/issues/{id}/decisions", "代录签批：一期清样现在可代录的结论，以及已代录的", REGISTER, None, 200, &[404]),
    route("post", "/api/v1/desk/issues/{id}/decisions", "代录清样的纸质签发或退回", REGISTER, Some("Decision"), 201, CHANGING),
    route("get", "/api/v1/desk/decisions/{no}/scan", "签批单扫描件；每次查看记入操作日志", Right::Person(&[P::Edit, P::Review, P::Sign, P::Register]), None, 200, &[404, 503]),
    route("get", "/api/v1/desk/outcomes", "采用和批示，最近的在前；level、kind、from、to、words、withdrawn 筛选。本人不得阅看的内容不给出（withheld）", READ, None, 200, &[400]),
    route("get", "/api/v1/desk/outcomes/{no}", "一条登记及其各版（versions）", READ, None, 200, &[404]),
    route("put", "/api/v1/desk/outcomes/{no}", "更正一条登记：原来的留作前一版。rev 为读到的版次，comment 为缘由；不得阅看的不能更正", REGISTER, Some("OutcomeCorrection"), 200, CHANGING),
    route("post", "/api/v1/desk/outcomes/{no}/withdraw", "撤销一条登记：不删除，标为已撤销；不得阅看的不能撤销", REGISTER, Some("OutcomeWithdrawal"), 200, CHANGING),
    route("get", "/api/v1/desk/outcomes/{no}/scan", "一条登记的扫描件；不得阅看的为 403", READ, None, 200, &[404]),
    route("get", "/api/v1/desk/manuscripts/{id}/outcomes", "一篇编稿的采用和批示，已撤销的也列出", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/manuscripts/{id}/outcomes", "登记采用、转送或批示；供稿者只得知有，不见内容。扫描件在登记的页面上添加", REGISTER, Some("Outcome"), 201, CHANGING),
    route("get", "/api/v1/desk/search", "检索：hits 已遮盖个人信息，facets 为分面计数，next 为下一页的 cursor；常用检索的 query 可原样接在地址之后", READ, None, 200, &[400, 422]),
    route("get", "/api/v1/desk/searches", "常用检索：是否订阅，新来稿几件", READ, None, 200, &[]),
    route("put", "/api/v1/desk/searches/{name}", "存一条常用检索，订阅或退订", READ, Some("KeptSearch"), 200, CHANGING),
    route("post", "/api/v1/desk/searches/{name}/forget", "删去一条常用检索", READ, None, 200, &[404]),
    route("get", "/api/v1/desk/reminders", "提醒，未读的在前", READ, None, 200, &[]),
    route("post", "/api/v1/desk/reminders/seen", "到这一条为止都已读", READ, Some("Seen"), 200, CHANGING),
];

/// What these requests carry.
pub(super) fn schemas() -> Map<String, Value> {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let whole = |description: &str| json!({ "type": "integer", "description": description });
    let items = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": 200, "description": "来稿编号" });
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties });
    let made = [
        (
            "Act",
            object(
                &["items", "action"],
                json!({
            "items": items, "action": { "enum": ["claim", "release", "keep", "decline", "forward", "ask", "withdraw", "reopen"] },
            "reason": text("不采用的理由代码"), "to": text("直转单位"), "comment": text("要求补充的内容，或撤稿缘由") }),
            ),
        ),
        (
            "Merge",
            object(
                &["items"],
                json!({ "items": items, "into": text("并入哪一件，缺省为最先收到的"), "why": text("说明") }),
            ),
        ),
        ("HandBack", object(&["holder"], json!({ "holder": text("登录名") }))),
        (
            "Note",
            object(&["text"], json!({ "text": { "type": "string", "minLength": 1, "maxLength": 500 } })),
        ),
        ("Urgency", object(&["urgency"], json!({ "urgency": urgency() }))),
        (
            "Make",
            json!({ "type": "object", "required": ["items", "outlet"], "properties": {
            "items": items, "outlet": { "enum": ["series", "report", "forward"] }, "series": text("刊物代码"),
            "to": text("上报或直转的收文单位"), "title": text("上报的刊头"), "cover": text("上报的封面行") } }),
        ),
        (
            "Change",
            object(
                &["rev"],
                json!({
            "rev": whole("读到的版次"), "title": text("标题，缺省不变"), "body": text("正文，缺省不变"), "credit": text("署名，缺省不变"),
            "comment": text("意见"), "express": { "type": "boolean", "default": false }, "to": text("退回到哪个环节（代码），缺省为编辑") }),
            ),
        ),
        (
            "Restore",
            object(&["rev", "step"], json!({ "rev": whole("读到的版次"), "step": whole("恢复为第几步") })),
        ),
        (
            "Draft",
            object(
                &["series", "manuscripts"],
                json!({
            "series": text("刊物代码"), "manuscripts": { "type": "array", "items": { "type": "string" }, "minItems": 1, "description": "编稿编号，按刊登顺序" },
            "printed_date": { "type": "string", "format": "date" }, "editors_note": text("编者按"),
            "copies": { "type": "integer", "minimum": 1, "description": "印数" }, "urgency": urgency() }),
            ),
        ),
        (
            "KeptSearch",
            object(
                &["subscribed"],
                json!({ "query": text("检索页地址中 /search? 之后的部分，缺省不变"), "subscribed": { "type": "boolean" } }),
            ),
        ),
        ("Seen", object(&["upto"], json!({ "upto": whole("提醒的编号 no") }))),
        (
            "Comment",
            object(
                &["comment"],
                json!({ "comment": { "type": "string", "minLength": 1, "maxLength": 500 } }),
            ),
        ),
    ];
    made.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
