//! `schemas/openapi.json`, made from one table of routes. The contract of an item is embedded as it stands in
//! `schemas/item.v1.json`, which is the source.

use serde_json::{Map, Value, json};

/// Who may call a route.
#[derive(Clone, Copy)]
enum Right {
    /// Anybody.
    Open,
    /// A token with this scope.
    Scope(&'static str),
    /// Commands on the machine itself, over the local socket.
    Operator,
}

/// One route: method, path, summary, right, name of the body's schema, status of success, further refusals.
struct Route {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    right: Right,
    body: Option<&'static str>,
    success: u16,
    refusals: &'static [u16],
}

const fn route(
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    right: Right,
    body: Option<&'static str>,
    success: u16,
    refusals: &'static [u16],
) -> Route {
    Route { method, path, summary, right, body, success, refusals }
}

const POSTING: &[u16] = &[200, 400, 408, 409, 413, 415, 422, 429, 503];
const READ: Right = Right::Scope("read");
const EDIT: Right = Right::Scope("edit");
const ISSUE: Right = Right::Scope("issue");
const SUBMIT: Right = Right::Scope("submit");

/// Every route. A test compares them with those that are registered.
#[rustfmt::skip]
const ROUTES: &[Route] = &[
    route("post", "/api/v1/items", "报送一件来稿；落盘之后才回执。重复报送得到同一回执（200）", SUBMIT, Some("Item"), 202, POSTING),
    route("post", "/api/v1/items/batch", "成批报送：NDJSON 或 JSON 数组，逐行给出结果，一行有误不影响其余", SUBMIT, Some("Item"), 200, &[400, 413, 415, 422, 503]),
    route("get", "/api/v1/items/{id}", "一件来稿：原文、状态、所在组、用在哪一期、经过", READ, None, 200, &[404]),
    route("post", "/api/v1/items/{id}/versions", "更正一件来稿：另存为新的一版，原文不动", SUBMIT, Some("Item"), 202, &[200, 400, 404, 408, 409, 413, 415, 422, 429, 503]),
    route("post", "/api/v1/files", "上传一个附件（内容即文件，name 为文件名）：图片、PDF、DOCX、XLSX。得到编号，24 小时内写入来稿的 attachments", SUBMIT, None, 201, &[400, 408, 413, 422, 429, 503]),
    route("get", "/api/v1/items/{id}/similar", "相似来稿（核对过的链接）与同类反映（附理由、是否已编发），以及一句话说明", READ, None, 200, &[404]),
    route("get", "/api/v1/items/{id}/verdicts", "编辑对这件来稿与其他来稿关系的认定", READ, None, 200, &[404]),
    route("post", "/api/v1/items/{id}/verdicts", "认定两件来稿的关系：重复、续报或无关；再次认定即更改", EDIT, Some("Verdict"), 200, &[400, 404, 413, 422]),
    route("delete", "/api/v1/items/{id}/verdicts/{other}", "撤回认定", EDIT, None, 200, &[404]),
    route("get", "/api/v1/items/{id}/hints", "提示：主题建议（附把握与依据）、内容是否齐全；只供参考", READ, None, 200, &[404]),
    route("post", "/api/v1/subjects/train", "用已标注主题的来稿训练主题建议", EDIT, None, 200, &[422]),
    route("get", "/api/v1/hot", "热点：一段时间内多人反映的事，最热的在前；from、to 为起止日，缺省为近三十天", READ, None, 200, &[400, 422]),
    route("get", "/api/v1/groups/{id}", "完全重复的一组，以第一件命名", READ, None, 200, &[404]),
    route("get", "/api/v1/receipts/{receipt}", "凭回执查来稿到了哪一步", Right::Open, None, 200, &[404, 408, 503]),
    route("get", "/api/v1/search", "检索。任何检索式都不会报错；q 检索式，sort 排序，limit 每页条数，cursor 翻页标记，counts=false 不计总数与分面（更快）", READ, None, 200, &[400, 422]),
    route("get", "/api/v1/bulletins", "各期，最新的在前；year 给出年份时，为该年已编发的各期", READ, None, 200, &[400]),
    route("post", "/api/v1/bulletins", "由来稿成稿，出清样；缺字、超页在 warnings 中说明", ISSUE, Some("Compile"), 201, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/bulletins/past", "录入往期：启用本系统之前印发的一期；其文稿随即可检索，并显示已编发。重复录入不变", ISSUE, Some("Past"), 200, &[400, 413, 422]),
    route("get", "/api/v1/bulletins/{id}", "一期：状态、期号、稿件、文件", READ, None, 200, &[404]),
    route("get", "/api/v1/bulletins/{id}/proof", "清样；format 为 html（缺省）、pdf、docx 或 txt", READ, None, 200, &[404, 422]),
    route("post", "/api/v1/bulletins/{id}/correct", "改清样文字；签发之后为复核改动，逐次留痕", EDIT, Some("Correction"), 200, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/bulletins/{id}/pictures", "给清样上的一篇稿件加附图（JPEG、PNG、GIF、WebP，内容即文件）；正文中单独一行写【图1】即印在该处。manuscript 为编稿编号，caption 为图题，name 为文件名", EDIT, None, 200, &[400, 404, 413, 422]),
    route("post", "/api/v1/bulletins/{id}/issue", "签发、复核、登记、编发；中断后重复请求即可继续。number 为补录的纸质期号", ISSUE, Some("Sign"), 200, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/bulletins/{id}/give-back", "退号：已登记未印发的期号退回，下次先用", ISSUE, Some("Reason"), 200, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/bulletins/{id}/void", "作废一期；已取的期号随之作废，不再使用", ISSUE, Some("Reason"), 200, &[400, 404, 409, 413, 422]),
    route("get", "/api/v1/bulletins/{id}/verify", "核对定稿：各文件与编发时是否逐字节相同，本版程序重新排版是否一致", READ, None, 200, &[404, 422]),
    route("post", "/api/v1/bulletins/{id}/original", "存往期的原件（内容即文件，name 为文件名）；已存的不能更换", ISSUE, None, 200, &[400, 404, 413, 422]),
    route("get", "/api/v1/bulletins/{id}/files/{format}", "编发定稿的文件（pdf、docx、html、json，份号件为 copies.pdf 或 copy-000001.pdf，往期原件为 original），每次字节相同；txt 仅限可公开的刊物", READ, None, 200, &[404, 422]),
    route("get", "/api/v1/outcomes", "采用和批示，最近的在前；level、kind、from、to、words、withdrawn 筛选。限定阅看的内容不给出（withheld）", READ, None, 200, &[400]),
    route("put", "/api/v1/outcomes/{no}", "更正一条登记：原来的留作前一版。rev 为读到的版次，comment 为缘由", ISSUE, Some("OutcomeCorrection"), 200, &[400, 404, 409, 413, 422]),
    route("post", "/api/v1/outcomes/{no}/withdraw", "撤销一条登记：不删除，标为已撤销", ISSUE, Some("OutcomeWithdrawal"), 200, &[400, 404, 409, 413, 422]),
    route("get", "/api/v1/manuscripts/{id}/outcomes", "一篇编稿的采用和批示", READ, None, 200, &[404]),
    route("post", "/api/v1/manuscripts/{id}/outcomes", "登记采用、转送或批示；供稿者只得知有，不见内容", ISSUE, Some("Outcome"), 201, &[400, 404, 413, 422]),
    route("get", "/api/v1/manuscripts/{id}/decisions", "代录签批：一篇编稿现在可代录的结论、可记名的签批人、版次，以及已代录的", ISSUE, None, 200, &[404]),
    route("post", "/api/v1/manuscripts/{id}/decisions", "代录一次纸质签批：按签批人的决定流转。scan 为先经 /api/v1/files 上传的扫描件", ISSUE, Some("Decision"), 201, &[400, 404, 409, 413, 422]),
    route("get", "/api/v1/bulletins/{id}/decisions", "代录签批：一期清样现在可代录的结论，以及已代录的", ISSUE, None, 200, &[404]),
    route("post", "/api/v1/bulletins/{id}/decisions", "代录清样的纸质签发或退回", ISSUE, Some("Decision"), 201, &[400, 404, 409, 413, 422]),
    route("get", "/api/v1/decisions/{no}/scan", "签批单扫描件；每次查看记入操作日志", ISSUE, None, 200, &[404, 503]),
    route("get", "/api/v1/series", "本单位的刊物", READ, None, 200, &[]),
    route("get", "/api/v1/series/{id}/preview", "一种刊物的样张（虚构文字），核对刊头、版记和版式；format 为 html（缺省）、pdf、docx 或 txt", READ, None, 200, &[404, 422]),
    route("get", "/api/v1/series/{id}/numbers/{year}", "一年的期号去向：已编发、作废、待用、启用前", READ, None, 200, &[400, 404, 422]),
    route("put", "/api/v1/series/{id}/numbers/{year}/opening", "启用期号：本年在启用系统之前已用到第几期", ISSUE, Some("Opening"), 200, &[400, 404, 413, 422]),
    route("get", "/api/v1/users", "账户", Right::Operator, None, 200, &[]),
    route("post", "/api/v1/users", "添加账户；一次性链接只给出这一次", Right::Operator, Some("User"), 201, &[400, 409, 413, 422]),
    route("post", "/api/v1/users/{name}/reset", "清除密码和锁定，结束其登录，给出新的一次性链接", Right::Operator, None, 200, &[404, 422]),
    route("post", "/api/v1/users/{name}/disable", "停用账户，结束其登录", Right::Operator, None, 200, &[404, 422]),
    route("post", "/api/v1/users/{name}/second-step/reset", "重置动态验证码，结束其登录", Right::Operator, None, 200, &[404, 422]),
    route("post", "/api/v1/users/{name}/enable", "重新启用账户", Right::Operator, None, 200, &[404, 422]),
    route("post", "/api/v1/users/{name}/roles", "更改角色；系统、安全、审计管理员不得兼任", Right::Operator, Some("Roles"), 200, &[400, 404, 413, 422]),
    route("get", "/api/v1/dead-letters", "待处理的异常来稿", EDIT, None, 200, &[]),
    route("get", "/api/v1/dead-letters/{no}", "一件异常来稿及其消息", EDIT, None, 200, &[400, 404]),
    route("post", "/api/v1/dead-letters/{no}/resend", "重新投递，可附改正后的消息", EDIT, None, 200, &[400, 404, 413, 422, 503]),
    route("get", "/api/v1/sources", "来稿渠道", Right::Operator, None, 200, &[]),
    route("post", "/api/v1/sources", "登记来稿渠道；令牌只给出这一次", Right::Operator, Some("Source"), 201, &[400, 409, 413, 422]),
    route("delete", "/api/v1/sources/{id}", "停用令牌", Right::Operator, None, 200, &[404]),
    route("put", "/api/v1/sources/{id}/webhook", "来稿办理情况推送到哪里；url 为空则停止。每次给出新的签名密钥，只给出这一次。推送为 POST，头 Minyi-Signature: t=秒,v1=HMAC-SHA256(密钥, 秒 + \".\" + 内容) 的十六进制，接收方应核对签名、拒收五分钟以前的、按 Minyi-Event-Id 去重", Right::Operator, Some("Webhook"), 200, &[400, 404, 413, 422]),
    route("post", "/api/v1/verify", "核对库、索引、文件、日志链和期号；内容为每行一个回执号", Right::Operator, None, 200, &[400, 413]),
    route("post", "/api/v1/reindex", "重建索引，逐行给出进度", Right::Operator, None, 200, &[422]),
    route("post", "/api/v1/backup", "备份到服务器上的一个目录：先队列、再库、再文件，写完后逐一核对；服务不中断", Right::Operator, Some("Backup"), 200, &[400, 413, 422]),
    route("post", "/api/v1/lexicon/reload", "重新读取本单位词库；有变动时随即重建索引", Right::Operator, None, 200, &[422]),
    route("get", "/healthz", "进程是否在", Right::Open, None, 200, &[]),
    route("get", "/readyz", "队列、库、索引能否服务", Right::Open, None, 200, &[503]),
    route("get", "/metrics", "Prometheus 指标", Right::Open, None, 200, &[]),
];

/// The whole document.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "民意接口",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "收集、查重、检索、编发社情民意信息。严禁处理涉密信息。未受理时以 application/problem+json 写明字段、原因和办法。",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "来稿渠道的令牌，由 minyi source add 生成" } },
            "schemas": schemas(),
        }
    })
}

