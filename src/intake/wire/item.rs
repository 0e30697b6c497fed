//! The fields of an item and their limits, in the order of the schema.

use super::DEFAULT_KIND;
use super::fields::{Fields, Known, known};
use super::refusal::Rule;
use crate::intake::strict_json::{Entries, Json, echo};
use crate::model::{
    BODY_MAX, Contributor, ContributorKind, FileId, ItemText, KindId, Openness, Submission, TOPIC_TITLE_MAX,
    Timestamp, Urgency, Votes,
};

const NAME_MAX: usize = 50;
const UNIT_MAX: usize = 100;
const PLACE_MAX: usize = 50;
const POST_MAX: usize = 100;
const PHONE_MAX: usize = 30;
const EMAIL_MAX: usize = 100;
const SUBJECT_MAX: usize = 50;
const CO_CONTRIBUTORS_MAX: usize = 50;
/// Attachments of an item.
const ATTACHMENTS_MAX: usize = 10;
const VOTES_MAX: u32 = 1_000_000_000;

pub(super) const ITEM: &[Known] = &[
    known("external_id", "来源编号"),
    known("kind", "信息类别"),
    known("title", "标题"),
    known("body", "正文"),
    known("situation", "情况"),
    known("causes", "原因"),
    known("suggestions", "建议"),
    known("contributor", "反映人"),
    known("co_contributors", "联名人"),
    known("district", "涉及区县"),
    known("subject", "主题"),
    known("topic", "选题"),
    known("urgency", "紧急程度"),
    known("open", "是否同意公开"),
    known("votes", "支持与反对"),
    known("attachments", "附件"),
    known("submitted_at", "报送时间"),
];

pub(super) const CONTRIBUTOR: &[Known] = &[
    known("name", "姓名"),
    known("unit", "单位"),
    known("kind", "供稿者类别"),
    known("district", "区县"),
    known("sector", "界别"),
    known("party", "党派"),
    known("post", "职务"),
    known("phone", "电话"),
    known("email", "邮箱"),
];

pub(super) const OPEN: &[Known] = &[known("agreed", "同意公开"), known("reason", "不公开理由")];

pub(super) const VOTES: &[Known] = &[known("up", "支持数"), known("down", "反对数")];

/// Reads an item; `latest` is the latest time it may bear. `None` only if an error was noted.
pub(super) fn read(mut fields: Fields<'_, '_>, latest: Timestamp, kinds: &[KindId]) -> Option<Submission> {
    let external_id = fields.line_text("external_id");
    let kind = kind(&mut fields, kinds);
    if !fields.has("title") {
        fields.missing("title");
    }
    let title = fields.text("title");
    let text = item_text(&mut fields);
    let contributor = fields.object("contributor").and_then(|entries| {
        let prefix = fields.path("contributor.");
        contributor(Fields::new(prefix, entries, CONTRIBUTOR, fields.errors()))
    });
    let co_contributors = co_contributors(&mut fields);
    let district = fields.line("district", PLACE_MAX);
    let subject = fields.line("subject", SUBJECT_MAX);
    let topic = fields.line("topic", TOPIC_TITLE_MAX);
    let urgency = fields.word("urgency", Urgency::ALL, Urgency::label).unwrap_or_default();
    let open = open(&mut fields);
    let votes = votes(&mut fields);
    let attachments = attachments(&mut fields);
    let submitted_at = submitted_at(&mut fields, latest);
    fields.finish();
    Some(Submission {
        external_id,
        kind: kind?,
        title: title?,
        text: text?,
        contributor,
        co_contributors,
        district,
        subject,
        topic,
        urgency,
        open,
        votes,
        attachments,
        submitted_at,
    })
}

fn kind(fields: &mut Fields<'_, '_>, kinds: &[KindId]) -> Option<KindId> {
    let named = fields.has("kind");
    let word = if named { fields.string("kind")? } else { DEFAULT_KIND.into() };
    let found = kinds.iter().find(|kind| kind.as_str() == word);
    if found.is_none() {
        fields.not_allowed("kind", &word, &kinds.iter().map(KindId::as_str).collect::<Vec<_>>());
    }
    found.cloned()
}

