//! Disks that are full, fail, may not be written, or were written half: what the user sees, and that nothing acknowledged
//! is lost by it.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use minyi::failpoint::FAULTS;
use tempfile::TempDir;

use crate::check::{everything, same_as_undisturbed, settled, token};
use crate::instance::{Instance, Started, last_words, run};
use crate::items::Item;
use crate::ledger::{Ledger, Posted};

/// Megabytes of the small disk.
const SMALL: u64 = 160;

fn root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A disk of its own, so small that it is soon full.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this process may not mount.
    fn mount() -> Result<Option<Self>> {
        let dir = tempfile::tempdir()?;
        let size = format!("size={SMALL}m");
        let mounted =
            root() && told("mount", &["-t", "tmpfs", "-o", &size, "minyi-tests", &name(dir.path())])?;
        Ok(mounted.then_some(Self(dir)))
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn remount(&self, how: &str) -> Result<()> {
        let option = format!("remount,{how}");
        ensure!(told("mount", &["-o", &option, &name(self.0.path())])?, "mount -o {option}");
        Ok(())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whatever a failed test left open goes with its process.
        drop(told("umount", &["-l", &name(self.0.path())]));
    }
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

fn told(program: &str, arguments: &[&str]) -> Result<bool> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output();
    Ok(output.with_context(|| program.to_owned())?.status.success())
}

fn must(result: Result<()>) {
    assert!(result.is_ok(), "{:?}", result.err());
}

/// Offers items one after the other until one is refused; gives how many were taken before.
fn until_refused(ledger: &Ledger, instance: &Instance, token: &str, first: u64) -> Result<u64> {
    let (mut client, begun) = (instance.client(token), Instant::now());
    for n in first.. {
        match ledger.offer(&mut client, Item(n))? {
            Posted::Refused => return Ok(n - first),
            Posted::Lost => anyhow::bail!("it ended instead of refusing"),
            _ => ensure!(begun.elapsed() < Duration::from_secs(180), "nothing was ever refused"),
        }
    }
    Ok(0)
}