fn operation(route: &Route) -> Value {
    let mut responses = Map::new();
    responses.insert(route.success.to_string(), json!({ "description": success(route.success) }));
    let rights: &[u16] = match route.right {
        Right::Open => &[],
        Right::Scope(_) => &[401, 403],
        Right::Operator => &[401, 403],
    };
    for status in route.refusals.iter().chain(rights) {
        responses.insert(status.to_string(), answer(*status));
    }
    let mut out = json!({ "summary": route.summary, "responses": responses });
    match route.right {
        Right::Open => {}
        Right::Scope(scope) => {
            out["security"] = json!([{ "token": [] }]);
            out["description"] = json!(format!("需要权限：{scope}"));
        }
        Right::Operator => out["description"] = json!("只能由管理员在服务器上经本地套接字使用"),
    }
    let mut parameters = path_parameters(route.path);
    if route.body == Some("Item") {
        parameters.push(json!({ "name": "Idempotency-Key", "in": "header", "description": "请求的编号：同一编号重复请求得到同一回执",
            "schema": { "type": "string", "minLength": 1, "maxLength": 200 } }));
    }
    if route.path == "/api/v1/search" {
        parameters.extend(search_parameters());
    }
    if route.path == "/api/v1/hot" {
        parameters.extend(hot_parameters());
    }
    if !parameters.is_empty() {
        out["parameters"] = json!(parameters);
    }
    if let Some(body) = route.body {
        let schema = json!({ "$ref": format!("#/components/schemas/{body}") });
        let content = match route.path {
            "/api/v1/items/batch" => json!({
                "application/x-ndjson": { "schema": { "type": "string", "description": "每行一件，见 Item" } },
                "application/json": { "schema": { "type": "array", "items": schema } } }),
            _ => json!({ "application/json": { "schema": schema } }),
        };
        out["requestBody"] = json!({ "required": true, "content": content });
    }
    out
}

