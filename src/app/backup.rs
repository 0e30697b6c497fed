//! What a backup holds and in which order it is copied: first the queue, then the facts, then files, the secret last. So whatever
//! the copied facts lack of what was acknowledged before is in the copied queue, and is stored after a restore; what both have is
//! stored once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, TryLockError};

use futures_util::FutureExt;
use serde_json::json;

use crate::backup::{self, BackupError, Place, Snapshot, Source, Taken};
use crate::clock::Clock;
use crate::config::{Config, StoreKind};
use crate::editorial::{BackupOrder, MakeBackup};
use crate::model::Actor;
use crate::queue::Queue;
use crate::store::{Priority, Store, StoreError, Tx, check_file};

use super::composed::Composed;

const QUEUE: &str = "queue.db";
const STORE: &str = "store.db";
/// Where the databases are copied to before they go into the backup; what a process that was killed left is swept.
const HALF: &str = ".backup-";
/// Below the restored data folder: the configuration, to be put back by hand.
const SETTINGS: &str = "restored-config";

impl Composed<'_> {
    pub(super) fn backup(&self) -> MakeBackup {
        let making = Arc::new(Making {
            config: self.config.clone(),
            queue: Arc::clone(self.queue),
            store: Arc::clone(self.store),
            clock: Arc::clone(&self.clock),
            one: Mutex::default(),
        });
        Box::new(move |order, actor| {
            let making = Arc::clone(&making);
            async move {
                let made = tokio::task::spawn_blocking(move || making.make(&order, &actor)).await;
                match made {
                    Ok(Ok(taken)) => serde_json::to_value(taken).map_err(|error| error.to_string()),
                    Ok(Err(error)) => Err(error.to_string()),
                    Err(error) => Err(error.to_string()),
                }
            }
            .boxed()
        })
    }
}

struct Making {
    config: Config,
    queue: Arc<dyn Queue>,
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    /// One at a time.
    one: Mutex<()>,
}

impl Making {
    fn make(&self, order: &BackupOrder, actor: &Actor) -> anyhow::Result<Taken> {
        let _one = match self.one.try_lock() {
            Err(TryLockError::WouldBlock) => anyhow::bail!("另一次备份正在进行，请等它完成"),
            Err(TryLockError::Poisoned(one)) => one.into_inner(),
            Ok(one) => one,
        };
        let dir = &self.config.data.dir;
        let inside = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        anyhow::ensure!(
            !inside(&order.to).starts_with(inside(dir)),
            "备份目录不能在数据目录之内：磁盘坏了会一起丢失"
        );
        let passphrase = order.passphrase.as_ref().map(crate::config::SecretText::reveal);
        let place = Place::open_or_make(&order.to, passphrase)?;
        sweep(dir)?;
        self.room(dir)?;
        let half = tempfile::Builder::new().prefix(HALF).tempdir_in(dir)?;
        let now = self.clock.now();
        let mut sources = self.databases(half.path())?;
        let server = self.config.store.kind == StoreKind::Postgres;
        if !server {
            below(&dir.join("files"), "files", &mut sources)?;
        }
        self.settings(order.config_file.as_deref(), &mut sources)?;
        let key = dir.join("secret.key");
        anyhow::ensure!(
            key.exists(),
            "数据目录中没有 secret.key，这样的备份恢复后回执对不上。请从原有备份取回 secret.key 放回数据目录，再备份"
        );
        sources.push(Source { path: "secret.key".to_owned(), from: key });
        let model = dir.join("subjects.model");
        if model.exists() {
            sources.push(Source { path: "subjects.model".to_owned(), from: model });
        }
        let store = if server { "postgres" } else { "sqlite" };
        let taken = backup::take(&place, &sources, store, now, env!("CARGO_PKG_VERSION"))?;
        let (by, object) = (actor.clone(), taken.id.clone());
        let detail = json!({ "to": order.to, "files": taken.files, "bytes": taken.bytes });
        let noted: Result<(), StoreError> = self
            .store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| tx.audit(&by, "backup.take", &object, &detail))
            .wait();
        noted?;
        Ok(taken)
    }

    /// The embedded engines' files, copied while they are in use, and read through: a damaged one is no backup.
    fn databases(&self, half: &Path) -> anyhow::Result<Vec<Source>> {
        let mut out = Vec::new();
        let queue = half.join(QUEUE);
        if self.queue.copy_to(&queue)? {
            out.push(Source { path: QUEUE.to_owned(), from: queue });
        }
        let store = half.join(STORE);
        if self.store.copy_to(&store)? {
            out.push(Source { path: STORE.to_owned(), from: store });
        }
        for source in &out {
            check_file(&source.from)
                .map_err(|error| anyhow::anyhow!("{} 已损坏，没有备份：{error}", source.path))?;
        }
        Ok(out)
    }

    /// The copies of the databases need room beside them for as long as the backup takes.
    fn room(&self, dir: &Path) -> anyhow::Result<()> {
        let length = |name: &str| fs::metadata(dir.join(name)).map_or(0, |file| file.len());
        let need = (length(QUEUE) + length(STORE)) >> 20;
        let disk = rustix::fs::statvfs(dir)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
        anyhow::ensure!(
            free >= need + self.config.queue.min_free_mb,
            "备份时数据目录所在磁盘须另有 {need} MB 放数据库的临时拷贝，现只剩 {free} MB（其中 {} MB 不可动用）；请先清理",
            self.config.queue.min_free_mb
        );
        Ok(())
    }

    fn settings(&self, file: Option<&Path>, out: &mut Vec<Source>) -> Result<(), BackupError> {
        if let Some(from) = file.filter(|file| file.is_file()) {
            out.push(Source { path: format!("{SETTINGS}/minyi.toml"), from: from.to_owned() });
        }
        let config = &self.config;
        for (name, dir) in [
            ("lexicon", &config.lexicon.dir),
            ("series", &config.bulletin.series_dir),
            ("forms", &config.bulletin.forms_dir),
            ("letters", &config.bulletin.letters_dir),
            ("fonts", &config.bulletin.fonts_dir),
            ("tables", &config.desk.tables_dir),
            ("kinds", &config.desk.kinds_dir),
        ] {
            if !dir.as_os_str().is_empty() {
                below(dir, &format!("{SETTINGS}/{name}"), out)?;
            }
        }
        Ok(())
    }
}

/// Every file below a folder, but those half written.
fn below(dir: &Path, name: &str, out: &mut Vec<Source>) -> Result<(), BackupError> {
    let told = |error| BackupError::Io { path: dir.to_owned(), error };
    if !dir.exists() {
        return Ok(());
    }
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(told)?;
    let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for from in paths {
        let own = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = format!("{name}/{own}");
        if from.is_dir() {
            below(&from, &path, out)?;
        } else if !own.starts_with(".half-") {
            out.push(Source { path, from });
        }
    }
    Ok(())
}

fn sweep(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(HALF) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Writes a snapshot into an empty folder and reads its databases through.
pub(super) fn restore(place: &Place, snapshot: &Snapshot, to: &Path) -> Result<(), BackupError> {
    backup::restore(place, snapshot, to)?;
    for name in [QUEUE, STORE] {
        let path = to.join(name);
        if path.exists() {
            check_file(&path)
                .map_err(|error| BackupError::Unsound(format!("恢复出的 {name} 不完整：{error}")))?;
        }
    }
    Ok(())
}
