//! The names of columns, in Chinese or English, as people write them.

/// What a column holds.
pub(super) const FIELDS: [(&str, &[&str]); 23] = [
    ("title", &["标题", "题目", "信息标题", "稿件标题", "来稿标题", "事由", "信息名称", "title", "headline"]),
    (
        "body",
        &[
            "正文",
            "内容",
            "信息内容",
            "全文",
            "反映内容",
            "诉求内容",
            "来稿内容",
            "稿件内容",
            "信息正文",
            "具体内容",
            "body",
            "content",
            "text",
        ],
    ),
    (
        "situation",
        &[
            "情况",
            "反映情况",
            "基本情况",
            "情况反映",
            "问题",
            "存在问题",
            "存在的问题",
            "情况和问题",
            "现状",
            "situation",
            "problem",
        ],
    ),
    ("causes", &["原因", "原因分析", "问题原因", "causes", "cause"]),
    ("suggestions", &["建议", "意见建议", "对策建议", "意见和建议", "工作建议", "suggestions", "suggestion"]),
    (
        "external_id",
        &["编号", "来源编号", "稿件编号", "信息编号", "来稿编号", "external_id", "externalid", "id"],
    ),
    (
        "contributor.name",
        &[
            "反映人",
            "姓名",
            "作者",
            "提交人",
            "报送人",
            "供稿人",
            "撰稿人",
            "委员姓名",
            "第一反映人",
            "反映人姓名",
            "信息员",
            "name",
            "author",
            "contributor",
        ],
    ),
    (
        "contributor.unit",
        &[
            "单位",
            "工作单位",
            "报送单位",
            "所在单位",
            "供稿单位",
            "反映单位",
            "单位名称",
            "unit",
            "organization",
            "organisation",
        ],
    ),
    ("contributor.post", &["职务", "职称", "职务职称", "单位职务", "post", "position"]),
    ("contributor.kind", &["供稿者类别", "身份", "反映人类别", "反映人身份", "来源类别", "contributor_kind"]),
    ("contributor.district", &["所在区县", "反映人区县"]),
    ("contributor.sector", &["界别", "所属界别", "sector"]),
    ("contributor.party", &["党派", "所属党派", "政治面貌", "party"]),
    (
        "contributor.phone",
        &["电话", "联系电话", "手机", "手机号", "手机号码", "联系方式", "phone", "mobile", "tel"],
    ),
    ("contributor.email", &["邮箱", "电子邮箱", "email", "e-mail", "mail"]),
    (
        "co_contributors",
        &["联名人", "联名", "联名反映人", "共同反映人", "其他反映人", "co_contributors", "coauthors"],
    ),
    ("district", &["区县", "涉及区县", "地区", "涉及地区", "district"]),
    ("subject", &["主题", "分类", "所属主题", "类别", "主题分类", "subject", "category"]),
    ("topic", &["选题", "应征选题", "选题编号", "选题名称", "topic"]),
    ("kind", &["信息类别", "kind"]),
    ("urgency", &["紧急程度", "缓急", "urgency"]),
    ("open.agreed", &["是否公开", "是否同意公开", "同意公开", "公开", "open"]),
    (
        "submitted_at",
        &[
            "日期",
            "时间",
            "报送时间",
            "提交时间",
            "报送日期",
            "提交日期",
            "来稿时间",
            "来稿日期",
            "反映时间",
            "date",
            "time",
            "submitted_at",
        ],
    ),
];

/// Columns that only count or check, and are left out without a word.
const IGNORED: [&str; 7] = ["序号", "序", "no", "no.", "字数", "备注", "#"];

/// What each column holds, shared by all rows below a header.
pub(super) type Fields = std::sync::Arc<[Option<&'static str>]>;

/// Longer, in bytes, is no name of a column but a text.
const NAME_MAX: usize = 150;

/// What a column of that name holds.
pub(super) fn field(name: &str) -> Option<&'static str> {
    if name.len() > NAME_MAX {
        return None;
    }
    let plain = plain(name);
    FIELDS.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(field, _)| *field)
}

/// What a field is called, in Chinese.
pub(super) fn label(field: &str) -> &'static str {
    FIELDS.iter().find(|(one, _)| *one == field).map_or("", |(_, names)| names[0])
}

/// Whether a column may be left out without a word.
pub(super) fn is_ignored(name: &str) -> bool {
    let plain = plain(name);
    plain.is_empty() || IGNORED.contains(&plain.as_str())
}

/// `*标 题（必填）：` is 标题.
fn plain(name: &str) -> String {
    let cut = name.find(['（', '(', '[', '【']).filter(|at| *at > 0).unwrap_or(name.len());
    name[..cut]
        .chars()
        .filter(|c| !c.is_whitespace() && !crate::model::is_invisible(*c) && !"*＊:：★".contains(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// What the columns of a row hold, if it is a header: two names that are known, one of them of a text.
pub(super) fn columns(row: &[String]) -> Option<Vec<Option<&'static str>>> {
    let mut fields: Vec<Option<&'static str>> = row.iter().map(|name| field(name)).collect();
    let known = fields.iter().flatten().count();
    let text = fields.iter().flatten().any(|field| matches!(*field, "title" | "body" | "situation"));
    if known < 2 || !text {
        return None;
    }
    // The second column of one meaning holds something else.
    for at in 1..fields.len() {
        if fields[..at].contains(&fields[at]) {
            fields[at] = None;
        }
    }
    Some(fields)
}
