//! A watched folder: what stands still in it is read by the same readers as uploads, handed to the intake, and moved aside
//! with a report beside it.
//!
//! Killed anywhere, each file counts once: its items are named after what they hold, so taking them again changes nothing;
//! only then is it noted, then reported, then moved.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde::Deserialize;
use serde_json::Value;

use crate::model::{Actor, EntryKey, EntryText};
use crate::store::{EntryNote, Priority, StoreError, Tx, known_entries, note_entries};

use super::handing::{FileRow, Unread, completed, said};
use super::taking::Run;
use super::{Handed, PullError, Sent};

/// Where files go that were read, and those that could not be.
const DONE: &str = "done";
const REFUSED: &str = "refused";
/// Endings of files that somebody still writes.
const PARTIAL: &[&str] =
    &["tmp", "temp", "part", "partial", "crdownload", "download", "filepart", "lock", "swp"];
/// Largest file that is read.
const FILE_MAX: u64 = 64 << 20;
/// Files dealt with in one round.
const AT_ONCE: usize = 50;

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Which.
    pub path: PathBuf,
    /// Seconds between two looks.
    #[serde(default = "ten")]
    pub every_seconds: u64,
    /// Seconds for which size and time of a file must not have changed.
    #[serde(default = "five")]
    pub still_seconds: u64,
}

fn ten() -> u64 {
    10
}
fn five() -> u64 {
    5
}

impl Folder {
    pub(super) fn check(&self) -> Result<(), String> {
        if !self.path.is_absolute() {
            return Err("[folder] 的 path 应是完整路径，以 / 开头".to_owned());
        }
        if !(1..=86_400).contains(&self.every_seconds) || self.still_seconds > 3600 {
            return Err("every_seconds 应在 1 与 86400 之间，still_seconds 不超过 3600".to_owned());
        }
        Ok(())
    }

    /// What keeps it from working on this machine.
    pub(super) fn warning(&self) -> Option<String> {
        std::fs::read_dir(&self.path).err().map(|error| away(&self.path, &error))
    }
}

fn away(path: &Path, error: &std::io::Error) -> String {
    format!("文件夹 {} 打不开（{error}）：请建立该文件夹，并让运行本程序的用户可以读写", path.display())
}

/// A file as it was seen: size, time, and since when both are so.
type Seen = (u64, Option<SystemTime>, Instant);

/// Files as they were seen last.
#[derive(Default)]
pub(super) struct Watched(Mutex<HashMap<PathBuf, Seen>>);

impl Watched {
    /// Whether a file has stood still for so long; it is remembered as it is now.
    fn stands(&self, path: &Path, now: (u64, Option<SystemTime>), still: Duration) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = all.entry(path.to_owned()).or_insert((now.0, now.1, Instant::now()));
        if (seen.0, seen.1) != now {
            *seen = (now.0, now.1, Instant::now());
        }
        seen.2.elapsed() >= still
    }

    /// Forgets what is not there any more.
    fn only(&self, dir: &Path, there: &[PathBuf]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|path, _| path.parent() != Some(dir) || there.contains(path));
    }
}

/// Whether a file is one that is meant to be read: not hidden, not half written, not the lock of an open document.
fn is_meant(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    !(name.starts_with('.')
        || name.starts_with("~$")
        || name.starts_with('~')
        || name.ends_with('~')
        || PARTIAL.contains(&ending.as_str())
        || name.eq_ignore_ascii_case("thumbs.db")
        || name.eq_ignore_ascii_case("desktop.ini"))
}

/// What became of a row.
struct Told {
    place: String,
    title: String,
    result: &'static str,
    detail: String,
}

