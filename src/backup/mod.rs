//! Backups of an instance: copies of files by what is in them, so that a second backup adds what is new; each list of files a
//! snapshot that can be restored. What is copied, and how it is made consistent, is said by `app`.

mod place;
mod restore;
mod seal;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

pub use place::Place;
pub use restore::{check, restore};

/// Large files are kept in parts of so many bytes: a database of which a page changed adds a part, not itself.
const PART: usize = 1 << 20;

/// Why a backup was not made, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The disk.
    #[error("{}：{error}", path.display())]
    Io {
        /// What was read or written.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// No head.
    #[error("{} 不是备份目录（没有 minyi-backup.json）", .0.display())]
    NoBackup(PathBuf),
    /// Other things stand in a folder that was to become one.
    #[error("{} 中有别的文件，不能用作备份目录；请给一个空目录，或原有的备份目录", .0.display())]
    Foreign(PathBuf),
    /// Something stands where an instance is to be restored.
    #[error("{} 不是空目录，不能恢复到其中；请给一个空目录或不存在的目录", .0.display())]
    NotEmpty(PathBuf),
    /// The head cannot be read.
    #[error("备份目录的 minyi-backup.json 已损坏；请从备份的另一份拷贝中取回它")]
    Head,
    /// A later format.
    #[error("备份由更新版的程序建立，请使用新版程序")]
    Newer,
    /// Another process.
    #[error("备份目录 {} 正被另一个备份或恢复使用，请等它完成", .0.display())]
    Busy(PathBuf),
    /// Sealed, and no passphrase given.
    #[error("备份是加密的，需要口令：用 --passphrase-file 给出，或设环境变量 MINYI_BACKUP_PASSPHRASE")]
    NeedsPassphrase,
    /// Plain, and a passphrase given.
    #[error("备份目录原先没有加密，口令用不上；要加密请另用一个空目录")]
    NotSealed,
    /// Another passphrase.
    #[error("备份口令不对")]
    WrongPassphrase,
    /// There is none of that name.
    #[error("没有这个备份；现有：{0}")]
    NoSnapshot(String),
    /// Bytes that are not what they were.
    #[error("备份中的 {} 缺失或已损坏，它属于 {file}；请改用备份的另一份拷贝或另一次备份（--list 列出）。再备份之前先删除该文件", object.display())]
    Damaged {
        /// The file in the backup folder.
        object: PathBuf,
        /// What it is part of.
        file: String,
    },
    /// A file that is not what it was when it was listed.
    #[error("恢复出的 {0} 与备份时不一致")]
    Differs(String),
    /// A database that is not sound.
    #[error("{0}")]
    Unsound(String),
    /// What cannot happen.
    #[error("备份失败：{0}")]
    Broken(String),
}

/// What the disk said about a path.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::Io { path, error }
}

/// A file to be copied.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it will stand below the data folder, with `/`.
    pub path: String,
    /// Where it stands now.
    pub from: PathBuf,
}

/// A file of a snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Where it stands below the data folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// BLAKE3 of the whole file.
    pub hash: String,
    /// The objects it is made of, in order.
    pub parts: Vec<String>,
}

/// A snapshot: everything that one backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its name: the local time, and a number where two fall into one second.
    pub id: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Which program made it.
    pub program: String,
    /// Which engine holds the facts: those of a server are not among the files.
    pub store: String,
    /// The files.
    pub files: Vec<Entry>,
}

impl Snapshot {
    /// Length of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// What a backup did.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    /// The snapshot.
    pub id: String,
    /// Its files.
    pub files: usize,
    /// Their length.
    pub bytes: u64,
    /// What the backup folder grew by; the rest was there.
    pub added: u64,
    /// Which engine holds the facts.
    pub store: String,
}

/// Copies the sources into the folder, reads everything back, and makes a snapshot of it.
///
/// # Errors
/// When a source cannot be read, the folder cannot be written, or what is read back differs: there is no snapshot then.
pub fn take(
    place: &Place,
    sources: &[Source],
    store: &str,
    now: Timestamp,
    program: &str,
) -> Result<Taken, BackupError> {
    let ids = place.ids()?;
    let digits: String = now.to_string().chars().take(19).filter(|c| *c != '-' && *c != ':').collect();
    let id = (1..)
        .map(|n| if n == 1 { digits.clone() } else { format!("{digits}-{n}") })
        .find(|id| !ids.contains(id))
        .unwrap_or_default();
    let (mut files, mut added) = (Vec::new(), 0);
    for source in sources {
        let (entry, grown) = copy(place, source)?;
        added += grown;
        files.push(entry);
    }
    let snapshot = Snapshot { id, at: now, program: program.to_owned(), store: store.to_owned(), files };
    check(place, &snapshot)?;
    place.put_list(&snapshot)?;
    let bytes = snapshot.bytes();
    Ok(Taken { id: snapshot.id, files: snapshot.files.len(), bytes, added, store: snapshot.store })
}

fn copy(place: &Place, source: &Source) -> Result<(Entry, u64), BackupError> {
    let mut file = File::open(&source.from).map_err(at(&source.from))?;
    let mut entry = Entry { path: source.path.clone(), bytes: 0, hash: String::new(), parts: Vec::new() };
    let (mut hasher, mut added) = (blake3::Hasher::new(), 0);
    loop {
        let mut part = Vec::with_capacity(PART.min(64 << 10));
        file.by_ref().take(PART as u64).read_to_end(&mut part).map_err(at(&source.from))?;
        if part.is_empty() {
            break;
        }
        hasher.update(&part);
        entry.bytes += part.len() as u64;
        let (name, grown) = place.put(&part)?;
        added += grown;
        entry.parts.push(name);
    }
    entry.hash = hasher.finalize().to_hex().to_string();
    Ok((entry, added))
}
