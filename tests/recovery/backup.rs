//! A backup taken while contributors send, and what is restored from it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::check::{everything, issue_one, settled, token};
use crate::instance::{Instance, run};
use crate::items::Item;
use crate::ledger::Ledger;

const SECRET: &str = "一句只有备份的人知道的话";

fn said(dir: &Path, arguments: &[&str]) -> Result<String> {
    let output = run(dir, arguments)?;
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words).into_owned();
    ensure!(output.status.success(), "{arguments:?}: {words}");
    Ok(words)
}

fn refusal(dir: &Path, arguments: &[&str]) -> Result<String> {
    let output = run(dir, arguments)?;
    ensure!(!output.status.success(), "{arguments:?} was not refused");
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Files by name and content, below a folder.
fn files(dir: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let (mut out, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                out.push((path.strip_prefix(dir)?.to_owned(), std::fs::read(&path)?));
            }
        }
    }
    out.sort();
    Ok(out)
}

/// The file written last: an object that the last backup needs, which is the one restored when none is named.
fn newest(dir: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let mut found = files(dir)?;
    let written = |name: &Path| std::fs::metadata(dir.join(name)).and_then(|file| file.modified()).ok();
    found.sort_by_cached_key(|(name, _)| written(name));
    found.pop().context("an object")
}

fn backup_while_sending() -> Result<()> {
    let (data, kept, around) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    let passphrase = around.path().join("passphrase");
    std::fs::write(&passphrase, format!("{SECRET}\n"))?;
    let to = kept.path().join("backups").display().to_string();
    let pass = passphrase.display().to_string();
    let backup = ["backup", "--to", &to, "--passphrase-file", &pass];

    let instance = Instance::start(data.path())?;
    let token = token(&instance)?;
    let (before, during) = (Ledger::default(), Ledger::default());
    let items: Vec<Item> = (1..=300).map(Item).collect();
    before.post_all(&instance, &token, &items, 4, Duration::ZERO)?;
    settled(&instance, &before)?;
    issue_one(&instance)?;
    // While contributors send, however long it takes.
    let taken = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| -> Result<()> {
            let mut next = 301;
            while !taken.load(Ordering::SeqCst) {
                let items: Vec<Item> = (next..next + 40).map(Item).collect();
                during.post_all(&instance, &token, &items, 4, Duration::from_millis(25))?;
                next += 40;
            }
            Ok(())
        });
        let first = said(data.path(), &backup);
        taken.store(true, Ordering::SeqCst);
        sending.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let first = first?;
        ensure!(first.contains("已逐一核对"), "{first}");
        Ok(())
    })?;
    settled(&instance, &during)?;
    said(data.path(), &backup)?;
    let listed = said(data.path(), &[&backup[..], &["--list"]].concat())?;
    let ids: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    ensure!(ids.len() == 2, "{listed}");
    instance.kill_now();
    drop(instance);

    // The first holds everything that was acknowledged before it was begun.
    let (first, last) = (around.path().join("first"), around.path().join("last"));
    let restore = |id: &str, into: &Path| {
        std::fs::create_dir(into)?;
        said(into, &["restore", "--from", &to, "--passphrase-file", &pass, "--snapshot", id])
    };
    restore(ids[0], &first)?;
    let restored = Instance::start(&first)?;
    settled(&restored, &before)?;
    restored.stop()?;
    // The last holds all, to the byte.
    restore(ids[1], &last)?;
    ensure!(files(&last.join("files"))? == files(&data.path().join("files"))?, "files differ");
    let key = |dir: &Path| std::fs::read(dir.join("secret.key"));
    ensure!(key(&last)? == key(data.path())?, "receipts depend on the secret");
    let all = Ledger::default();
    for item in before.sent().into_iter().chain(during.sent()) {
        all.note(item);
    }
    everything(&last, &token, &all)?;

    refused_where_it_must(around.path(), &to, &pass)?;
    said(data.path(), &["backup", "--to", &to, "--passphrase-file", &pass, "--keep", "1"])?;
    let listed = said(data.path(), &[&backup[..], &["--list"]].concat())?;
    ensure!(listed.lines().count() == 1, "{listed}");
    let checked = said(data.path(), &[&backup[..], &["--check"]].concat())?;
    ensure!(checked.contains("核对一致"), "{checked}");
    Ok(())
}

/// Another passphrase, a folder that is not empty, and one changed byte.
fn refused_where_it_must(around: &Path, to: &str, pass: &str) -> Result<()> {
    let wrong = around.join("wrong");
    std::fs::write(&wrong, "something else\n")?;
    let empty = around.join("empty");
    std::fs::create_dir(&empty)?;
    let told =
        refusal(&empty, &["restore", "--from", to, "--passphrase-file", &wrong.display().to_string()])?;
    ensure!(told.contains("备份口令不对"), "{told}");
    let told = refusal(&around.join("last"), &["restore", "--from", to, "--passphrase-file", pass])?;
    ensure!(told.contains("不是空目录"), "{told}");
    let objects = Path::new(to).join("objects");
    let (name, bytes) = newest(&objects)?;
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    std::fs::write(objects.join(&name), changed)?;
    let told = refusal(&empty, &["restore", "--from", to, "--passphrase-file", pass])?;
    ensure!(told.contains(&name.display().to_string()), "{told}");
    ensure!(std::fs::read_dir(&empty)?.next().is_none(), "nothing is restored");
    std::fs::write(objects.join(&name), bytes)?;
    Ok(())
}

#[test]
fn a_backup_taken_while_contributors_send_is_restored_elsewhere_with_nothing_lost() {
    if let Err(error) = backup_while_sending() {
        panic!("{error:?}");
    }
}
