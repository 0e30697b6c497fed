//! A clock that jumps: an hour back, a day forward. Order, links and sources do not depend on it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use minyi::app::{App, socket};
use minyi::clock::{Clock, ManualClock, SystemClock};
use minyi::config::load;
use serde_json::json;

use crate::check::same_as_undisturbed;
use crate::client::{Address, Client};
use crate::facts::Facts;
use crate::items::Item;
use crate::ledger::Ledger;

const HOUR: i64 = 3600;

fn must(result: Result<()>) {
    assert!(result.is_ok(), "{:?}", result.err());
}

/// Posts and waits until all of it is stored, found and linked.
fn post(ledger: &Ledger, client: &mut Client, operator: &mut Client, from: u64, to: u64) -> Result<()> {
    for item in (from..=to).map(Item) {
        ledger.post(client, item)?;
    }
    let receipts: Vec<String> = ledger.acknowledged().into_values().collect();
    let report = operator.post("/api/v1/verify", receipts.join("\n").as_bytes())?.success()?;
    ensure!(report["ok"] == true, "{report:#}");
    Ok(())
}

fn jumping() -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let clock = Arc::new(ManualClock::at(SystemClock.now()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut config = load(None, &[])?;
    config.data.dir = dir.path().to_owned();
    config.data.ballast_mb = 0;
    config.index.commit_ms = 100;
    // Two workers may finish two batches in either order; one keeps the order of the queue, which the clock must not change.
    config.pipeline.workers = 1;
    let start = || {
        let (config, clock) = (config.clone(), Arc::clone(&clock) as Arc<dyn Clock>);
        runtime.block_on(async {
            let mut app = App::start_by(config, clock).await?;
            let address = app.listen(Some("127.0.0.1:0")).await?.context("an address")?;
            anyhow::Ok((app, address.to_string()))
        })
    };
    let (app, address) = start()?;
    let mut operator = Client::new(Address::Local(socket(dir.path())), None);
    let source = json!({ "id": "kills", "scopes": ["submit", "read"], "per_minute": 0 }).to_string();
    let added = operator.post("/api/v1/sources", source.as_bytes())?.success()?;
    let token = added["token"].as_str().context("a token")?.to_owned();
    let mut client = Client::new(Address::Tcp(address), Some(&token));
    post(&ledger, &mut client, &mut operator, 1, 30)?;
    clock.advance(-HOUR);
    post(&ledger, &mut client, &mut operator, 31, 60)?;
    clock.advance(25 * HOUR);
    post(&ledger, &mut client, &mut operator, 61, 90)?;
    // A repeat is known whatever the clock says, by the same receipt.
    for item in (1..=90).step_by(10).map(Item) {
        ledger.post(&mut client, item)?;
    }
    drop((client, operator));
    runtime.block_on(app.stop());

    // A start at an hour before the last change: the lease of this node is its own, whenever it was to end.
    clock.advance(-26 * HOUR);
    let (app, address) = start()?;
    let mut operator = Client::new(Address::Local(socket(dir.path())), None);
    let mut client = Client::new(Address::Tcp(address), Some(&token));
    post(&ledger, &mut client, &mut operator, 91, 120)?;
    drop((client, operator));
    runtime.block_on(app.stop());
    runtime.shutdown_timeout(Duration::from_secs(1));

    let facts = Facts::read(dir.path())?;
    ensure!(facts.items.len() == 120, "{} items", facts.items.len());
    // The order is that of the sequence: items were posted one after the other.
    let order: Vec<String> = (1..=120).map(|n| Item(n).external_id()).collect();
    ensure!(facts.by_sequence == order, "the order differs: {:?}", facts.by_sequence);
    same_as_undisturbed(dir.path(), &ledger)
}

#[test]
fn a_clock_that_jumps_back_and_forward_changes_no_order_and_loses_nothing() {
    must(jumping());
}
