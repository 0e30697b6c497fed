//! Where several nodes share a store: a source that one of them adds or revokes is known to the others.

use std::sync::Arc;
use std::time::Duration;

use crate::intake::Tokens;
use crate::model::{ChangeKind, Seq};
use crate::store::{Store, StoreError, changes_after, last_seq};

/// How long it sleeps when nothing happens, before it looks whether the store was closed.
const NAP: Duration = Duration::from_secs(1);
/// Changes looked at in one go.
const PAGE: i64 = 2000;

/// Follows the change log until the store is closed.
pub(super) async fn follow(store: Arc<Store>, tokens: Arc<Tokens>) {
    let mut seen: Option<Seq> = None;
    while !store.is_closed() {
        match step(&store, &tokens, seen).await {
            Ok(upto) => seen = Some(upto),
            Err(error) => {
                tracing::warn!(%error, "changes of sources are not heard of for now");
                tokio::time::sleep(NAP).await;
            }
        }
    }
}

async fn step(store: &Arc<Store>, tokens: &Tokens, seen: Option<Seq>) -> Result<Seq, StoreError> {
    let Some(seen) = seen else {
        let last = store.read(last_seq).await?;
        tokens.reload().await?;
        return Ok(last);
    };
    let waiting = Arc::clone(store);
    let level = tokio::task::spawn_blocking(move || waiting.tide().wait_beyond(seen.0, NAP)).await;
    if level.unwrap_or_default() <= seen.0 {
        return Ok(seen);
    }
    let changes = store.read(move |sql| changes_after(sql, seen, PAGE)).await?;
    if changes.iter().any(|change| change.kind == ChangeKind::Source) {
        tokens.reload().await?;
    }
    Ok(changes.last().map_or(seen, |change| change.seq))
}
