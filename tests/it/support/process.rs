//! The program as its own process, where what is tested is the process.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use minyi::app::socket;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Client, engines, text};

/// A command of the program; nothing of the tester's own environment sets its keys.
pub fn minyi(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_minyi"));
    command.args(arguments).env_remove("MINYI_TOKEN").env("MINYI_DATA__BALLAST_MB", "0");
    command
}

/// A serving process.
pub struct Server {
    child: Child,
    dir: TempDir,
    address: SocketAddr,
    /// Over the local socket.
    pub operator: Client,
}

impl Server {
    /// Starts one in a fresh folder, with settings such as `MINYI_SERVER__HEADER_SECONDS`.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let mut all = engines::variables(dir.path());
        all.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Self::start_on(dir, &all)
    }

    /// Starts one in a folder of the caller's, on the engines that the settings name.
    pub fn start_on(dir: TempDir, settings: &[(&str, String)]) -> Self {
        let log = std::fs::File::create(dir.path().join("log.txt")).expect("a log");
        let mut command = minyi(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        command
            .arg(dir.path())
            .envs(settings.iter().map(|(name, value)| (*name, value)))
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().expect("the program starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its address");
        let address = line.trim().trim_start_matches("http://").parse().expect("an address");
        let operator = Client::local(socket(dir.path()));
        Self { child, dir, address, operator }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its folder.
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// Registers a source without limits and gives its token.
    pub async fn add_token(&self, id: &str, scopes: &[&str]) -> String {
        let request = json!({ "id": id, "scopes": scopes, "per_minute": 0 });
        let added: Value = self.operator.post("/api/v1/sources", request.to_string()).await.ok();
        text(&added, "/token").to_owned()
    }

    /// The same, with a client that holds it.
    pub async fn add_source(&self, id: &str, scopes: &[&str]) -> Client {
        Client::tcp(self.address, Some(&self.add_token(id, scopes).await))
    }

    /// Waits until everything that any node took is stored, linked and in this node's index, and all is sound. A group of
    /// consumers that has just changed may take longer to share the partitions out than one verification waits.
    pub async fn settled(&self) -> Value {
        let mut report = Value::Null;
        for _ in 0..4 {
            report = self.operator.post("/api/v1/verify", "").await.ok();
            if report["ok"] == true {
                return report;
            }
        }
        panic!("never settled: {report:#}");
    }

    /// Its memory that no file backs, in bytes.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("it is still running");
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).expect("a figure");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("KB") << 10
    }

    /// kill -9. Gives its folder as it was left.
    pub fn kill(mut self) -> TempDir {
        self.child.kill().expect("it is still running");
        self.child.wait().expect("its end");
        std::mem::replace(&mut self.dir, tempfile::tempdir().expect("a folder"))
    }

    /// Ends it in order; it must end by itself and well. Gives its folder.
    pub fn stop(mut self) -> TempDir {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("it is still running");
        for _ in 0..300 {
            if let Some(status) = self.child.try_wait().expect("its status") {
                assert!(status.success(), "{status}");
                return std::mem::replace(&mut self.dir, tempfile::tempdir().expect("a folder"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it did not end within 30 seconds");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After stop() there is nothing left to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
