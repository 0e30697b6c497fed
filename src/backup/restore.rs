//! From a snapshot to a data folder, every byte checked on the way.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path};

use super::place::is_empty;
use super::{BackupError, Entry, Place, Snapshot, at};

/// Reads every part of every file of a snapshot.
///
/// # Errors
/// [`BackupError::Damaged`], with the first that is not what it was.
pub fn check(place: &Place, snapshot: &Snapshot) -> Result<(), BackupError> {
    for file in &snapshot.files {
        let mut hasher = blake3::Hasher::new();
        for part in &file.parts {
            hasher.update(&place.get(part, &file.path)?);
        }
        if hasher.finalize().to_hex().as_str() != file.hash {
            return Err(BackupError::Differs(file.path.clone()));
        }
    }
    Ok(())
}

/// Writes the files of a snapshot into an empty folder. The whole snapshot is checked before the first byte is written.
///
/// # Errors
/// When anything of the snapshot is damaged, or the folder is not empty or cannot be written.
pub fn restore(place: &Place, snapshot: &Snapshot, to: &Path) -> Result<(), BackupError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(to).map_err(at(to))?;
    if !is_empty(to)? {
        return Err(BackupError::NotEmpty(to.to_owned()));
    }
    check(place, snapshot)?;
    for file in &snapshot.files {
        write(place, file, to)?;
    }
    File::open(to).and_then(|folder| folder.sync_all()).map_err(at(to))
}

fn write(place: &Place, entry: &Entry, to: &Path) -> Result<(), BackupError> {
    let inside = Path::new(&entry.path).components().all(|part| matches!(part, Component::Normal(_)));
    if !inside || entry.path.is_empty() {
        return Err(BackupError::Broken(format!("{} 不在数据目录之内", entry.path)));
    }
    let path = to.join(&entry.path);
    let folder = path.parent().unwrap_or(to);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))?;
    let mut file =
        OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path).map_err(at(&path))?;
    let mut hasher = blake3::Hasher::new();
    for part in &entry.parts {
        let bytes = place.get(part, &entry.path)?;
        hasher.update(&bytes);
        file.write_all(&bytes).map_err(at(&path))?;
    }
    file.sync_all().map_err(at(&path))?;
    if hasher.finalize().to_hex().as_str() == entry.hash {
        Ok(())
    } else {
        Err(BackupError::Differs(entry.path.clone()))
    }
}
