//! A kill while a package is made, and while one is taken: the next try goes on, and nothing is lost or doubled.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use minyi::exchange::SiteKey;
use minyi::model::SecretKey;
use serde_json::Value;

use crate::check::token;
use crate::instance::Instance;
use crate::items::Item;
use crate::ledger::Ledger;

const ITEMS: u64 = 12;
const LIMIT: Duration = Duration::from_secs(30);
const IMPORT: &str = "/api/v1/exchange/import";
const PACKAGES: &str = "/api/v1/exchange/packages";

fn folder(secret: u8) -> Result<tempfile::TempDir> {
    let dir = tempfile::tempdir()?;
    std::fs::write(dir.path().join("secret.key"), format!("{secret:02x}").repeat(32))?;
    Ok(dir)
}

/// The process of one side, which knows the other's key; `failpoint` kills it.
fn start(dir: &Path, side: &str, peer: u8, failpoint: Option<&str>) -> Result<Instance> {
    let peer = SiteKey::of(&SecretKey::new([peer; 32])).map_err(anyhow::Error::msg)?.public().to_string();
    let mut environment = vec![("MINYI_EXCHANGE__SIDE", side), ("MINYI_EXCHANGE__PEER_KEY", peer.as_str())];
    environment.extend(failpoint.map(|name| ("MINYI_FAILPOINT", name)));
    Instance::start_with(dir, &environment)
}

/// Asks for something that ends the process.
fn dies_of(instance: Instance, path: &str, body: &[u8]) -> Result<()> {
    // There is nobody left to answer.
    drop(instance.operator().post(path, body));
    instance.dies(LIMIT)
}

fn due(instance: &Instance) -> Result<Vec<u64>> {
    let made: Value = instance.operator().post(PACKAGES, b"")?.success()?;
    let list = made["packages"].as_array().context("a list")?;
    Ok(list.iter().filter_map(|one| one["number"].as_u64()).collect())
}

#[test]
fn a_kill_while_a_package_is_made_or_taken_loses_and_doubles_nothing() {
    let result = run();
    assert!(result.is_ok(), "{:?}", result.err());
}

fn run() -> Result<()> {
    let (outer, inner) = (folder(1)?, folder(2)?);
    let (outer, inner) = (outer.path(), inner.path());
    let instance = start(outer, "outer", 2, Some("exchange.after_file"))?;
    let (token, ledger) = (token(&instance)?, Ledger::default());
    let items: Vec<Item> = (1..=ITEMS).map(Item).collect();
    ledger.post_all(&instance, &token, &items, 2, Duration::ZERO)?;
    crate::check::settled(&instance, &ledger)?;
    dies_of(instance, PACKAGES, b"")?;
    let instance = start(outer, "outer", 2, Some("exchange.after_note"))?;
    dies_of(instance, PACKAGES, b"")?;
    let instance = start(outer, "outer", 2, None)?;
    ensure!(due(&instance)? == [1], "one package, and nobody has taken it along");
    ensure!(due(&instance)? == [1], "asked again, the same");
    let package = instance.operator().call("GET", &format!("{PACKAGES}/1"), b"")?.body;
    instance.stop()?;

    for failpoint in ["exchange.after_record:5", "exchange.before_end"] {
        dies_of(start(inner, "inner", 1, Some(failpoint))?, IMPORT, &package)?;
    }
    let instance = start(inner, "inner", 1, None)?;
    let taken = instance.operator().post(IMPORT, &package)?.success()?;
    ensure!(taken["repeat"] == false && taken["notes"] == serde_json::json!([]), "{taken}");
    ensure!(instance.operator().post(IMPORT, &package)?.success()?["repeat"] == true);
    let report = crate::check::settled(&instance, &ledger)?;
    ensure!(report["counts"]["items"] == ITEMS, "{report:#}");
    instance.stop()
}
