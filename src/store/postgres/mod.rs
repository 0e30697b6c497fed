//! PostgreSQL: several nodes on the same facts. On each, one writer with group commit and several readers.
//!
//! Writers take turns across all nodes: a group begins by locking the row of the sequence and holds it to the commit. So
//! the order of sequence numbers is the order in which changes become visible, as on SQLite, and closures see what they
//! would see there. A commit is told to the other nodes, whose followers then wake.

mod connection;
pub(super) mod parts;
mod schema;
mod value;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::{Clock, random_bytes};
use crate::{config, failpoint};

use super::commit_group;
use super::jobs::{Line, ReadJob, WriteJob};
use super::sql::Sql;
use super::tide::Tide;
use super::{StoreError, Threads, changes, spawn};
use connection::Connection;

/// How long a group is tried again while the server is away, before its callers are told.
const RETRY_FOR: Duration = Duration::from_secs(8);
/// How long a reader waits for the server.
const READ_RETRY_FOR: Duration = Duration::from_secs(2);
/// First and longest pause between two attempts.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));
/// How often the listener looks whether it is to end.
const LISTEN: Duration = Duration::from_millis(150);
/// How often it asks, whatever it hears.
const ASK: Duration = Duration::from_secs(5);

/// Connects, brings the schema up to date and starts the threads.
///
/// # Errors
/// When the server cannot be reached or refuses, or its schema is newer than this program.
pub(super) fn start(
    settings: &config::Store,
    writes: &Line<dyn WriteJob>,
    reads: &Line<dyn ReadJob>,
    tide: &Arc<Tide>,
    clock: Arc<dyn Clock>,
) -> Result<Threads, StoreError> {
    let mut connection = Connection::open(settings)?;
    schema::bring_up_to_date(&mut connection)?;
    schema::forget_old_notes(&mut connection, clock.now())?;
    tide.rise(changes::last_seq(&mut connection)?.0);
    let process: [u8; 8] = random_bytes().map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let writer = Writer {
        settings: settings.clone(),
        line: writes.clone(),
        tide: Arc::clone(tide),
        clock,
        name: format!("{}{:016x}", schema::NOTES, u64::from_le_bytes(process)),
        number: 0,
        connection: Some(connection),
        doubt: None,
        away_since: None,
    };
    let mut threads = vec![spawn("store-writer", move || writer.run())?];
    for n in 0..settings.readers {
        let (settings, line) = (settings.clone(), reads.clone());
        threads.push(spawn(&format!("store-reader-{n}"), move || read_loop(&settings, &line))?);
    }
    let listener = Listener { settings: settings.clone(), line: writes.clone(), tide: Arc::clone(tide) };
    threads.push(spawn("store-listener", move || listener.run())?);
    Ok(threads)
}

struct Writer {
    settings: config::Store,
    line: Line<dyn WriteJob>,
    tide: Arc<Tide>,
    clock: Arc<dyn Clock>,
    /// Under which each commit of this process is noted, in the same transaction.
    name: String,
    number: i64,
    connection: Option<Connection>,
    /// A commit that was asked for and not heard of: its number, and the sequence number it ends with.
    doubt: Option<i64>,
    away_since: Option<Instant>,
}

impl Writer {
    fn run(mut self) {
        while let Some(first) = self.line.pop() {
            let mut jobs = vec![first];
            match self.commit(&mut jobs) {
                Ok(seq) => {
                    failpoint::pass("store.after_commit");
                    self.tide.rise(seq);
                    jobs.into_iter().for_each(WriteJob::deliver);
                }
                Err(error) => {
                    tracing::error!(%error, "a group of writes did not commit");
                    jobs.into_iter().for_each(|job| job.fail(error.clone()));
                }
            }
        }
    }

