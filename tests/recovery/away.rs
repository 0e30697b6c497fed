//! Several nodes whose broker or database goes away and comes back while contributors send: what they see, who says which
//! part is away, and that everything acknowledged is there once when it is over.

#![expect(clippy::print_stderr, reason = "how long each step took is read by people")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::check::token;
use crate::client::Client;
use crate::instance::Instance;
use crate::items::Item;
use crate::ledger::{Ledger, Posted};
use crate::servers::Servers;

/// Longer than anything may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(240);
/// Between two items of one sender.
const PAUSE: Duration = Duration::from_millis(40);

/// Each of these tests has two servers and two nodes: one at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Two nodes that both serve and work, and what was sent to them.
struct Site<'a> {
    servers: &'a Servers,
    nodes: [Instance; 2],
    token: String,
    ledger: Ledger,
    taken: AtomicUsize,
    refused: AtomicUsize,
    over: AtomicBool,
}

/// The parts of a node that are away, as it says itself.
fn away(node: &Instance) -> Result<Vec<String>> {
    let answer = node.operator().call("GET", "/readyz", &[])?;
    let parts = answer.json()?;
    let parts = parts.as_array().context("a list of parts")?;
    let away = parts.iter().filter(|part| part["ok"] != true);
    let away: Vec<String> = away.filter_map(|part| part["name"].as_str().map(str::to_owned)).collect();
    ensure!((answer.status == 200) == away.is_empty(), "{} {parts:?}", answer.status);
    // Alive it is in any case: nobody may restart it for this.
    ensure!(node.operator().call("GET", "/healthz", &[])?.status == 200, "not alive");
    Ok(away)
}

