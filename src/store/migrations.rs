//! Bringing a database to the schema of this version. A released migration is never edited.

use rusqlite::Connection;

use super::StoreError;

/// One step of the schema, as each engine spells it.
pub(super) struct Migration {
    pub(super) name: &'static str,
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        &[$(Migration {
            name: $name,
            sqlite: include_str!(concat!("../../schemas/sql/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../schemas/sql/postgres/", $name, ".sql")),
        }),*]
    };
}

/// The migrations in order; the number is the position from 1.
pub(super) const MIGRATIONS: &[Migration] = migrations![
    "0001_start",
    "0002_verdicts",
    "0003_bulletins",
    "0010_pictures",
    "0011_accounts",
    "0012_inbox",
    "0013_review",
    "0014_drafts",
    "0015_searches",
    "0016_portal",
    "0019_nodes",
    "0025_notices",
    "0028_covers",
    "0029_second_step",
    "0030_holders",
    "0033_outcomes",
    "0036_uploads",
    "0037_ways_in",
    "0038_pulls",
    "0039_papers",
    "0040_subscriptions",
    "0043_personal_keys",
    "0044_sign_in_addresses",
    "0048_outlet_papers",
    "0052_topics",
    "0053_identities",
    "0054_code_tables",
    "0056_mail_replies",
    "0058_reporters",
    "0059_reporter_items",
    "0060_unit_accounts",
    "0061_cosigners",
    "0062_channels",
    "0063_days",
    "0064_unit_drafts",
    "0065_reporter_distinct",
    "0067_exchange",
    "0070_proof_left",
    "0072_shelf",
];

/// What is missing in a database that `done` migrations were run on.
///
/// # Errors
/// [`StoreError::Newer`] when it has more than this program knows.
pub(super) fn missing(done: usize) -> Result<impl Iterator<Item = (usize, &'static Migration)>, StoreError> {
    if done > MIGRATIONS.len() {
        return Err(StoreError::Newer { found: done, known: MIGRATIONS.len() });
    }
    Ok((1..).zip(MIGRATIONS).skip(done))
}

/// Runs what is missing on SQLite, each in a transaction of its own.
///
/// # Errors
/// When the database is newer than this program, or the engine refuses.
pub(super) fn run_sqlite(connection: &mut Connection) -> Result<(), StoreError> {
    let done: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for (number, migration) in missing(usize::try_from(done).unwrap_or(usize::MAX))? {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration.sqlite)?;
        transaction.pragma_update(None, "user_version", number as i64)?;
        transaction.commit()?;
        tracing::info!(migration = migration.name, "store schema brought up to date");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;

    #[test]
    fn every_file_of_either_engine_is_in_the_list_in_order() {
        let listed: Vec<String> = MIGRATIONS.iter().map(|m| format!("{}.sql", m.name)).collect();
        for engine in ["sqlite", "postgres"] {
            let folder = format!("{}/schemas/sql/{engine}", env!("CARGO_MANIFEST_DIR"));
            let entries = std::fs::read_dir(folder).expect("the folder");
            let mut files: Vec<String> =
                entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
            files.sort();
            assert_eq!(files, listed, "{engine}");
        }
    }

    /// While nodes are brought to the next version one by one, those of this one work on with the schema of that one: whatever
    /// they ask and write must still be there and be enough. What is not needed any more goes a version later.
    #[test]
    fn a_step_adds_and_takes_nothing_away_from_the_version_before() {
        // Indexes replaced by others before there was a version to stand beside.
        let replaced = ["0003_bulletins", "0012_inbox"];
        for migration in MIGRATIONS {
            let without_notes: Vec<&str> =
                migration.postgres.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
            for statement in without_notes.join(" ").to_uppercase().split(';') {
                let words: Vec<&str> = statement.split_whitespace().collect();
                let holds = |these: &[&str]| words.windows(these.len()).any(|some| some == these);
                let name = migration.name;
                for taken in [
                    &["DROP", "TABLE"][..],
                    &["DROP", "COLUMN"],
                    &["RENAME"],
                    &["ALTER", "COLUMN"],
                    &["ADD", "CONSTRAINT"],
                ] {
                    assert!(!holds(taken), "{name}: {statement}");
                }
                assert!(!holds(&["DROP", "INDEX"]) || replaced.contains(&name), "{name}: {statement}");
                let needed = holds(&["ADD", "COLUMN"]) && holds(&["NOT", "NULL"]) && !holds(&["DEFAULT"]);
                assert!(!needed, "{name}: the version before does not fill it: {statement}");
            }
        }
    }
}
