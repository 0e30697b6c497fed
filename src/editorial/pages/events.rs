//! 待编, 待审, 待签, 提醒: the figures of the navigation over one open answer (server-sent events), told when they change.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::IntoResponse;
use tokio::sync::watch;

use crate::accounts::Accounts;
use crate::model::SignedIn;
use crate::site::{Page, Seat, Visit, Waiting, shown};

use super::Shared;

/// How often something is sent in any case: it keeps the way open, and finds out that nobody is there any more. The session is
/// looked at then, too: listening does not keep it in force.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After how long a browser asks again when the answer broke off, milliseconds.
const RETRY_MS: u32 = 5_000;

/// One open answer.
struct Stream {
    heard: watch::Receiver<Waiting>,
    ending: watch::Receiver<bool>,
    who: SignedIn,
    accounts: Arc<Accounts>,
    sent: Option<String>,
    /// Given back when the browser goes.
    _seat: Seat,
}

impl Stream {
    /// What is to be sent next; none at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            let figures = figures(&self.heard.borrow_and_update(), &self.who);
            if self.sent.as_ref() != Some(&figures) {
                let first = if self.sent.is_none() { format!("retry: {RETRY_MS}\n") } else { String::new() };
                let event = format!("{first}event: counts\ndata: {figures}\n\n");
                self.sent = Some(figures);
                return Some(event);
            }
            tokio::select! {
                changed = self.heard.changed() => changed.ok()?,
                () = ended(&mut self.ending) => return None,
                () = tokio::time::sleep(HEARTBEAT) => {
                    // The session may have ended, or its owner have other rights by now.
                    self.who = self.accounts.in_force(&self.who.session).await.ok()??;
                    return Some(":\n\n".to_owned());
                }
            }
        }
    }
}

/// The server ends, or is gone already.
async fn ended(ending: &mut watch::Receiver<bool>) {
    drop(ending.wait_for(|end| *end).await);
}

/// The figures of a person as JSON: addresses of places, what is shown beside them.
fn figures(waiting: &Waiting, who: &SignedIn) -> String {
    let figures = waiting.of(&who.user).into_iter();
    let all: serde_json::Map<String, serde_json::Value> =
        figures.map(|(place, _, count)| (place.to_owned(), shown(count).into())).collect();
    serde_json::Value::Object(all).to_string()
}

pub(super) async fn events(State(pages): Shared, visit: Visit) -> Page {
    let who = visit.who()?.clone();
    let live = &pages.live;
    // With this answer a browser does not ask again; the page shows new figures when it is loaded.
    let Some(seat) = live.enter(who.session) else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let accounts = Arc::clone(&pages.accounts);
    let (heard, ending) = (live.listen(), live.until_end());
    let stream = Stream { heard, ending, who, accounts, sent: None, _seat: seat };
    let events = futures_util::stream::unfold(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((Ok::<_, std::convert::Infallible>(event), stream))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        // A proxy before it passes each event on at once.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(events)).into_response())
}