impl Run<'_> {
    /// Takes the files that stand still. Whether there is more to do at once.
    pub(super) async fn files(&mut self, folder: &Folder) -> Result<bool, PullError> {
        let ready = self.ready(folder)?;
        let more = ready.len() > AT_ONCE;
        for path in ready.into_iter().take(AT_ONCE) {
            if *self.stopped.borrow() {
                return Err(PullError::Ending);
            }
            if let Err(error) = self.file(folder, &path).await {
                match error {
                    // One file that cannot be moved keeps no other waiting.
                    PullError::Unreadable(why) => self.odd = why,
                    error => return Err(error),
                }
            }
        }
        Ok(more)
    }

    fn ready(&self, folder: &Folder) -> Result<Vec<PathBuf>, PullError> {
        let failed = |error: std::io::Error| PullError::Plan(away(&folder.path, &error));
        for aside in [DONE, REFUSED] {
            std::fs::create_dir_all(folder.path.join(aside)).map_err(failed)?;
        }
        let (mut there, mut ready) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(&folder.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, name) = (entry.path(), entry.file_name());
            // What a name points to is not in the folder.
            let Ok(about) = entry.metadata() else { continue };
            if !about.is_file() || !is_meant(&name.to_string_lossy()) {
                continue;
            }
            let now = (about.len(), about.modified().ok());
            if self.pulls.watched.stands(&path, now, Duration::from_secs(folder.still_seconds)) {
                ready.push(path.clone());
            }
            there.push(path);
        }
        self.pulls.watched.only(&folder.path, &there);
        ready.sort();
        Ok(ready)
    }

    async fn file(&mut self, folder: &Folder, path: &Path) -> Result<(), PullError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(bytes) = read(path)? else { return Ok(()) };
        let hash = blake3::hash(&bytes).to_hex();
        let (readers, fixed, file) = (self.pulls.parts.readers.clone(), self.plan.item.clone(), name.clone());
        let read = tokio::task::spawn_blocking(move || {
            let mut rows = (readers.file)(&file, &bytes, "")?;
            for row in &mut rows {
                if let Ok(Value::Object(mut item)) = serde_json::from_str(&row.json) {
                    completed(&mut item, &fixed);
                    row.json = Value::Object(item).to_string();
                }
            }
            Ok::<_, Unread>(rows)
        });
        let read = self.held(read).await?;
        let told = match read {
            Ok(rows) => self.rows(rows).await?,
            Err(Unread::Secret(why) | Unread::Other(why) | Unread::Broken(why)) => {
                vec![Told { place: String::new(), title: String::new(), result: "未收", detail: why }]
            }
        };
        self.note_file(&hash, &name, &told).await?;
        let aside = if told.iter().any(|row| row.result != "未收") { DONE } else { REFUSED };
        put_aside(path, &folder.path.join(aside), &hash, &report(&told)).map_err(|error| {
            PullError::Unreadable(format!("{} 已收，但移不开（{error}）：请检查文件夹权限", path.display()))
        })
    }

    async fn rows(&self, rows: Vec<FileRow>) -> Result<Vec<Told>, PullError> {
        let actor = Actor::Source(self.source.clone());
        let mut out = Vec::with_capacity(rows.len());
        for row in rows {
            let told =
                |result, detail| Told { place: row.place.clone(), title: row.title.clone(), result, detail };
            if !row.flaws.is_empty() {
                out.push(told("未收", row.flaws.join("；")));
                continue;
            }
            let taken = (self.pulls.parts.take)(Sent {
                source: self.source.clone(),
                actor: actor.clone(),
                account: None,
                json: row.json.clone().into_bytes(),
                corrects: None,
            });
            out.push(match taken.await {
                Ok(Handed { receipt, repeat, .. }) => {
                    told(if repeat { "重复" } else { "新收" }, receipt.to_string())
                }
                Err(problem) if problem.status >= 500 || problem.status == 429 => {
                    return Err(PullError::Full(problem.detail));
                }
                Err(problem) => told("未收", said(&problem)),
            });
        }
        Ok(out)
    }

    /// Notes what became of a file, once.
    async fn note_file(&mut self, hash: &str, name: &str, told: &[Told]) -> Result<(), PullError> {
        let key = |at: usize| EntryKey::of(&format!("file:{hash}/{at}"));
        let text = EntryText::of(&[hash.as_bytes()]);
        let (source, keys) = (self.source.clone(), [key(0)]);
        let parts = &self.pulls.parts;
        let known = parts.store.read(move |sql| known_entries(sql, &source, &keys)).await;
        if !known.map_err(PullError::Store)?.is_empty() {
            return Ok(());
        }
        let notes: Vec<EntryNote> = told
            .iter()
            .enumerate()
            .filter(|(at, row)| *at == 0 || row.result != "重复")
            .map(|(at, row)| EntryNote {
                key: key(at),
                text,
                name: format!("{name} {}", row.place).trim().to_owned(),
                refused: (row.result == "未收").then(|| row.detail.clone()),
                revised: false,
            })
            .collect();
        self.taken += told.iter().filter(|row| row.result == "新收").count() as u32;
        let (source, lease, seconds) = (self.source.clone(), self.lease.clone(), self.lease_seconds);
        let mark = self.mark.written();
        let note = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
            lease.hold(tx, seconds)?;
            note_entries(tx, &source, &notes, &mark)
        };
        parts.store.write(Priority::Batch, note).await.map_err(PullError::Store)
    }
}

