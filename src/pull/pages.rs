//! How each pulled source does: 抓取情况, 立即抓取; the same for commands on the machine.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::{Extensions, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::model::{Actor, Caller, SourceId, Timestamp};
use crate::site::{Asked, Page, Shell, Visit, ago, page, store_problem};
use crate::store::{
    Priority, PullRecord, Sql, StoreError, Tx, list_pulls, pull_now, read_pull, refused_entries,
};
use crate::web::Problem;

use super::plan::{Format, Plan};
use super::{Pages, Pulls};

/// Refused entries that a page lists.
const REFUSED_SHOWN: i64 = 100;
/// Seconds that a command waits for the end of a pull that it asked for.
const WAIT_SECONDS: u64 = 120;

type Shared = State<Arc<Pages>>;

/// How a source does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    Odd,
    Failing,
    Waiting,
    Off,
    Wrong,
}

impl Health {
    fn of(plan: &Result<Plan, String>, record: Option<&PullRecord>) -> Self {
        match (plan, record) {
            (Err(_), _) => Self::Wrong,
            (Ok(plan), _) if !plan.on => Self::Off,
            (Ok(_), Some(record)) if record.failures > 0 => Self::Failing,
            (Ok(_), Some(record)) if !record.told.is_empty() => Self::Odd,
            (Ok(_), Some(record)) if record.tried_at.is_some() => Self::Good,
            _ => Self::Waiting,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Good => "正常",
            Self::Odd => "注意",
            Self::Failing => "失败",
            Self::Waiting => "等待首次抓取",
            Self::Off => "已停用",
            Self::Wrong => "配置有误",
        }
    }

    fn late(self) -> bool {
        matches!(self, Self::Failing | Self::Wrong)
    }
}

/// A source as pages and commands show it.
struct View {
    id: String,
    title: String,
    url: String,
    format: &'static str,
    every: String,
    mail: bool,
    health: &'static str,
    late: bool,
    told: String,
    failures: u32,
    succeeded: String,
    succeeded_ago: String,
    tried: String,
    next: String,
    last_taken: u32,
    taken: u32,
    revised: u32,
    refused: u32,
    may: bool,
}

impl View {
    fn new(id: &SourceId, plan: &Result<Plan, String>, record: Option<&PullRecord>, now: Timestamp) -> Self {
        let health = Health::of(plan, record);
        let known = plan.as_ref().ok();
        let told = plan.as_ref().err().cloned();
        let time = |at: Option<Timestamp>| at.map(Timestamp::minute).unwrap_or_default();
        let succeeded = record.and_then(|record| record.succeeded_at);
        let pulled = known.is_some_and(|plan| plan.on);
        let count = |wanted: fn(&PullRecord) -> u32| record.map_or(0, wanted);
        Self {
            id: id.to_string(),
            title: known.map_or_else(|| id.to_string(), |plan| plan.title.clone()),
            url: known.map(Plan::address_shown).unwrap_or_default(),
            format: match known.map(|plan| plan.format) {
                Some(Format::Json) => "JSON 数据接口",
                Some(Format::Feed) => "RSS / Atom / JSON Feed",
                Some(Format::Mailbox) => "邮箱（IMAP）",
                Some(Format::Folder) => "文件夹",
                None => "",
            },
            every: match known.map_or(0, Plan::pause_seconds) {
                seconds if seconds % 60 == 0 => format!("{} 分钟", seconds / 60),
                seconds => format!("{seconds} 秒"),
            },
            mail: known.is_some_and(|plan| plan.mailbox.is_some()),
            health: health.label(),
            late: health.late(),
            told: told.or_else(|| record.map(|record| record.told.clone())).unwrap_or_default(),
            failures: count(|record| record.failures),
            succeeded: time(succeeded),
            succeeded_ago: succeeded.map(|at| ago(at, now)).unwrap_or_default(),
            tried: time(record.and_then(|record| record.tried_at)),
            next: match record.filter(|_| pulled) {
                Some(record) if record.due_at <= now => "即将".to_owned(),
                Some(record) => record.due_at.minute(),
                None => String::new(),
            },
            last_taken: count(|record| record.last_taken),
            taken: count(|record| record.taken),
            revised: count(|record| record.revised),
            refused: count(|record| record.refused),
            may: pulled && record.is_some(),
        }
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id, "title": self.title, "content": self.format, "address": self.url, "state": self.health, "told": self.told, "failures": self.failures,
            "succeeded_at": self.succeeded, "tried_at": self.tried, "next": self.next, "last_taken": self.last_taken,
            "taken": self.taken, "revised": self.revised, "refused": self.refused,
        })
    }
}

#[derive(Template)]
#[template(path = "pulled.html")]
struct ListPage {
    shell: Shell,
    sources: Vec<View>,
}

#[derive(Template)]
#[template(path = "pulled_one.html")]
struct OnePage {
    shell: Shell,
    source: View,
    asked: bool,
    /// Name, why, when.
    refusals: Vec<(String, String, String)>,
}

