//! `minyi reindex`: builds the index anew while the old one serves.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::Serialize;
use tokio::sync::mpsc;

use crate::index::rebuild;

use super::{Desk, DeskError, Reloaded};

/// How far a rebuild has come; the last one says how it ended.
#[derive(Debug, Serialize)]
pub struct Progress {
    /// Items read so far.
    pub done: u64,
    /// Items in all, as of the beginning.
    pub total: u64,
    /// Whether the new index is in use.
    pub finished: bool,
    /// Why it ended without success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Desk {
    /// Reads the office's words again and, where they changed, starts to rebuild the index.
    ///
    /// # Errors
    /// When a line is wrong; the words known before stay in force then.
    pub async fn reload_lexicon(self: Arc<Self>) -> Result<Reloaded, DeskError> {
        let desk = Arc::clone(&self);
        let work = move || (desk.hooks.reload_lexicon)().map_err(DeskError::Request);
        let reloaded = self.compute(work).await?;
        if reloaded.changed {
            // Nobody watches this one; it says in the log how it ends.
            drop(self.reindex().await?);
        }
        Ok(reloaded)
    }

    /// Starts a rebuild and gives its progress.
    ///
    /// # Errors
    /// When one is running already.
    pub async fn reindex(self: Arc<Self>) -> Result<mpsc::UnboundedReceiver<Progress>, DeskError> {
        if self.reindexing.swap(true, Ordering::SeqCst) {
            return Err(DeskError::Request("索引正在重建，请等它完成".to_owned()));
        }
        let (to, from) = mpsc::unbounded_channel();
        let counted = self.store.read(crate::store::count_items).await;
        let total = match counted {
            Ok(counts) => u64::try_from(counts.items).unwrap_or(0),
            Err(error) => {
                self.reindexing.store(false, Ordering::SeqCst);
                return Err(error.into());
            }
        };
        tokio::task::spawn_blocking(move || {
            let told = to.clone();
            let result = rebuild(&self.index, &self.store, |done| {
                // A client that has gone away does not stop the rebuild.
                drop(told.send(Progress { done, total, finished: false, error: None }));
            });
            self.reindexing.store(false, Ordering::SeqCst);
            if let Err(error) = &result {
                tracing::error!(%error, "the index was not rebuilt; the old one stays in use");
            }
            let last = match result {
                Ok(done) => Progress { done, total, finished: true, error: None },
                Err(error) => Progress { done: 0, total, finished: false, error: Some(error.to_string()) },
            };
            drop(to.send(last));
        });
        Ok(from)
    }
}
