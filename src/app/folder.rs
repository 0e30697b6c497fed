//! What stands in the data folder beside the engines' own: the lock, the secret, the ballast.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};

use crate::clock::random_bytes;
use crate::model::SecretKey;
use crate::store::{StoreError, check_file};

/// What the files below a folder hold; one that vanishes meanwhile counts nothing.
pub(super) fn folder_bytes(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}

/// What is free on the disk of a folder, MB; `None` where the system does not say.
pub(super) fn free_mb(dir: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(dir).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize) >> 20)
}

/// Makes the data folder where it is not there, and sees that it can be written: what else would fail in many places, with
/// many words, is said once and with what to do.
pub(super) fn writable(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("无法建立数据目录 {}", dir.display()))?;
    let probe = dir.join(".writable");
    let tried = std::fs::write(&probe, b"minyi").and_then(|()| std::fs::remove_file(&probe));
    tried.map_err(|error| {
        let (dir, remedy) = (dir.display(), remedy(&error));
        anyhow::anyhow!("数据目录 {dir} 不可写（{error}），没有启动，已有数据未被改动。{remedy}")
    })
}

/// What to do about a folder that cannot be written.
fn remedy(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::ReadOnlyFilesystem => {
            "该磁盘以只读方式挂载：若因磁盘出错被系统改为只读，请先查看系统日志（dmesg）并更换磁盘；\
             确认无误后重新挂载为可写（mount -o remount,rw），或用 --data 另指目录"
        }
        std::io::ErrorKind::PermissionDenied => {
            "请把目录交给运行 minyi 的账户（chown -R minyi 目录，chmod 700 目录），或用 --data 另指目录"
        }
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "磁盘已满：请清理磁盘；急用时可先删除数据目录中的占位文件 ballast 腾出空间"
        }
        _ => "请检查磁盘和目录，或用 --data 另指目录；minyi doctor 会逐项检查",
    }
}

/// Reads a database of the data folder through before it is used, up to `limit` megabytes: a damaged page found years
/// later would be in every backup.
pub(super) fn sound(path: &Path, limit: u64) -> anyhow::Result<()> {
    let megabytes = std::fs::metadata(path).map_or(0, |file| file.len() >> 20);
    if !path.exists() || limit == 0 {
        return Ok(());
    }
    if megabytes > limit {
        tracing::info!(
            path = %path.display(),
            megabytes,
            "larger than data.check_mb: not read through at the start; `minyi doctor` does when stopped"
        );
        return Ok(());
    }
    check_file(path).map_err(|error| damaged(path, &error))
}

/// What is said of a damaged database. Nothing has been changed yet.
pub(crate) fn damaged(path: &Path, error: &StoreError) -> anyhow::Error {
    let dir = path.parent().unwrap_or(path).display();
    anyhow::anyhow!(
        "{path} 已损坏（{error}），没有启动，数据目录未被改动。请恢复：\n\
         1. 整个保留 {dir}，不要删除：其中可能有最近一次备份之后的来稿；\n\
         2. minyi restore --from 备份目录 --data 新目录（--list 列出各次备份）；\n\
         3. 用新目录启动 minyi serve，再执行 minyi verify 核对；\n\
         4. 检查或更换磁盘",
        path = path.display()
    )
}

/// One folder, one process.
pub(super) fn lock(dir: &Path) -> anyhow::Result<File> {
    let path = dir.join("minyi.lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.with_context(|| format!("无法打开 {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!("数据目录 {} 正被另一个 minyi 进程使用；请先停止它，或换一个目录（--data）", dir.display())
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Reads `secret.key`, or makes it at the first start. Receipts depend on it: it belongs to the backup.
pub(super) fn secret(dir: &Path) -> anyhow::Result<SecretKey> {
    let path = dir.join("secret.key");
    if !path.exists() {
        // With another key every receipt that was given out would be unknown, and nobody would be told.
        if ["store.db", "queue.db"].iter().any(|name| dir.join(name).exists()) {
            bail!(
                "数据目录 {} 已有数据，却没有 secret.key：换一个密钥，已发出的回执就都对不上。没有启动，已有数据未被改动。\
                 请从备份取回 secret.key 放回数据目录（权限 600），再启动",
                dir.display()
            );
        }
        let bytes: [u8; 32] = random_bytes()?;
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let half = dir.join("secret.key.new");
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&half)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&half, &path)?;
        File::open(dir)?.sync_all()?;
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("无法读取 {}", path.display()))?;
    let digits = text.trim().as_bytes();
    let mut bytes = [0u8; 32];
    if digits.len() != 64 {
        bail!("{} 不是 64 位十六进制数字，请从备份恢复", path.display());
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair)?;
        *byte = u8::from_str_radix(pair, 16)
            .with_context(|| format!("{} 不是十六进制数字，请从备份恢复", path.display()))?;
    }
    Ok(SecretKey::new(bytes))
}

/// A file that can be deleted when the disk is full, so that an administrator can still work.
pub(super) fn ballast(dir: &Path, megabytes: u64) {
    let path = dir.join("ballast");
    if megabytes == 0 || path.exists() {
        return;
    }
    let made = File::create(&path).and_then(|file| {
        let length = megabytes << 20;
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, length)?;
        Ok(())
    });
    if let Err(error) = made {
        tracing::warn!(%error, "no ballast file: a full disk will be harder to administer");
        drop(std::fs::remove_file(&path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_at_the_first_start_and_never_beside_data() {
        let dir = tempfile::tempdir().expect("a folder");
        let made = secret(dir.path()).is_ok();
        assert!(made && secret(dir.path()).is_ok());
        std::fs::write(dir.path().join("store.db"), b"").expect("written");
        std::fs::remove_file(dir.path().join("secret.key")).expect("removed");
        let Err(told) = secret(dir.path()) else { panic!("refused") };
        let told = told.to_string();
        assert!(told.contains("没有 secret.key") && !dir.path().join("secret.key").exists(), "{told}");
    }
}
