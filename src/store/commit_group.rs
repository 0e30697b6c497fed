//! The group commit, written once for every engine: jobs run until none waits or the group has worked long enough.

use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::failpoint;

use super::StoreError;
use super::jobs::{Line, WriteJob};
use super::sql::Sql;
use super::tx::{Heads, Tx};

/// What a group commit needs of an engine besides statements.
pub(super) trait Writing: Sql {
    /// Begins a transaction that no other writer, on whatever node, can be in at the same time.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    fn begin(&mut self) -> Result<(), StoreError>;

    /// SAVEPOINT, RELEASE, ROLLBACK.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    fn control(&mut self, sql: &str) -> Result<(), StoreError>;

    /// Commits, durably, with the last sequence number of the group.
    ///
    /// # Errors
    /// [`StoreError`]: whether it is committed may be unknown.
    fn commit(&mut self, seq: i64) -> Result<(), StoreError>;

    /// Why this transaction cannot go on, if it cannot. Asked once for each job.
    fn broken(&mut self) -> Option<StoreError>;

    /// Whether a statement failed since this was last asked and left the transaction unusable up to its savepoint: then
    /// a job that went on all the same has done nothing.
    fn spoilt(&mut self) -> Option<StoreError>;
}

/// Runs the jobs that are given, then those in line, and commits them together. Gives the last sequence number.
///
/// Each runs in a savepoint, but for the first: it has the transaction for itself, and on SQLite every page that it changes
/// within a savepoint would be copied (measured with batches of 256 items: a third of the time of the writer).
///
/// # Errors
/// [`StoreError`]: nothing of the group is committed, unless the engine says that it cannot know.
pub(super) fn run(
    engine: &mut dyn Writing,
    jobs: &mut Vec<Box<dyn WriteJob>>,
    line: &Line<dyn WriteJob>,
    limit: Duration,
    clock: &dyn Clock,
) -> Result<i64, StoreError> {
    let started = Instant::now();
    engine.begin()?;
    let mut heads = Heads::load(engine)?;
    let mut at = 0;
    while let Some(job) = jobs.get_mut(at) {
        one(engine, job.as_mut(), at == 0, &mut heads, clock)?;
        at += 1;
        if at == jobs.len()
            && started.elapsed() < limit
            && let Some(next) = line.try_pop()
        {
            jobs.push(next);
        }
    }
    heads.save(engine)?;
    failpoint::pass("store.before_commit");
    engine.commit(heads.seq)?;
    metrics::histogram!("minyi_store_group_jobs").record(jobs.len() as f64);
    Ok(heads.seq)
}

/// One job; what it did is undone if it failed.
fn one(
    engine: &mut dyn Writing,
    job: &mut dyn WriteJob,
    first: bool,
    heads: &mut Heads,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let before = heads.clone();
    if !first {
        engine.control("SAVEPOINT job")?;
    }
    let mut keep = job.run(&mut Tx::new(engine, heads, clock.now()));
    if let Some(broken) = engine.broken() {
        return Err(broken);
    }
    if let Some(error) = engine.spoilt()
        && keep
    {
        job.refuse(error);
        keep = false;
    }
    match (keep, first) {
        (true, true) => {}
        (true, false) => engine.control("RELEASE SAVEPOINT job")?,
        (false, true) => {
            // Between the two another node may write.
            engine.control("ROLLBACK")?;
            engine.begin()?;
            *heads = Heads::load(engine)?;
        }
        (false, false) => {
            engine.control("ROLLBACK TO SAVEPOINT job")?;
            engine.control("RELEASE SAVEPOINT job")?;
            *heads = before;
        }
    }
    Ok(())
}
