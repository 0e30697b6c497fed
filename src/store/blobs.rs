//! Files by content hash: written, synced, renamed, the folder synced. The same bytes are kept once.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::model::BlobHash;

/// A folder of files named by their hashes.
#[derive(Debug, Clone)]
pub struct Blobs {
    dir: PathBuf,
}

impl Blobs {
    /// Uses `dir`, making it when it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        Ok(Self { dir: dir.to_owned() })
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
        let path = self.path(&hash);
        if path.exists() {
            return Ok(hash);
        }
        let folder = path.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder)?;
        // A name of its own: two may store the same bytes at the same moment.
        let mut half = tempfile::Builder::new().prefix(".half-").tempfile_in(folder)?;
        half.write_all(bytes)?;
        half.as_file().sync_all()?;
        half.persist(&path).map_err(|failed| failed.error)?;
        File::open(folder)?.sync_all()?;
        File::open(&self.dir)?.sync_all()?;
        Ok(hash)
    }

    /// Reads a file and checks that it is what its name says.
    ///
    /// # Errors
    /// When it is not there, or its bytes have changed.
    pub fn get(&self, hash: &BlobHash) -> io::Result<Vec<u8>> {
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
