//! The file of the embedded queue: its tables, and the statements on them.

use std::io::Write;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, params};

use crate::model::{ContentHash, ItemId, SourceId};
use crate::queue::Known;

/// A message that was taken.
pub(super) struct Taken {
    pub pos: i64,
    pub attempt: u32,
    pub payload: String,
}

/// The tables.
///
/// `messages`: every append, in order; `keys` holds key → content as bytes until they are moved into `known`, which is
/// when the message is dropped. `takes`: one row for each batch taken for the first time by a process, so that an attempt
/// is counted before it is made, with the position below which everything was done at that time; `attempts`: only of messages that were put off or whose lease ran out.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS messages (
    pos INTEGER PRIMARY KEY,
    keys BLOB NOT NULL,
    source TEXT NOT NULL,
    payload TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS takes (first INTEGER NOT NULL, last INTEGER NOT NULL, done INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS attempts (pos INTEGER PRIMARY KEY, attempts BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS known (
    key BLOB PRIMARY KEY, item BLOB NOT NULL, content BLOB NOT NULL, source TEXT NOT NULL
) WITHOUT ROWID;
";

/// Pages of the log before they are moved into the table's file, and the size of a page.
const LOG_PAGES: usize = 2000;
const PAGE_BYTES: usize = 8192;

/// One connection of one process uses the file, so it is locked for good: no locks and no shared memory for each commit.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    if !path.exists() {
        connect(path)?.execute_batch(SCHEMA)?;
    }
    if let Err(error) = lay_out_log(path) {
        tracing::warn!(%error, "the queue's log is not laid out beforehand: commits are slower until it has grown");
    }
    let connection = connect(path)?;
    connection.execute_batch(SCHEMA)?;
    // Not prepared anew for each value that is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(&format!(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = {PAGE_BYTES}; PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = {LOG_PAGES};
         PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -8192; PRAGMA busy_timeout = 5000;"
    ))?;
    Ok(connection)
}

/// Fills the place of the write-ahead log with zeros, which SQLite takes for an empty log.
///
/// A commit at the end of a growing file must also commit the file system's journal, with everything that others have
/// written meanwhile; a commit over bytes that are there costs half (measured: 0.19 and 0.11 ms).
fn lay_out_log(path: &Path) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    // One that is there holds commits.
    if std::fs::metadata(&name).is_ok_and(|log| log.len() > 0) {
        return Ok(());
    }
    let mut log = std::fs::File::create(&name)?;
    let zeros = vec![0; 1 << 20];
    for _ in 0..(LOG_PAGES * (PAGE_BYTES + 24)).div_ceil(zeros.len()) {
        log.write_all(&zeros)?;
    }
    log.sync_all()
}

/// Checks the file after a failed commit.
pub(super) fn quick_check(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        .map(|verdict| verdict == "ok")
}

/// Commits something that changes nothing: only a disk that takes it again is worth being used.
pub(super) fn prove_writable(connection: &Connection) -> rusqlite::Result<()> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    connection.execute_batch(&format!("PRAGMA user_version = {}", (version + 1) & 0xffff))
}

/// Copies the file as it stands between two commits. `to` must not exist.
pub(super) fn copy(connection: &Connection, to: &Path) -> rusqlite::Result<()> {
    let mut target = Connection::open(to)?;
    target.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;")?;
    // The file is this connection's alone: nothing can hold it up.
    match Backup::new(connection, &mut target)?.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(rusqlite::Error::InvalidQuery),
    }
}

pub(super) fn insert(
    connection: &Connection,
    pos: i64,
    keys: &[(ItemId, Known)],
    payload: &str,
) -> rusqlite::Result<()> {
    let mut bytes = Vec::with_capacity(keys.len() * 48);
    for (key, known) in keys {
        bytes.extend_from_slice(key.as_bytes());
        bytes.extend_from_slice(known.item.as_bytes());
        bytes.extend_from_slice(known.content.as_bytes());
    }
    let source = keys.first().map_or("", |(_, known)| known.source.as_str());
    connection
        .prepare_cached("INSERT INTO messages (pos, keys, source, payload) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![pos, bytes, source, payload])?;
    Ok(())
}

/// Every message still in the file, without its payload.
pub(super) fn pending(
    connection: &Connection,
    mut each: impl FnMut(i64, Vec<(ItemId, Known)>),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT pos, keys, source FROM messages ORDER BY pos")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(1)?;
        let source: Option<SourceId> = row.get::<_, String>(2)?.parse().ok();
        let keys = bytes.chunks_exact(48).filter_map(|chunk| {
            let known = Known {
                item: ItemId::from_bytes(&chunk[16..32]).ok()?,
                content: ContentHash::from_bytes(&chunk[32..]).ok()?,
                source: source.clone()?,
            };
            Some((ItemId::from_bytes(&chunk[..16]).ok()?, known))
        });
        each(row.get(0)?, keys.collect());
    }
    Ok(())
}