/// What a probe of readiness says.
fn readiness(instance: &Instance) -> Result<(u16, String)> {
    let answer = instance.client("").call("GET", "/readyz", b"")?;
    Ok((answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
}

/// A disk that is full refuses with 503, and takes again once there is room; what was acknowledged is all there.
fn full_disk(disk: &SmallDisk) -> Result<()> {
    let (dir, ledger) = (disk.data(), Ledger::default());
    fs::create_dir(&dir)?;
    let instance = Instance::start(&dir)?;
    let token = token(&instance)?;
    ledger.post_all(&instance, &token, &(1..=60).map(Item).collect::<Vec<_>>(), 2, Duration::ZERO)?;
    settled(&instance, &ledger)?;
    let filler = disk.0.path().join("filler");
    let mut file = fs::File::create(&filler)?;
    let block = vec![7_u8; 1 << 20];
    while file.write_all(&block).is_ok() {}
    while file.write_all(&[7; 4096]).is_ok() {}
    let taken = until_refused(&ledger, &instance, &token, 61)?;
    let (status, said) = readiness(&instance)?;
    ensure!(status == 503 && said.contains("queue"), "{status} {said}");
    // It still answers: those who look something up see nothing of it.
    ensure!(instance.client(&token).get("/api/v1/search?q=%E8%B7%AF%E6%AE%B5")?["total"].as_u64() >= Some(1));
    drop(file);
    fs::remove_file(&filler)?;
    let mut client = instance.client(&token);
    let begun = Instant::now();
    while ledger.offer(&mut client, Item(61 + taken))? == Posted::Refused {
        ensure!(begun.elapsed() < Duration::from_secs(30), "there is room, and it still refuses");
        std::thread::sleep(Duration::from_millis(100));
    }
    settled(&instance, &ledger)?;
    instance.stop()?;
    everything(&dir, &token, &ledger)?;
    same_as_undisturbed(&dir, &ledger)?;

    // With the space that is kept free by default it refuses before the disk is full.
    let instance = Instance::start_with(&dir, &[("MINYI_QUEUE__MIN_FREE_MB", "256")])?;
    ensure!(ledger.offer(&mut instance.client(&token), Item(100_001))? == Posted::Refused);
    let (status, said) = readiness(&instance)?;
    ensure!(status == 503 && said.contains("queue.min_free_mb"), "{status} {said}");
    instance.stop()
}

/// The same where this process may not mount a disk: files that may not grow beyond a few megabytes.
fn quota() -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let path = dir.path();
    let instance = Instance::start(path)?;
    let token = token(&instance)?;
    ledger.post_all(&instance, &token, &(1..=60).map(Item).collect::<Vec<_>>(), 2, Duration::ZERO)?;
    settled(&instance, &ledger)?;
    instance.stop()?;
    // In blocks of 512 bytes: 8 MB, half of the queue's log. What stands behind that cannot be written.
    let limits = "trap '' XFSZ; ulimit -f 16384";
    let Started::Serving(instance) = Instance::start_under(limits, path, &[])? else {
        anyhow::bail!("did not start\n{}", last_words(path));
    };
    until_refused(&ledger, &instance, &token, 61)?;
    instance.stop()?;
    everything(path, &token, &ledger)?;
    same_as_undisturbed(path, &ledger)
}

#[test]
fn a_full_disk_refuses_with_503_and_loses_nothing() {
    let disk = SmallDisk::mount().expect("mount can be asked");
    match disk {
        Some(disk) => must(full_disk(&disk)),
        // What can be done without the right to mount: the errors come from the same calls.
        None => must(quota()),
    }
}

#[test]
fn files_that_may_not_grow_refuse_with_503_and_lose_nothing() {
    must(quota());
}

/// A commit fails five times in a row, before or after the disk has it.
fn failing(fault: &str) -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let path = dir.path();
    let instance = Instance::start(path)?;
    let token = token(&instance)?;
    instance.stop()?;
    let instance = Instance::start_with(path, &[("MINYI_FAULT", &format!("{fault}:6-10"))])?;
    let (mut client, mut refused) = (instance.client(&token), Vec::new());
    for item in (1..=40).map(Item) {
        if ledger.offer(&mut client, item)? == Posted::Refused {
            refused.push(item);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let by_queue = fault.starts_with("queue.");
    ensure!(refused.is_empty() != by_queue, "{} were refused", refused.len());
    // Whoever was refused comes again, with the same item.
    for item in refused {
        ledger.post(&mut client, item)?;
    }
    settled(&instance, &ledger)?;
    ensure!(last_words(path).contains("the connection is replaced") || !by_queue, "{}", last_words(path));
    instance.stop()?;
    everything(path, &token, &ledger)?;
    same_as_undisturbed(path, &ledger)
}

#[test]
fn a_sync_or_a_write_that_fails_replaces_the_connection_and_loses_and_doubles_nothing() {
    for fault in FAULTS {
        must(failing(fault).with_context(|| (*fault).to_owned()));
    }
}

/// Starts where nothing may be written: refused at once, in words, with what to do.
fn refused_start(mut command: Command, dir: &Path, words: &[&str]) -> Result<()> {
    let serve = ["--data", &name(dir), "serve", "--listen", "127.0.0.1:0"].map(str::to_owned);
    let output = command.args(serve).current_dir("/").stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success() && words.iter().all(|word| said.contains(word)), "{said}");
    Ok(())
}

fn not_writable() -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let instance = Instance::start(dir.path())?;
    let token = token(&instance)?;
    ledger.post_all(&instance, &token, &(1..=20).map(Item).collect::<Vec<_>>(), 2, Duration::ZERO)?;
    instance.stop()?;
    fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o555))?;
    let command = if root() {
        // Root may write everywhere, unless it gives that up.
        let mut without = Command::new("setpriv");
        without.args(["--bounding-set=-all", "--inh-caps=-all", env!("CARGO_BIN_EXE_minyi")]);
        without
    } else {
        Command::new(env!("CARGO_BIN_EXE_minyi"))
    };
    let refused = refused_start(command, dir.path(), &["不可写", "chown", "已有数据未被改动"]);
    fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    refused?;
    everything(dir.path(), &token, &ledger)
}

