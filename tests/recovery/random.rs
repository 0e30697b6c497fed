//! Kills at moments that nobody chose, one after the other on the same folder.

#![expect(clippy::print_stdout, reason = "the figures of a run by hand")]

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::check::{everything, issue_one, same_as_undisturbed, token};
use crate::instance::{Instance, run};
use crate::items::{Item, mix};
use crate::ledger::Ledger;

/// Kills in the ordinary run; `MINYI_KILLS` asks for more.
const KILLS: u64 = 12;
/// Items that one round sends at most.
const ROUND: u64 = 400;
const CONNECTIONS: usize = 8;

fn kills() -> u64 {
    minyi::config::environment("MINYI_KILLS").and_then(|said| said.parse().ok()).unwrap_or(KILLS)
}

#[test]
fn kills_at_random_moments_lose_and_double_nothing() {
    if let Err(error) = random_kills() {
        panic!("{error:?}");
    }
}

fn random_kills() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (kills, ledger, begun) = (kills(), Ledger::default(), Instant::now());
    let first = Instance::start(dir.path())?;
    let token = token(&first)?;
    first.stop()?;
    let (seed, mut next) = (u64::from(std::process::id()), 1);
    println!("seed {seed}, {kills} kills");
    for round in 0..kills {
        let instance = Instance::start(dir.path())?;
        let items: Vec<Item> = (next..next + ROUND).map(Item).collect();
        let moment = Duration::from_millis(30 + mix(seed ^ round) % 570);
        std::thread::scope(|scope| {
            let posting = scope
                .spawn(|| ledger.post_all(&instance, &token, &items, CONNECTIONS, Duration::from_millis(2)));
            let issuing = scope.spawn(|| drop(issue_one(&instance)));
            std::thread::sleep(moment);
            instance.kill_now();
            drop(issuing.join());
            posting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        drop(instance);
        next = ledger.sent().last().map_or(next, |item| item.0 + 1);
    }
    everything(dir.path(), &token, &ledger)?;
    same_as_undisturbed(dir.path(), &ledger)?;
    println!(
        "{kills} kills, {} sent, {} acknowledged, {:.1} s",
        ledger.sent().len(),
        ledger.acknowledged().len(),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

#[test]
fn told_to_stop_under_load_it_ends_in_order_and_in_time() {
    let result = (|| -> Result<()> {
        let dir = tempfile::tempdir()?;
        let ledger = Ledger::default();
        let instance = Instance::start(dir.path())?;
        let token = token(&instance)?;
        let items: Vec<Item> = (1..2000).map(Item).collect();
        std::thread::scope(|scope| {
            let posting = scope.spawn(|| ledger.post_all(&instance, &token, &items, 4, Duration::ZERO));
            std::thread::sleep(Duration::from_millis(400));
            instance.ask_to_stop()?;
            posting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        instance.stop()?;
        everything(dir.path(), &token, &ledger)
    })();
    assert!(result.is_ok(), "{:?}", result.err());
}

#[test]
fn told_to_stop_as_soon_as_it_serves_it_ends_in_order() {
    let result = (|| -> Result<()> {
        let dir = tempfile::tempdir()?;
        // Once is luck: the moment between the word and whoever listens for it is short.
        for _ in 0..10 {
            Instance::start(dir.path())?.stop()?;
        }
        Ok(())
    })();
    assert!(result.is_ok(), "{:?}", result.err());
}

#[test]
fn a_second_process_on_the_same_folder_is_refused_and_says_why() {
    let result = (|| -> Result<()> {
        let dir = tempfile::tempdir()?;
        let instance = Instance::start(dir.path())?;
        let second = run(dir.path(), &["serve", "--listen", "127.0.0.1:0"])?;
        let said = String::from_utf8_lossy(&second.stderr).into_owned();
        anyhow::ensure!(!second.status.success() && said.contains("正被另一个"), "{said}");
        let listed = run(dir.path(), &["source", "list"])?;
        anyhow::ensure!(listed.status.success(), "commands speak to the running one");
        instance.stop()
    })();
    assert!(result.is_ok(), "{:?}", result.err());
}
