//! 今日一览: received, 待编, 待审, 待签, 编发, by editor, oldest.

use askama::Template;
use axum::extract::State;

use crate::model::{ItemState, Permission};
use crate::site::{Page, Shell, Visit, ago, page};
use crate::store::{Sql, today};
use crate::text::Masked;

use super::super::DeskError;
use super::Shared;
use super::history::people;

#[derive(Template)]
#[template(path = "today.html")]
struct TodayPage {
    shell: Shell,
    day: String,
    /// 届次, where there is one.
    session: String,
    at: String,
    figures: Vec<Figure>,
    held: Vec<(String, i64)>,
    oldest: Vec<Oldest>,
    may_export: bool,
    /// The first day of this month, and today.
    month: String,
    today: String,
}

struct Figure {
    label: &'static str,
    count: String,
    address: &'static str,
}

struct Oldest {
    id: String,
    title: Masked<String>,
    at: String,
    ago: String,
}

pub(super) async fn show(State(pages): Shared, visit: Visit) -> Page {
    let desk = &pages.desk;
    let now = desk.clock.now();
    let midnight = now.date().start();
    let figures =
        desk.store.read(move |sql: &mut dyn Sql| today(sql, midnight)).await.map_err(DeskError::Store)?;
    let states = desk.state_counts().await?;
    let people = people(&pages).await?;
    let waiting = states.get(ItemState::Received.code()).copied().unwrap_or_default();
    let figure = |label, count: i64, address| Figure { label, count: count.to_string(), address };
    page(&TodayPage {
        shell: Shell::new(&pages, &visit),
        day: now.date().chinese(),
        session: desk.session_name(now.date()),
        may_export: visit.may(Permission::Export),
        month: format!("{:04}-{:02}-01", now.date().year(), now.date().month()),
        today: now.date().to_string(),
        at: now.clock(),
        figures: vec![
            Figure { label: "今日收到", count: figures.received.to_string(), address: "/inbox" },
            figure("待编", waiting, "/inbox"),
            figure("在写编稿", figures.writing, "/tasks"),
            figure("待审", figures.in_review, "/tasks"),
            figure("待签", figures.to_sign, "/tasks"),
            figure(
                "今日编发（期）",
                figures.issued,
                "/search?tab=issued&q=%E6%97%A5%E6%9C%9F:%E8%BF%917%E5%A4%A9",
            ),
        ],
        held: figures
            .held
            .into_iter()
            .map(|(name, count)| (people.get(&name).cloned().unwrap_or(name), count))
            .collect(),
        oldest: figures
            .oldest
            .into_iter()
            .map(|(id, title, at)| Oldest {
                id: id.to_string(),
                title: desk.redactor.mask(&title),
                at: at.minute(),
                ago: ago(at, now),
            })
            .collect(),
    })
}
