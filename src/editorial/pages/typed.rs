//! 代录: one box to paste into, what was recognised beside it, and an empty box again after it was sent.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use crate::clock::random_bytes;
use crate::model::{CodeTable, SourceId};
use crate::site::{Asked, Fields, Page, Shell, Visit, page, page_with};
use crate::web::{Form, Problem, encoded};

use super::super::Proposed;
use super::super::typed::{Beside, item};
use super::{Pages, Shared};

/// Longest text that is pasted, in characters.
const PASTED_MAX: usize = 40_000;

#[derive(Template)]
#[template(path = "typed.html")]
struct TypedPage {
    shell: Shell,
    /// Code, name, chosen.
    channels: Vec<(&'static str, &'static str, bool)>,
    raw: String,
    values: Proposed,
    beside: Beside,
    /// What is offered today.
    districts: Vec<String>,
    subjects: Vec<String>,
    sectors: Vec<(String, bool)>,
    parties: Vec<String>,
    /// 选题 that are open: number, title, chosen.
    topics: Vec<(i64, String, bool)>,
    key: String,
    errors: Vec<String>,
    /// Title and receipt of what was sent just now.
    sent: Option<(String, String)>,
}

fn fresh_key() -> Result<String, Problem> {
    let random: [u8; 16] = random_bytes().map_err(|error| Problem::unavailable(error.to_string()))?;
    Ok(blake3::hash(&random).to_hex()[..32].to_owned())
}

async fn shown(
    pages: &Pages,
    visit: &Visit,
    (channel, topic): (&str, &str),
    key: String,
) -> Result<TypedPage, Problem> {
    let topics = pages.desk.open_topics().await?.into_iter();
    let channels = pages.desk.channels();
    let known = channels.iter().any(|(code, _)| *code == channel);
    let chosen = if known { channel } else { channels.first().map_or("", |(code, _)| *code) };
    let (day, rows) = (pages.desk.today(), pages.desk.tables.now());
    Ok(TypedPage {
        shell: Shell::new(pages, visit),
        topics: topics.map(|one| (one.no, one.title, one.no.to_string() == topic)).collect(),
        channels: channels.iter().map(|(code, name)| (*code, *name, *code == chosen)).collect(),
        raw: String::new(),
        values: Proposed::default(),
        beside: Beside::default(),
        sectors: rows.choices(CodeTable::Sector, day, ""),
        parties: rows.names(CodeTable::Party, day),
        districts: rows.names(CodeTable::District, day),
        subjects: rows.names(CodeTable::Subject, day),
        key,
        errors: Vec::new(),
        sent: None,
    })
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let mut form = shown(&pages, &visit, (asked.text("channel"), asked.text("topic")), fresh_key()?).await?;
    let (title, receipt) = (asked.text("title"), asked.text("receipt"));
    form.sent = (!receipt.is_empty()).then(|| (title.to_owned(), receipt.to_owned()));
    page(&form)
}

/// What was recognised, while one types.
pub(super) async fn propose(State(pages): Shared, Fields(form): Fields) -> Page {
    let raw = form.limited("raw", "粘贴的内容", PASTED_MAX)?;
    Ok(Json(pages.desk.told_apart(&raw)).into_response())
}

fn values(form: &Form) -> Proposed {
    let text = |name: &str| form.raw(name).trim().replace("\r\n", "\n");
    Proposed {
        title: text("title"),
        body: text("body"),
        name: text("name"),
        unit: text("unit"),
        phone: text("phone"),
        district: text("district"),
    }
}

pub(super) async fn send(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let raw = form.limited("raw", "粘贴的内容", PASTED_MAX)?.replace("\r\n", "\n");
    let (mut values, key, channel) =
        (values(&form), form.text("key").to_owned(), form.text("channel").to_owned());
    if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Problem::invalid("页面不完整，请刷新后重新提交"));
    }
    let source: Option<SourceId> = pages
        .desk
        .channels()
        .iter()
        .find(|(code, _)| *code == channel)
        .and_then(|(code, _)| code.parse().ok());
    let source = source.ok_or_else(|| Problem::invalid("没有这种渠道，请从列出的渠道中选一种"))?;
    let looking = form.text("do") == "look";
    // Without the script nothing was recognised yet.
    if values.title.is_empty() && values.body.is_empty() && !raw.is_empty() {
        let found = pages.desk.told_apart(&raw);
        let or = |own: &str, found: String| if own.is_empty() { found } else { own.to_owned() };
        values = Proposed {
            name: or(&values.name, found.name),
            unit: or(&values.unit, found.unit),
            phone: or(&values.phone, found.phone),
            // A district that nobody has looked at is none.
            district: if looking { or(&values.district, found.district) } else { values.district },
            ..found
        };
    }
    let text = |name: &str| form.text(name).to_owned();
    let beside = Beside {
        district: values.district.clone(),
        subject: text("subject"),
        sector: text("sector"),
        party: text("party"),
        topic: text("topic"),
    };
    let topic = beside.topic.clone();
    let again = async |values: Proposed, errors: Vec<String>| {
        let mut page = shown(&pages, &visit, (&channel, &topic), key.clone()).await?;
        (page.raw, page.values, page.errors) = (raw.clone(), values, errors);
        page.sectors.iter_mut().for_each(|(name, chosen)| *chosen = *name == beside.sector);
        page.beside = beside.clone();
        page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
    };
    // 识别: only to be looked at.
    if looking {
        return again(values, Vec::new()).await;
    }
    let (rows, today) = (pages.desk.tables.now(), pages.desk.today());
    if let Err(why) = rows.check(CodeTable::Sector, today, &beside.sector, "") {
        return again(values, vec![why]).await;
    }
    let item = item(&values, &beside).to_string().into_bytes();
    match (pages.desk.hooks.type_in)(source, visit.actor()?, item, format!("typed-{key}")).await {
        Ok((_, receipt)) => {
            let title = encoded(&values.title);
            // The next message often answers the same topic.
            let kept = format!("channel={channel}&topic={}", encoded(&topic));
            Ok(Redirect::to(&format!("/typed?{kept}&receipt={receipt}&title={title}")).into_response())
        }
        Err(problem) if problem.status < 500 => {
            let mut errors: Vec<String> =
                problem.fields.iter().map(|field| format!("{}，{}", field.reason, field.remedy)).collect();
            if errors.is_empty() {
                errors.push(problem.detail);
            }
            again(values, errors).await
        }
        Err(problem) => Err(problem),
    }
}
