//! Copies of a database file, page by page, while it is in use.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// How often, and after which pause, it is tried again while the file is locked.
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// Copies a SQLite file as it stands at one instant; who writes to it meanwhile is not held up. `to` must not exist.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut target = Connection::open(to)?;
    target.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;")?;
    let backup = Backup::new(&source, &mut target)?;
    // All pages in one read transaction: it sees one instant, and never begins anew.
    for _ in 0..TRIES {
        if backup.step(-1)? == StepResult::Done {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    Err(StoreError::Unavailable("数据库一直被占用，没有拷贝".to_owned()))
}

/// Reads a whole database file that no other process uses and says whether it is sound. Nothing is changed: what its log
/// holds stays there, for whoever is to rescue a damaged file.
///
/// # Errors
/// [`StoreError::Corrupt`], with the first thing that is wrong.
pub fn check_file(path: &Path) -> Result<(), StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Corrupt(verdict)) }
}
