//! 反映人库 as a person's own programs call it, and what these requests carry.

use serde_json::{Map, Value, json};

use crate::model::{ContributorKind, Permission as P, ReporterForm};

use super::{Right, Route, route};

const READ: Right = Right::Person(&[P::Read, P::Run]);
const KEEP: Right = Right::Person(&[P::Run]);
const PERSONAL: Right = Right::Person(&[P::Personal]);
/// What a change may be answered with besides success.
const CHANGING: &[u16] = &[400, 404, 409, 413, 422];

/// Every call; a test compares them and their rights with the table of the registry.
#[rustfmt::skip]
pub(super) const REGISTRY: &[Route] = &[
    route("get", "/api/v1/desk/contributors", "反映人库，一次至多 100 条，skip 跳过前面的；words 为姓名、单位或拼音首字母。党派、界别须有权限才给出，联系方式已遮盖", READ, None, 200, &[400]),
    route("post", "/api/v1/desk/contributors", "新增反映人", KEEP, Some("Contributor"), 201, CHANGING),
    route("post", "/api/v1/desk/contributors/import", "导入名册（内容即 XLSX 或 CSV 文件，name 为文件名）：逐行给出新增、修改、相同或有误，此时不写入。换届另给 day 和 kind，ending 为将结束任职的人", KEEP, None, 200, &[400, 408, 413, 422]),
    route("post", "/api/v1/desk/contributors/import/take", "确认名册：写入选定的各行（listed 照原样交回），全部写入或都不写入；ending 为结束任职的各条，day 为换届日期", KEEP, Some("ContributorRows"), 200, CHANGING),
    route("get", "/api/v1/desk/contributors/doubles", "查重：可能是同一人的各对（电话相同，或名称和单位相同），以及已认定不是同一人的；合并用该条的 merge", KEEP, None, 200, &[]),
    route("post", "/api/v1/desk/contributors/doubles", "认定两条不是同一人，以后不再提出；distinct 为 false 则撤销认定", KEEP, Some("ContributorDistinct"), 200, CHANGING),
    route("get", "/api/v1/desk/contributors/{no}", "一条：任职、报送和采用件数、并入的条目、单位账户", READ, None, 200, &[404]),
    route("put", "/api/v1/desk/contributors/{no}", "修改；rev 为读到的版次，没有给出的不变，他人已改则为 409", KEEP, Some("ContributorChange"), 200, CHANGING),
    route("post", "/api/v1/desk/contributors/{no}/reveal", "查看联系方式；每次查看都记入日志", PERSONAL, None, 200, &[404]),
    route("post", "/api/v1/desk/contributors/{no}/retire", "停用或恢复", KEEP, Some("ContributorRetire"), 200, CHANGING),
    route("post", "/api/v1/desk/contributors/{no}/account", "绑定本人的账户，account 为空即解除", KEEP, Some("ContributorAccount"), 200, CHANGING),
    route("post", "/api/v1/desk/contributors/{no}/merge", "把另一条并入这一条，两条的任职和来稿都在", KEEP, Some("ContributorMerge"), 200, CHANGING),
    route("post", "/api/v1/desk/contributors/{no}/unmerge", "撤销这一条的合并", KEEP, None, 200, &[404, 409]),
    route("post", "/api/v1/desk/contributors/{no}/people", "单位账户：加入、改为审核人或不再审核、移出（leave）", KEEP, Some("ContributorPerson"), 200, CHANGING),
    route("post", "/api/v1/desk/contributors/{no}/review", "是否要求本级审核", KEEP, Some("ContributorReview"), 200, CHANGING),
];

