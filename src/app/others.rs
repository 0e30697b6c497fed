//! Where several nodes share a store: what one of them changes of what all hold in memory is known to the others. Sources
//! with their tokens, and 基础数据.

use std::sync::Arc;
use std::time::Duration;

use crate::intake::Tokens;
use crate::model::{ChangeKind, Seq};
use crate::store::{Store, StoreError, changes_after, last_seq};
use crate::tables::Tables;

/// How long it sleeps when nothing happens, before it looks whether the store was closed.
const NAP: Duration = Duration::from_secs(1);
/// Changes looked at in one go.
const PAGE: i64 = 2000;

/// What this node holds in memory.
pub(super) struct Held {
    pub(super) tokens: Arc<Tokens>,
    pub(super) tables: Arc<Tables>,
}

/// Follows the change log until the store is closed.
pub(super) async fn follow(store: Arc<Store>, held: Held) {
    let mut seen: Option<Seq> = None;
    while !store.is_closed() {
        match step(&store, &held, seen).await {
            Ok(upto) => seen = Some(upto),
            Err(error) => {
                tracing::warn!(%error, "changes of sources and tables are not heard of for now");
                tokio::time::sleep(NAP).await;
            }
        }
    }
}

async fn step(store: &Arc<Store>, held: &Held, seen: Option<Seq>) -> Result<Seq, StoreError> {
    let Some(seen) = seen else {
        let last = store.read(last_seq).await?;
        held.tokens.reload().await?;
        held.tables.reload().await?;
        return Ok(last);
    };
    let waiting = Arc::clone(store);
    let level = tokio::task::spawn_blocking(move || waiting.tide().wait_beyond(seen.0, NAP)).await;
    if level.unwrap_or_default() <= seen.0 {
        return Ok(seen);
    }
    let changes = store.read(move |sql| changes_after(sql, seen, PAGE)).await?;
    let any = |kind: ChangeKind| changes.iter().any(|change| change.kind == kind);
    if any(ChangeKind::Source) {
        held.tokens.reload().await?;
    }
    if any(ChangeKind::Table) {
        held.tables.reload().await?;
    }
    Ok(changes.last().map_or(seen, |change| change.seq))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::model::{Actor, CodeTable, LocalDate, RowChange};
    use crate::store::{Priority, Tx, put_code_change};

    fn nobody() -> crate::intake::People {
        Box::new(|_| Box::pin(async { Ok(None) }))
    }

    fn opened(dir: &std::path::Path) -> (Arc<Store>, Arc<Tables>, Arc<Tokens>) {
        let store = Store::open_sqlite(dir, 1, Duration::from_millis(1), Arc::new(SystemClock));
        let store = Arc::new(store.expect("a store"));
        let tables = Tables::load(std::path::Path::new(""), Arc::clone(&store)).expect("tables");
        let tokens = Tokens::load(Arc::clone(&store), Arc::new(SystemClock), nobody()).expect("tokens");
        (store, tables, tokens)
    }

    #[tokio::test]
    async fn a_row_that_another_node_retired_is_offered_here_no_more_within_a_moment() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().to_owned();
        let opened = tokio::task::spawn_blocking(move || opened(&path)).await;
        let (store, tables, tokens) = opened.expect("opened");
        let following =
            tokio::spawn(follow(Arc::clone(&store), Held { tokens, tables: Arc::clone(&tables) }));
        let day = LocalDate::parse("2026-06-01").expect("a day");
        let last = LocalDate::parse("2026-05-31").expect("a day");
        let offered = || tables.now().names(CodeTable::District, day).contains(&"万州区".to_owned());
        assert!(offered());
        // As another node writes it: this one hears of it by the change log alone.
        let retire = move |tx: &mut Tx<'_>| {
            put_code_change(tx, CodeTable::District, "500101", &RowChange::Retire { last }, &Actor::System)
        };
        store.write(Priority::Desk, retire).await.expect("written");
        for _ in 0..100 {
            if !offered() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(!offered());
        assert_eq!(
            tables.now().row(CodeTable::District, "500101").map(|row| row.name_on(day)),
            Some("万州区")
        );
        tokio::task::spawn_blocking(move || store.close()).await.expect("closed");
        following.await.expect("ended");
    }
}
