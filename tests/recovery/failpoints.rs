//! A kill between every two steps: each named place is hit, and nothing is lost or doubled by it.

use std::time::Duration;

use anyhow::{Context, Result};
use minyi::failpoint::NAMES;

use crate::check::{everything, issue_one, same_as_undisturbed, settled, token, until_dead};
use crate::instance::{Instance, Started, must_be_killed};
use crate::items::Item;
use crate::ledger::Ledger;

/// Items there before the failpoint, and those that are on their way when it is passed.
const BEFORE: u64 = 20;
const DURING: u64 = 30;
/// How long a process may take to come to its failpoint.
const LIMIT: Duration = Duration::from_secs(30);

fn items(from: u64, count: u64) -> Vec<Item> {
    (from..from + count).map(Item).collect()
}

fn kill_at(failpoint: &str) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (path, ledger) = (dir.path(), Ledger::default());
    let instance = Instance::start(path)?;
    let token = token(&instance)?;
    ledger.post_all(&instance, &token, &items(1, BEFORE), 2, Duration::ZERO)?;
    settled(&instance, &ledger)?;
    instance.stop()?;
    match Instance::start_to_die(path, failpoint)? {
        Started::Ended(status) => must_be_killed(status)?,
        Started::Serving(mut instance) => {
            if failpoint.starts_with("issue.") {
                until_dead(&mut instance, LIMIT, issue_one)?;
            } else if failpoint.starts_with("reindex.") {
                until_dead(&mut instance, LIMIT, |instance| {
                    instance.operator().post("/api/v1/reindex", b"").map(drop)
                })?;
            } else {
                ledger.post_all(
                    &instance,
                    &token,
                    &items(BEFORE + 1, DURING),
                    3,
                    Duration::from_millis(2),
                )?;
            }
            instance.dies(LIMIT)?;
        }
    }
    everything(path, &token, &ledger)?;
    same_as_undisturbed(path, &ledger)
}

fn kill_at_all(prefixes: &[&str]) {
    let names: Vec<&&str> =
        NAMES.iter().filter(|name| prefixes.iter().any(|prefix| name.starts_with(prefix))).collect();
    assert!(!names.is_empty());
    for name in names {
        let result = kill_at(name).with_context(|| format!("failpoint {name}"));
        assert!(result.is_ok(), "{:?}", result.err());
    }
}

#[test]
fn a_kill_around_the_acknowledgement_loses_and_doubles_nothing() {
    kill_at_all(&["intake.", "queue."]);
}

#[test]
fn a_kill_in_the_pipeline_or_the_store_loses_and_doubles_nothing() {
    kill_at_all(&["pipeline.", "store."]);
}

#[test]
fn a_kill_while_indexing_or_linking_leaves_the_same_answers() {
    kill_at_all(&["index.", "group."]);
}

#[test]
fn a_kill_during_a_rebuild_leaves_an_index_that_answers() {
    kill_at_all(&["reindex."]);
}

#[test]
fn a_kill_while_issuing_leaves_numbers_without_gap_or_repeat() {
    kill_at_all(&["issue."]);
}
