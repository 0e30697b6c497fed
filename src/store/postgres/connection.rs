//! One connection: the seam's SQL on PostgreSQL, statements prepared once, failures sorted by what is to be done.

use std::collections::HashMap;
use std::error::Error as _;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::types::ToSql;
use postgres::{Client, Config, NoTls, Statement};

use crate::config;
use crate::store::StoreError;
use crate::store::commit_group::Writing;
use crate::store::sql::{Param, Row, Sql};

use super::value;

/// How long the server may take to answer the call.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection that nobody answers on any more is given up after about half a minute.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// Statements kept prepared; their texts are constants of this program, so this many are never reached.
const STATEMENTS_MAX: usize = 1024;

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remedy {
    /// The statement is wrong for this data.
    Tell,
    /// Run the transaction again.
    Again,
    /// Run it again on another connection.
    Reconnect,
}

/// A connection.
pub(super) struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
    /// Where commits are told to other nodes.
    channel: String,
    /// Under which name the last commit is noted, and the number that it will be noted with.
    note: Option<(String, i64)>,
    lost: bool,
    broken: Option<StoreError>,
    spoilt: Option<StoreError>,
    committing: bool,
}

impl Connection {
    /// Calls the server.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached or refuses.
    pub(super) fn open(settings: &config::Store) -> Result<Self, StoreError> {
        let mut config: Config =
            settings.url.reveal().parse().map_err(|_| {
                unavailable("store.url 不是有效的 PostgreSQL 地址（postgres://用户@主机/库）")
            })?;
        config
            .application_name("minyi")
            .connect_timeout(CONNECT)
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(KEEPALIVE / 3)
            .keepalives_retries(3)
            .tcp_user_timeout(KEEPALIVE * 2);
        let client = config.connect(NoTls).map_err(|error| unavailable(&described(&error)))?;
        let mut connection = Self {
            client,
            statements: HashMap::new(),
            channel: String::new(),
            note: None,
            lost: false,
            broken: None,
            spoilt: None,
            committing: false,
        };
        connection.prepare_session(settings)?;
        Ok(connection)
    }

    /// Limits of time, and durability whatever the server's default is.
    fn prepare_session(&mut self, settings: &config::Store) -> Result<(), StoreError> {
        let limit = settings.timeout_seconds.saturating_mul(1000);
        self.batch(&format!(
            "SET statement_timeout = {limit}; SET lock_timeout = {limit};
             SET idle_in_transaction_session_timeout = {limit}; SET client_min_messages = warning;
             SELECT set_config('synchronous_commit', 'on', false)
              WHERE current_setting('synchronous_commit') = 'off'"
        ))?;
        let row = self.first(
            "SELECT current_schema(), current_setting('server_encoding'), current_setting('fsync')",
            &[],
        )?;
        let row = row.ok_or_else(|| unavailable("PostgreSQL 没有应答"))?;
        let schema = row.opt_text(0)?.ok_or_else(|| unavailable("search_path 中没有可用的 schema"))?;
        self.channel = format!("minyi_{schema}").replace('"', "");
        if row.text(1)? != "UTF8" {
            return Err(unavailable("数据库编码须为 UTF8"));
        }
        if row.text(2)? != "on" {
            tracing::warn!("PostgreSQL runs with fsync = off: a power cut loses what was stored");
        }
        Ok(())
    }

    /// Commits of this connection are noted under `name` from now on, with a number that only rises.
    pub(super) fn note_commits(&mut self, name: &str, number: i64) {
        self.note = Some((name.to_owned(), number));
    }

    /// The number under which this process last committed.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    pub(super) fn noted(&mut self, name: &str) -> Result<Option<i64>, StoreError> {
        let row = self.first("SELECT value FROM counters WHERE name = ?1", &[Param::Text(name)])?;
        row.map(|row| row.int(0)).transpose()
    }

    /// Statements without parameters, one after the other.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let result = self.client.batch_execute(sql);
        self.check(result)
    }

    /// Whether it can be used no more.
    pub(super) fn is_lost(&self) -> bool {
        self.lost || self.client.is_closed()
    }

    /// Whether it was lost between asking for a commit and hearing of it.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.lost && self.committing
    }

    /// Forgets what failed: the transaction is over.
    pub(super) fn calm(&mut self) {
        (self.broken, self.spoilt, self.committing) = (None, None, false);
    }

    /// Hears of commits, of whatever node: gives the sequence number last told within `limit`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the connection is lost.
    pub(super) fn hear(&mut self, limit: Duration) -> Result<Option<i64>, StoreError> {
        use postgres::fallible_iterator::FallibleIterator;
        let mut heard = self.client.notifications();
        let mut told = heard.timeout_iter(limit).next();
        let mut last = None;
        while let Ok(Some(note)) = &told {
            last = note.payload().parse().ok().max(last);
            told = heard.iter().next();
        }
        drop(heard);
        self.check(told)?;
        if self.is_lost() {
            return Err(unavailable("与 PostgreSQL 的连接已断开"));
        }
        Ok(last)
    }

    /// Asks to hear of commits.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    pub(super) fn listen(&mut self) -> Result<(), StoreError> {
        self.batch(&format!("LISTEN \"{}\"", self.channel))
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&numbered(sql))?;
        if self.statements.len() >= STATEMENTS_MAX {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn check<T>(&mut self, result: Result<T, postgres::Error>) -> Result<T, StoreError> {
        result.map_err(|error| {
            let (remedy, told) = sort(&error);
            // The first failure is the cause; what follows within the transaction only says that it is over.
            let first = self.spoilt.is_none() && self.broken.is_none();
            self.lost |= remedy == Remedy::Reconnect;
            match remedy {
                Remedy::Tell if first => self.spoilt = Some(told.clone()),
                Remedy::Again if first => self.broken = Some(told.clone()),
                Remedy::Reconnect => self.broken = Some(told.clone()),
                Remedy::Tell | Remedy::Again => {}
            }
            told
        })
    }
}