fn read_only(disk: &SmallDisk) -> Result<()> {
    let (dir, ledger) = (disk.data(), Ledger::default());
    fs::create_dir(&dir)?;
    let instance = Instance::start(&dir)?;
    let token = token(&instance)?;
    ledger.post_all(&instance, &token, &(1..=20).map(Item).collect::<Vec<_>>(), 2, Duration::ZERO)?;
    instance.stop()?;
    disk.remount("ro")?;
    let refused = refused_start(
        Command::new(env!("CARGO_BIN_EXE_minyi")),
        &dir,
        &["不可写", "只读", "remount,rw", "已有数据未被改动"],
    );
    disk.remount("rw")?;
    refused?;
    everything(&dir, &token, &ledger)
}

#[test]
fn a_folder_that_may_not_be_written_is_refused_with_what_to_do() {
    must(not_writable());
}

#[test]
fn a_disk_mounted_read_only_is_refused_with_what_to_do() {
    match SmallDisk::mount().expect("mount can be asked") {
        Some(disk) => must(read_only(&disk)),
        None => must(not_writable()),
    }
}

/// Half a frame behind the last whole one of the queue's log, as a power cut in the middle of a write leaves it.
fn tear_log(path: &Path) -> Result<()> {
    const FRAME: u64 = 24 + 8192;
    let mut log = OpenOptions::new().read(true).write(true).open(path)?;
    let mut head = [0; 24];
    let mut at = 32;
    loop {
        log.seek(SeekFrom::Start(at))?;
        let read = log.read(&mut head)?;
        if read < head.len() || head.iter().all(|byte| *byte == 0) {
            break;
        }
        at += FRAME;
    }
    log.seek(SeekFrom::Start(at))?;
    Ok(log.write_all(&[0x5a; 4000])?)
}

fn append(path: &Path, bytes: &[u8]) -> Result<()> {
    Ok(OpenOptions::new().append(true).create(true).open(path)?.write_all(bytes)?)
}

fn half_written() -> Result<()> {
    let (dir, ledger) = (tempfile::tempdir()?, Ledger::default());
    let path = dir.path();
    let instance = Instance::start(path)?;
    let token = token(&instance)?;
    ledger.post_all(&instance, &token, &(1..=120).map(Item).collect::<Vec<_>>(), 4, Duration::ZERO)?;
    settled(&instance, &ledger)?;
    crate::check::issue_one(&instance)?;
    ledger.post_all(&instance, &token, &(121..=160).map(Item).collect::<Vec<_>>(), 4, Duration::ZERO)?;
    instance.kill_now();
    drop(instance);
    // The last record of the bands is cut, and half of another stands behind it.
    let bands = path.join("bands/bands.log");
    let length = fs::metadata(&bands)?.len();
    OpenOptions::new().write(true).open(&bands)?.set_len(length - 3)?;
    append(&bands, &[9; 50])?;
    tear_log(&path.join("queue.db-wal"))?;
    append(&path.join("store.db-wal"), &[0x5a; 5000])?;
    fs::create_dir_all(path.join("files/ab"))?;
    fs::write(path.join("files/ab/.half-Zx81"), [1; 100])?;
    fs::create_dir_all(path.join("index/building"))?;
    fs::write(path.join("index/building/meta.json"), b"{\"segm")?;
    fs::create_dir_all(path.join(".backup-1"))?;
    fs::write(path.join("secret.key.new"), b"00")?;
    fs::write(path.join("node.id"), b"")?;
    everything(path, &token, &ledger)?;
    same_as_undisturbed(path, &ledger)?;
    // Nor does a backup take what was written half.
    let kept = tempfile::tempdir()?;
    let to = name(&kept.path().join("kept"));
    let output = run(path, &["backup", "--to", &to])?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let restored = kept.path().join("restored");
    let output = run(&restored_parent(&restored), &["restore", "--from", &to, "--data", &name(&restored)])?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ensure!(!restored.join("files/ab/.half-Zx81").exists());
    Ok(())
}

fn restored_parent(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

#[test]
fn files_that_were_written_half_lose_and_double_nothing() {
    must(half_written());
}
