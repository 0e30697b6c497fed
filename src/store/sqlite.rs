//! SQLite: one writer thread with group commit, several readers, WAL, every commit synced.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::clock::Clock;
use crate::failpoint;

use super::commit_group::{self, Writing};
use super::jobs::{Line, ReadJob, WriteJob};
use super::sql::{Cell, Param, Row, Sql};
use super::tide::Tide;
use super::tx::Heads;
use super::{StoreError, Threads, migrations, spawn};

/// Opens the file, brings its schema up to date and starts the threads.
///
/// # Errors
/// When the file cannot be opened, is damaged, or was written by a newer version.
pub fn start(
    path: &Path,
    readers: usize,
    group: Duration,
    writes: &Line<dyn WriteJob>,
    reads: &Line<dyn ReadJob>,
    tide: &Arc<Tide>,
    clock: Arc<dyn Clock>,
) -> Result<Threads, StoreError> {
    let mut connection = open(path)?;
    migrations::run_sqlite(&mut connection)?;
    let heads = Heads::load(&mut Engine::new(&connection))?;
    tide.rise(heads.seq);
    let writer = Writer { path: path.to_owned(), group, line: writes.clone(), tide: Arc::clone(tide), clock };
    let mut threads = vec![spawn("store-writer", move || writer.run(connection))?];
    for n in 0..readers {
        let (path, line) = (path.to_owned(), reads.clone());
        threads.push(spawn(&format!("store-reader-{n}"), move || read_loop(&path, &line))?);
    }
    Ok(threads)
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 2000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;
         PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000;",
    )?;
    prepare_once(&connection)?;
    Ok(connection)
}

/// A statement is prepared once and kept. Otherwise SQLite prepares it anew whenever a value is bound that its plan
/// might look at, which was more than a third of the readers' time.
fn prepare_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

struct Writer {
    path: PathBuf,
    group: Duration,
    line: Line<dyn WriteJob>,
    tide: Arc<Tide>,
    clock: Arc<dyn Clock>,
}

impl Writer {
    fn run(self, connection: Connection) {
        let mut connection = Some(connection);
        while let Some(first) = self.line.pop() {
            let Some(open) = connection.take().or_else(|| self.reopen()) else {
                first.fail(StoreError::Unavailable("数据库暂不可用".to_owned()));
                continue;
            };
            let mut jobs = vec![first];
            let mut engine = Engine::new(&open);
            match commit_group::run(&mut engine, &mut jobs, &self.line, self.group, self.clock.as_ref()) {
                Ok(seq) => {
                    failpoint::pass("store.after_commit");
                    self.tide.rise(seq);
                    jobs.into_iter().for_each(WriteJob::deliver);
                    connection = Some(open);
                }
                // A connection whose commit failed is never used again: what its pages hold is unknown.
                Err(error) => {
                    tracing::error!(%error, "a group of writes did not commit; the connection is replaced");
                    jobs.into_iter().for_each(|job| job.fail(StoreError::Unavailable(error.to_string())));
                }
            }
        }
    }

    fn reopen(&self) -> Option<Connection> {
        let reopened = open(&self.path).and_then(|connection| {
            let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if verdict == "ok" { Ok(connection) } else { Err(StoreError::Corrupt(verdict)) }
        });
        match reopened {
            Ok(connection) => Some(connection),
            Err(error) => {
                tracing::error!(%error, "the store cannot be opened again");
                std::thread::sleep(Duration::from_millis(200));
                None
            }
        }
    }
}

fn read_loop(path: &Path, line: &Line<dyn ReadJob>) {
    let open_reader = || -> Result<Connection, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.execute_batch("PRAGMA cache_size = -8192; PRAGMA busy_timeout = 5000;")?;
        prepare_once(&connection)?;
        Ok(connection)
    };
    let mut connection = None;
    while let Some(job) = line.pop() {
        if connection.is_none() {
            connection = open_reader().map_err(|error| tracing::error!(%error, "no reader connection")).ok();
        }
        let Some(open) = &connection else {
            job.fail(StoreError::Unavailable("数据库暂不可读".to_owned()));
            continue;
        };
        let mut engine = Engine::new(open);
        let begun = engine.run("BEGIN");
        match begun {
            Ok(()) => job.run(&mut engine),
            Err(error) => job.fail(error),
        }
        let broken = engine.broken.is_some() | engine.run("COMMIT").is_err();
        if broken {
            connection = None;
        }
    }
}

/// [`Sql`] on a connection, remembering whether the file itself failed.
pub(super) struct Engine<'a> {
    connection: &'a Connection,
    broken: Option<String>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, broken: None }
    }

    fn run(&mut self, sql: &str) -> Result<(), StoreError> {
        let result = self.connection.prepare_cached(sql).and_then(|mut s| s.raw_execute());
        self.check(result).map(drop)
    }

    fn check<T>(&mut self, result: Result<T, rusqlite::Error>) -> Result<T, StoreError> {
        if let Err(rusqlite::Error::SqliteFailure(failure, _)) = &result {
            let fatal = matches!(
                failure.code,
                ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::ReadOnly
                    | ErrorCode::OutOfMemory
            );
            if fatal {
                self.broken = Some(failure.to_string());
            }
        }
        result.map_err(StoreError::from)
    }
}

impl Writing for Engine<'_> {
    fn begin(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE")
    }

    fn control(&mut self, sql: &str) -> Result<(), StoreError> {
        self.run(sql)
    }

    fn commit(&mut self, _seq: i64) -> Result<(), StoreError> {
        let failed = || StoreError::Unavailable("disk I/O error".to_owned());
        if failpoint::fails("store.write") {
            return Err(failed());
        }
        self.run("COMMIT")?;
        if failpoint::fails("store.sync") { Err(failed()) } else { Ok(()) }
    }

    fn broken(&mut self) -> Option<StoreError> {
        self.broken.take().map(StoreError::Unavailable)
    }

    /// A statement that fails leaves the transaction as it was before it.
    fn spoilt(&mut self) -> Option<StoreError> {
        None
    }
}

impl Sql for Engine<'_> {
    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let result = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(rusqlite::params_from_iter(params)));
        self.check(result).map(|rows| rows as u64)
    }

    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let result = self.connection.prepare_cached(sql).and_then(|mut statement| {
            let columns = statement.column_count();
            let rows = statement.query_map(rusqlite::params_from_iter(params), |row| {
                (0..columns).map(|at| row.get_ref(at).map(cell)).collect::<Result<Vec<_>, _>>().map(Row)
            })?;
            rows.collect()
        });
        self.check(result)
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error.to_string()),
            Some(ErrorCode::ConstraintViolation) => Self::Constraint(error.to_string()),
            Some(_) => Self::Unavailable(error.to_string()),
            None => Self::Corrupt(error.to_string()),
        }
    }
}
