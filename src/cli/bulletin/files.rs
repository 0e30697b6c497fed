//! Files of issues on the disk.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use super::super::client::Client;
use super::super::output::{list, text};
use super::fetch;

/// Writes the files of an issue, or its proof, into a folder; gives their paths.
pub async fn write_files(client: &mut Client, issue: &Value, dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let id = text(issue, "id");
    let mut paths = Vec::new();
    // The frozen document is what the program checks by, not something to hand out.
    for file in list(issue, "files").iter().filter(|file| text(file, "format") != "json") {
        let path = format!("/api/v1/bulletins/{id}/files/{}", text(file, "format"));
        let bytes = fetch(client, &path, text(file, "name")).await?;
        paths.push(write(dir, text(file, "name"), &bytes)?);
    }
    if paths.is_empty() {
        paths.push(write_proof(client, id, "html", dir).await?);
    }
    Ok(paths)
}

/// Writes a proof into a folder.
pub async fn write_proof(client: &mut Client, id: &str, format: &str, dir: &Path) -> anyhow::Result<PathBuf> {
    let bytes = fetch(client, &format!("/api/v1/bulletins/{id}/proof?format={format}"), "清样").await?;
    write(dir, &format!("清样 {id}.{format}"), &bytes)
}

fn write(dir: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(dir).with_context(|| format!("无法建立目录 {}", dir.display()))?;
    let path = dir.join(name);
    std::fs::write(&path, bytes).with_context(|| format!("无法写入 {}", path.display()))?;
    Ok(path)
}