pub fn until(what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    let begun = Instant::now();
    while !holds()? {
        ensure!(begun.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    eprintln!("{what}: after {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

impl<'a> Site<'a> {
    fn start(servers: &'a Servers, dirs: &[tempfile::TempDir; 2]) -> Result<Self> {
        let settings = servers.settings();
        let first = Instance::start_with(dirs[0].path(), &settings)?;
        // Receipts are keyed by the secret: it is the same on every node.
        std::fs::copy(dirs[0].path().join("secret.key"), dirs[1].path().join("secret.key"))?;
        let second = Instance::start_with(dirs[1].path(), &settings)?;
        let token = token(&first)?;
        let known = || second.client(&token).call("GET", "/api/v1/search?q=a", &[]);
        until("the second node knows the token too", || Ok(known()?.status == 200))?;
        Ok(Self {
            servers,
            nodes: [first, second],
            token,
            ledger: Ledger::default(),
            taken: AtomicUsize::new(0),
            refused: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        })
    }

    /// Sends every second item to one node, each until it is taken, and stops when told. A refusal that is not a 503 with the
    /// time to come again and a reason in Chinese is an error.
    fn send(&self, node: usize) -> Result<()> {
        let mut client = self.nodes[node].client(&self.token);
        for item in (node as u64 + 1..).step_by(2).map(Item) {
            loop {
                match self.ledger.offer(&mut client, item)? {
                    Posted::New | Posted::Repeat => break,
                    Posted::Refused => self.refused.fetch_add(1, Ordering::SeqCst),
                    Posted::Lost => bail!("node {node} broke a connection"),
                };
                std::thread::sleep(PAUSE);
            }
            self.taken.fetch_add(1, Ordering::SeqCst);
            if self.over.load(Ordering::SeqCst) {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Does something to the servers while two contributors send.
    fn while_sending(&self, happens: impl FnOnce() -> Result<()>) -> Result<()> {
        std::thread::scope(|scope| {
            let senders = [0, 1].map(|node| scope.spawn(move || self.send(node)));
            let happened = self.goes_on("the first items").and_then(|()| happens());
            self.over.store(true, Ordering::SeqCst);
            for sender in senders {
                match sender.join() {
                    Ok(sent) => sent?,
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            happened
        })
    }

    /// More items are taken.
    fn goes_on(&self, what: &str) -> Result<()> {
        let before = self.taken.load(Ordering::SeqCst);
        until(what, || Ok(self.taken.load(Ordering::SeqCst) >= before + 30))
    }

    /// Senders are refused.
    fn refuses(&self, what: &str) -> Result<()> {
        let before = self.refused.load(Ordering::SeqCst);
        until(what, || Ok(self.refused.load(Ordering::SeqCst) > before))
    }

    /// Both nodes say that exactly these parts are away.
    fn says(&self, what: &str, parts: &[&str]) -> Result<()> {
        until(what, || Ok(self.nodes.iter().map(away).all(|away| away.is_ok_and(|away| away == parts))))
    }

    fn reads(&self, path: &str) -> Result<u16> {
        Ok(self.nodes[0].client(&self.token).call("GET", path, &[])?.status)
    }

    /// Everything acknowledged is stored once, indexed and linked at both nodes.
    fn all_is_there(&self) -> Result<()> {
        let reports = [settled(&self.nodes[0], &self.ledger)?, settled(&self.nodes[1], &self.ledger)?];
        let sent = self.ledger.sent().len();
        ensure!(self.ledger.acknowledged().len() == sent, "every item was acknowledged in the end");
        for report in &reports {
            ensure!(
                report["counts"]["items"] == sent && report["indexed"] == sent,
                "{sent} sent: {report:#}"
            );
        }
        ensure!(reports[0]["counts"] == reports[1]["counts"], "{:#} {:#}", reports[0], reports[1]);
        ensure!(reports[0]["counts"]["dead"] == 0, "an outage makes no 异常来稿: {:#}", reports[0]);
        // A node's own index gives what the other's gives.
        for item in self.ledger.sent().into_iter().step_by(23) {
            let path = format!("/api/v1/search?q={}", item.mark());
            let totals =
                self.nodes.each_ref().map(|node| Ok(node.client(&self.token).get(&path)?["total"].clone()));
            let [one, two]: [Result<Value>; 2] = totals;
            let (one, two) = (one?, two?);
            ensure!(one == two && one.as_u64() >= Some(1), "{item:?}: {one} and {two}");
        }
        eprintln!("{sent} items, each once; {} refusals meanwhile", self.refused.load(Ordering::SeqCst));
        Ok(())
    }

    fn stop(self) -> Result<()> {
        let [first, second] = self.nodes;
        first.stop()?;
        second.stop()
    }
}

/// Waits until a node has everything that was acknowledged. Consumers that have just come back take their time to share the
/// partitions out.
pub fn settled(node: &Instance, ledger: &Ledger) -> Result<Value> {
    let acknowledged: Vec<String> = ledger.acknowledged().into_values().collect();
    let (begun, list) = (Instant::now(), acknowledged.join("\n"));
    loop {
        let report = node.operator().post("/api/v1/verify", list.as_bytes())?.success()?;
        if report["ok"] == true && report["waiting"] == 0 {
            return Ok(report);
        }
        ensure!(begun.elapsed() < LIMIT, "{report:#}");
    }
}

fn broker_away_and_back(servers: &Servers) -> Result<()> {
    let dirs = [tempfile::tempdir()?, tempfile::tempdir()?];
    let site = Site::start(servers, &dirs)?;
    site.while_sending(|| {
        site.servers.freeze_broker()?;
        site.refuses("a frozen broker is told to senders")?;
        site.says("both nodes say that the queue is away", &["queue"])?;
        // What needs no broker goes on.
        ensure!(site.reads("/api/v1/search?q=%E8%B7%AF%E7%81%AF")? == 200, "searches go on");
        ensure!(site.reads("/report")? == 200, "pages go on");
        site.servers.thaw_broker()?;
        site.goes_on("items are taken again")?;
        site.says("nothing is away any more", &[])?;

        site.servers.kill_broker()?;
        site.refuses("a killed broker is told to senders")?;
        site.says("both nodes say that the queue is away again", &["queue"])?;
        site.servers.start_broker()?;
        site.goes_on("items are taken once more")?;
        site.says("nothing is away any more", &[])
    })?;
    site.all_is_there()?;
    site.stop()
}

/// The answer of a page or of the interface, which must tell in Chinese when to come again.
fn told_to_come_again(client: &mut Client, path: &str) -> Result<()> {
    let answer = client.call("GET", path, &[])?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    ensure!(answer.status == 503 && answer.retry_after.is_some(), "{path}: {answer:?}");
    ensure!(text.contains("暂时") || text.contains("稍后"), "{path}: {text}");
    Ok(())
}

fn database_away_and_back(servers: &Servers) -> Result<()> {
    let dirs = [tempfile::tempdir()?, tempfile::tempdir()?];
    let site = Site::start(servers, &dirs)?;
    site.while_sending(|| {
        let (_, receipt) = site.ledger.acknowledged().pop_first().context("a receipt")?;
        for round in ["once", "twice"] {
            site.servers.stop_database()?;
            site.says(&format!("both nodes say that the store is away, {round}"), &["store"])?;
            let mut client = site.nodes[0].client(&site.token);
            told_to_come_again(&mut client, &format!("/api/v1/receipts/{receipt}"))?;
            told_to_come_again(&mut client, &format!("/receipt?no={receipt}"))?;
            // The brokers keep what comes in meanwhile.
            site.goes_on("items are taken without the store")?;
            site.servers.start_database()?;
            site.says("nothing is away any more", &[])?;
            site.goes_on("items are taken with it")?;
        }
        Ok(())
    })?;
    ensure!(site.refused.load(Ordering::SeqCst) == 0, "no item had to be sent twice");
    site.all_is_there()?;
    site.stop()
}

/// Neither is there: nothing is taken, and nobody need be told again when both are back, in whichever order.
fn both_away_and_back(servers: &Servers) -> Result<()> {
    let dirs = [tempfile::tempdir()?, tempfile::tempdir()?];
    let site = Site::start(servers, &dirs)?;
    site.while_sending(|| {
        let (_, receipt) = site.ledger.acknowledged().pop_first().context("a receipt")?;
        for database_first in [true, false] {
            site.servers.stop_database()?;
            site.servers.kill_broker()?;
            site.refuses("with neither of them, senders are told")?;
            site.says("both nodes say that both are away", &["queue", "store"])?;
            told_to_come_again(
                &mut site.nodes[0].client(&site.token),
                &format!("/api/v1/receipts/{receipt}"),
            )?;
            if database_first {
                site.servers.start_database()?;
                site.says("the queue alone is away", &["queue"])?;
                site.servers.start_broker()?;
            } else {
                site.servers.start_broker()?;
                site.goes_on("items are taken by the broker alone")?;
                site.says("the store alone is away", &["store"])?;
                site.servers.start_database()?;
            }
            site.says("nothing is away any more", &[])?;
            site.goes_on("items are taken again")?;
        }
        Ok(())
    })?;
    site.all_is_there()?;
    site.stop()
}

pub fn tried(test: impl FnOnce(&Servers) -> Result<()>) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let done = Servers::start().and_then(|servers| test(&servers));
    assert!(done.is_ok(), "{:?}", done.err());
}

#[test]
#[ignore = "needs PostgreSQL, Java and Apache Kafka"]
fn a_broker_that_goes_away_and_comes_back_costs_nothing_that_was_acknowledged() {
    tried(broker_away_and_back);
}

#[test]
#[ignore = "needs PostgreSQL, Java and Apache Kafka"]
fn a_database_that_goes_away_and_comes_back_costs_nothing_that_was_acknowledged() {
    tried(database_away_and_back);
}

#[test]
#[ignore = "needs PostgreSQL, Java and Apache Kafka"]
fn a_broker_and_a_database_that_go_away_together_cost_nothing_that_was_acknowledged() {
    tried(both_away_and_back);
}
