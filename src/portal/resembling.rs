//! 相近来稿 while somebody types: how many there are; which ones is told of one's own only.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;

use crate::group::{Profile, Written, written_at};
use crate::index::{IndexError, Kin};
use crate::model::{ItemId, Permission};
use crate::site::{Fields, Page, Visit, store_problem};
use crate::store::{Store, feed_items, is_own_item};
use crate::web::Problem;

use super::Shared;

/// Fewest characters that say enough to look for others.
const CHARS_MIN: usize = 12;
/// Most characters that are looked at: the beginning tells.
const CHARS_MAX: usize = 2_000;
/// Telling words and candidates, fewer than at the desk: this answers while somebody types.
const TELLING: usize = 20;
const CANDIDATES: usize = 40;

#[derive(Serialize)]
struct Told {
    count: usize,
    own: Vec<Own>,
}

#[derive(Serialize)]
struct Own {
    id: ItemId,
    title: String,
}

/// An item like the text.
struct Near {
    id: ItemId,
    title: String,
}

/// The items on the same matter as a text that is not stored, the most alike first. Blocking.
fn near(kin: &Kin, store: &Store, title: &str, body: &str, threshold: f64) -> Result<Vec<Near>, IndexError> {
    let frequencies = kin.frequencies()?;
    let words = kin.words(title, body);
    let written = Written { title, body, place: None, unit: None, at: None };
    let own = Profile::new(written, &words, &frequencies);
    let numbers = kin.candidates(&own.telling(&words, TELLING), false, CANDIDATES)?;
    let mut found = Vec::new();
    for item in store.read(move |sql| feed_items(sql, &numbers)).wait()? {
        let submission = item.submission()?;
        let (title, body) = (submission.title.as_str(), submission.text.plain());
        let words = kin.words(title, &body);
        let at = Some(written_at(&submission, item.received_at));
        let written = Written { title, body: &body, place: None, unit: None, at };
        let score = own.score(&Profile::new(written, &words, &frequencies));
        if score >= threshold {
            found.push((score, Near { id: item.id, title: title.to_owned() }));
        }
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    Ok(found.into_iter().map(|(_, near)| near).collect())
}

pub(super) async fn ask(State(pages): Shared, visit: Visit, Fields(form): Fields) -> Page {
    let portal = std::sync::Arc::clone(&pages.portal);
    let short = |name: &str| form.text(name).chars().take(CHARS_MAX).collect::<String>();
    let (title, body) = (short("title"), [short("body"), short("causes"), short("suggestions")].join("\n"));
    if title.chars().count() + body.trim().chars().count() < CHARS_MIN {
        return Ok(Json(Told { count: 0, own: Vec::new() }).into_response());
    }
    let (kin, store, threshold) =
        (portal.kin.clone(), std::sync::Arc::clone(&portal.store), portal.threshold);
    let found = tokio::task::spawn_blocking(move || near(&kin, &store, &title, &body, threshold))
        .await
        .map_err(|error| Problem::internal(&error))?
        .map_err(|error| Problem::unavailable(error.to_string()))?;
    let count = found.len();
    let mut own = Vec::new();
    if visit.may(Permission::Submit) {
        let actor = visit.actor()?;
        let seen = portal.store.read(move |sql| {
            let mut own = Vec::new();
            for near in found {
                if is_own_item(sql, &actor, &near.id)? {
                    own.push(Own { id: near.id, title: near.title });
                }
            }
            Ok::<_, crate::store::StoreError>(own)
        });
        own = seen.await.map_err(|error| store_problem(&error))?;
    }
    Ok(Json(Told { count, own }).into_response())
}
