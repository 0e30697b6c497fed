//! A partition whose only copy is gone from the broker's disk: what the store had is untouched, what nobody had read is said to
//! be lost, and what comes afterwards is worked on, though its offsets were given before.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::away::{settled, tried, until};
use crate::check::token;
use crate::instance::Instance;
use crate::items::Item;
use crate::ledger::Ledger;
use crate::servers::Servers;

const TOPIC: &str = "minyi-intake";
/// By then the group's offsets are with the broker.
const NOTED: Duration = Duration::from_secs(3);

/// What `/readyz` says to be lost; the node must be ready all the same.
fn lost(node: &Instance) -> Result<Vec<String>> {
    let answer = node.operator().call("GET", "/readyz", &[])?;
    let parts = answer.json()?;
    let queue = parts.as_array().and_then(|parts| parts.iter().find(|part| part["name"] == "queue"));
    let queue = queue.context("the queue's part")?;
    ensure!(queue["ok"] == true && answer.status == 200, "{parts}");
    let lost = queue["detail"]["lost"].as_array().cloned().unwrap_or_default();
    Ok(lost.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn send(node: &Instance, token: &str, ledger: &Ledger, items: std::ops::RangeInclusive<u64>) -> Result<()> {
    ledger.post_all(node, token, &items.map(Item).collect::<Vec<_>>(), 2, Duration::ZERO)
}

fn breaks(servers: &Servers, partitions: &[u32]) -> Result<()> {
    servers.kill_broker()?;
    servers.lose_partitions(TOPIC, partitions)?;
    servers.start_broker()
}

/// Everything is read already when all partitions are lost: nothing is missing, and what comes now is not taken for read.
fn while_working(servers: &Servers, node: &Instance, token: &str, ledger: &Ledger) -> Result<()> {
    send(node, token, ledger, 1..=60)?;
    settled(node, ledger)?;
    // What was finished last is noted with the group a moment later; lost before, it would be said to be missing, at most.
    std::thread::sleep(NOTED);
    breaks(servers, &[0, 1, 2, 3])?;
    until("the node says which partitions broke off", || Ok(lost(node).is_ok_and(|lost| lost.len() == 4)))?;
    for said in lost(node)? {
        ensure!(said.contains("分区") && said.contains("至多 0 件"), "{said}");
    }
    send(node, token, ledger, 61..=100)?;
    let report = settled(node, ledger)?;
    ensure!(report["counts"]["items"] == 100, "{report:#}");
    Ok(())
}

/// Nobody works while a partition is lost: what was in it is missing, and is said to be.
fn while_nobody_works(servers: &Servers, dir: &std::path::Path, token: &str, ledger: &Ledger) -> Result<()> {
    let mut settings = servers.settings();
    settings.push(("MINYI_PIPELINE__HERE", "false"));
    let node = Instance::start_with(dir, &settings)?;
    send(&node, token, ledger, 101..=160)?;
    breaks(servers, &[2])?;
    until("the node says that a partition broke off", || Ok(lost(&node).is_ok_and(|lost| !lost.is_empty())))?;
    let said = lost(&node)?.join("\n");
    ensure!(said.contains("分区 2") && said.contains("重报"), "{said}");
    // Fewer than the lost log had: whoever works next sees that the group stands behind the end.
    send(&node, token, ledger, 161..=180)?;
    node.stop()?;

    // Another process works on what there is.
    let node = Instance::start_with(dir, &servers.settings())?;
    until("what is there is worked on", || {
        let report = node.operator().post("/api/v1/verify", b"")?.success()?;
        Ok(report["waiting"] == 0 && report["ok"] == true)
    })?;
    let acknowledged: Vec<String> = ledger.acknowledged().into_values().collect();
    let report = node.operator().post("/api/v1/verify", acknowledged.join("\n").as_bytes())?.success()?;
    let missing = report["missing"]["count"].as_u64().context("a count")?;
    ensure!(0 < missing && missing < 60, "{report:#}");
    let receipts: BTreeSet<&str> =
        report["missing"]["first"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (Item(no), receipt) in ledger.acknowledged() {
        ensure!((101..=160).contains(&no) || !receipts.contains(receipt.as_str()), "{no} is missing too");
    }
    let said_missing = said.split("至多 ").nth(1).and_then(|rest| rest.split(' ').next());
    let said_missing: u64 = said_missing.context("a number")?.parse()?;
    ensure!(said_missing == missing, "{missing} are missing, and {said_missing} were said to be");

    // Whoever sends again is not told that it was there.
    let again = Ledger::default();
    send(&node, token, &again, 1..=180)?;
    let report = settled(&node, &again)?;
    ensure!(report["counts"]["items"] == 180 && report["counts"]["dead"] == 0, "{report:#}");
    node.stop()
}

fn partitions_lost(servers: &Servers) -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let node = Instance::start_with(dir.path(), &servers.settings())?;
    let token = token(&node)?;
    while_working(servers, &node, &token, &ledger)?;
    node.stop()?;
    while_nobody_works(servers, dir.path(), &token, &ledger)
}

#[test]
#[ignore = "needs PostgreSQL, Java and Apache Kafka"]
fn a_partition_that_is_lost_is_told_and_costs_nothing_that_the_store_had() {
    tried(partitions_lost);
}