/// The bytes of a file; nothing where it was taken away meanwhile.
fn read(path: &Path) -> Result<Option<Vec<u8>>, PullError> {
    let told = |error: std::io::Error| {
        PullError::Unreadable(format!("{} 读不出来（{error}）：请检查文件权限", path.display()))
    };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(told(error)),
        Ok(about) if about.len() > FILE_MAX => {
            return Err(PullError::Unreadable(format!(
                "{} 超过 {} MB 的上限，没有读：请分成几份",
                path.display(),
                FILE_MAX >> 20
            )));
        }
        Ok(_) => {}
    }
    std::fs::read(path).map(Some).map_err(told)
}

/// Writes the report, then moves the file beside it. A file of the same name that went before keeps its name.
fn put_aside(path: &Path, to: &Path, hash: &str, report: &str) -> std::io::Result<()> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut target = to.join(&name);
    if target.exists() {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
        let dot = if ending.is_empty() { "" } else { "." };
        target = to.join(format!("{stem}-{}{dot}{ending}", &hash[..12]));
    }
    let mut beside = target.clone().into_os_string();
    beside.push(".报送结果.csv");
    let mut half = beside.clone();
    half.push(".part");
    std::fs::write(&half, report)?;
    std::fs::rename(&half, &beside)?;
    std::fs::rename(path, &target)
}

/// What became of each row, as spreadsheets open it.
fn report(told: &[Told]) -> String {
    let mut out = String::from("\u{feff}位置,标题,结果,回执或原因\r\n");
    for row in told {
        let cells = [row.place.as_str(), &row.title, row.result, &row.detail].map(cell);
        out.push_str(&format!("{}\r\n", cells.join(",")));
    }
    out
}

/// A cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    let begins = text.starts_with(['=', '+', '-', '@', '\t']);
    format!("\"{}{}\"", if begins { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_somebody_still_writes_are_left_alone() {
        for name in
            ["a.docx.part", "a.TMP", "~$来稿.docx", ".a.txt", "来稿.xlsx.crdownload", "a~", "Thumbs.db"]
        {
            assert!(!is_meant(name), "{name}");
        }
        for name in ["来稿.docx", "a", "部分.txt", "报送.xlsx"] {
            assert!(is_meant(name), "{name}");
        }
    }

    #[test]
    fn a_file_stands_still_only_when_neither_size_nor_time_changed_for_long() {
        let (watched, path) = (Watched::default(), Path::new("/a/b"));
        let still = Duration::from_millis(40);
        assert!(!watched.stands(path, (1, None), still));
        std::thread::sleep(Duration::from_millis(60));
        assert!(!watched.stands(path, (2, None), still), "it grew");
        std::thread::sleep(Duration::from_millis(60));
        assert!(watched.stands(path, (2, None), still));
        watched.only(Path::new("/a"), &[]);
        assert!(!watched.stands(path, (2, None), still), "another file of the same name");
    }

    #[test]
    fn what_was_put_aside_before_keeps_its_name_and_a_report_is_no_formula() {
        let dir = tempfile::tempdir().expect("a folder");
        let to = dir.path().join(DONE);
        std::fs::create_dir(&to).expect("a folder");
        for text in ["一", "二"] {
            let path = dir.path().join("稿.txt");
            std::fs::write(&path, text).expect("written");
            let hash = blake3::hash(text.as_bytes()).to_hex();
            put_aside(&path, &to, &hash, "r").expect("moved");
        }
        assert_eq!(std::fs::read_to_string(to.join("稿.txt")).expect("there"), "一");
        assert_eq!(std::fs::read_dir(&to).expect("a folder").count(), 4);
        let told = Told {
            place: String::new(),
            title: "=1+1".to_owned(),
            result: "新收",
            detail: "a\"b".to_owned(),
        };
        assert!(report(&[told]).ends_with("\"\",\"'=1+1\",\"新收\",\"a\"\"b\"\r\n"));
    }
}
