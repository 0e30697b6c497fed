//! 会期: what arrived in its days, and handing back what is left.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};

use crate::model::LocalDate;
use crate::site::Person;

use super::{Answer, Shared};

#[derive(Serialize)]
pub(super) struct Shown {
    name: String,
    from: LocalDate,
    to: LocalDate,
    /// Whether today is one of its days.
    sitting: bool,
    received: i64,
    /// 待编 or 在编, and of these taken by somebody.
    open: i64,
    held: i64,
}

pub(super) async fn show(State(pages): Shared) -> Answer<Shown> {
    let (session, sitting, counts) = pages.desk.plenary().await?;
    Ok(Json(Shown {
        name: session.name,
        from: session.from,
        to: session.to,
        sitting,
        received: counts.received,
        open: counts.open,
        held: counts.held,
    }))
}

pub(super) async fn hand_back(State(pages): Shared, person: Person) -> Answer<Value> {
    Ok(Json(json!({ "released": pages.desk.hand_back_session(person.actor()).await? })))
}
