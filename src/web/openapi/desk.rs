//! What a person's own programs may call, and what these requests carry.

use serde_json::{Map, Value, json};

use crate::model::{Notify, Permission as P};

use super::schemas::urgency;
use super::{Right, Route, route};

const ANY: Right = Right::Person(&[]);
const READ: Right = Right::Person(&[P::Read]);
const TRIAGE: Right = Right::Person(&[P::Triage]);
const EDIT: Right = Right::Person(&[P::Edit]);
const REGISTER: Right = Right::Person(&[P::Register]);
const EXPORT: Right = Right::Person(&[P::Export]);
const RUN: Right = Right::Person(&[P::Run]);
const SEEING: Right = Right::Person(&[P::Read, P::Run]);
const RUNNING: Right = Right::Person(&[P::Run, P::Edit]);
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
    route("post", "/api/v1/desk/items/{id}/contributors", "认定来稿上的姓名是反映人库中的哪一条，或都不是", TRIAGE, Some("ContributorLink"), 200, CHANGING),
    route("put", "/api/v1/desk/items/{id}/urgency", "确认紧急程度", TRIAGE, Some("Urgency"), 200, CHANGING),
    route("post", "/api/v1/desk/items/{id}/take-out", "移出并稿", TRIAGE, None, 200, &[404, 409, 422]),
    route("get", "/api/v1/desk/tasks", "待办和已办", WRITING, None, 200, &[]),
    route("post", "/api/v1/desk/manuscripts", "由来稿成稿：编入刊物、上报或直转", EDIT, Some("Make"), 201, CHANGING),
    route("get", "/api/v1/desk/manuscripts/{id}", "一篇编稿：文字、来稿、环节、每一步", READ, None, 200, &[404]),
    route("put", "/api/v1/desk/manuscripts/{id}", "保存文字；rev 为读到的版次，他人已改则为 409", EDIT, Some("Change"), 200, CHANGING),
    route("get", "/api/v1/desk/manuscripts/{id}/proof-reading", "校对：疑点、理由、建议；left 为已注明不改的理由", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/manuscripts/{id}/proof-reading", "校对的一处：不改并注明理由（leave）、撤回（look_again）、列入校对放行（let_pass，需审核权限）", WRITING, Some("Fault"), 200, CHANGING),
    route("post", "/api/v1/desk/manuscripts/{id}/submit", "送审；express 为特急先送签、后补审", EDIT, Some("Change"), 200, CHANGING),
    route("post", "/api/v1/desk/manuscripts/{id}/pass", "通过本环节；文字有改动即为改后通过", WRITING, Some("Change"), 200, CHANGING),
    route("post", "/api/v1/desk/manuscripts/{id}/return", "退回编辑或前面的环节（to），须写明意见", WRITING, Some("Change"), 200, CHANGING),
    route("post", "/api/v1/desk/manuscripts/{id}/drop", "不用，须写明缘由", EDIT, Some("Change"), 200, CHANGING),
    route("post", "/api/v1/desk/manuscripts/{id}/restore", "恢复为某一步的文字", EDIT, Some("Restore"), 200, CHANGING),
    route("get", "/api/v1/desk/issues", "待上清样的编稿，和各期（最新的在前；year 给出年份时为该年已编发的）", READ, None, 200, &[400]),
    route("post", "/api/v1/desk/issues", "拟发稿：审核通过的编稿上清样", REGISTER, Some("Draft"), 201, CHANGING),
    route("get", "/api/v1/desk/issues/{id}", "一期；清样上需要留意的在 warnings 中", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/issues/{id}/sign", "签发，署令牌所属的人", Right::Person(&[P::Sign]), Some("Signing"), 200, CHANGING),
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
    route("put", "/api/v1/desk/outcomes/{no}", "更正一条登记：原来的留作前一版。rev 为读到的版次，comment 为缘由；不得阅看的不能更正", REGISTER, Some("ScannedCorrection"), 200, CHANGING),
    route("post", "/api/v1/desk/outcomes/{no}/withdraw", "撤销一条登记：不删除，标为已撤销；不得阅看的不能撤销", REGISTER, Some("OutcomeWithdrawal"), 200, CHANGING),
    route("get", "/api/v1/desk/outcomes/{no}/scan", "一条登记的扫描件；不得阅看的为 403", READ, None, 200, &[404]),
    route("get", "/api/v1/desk/manuscripts/{id}/outcomes", "一篇编稿的采用和批示，已撤销的也列出", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/manuscripts/{id}/outcomes", "登记采用、转送或批示；供稿者只得知有，不见内容。scan 为扫描件（PDF、JPEG、PNG），写在 JSON 中（Base64）或以 multipart/form-data 附上", REGISTER, Some("ScannedOutcome"), 201, CHANGING),
    route("get", "/api/v1/desk/outcomes/list", "采用和批示导出为 XLSX 或 CSV，筛选同列表；导出人和时间写在表头并记入日志", EXPORT, None, 200, &[400]),
    route("post", "/api/v1/desk/outcomes/import", "导入采用清单（内容即 XLSX 文件）：逐行给出对上的编稿、疑点和将登记的内容，此时不登记。level、outlet 用于没有写明级别、采用单位的行", REGISTER, None, 200, &[400, 408, 413, 422]),
    route("post", "/api/v1/desk/outcomes/import/take", "确认采用清单：登记选定的各行，全部登记或都不登记；已登记过的不重复", REGISTER, Some("AdoptionRows"), 200, CHANGING),
    route("get", "/api/v1/desk/ledgers/{which}", "来稿台账（received）或编发台账（issued）导出为 XLSX 或 CSV，from、to 为起止日", EXPORT, None, 200, &[400, 404, 422]),
    route("get", "/api/v1/desk/search/list", "检索结果导出为 XLSX 或 CSV，至多 5000 条", EXPORT, None, 200, &[400, 422]),
    route("get", "/api/v1/desk/items/{id}/similar", "相似来稿与同类反映，已遮盖个人信息", READ, None, 200, &[404]),
    route("get", "/api/v1/desk/items/{id}/verdicts", "对这件来稿与其他来稿关系的认定", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/items/{id}/verdicts", "认定两件来稿的关系：重复、续报或无关；再次认定即更改", TRIAGE, Some("Verdict"), 200, CHANGING),
    route("post", "/api/v1/desk/items/{id}/verdicts/{other}/withdraw", "撤回认定", TRIAGE, None, 200, &[404]),
    route("get", "/api/v1/desk/items/{id}/files/{n}", "第 n 个附件；每次取出都记入日志", Right::Person(&[P::Personal]), None, 200, &[404, 503]),
    route("post", "/api/v1/desk/typed", "代录一件来稿；key 相同即为同一件", TRIAGE, Some("Typed"), 201, CHANGING),
    route("post", "/api/v1/desk/typed/propose", "从粘贴的内容中分出标题、正文、姓名、单位、电话，供核对；不报送", TRIAGE, Some("Pasted"), 200, CHANGING),
    route("get", "/api/v1/desk/session", "会期：起止日、收到、尚未办结、有人领取的件数", READ, None, 200, &[422]),
    route("post", "/api/v1/desk/session/hand-back", "交回：会期收到、尚未办结的来稿一次全部释放", REGISTER, None, 200, &[422]),
    route("get", "/api/v1/desk/items/{id}/hints", "提示，只供参考，各附依据：主题、区县、办理单位、缓急、关键词、内容是否齐全", READ, None, 200, &[404]),
    route("get", "/api/v1/desk/items/{id}/shelf", "参考资料中与这件来稿有关的，附共有的词", READ, None, 200, &[404]),
    route("get", "/api/v1/desk/shelf", "参考资料：公报、政策、报刊，不计入来稿", READ, None, 200, &[400, 422]),
    route("post", "/api/v1/desk/shelf", "放入一份参考资料（内容即文件：TXT、DOCX、PDF）；同一份再放一次，repeat 为 true", EDIT, None, 201, &[400, 408, 413, 422]),
    route("get", "/api/v1/desk/shelf/search", "检索参考资料", READ, None, 200, &[400, 422]),
    route("get", "/api/v1/desk/shelf/{no}", "一份参考资料及其正文", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/shelf/{no}/remove", "移出，可以放回", EDIT, None, 200, &[404]),
    route("post", "/api/v1/desk/shelf/{no}/restore", "放回", EDIT, None, 200, &[404]),
    route("get", "/api/v1/desk/topics", "选题：期限、是否在征集、应征的来稿数（items 合计，states 按状态）", READ, None, 200, &[]),
    route("post", "/api/v1/desk/topics", "发布一批选题", EDIT, Some("Topics"), 201, CHANGING),
    route("put", "/api/v1/desk/topics/{no}/deadline", "更改截止日期", EDIT, Some("TopicDeadline"), 200, CHANGING),
    route("post", "/api/v1/desk/topics/{no}/close", "关闭选题，不再接受应征", EDIT, None, 200, &[404]),
    route("post", "/api/v1/desk/topics/{no}/reopen", "重新征集", EDIT, None, 200, &[404]),
    route("get", "/api/v1/desk/manuscripts/{id}/tidying", "一键整理的建议，不改动文字", READ, None, 200, &[404]),
    route("post", "/api/v1/desk/manuscripts/{id}/send", "上报、直转：签发（sign）、退回（return）、已送出（send）", Right::Person(&[P::Sign, P::Register]), Some("Send"), 200, CHANGING),
    route("get", "/api/v1/desk/manuscripts/{id}/paper/{format}", "上报稿或转送函；format 为 html、docx 或 pdf", READ, None, 200, &[404, 422]),
    route("get", "/api/v1/desk/manuscripts/{id}/forms/{form}/{format}", "编稿的纸质单据；format 为 docx 或 pdf", READ, None, 200, &[404, 422]),
    route("get", "/api/v1/desk/issues/{id}/forms/{form}/{format}", "一期的纸质单据；format 为 docx 或 pdf", READ, None, 200, &[404, 422]),
    route("get", "/api/v1/desk/issues/{id}/overprint", "套打；printer 为打印机，x、y 为偏移（毫米），copies=1 为份号件", READ, None, 200, &[404, 422]),
    route("get", "/api/v1/desk/issues/{id}/proof", "清样", READ, None, 200, &[400, 404, 422]),
    route("get", "/api/v1/desk/numbers", "期号簿：一种刊物一年的每个期号", READ, None, 200, &[400, 422]),
    route("get", "/api/v1/desk/find/{code}", "单据上的编号属于哪篇编稿或哪一期", READ, None, 200, &[404]),
    route("get", "/api/v1/desk/dead-letters", "异常来稿", RUNNING, None, 200, &[]),
    route("get", "/api/v1/desk/dead-letters/{no}", "一件异常来稿：缘由和报文", RUNNING, None, 200, &[404]),
    route("post", "/api/v1/desk/dead-letters/{no}/resend", "重新投递，可附改正的报文", RUNNING, Some("DeadResend"), 200, CHANGING),
    route("get", "/api/v1/desk/sources", "来稿渠道", RUN, None, 200, &[]),
    route("post", "/api/v1/desk/sources", "登记来稿渠道；令牌只给出这一次", RUN, Some("Source"), 201, CHANGING),
    route("post", "/api/v1/desk/sources/{id}/revoke", "停用来稿渠道的令牌", RUN, None, 200, &[404, 409, 422]),
    route("put", "/api/v1/desk/sources/{id}/webhook", "设置办理情况的推送地址；密钥只给出这一次", RUN, Some("Webhook"), 200, CHANGING),
    route("get", "/api/v1/desk/deliveries", "通知的投递情况；phone=true 为要打的电话", RUNNING, None, 200, &[400]),
    route("post", "/api/v1/desk/deliveries/{no}/resend", "重发一条未送达的通知；电话的为已告知", RUNNING, Some("Delivery"), 200, CHANGING),
    route("get", "/api/v1/desk/log", "操作日志，最近的在前，每次 200 条；before 为上一页最后一条的 no", Right::Person(&[P::Audit]), None, 200, &[400]),
    route("get", "/api/v1/desk/search", "检索：hits 已遮盖个人信息，facets 为分面计数，next 为下一页的 cursor；常用检索的 query 可原样接在地址之后", READ, None, 200, &[400, 422]),
    route("get", "/api/v1/desk/searches", "常用检索：是否订阅，新来稿几件", READ, None, 200, &[]),
    route("put", "/api/v1/desk/searches/{name}", "存一条常用检索，订阅或退订", READ, Some("KeptSearch"), 200, CHANGING),
    route("post", "/api/v1/desk/searches/{name}/forget", "删去一条常用检索", READ, None, 200, &[404]),
    route("get", "/api/v1/desk/reminders", "提醒，未读的在前", READ, None, 200, &[]),
    route("post", "/api/v1/desk/reminders/seen", "到这一条为止都已读", READ, Some("Seen"), 200, CHANGING),
    route("get", "/api/v1/desk/tables", "基础数据各表：在用和其余各几行，最近由谁更改；session 为今日所在的届次", SEEING, None, 200, &[]),
    route("get", "/api/v1/desk/tables/{table}", "一张表的各行，停用的也列出；on 给出日期时只列当日有效的，名称为当日的", SEEING, None, 200, &[400, 404]),
    route("post", "/api/v1/desk/tables/{table}/rows", "添加一行", RUN, Some("TableRow"), 201, CHANGING),
    route("get", "/api/v1/desk/tables/{table}/rows/{code}", "一行及其全部更改（changes），撤销了的也在", SEEING, None, 200, &[404]),
    route("post", "/api/v1/desk/tables/{table}/rows/{code}/changes", "更改一行：更名（rename）、停用（retire）、恢复（restore）、修改其余（amend）；rev 为读到的版次", RUN, Some("TableChange"), 200, CHANGING),
    route("post", "/api/v1/desk/tables/{table}/rows/{code}/changes/{no}/undo", "撤销一行的最后一次更改", RUN, None, 200, &[404, 409, 422]),
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
            "Fault",
            object(
                &["do", "kind", "key"],
                json!({
            "do": { "type": "string", "enum": ["leave", "look_again", "let_pass"] },
            "kind": text("疑点的类别，即校对结果中的 kind"), "key": text("校对结果中的 key"), "why": text("理由；leave、let_pass 必填，至多 200 字") }),
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
                json!({ "query": { "type": ["string", "null"], "description": "检索页地址中 /search? 之后的部分，缺省不变" }, "subscribed": { "type": "boolean" } }),
            ),
        ),
        ("TableRow", table_row(&[])),
        ("TableChange", table_change()),
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

/// A row of 基础数据.
fn table_row(required: &[&str]) -> Value {
    let text = |max: u32, description: &str| json!({ "type": "string", "maxLength": max, "description": description });
    let day = |description: &str| json!({ "type": "string", "format": "date", "description": description });
    let session = |description: &str| json!({ "type": "integer", "minimum": 1, "maximum": 99, "description": description });
    let notify: Vec<&str> = Notify::ALL.iter().map(|one| one.code()).collect();
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": {
        "code": text(40, "代码，以后不能再改；区县和不采用理由必填，届次不填，其余缺省同名称"),
        "name": text(40, "名称；届次不填，由届数和次数而来"),
        "valid_from": day("起日；届次必填"), "valid_to": day("最后有效日，含当日"),
        "order": { "type": "integer", "description": "排序，缺省排在最后" }, "note": text(200, "备注"),
        "outward": text(200, "不采用理由的对外答复"), "notify": { "enum": notify, "description": "不采用理由是否告知供稿者" },
        "term": session("第几届"), "number": session("第几次会议") } })
}

fn table_change() -> Value {
    let mut change = table_row(&["rev", "do"]);
    let properties = &mut change["properties"];
    if let Some(properties) = properties.as_object_mut() {
        for name in ["code", "valid_to", "term", "number"] {
            properties.remove(name);
        }
        properties.insert("rev".to_owned(), json!({ "type": "integer", "description": "读到的版次" }));
        properties.insert("do".to_owned(), json!({ "enum": ["rename", "retire", "restore", "amend"] }));
        let day =
            |description: &str| json!({ "type": "string", "format": "date", "description": description });
        properties.insert("from".to_owned(), day("更名：新名称的起用日"));
        properties.insert("last".to_owned(), day("停用：最后有效日"));
        properties.insert(
            "name".to_owned(),
            json!({ "type": "string", "maxLength": 40, "description": "更名：新名称" }),
        );
    }
    change
}
