//! What must hold after every kill.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::facts::{Facts, Pairs};
use crate::instance::Instance;
use crate::ledger::Ledger;

/// Items of one template beyond which chance decides which of the edited copies are found.
const FLOOD: usize = 6000;

/// Registers the source that the tests post with; gives its token.
pub fn token(instance: &Instance) -> Result<String> {
    let request = json!({ "id": "kills", "scopes": ["submit", "read"], "per_minute": 0 });
    let added = instance.operator().post("/api/v1/sources", request.to_string().as_bytes())?.success()?;
    added["token"].as_str().map(str::to_owned).context("a token")
}

/// Makes an issue of one item and leads it to its end, as far as the process lives.
pub fn issue_one(instance: &Instance) -> Result<()> {
    let mut operator = instance.operator();
    let query = "/api/v1/search?limit=1&q=%E7%8A%B6%E6%80%81:%E6%9C%AA%E7%BC%96%E5%8F%91";
    let found = operator.get(query)?;
    let item = found["hits"][0]["id"].as_str().context("an item to issue")?;
    let request = json!({ "series": "opinion", "items": [item] });
    let compiled = operator.post("/api/v1/bulletins", request.to_string().as_bytes())?.success()?;
    sign(&mut operator, &compiled)
}

fn sign(operator: &mut crate::client::Client, issue: &Value) -> Result<()> {
    let path = format!("/api/v1/bulletins/{}/issue", issue["id"].as_str().context("id")?);
    operator.post(&path, br#"{"signer":"test"}"#)?.success().map(drop)
}

/// Leads every issue that a kill left half done to its end, by the same request as before.
pub fn finish_issues(instance: &Instance) -> Result<()> {
    let mut operator = instance.operator();
    let issues = operator.get("/api/v1/bulletins")?;
    for issue in issues.as_array().context("a list")? {
        if issue["state"] != "issued" {
            sign(&mut operator, issue)?;
        }
    }
    Ok(())
}

/// Waits until everything is stored, searchable and linked; everything acknowledged must be there.
pub fn settled(instance: &Instance, ledger: &Ledger) -> Result<Value> {
    let acknowledged: Vec<String> = ledger.acknowledged().into_values().collect();
    let mut behind = i64::MAX;
    loop {
        let report =
            instance.operator().post("/api/v1/verify", acknowledged.join("\n").as_bytes())?.success()?;
        if report["ok"] == true {
            return Ok(report);
        }
        // After hundreds of kills the links of tens of thousands of items are made good; as long as they come, they are
        // waited for.
        let left = report["links_behind"].as_i64().unwrap_or(0);
        ensure!(0 < left && left < behind, "{report:#}");
        behind = left;
    }
}

/// The whole check: nothing acknowledged is missing, nothing is there twice, everything is found, numbers have no gap.
pub fn everything(dir: &Path, token: &str, ledger: &Ledger) -> Result<()> {
    let instance = Instance::start(dir)?;
    settled(&instance, ledger)?;
    // What was sent and not acknowledged may be there or not; sent again, it is there once.
    let mut client = instance.client(token);
    for item in ledger.sent() {
        ledger.post(&mut client, item)?;
    }
    finish_issues(&instance)?;
    let report = settled(&instance, ledger)?;
    ensure!(report["counts"]["items"] == ledger.sent().len(), "{} sent: {report:#}", ledger.sent().len());
    for item in ledger.sent().into_iter().step_by(7) {
        let found = client.get(&format!("/api/v1/search?q={}", item.mark()))?;
        ensure!(found["total"].as_u64() >= Some(1), "{item:?} is not found");
    }
    instance.stop()?;
    let facts = Facts::read(dir)?;
    facts.check_numbers()?;
    let mut names = facts.items.clone();
    names.sort_unstable();
    names.dedup();
    ensure!(names.len() == facts.items.len(), "an item is there twice");
    Ok(())
}

/// Groups and links must be those of a run that nobody disturbed.
pub fn same_as_undisturbed(dir: &Path, ledger: &Ledger) -> Result<()> {
    let calm = tempfile::tempdir()?;
    let instance = Instance::start(calm.path())?;
    let token = token(&instance)?;
    let mine = Ledger::default();
    let mut client = instance.client(&token);
    for item in ledger.sent() {
        mine.post(&mut client, item)?;
    }
    settled(&instance, &mine)?;
    instance.stop()?;
    let (disturbed, undisturbed) = (Facts::read(dir)?.likeness, Facts::read(calm.path())?.likeness);
    ensure!(disturbed.groups == undisturbed.groups, "groups differ");
    same_pairs("near", &disturbed.near, &undisturbed.near)?;
    // The texts are made of the same few phrases, so of many thousands each has hundreds of chance candidates; only
    // the most alike are then looked at, and which those are depends on what came before.
    if ledger.sent().len() <= FLOOD {
        same_pairs("edited", &disturbed.edited, &undisturbed.edited)?;
    }
    Ok(())
}

fn same_pairs(kind: &str, disturbed: &Pairs, undisturbed: &Pairs) -> Result<()> {
    let more: Vec<_> = disturbed.keys().filter(|pair| !undisturbed.contains_key(*pair)).collect();
    let less: Vec<_> = undisturbed.keys().filter(|pair| !disturbed.contains_key(*pair)).collect();
    ensure!(
        more.is_empty() && less.is_empty(),
        "{kind} links differ: only here {more:?}, only there {less:?}"
    );
    Ok(())
}

/// Repeats `work` until the process is gone or the time is up.
pub fn until_dead(
    instance: &mut Instance,
    limit: Duration,
    mut work: impl FnMut(&Instance) -> Result<()>,
) -> Result<()> {
    let begun = Instant::now();
    while !instance.has_ended()? && begun.elapsed() < limit {
        // An error is what a client of a dying process sees.
        drop(work(instance));
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