/// Exactly one of the body and the three parts, which count together.
fn item_text(fields: &mut Fields<'_, '_>) -> Option<ItemText> {
    let has_body = fields.has("body");
    let has_parts = ["situation", "causes", "suggestions"].iter().any(|part| fields.has(part));
    match (has_body, has_parts) {
        (true, true) => fields.wrong(
            "body",
            Rule::Conflict,
            "正文（body）与情况、原因、建议（situation、causes、suggestions）只能用一种".to_owned(),
            "请只留一种",
        ),
        (false, true) if !fields.has("situation") => fields.missing("situation"),
        (false, false) => fields.wrong(
            "body",
            Rule::Missing,
            "缺少正文".to_owned(),
            "请加上 body，或 situation（情况）、causes（原因）、suggestions（建议）",
        ),
        _ => {}
    }
    let body = fields.text("body");
    let situation = fields.text("situation");
    let causes = fields.text("causes");
    let suggestions = fields.text("suggestions");
    if let Some(body) = body {
        return Some(ItemText::Body { body });
    }
    let text = ItemText::Parts { situation: situation?, causes, suggestions };
    let chars = text.chars();
    if chars > BODY_MAX {
        fields.wrong(
            "situation",
            Rule::TooLong,
            format!("情况、原因、建议共 {chars} 字，超过 {BODY_MAX} 字的上限"),
            format!("请将三部分缩短到共 {BODY_MAX} 字以内"),
        );
    }
    Some(text)
}

fn contributor(mut fields: Fields<'_, '_>) -> Option<Contributor> {
    if !fields.has("name") {
        fields.missing("name");
    }
    let name = fields.line("name", NAME_MAX);
    let rest = Contributor {
        name: String::new(),
        unit: fields.line("unit", UNIT_MAX),
        kind: fields.word("kind", ContributorKind::ALL, ContributorKind::label),
        district: fields.line("district", PLACE_MAX),
        sector: fields.line("sector", PLACE_MAX),
        party: fields.line("party", PLACE_MAX),
        post: fields.line("post", POST_MAX),
        phone: fields.line("phone", PHONE_MAX),
        email: fields.line("email", EMAIL_MAX),
    };
    fields.finish();
    name.map(|name| Contributor { name, ..rest })
}

fn co_contributors(fields: &mut Fields<'_, '_>) -> Vec<Contributor> {
    const NAME: &str = "co_contributors";
    let people = match fields.take(NAME) {
        None => return Vec::new(),
        Some(Json::Array(people)) => people,
        Some(other) => {
            fields.wrong_type(NAME, "数组", &other);
            return Vec::new();
        }
    };
    if people.len() > CO_CONTRIBUTORS_MAX {
        let reason = format!("联名人共 {} 人，超过 {CO_CONTRIBUTORS_MAX} 人的上限", people.len());
        fields.wrong(NAME, Rule::TooLong, reason, format!("请减到 {CO_CONTRIBUTORS_MAX} 人以内"));
    }
    let mut read = Vec::with_capacity(people.len().min(CO_CONTRIBUTORS_MAX));
    for (at, person) in people.into_iter().take(CO_CONTRIBUTORS_MAX).enumerate() {
        let place = format!("{NAME}[{at}]");
        match person {
            Json::Object(entries) => {
                let prefix = fields.path(&format!("{place}."));
                read.extend(contributor(Fields::new(prefix, entries, CONTRIBUTOR, fields.errors())));
            }
            other => fields.wrong_type(&place, "对象", &other),
        }
    }
    read
}

fn open(fields: &mut Fields<'_, '_>) -> Option<Openness> {
    let entries: Entries<'_> = fields.object("open")?;
    let prefix = fields.path("open.");
    let mut inner = Fields::new(prefix, entries, OPEN, fields.errors());
    if !inner.has("agreed") {
        inner.missing("agreed");
    }
    let agreed = inner.boolean("agreed");
    let reason = inner.line_text("reason");
    inner.finish();
    Some(Openness { agreed: agreed?, reason })
}

