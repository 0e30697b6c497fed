//! The one thread that writes the queue's file.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::file::{self, Taken};
use super::line::ReadyLine;
use super::state::State;
use crate::config;
use crate::failpoint;
use crate::queue::{Append, Appended, QueueError};

/// Finished messages are dropped, and their keys moved, this many at a time.
const SETTLE_AT: usize = 2048;
/// While contributors keep sending, settling waits until so many are finished: their answers go first.
const SETTLE_LATEST: usize = 32_768;
/// Operations that one commit may hold, so that an answer never waits long.
const GROUP_MAX: usize = 2048;
/// From so many operations in line on, a commit takes the older half of them only: while it writes those, the clients
/// that the former half has answered send anew. Taking all, clients and writer would wait for each other by turns.
const HALVED_FROM: usize = 24;
/// With nothing else to do, finished messages are dropped after this.
const IDLE: Duration = Duration::from_secs(2);
/// How long a look at the free space of the disk is good for.
const SPACE_FOR: Duration = Duration::from_secs(1);

/// What the thread is asked to do.
pub(super) enum Op {
    Append { append: Box<Append>, to: oneshot::Sender<Result<Appended, QueueError>> },
    Take { max: usize, to: oneshot::Sender<Result<Vec<Taken>, QueueError>> },
    Ack { pos: i64 },
    Retry { pos: i64, delay: Duration },
    Copy { path: PathBuf, to: oneshot::Sender<Result<(), QueueError>> },
}

/// An answer that waits for the commit.
enum Reply {
    Append(oneshot::Sender<Result<Appended, QueueError>>, Result<Appended, QueueError>),
    Take(oneshot::Sender<Result<Vec<Taken>, QueueError>>, Vec<Taken>),
}

impl Reply {
    /// The asker may have gone away: an append stands all the same, and a take comes again when its lease runs out.
    fn send(self) {
        match self {
            Self::Append(to, outcome) => drop(to.send(outcome)),
            Self::Take(to, taken) => drop(to.send(Ok(taken))),
        }
    }

    fn fail(self, error: &QueueError) {
        match self {
            Self::Append(to, _) => drop(to.send(Err(error.clone()))),
            Self::Take(to, _) => drop(to.send(Err(error.clone()))),
        }
    }
}

pub(super) struct Writer {
    dir: PathBuf,
    /// `None` after a failed commit, until the file has been opened and checked again.
    connection: Option<Connection>,
    settings: config::Queue,
    ready: Arc<ReadyLine>,
    state: State,
    space: Option<(Instant, bool)>,
}

impl Writer {
    pub(super) fn open(
        dir: &Path,
        settings: &config::Queue,
        ready: Arc<ReadyLine>,
    ) -> Result<Self, QueueError> {
        let connection = file::open(&dir.join("queue.db")).map_err(unavailable)?;
        let state = State::load(&connection).map_err(unavailable)?;
        let (settings, connection) = (settings.clone(), Some(connection));
        let writer = Self { dir: dir.to_owned(), connection, settings, ready, state, space: None };
        writer.publish(0);
        Ok(writer)
    }

    /// Commits what waits each time it comes round: nobody lingers for company.
    pub(super) fn run(mut self, incoming: &Receiver<Op>) {
        let mut line = VecDeque::new();
        loop {
            let mut ended = false;
            if line.is_empty() {
                match incoming.recv_timeout(IDLE) {
                    Ok(op) => line.push_back(op),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => ended = true,
                }
            }
            line.extend(incoming.try_iter().take(GROUP_MAX));
            self.copy_if_asked(&mut line);
            let half = if line.len() < HALVED_FROM { line.len() } else { line.len().div_ceil(2) };
            let group: Vec<Op> = line.drain(..half.min(GROUP_MAX)).collect();
            let idle = group.is_empty() && self.state.finished() > 0;
            self.round(group, idle || ended);
            if ended {
                return;
            }
        }
    }

    /// Between two commits: what is copied is what was answered for.
    fn copy_if_asked(&self, line: &mut VecDeque<Op>) {
        if !line.iter().any(|op| matches!(op, Op::Copy { .. })) {
            return;
        }
        let rest = std::mem::take(line).into_iter().filter_map(|op| match op {
            Op::Copy { path, to } => {
                let copied = match &self.connection {
                    Some(connection) => file::copy(connection, &path).map_err(unavailable),
                    None => Err(QueueError::Unavailable("队列文件无法打开".to_owned())),
                };
                drop(to.send(copied));
                None
            }
            op => Some(op),
        });
        *line = rest.collect();
    }

    /// One group of operations and the commit that makes them durable.
    fn round(&mut self, group: Vec<Op>, settle: bool) {
        // With nothing to do it is opened again all the same, so that /readyz tells when it serves again.
        let Some(connection) = self.connection.take().or_else(|| self.reopen()) else {
            let error = QueueError::Unavailable("队列文件无法打开".to_owned());
            group.into_iter().filter_map(reply_to).for_each(|reply| reply.fail(&error));
            return;
        };
        let mut replies = Vec::with_capacity(group.len());
        let appends = group.iter().filter(|op| matches!(op, Op::Append { .. })).count();
        let committed = self.commit(&connection, group, settle, &mut replies);
        match committed {
            Ok(()) => {
                failpoint::pass("queue.after_commit");
                self.connection = Some(connection);
                self.publish(appends);
                replies.into_iter().for_each(Reply::send);
            }
            // A connection whose commit failed is never used again: what its pages hold is unknown.
            Err(error) => {
                tracing::error!(%error, "a group of appends did not commit; the connection is replaced");
                let error = unavailable(error);
                self.ready.set_trouble(Some(error.to_string()));
                replies.into_iter().for_each(|reply| reply.fail(&error));
            }
        }
    }

