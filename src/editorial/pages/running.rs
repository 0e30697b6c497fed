//! For who runs the system: 异常来稿, 来稿渠道, 基础数据, and whether everything is well.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::{Scope, SourceId, Timestamp};
use crate::site::{Asked, Fields, Page, Shell, Visit, ago, page};
use crate::store::{Sql, StoreError, count_items, last_seq};
use crate::web::Problem;

use super::super::{DeskError, SourceRequest};
use super::Shared;

#[derive(Template)]
#[template(path = "dead.html")]
struct DeadPage {
    shell: Shell,
    letters: Vec<DeadLine>,
    resent: bool,
}

struct DeadLine {
    no: i64,
    reason: String,
    receipt: String,
    attempts: u32,
    at: String,
    at_ago: String,
}

pub(super) async fn dead(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let desk = &pages.desk;
    let now = desk.clock.now();
    let letters = desk.dead_letters().await?;
    page(&DeadPage {
        shell: Shell::new(&pages, &visit),
        resent: asked.text("resent") == "1",
        letters: letters
            .into_iter()
            .map(|letter| DeadLine {
                no: letter.no,
                reason: letter.reason,
                receipt: letter.receipt.to_string(),
                attempts: letter.attempts,
                at: letter.at.minute(),
                at_ago: ago(letter.at, now),
            })
            .collect(),
    })
}

#[derive(Template)]
#[template(path = "dead_one.html")]
struct DeadOne {
    shell: Shell,
    no: i64,
    reason: String,
    receipt: String,
    message: String,
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("没有第 {text} 件异常来稿")))
}

pub(super) async fn dead_one(State(pages): Shared, visit: Visit, Path(no): Path<String>) -> Page {
    let view = pages.desk.dead_letter(number(&no)?).await?;
    let message = match &view.message {
        serde_json::Value::String(text) => text.clone(),
        value => serde_json::to_string_pretty(value).unwrap_or_default(),
    };
    page(&DeadOne {
        shell: Shell::new(&pages, &visit),
        no: view.letter.no,
        reason: view.letter.reason,
        receipt: view.letter.receipt.to_string(),
        message,
    })
}

pub(super) async fn resend(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let corrected = serde_json::from_str(form.raw("message"))
        .map_err(|error| Problem::invalid(format!("报文不是正确的 JSON，没有投递：{error}。请改正后再投")))?;
    pages.desk.resend(number(&no)?, Some(corrected), visit.actor()?).await?;
    Ok(Redirect::to("/dead?resent=1").into_response())
}

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage {
    shell: Shell,
    sources: Vec<SourceLine>,
    scopes: Vec<(&'static str, &'static str)>,
    /// The token of a source just registered.
    token: Option<(String, String)>,
}

struct SourceLine {
    id: String,
    title: String,
    scopes: String,
    limits: String,
    webhook: String,
    since: String,
    revoked: String,
}

const SCOPES: &[(Scope, &str)] = &[
    (Scope::Submit, "报送来稿"),
    (Scope::Read, "检索与查看"),
    (Scope::Edit, "认定与分组"),
    (Scope::Issue, "编发"),
];

pub(super) async fn sources_page(
    pages: &super::Pages,
    visit: &Visit,
    token: Option<(String, String)>,
) -> Page {
    let label = |scope: &Scope| {
        SCOPES.iter().find(|(one, _)| one == scope).map_or(scope.code(), |(_, label)| label).to_owned()
    };
    let limit = |count: u32, what: &str| if count == 0 { None } else { Some(format!("{count} 件/{what}")) };
    let sources = pages.desk.sources().await?;
    let hooks = pages.desk.webhooks().await?;
    page(&SourcesPage {
        shell: Shell::new(pages, visit),
        scopes: SCOPES.iter().map(|(scope, label)| (scope.code(), *label)).collect(),
        sources: sources
            .into_iter()
            .map(|source| SourceLine {
                scopes: source.scopes.0.iter().map(label).collect::<Vec<_>>().join("、"),
                limits: [limit(source.limits.per_minute, "分钟"), limit(source.limits.per_day, "天")]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("，"),
                webhook: hooks
                    .iter()
                    .find(|hook| hook.source == source.id)
                    .map(|hook| hook.url.clone())
                    .unwrap_or_default(),
                since: source.created_at.minute(),
                revoked: source.revoked_at.map(Timestamp::minute).unwrap_or_default(),
                id: source.id.to_string(),
                title: source.title,
            })
            .collect(),
        token,
    })
}

pub(super) async fn sources(State(pages): Shared, visit: Visit) -> Page {
    sources_page(&pages, &visit, None).await
}

pub(super) async fn add_source(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let whole = |name: &str, label: &str| match form.text(name) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Problem::invalid(format!("{label}“{text}”应为整数"))),
    };
    let request = SourceRequest {
        id: form.text("id").to_owned(),
        title: Some(form.limited("title", "名称", 50)?).filter(|title| !title.is_empty()),
        scopes: form.all("scope").map(str::to_owned).collect(),
        per_minute: whole("per_minute", "每分钟件数")?,
        per_day: whole("per_day", "每天件数")?,
    };
    let added = pages.desk.add_source(request, visit.actor()?).await?;
    sources_page(&pages, &visit, Some((format!("{} 的令牌", added.source.title), added.token))).await
}

pub(super) async fn revoke_source(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id: SourceId = id.parse().map_err(DeskError::Id)?;
    pages.desk.revoke_source(id, visit.actor()?).await?;
    Ok(Redirect::to("/sources").into_response())
}

#[derive(Template)]
#[template(path = "system.html")]
struct SystemPage {
    shell: Shell,
    figures: Vec<(&'static str, String, bool)>,
    series: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
    version: &'static str,
}

/// Acknowledged messages and unlinked changes beyond which something is slow.
const MANY_WAITING: u64 = 1_000;

pub(super) async fn system(State(pages): Shared, visit: Visit) -> Page {
    let desk = &pages.desk;
    let read = desk.store.read(|sql: &mut dyn Sql| Ok::<_, StoreError>((count_items(sql)?, last_seq(sql)?)));
    let (counts, seq) = read.await.map_err(DeskError::Store)?;
    let dead = desk.dead_letters().await?.len();
    let waiting = (desk.hooks.waiting)();
    let behind = seq.0 - desk.index.applied().0;
    page(&SystemPage {
        shell: Shell::new(&pages, &visit),
        figures: vec![
            ("来稿总数", counts.items.to_string(), true),
            ("队列中待处理", waiting.to_string(), waiting < MANY_WAITING),
            ("索引落后（变更数）", behind.to_string(), behind < 10_000),
            ("异常来稿", dead.to_string(), dead == 0),
        ],
        series: desk.series.values().map(|series| (series.id.to_string(), series.name.clone())).collect(),
        kinds: desk
            .kinds
            .values()
            .map(|kind| {
                let stages: Vec<&str> = kind.stages.iter().map(|stage| stage.name.as_str()).collect();
                (kind.name.clone(), stages.join(" → "))
            })
            .collect(),
        version: env!("CARGO_PKG_VERSION"),
    })
}