/// Reads messages after `from`, in order.
pub(super) fn read_after(
    connection: &Connection,
    from: i64,
    limit: usize,
) -> rusqlite::Result<Vec<(i64, String)>> {
    let mut statement = connection
        .prepare_cached("SELECT pos, payload FROM messages WHERE pos > ?1 ORDER BY pos LIMIT ?2")?;
    let rows = statement.query_map(params![from, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

pub(super) fn read_one(connection: &Connection, pos: i64) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT payload FROM messages WHERE pos = ?1")?
        .query_row(params![pos], |row| row.get(0))
        .optional()
}

/// Counts a delivery of a message that had been delivered before; gives how many such there were.
pub(super) fn count_attempt(connection: &Connection, pos: i64) -> rusqlite::Result<u32> {
    connection
        .prepare_cached(
            "INSERT INTO attempts (pos, attempts) VALUES (?1, 1)
             ON CONFLICT (pos) DO UPDATE SET attempts = attempts + 1 RETURNING attempts",
        )?
        .query_row(params![pos], |row| row.get(0))
}

/// Deliveries that [`count_attempt`] has counted.
pub(super) fn attempts(connection: &Connection, pos: i64) -> rusqlite::Result<u32> {
    let counted = connection
        .prepare_cached("SELECT attempts FROM attempts WHERE pos = ?1")?
        .query_row(params![pos], |row| row.get(0))
        .optional()?;
    Ok(counted.unwrap_or(0))
}

/// Notes that the messages from `first` to `last` were taken, and that all below `done` are finished.
pub(super) fn note_take(connection: &Connection, first: i64, last: i64, done: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO takes (first, last, done) VALUES (?1, ?2, ?3)")?
        .execute(params![first, last, done])
        .map(drop)
}

/// What was taken so far, and the position below which everything is finished.
pub(super) fn takes(connection: &Connection) -> rusqlite::Result<(Vec<(i64, i64)>, i64)> {
    let mut statement = connection.prepare("SELECT first, last FROM takes")?;
    let takes = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let done = connection.query_row("SELECT coalesce(max(done), 0) FROM takes", [], |row| row.get(0))?;
    Ok((takes, done))
}

/// Forgets the takes below `pos`: all their messages are done.
pub(super) fn forget_takes(connection: &Connection, pos: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM takes WHERE last < ?1")?.execute(params![pos]).map(drop)
}

/// Moves keys into their sorted table (ascending, so that each page is touched once) and drops the messages.
pub(super) fn settle(
    connection: &Connection,
    keys: &mut [(ItemId, Known)],
    finished: &[i64],
) -> rusqlite::Result<()> {
    keys.sort_unstable_by_key(|(key, _)| *key);
    let mut insert = connection.prepare_cached(
        "INSERT INTO known (key, item, content, source) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    for (key, known) in keys {
        insert.execute(params![
            key.as_bytes(),
            known.item.as_bytes(),
            known.content.as_bytes(),
            known.source.as_str()
        ])?;
    }
    let mut message = connection.prepare_cached("DELETE FROM messages WHERE pos = ?1")?;
    for pos in finished {
        message.execute(params![pos])?;
    }
    // Few messages are ever delivered again, so the table is small.
    let attempts = "DELETE FROM attempts WHERE pos NOT IN (SELECT pos FROM messages)";
    connection.prepare_cached(attempts)?.execute([]).map(drop)
}

/// Notes a further key of something that is stored already.
pub(super) fn add_key(connection: &Connection, key: &ItemId, known: &Known) -> rusqlite::Result<()> {
    settle(connection, &mut [(*key, known.clone())], &[])
}

/// What a key stands for, from the sorted table.
pub(super) fn look_up(connection: &Connection, key: &ItemId) -> rusqlite::Result<Option<Known>> {
    let row: Option<(Vec<u8>, Vec<u8>, String)> = connection
        .prepare_cached("SELECT item, content, source FROM known WHERE key = ?1")?
        .query_row(params![key.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    Ok(row.and_then(|(item, content, source)| {
        Some(Known {
            item: ItemId::from_bytes(&item).ok()?,
            content: ContentHash::from_bytes(&content).ok()?,
            source: source.parse().ok()?,
        })
    }))
}
