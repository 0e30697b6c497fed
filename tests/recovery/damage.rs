//! Bytes that are not what was written: the index is built again while it serves; a database is refused, with the way to
//! restore it.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::check::{everything, issue_one, same_as_undisturbed, settled, token};
use crate::instance::{Instance, run};
use crate::items::Item;
use crate::ledger::Ledger;

/// Every search for a word that stands in all texts.
const SEARCH: &str = "/api/v1/search?q=%E8%B7%AF%E6%AE%B5";

fn must(result: Result<()>) {
    assert!(result.is_ok(), "{:?}", result.err());
}

fn items(from: u64, to: u64) -> Vec<Item> {
    (from..=to).map(Item).collect()
}

/// The largest file of a segment.
fn segment_file(dir: &Path) -> Result<PathBuf> {
    let mut found: Option<(u64, PathBuf)> = None;
    for generation in fs::read_dir(dir.join("index"))? {
        let generation = generation?;
        if !generation.file_name().to_string_lossy().starts_with('v') {
            continue;
        }
        for file in fs::read_dir(generation.path())? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            let size = file.metadata()?.len();
            if !name.starts_with('.')
                && !name.ends_with(".json")
                && found.as_ref().is_none_or(|(most, _)| size > *most)
            {
                found = Some((size, file.path()));
            }
        }
    }
    found.map(|(_, path)| path).context("a file of a segment")
}

/// Turns bytes in the middle of a file over.
fn flip(path: &Path, at: u64, bytes: &[u8]) -> Result<()> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(at))?;
    Ok(file.write_all(bytes)?)
}

fn notes(found: &Value) -> String {
    found["notes"].to_string()
}

fn said(dir: &Path, arguments: &[&str]) -> Result<(bool, String)> {
    let output = run(dir, arguments)?;
    let words = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&words).into_owned()))
}

fn damaged_index() -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let path = dir.path();
    let instance = Instance::start(path)?;
    let token = token(&instance)?;
    ledger.post_all(&instance, &token, &items(1, 200), 4, Duration::ZERO)?;
    settled(&instance, &ledger)?;
    instance.stop()?;
    let file = segment_file(path)?;
    flip(&file, fs::metadata(&file)?.len() / 2, &[0xa5; 16])?;
    let (_, words) = said(path, &["doctor"])?;
    ensure!(words.contains("索引文件") && words.contains("已损坏"), "{words}");

    // Commits seldom, so that the time before the index is whole again can be seen.
    let instance = Instance::start_with(path, &[("MINYI_INDEX__COMMIT_MS", "3000")])?;
    let mut client = instance.client(&token);
    let found = client.get(SEARCH)?;
    ensure!(notes(&found).contains("索引正在重建"), "{found:#}");
    // Serving goes on meanwhile.
    ledger.post_all(&instance, &token, &items(201, 220), 2, Duration::ZERO)?;
    settled(&instance, &ledger)?;
    let found = client.get(SEARCH)?;
    ensure!(!notes(&found).contains("重建") && found["total"].as_u64() >= Some(200), "{found:#}");
    let aside = fs::read_dir(path.join("index"))?.filter_map(Result::ok);
    let aside = aside.filter(|entry| entry.file_name().to_string_lossy().starts_with("damaged-")).count();
    ensure!(aside == 1, "{aside} folders are set aside");

    // While it runs, `minyi verify` finds it, and `minyi reindex` mends it.
    let file = segment_file(path)?;
    flip(&file, fs::metadata(&file)?.len() / 2, &[0x5a; 16])?;
    let (good, words) = said(path, &["verify"])?;
    ensure!(!good && words.contains("索引文件损坏：1 处") && words.contains("minyi reindex"), "{words}");
    let (good, words) = said(path, &["reindex"])?;
    ensure!(good, "{words}");
    settled(&instance, &ledger)?;
    instance.stop()?;
    everything(path, &token, &ledger)?;
    same_as_undisturbed(path, &ledger)
}