fn success(status: u16) -> &'static str {
    match status {
        201 => "已建立",
        202 => "已落盘，给出回执",
        _ => "成功",
    }
}

fn answer(status: u16) -> Value {
    if status == 200 {
        return json!({ "description": "早已收到：同一回执" });
    }
    let description = match status {
        400 => "内容无法读取",
        401 => "没有令牌或令牌无效",
        403 => "令牌没有此权限",
        404 => "没有找到",
        408 => "没有在时限内传完",
        409 => "与已有记录冲突",
        413 => "内容过大",
        415 => "内容类型不支持",
        422 => "字段不符合要求",
        429 => "超过限额，Retry-After 写明等待秒数",
        _ => "暂时不能受理，Retry-After 写明等待秒数",
    };
    let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    json!({ "description": description, "content": { "application/problem+json": problem } })
}

fn path_parameters(path: &str) -> Vec<Value> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let kind = if name == "no" { "integer" } else { "string" };
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": kind } })
        })
        .collect()
}

fn search_parameters() -> Vec<Value> {
    let query = |name: &str, schema: Value| json!({ "name": name, "in": "query", "schema": schema });
    vec![
        query("q", json!({ "type": "string" })),
        query("sort", json!({ "type": "string", "enum": ["relevance", "newest", "oldest"] })),
        query("limit", json!({ "type": "integer", "minimum": 1, "maximum": 100 })),
        query("cursor", json!({ "type": "string" })),
        query("counts", json!({ "type": "boolean", "default": true })),
    ]
}

