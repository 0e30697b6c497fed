//! 提醒: what the pages tell somebody, and their subscriptions.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::site::{Fields, Page, Shell, Visit, ago, page};
use crate::web::Problem;

use super::Shared;

#[derive(Template)]
#[template(path = "reminders.html")]
struct RemindersPage {
    shell: Shell,
    lines: Vec<ReminderLine>,
    /// The latest that is shown: what comes later stays unseen.
    last: i64,
    unseen: usize,
    /// Name, address, new hits.
    subscribed: Vec<(String, String, i64)>,
}

struct ReminderLine {
    words: String,
    address: String,
    at: String,
    at_ago: String,
    unseen: bool,
}

pub(super) async fn show(State(pages): Shared, visit: Visit) -> Page {
    let (desk, user) = (&pages.desk, &visit.who()?.user);
    let (reminders, searches) = (desk.reminders(user).await?, desk.searches(user).await?);
    let now = desk.clock.now();
    page(&RemindersPage {
        shell: Shell::new(&pages, &visit),
        last: reminders.iter().map(|reminder| reminder.no).max().unwrap_or(0),
        unseen: reminders.iter().filter(|reminder| reminder.seen_at.is_none()).count(),
        lines: reminders
            .into_iter()
            .map(|reminder| ReminderLine {
                words: reminder.words,
                address: reminder.address,
                at: reminder.at.minute(),
                at_ago: ago(reminder.at, now),
                unseen: reminder.seen_at.is_none(),
            })
            .collect(),
        subscribed: searches
            .into_iter()
            .filter(|search| search.subscribed)
            .map(|search| (search.name, search.query, search.fresh))
            .collect(),
    })
}

/// 全部标为已读.
pub(super) async fn seen(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let upto = form.number("upto").ok_or_else(|| Problem::invalid("页面不完整，请刷新后重新提交"))?;
    pages.desk.see_reminders(upto, &visit.who()?.user).await?;
    pages.desk.nudge.give();
    Ok(Redirect::to("/reminders").into_response())
}
