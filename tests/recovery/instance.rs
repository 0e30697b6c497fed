//! The real program, started, killed, ended and asked as an administrator would.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::client::{Address, Client};

/// SIGKILL, as the exit status tells it.
const KILLED: i32 = 9;

/// Longer than any start may take, one that builds the index again included.
const START: Duration = Duration::from_secs(180);

/// A running process.
pub struct Instance {
    child: Child,
    dir: PathBuf,
    /// host:port
    pub address: String,
}

/// What came of a start.
pub enum Started {
    /// It serves.
    Serving(Instance),
    /// It ended before it served.
    Ended(ExitStatus),
}

impl Instance {
    /// Starts on a data folder and waits until it serves.
    pub fn start(dir: &Path) -> Result<Self> {
        Self::start_with(dir, &[])
    }

    /// The same with further variables of the environment.
    pub fn start_with(dir: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        match Self::try_start(dir, environment)? {
            Started::Serving(instance) => Ok(instance),
            Started::Ended(status) => bail!("did not start: {status}\n{}", last_words(dir)),
        }
    }

    /// Starts with a failpoint, which may be passed before it serves.
    pub fn start_to_die(dir: &Path, failpoint: &str) -> Result<Started> {
        Self::try_start(dir, &[("MINYI_FAILPOINT", failpoint)])
    }

    fn try_start(dir: &Path, environment: &[(&str, &str)]) -> Result<Started> {
        Self::spawn(command(dir), dir, environment)
    }

    /// The same under limits of the shell, such as `ulimit -v 1000000`.
    pub fn start_under(limits: &str, dir: &Path, environment: &[(&str, &str)]) -> Result<Started> {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{limits}; exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_minyi"));
        Self::spawn(set_up(shell, dir), dir, environment)
    }

    fn spawn(mut command: Command, dir: &Path, environment: &[(&str, &str)]) -> Result<Started> {
        let log = OpenOptions::new().create(true).append(true).open(log_file(dir))?;
        let mut child = command
            .envs(environment.iter().copied())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log))
            .spawn()?;
        let first = first_line(child.stdout.take().context("stdout")?);
        let mut instance = Self { child, dir: dir.to_owned(), address: String::new() };
        match first.recv_timeout(START) {
            Ok(line) if line.starts_with("http://") => {
                line.trim().trim_start_matches("http://").clone_into(&mut instance.address);
                Ok(Started::Serving(instance))
            }
            Ok(_) => match wait(&mut instance.child, START)? {
                Some(status) => Ok(Started::Ended(status)),
                None => bail!("closed its output and did not end: {}", instance.hanging()),
            },
            Err(_) => bail!("neither served nor ended within {START:?}: {}", instance.hanging()),
        }
    }

    /// What the threads of a process that should go on are at, and its last words.
    pub fn hanging(&self) -> String {
        let mut told = String::new();
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()));
        for task in tasks.into_iter().flatten().flatten() {
            let file = |name: &str| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
            told += &format!("\n  {} in {}", file("comm").trim(), file("wchan").trim());
        }
        format!("{told}\n{}", last_words(&self.dir))
    }

    /// A connection with a contributor's token.
    pub fn client(&self, token: &str) -> Client {
        Client::new(Address::Tcp(self.address.clone()), Some(token))
    }

    /// A connection with an operator's rights.
    pub fn operator(&self) -> Client {
        Client::operator(&self.dir)
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// SIGKILL, as a power cut would.
    pub fn kill_now(&self) {
        // One that is gone already cannot be killed.
        let _ = kill_process(Pid::from_child(&self.child), Signal::KILL);
    }

    /// SIGTERM, without waiting for the end.
    pub fn ask_to_stop(&self) -> Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), Signal::TERM)?)
    }

    /// Waits until its failpoint has killed it.
    pub fn dies(mut self, within: Duration) -> Result<()> {
        match wait(&mut self.child, within)? {
            Some(status) => must_be_killed(status),
            None => bail!("is still alive after {within:?}: {}", self.hanging()),
        }
    }

    /// SIGTERM; gives how long it took to end, and with what.
    pub fn terminate(mut self, within: Duration) -> Result<(Duration, ExitStatus)> {
        let begun = Instant::now();
        let pid = Pid::from_child(&self.child);
        // It may have been told before.
        let _ = kill_process(pid, Signal::TERM);
        match wait(&mut self.child, within)? {
            Some(status) => Ok((begun.elapsed(), status)),
            None => bail!("did not end within {within:?}: {}", self.hanging()),
        }
    }

    /// Ends in order.
    pub fn stop(self) -> Result<()> {
        let dir = self.dir.clone();
        let (_, status) = self.terminate(Duration::from_secs(45))?;
        ensure!(status.code() == Some(0), "ended with {status}\n{}", last_words(&dir));
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // A test that failed must not leave a process behind; one that ended already cannot be killed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Whether a status tells of a SIGKILL.
pub fn must_be_killed(status: ExitStatus) -> Result<()> {
    ensure!(status.signal() == Some(KILLED), "ended by itself: {status}");
    Ok(())
}

/// Runs a command on a data folder.
pub fn run(dir: &Path, arguments: &[&str]) -> Result<Output> {
    Ok(command(dir).args(arguments).stdin(Stdio::null()).output()?)
}

fn command(dir: &Path) -> Command {
    set_up(Command::new(env!("CARGO_BIN_EXE_minyi")), dir)
}

fn set_up(mut command: Command, dir: &Path) -> Command {
    command
        .env_remove("MINYI_KILLS")
        .env("MINYI_DATA__BALLAST_MB", "0")
        // Tests of a full disk want it full.
        .env("MINYI_QUEUE__MIN_FREE_MB", "0")
        // An index that commits often is killed often between two commits.
        .env("MINYI_INDEX__COMMIT_MS", "100")
        .current_dir(dir)
        .arg("--data")
        .arg(dir);
    command
}

/// The first line that a process prints, empty when it prints none; read beside, so that a start can be given up on.
fn first_line(stdout: ChildStdout) -> Receiver<String> {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let mut first = String::new();
        // What cannot be read is a process that said nothing.
        let _ = BufReader::new(stdout).read_line(&mut first);
        drop(tell.send(first));
    });
    told
}

fn wait(child: &mut Child, within: Duration) -> Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() > within {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn log_file(dir: &Path) -> PathBuf {
    dir.join("serve.log")
}

/// The end of what the processes of a folder said.
pub fn last_words(dir: &Path) -> String {
    let Ok(file) = File::open(log_file(dir)) else { return String::new() };
    let lines: Vec<String> = BufReader::new(file).lines().map_while(Result::ok).collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
