//! 待办 and 已办.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::model::Urgency;
use crate::site::{Asked, Fields, Page, Shell, Visit, ago, page};
use crate::web::Problem;

use super::Shared;
use super::history::{people, who};
use super::manuscript::outlet;

/// Longest address.
const ADDRESS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "tasks.html")]
struct TasksPage {
    shell: Shell,
    tasks: Vec<TaskLine>,
    done: Vec<DoneLine>,
    /// Where the daily e-mail goes, where there is one.
    mail: Option<String>,
    chosen: bool,
}

struct TaskLine {
    id: String,
    title: String,
    urgency: &'static str,
    what: String,
    outlet: String,
    last: String,
    since: String,
    since_ago: String,
    due: String,
    /// `late`, `soon` or empty.
    mark: &'static str,
}

struct DoneLine {
    id: String,
    title: String,
    what: String,
    at: String,
    at_ago: String,
    state: &'static str,
}

/// Within so many seconds before its due time a task is marked.
const SOON_SECONDS: i64 = 86_400;

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let desk = &pages.desk;
    let user = &visit.who()?.user;
    let (now, people) = (desk.clock.now(), people(&pages).await?);
    let tasks = desk.tasks(user).await?;
    let done = desk.done(user).await?;
    let mail = if pages.settings.tasks_mail { Some(desk.task_mail(user).await?) } else { None };
    page(&TasksPage {
        shell: Shell::new(&pages, &visit),
        mail,
        chosen: asked.text("chosen") == "1",
        tasks: tasks
            .into_iter()
            .map(|task| TaskLine {
                id: task.row.id.to_string(),
                title: task.row.title.clone(),
                urgency: if task.row.urgency == Urgency::Normal { "" } else { task.row.urgency.label() },
                what: task.what,
                outlet: outlet(desk, &task.row.outlet),
                last: format!("{} {}", who(&task.row.actor.to_string(), &people), task.row.action),
                since: task.row.at.minute(),
                since_ago: ago(task.row.at, now),
                due: task.due.map(|due| due.date().to_string()).unwrap_or_default(),
                mark: match task.due {
                    Some(due) if due < now => "late",
                    Some(due) if due < now.plus_seconds(SOON_SECONDS) => "soon",
                    _ => "",
                },
            })
            .collect(),
        done: done
            .into_iter()
            .map(|row| DoneLine {
                id: row.id.to_string(),
                title: row.title,
                what: row.action,
                at: row.at.minute(),
                at_ago: ago(row.at, now),
                state: row.state.label(),
            })
            .collect(),
    })
}

/// 每日待办邮件: to which address; an empty one ends it.
pub(super) async fn choose_mail(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    if !pages.settings.tasks_mail {
        return Err(Problem::not_found("本单位没有启用每日待办邮件"));
    }
    let address = form.limited("address", "邮箱", ADDRESS_MAX)?;
    pages.desk.set_task_mail(address, &visit.who()?.user).await?;
    Ok(Redirect::to("/tasks?chosen=1").into_response())
}
