//! Files that nobody needs any more, a day after they came.

use crate::model::Actor;
use crate::store::{
    Priority, StoreError, Tx, UploadState, forget_files, loose_before, move_upload, settle_loose, uploads_in,
};

use super::Uploads;

/// How long a file waits to be decided about, and for something to refer to it: 24 hours.
const WAITS_SECONDS: i64 = 24 * 3600;
/// Files looked at in one sweep.
const SWEPT: i64 = 1_000;

/// Drops what was not decided about, and takes away files that nothing refers to.
pub(super) async fn sweep(uploads: &Uploads) {
    match swept(uploads).await {
        Ok(0) => {}
        Ok(files) => tracing::info!(files, "files that nothing refers to were swept"),
        Err(error) => tracing::warn!(%error, "unneeded files could not be swept; trying again"),
    }
}

async fn swept(uploads: &Uploads) -> Result<usize, StoreError> {
    let store = &uploads.parts.store;
    let before = uploads.parts.clock.now().plus_seconds(-WAITS_SECONDS);
    let waiting = store.read(|sql| uploads_in(sql, UploadState::Looked, SWEPT)).await?;
    for upload in waiting.into_iter().filter(|upload| upload.at < before) {
        let step = (UploadState::Looked, UploadState::Dropped);
        let drop = move |tx: &mut Tx<'_>| move_upload(tx, &upload.id, step, &Actor::System);
        store.write::<_, StoreError, _>(Priority::Batch, drop).await?;
    }
    store.write(Priority::Batch, move |tx: &mut Tx<'_>| forget_files(tx, before)).await?;
    let (blobs, store) = (uploads.parts.blobs.clone(), std::sync::Arc::clone(store));
    let taken = tokio::task::spawn_blocking(move || -> Result<usize, StoreError> {
        let mut gone = 0;
        for hash in store.read(move |sql| loose_before(sql, before, SWEPT)).wait()? {
            let mut unused = false;
            let settle = || {
                let settled = store
                    .write(Priority::Batch, move |tx: &mut Tx<'_>| settle_loose(tx, &hash, before))
                    .wait();
                unused = settled.unwrap_or_else(|error: StoreError| {
                    tracing::warn!(%error, "an unneeded file stays for now");
                    false
                });
                unused
            };
            blobs.remove(&hash, settle).map_err(|error| StoreError::Unavailable(error.to_string()))?;
            gone += usize::from(unused);
        }
        Ok(gone)
    });
    taken.await.map_err(|error| StoreError::Unavailable(error.to_string()))?
}
