//! A limit of memory: what does not fit is refused, or ends the process; neither loses what was acknowledged.

#![expect(clippy::print_stdout, reason = "the figures of a run by hand")]

use std::time::Duration;

use anyhow::{Result, bail, ensure};

use crate::check::{everything, same_as_undisturbed, token};
use crate::instance::{Instance, Started, last_words};
use crate::items::Item;
use crate::ledger::Ledger;

fn must(result: Result<()>) {
    assert!(result.is_ok(), "{:?}", result.err());
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
                ledger.post_all(&instance, &token, &items, 8, Duration::ZERO)?;
                next += 60;
                // A batch that wants more than there is.
                let lines: Vec<u8> =
                    items.iter().flat_map(|item| [&item.json()[..], b"\n"].concat()).collect();
                let answer = instance.client(&token).post("/api/v1/items/batch", &lines);
                let ended = instance.has_ended()?;
                ensure!(ended || answer.is_ok(), "{answer:?}");
                told.push((megabytes, if ended { "ended" } else { "served" }));
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
