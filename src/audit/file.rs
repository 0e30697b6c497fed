//! Lines at the end of a file, which the office's own means rotate: it is opened anew for every batch.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub(super) struct Lines(PathBuf);

impl Lines {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Adds lines; they are on the disk when it returns.
    pub(super) async fn append(&self, lines: Vec<String>) -> std::io::Result<()> {
        let path = self.0.clone();
        let written = tokio::task::spawn_blocking(move || append(&path, &lines)).await;
        written.unwrap_or_else(|error| Err(std::io::Error::other(error)))
    }
}

fn append(path: &Path, lines: &[String]) -> std::io::Result<()> {
    let named =
        |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let file = OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(path);
    let mut file = file.map_err(named)?;
    let mut text = String::new();
    // A line that a crash cut off stays one line of its own.
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push('\n');
        }
    }
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).map_err(named)
}
