//! 代录 by whose key it is: what reached the office by other ways, for its author.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use crate::model::{CodeTable, SourceId};
use crate::site::{Person, Wanted};
use crate::web::Problem;

use super::super::Proposed;
use super::super::typed::{Beside, item};
use super::{Answer, Shared};

/// Longest text that is told apart, in characters.
const PASTED_MAX: usize = 40_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposeRequest {
    text: String,
}

/// What a pasted message seems to say of itself; nothing is sent.
pub(super) async fn propose(
    State(pages): Shared,
    Wanted(wanted): Wanted<ProposeRequest>,
) -> Answer<Proposed> {
    if wanted.text.is_empty() {
        return Err(Problem::invalid("text 是空的，请写入收到的内容"));
    }
    let chars = wanted.text.chars().count();
    if chars > PASTED_MAX {
        return Err(Problem::invalid(format!("text 共 {chars} 字，超过 {PASTED_MAX} 字的上限，请删减")));
    }
    Ok(Json(pages.desk.told_apart(&wanted.text)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypedRequest {
    /// `wechat`, `phone`, `paper`, `meeting`, `visit` or `mail`; in a session `group` or `joint` too.
    channel: String,
    /// The same again is the same item.
    key: String,
    title: String,
    body: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    district: String,
    #[serde(default)]
    subject: String,
    /// 界别: one of those in use.
    #[serde(default)]
    sector: String,
    /// 党派.
    #[serde(default)]
    party: String,
    /// 选题: its number or its words.
    #[serde(default)]
    topic: String,
}

pub(super) async fn send(
    State(pages): Shared,
    person: Person,
    Wanted(wanted): Wanted<TypedRequest>,
) -> Result<Response, Problem> {
    let code = format!("typed-{}", wanted.channel);
    let channels = pages.desk.channels();
    let known = channels.iter().find(|(known, _)| *known == code);
    let source: Option<SourceId> = known.and_then(|(code, _)| code.parse().ok());
    let source = source.ok_or_else(|| {
        Problem::invalid(
            "channel 只能是 wechat、phone、paper、meeting、visit、mail（微信、电话、纸质、会议、接访、邮件），会期中还有 group、joint（小组、联组）",
        )
    })?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !(8..=64).contains(&wanted.key.len()) || !wanted.key.chars().all(plain) {
        return Err(Problem::invalid("key 须为 8–64 个字母、数字、- 或 _，每件来稿一个"));
    }
    let (rows, today) = (pages.desk.tables.now(), pages.desk.today());
    rows.check(CodeTable::Sector, today, &wanted.sector, "").map_err(Problem::invalid)?;
    let TypedRequest { title, body, name, unit, phone, district, subject, sector, party, topic, .. } = wanted;
    let beside = Beside { district, subject, sector, party, topic };
    let json = item(&Proposed { title, body, name, unit, phone, ..Proposed::default() }, &beside)
        .to_string()
        .into_bytes();
    // Two people may count from 1.
    let key = format!("typed-{}-{}", person.0.name, wanted.key);
    let (id, receipt) = (pages.desk.hooks.type_in)(source, person.actor(), json, key).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id, "receipt": receipt }))).into_response())
}
