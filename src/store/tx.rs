//! A write transaction: SQL, plus the two chains that every change extends under the writer's lock.

use serde_json::Value;

use crate::model::{Actor, ChangeKind, Seq, Timestamp};

use super::StoreError;
use super::audit::AuditTip;
use super::sql::{Param, Row, Sql, bind};

/// The heads of the change log and of the audit chain, as of this transaction.
#[derive(Debug, Clone)]
pub struct Heads {
    pub(super) seq: i64,
    pub(super) audit: AuditTip,
}

impl Heads {
    pub(super) fn load(sql: &mut dyn Sql) -> Result<Self, StoreError> {
        let row = sql.first("SELECT value FROM counters WHERE name = 'seq'", &[])?;
        let seq = row.ok_or_else(|| StoreError::Corrupt("the sequence is missing".to_owned()))?.int(0)?;
        Ok(Self { seq, audit: AuditTip::load(sql)? })
    }

    pub(super) fn save(&self, sql: &mut dyn Sql) -> Result<(), StoreError> {
        sql.execute("UPDATE counters SET value = ?1 WHERE name = 'seq'", bind![self.seq])?;
        Ok(())
    }
}

/// What a write closure works with. It may be run again, so it is pure up to the commit.
pub struct Tx<'a> {
    sql: &'a mut dyn Sql,
    heads: &'a mut Heads,
    now: Timestamp,
}

impl<'a> Tx<'a> {
    pub(super) fn new(sql: &'a mut dyn Sql, heads: &'a mut Heads, now: Timestamp) -> Self {
        Self { sql, heads, now }
    }

    /// The instant of this transaction.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The change log was copied up to this number: the next change follows it.
    pub(super) fn continue_from(&mut self, seq: i64) {
        self.heads.seq = seq;
    }

    /// The sequence number that the next change will get.
    pub fn next_seq(&self) -> Seq {
        Seq(self.heads.seq + 1)
    }

    /// Appends to the change log.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    pub fn change(
        &mut self,
        kind: ChangeKind,
        object: &str,
        item_no: Option<i64>,
    ) -> Result<Seq, StoreError> {
        self.heads.seq += 1;
        self.sql.execute(
            "INSERT INTO changes (seq, at, kind, object, item_no) VALUES (?1, ?2, ?3, ?4, ?5)",
            bind![self.heads.seq, self.now, kind.code(), object, item_no],
        )?;
        Ok(Seq(self.heads.seq))
    }

    /// Appends to the audit log.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    pub fn audit(
        &mut self,
        actor: &Actor,
        action: &str,
        object: &str,
        detail: &Value,
    ) -> Result<(), StoreError> {
        self.heads.audit.append(self.sql, self.now, actor, action, object, detail)
    }
}

impl Sql for Tx<'_> {
    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        self.sql.execute(sql, params)
    }

    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        self.sql.query(sql, params)
    }
}
