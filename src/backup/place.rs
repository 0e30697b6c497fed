//! A backup folder: objects named by what is inside, and a list of files for each snapshot.
//!
//! ```text
//! minyi-backup.json       the format, and for a sealed folder its wrapped key
//! objects/ab/abcd…        a file, or a part of a large one; the same bytes stand there once, for all snapshots
//! snapshots/ID.list       which files, of which parts; closed by a hash of itself
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::seal::{Seal, Wrapped};
use super::{BackupError, Snapshot, at};

const FORMAT: u32 = 1;
const HEAD: &str = "minyi-backup.json";
const LIST: &str = "list";

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    sealed: Option<Wrapped>,
}

/// A backup folder, open for one process.
pub struct Place {
    dir: PathBuf,
    seal: Seal,
    _lock: File,
}

impl Place {
    /// Opens a folder, or makes one of an empty or absent folder; with a passphrase it is sealed from then on.
    ///
    /// # Errors
    /// When it is something else, in use, or the passphrase does not fit.
    pub fn open_or_make(dir: &Path, passphrase: Option<&str>) -> Result<Self, BackupError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(at(dir))?;
        if !dir.join(HEAD).exists() {
            if !is_empty(dir)? {
                return Err(BackupError::Foreign(dir.to_owned()));
            }
            let sealed = passphrase.map(Seal::fresh).transpose()?.map(|(_, wrapped)| wrapped);
            let head = serde_json::to_vec_pretty(&Head { format: FORMAT, sealed }).map_err(no_json)?;
            write_synced(&dir.join(HEAD), &head)?;
        }
        Self::open(dir, passphrase)
    }

    /// Opens a folder that is there.
    ///
    /// # Errors
    /// When it is no backup folder, in use, or the passphrase does not fit.
    pub fn open(dir: &Path, passphrase: Option<&str>) -> Result<Self, BackupError> {
        let path = dir.join(HEAD);
        let text = fs::read(&path).map_err(|_| BackupError::NoBackup(dir.to_owned()))?;
        let head: Head = serde_json::from_slice(&text).map_err(|_| BackupError::Head)?;
        if head.format > FORMAT {
            return Err(BackupError::Newer);
        }
        let seal = match (&head.sealed, passphrase) {
            (None, None) => Seal::Plain,
            (None, Some(_)) => return Err(BackupError::NotSealed),
            (Some(_), None) => return Err(BackupError::NeedsPassphrase),
            (Some(wrapped), Some(passphrase)) => Seal::unwrap_key(passphrase, wrapped)?,
        };
        // A read-only medium can be restored from: then nobody else can write there either.
        let lock = File::open(&path).map_err(at(&path))?;
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => return Err(BackupError::Busy(dir.to_owned())),
            Err(fs::TryLockError::Error(_)) | Ok(()) => {}
        }
        Ok(Self { dir: dir.to_owned(), seal, _lock: lock })
    }

    fn object(&self, name: &str) -> PathBuf {
        self.dir.join("objects").join(name.get(..2).unwrap_or("")).join(name)
    }

    fn list(&self, id: &str) -> PathBuf {
        self.dir.join("snapshots").join(format!("{id}.{LIST}"))
    }

    /// Keeps bytes; gives their name, and how many bytes were added for them: none where they are kept already.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn put(&self, bytes: &[u8]) -> Result<(String, u64), BackupError> {
        let name = self.seal.name(bytes);
        let path = self.object(&name);
        let len = self.seal.stored_len(bytes.len()) as u64;
        // One of another length is what a broken-off copy left.
        if fs::metadata(&path).is_ok_and(|there| there.len() == len) {
            return Ok((name, 0));
        }
        write_synced(&path, &self.seal.close(&name, bytes)?)?;
        Ok((name, len))
    }

    /// Reads what `name` stands for and checks it; `file` is what it belongs to.
    ///
    /// # Errors
    /// [`BackupError::Damaged`], with the object and the file.
    pub(super) fn get(&self, name: &str, file: &str) -> Result<Vec<u8>, BackupError> {
        let path = self.object(name);
        let damaged = || BackupError::Damaged { object: path.clone(), file: file.to_owned() };
        let stored = fs::read(&path).map_err(|_| damaged())?;
        let bytes = self.seal.open(name, stored).ok_or_else(damaged)?;
        if self.seal.name(&bytes) == name { Ok(bytes) } else { Err(damaged()) }
    }

    /// Keeps the list of a snapshot, which makes it one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn put_list(&self, snapshot: &Snapshot) -> Result<(), BackupError> {
        let mut text = serde_json::to_vec(snapshot).map_err(no_json)?;
        let hash = blake3::hash(&text).to_hex();
        text.extend_from_slice(format!("\n{hash}\n").as_bytes());
        write_synced(&self.list(&snapshot.id), &self.seal.close(&snapshot.id, &text)?)
    }

    /// A snapshot, the newest where no id is given.
    ///
    /// # Errors
    /// When there is none, or its list was changed.
    pub fn snapshot(&self, id: Option<&str>) -> Result<Snapshot, BackupError> {
        let ids = self.ids()?;
        let found = match id {
            Some(id) => ids.iter().find(|known| *known == id),
            None => ids.last(),
        };
        let id = found.ok_or_else(|| BackupError::NoSnapshot(ids.join("、")))?;
        let path = self.list(id);
        let damaged = || BackupError::Damaged { object: path.clone(), file: id.clone() };
        let text = self.seal.open(id, fs::read(&path).map_err(at(&path))?).ok_or_else(damaged)?;
        let text = String::from_utf8(text).map_err(|_| damaged())?;
        let mut lines = text.lines();
        let (list, hash) = lines.next().zip(lines.next()).ok_or_else(damaged)?;
        if blake3::hash(list.as_bytes()).to_hex().as_str() != hash {
            return Err(damaged());
        }
        serde_json::from_str(list).map_err(|_| damaged())
    }

    /// The ids of all snapshots, the oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn ids(&self) -> Result<Vec<String>, BackupError> {
        let dir = self.dir.join("snapshots");
        let mut ids: Vec<String> = names_in(&dir)?
            .iter()
            .filter_map(|name| Some(name.strip_suffix(LIST)?.strip_suffix('.')?.to_owned()))
            .collect();
        ids.sort();
        Ok(ids)
    }

    /// Drops all but the newest `keep` snapshots, and the objects that none of those needs; gives the ids dropped.
    ///
    /// # Errors
    /// When a list that stays cannot be read: nothing is dropped then.
    pub fn keep(&self, keep: usize) -> Result<Vec<String>, BackupError> {
        let ids = self.ids()?;
        let (old, stay) = ids.split_at(ids.len().saturating_sub(keep.max(1)));
        let mut needed = BTreeSet::new();
        for id in stay {
            let snapshot = self.snapshot(Some(id))?;
            needed.extend(snapshot.files.into_iter().flat_map(|file| file.parts));
        }
        for id in old {
            let path = self.list(id);
            fs::remove_file(&path).map_err(at(&path))?;
        }
        let objects = self.dir.join("objects");
        for folder in names_in(&objects)? {
            for name in names_in(&objects.join(&folder))? {
                if !needed.contains(&name) {
                    let path = objects.join(&folder).join(&name);
                    fs::remove_file(&path).map_err(at(&path))?;
                }
            }
        }
        Ok(old.to_vec())
    }
}

fn no_json(error: serde_json::Error) -> BackupError {
    BackupError::Broken(error.to_string())
}

/// Whether nothing stands in a folder but what the system puts there.
pub(super) fn is_empty(dir: &Path) -> Result<bool, BackupError> {
    Ok(names_in(dir)?.iter().all(|name| name == "lost+found"))
}

/// The names in a folder; none where there is no such folder.
fn names_in(dir: &Path) -> Result<Vec<String>, BackupError> {
    if !dir.exists() {
        return Ok(Vec::new());
    }
    fs::read_dir(dir)
        .map_err(at(dir))?
        .map(|entry| Ok(entry.map_err(at(dir))?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Writes a file that only its owner may read: whole under its name, or not there.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let folder = path.parent().unwrap_or(path);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))?;
    let half = path.with_extension("half");
    let write = || {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&half, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(at(path))
}
