//! A real broker and a real database of a test's own, in a folder of its own: they can be stopped, frozen and killed without
//! any other test seeing it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Apache Kafka and PostgreSQL.
pub struct Servers {
    dir: TempDir,
    brokers: String,
    database: String,
}

/// Runs one of the scripts that start and stop servers; gives what it prints.
fn script(name: &str, arguments: &[&Path], more: &[&str]) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let output = Command::new(path).args(arguments).args(more).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

impl Servers {
    /// Starts both.
    pub fn start() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        // The database runs under another account, which must get through.
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755))?;
        let mut servers = Self { dir, brokers: String::new(), database: String::new() };
        servers.database = script("postgres/start", &[&servers.postgres()], &[])?;
        servers.brokers = script("kafka/start", &[&servers.kafka()], &[])?;
        Ok(servers)
    }

    fn kafka(&self) -> PathBuf {
        self.dir.path().join("kafka")
    }

    fn postgres(&self) -> PathBuf {
        self.dir.path().join("postgres")
    }

    /// The settings of a node on them. The brokers' time is short, so that a sender hears soon that they are away.
    pub fn settings(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("MINYI_STORE__KIND", "postgres"),
            ("MINYI_STORE__URL", &self.database),
            ("MINYI_QUEUE__KIND", "kafka"),
            ("MINYI_KAFKA__BROKERS", &self.brokers),
            ("MINYI_KAFKA__PARTITIONS", "4"),
            ("MINYI_KAFKA__ALLOW_SINGLE_BROKER", "true"),
            ("MINYI_KAFKA__TIMEOUT_SECONDS", "4"),
            ("MINYI_KAFKA__LOOKUP_MS", "300"),
            ("MINYI_PIPELINE__WORKERS", "1"),
        ]
    }

    fn signal_broker(&self, signal: Signal) -> Result<()> {
        let pid = std::fs::read_to_string(self.kafka().join("pid"))?.trim().parse()?;
        Ok(kill_process(Pid::from_raw(pid).context("a process")?, signal)?)
    }

    /// The broker answers nobody any more, and its connections stay open.
    pub fn freeze_broker(&self) -> Result<()> {
        self.signal_broker(Signal::STOP)
    }

    /// It goes on.
    pub fn thaw_broker(&self) -> Result<()> {
        self.signal_broker(Signal::CONT)
    }

    /// It ends as by a power cut.
    pub fn kill_broker(&self) -> Result<()> {
        script("kafka/stop", &[&self.kafka()], &["KILL"]).map(drop)
    }

    /// It is there again, with what it had, at the same address.
    pub fn start_broker(&self) -> Result<()> {
        let address = script("kafka/start", &[&self.kafka()], &[])?;
        ensure!(address == self.brokers, "it moved to {address}");
        Ok(())
    }

    /// The broker's disk has lost these partitions of a topic; it must not be running.
    pub fn lose_partitions(&self, topic: &str, partitions: &[u32]) -> Result<()> {
        for at in partitions {
            let folder = self.kafka().join("data").join(format!("{topic}-{at}"));
            std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
        }
        Ok(())
    }

    /// The database ends without finishing anything.
    pub fn stop_database(&self) -> Result<()> {
        script("postgres/stop", &[&self.postgres()], &["immediate"]).map(drop)
    }

    /// It is there again, with what it had, at the same address.
    pub fn start_database(&self) -> Result<()> {
        let address = script("postgres/start", &[&self.postgres()], &[])?;
        ensure!(address == self.database, "it moved to {address}");
        Ok(())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // What was never started, or has ended already, cannot be stopped.
        drop(self.thaw_broker());
        drop(self.kill_broker());
        drop(self.stop_database());
    }
}
