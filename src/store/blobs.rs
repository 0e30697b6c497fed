//! Files by content hash: written, synced, renamed, the folder synced. The same bytes are kept once. Where several nodes share
//! the facts, files are among them, and the folder holds copies.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use crate::config;
use crate::model::BlobHash;

use super::postgres::parts;

/// A folder of files named by their hashes.
#[derive(Debug, Clone)]
pub struct Blobs {
    dir: PathBuf,
    /// Where they are kept for all nodes.
    shared: Option<config::Store>,
    /// Held alone while a file is taken away: what is kept at the same moment is kept after that.
    sweeping: Arc<RwLock<()>>,
}

impl Blobs {
    /// Uses `dir`, making it when it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        Ok(Self { dir: dir.to_owned(), shared: None, sweeping: Arc::default() })
    }

    /// The same, kept on the server that all nodes share; the folder holds copies.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open_shared(dir: &Path, server: &config::Store) -> io::Result<Self> {
        Ok(Self { shared: Some(server.clone()), ..Self::open(dir)? })
    }

    /// Brings every file of the folder to the server; gives how many there are.
    ///
    /// # Errors
    /// When a file is damaged, or the server does not take it.
    pub fn share_all(&self) -> io::Result<usize> {
        let mut shared = 0;
        for folder in fs::read_dir(&self.dir)? {
            let folder = folder?.path();
            if !folder.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder)? {
                let Ok(hash) = file?.file_name().to_string_lossy().parse::<BlobHash>() else { continue };
                self.share(&hash, &self.read_own(&hash)?)?;
                shared += 1;
            }
        }
        Ok(shared)
    }

    fn share(&self, hash: &BlobHash, bytes: &[u8]) -> io::Result<()> {
        let Some(server) = &self.shared else { return Ok(()) };
        parts::put(server, hash, bytes).map_err(io::Error::other)
    }

    /// Where a file stands: two levels, so that no folder grows beyond what tools list quickly.
    pub fn path(&self, hash: &BlobHash) -> PathBuf {
        let name = hash.to_string();
        self.dir.join(&name[..2]).join(name)
    }

    /// Stores bytes durably and gives their hash.
    ///
    /// # Errors
    /// When the disk refuses: nothing is stored then.
    pub fn put(&self, bytes: &[u8]) -> io::Result<BlobHash> {
        let hash = BlobHash::of(bytes);
        let _kept = self.sweeping.read().unwrap_or_else(PoisonError::into_inner);
        self.share(&hash, bytes)?;
        if !self.path(&hash).exists() {
            self.write(&hash, bytes)?;
        }
        Ok(hash)
    }

    fn write(&self, hash: &BlobHash, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(hash);
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder)?;
        // A name of its own: two may store the same bytes at the same moment.
        let mut half = tempfile::Builder::new().prefix(".half-").tempfile_in(folder)?;
        half.write_all(bytes)?;
        half.as_file().sync_all()?;
        half.persist(&path).map_err(|failed| failed.error)?;
        File::open(folder)?.sync_all()?;
        File::open(&self.dir)?.sync_all()
    }

    /// Takes a file away, if `unused` still says so when nothing else can be kept.
    ///
    /// # Errors
    /// When the disk or the server refuses: it stays, and may be asked for again.
    pub fn remove(&self, hash: &BlobHash, unused: impl FnOnce() -> bool) -> io::Result<()> {
        let _alone = self.sweeping.write().unwrap_or_else(PoisonError::into_inner);
        if !unused() {
            return Ok(());
        }
        if let Some(server) = &self.shared {
            parts::remove(server, hash).map_err(io::Error::other)?;
        }
        match fs::remove_file(self.path(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Reads a file and checks that it is what its name says.
    ///
    /// # Errors
    /// When it is not there, or its bytes have changed.
    pub fn get(&self, hash: &BlobHash) -> io::Result<Vec<u8>> {
        let own = self.read_own(hash);
        let (Err(_), Some(server)) = (&own, &self.shared) else { return own };
        match parts::get(server, hash).map_err(io::Error::other)? {
            Some(bytes) if BlobHash::of(&bytes) == *hash => {
                self.write(hash, &bytes)?;
                Ok(bytes)
            }
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, format!("文件 {hash} 的内容已损坏"))),
            None => own,
        }
    }

    fn read_own(&self, hash: &BlobHash) -> io::Result<Vec<u8>> {
        let bytes = fs::read(self.path(hash))?;
        if BlobHash::of(&bytes) == *hash {
            Ok(bytes)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, format!("文件 {hash} 的内容已损坏")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_bytes_come_back_and_a_changed_file_is_refused() {
        let dir = tempfile::tempdir().expect("dir");
        let blobs = Blobs::open(dir.path()).expect("open");
        let hash = blobs.put(b"text").expect("put");
        assert_eq!(blobs.put(b"text").expect("again"), hash);
        assert_eq!(blobs.get(&hash).expect("get"), b"text");
        fs::write(blobs.path(&hash), b"tex").expect("damage");
        assert!(blobs.get(&hash).is_err());
    }

    #[test]
    fn the_same_bytes_may_be_stored_by_many_at_once() {
        let dir = tempfile::tempdir().expect("dir");
        let blobs = Blobs::open(dir.path()).expect("open");
        for round in 0..40_u8 {
            let bytes = vec![round; 4096];
            std::thread::scope(|scope| {
                let tasks: Vec<_> =
                    (0..4).map(|_| scope.spawn(|| blobs.put(&bytes).expect("stored"))).collect();
                for task in tasks {
                    assert_eq!(task.join().expect("thread"), BlobHash::of(&bytes));
                }
            });
            assert_eq!(blobs.get(&BlobHash::of(&bytes)).expect("whole"), bytes);
        }
    }
}
