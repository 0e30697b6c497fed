//! 通知: what became of each notice on its way out, 重发, and whom to call.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};

use crate::model::{Channel, DeliveryState, SourceId};
use crate::site::{Asked, Fields, Page, Shell, Visit, ago, page};
use crate::store::{DeliveryKey, DeliveryRow};
use crate::web::Problem;

use super::super::{DeskError, WebhookRequest};
use super::Shared;
use super::running::sources_page;

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    shell: Shell,
    rows: Vec<Line>,
    phone: bool,
    states: Vec<(&'static str, &'static str, bool)>,
    given_up: i64,
    done: bool,
}

struct Line {
    no: i64,
    channel: &'static str,
    channel_label: &'static str,
    target: String,
    kind: &'static str,
    words: String,
    item: String,
    receipt: String,
    at: String,
    at_ago: String,
    state: &'static str,
    late: bool,
    told: String,
    next: String,
    event: String,
    may: bool,
}

pub(super) async fn show(State(pages): Shared, visit: Visit, Asked(asked): Asked) -> Page {
    let desk = &pages.desk;
    let (now, phone) = (desk.clock.now(), asked.text("way") == "phone");
    let state = match asked.text("state") {
        // Whom to call is asked for to be done; what went out, to be looked up.
        "" if phone => Some(DeliveryState::Waiting),
        code => DeliveryState::from_code(code),
    };
    let (rows, given_up) = desk.deliveries(state, phone).await?;
    let line = |row: DeliveryRow| {
        let waiting = row.state == DeliveryState::Waiting;
        let open = waiting || row.state == DeliveryState::GivenUp;
        Line {
            no: row.key.notice,
            channel: row.key.channel.code(),
            channel_label: row.key.channel.label(),
            target: row.key.target.trim_start_matches("user:").to_owned(),
            kind: row.kind.label(),
            words: row.words,
            item: row.item,
            receipt: row.receipt,
            at: row.at.minute(),
            at_ago: ago(row.at, now),
            state: row.state.label(),
            late: row.state == DeliveryState::GivenUp,
            told: if row.attempts == 0 {
                row.told
            } else {
                format!("第 {} 次：{}", row.attempts, row.told)
            },
            next: if waiting && row.attempts > 0 { row.due_at.minute() } else { String::new() },
            event: row.event.as_str().to_owned(),
            may: open && (row.key.channel == Channel::Phone || row.attempts > 0),
        }
    };
    page(&DeliveriesPage {
        shell: Shell::new(&pages, &visit),
        rows: rows.into_iter().map(line).collect(),
        phone,
        states: DeliveryState::ALL.iter().map(|one| (one.code(), one.label(), Some(*one) == state)).collect(),
        given_up,
        done: asked.text("done") == "1",
    })
}

pub(super) async fn resend(
    State(pages): Shared,
    visit: Visit,
    Path(no): Path<String>,
    Fields(form): Fields,
) -> Page {
    let gone = || Problem::not_found("没有这条通知");
    let channel = Channel::from_code(form.text("channel")).ok_or_else(gone)?;
    let target = form.text("target");
    let target = match channel {
        // Of the office, what waits for them.
        Channel::Mail | Channel::Own if !target.contains(':') => format!("user:{target}"),
        _ => target.to_owned(),
    };
    let key = DeliveryKey { notice: no.parse().map_err(|_| gone())?, channel, target };
    pages.desk.resend_delivery(key, visit.actor()?).await?;
    let way = if channel == Channel::Phone { "way=phone&" } else { "" };
    Ok(Redirect::to(&format!("/deliveries?{way}done=1")).into_response())
}

/// Sets where a source's notices go; the key is shown once.
pub(super) async fn set_webhook(
    State(pages): Shared,
    visit: Visit,
    Path(id): Path<String>,
    Fields(form): Fields,
) -> Page {
    let id: SourceId = id.parse().map_err(DeskError::Id)?;
    let wanted = WebhookRequest { url: form.text("url").to_owned() };
    let set = pages.desk.set_webhook(id, wanted, visit.actor()?).await?;
    let key = set.key.map(|key| (format!("{} 的推送签名密钥", set.source), key));
    sources_page(&pages, &visit, key).await
}
