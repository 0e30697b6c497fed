//! The queue of one machine: a SQLite file of its own, one writer thread, group commit without linger.
//!
//! Whatever waits when the thread comes round is committed together, so one client pays one sync and sixty-four share
//! it. Appends only ever write at the end of the table; the keys of what was appended are moved into their own,
//! sorted table in large batches later, because sixty-four random keys a commit would cost sixty-four pages a commit.

mod file;
mod line;
mod state;
mod writer;

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Append, Appended, Boxed, Consumer, Delivery, Depth, Producer, Queue, QueueError, Settle};
use crate::config;
use line::ReadyLine;
use writer::{Op, Writer};

/// The embedded engine. Dropping it ends its thread after what is in line is committed.
pub struct EmbeddedQueue {
    ops: Mutex<Option<Sender<Op>>>,
    ready: Arc<ReadyLine>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl EmbeddedQueue {
    /// Opens `queue.db` in `dir`; what was in workers' hands when the last process ended is delivered again.
    ///
    /// # Errors
    /// When the file cannot be opened or is damaged.
    pub fn open(dir: &Path, settings: &config::Queue) -> Result<Self, QueueError> {
        let (ops, incoming) = channel();
        let ready = Arc::new(ReadyLine::new(Duration::from_millis(settings.rush_ms)));
        let writer = Writer::open(dir, settings, Arc::clone(&ready))?;
        let thread = std::thread::Builder::new()
            .name("queue-writer".to_owned())
            .spawn(move || writer.run(&incoming))
            .map_err(|error| QueueError::Unavailable(error.to_string()))?;
        Ok(Self { ops: Mutex::new(Some(ops)), ready, thread: Mutex::new(Some(thread)) })
    }

    fn send(&self, op: Op) -> Result<(), QueueError> {
        let ops = self.ops.lock().unwrap_or_else(PoisonError::into_inner);
        ops.as_ref().ok_or(QueueError::Closed)?.send(op).map_err(|_| QueueError::Closed)
    }

    fn sender(&self) -> Option<Sender<Op>> {
        self.ops.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Queue for EmbeddedQueue {
    fn depth(&self) -> Depth {
        self.ready.depth()
    }

    fn trouble(&self) -> Option<String> {
        self.ready.trouble()
    }

    fn stop_taking(&self) {
        self.ready.close();
    }

    fn copy_to(&self, path: &Path) -> Result<bool, QueueError> {
        let (to, answer) = oneshot::channel();
        self.send(Op::Copy { path: path.to_owned(), to })?;
        answer.blocking_recv().unwrap_or(Err(QueueError::Closed))?;
        Ok(true)
    }

    fn close(&self) {
        self.ready.close();
        drop(self.ops.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl Drop for EmbeddedQueue {
    fn drop(&mut self) {
        self.close();
    }
}

impl Producer for EmbeddedQueue {
    fn append(&self, append: Append) -> Boxed<'_, Result<Appended, QueueError>> {
        let (to, answer) = oneshot::channel();
        let sent = self.send(Op::Append { append: Box::new(append), to });
        Box::pin(async move {
            sent?;
            answer.await.unwrap_or(Err(QueueError::Closed))
        })
    }
}

impl Consumer for EmbeddedQueue {
    fn take(&self, max: usize, linger: Duration) -> Result<Vec<Delivery>, QueueError> {
        if !self.ready.wait(max, linger) {
            return Ok(Vec::new());
        }
        let (to, answer) = oneshot::channel();
        self.send(Op::Take { max, to })?;
        let taken = answer.blocking_recv().unwrap_or(Err(QueueError::Closed))?;
        let Some(ops) = self.sender() else { return Ok(Vec::new()) };
        Ok(taken
            .into_iter()
            .map(|message| {
                let settle = Box::new(Handle { pos: message.pos, ops: ops.clone() });
                Delivery { raw: message.payload, attempt: message.attempt, settle }
            })
            .collect())
    }
}

/// A delivery's way back. If the writer is gone, the lease runs out and the message comes again: nothing is lost.
struct Handle {
    pos: i64,
    ops: Sender<Op>,
}

impl Settle for Handle {
    fn ack(self: Box<Self>) {
        let _ = self.ops.send(Op::Ack { pos: self.pos });
    }

    fn retry(self: Box<Self>, delay: Duration) {
        let _ = self.ops.send(Op::Retry { pos: self.pos, delay });
    }

    fn dead(self: Box<Self>, reason: &str) {
        tracing::warn!(pos = self.pos, reason, "a message became a dead letter");
        let _ = self.ops.send(Op::Ack { pos: self.pos });
    }
}
