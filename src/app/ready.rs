//! Whether the instance can do its work: the queue, the store, the index.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;

use crate::index::SearchIndex;
use crate::queue::Queue;
use crate::store::Store;
use crate::web::{Check, Readiness};

use super::folder;

/// What `/readyz` looks at.
pub(super) struct Ready {
    pub queue: Arc<dyn Queue>,
    pub store: Arc<Store>,
    pub index: SearchIndex,
    pub dir: PathBuf,
    /// Brokers look after their own disks.
    pub min_free_mb: Option<u64>,
}

impl Ready {
    /// Where the disk of the embedded queue has less left than is kept free: nothing is taken then.
    fn no_space(&self) -> Option<String> {
        let limit = self.min_free_mb?;
        let free = folder::free_mb(&self.dir)?;
        (free < limit).then(|| format!("磁盘只剩 {free} MB，低于 queue.min_free_mb（{limit} MB）"))
    }
}

/// An index further behind than this is not ready: editors would miss what has long come in.
const LAG_MAX: i64 = 200_000;

impl Readiness for Ready {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        async move {
            let depth = self.queue.depth();
            let counted = self.store.read(crate::store::last_seq).await;
            let lag = self.store.tide().level() - self.index.applied().0;
            vec![
                match self.queue.trouble().or_else(|| self.no_space()) {
                    // Nodes that are taken away would not bring back what brokers have lost.
                    None => {
                        let mut detail = json!(depth);
                        let lost = self.queue.lost();
                        if !lost.is_empty() {
                            detail["lost"] = json!(lost);
                        }
                        Check { name: "queue", ok: true, detail }
                    }
                    Some(error) => Check {
                        name: "queue",
                        ok: false,
                        detail: json!({ "error": error, "waiting": depth.waiting }),
                    },
                },
                Check {
                    name: "store",
                    ok: counted.is_ok(),
                    detail: match counted {
                        Ok(seq) => json!({ "seq": seq.0 }),
                        Err(error) => json!({ "error": error.to_string() }),
                    },
                },
                Check {
                    name: "index",
                    ok: lag < LAG_MAX,
                    detail: json!({ "lag": lag, "documents": self.index.documents() }),
                },
            ]
        }
        .boxed()
    }
}