impl Sql for Connection {
    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let result = self.statement(sql).and_then(|s| self.client.execute(&s, &bound(params)));
        self.check(result)
    }

    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let result = self.statement(sql).and_then(|s| self.client.query(&s, &bound(params)));
        self.check(result)?.iter().map(value::row).collect()
    }
}

impl Writing for Connection {
    /// The row of the sequence is locked to the end: one writer at a time, on however many nodes, as on SQLite. What it
    /// reads from here on is what the one before it committed.
    fn begin(&mut self) -> Result<(), StoreError> {
        self.calm();
        self.batch("BEGIN; SELECT value FROM counters WHERE name = 'seq' FOR UPDATE")
    }

    fn control(&mut self, sql: &str) -> Result<(), StoreError> {
        self.batch(sql)
    }

    fn commit(&mut self, seq: i64) -> Result<(), StoreError> {
        let note = self.note.as_ref().map_or_else(String::new, |(name, number)| {
            format!(
                "INSERT INTO counters (name, value) VALUES ('{name}', {number})
                 ON CONFLICT (name) DO UPDATE SET value = {number};"
            )
        });
        self.committing = true;
        self.batch(&format!("{note} NOTIFY \"{}\", '{seq}'; COMMIT", self.channel))?;
        self.committing = false;
        Ok(())
    }

    fn broken(&mut self) -> Option<StoreError> {
        self.broken.take()
    }

    fn spoilt(&mut self) -> Option<StoreError> {
        self.spoilt.take()
    }
}

fn bound<'a>(params: &'a [Param<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

fn unavailable(why: &str) -> StoreError {
    StoreError::Unavailable(why.to_owned())
}

/// With its cause, where the server did not say it itself.
fn described(error: &postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(told), _) => format!("{}（{}）", told.message(), told.code().code()),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

/// What a failure means to the caller, and what is to be done about it.
fn sort(error: &postgres::Error) -> (Remedy, StoreError) {
    let told = described(error);
    let Some(code) = error.code() else {
        let broken = error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>());
        return if broken {
            (Remedy::Reconnect, StoreError::Unavailable(told))
        } else {
            (Remedy::Tell, StoreError::Corrupt(told))
        };
    };
    if *code == SqlState::T_R_SERIALIZATION_FAILURE
        || *code == SqlState::T_R_DEADLOCK_DETECTED
        || *code == SqlState::LOCK_NOT_AVAILABLE
    {
        return (Remedy::Again, StoreError::Unavailable(told));
    }
    match code.code().get(..2) {
        Some("23") => (Remedy::Tell, StoreError::Constraint(told)),
        // Ended by the administrator, a standby after a switch, no connection to be had, idle for too long.
        Some("08" | "57" | "53" | "58") if *code != SqlState::QUERY_CANCELED => {
            (Remedy::Reconnect, StoreError::Unavailable(told))
        }
        Some("25") if *code != SqlState::IN_FAILED_SQL_TRANSACTION => {
            (Remedy::Reconnect, StoreError::Unavailable(told))
        }
        Some("25" | "57") => (Remedy::Tell, StoreError::Unavailable(told)),
        _ => (Remedy::Tell, StoreError::Corrupt(told)),
    }
}

/// `?N` outside of quotes becomes `$N`.
fn numbered(sql: &str) -> String {
    let mut quoted = None;
    sql.chars()
        .map(|c| match (quoted, c) {
            (None, '\'' | '"') => {
                quoted = Some(c);
                c
            }
            (Some(end), _) if c == end => {
                quoted = None;
                c
            }
            (None, '?') => '$',
            _ => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn placeholders_are_numbered_and_quoted_question_marks_stay() {
        assert_eq!(
            numbered("a = ?1 AND b = '?2''?' AND \"?\" = ?12"),
            "a = $1 AND b = '?2''?' AND \"?\" = $12"
        );
    }
}
