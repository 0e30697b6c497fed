//! Work handed to store threads, and the answer to it. Closures are synchronous; callers await or wait.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::StoreError;
use super::sql::Sql;
use super::tx::Tx;

/// What comes first on the writer thread: an editor waits for an answer, a batch of the pipeline does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// A person waits.
    Desk,
    /// The pipeline, followers.
    Batch,
}

/// The answer to a job: `.await` it, or `.wait()` on a thread of one's own.
pub struct Answer<T, E>(oneshot::Receiver<Result<T, E>>);

impl<T, E: From<StoreError>> Answer<T, E> {
    /// Blocks the present thread. Never on an async thread.
    ///
    /// # Errors
    /// The job's own error, or that the store is away.
    pub fn wait(self) -> Result<T, E> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(StoreError::closed().into()))
    }
}

impl<T: Send + 'static, E: From<StoreError> + Send + 'static> IntoFuture for Answer<T, E> {
    type Output = Result<T, E>;
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send>>;
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.0.await.unwrap_or_else(|_| Err(StoreError::closed().into())) })
    }
}

/// A write, as the writer thread sees it.
pub trait WriteJob: Send {
    /// Runs it; `false` asks for its savepoint to be rolled back.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Puts this in the place of what `run` gave.
    fn refuse(&mut self, error: StoreError);
    /// Delivers what `run` gave, after the commit (or its rollback).
    fn deliver(self: Box<Self>);
    /// Delivers that the group did not commit.
    fn fail(self: Box<Self>, error: StoreError);
}

/// A read, as a reader thread sees it.
pub trait ReadJob: Send {
    /// Runs it on a snapshot and delivers.
    fn run(self: Box<Self>, sql: &mut dyn Sql);
    /// Delivers that there is no connection.
    fn fail(self: Box<Self>, error: StoreError);
}

struct Write<T, E, F> {
    run: F,
    result: Option<Result<T, E>>,
    to: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> WriteJob for Write<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = (self.run)(tx);
        let ok = result.is_ok();
        self.result = Some(result);
        ok
    }

    fn refuse(&mut self, error: StoreError) {
        self.result = Some(Err(error.into()));
    }

    fn deliver(self: Box<Self>) {
        let result = self.result.unwrap_or_else(|| Err(StoreError::closed().into()));
        // The caller may have gone away; the write stands all the same.
        let _ = self.to.send(result);
    }

    fn fail(self: Box<Self>, error: StoreError) {
        let _ = self.to.send(Err(error.into()));
    }
}

struct Read<T, E, F> {
    run: F,
    to: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> ReadJob for Read<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnOnce(&mut dyn Sql) -> Result<T, E> + Send,
{
    fn run(self: Box<Self>, sql: &mut dyn Sql) {
        let _ = self.to.send((self.run)(sql));
    }

    fn fail(self: Box<Self>, error: StoreError) {
        let _ = self.to.send(Err(error.into()));
    }
}

/// A write and the answer to it.
pub fn write_job<T, E, F>(run: F) -> (Box<dyn WriteJob>, Answer<T, E>)
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
{
    let (to, from) = oneshot::channel();
    (Box::new(Write { run, result: None, to }), Answer(from))
}

/// A read and the answer to it.
pub fn read_job<T, E, F>(run: F) -> (Box<dyn ReadJob>, Answer<T, E>)
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnOnce(&mut dyn Sql) -> Result<T, E> + Send + 'static,
{
    let (to, from) = oneshot::channel();
    (Box::new(Read { run, to }), Answer(from))
}

/// A waiting line of jobs, editors' before batches.
pub struct Line<J: ?Sized>(Arc<(Mutex<Waiting<J>>, Condvar)>);

struct Waiting<J: ?Sized> {
    desk: VecDeque<Box<J>>,
    batch: VecDeque<Box<J>>,
    closed: bool,
}

impl<J: ?Sized> Clone for Line<J> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<J: ?Sized> Default for Line<J> {
    fn default() -> Self {
        let waiting = Waiting { desk: VecDeque::new(), batch: VecDeque::new(), closed: false };
        Self(Arc::new((Mutex::new(waiting), Condvar::new())))
    }
}

impl<J: ?Sized> Line<J> {
    fn lock(&self) -> MutexGuard<'_, Waiting<J>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job in line. After [`Self::close`] it is dropped, which its answer reports.
    pub fn push(&self, priority: Priority, job: Box<J>) {
        let mut waiting = self.lock();
        if waiting.closed {
            return;
        }
        match priority {
            Priority::Desk => waiting.desk.push_back(job),
            Priority::Batch => waiting.batch.push_back(job),
        }
        self.0.1.notify_one();
    }

    /// The next job, waiting for one; `None` once closed and empty.
    pub fn pop(&self) -> Option<Box<J>> {
        let mut waiting = self.lock();
        loop {
            if let Some(job) = waiting.next() {
                return Some(job);
            }
            if waiting.closed {
                return None;
            }
            waiting = self.0.1.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next job, if one waits.
    pub fn try_pop(&self) -> Option<Box<J>> {
        self.lock().next()
    }

    /// Whether no more jobs come.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// No more jobs; those in line are still done.
    pub fn close(&self) {
        self.lock().closed = true;
        self.0.1.notify_all();
    }
}

impl<J: ?Sized> Waiting<J> {
    fn next(&mut self) -> Option<Box<J>> {
        self.desk.pop_front().or_else(|| self.batch.pop_front())
    }
}
