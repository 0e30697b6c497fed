//! Files of issues on the disk.

use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use hyper::Method;
use serde_json::Value;

use super::super::client::Client;
use super::super::output::{list, text};

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

/// Writes a file into a folder, which is made when it is not there.
pub(super) fn write(dir: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(dir).with_context(|| format!("无法建立目录 {}", dir.display()))?;
    let path = dir.join(name);
    std::fs::write(&path, bytes).with_context(|| format!("无法写入 {}", path.display()))?;
    Ok(path)
}

/// A file of the API, whole.
pub(super) async fn fetch(client: &mut Client, path: &str, what: &str) -> anyhow::Result<Bytes> {
    let answer = client.call(Method::GET, path, &[], Bytes::new()).await?;
    if answer.status.is_success() {
        return Ok(answer.body);
    }
    let why = answer.json().ok().map(|problem| text(&problem, "detail").to_owned()).unwrap_or_default();
    anyhow::bail!("{what} 取不到（{}）{why}", answer.status)
}
