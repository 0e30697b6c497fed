//! Bringing a database to the schema of this version. A released migration is never edited.

use rusqlite::Connection;

use super::StoreError;

/// The migrations in order; the number is the position from 1.
const SQLITE: &[(&str, &str)] = &[
    ("0001_start", include_str!("../../schemas/sql/sqlite/0001_start.sql")),
    ("0002_verdicts", include_str!("../../schemas/sql/sqlite/0002_verdicts.sql")),
    ("0003_bulletins", include_str!("../../schemas/sql/sqlite/0003_bulletins.sql")),
    ("0010_pictures", include_str!("../../schemas/sql/sqlite/0010_pictures.sql")),
    ("0011_accounts", include_str!("../../schemas/sql/sqlite/0011_accounts.sql")),
    ("0012_inbox", include_str!("../../schemas/sql/sqlite/0012_inbox.sql")),
];

/// Runs what is missing, each in a transaction of its own.
///
/// # Errors
/// When the database is newer than this program, or the engine refuses.
pub fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let done: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    if done > SQLITE.len() {
        return Err(StoreError::Newer { found: done, known: SQLITE.len() });
    }
    for (at, (name, sql)) in SQLITE.iter().enumerate().skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", (at + 1) as i64)?;
        transaction.commit()?;
        tracing::info!(migration = name, "store schema brought up to date");
    }
    Ok(())
}
