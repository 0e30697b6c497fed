//! 账户: add, reset, disable (系统管理员), roles (安全管理员).

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};

use crate::accounts::{AccountError, NewUser, UserRequest};
use crate::model::{LocalDate, Permission, Role, User, UserName};
use crate::site::{Fields, Page, Shell, Visit, page_with};
use crate::store::Binding;
use crate::web::{Form, Problem};

use super::{Pages, Shared};

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    shell: Shell,
    users: Vec<UserLine>,
    roles: Vec<RoleBox>,
    may_add: bool,
    may_grant: bool,
    entered: Entered,
    error: Option<String>,
    /// The account and its one-time link, shown once.
    link: Option<(String, String, u32)>,
    /// Whether people may sign in by an identity platform.
    platform: bool,
}

#[derive(Default)]
struct Entered {
    name: String,
    title: String,
}

struct UserLine {
    name: String,
    title: String,
    labels: String,
    state: &'static str,
    disabled: bool,
    own: bool,
    second_step: bool,
    /// The identity that opens the account.
    identity: Option<String>,
    added: String,
    /// Its last day; empty = none.
    ends: String,
    boxes: Vec<RoleBox>,
}

struct RoleBox {
    code: &'static str,
    label: &'static str,
    checked: bool,
}

fn boxes(has: impl Fn(Role) -> bool) -> Vec<RoleBox> {
    let one = |role: &Role| RoleBox { code: role.code(), label: role.label(), checked: has(*role) };
    Role::ALL.iter().map(one).collect()
}

fn line(user: User, own: &str, ends: &[(UserName, LocalDate)], bindings: &[Binding]) -> UserLine {
    let last = ends.iter().find(|(name, _)| *name == user.name);
    let bound = bindings.iter().find(|binding| binding.user == user.name);
    let state = match (&user.disabled_at, user.active || bound.is_some()) {
        (Some(_), _) => "已停用",
        (None, false) => "待设密码",
        (None, true) => "在用",
    };
    UserLine {
        labels: user.roles.labels(),
        boxes: boxes(|role| user.roles.iter().any(|has| has == role)),
        state,
        disabled: user.disabled_at.is_some(),
        own: user.name.as_str() == own,
        second_step: user.second_step,
        identity: bound.map(|binding| binding.subject.to_string()),
        added: user.created_at.date().to_string(),
        ends: last.map(|(_, day)| day.to_string()).unwrap_or_default(),
        name: user.name.to_string(),
        title: user.title,
    }
}

#[derive(Default)]
struct Outcome {
    error: Option<AccountError>,
    link: Option<NewUser>,
    entered: Entered,
    chosen: Vec<String>,
}

async fn shown(pages: &Pages, visit: &Visit, outcome: Outcome) -> Page {
    let own = visit.who()?.user.name.clone();
    let (users, ends) = (pages.accounts.users().await?, pages.accounts.ends().await?);
    let platform = pages.platform.is_some();
    let bindings = if platform { pages.accounts.bindings().await? } else { Vec::new() };
    let status = if outcome.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shown = AccountsPage {
        shell: Shell::new(pages, visit),
        users: users.into_iter().map(|user| line(user, own.as_str(), &ends, &bindings)).collect(),
        roles: boxes(|role| outcome.chosen.iter().any(|code| code == role.code())),
        may_add: visit.may(Permission::Accounts),
        may_grant: visit.may(Permission::Grants),
        entered: outcome.entered,
        error: outcome.error.map(|error| error.to_string()),
        link: outcome.link.map(|new| (new.user.title, new.link, new.link_hours)),
        platform,
    };
    page_with(status, &shown)
}

/// Back to the list; what the person can mend is shown above it.
pub(super) async fn told(pages: &Pages, visit: &Visit, done: Result<(), AccountError>) -> Page {
    match done {
        Ok(()) => Ok(Redirect::to("/accounts").into_response()),
        Err(
            error @ (AccountError::Field(_) | AccountError::Store(crate::store::StoreError::Constraint(_))),
        ) => shown(pages, visit, Outcome { error: Some(error), ..Outcome::default() }).await,
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn list(State(pages): Shared, visit: Visit) -> Page {
    shown(&pages, &visit, Outcome::default()).await
}

/// What the person can mend is shown above the form; anything else is a page of its own.
async fn answer(pages: &Pages, visit: &Visit, done: Result<NewUser, AccountError>, kept: Outcome) -> Page {
    match done {
        Ok(new) => shown(pages, visit, Outcome { link: Some(new), ..Outcome::default() }).await,
        Err(
            error @ (AccountError::Name(_)
            | AccountError::Roles(_)
            | AccountError::Field(_)
            | AccountError::Store(crate::store::StoreError::Constraint(_))),
        ) => shown(pages, visit, Outcome { error: Some(error), ..kept }).await,
        Err(error) => Err(error.into()),
    }
}

fn chosen(form: &Form) -> Vec<String> {
    form.all("role").map(str::to_owned).collect()
}

pub(super) async fn add(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let request = UserRequest {
        name: form.limited("name", "用户名", 40)?,
        title: form.limited("title", "姓名", 40)?,
        roles: chosen(&form),
    };
    let entered = Entered { name: request.name.clone(), title: request.title.clone() };
    let kept = Outcome { entered, chosen: request.roles.clone(), ..Outcome::default() };
    let added = pages.accounts.add_user(request, visit.actor()?).await;
    answer(&pages, &visit, added, kept).await
}

pub(super) async fn reset(State(pages): Shared, visit: Visit, Path(name): Path<String>) -> Page {
    let reset = pages.accounts.reset_user(&name, visit.actor()?).await;
    answer(&pages, &visit, reset, Outcome::default()).await
}

pub(super) async fn disable(State(pages): Shared, visit: Visit, Path(name): Path<String>) -> Page {
    pages.accounts.disable_user(&name, true, visit.actor()?).await?;
    Ok(Redirect::to("/accounts").into_response())
}

pub(super) async fn enable(State(pages): Shared, visit: Visit, Path(name): Path<String>) -> Page {
    pages.accounts.disable_user(&name, false, visit.actor()?).await?;
    Ok(Redirect::to("/accounts").into_response())
}

/// 到期停用: the last day of an account; an empty one takes it away.
pub(super) async fn set_end(
    State(pages): Shared,
    visit: Visit,
    Path(name): Path<String>,
    Fields(form): Fields,
) -> Page {
    let last = match form.text("ends") {
        "" => None,
        text => {
            Some(LocalDate::parse(text).map_err(|error| Problem::invalid(format!("到期日“{text}”{error}")))?)
        }
    };
    match pages.accounts.set_end(&name, last, visit.actor()?).await {
        Ok(()) => Ok(Redirect::to("/accounts").into_response()),
        Err(error @ AccountError::Field(_)) => {
            shown(&pages, &visit, Outcome { error: Some(error), ..Outcome::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn grant(
    State(pages): Shared,
    visit: Visit,
    Path(name): Path<String>,
    Fields(form): Fields,
) -> Page {
    match pages.accounts.grant(&name, chosen(&form), visit.actor()?).await {
        Ok(_) => Ok(Redirect::to("/accounts").into_response()),
        Err(error @ (AccountError::Roles(_) | AccountError::Field(_))) => {
            shown(&pages, &visit, Outcome { error: Some(error), ..Outcome::default() }).await
        }
        Err(error) => Err(error.into()),
    }
}