fn hot_parameters() -> Vec<Value> {
    let query = |name: &str, schema: Value| json!({ "name": name, "in": "query", "schema": schema });
    let day = json!({ "type": "string", "format": "date" });
    vec![
        query("from", day.clone()),
        query("to", day),
        query("limit", json!({ "type": "integer", "minimum": 1, "maximum": 100 })),
    ]
}

fn schemas() -> Value {
    let item: Value = serde_json::from_str(include_str!("../../schemas/item.v1.json")).unwrap_or_default();
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "Item": item,
        "Compile": { "type": "object", "required": ["series"], "additionalProperties": false, "properties": {
            "series": text("刊物代码"), "items": { "type": "array", "items": { "type": "string" }, "description": "来稿编号，按刊登顺序" },
            "query": text("或用检索式选稿"), "limit": { "type": "integer", "minimum": 1, "maximum": 200 },
            "editors_note": text("编者按"), "printed_date": text("印发日期，缺省为今天"),
            "supplement": { "type": "boolean", "description": "增刊" }, "urgency": text("紧急程度"),
            "editor": text("编辑"), "checker": text("核稿"), "copies": { "type": "integer", "minimum": 1, "description": "印数" },
            "earlier": { "type": "array", "items": { "type": "string" }, "description": "此前编发，印在文末框内" } } },
        "Sign": { "type": "object", "required": ["signer"], "additionalProperties": false, "properties": {
            "signer": text("签发人"), "number": { "type": "integer", "minimum": 1, "description": "补录：停机期间纸质登记的期号" },
            "register_only": { "type": "boolean", "description": "只登记取号，暂不编发" } } },
        "Correction": { "type": "object", "required": ["comment"], "additionalProperties": false, "properties": {
            "manuscript": text("编稿编号，只有一篇时可省"), "title": text("标题"), "body": text("正文"), "credit": text("署名"), "comment": text("改了什么、为什么") } },
        "Past": { "type": "object", "required": ["series", "number", "date", "articles"], "properties": {
            "series": text("刊物代码"), "year": { "type": "integer" }, "number": { "type": "integer", "minimum": 1 },
            "total": { "type": "integer", "minimum": 1 }, "supplement": { "type": "boolean" }, "date": text("印发日期"),
            "articles": { "type": "array", "items": { "type": "object", "required": ["title", "body"], "properties": {
                "title": text("标题"), "body": text("正文"), "credit": text("署名") } } } } },
        "Reason": { "type": "object", "required": ["reason"], "additionalProperties": false, "properties": { "reason": text("事由") } },
        "Opening": { "type": "object", "required": ["highest"], "additionalProperties": false, "properties": {
            "highest": { "type": "integer", "minimum": 0, "description": "最后用到的期号" }, "total": { "type": "integer", "minimum": 0, "description": "最后的总期号" },
            "last_printed": text("该期的印发日期"), "supplement": { "type": "boolean", "description": "增刊" } } },
        "Outcome": outcome(&[]),
        "OutcomeCorrection": outcome(&["rev", "comment"]),
        "OutcomeWithdrawal": { "type": "object", "required": ["rev", "comment"], "additionalProperties": false, "properties": {
            "rev": { "type": "integer", "description": "读到的版次" }, "comment": text("缘由") } },
        "Decision": { "type": "object", "required": ["rev", "decision", "decider", "date", "wording", "scan"], "additionalProperties": false, "properties": {
            "rev": { "type": "integer", "description": "读到的版次" },
            "decision": { "enum": crate::model::PaperAct::ALL.iter().map(|act| act.code()).collect::<Vec<_>>(), "description": "审核通过、签发、退回、补审通过" },
            "decider": text("签批人的用户名"), "date": { "type": "string", "format": "date", "description": "签批日期，不晚于今天，不早于最近一次改稿" },
            "wording": { "type": "string", "minLength": 1, "maxLength": 1000, "description": "签批文字" }, "scan": text("扫描件（图片或 PDF）的附件编号"),
            "to": text("退回到的环节代码，缺省为编辑") } },
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
fn outcome(more: &[&str]) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/openapi.json");

    #[test]
    fn the_committed_document_is_the_one_that_the_table_makes() {
        let made = serde_json::to_string_pretty(&document()).expect("json") + "\n";
        if crate::config::environment("MINYI_BLESS").is_some() {
            std::fs::write(FILE, &made).expect("write");
        }
        let committed = std::fs::read_to_string(FILE).expect("read");
        assert!(committed == made, "schemas/openapi.json is behind: run the test once with MINYI_BLESS=1");
    }

    #[test]
    fn every_registered_route_is_described_and_the_reverse() {
        let sources = [
            include_str!("../intake/routes.rs"),
            include_str!("../editorial/routes.rs"),
            include_str!("../editorial/bulletin_routes.rs"),
            include_str!("../editorial/user_routes.rs"),
            include_str!("../editorial/outcome_routes.rs"),
            include_str!("../editorial/paper_routes.rs"),
            include_str!("health.rs"),
            include_str!("metrics.rs"),
        ];
        let mut registered: Vec<&str> = sources
            .iter()
            .flat_map(|source| source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()))
            .collect();
        let mut described: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
        registered.sort_unstable();
        registered.dedup();
        described.sort_unstable();
        described.dedup();
        assert_eq!(described, registered);
    }
}
