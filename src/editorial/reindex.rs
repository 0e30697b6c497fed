//! `minyi reindex`: builds the index anew while the old one serves.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::Serialize;
use tokio::sync::mpsc;

use crate::index::rebuild;

use super::{Desk, DeskError};

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
            let last = match result {
                Ok(done) => Progress { done, total, finished: true, error: None },
                Err(error) => Progress { done: 0, total, finished: false, error: Some(error.to_string()) },
            };
            drop(to.send(last));
        });
        Ok(from)
    }
}
