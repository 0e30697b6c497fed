//! 待办 and 已办.

use askama::Template;
use axum::extract::State;

use crate::model::Urgency;
use crate::site::{Page, Shell, Visit, ago, page};

use super::Shared;
use super::history::{people, who};
use super::manuscript::outlet;

#[derive(Template)]
#[template(path = "tasks.html")]
struct TasksPage {
    shell: Shell,
    tasks: Vec<TaskLine>,
    done: Vec<DoneLine>,
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

pub(super) async fn show(State(pages): Shared, visit: Visit) -> Page {
    let desk = &pages.desk;
    let user = &visit.who()?.user;
    let (now, people) = (desk.clock.now(), people(&pages).await?);
    let tasks = desk.tasks(user).await?;
    let done = desk.done(user).await?;
    page(&TasksPage {
        shell: Shell::new(&pages, &visit),
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