    fn commit(
        &mut self,
        connection: &Connection,
        group: Vec<Op>,
        settle: bool,
        replies: &mut Vec<Reply>,
    ) -> rusqlite::Result<()> {
        // Acknowledgements live in memory until the next take: lost ones only mean that a message comes twice.
        let must_commit = group.iter().any(|op| matches!(op, Op::Append { .. } | Op::Take { .. }));
        let busy = group.iter().any(|op| matches!(op, Op::Append { .. }));
        let settle = settle || self.state.finished() >= if busy { SETTLE_LATEST } else { SETTLE_AT };
        if must_commit || settle {
            connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        // From here on an error must still find every asker among the replies.
        let mut failed = None;
        for op in group {
            if failed.is_some() {
                replies.extend(reply_to(op));
            } else if let Err(error) = self.apply(connection, op, replies) {
                failed = Some(error);
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if settle {
            self.state.settle(connection)?;
            self.ready.finished();
        }
        if must_commit || settle {
            failpoint::pass("queue.before_commit");
            disk("queue.write")?;
            connection.execute_batch("COMMIT")?;
            disk("queue.sync")?;
        }
        Ok(())
    }

    fn apply(&mut self, connection: &Connection, op: Op, replies: &mut Vec<Reply>) -> rusqlite::Result<()> {
        let now = Instant::now();
        match op {
            Op::Append { append, to } => {
                if let Err(refused) = self.admit(now) {
                    replies.push(Reply::Append(to, Err(refused)));
                    return Ok(());
                }
                match self.state.append(connection, &append) {
                    Ok(appended) => replies.push(Reply::Append(to, Ok(appended))),
                    Err(error) => {
                        replies.push(Reply::Append(to, Err(QueueError::Closed)));
                        return Err(error);
                    }
                }
            }
            Op::Take { max, to } => {
                let until = now + Duration::from_secs(self.settings.lease_seconds);
                match self.state.take(connection, max, now, until) {
                    Ok(taken) => replies.push(Reply::Take(to, taken)),
                    Err(error) => {
                        replies.push(Reply::Take(to, Vec::new()));
                        return Err(error);
                    }
                }
            }
            // Taken out of the line before.
            Op::Copy { to, .. } => drop(to.send(Err(QueueError::Closed))),
            Op::Ack { pos } => self.state.ack(pos),
            Op::Retry { pos, delay } => self.state.put_off(pos, delay, now),
        }
        Ok(())
    }

    /// Whether one more may be appended.
    fn admit(&mut self, now: Instant) -> Result<(), QueueError> {
        if self.state.waiting() >= self.settings.max_depth {
            return Err(QueueError::Full(self.settings.max_depth));
        }
        let fresh = self.space.filter(|(at, _)| now.duration_since(*at) < SPACE_FOR);
        let (_, enough) = *self.space.insert(fresh.unwrap_or_else(|| (now, self.has_space())));
        if enough { Ok(()) } else { Err(QueueError::NoSpace(self.settings.min_free_mb)) }
    }

    fn has_space(&self) -> bool {
        // A disk that cannot be asked is found out by the commit.
        rustix::fs::statvfs(&self.dir).map_or(true, |disk| {
            disk.f_bavail.saturating_mul(disk.f_frsize) >> 20 >= self.settings.min_free_mb
        })
    }

    fn publish(&self, appended: usize) {
        let (ready, next_due) = self.state.ready(Instant::now());
        self.ready.set(ready, self.state.waiting(), next_due, appended);
    }

    /// After a failed commit: opens the file anew, checks it, and loads what it holds.
    fn reopen(&mut self) -> Option<Connection> {
        let reopened = file::open(&self.dir.join("queue.db")).and_then(|connection| {
            let sound = file::quick_check(&connection)?;
            file::prove_writable(&connection)?;
            let state = State::load(&connection)?;
            Ok((connection, state, sound))
        });
        match reopened {
            Ok((connection, state, true)) => {
                self.state = state;
                self.ready.set_trouble(None);
                Some(connection)
            }
            Ok((_, _, false)) => {
                tracing::error!("the queue file is damaged; restore it from a backup");
                self.ready.set_trouble(Some("queue.db 已损坏，请从备份恢复".to_owned()));
                None
            }
            Err(error) => {
                tracing::error!(%error, "the queue file cannot be opened again");
                self.ready.set_trouble(Some(error.to_string()));
                None
            }
        }
    }
}

/// The asker of an operation that will not be carried out.
fn reply_to(op: Op) -> Option<Reply> {
    match op {
        Op::Append { to, .. } => Some(Reply::Append(to, Err(QueueError::Closed))),
        Op::Take { to, .. } => Some(Reply::Take(to, Vec::new())),
        Op::Ack { .. } | Op::Retry { .. } | Op::Copy { .. } => None,
    }
}

fn unavailable(error: rusqlite::Error) -> QueueError {
    QueueError::Unavailable(error.to_string())
}

/// An error of the disk, where a test asks for one.
fn disk(place: &str) -> rusqlite::Result<()> {
    if failpoint::fails(place) {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    Ok(())
}
