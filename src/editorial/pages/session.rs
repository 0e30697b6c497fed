//! 会期: what arrived in its days, and handing back what is left.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use crate::model::Permission;
use crate::site::{Asked, Page, Shell, Visit, page};
use crate::store::PlenaryCounts;

use super::Shared;

#[derive(Template)]
#[template(path = "session.html")]
struct SessionPage {
    shell: Shell,
    name: String,
    days: String,
    sitting: bool,
    counts: PlenaryCounts,
    /// How many were handed back just now.
    done: Option<i64>,
    may_hand_back: bool,
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let (session, sitting, counts) = pages.desk.plenary().await?;
    page(&SessionPage {
        shell: Shell::new(&pages, &visit),
        days: format!("{} 至 {}", session.from, session.to),
        name: session.name,
        sitting,
        counts,
        done: asked.number("done"),
        may_hand_back: visit.may(Permission::Register),
    })
}

pub(super) async fn hand_back(State(pages): Shared, visit: Visit) -> Page {
    let count = pages.desk.hand_back_session(visit.actor()?).await?;
    Ok(Redirect::to(&format!("/session?done={count}")).into_response())
}