    /// Tries until it is committed, or the server has been away for too long.
    fn commit(&mut self, jobs: &mut Vec<Box<dyn WriteJob>>) -> Result<i64, StoreError> {
        let mut pause = PAUSE.0;
        loop {
            let error = match self.attempt(jobs) {
                Ok(seq) => {
                    self.away_since = None;
                    return Ok(seq);
                }
                Err(error) => error,
            };
            let since = *self.away_since.get_or_insert_with(Instant::now);
            let passing = matches!(error, StoreError::Unavailable(_));
            if !passing || since.elapsed() > RETRY_FOR {
                // Nobody waits for the outcome any more.
                self.doubt = None;
                return Err(error);
            }
            tracing::warn!(%error, "a group of writes is tried again");
            metrics::counter!("minyi_store_retries_total").increment(1);
            std::thread::sleep(pause);
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    fn attempt(&mut self, jobs: &mut Vec<Box<dyn WriteJob>>) -> Result<i64, StoreError> {
        let mut connection = match self.connection.take() {
            Some(open) if !open.is_lost() => open,
            _ => Connection::open(&self.settings)?,
        };
        if let Some(seq) = self.settle_doubt(&mut connection)? {
            self.connection = Some(connection);
            return Ok(seq);
        }
        self.number = self.clock.now().as_micros().max(self.number + 1);
        connection.note_commits(&self.name, self.number);
        let limit = Duration::from_millis(self.settings.group_ms);
        let done = commit_group::run(&mut connection, jobs, &self.line, limit, self.clock.as_ref());
        if done.is_err() && connection.is_in_doubt() {
            self.doubt = Some(self.number);
        }
        if done.is_err() && !connection.is_lost() {
            drop(connection.batch("ROLLBACK"));
        }
        if !connection.is_lost() {
            self.connection = Some(connection);
        }
        done
    }

    /// Whether the commit that was not heard of took place. The lock waits for the end of the session that asked for it.
    fn settle_doubt(&mut self, connection: &mut Connection) -> Result<Option<i64>, StoreError> {
        use commit_group::Writing;
        let Some(number) = self.doubt else { return Ok(None) };
        connection.begin()?;
        let committed = connection.noted(&self.name)? == Some(number);
        let seq = changes::last_seq(connection)?;
        connection.batch("ROLLBACK")?;
        self.doubt = None;
        tracing::info!(committed, "what became of a commit is known again");
        Ok(committed.then_some(seq.0))
    }
}

fn read_loop(settings: &config::Store, line: &Line<dyn ReadJob>) {
    let mut connection = None;
    while let Some(job) = line.pop() {
        match snapshot(&mut connection, settings) {
            Ok(mut open) => {
                job.run(&mut open);
                if !open.is_lost() && open.batch("COMMIT").is_ok() {
                    open.calm();
                    connection = Some(open);
                }
            }
            Err(error) => job.fail(error),
        }
    }
}

/// A connection that stands on a snapshot: the one at hand, or another if that was lost meanwhile.
fn snapshot(kept: &mut Option<Connection>, settings: &config::Store) -> Result<Connection, StoreError> {
    const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
    if let Some(mut open) = kept.take()
        && open.batch(BEGIN).is_ok()
    {
        return Ok(open);
    }
    let begun = Instant::now();
    loop {
        let opened = Connection::open(settings).and_then(|mut open| open.batch(BEGIN).map(|()| open));
        match opened {
            Ok(open) => return Ok(open),
            Err(error) if begun.elapsed() > READ_RETRY_FOR => return Err(error),
            Err(_) => std::thread::sleep(PAUSE.1 / 5),
        }
    }
}

/// Hears of the commits of other nodes, so that this one's followers wake.
struct Listener {
    settings: config::Store,
    line: Line<dyn WriteJob>,
    tide: Arc<Tide>,
}

impl Listener {
    fn run(self) {
        while !self.line.is_closed() {
            if let Err(error) = self.listen() {
                tracing::warn!(%error, "commits of other nodes are not heard of for now");
                std::thread::sleep(PAUSE.1);
            }
        }
    }

    fn listen(&self) -> Result<(), StoreError> {
        let mut connection = Connection::open(&self.settings)?;
        connection.listen()?;
        let mut asked: Option<Instant> = None;
        while !self.line.is_closed() {
            if asked.is_none_or(|at| at.elapsed() > ASK) {
                asked = Some(Instant::now());
                self.tide.rise(changes::last_seq(&mut connection as &mut dyn Sql)?.0);
            }
            if let Some(seq) = connection.hear(LISTEN)? {
                self.tide.rise(seq);
            }
        }
        Ok(())
    }
}
