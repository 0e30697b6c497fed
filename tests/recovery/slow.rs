//! A disk that is so slow that every sync takes a fifth of a second longer: who sends waits for it, nobody else does.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::check::{everything, same_as_undisturbed, settled, token};
use crate::instance::Instance;
use crate::items::Item;
use crate::ledger::Ledger;

const LONGER: Duration = Duration::from_millis(200);
const SENDERS: usize = 8;
const ITEMS: u64 = 80;

fn slow_disk() -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let path = dir.path();
    let instance = Instance::start_with(path, &[("MINYI_SLOW", &LONGER.as_millis().to_string())])?;
    let token = token(&instance)?;
    let begun = Instant::now();
    ledger.post(&mut instance.client(&token), Item(1))?;
    ensure!(begun.elapsed() >= LONGER, "acknowledged before the disk had it: {:?}", begun.elapsed());

    let begun = Instant::now();
    let items: Vec<Item> = (2..=ITEMS).map(Item).collect();
    let slowest = std::thread::scope(|scope| {
        let sent = scope.spawn(|| ledger.post_all(&instance, &token, &items, SENDERS, Duration::ZERO));
        // Meanwhile others look something up: they wait for no sync.
        let (mut client, mut slowest) = (instance.client(&token), Duration::ZERO);
        while !sent.is_finished() {
            let asked = Instant::now();
            client.get("/api/v1/search?q=%E8%B7%AF%E6%AE%B5")?;
            slowest = slowest.max(asked.elapsed());
            let ready = instance.client("").call("GET", "/readyz", b"")?;
            ensure!(ready.status == 200, "a slow disk is no fault: {}", String::from_utf8_lossy(&ready.body));
        }
        match sent.join() {
            Ok(sent) => sent?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
        anyhow::Ok(slowest)
    })?;
    let took = begun.elapsed();
    // One by one they would take 16 s: those who wait together share a sync.
    ensure!(took < LONGER * (ITEMS as u32) / 2, "{ITEMS} items took {took:?}");
    ensure!(slowest < Duration::from_secs(5), "a search took {slowest:?}");
    settled(&instance, &ledger)?;
    instance.stop()?;
    everything(path, &token, &ledger)?;
    same_as_undisturbed(path, &ledger)
}

#[test]
fn a_slow_disk_makes_senders_wait_and_loses_nothing() {
    let done = slow_disk();
    assert!(done.is_ok(), "{:?}", done.err());
}