fn votes(fields: &mut Fields<'_, '_>) -> Option<Votes> {
    let entries = fields.object("votes")?;
    let prefix = fields.path("votes.");
    let mut inner = Fields::new(prefix, entries, VOTES, fields.errors());
    for name in ["up", "down"] {
        if !inner.has(name) {
            inner.missing(name);
        }
    }
    let (up, down) = (inner.count("up", VOTES_MAX), inner.count("down", VOTES_MAX));
    inner.finish();
    Some(Votes { up: up?, down: down? })
}

fn attachments(fields: &mut Fields<'_, '_>) -> Vec<FileId> {
    const NAME: &str = "attachments";
    let ids = match fields.take(NAME) {
        None => return Vec::new(),
        Some(Json::Array(ids)) => ids,
        Some(other) => {
            fields.wrong_type(NAME, "数组", &other);
            return Vec::new();
        }
    };
    if ids.len() > ATTACHMENTS_MAX {
        let reason = format!("附件共 {} 个，超过 {ATTACHMENTS_MAX} 个的上限", ids.len());
        fields.wrong(NAME, Rule::TooLong, reason, format!("请减到 {ATTACHMENTS_MAX} 个以内"));
    }
    let mut read = Vec::with_capacity(ids.len().min(ATTACHMENTS_MAX));
    for (at, id) in ids.into_iter().take(ATTACHMENTS_MAX).enumerate() {
        let place = format!("{NAME}[{at}]");
        match id {
            Json::String(text) => match text.parse::<FileId>() {
                Ok(id) => read.push(id),
                Err(_) => {
                    let reason = format!("“{}”不是附件编号", echo(&text));
                    fields.wrong(
                        &place,
                        Rule::NotAllowed,
                        reason,
                        "请先用 POST /api/v1/files 上传，再写它给出的编号",
                    );
                }
            },
            other => fields.wrong_type(&place, "字符串", &other),
        }
    }
    read
}

fn submitted_at(fields: &mut Fields<'_, '_>, latest: Timestamp) -> Option<Timestamp> {
    const NAME: &str = "submitted_at";
    let text = fields.string(NAME)?;
    let at = if is_time_shaped(&text) { Timestamp::parse(&text).ok() } else { None };
    match at {
        None => fields.wrong(
            NAME,
            Rule::NotATime,
            format!("报送时间“{}”不是 RFC 3339 时间，或没有这一天", echo(&text)),
            "例：2026-01-08T09:30:00+08:00；不写时区即为北京时间",
        ),
        Some(at) if at > latest => fields.wrong(
            NAME,
            Rule::InFuture,
            format!("报送时间 {at} 在未来，最迟可为 {latest}"),
            "请核对时钟和时区；不写时区即为北京时间",
        ),
        Some(_) => {}
    }
    at
}

/// `2026-01-08T09:30`, seconds and fraction after it if wanted, a zone after seconds if wanted: the pattern of the
/// schema. Whether the day exists is the calendar's matter.
fn is_time_shaped(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let follows = |text: &str, shape: &str| {
        let fits = |(byte, wanted): (u8, u8)| match wanted {
            b'0' => byte.is_ascii_digit(),
            b'T' => byte == b'T' || byte == b' ',
            b'+' => byte == b'+' || byte == b'-',
            _ => byte == wanted,
        };
        text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(fits)
    };
    let (Some(minutes), Some(rest)) = (text.get(..16), text.get(16..)) else { return false };
    if !follows(minutes, "0000-00-00T00:00") {
        return false;
    }
    let (Some(seconds), Some(rest)) = (rest.get(..3), rest.get(3..)) else { return rest.is_empty() };
    let (fraction, zone) = rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len()));
    let has_fraction = fraction.strip_prefix('.').is_some_and(|text| text.len() <= 9 && digits(text));
    follows(seconds, ":00")
        && (fraction.is_empty() || has_fraction)
        && (zone.is_empty() || zone == "Z" || follows(zone, "+00:00"))
        && !seconds.ends_with("60")
}