pub(super) async fn list(State(pages): Shared, visit: Visit) -> Page {
    let sources = views(&pages.pulls).await?;
    page(&ListPage { shell: Shell::new(&pages, &visit), sources })
}

pub(super) async fn show(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Page {
    let pulls = &pages.pulls;
    let id = known(pulls, &id)?;
    let source = id.clone();
    let read = move |sql: &mut dyn Sql| {
        Ok::<_, StoreError>((read_pull(sql, &source)?, refused_entries(sql, &source, REFUSED_SHOWN)?))
    };
    let (record, refused) = pulls.parts.store.read(read).await.map_err(|error| store_problem(&error))?;
    let plan = pulls.plans.iter().find(|(known, _)| *known == id).map(|(_, plan)| plan);
    let plan = plan.ok_or_else(|| Problem::not_found("没有这个抓取渠道"))?;
    page(&OnePage {
        shell: Shell::new(&pages, &visit),
        source: View::new(&id, plan, record.as_ref(), pulls.parts.clock.now()),
        asked: asked.text("asked") == "1",
        refusals: refused.into_iter().map(|(name, why, at)| (name, why, at.minute())).collect(),
    })
}

/// 立即抓取.
pub(super) async fn now(State(pages): Shared, visit: Visit, Path(id): Path<String>) -> Page {
    let id = known(&pages.pulls, &id)?;
    ask(&pages.pulls, &id, visit.actor()?).await?;
    Ok(Redirect::to(&format!("/pulled/{id}?asked=1")).into_response())
}

fn known(pulls: &Pulls, id: &str) -> Result<SourceId, Problem> {
    let found = pulls.plans.iter().map(|(known, _)| known).find(|known| known.as_str() == id);
    found.cloned().ok_or_else(|| Problem::not_found(format!("没有抓取渠道 {id}：pull.dir 中没有 {id}.toml")))
}

/// Every source with a file, and how it does.
async fn views(pulls: &Pulls) -> Result<Vec<View>, Problem> {
    let records = pulls.parts.store.read(list_pulls).await.map_err(|error| store_problem(&error))?;
    let now = pulls.parts.clock.now();
    let record = |id: &SourceId| records.iter().find(|record| record.source == *id);
    Ok(pulls.plans.iter().map(|(id, plan)| View::new(id, plan, record(id), now)).collect())
}

async fn ask(pulls: &Pulls, id: &SourceId, by: Actor) -> Result<(), Problem> {
    if pulls.plan(id).is_none_or(|plan| !plan.on) {
        return Err(Problem::invalid(format!("抓取渠道 {id} 已停用或配置有误，不能抓取")));
    }
    let source = id.clone();
    let now = move |tx: &mut Tx<'_>| pull_now(tx, &source, &by);
    pulls.parts.store.write(Priority::Desk, now).await.map_err(|error| store_problem(&error))?;
    pulls.asked.notify_waiters();
    Ok(())
}

/// The same for commands on the machine.
pub fn api_routes(pulls: Arc<Pulls>) -> Router {
    Router::new().route("/api/v1/pulls", get(all)).route("/api/v1/pulls/{id}", post(one)).with_state(pulls)
}

async fn all(State(pulls): State<Arc<Pulls>>, request: Request) -> Result<Json<Value>, Problem> {
    operator(request.extensions())?;
    let views = views(&pulls).await?;
    Ok(Json(views.iter().map(View::json).collect()))
}

/// Pulls now, and answers when the pull has ended.
async fn one(
    State(pulls): State<Arc<Pulls>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let by = operator(request.extensions())?;
    let id = known(&pulls, &id)?;
    let tried = async || {
        let source = id.clone();
        let record = pulls.parts.store.read(move |sql| read_pull(sql, &source)).await;
        let record = record.map_err(|error: StoreError| store_problem(&error))?;
        Ok::<_, Problem>(record.and_then(|record| record.tried_at))
    };
    let before = tried().await?;
    ask(&pulls, &id, by).await?;
    let waited = async {
        while tried().await? == before {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok::<_, Problem>(())
    };
    match tokio::time::timeout(Duration::from_secs(WAIT_SECONDS), waited).await {
        Ok(ended) => ended?,
        Err(_) => return Err(Problem::unavailable("抓取还没有结束，请稍后用 minyi source pulled 查看")),
    }
    let views = views(&pulls).await?;
    let view = views.iter().find(|view| view.id == id.as_str());
    Ok(Json(view.map(View::json).unwrap_or_default()))
}

/// What only commands on the machine itself may do.
fn operator(extensions: &Extensions) -> Result<Actor, Problem> {
    match extensions.get::<Caller>() {
        Some(Caller { actor: actor @ Actor::Operator(_), .. }) => Ok(actor.clone()),
        _ => {
            let detail = "此操作只能由管理员在服务器上用命令执行";
            Err(Problem::new(StatusCode::FORBIDDEN, "operator_only", detail))
        }
    }
}