#[test]
fn a_damaged_segment_is_set_aside_and_built_again_while_it_serves() {
    must(damaged_index());
}

/// Every file of a folder with its content.
fn content(dir: &Path) -> Result<Vec<(PathBuf, blake3::Hash)>> {
    let mut out = Vec::new();
    for name in ["store.db", "queue.db", "secret.key", "bands/bands.log"] {
        let path = dir.join(name);
        out.push((path.clone(), blake3::hash(&fs::read(path)?)));
    }
    Ok(out)
}

fn damaged_database(name: &str, table: &str) -> Result<()> {
    let (dir, around, ledger) = (tempfile::tempdir()?, tempfile::tempdir()?, Ledger::default());
    let path = dir.path();
    let instance = Instance::start(path)?;
    let token = token(&instance)?;
    ledger.post_all(&instance, &token, &items(1, 300), 4, Duration::ZERO)?;
    settled(&instance, &ledger)?;
    issue_one(&instance)?;
    let to = around.path().join("kept").display().to_string();
    let (good, words) = said(path, &["backup", "--to", &to])?;
    ensure!(good, "{words}");
    instance.stop()?;
    // Out of the log, into the file: it is the file's page that is to be damaged.
    let database = rusqlite::Connection::open(path.join(name))?;
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let root = "SELECT rootpage FROM sqlite_master WHERE name = ?1";
    let page: u32 = database.query_row(root, [table], |row| row.get(0))?;
    drop(database);
    // A page that is in use, as a broken sector leaves it.
    let file = path.join(name);
    flip(&file, u64::from(page - 1) * 8192, &[0xa5; 8192])?;
    let before = content(path)?;

    let (good, words) = said(path, &["serve", "--listen", "127.0.0.1:0"])?;
    ensure!(!good && words.contains("已损坏") && words.contains(name), "{words}");
    ensure!(words.contains("minyi restore --from") && words.contains("minyi verify"), "{words}");
    ensure!(content(path)? == before, "the refusal changed something");
    let (good, words) = said(path, &["doctor"])?;
    ensure!(!good && words.contains("已损坏") && words.contains("minyi restore"), "{words}");
    ensure!(content(path)? == before, "doctor changed something");

    let restored = around.path().join("restored");
    let target = restored.display().to_string();
    let (good, words) = said(around.path(), &["restore", "--from", &to, "--data", &target])?;
    ensure!(good, "{words}");
    everything(&restored, &token, &ledger)
}

#[test]
fn a_damaged_page_is_refused_with_the_way_to_restore() {
    for (name, table) in [("store.db", "items"), ("queue.db", "known")] {
        must(damaged_database(name, table).with_context(|| name.to_owned()));
    }
}

fn damaged_file() -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let path = dir.path();
    let instance = Instance::start(path)?;
    let token = token(&instance)?;
    ledger.post_all(&instance, &token, &items(1, 30), 4, Duration::ZERO)?;
    settled(&instance, &ledger)?;
    let begun = Instant::now();
    while issue_one(&instance).is_err() {
        ensure!(begun.elapsed() < Duration::from_secs(30), "no issue can be made");
    }
    let folder = fs::read_dir(path.join("files"))?.next().context("a folder")??.path();
    let file = fs::read_dir(folder)?.next().context("a file")??.path();
    let whole = fs::read(&file)?;
    fs::write(&file, &whole[..whole.len() / 2])?;
    let (good, words) = said(path, &["verify"])?;
    ensure!(!good && words.contains("文件：1 处") && words.contains("已损坏"), "{words}");
    // Put back from a backup it is whole again.
    fs::write(&file, &whole)?;
    settled(&instance, &ledger)?;
    instance.stop()
}

#[test]
fn a_file_of_an_issue_that_was_cut_is_told_by_verify() {
    must(damaged_file());
}
