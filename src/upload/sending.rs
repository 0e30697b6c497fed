//! Sending what was uploaded: in the background, row by row, on one node at a time; after a crash it goes on where it stood.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::model::{ItemId, Receipt};
use crate::store::{
    Lease, Priority, StoreError, Tx, UploadRecord, UploadState, UploadedRow, note_uploaded, put_sent,
    take_lease, uploads_in,
};
use crate::web::Problem;

use super::{Handed, LookedRow, OWN_SOURCE, Standing, Uploads, sweep};

/// Rows between two notes of how far it has come; a stop takes hold there.
const CHUNK: usize = 100;
/// Rows on their way into the queue side by side.
const SIDE_BY_SIDE: usize = 32;
/// Seconds that a lease holds without a note.
const LEASE_SECONDS: i64 = 60;
/// How often it looks for work that another node was given.
const PAUSE: Duration = Duration::from_secs(2);
/// Rounds without work between two sweeps: about a quarter of an hour.
const SWEEP_EVERY: u32 = 450;

/// The running sender.
pub struct Sending {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sending {
    /// Notes what was sent, then ends; the rest is sent after the next start.
    pub async fn stop(self) {
        // A receiver that is gone is a task that has ended.
        let _ = self.stop.send(true);
        if self.task.await.is_err() {
            tracing::warn!("sending uploads ended by itself; it goes on at the next start");
        }
    }
}

/// Starts sending on the present runtime.
pub fn send(uploads: Arc<Uploads>) -> Sending {
    let (stop, stopped) = watch::channel(false);
    let task = tokio::spawn(Sender { uploads, stopped }.run());
    Sending { stop, task }
}

struct Sender {
    uploads: Arc<Uploads>,
    stopped: watch::Receiver<bool>,
}

impl Sender {
    async fn run(mut self) {
        let mut idle = 0;
        while !*self.stopped.borrow() {
            let found = match self.round().await {
                Ok(found) => found,
                Err(problem) => {
                    tracing::warn!(detail = %problem.detail, "an upload could not be sent; trying again");
                    false
                }
            };
            if found {
                continue;
            }
            if idle % SWEEP_EVERY == 0 {
                sweep::sweep(&self.uploads).await;
            }
            idle = idle.wrapping_add(1);
            let begun = self.uploads.begun.notified();
            tokio::select! {
                () = begun => {}
                _ = self.stopped.changed() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Sends some rows; whether there may be more to do.
    async fn round(&self) -> Result<bool, Problem> {
        let uploads = &self.uploads;
        let Some(upload) = uploads.read(|sql| uploads_in(sql, UploadState::Sending, 1)).await?.pop() else {
            return Ok(false);
        };
        let (holder, now) = (uploads.parts.node.clone(), uploads.parts.clock.now());
        let lease = uploads.write(move |tx| take_lease(tx, "uploads", &holder, now, LEASE_SECONDS)).await?;
        let Some(lease) = lease else { return Ok(false) };
        let more = self.rows(&upload, &lease).await;
        if *self.stopped.borrow() {
            // Another node goes on at once instead of when the lease runs out.
            uploads.write(move |tx| lease.give_back(tx)).await?;
        }
        more
    }

    /// Sends an upload's rows to their end, or to that of this node; whether there may be more to do.
    async fn rows(&self, upload: &UploadRecord, lease: &Lease) -> Result<bool, Problem> {
        let uploads = &self.uploads;
        let looked = uploads.looked(upload).await?;
        let mut at = upload.handled as usize;
        loop {
            if *self.stopped.borrow() {
                return Ok(false);
            }
            let rows = &looked.rows[at.min(looked.rows.len())..looked.rows.len().min(at + CHUNK)];
            let (done, full) = self.take(upload, rows).await;
            let count = done.len();
            let state = self.noted(upload, lease, at, done).await?;
            at += count;
            if state != UploadState::Sending {
                uploads.forget(&upload.id);
                return Ok(true);
            }
            if let Some(problem) = full {
                return Err(problem);
            }
        }
    }

    /// Hands rows to the intake, in order; with the first that cannot be taken now it ends.
    async fn take(&self, upload: &UploadRecord, rows: &[LookedRow]) -> (Vec<Taken>, Option<Problem>) {
        let one = async |row: &LookedRow| {
            if !row.flaws.is_empty() {
                return Ok(Err(row.flaws.join("；")));
            }
            let sent = (self.uploads.parts.take)(
                upload.source.clone(),
                upload.owner.clone(),
                row.json.clone().into_bytes(),
            );
            match sent.await {
                Ok(handed) => Ok(Ok(handed)),
                Err(problem) if problem.status >= 500 => Err(problem),
                Err(problem) => Ok(Err(said(&problem))),
            }
        };
        let mut answers = futures_util::stream::iter(rows).map(one).buffered(SIDE_BY_SIDE);
        let mut done = Vec::with_capacity(rows.len());
        for row in rows {
            match answers.next().await {
                Some(Ok(answer)) => done.push(taken(row, answer)),
                Some(Err(problem)) => return (done, Some(problem)),
                None => break,
            }
        }
        (done, None)
    }

    async fn noted(
        &self,
        upload: &UploadRecord,
        lease: &Lease,
        first: usize,
        done: Vec<Taken>,
    ) -> Result<UploadState, Problem> {
        let (id, owner, lease) = (upload.id.clone(), upload.owner.clone(), lease.clone());
        let own = upload.source.as_str() == OWN_SOURCE;
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        let note = move |tx: &mut Tx<'_>| -> Result<UploadState, StoreError> {
            lease.hold(tx, LEASE_SECONDS)?;
            for one in done.iter().filter(|_| own) {
                if let Some((item, receipt)) = &one.item {
                    put_sent(tx, &owner, (item, receipt), &one.title, true)?;
                }
            }
            let rows: Vec<UploadedRow> = done.iter().map(|one| one.row.clone()).collect();
            note_uploaded(tx, &id, first, &rows)
        };
        self.uploads
            .parts
            .store
            .write(Priority::Batch, note)
            .await
            .map_err(|error| crate::site::store_problem(&error))
    }
}

/// What became of a row.
struct Taken {
    row: UploadedRow,
    title: String,
    /// The item, unless it waits: then it becomes its sender's own when it is passed.
    item: Option<(ItemId, Receipt)>,
}

fn taken(row: &LookedRow, answer: Result<Handed, String>) -> Taken {
    let (result, detail, item) = match answer {
        Ok(Handed { item, receipt, standing }) => match standing {
            Standing::New => ("new", receipt.to_string(), Some((item, receipt))),
            Standing::Repeat => ("repeat", receipt.to_string(), Some((item, receipt))),
            Standing::Waits => ("waiting", receipt.to_string(), None),
        },
        Err(why) => ("refused", why, None),
    };
    let title = serde_json::from_str::<Value>(&row.json)
        .ok()
        .and_then(|item| item.get("title")?.as_str().map(str::to_owned))
        .unwrap_or_else(|| row.title.clone());
    let told = UploadedRow { place: row.place.clone(), title: row.title.clone(), result, detail };
    Taken { row: told, title, item }
}

/// A refusal in one line.
fn said(problem: &Problem) -> String {
    let fields: Vec<String> = problem
        .fields
        .iter()
        .map(|field| format!("{}：{}，{}", field.field, field.reason, field.remedy))
        .collect();
    if fields.is_empty() { problem.detail.clone() } else { fields.join("；") }
}
