//! One's own account: password, sessions, who stands in, keys for one's own programs.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use crate::accounts::{AccountError, CoverRequest};
use crate::model::Permission;
use crate::site::{Asked, Fields, Page, Shell, Visit, ago, page_with};
use crate::store::Absence;
use crate::web::Problem;

use super::keys::longest;
use super::{Pages, Shared};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    shell: Shell,
    title: String,
    name: String,
    roles: String,
    sessions: Vec<SessionLine>,
    error: Option<String>,
    cover_error: Option<String>,
    key_error: Option<String>,
    identity: Option<IdentityCard>,
    /// A key that was made just now.
    fresh_key: Option<String>,
    keys: Vec<KeyLine>,
    key_days_max: u32,
    /// Whether one has tasks and rights that could be handed on.
    hands_on: bool,
    absence: Option<Absence>,
    others: Vec<(String, String)>,
    covers: Vec<(String, String)>,
    today: String,
    done: Option<&'static str>,
    password_min: usize,
}

struct SessionLine {
    short: String,
    began: String,
    seen: String,
    seen_ago: String,
    agent: String,
    current: bool,
}

/// How it stands with the identity platform.
struct IdentityCard {
    /// The identity that opens the account: its subject, since when, and when it was last used.
    bound: Option<(String, String, String)>,
    error: Option<String>,
    /// Whether the account has a password.
    password: bool,
}

/// What came of a form of the page: what was wrong with it, or what was done.
#[derive(Default)]
pub(super) struct Told {
    pub(super) password: Option<String>,
    pub(super) cover: Option<String>,
    pub(super) key: Option<String>,
    pub(super) identity: Option<String>,
    /// A key that was made just now; shown this once.
    pub(super) fresh_key: Option<String>,
    pub(super) done: Option<&'static str>,
}

struct KeyLine {
    short: String,
    label: String,
    created: String,
    until: String,
    over: bool,
    seen: String,
}

pub(super) async fn shown(pages: &Pages, visit: &Visit, told: Told) -> Page {
    let wrong = [&told.password, &told.cover, &told.key, &told.identity].into_iter().any(Option::is_some);
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let who = visit.who()?;
    let now = pages.desk.clock.now();
    let sessions = pages.accounts.sessions(who).await?;
    let sessions = sessions
        .into_iter()
        .map(|session| SessionLine {
            began: session.created_at.minute(),
            seen: session.seen_at.minute(),
            seen_ago: ago(session.seen_at, now),
            agent: browser(&session.agent),
            short: session.short,
            current: session.current,
        })
        .collect();
    let keys = pages.accounts.keys(&who.user.name).await?;
    let keys = keys.into_iter().map(|key| KeyLine {
        short: key.key.short(),
        label: key.label,
        created: key.created_at.date().to_string(),
        until: key.expires_at.minute(),
        over: key.expires_at <= now,
        seen: key.seen_at.map(|seen| ago(seen, now)).unwrap_or_default(),
    });
    let (absence, others) = pages.accounts.absence(who).await?;
    let identity = identity(pages, visit, told.identity).await?;
    let shown = AccountPage {
        shell: Shell::new(pages, visit),
        title: who.user.title.clone(),
        name: who.user.name.to_string(),
        roles: who.user.roles.labels(),
        sessions,
        error: told.password,
        cover_error: told.cover,
        key_error: told.key,
        identity,
        fresh_key: told.fresh_key,
        keys: keys.collect(),
        key_days_max: longest(),
        hands_on: visit.may(Permission::Read),
        absence,
        others: others.into_iter().map(|user| (user.name.to_string(), user.title)).collect(),
        covers: who.user.covers.iter().map(|cover| (cover.title.clone(), cover.roles.labels())).collect(),
        today: now.date().to_string(),
        done: told.done,
        password_min: pages.accounts.settings().password_min,
    };
    page_with(status, &shown)
}

async fn identity(
    pages: &Pages,
    visit: &Visit,
    error: Option<String>,
) -> Result<Option<IdentityCard>, Problem> {
    if pages.platform.is_none() {
        return Ok(None);
    }
    let (user, now) = (&visit.who()?.user, pages.desk.clock.now());
    let bound = pages.accounts.binding(&user.name).await?.map(|binding| {
        let seen = binding.seen_at.map(|seen| ago(seen, now)).unwrap_or_default();
        (binding.subject.to_string(), binding.bound_at.date().to_string(), seen)
    });
    Ok(Some(IdentityCard { bound, error, password: user.active }))
}

/// What a browser calls itself, in a word.
fn browser(agent: &str) -> String {
    let known = [
        ("Edg/", "Edge"),
        ("QQBrowser", "QQ 浏览器"),
        ("360", "360 浏览器"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let name =
        known.iter().find(|(mark, _)| agent.contains(mark)).map_or("其他浏览器", |(_, name)| name);
    let systems = [
        ("Android", "安卓"),
        ("iPhone", "iPhone"),
        ("Windows", "Windows"),
        ("Linux", "Linux"),
        ("Mac OS", "macOS"),
    ];
    match systems.iter().find(|(mark, _)| agent.contains(mark)) {
        Some((_, system)) => format!("{name}（{system}）"),
        None => name.to_owned(),
    }
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let done = match asked.text("done") {
        "password" => Some("密码已更改，其他登录均已退出"),
        "session" => Some("已退出所选的登录"),
        "cover" => Some("代理已安排，期间由代理人办理您的待办"),
        "cover_end" => Some("代理已结束"),
        "identity" => Some("统一身份已绑定，以后可用它登录"),
        "identity_end" => Some("统一身份已解除绑定，其他登录均已退出"),
        "key_end" => Some("令牌已停用"),
        _ => None,
    };
    shown(&pages, &visit, Told { done, ..Told::default() }).await
}

pub(super) async fn change_password(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let who = visit.who()?;
    let changed = pages
        .accounts
        .change_password(who, form.raw("present"), form.raw("password"), form.raw("again"))
        .await;
    match changed {
        Ok(()) => Ok(Redirect::to("/account?done=password").into_response()),
        Err(AccountError::Password(why)) => {
            shown(&pages, &visit, Told { password: Some(why), ..Told::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn end_session(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    pages.accounts.end_own(visit.who()?, form.text("session").to_owned()).await?;
    Ok(Redirect::to("/account?done=session").into_response())
}

/// 代理: entered, or ended.
pub(super) async fn cover(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let who = visit.who()?;
    if form.text("do") == "end" {
        pages.accounts.end_cover(who).await?;
        return Ok(Redirect::to("/account?done=cover_end").into_response());
    }
    let field = |name: &str| form.text(name).to_owned();
    let request = CoverRequest { deputy: field("deputy"), from: field("from"), until: field("until") };
    match pages.accounts.cover(who, request).await {
        Ok(()) => Ok(Redirect::to("/account?done=cover").into_response()),
        Err(AccountError::Field(why)) => {
            shown(&pages, &visit, Told { cover: Some(why), ..Told::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}