fn fields() -> Map<String, Value> {
    let text = |max: u32, description: &str| json!({ "type": "string", "maxLength": max, "description": description });
    let day = |description: &str| json!({ "type": ["string", "null"], "format": "date", "description": description });
    let forms: Vec<&str> = ReporterForm::ALL.iter().map(|one| one.code()).collect();
    let kinds: Vec<&str> = ContributorKind::ALL.iter().map(|one| one.label()).collect();
    let post = json!({ "type": "object", "additionalProperties": false, "properties": {
        "unit": text(100, "单位"), "post": text(100, "职务"), "from": day("起"), "until": day("止") } });
    let all = [
        ("form", json!({ "enum": forms, "description": "个人或单位" })),
        (
            "name",
            json!({ "type": "string", "minLength": 1, "maxLength": 50, "description": "姓名或单位名称" }),
        ),
        ("aliases", json!({ "type": "array", "maxItems": 10, "items": text(50, "曾用名、别名") })),
        ("kind", json!({ "enum": kinds, "description": "供稿者类别" })),
        ("party", text(100, "党派")),
        ("sector", text(100, "界别")),
        ("district", text(100, "区县")),
        ("phone", text(100, "电话")),
        ("email", text(100, "邮箱")),
        ("note", text(500, "备注")),
        ("posts", json!({ "type": "array", "maxItems": 40, "items": post, "description": "任职" })),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// A list that is confirmed.
fn rows(no: &Value, rev: &Value) -> Value {
    let day = |description: &str| json!({ "type": ["string", "null"], "format": "date", "description": description });
    let at = json!({ "type": "object", "required": ["no", "rev"], "additionalProperties": false, "properties": { "no": no, "rev": rev } });
    let fields = json!({ "type": "object", "required": ["form", "name"], "additionalProperties": false, "properties": fields() });
    let listed = json!({ "type": "object", "required": ["row", "fields"], "description": "import 给出的一行", "properties": {
        "row": { "type": "integer", "description": "文件中的行号" }, "fields": fields, "since": day("没有写起日的任职从这一天起") } });
    let row = json!({ "type": "object", "required": ["listed"], "additionalProperties": false, "properties": {
        "listed": listed, "known": { "anyOf": [at, { "type": "null" }], "description": "修改哪一条；空为新增" } } });
    json!({ "type": "object", "additionalProperties": false, "properties": {
        "rows": { "type": "array", "items": row, "description": "要写入的各行" },
        "ending": { "type": "array", "items": at, "description": "结束任职的各条" },
        "day": day("换届日期") } })
}

/// What these requests carry.
pub(super) fn schemas() -> Map<String, Value> {
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties });
    let rev = json!({ "type": "integer", "description": "读到的版次" });
    let flag = |description: &str| json!({ "type": "boolean", "description": description });
    let account = json!({ "type": ["string", "null"], "description": "用户名" });
    let no = json!({ "type": "integer", "description": "反映人编号" });
    let mut changed = fields();
    changed.insert("rev".to_owned(), rev.clone());
    let made = [
        ("Contributor", object(&["form", "name"], json!(fields()))),
        ("ContributorChange", object(&["rev"], json!(changed))),
        ("ContributorRetire", object(&["rev", "retired"], json!({ "rev": rev, "retired": flag("停用") }))),
        ("ContributorAccount", object(&["rev"], json!({ "rev": rev, "account": account }))),
        (
            "ContributorMerge",
            object(&["rev", "other", "other_rev"], json!({ "rev": rev, "other": no, "other_rev": rev })),
        ),
        ("ContributorRows", rows(&no, &rev)),
        (
            "ContributorDistinct",
            object(
                &["one", "two", "distinct"],
                json!({ "one": no, "two": no, "distinct": flag("不是同一人") }),
            ),
        ),
        (
            "ContributorPerson",
            object(
                &["account"],
                json!({ "account": { "type": "string", "description": "用户名" }, "reviewer": flag("本级审核人"), "leave": flag("移出") }),
            ),
        ),
        (
            "ContributorReview",
            object(&["review_first"], json!({ "review_first": flag("报送前须经本单位审核人通过") })),
        ),
        (
            "ContributorLink",
            object(
                &["name"],
                json!({ "name": { "type": "string", "description": "来稿上的姓名" }, "reporter": { "type": ["integer", "null"], "description": "反映人编号，空为不在库中" } }),
            ),
        ),
    ];
    made.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}
