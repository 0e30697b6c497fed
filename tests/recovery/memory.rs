//! A limit of memory: what does not fit is refused, or ends the process; neither loses what was acknowledged.

#![expect(clippy::print_stdout, reason = "the figures of a run by hand")]

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::check::{everything, same_as_undisturbed, token};
use crate::instance::{Instance, Started, last_words};
use crate::items::Item;
use crate::ledger::Ledger;

/// Longer than the program may keep a request.
const HANGS: Duration = Duration::from_secs(100);

fn must(result: Result<()>) {
    assert!(result.is_ok(), "{:?}", result.err());
}

/// Whether the process has ended. One that has just cut off a request is given time to: the connection is reset before
/// the process is gone.
fn ends(instance: &mut Instance, cut_off: bool) -> Result<bool> {
    let until = Instant::now() + Duration::from_secs(if cut_off { 10 } else { 0 });
    loop {
        if instance.has_ended()? {
            return Ok(true);
        }
        if Instant::now() >= until {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Posts under ever smaller limits of the address space until the program does not even start.
fn ever_less() -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let path = dir.path();
    let instance = Instance::start(path)?;
    let token = token(&instance)?;
    instance.stop()?;
    let (mut next, mut told) = (1, Vec::new());
    for megabytes in [4096_u64, 2048, 1400, 1000, 700, 500, 350, 200, 100] {
        let limits = format!("ulimit -v {}", megabytes << 10);
        match Instance::start_under(&limits, path, &[])? {
            Started::Serving(mut instance) => {
                let items: Vec<Item> = (next..next + 60).map(Item).collect();
                ledger.offer_all(&instance, &token, &items, 8)?;
                next += 60;
                // A batch that wants more than there is.
                let lines: Vec<u8> =
                    items.iter().flat_map(|item| [&item.json()[..], b"\n"].concat()).collect();
                let asked = Instant::now();
                let answer = instance.client(&token).post("/api/v1/items/batch", &lines);
                ensure!(asked.elapsed() < HANGS, "under {megabytes} MB it hangs: {}", instance.hanging());
                let ended = ends(&mut instance, answer.is_err())?;
                // A request that gets no thread is cut off, while the process may live on.
                let how = match (ended, &answer) {
                    (true, _) => "ended",
                    (false, Ok(_)) => "served",
                    (false, Err(_)) => "cut off",
                };
                told.push((megabytes, how));
                if !ended {
                    instance.stop().or_else(|error| {
                        // A thread that gets no memory ends the process; that is no loss.
                        if told.len() > 1 { Ok(()) } else { Err(error) }
                    })?;
                }
            }
            Started::Ended(status) => {
                ensure!(!status.success());
                told.push((megabytes, "did not start"));
            }
        }
    }
    println!("{told:?}");
    let served = told.iter().filter(|(_, how)| *how == "served").count();
    if served == 0 || told.iter().all(|(_, how)| *how == "served") {
        bail!("no limit was found: {told:?}\n{}", last_words(path));
    }
    everything(path, &token, &ledger)?;
    same_as_undisturbed(path, &ledger)
}

#[test]
fn a_limit_of_memory_refuses_or_ends_and_loses_nothing() {
    must(ever_less());
}
