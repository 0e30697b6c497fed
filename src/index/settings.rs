//! What an index was built with. Another version or another lexicon makes another folder beside the old one.

use std::path::{Path, PathBuf};

use super::IndexError;

/// Raised whenever the schema or the way of cutting words changes.
pub const VERSION: u32 = 3;

/// Settings on which the content of the index depends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexSettings {
    /// Whether pairs of characters are indexed for words that the lexicon does not know.
    pub bigrams: bool,
    /// A hash of the office's words.
    pub lexicon: u64,
    /// Memory of the writer, bytes.
    pub writer_bytes: usize,
    /// Milliseconds between commits.
    pub commit_ms: u64,
}

impl IndexSettings {
    /// The name that folders of these settings begin with.
    fn prefix(&self) -> String {
        format!("v{VERSION}-{}-{:08x}", u8::from(self.bigrams), self.lexicon as u32)
    }
}

/// The folder in use: the newest generation of these settings, or a first one.
pub(super) fn current_folder(dir: &Path, settings: &IndexSettings) -> Result<PathBuf, IndexError> {
    let generations = generations(dir, settings)?;
    Ok(match generations.last() {
        Some(generation) => folder(dir, settings, *generation),
        None => folder(dir, settings, 1),
    })
}

/// A folder that is not there yet, above the present one.
pub(super) fn fresh_folder(dir: &Path, settings: &IndexSettings) -> Result<PathBuf, IndexError> {
    let next = generations(dir, settings)?.last().unwrap_or(&0) + 1;
    Ok(folder(dir, settings, next))
}

/// Where a rebuild works: its name counts as no generation until it is renamed.
pub(super) fn building_folder(dir: &Path) -> PathBuf {
    dir.join("building")
}

fn folder(dir: &Path, settings: &IndexSettings, generation: u32) -> PathBuf {
    dir.join(format!("{}-{generation}", settings.prefix()))
}

fn generations(dir: &Path, settings: &IndexSettings) -> Result<Vec<u32>, IndexError> {
    let prefix = format!("{}-", settings.prefix());
    let mut out: Vec<u32> = std::fs::read_dir(dir)?
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix(&prefix)?.parse().ok())
        .collect();
    out.sort_unstable();
    Ok(out)
}

/// Removes every other folder of the index: older generations, other settings, an unfinished rebuild.
pub(super) fn remove_others(dir: &Path, keep: &Path) -> Result<(), IndexError> {
    for entry in std::fs::read_dir(dir)?.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() && path != keep {
            std::fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

/// What the name of a damaged index begins with: it counts as no generation.
const DAMAGED: &str = "damaged-";

/// Renames a damaged index, so that nobody opens it again and whoever wants to know what happened can look. Of earlier ones
/// none is kept.
pub(super) fn set_aside(dir: &Path, folder: &Path) -> Result<(), IndexError> {
    for entry in std::fs::read_dir(dir)?.filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(DAMAGED) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    std::fs::rename(folder, dir.join(format!("{DAMAGED}{name}")))?;
    Ok(std::fs::File::open(dir)?.sync_all()?)
}

/// The folders under `dir` that this version could open.
pub(super) fn folders(dir: &Path) -> Result<Vec<PathBuf>, IndexError> {
    let prefix = format!("v{VERSION}-");
    let entries = std::fs::read_dir(dir)?.filter_map(Result::ok);
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
    Ok(ours.map(|entry| entry.path()).collect())
}
