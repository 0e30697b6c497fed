//! The schema on PostgreSQL: brought up to date by whichever node comes first.

use crate::model::Timestamp;
use crate::store::StoreError;
use crate::store::migrations;
use crate::store::sql::{Sql, bind};

use super::connection::Connection;

/// Names of the rows among the counters in which processes note their last commit begin with this.
pub(super) const NOTES: &str = "commit:";
/// A process that has not committed for so long has ended.
const NOTES_KEPT_SECONDS: i64 = 30 * 86_400;

/// Numbers that the server gives out go on above those that were copied from elsewhere. They are never lowered: other nodes
/// may be at work.
const RAISE_NUMBERS: &str = "DO $$
DECLARE place record; highest bigint; given bigint;
BEGIN
    FOR place IN SELECT table_name, column_name,
            pg_get_serial_sequence(quote_ident(table_name), column_name) AS numbers
        FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'
    LOOP
        EXECUTE format('SELECT max(%I) FROM %I', place.column_name, place.table_name) INTO highest;
        EXECUTE format('SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM %s', place.numbers)
            INTO given;
        IF highest > given THEN
            PERFORM setval(place.numbers, highest);
        END IF;
    END LOOP;
END $$";

/// Runs what is missing, each migration in a transaction of its own; other nodes wait meanwhile.
///
/// # Errors
/// When the database is newer than this program, or the engine refuses.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), StoreError> {
    connection.batch(
        "SELECT pg_advisory_lock(hashtext('minyi'), hashtext(current_schema()));
         CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL)",
    )?;
    let done = connection.first("SELECT COALESCE(MAX(number), 0) FROM migrations", &[])?;
    let done = done.map_or(Ok(0), |row| row.int(0))?;
    for (number, migration) in migrations::missing(usize::try_from(done).unwrap_or(usize::MAX))? {
        connection.batch("BEGIN; SET LOCAL statement_timeout = 0")?;
        connection.batch(migration.postgres)?;
        connection.execute(
            "INSERT INTO migrations (number, name) VALUES (?1, ?2)",
            bind![number as i64, migration.name],
        )?;
        connection.batch("COMMIT")?;
        tracing::info!(migration = migration.name, "store schema brought up to date");
    }
    connection.batch(RAISE_NUMBERS)?;
    connection.batch("SELECT pg_advisory_unlock(hashtext('minyi'), hashtext(current_schema()))")
}

/// Drops what processes noted that ended long ago.
///
/// # Errors
/// [`StoreError`] as the engine reports.
pub(super) fn forget_old_notes(connection: &mut Connection, now: Timestamp) -> Result<(), StoreError> {
    let before = now.plus_seconds(-NOTES_KEPT_SECONDS).as_micros();
    connection.execute(
        "DELETE FROM counters WHERE name LIKE ?1 AND value < ?2",
        bind![&format!("{NOTES}%"), before],
    )?;
    Ok(())
}
