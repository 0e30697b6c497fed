//! Logs, and the cost of each stage.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts logging to standard error, in the configured form. A second call changes nothing.
///
/// # Errors
/// When the level cannot be read, with the text that was wrong.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| format!("log.level：{error}"))?;
    // A line that cannot be written, for instance because the disk is full, is lost; saying so on the same stream would panic.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    // Already set: a test has started two instances in one process.
    let _ = match log.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}

/// Measures what a stage costs on its thread, in CPU time: waiting for others is not its cost.
pub struct Stage {
    name: &'static str,
    began: Duration,
}

impl Stage {
    /// Begins.
    pub fn begin(name: &'static str) -> Self {
        Self { name, began: thread_cpu() }
    }

    /// Ends, having dealt with so many items.
    pub fn end(self, items: usize) {
        let spent = thread_cpu().saturating_sub(self.began);
        let micros = u64::try_from(spent.as_micros()).unwrap_or(u64::MAX);
        metrics::counter!("minyi_stage_cpu_microseconds_total", "stage" => self.name).increment(micros);
        metrics::counter!("minyi_stage_items_total", "stage" => self.name).increment(items as u64);
    }
}

/// CPU time of the calling thread.
pub fn thread_cpu() -> Duration {
    cpu(ClockId::ThreadCPUTime)
}

/// CPU time of the whole process.
pub fn process_cpu() -> Duration {
    cpu(ClockId::ProcessCPUTime)
}

fn cpu(clock: ClockId) -> Duration {
    let at = clock_gettime(clock);
    let seconds = u64::try_from(at.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(at.tv_nsec).unwrap_or(0))
}

/// Memory of this process that no file backs, and its peak, in bytes (Linux; zero elsewhere).
pub fn process_memory() -> (u64, u64) {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return (0, 0) };
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    (field("RssAnon:").unwrap_or(0) * 1024, field("VmHWM:").unwrap_or(0) * 1024)
}

/// CPU time of this process's threads so far, summed by name (Linux; nothing elsewhere). Threads that have ended are
/// not in it.
pub fn threads_cpu() -> Vec<(String, f64)> {
    let ticks = rustix::param::clock_ticks_per_second().max(1) as f64;
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    let mut by_name = std::collections::BTreeMap::<String, f64>::new();
    for task in tasks.filter_map(Result::ok) {
        // A thread may end while it is looked at.
        let Ok(stat) = std::fs::read_to_string(task.path().join("stat")) else { continue };
        let Some((head, fields)) = stat.rsplit_once(')') else { continue };
        let name = head
            .split_once('(')
            .map_or("", |(_, name)| name)
            .trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
        // Fields 14 and 15 of proc(5), counted from 1: user and system time.
        let spent: f64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|f| f.parse::<f64>().ok()).sum();
        *by_name.entry(name.to_owned()).or_default() += spent / ticks;
    }
    by_name.into_iter().collect()
}

/// Lets the threads that answer contributors and editors go first: the calling thread does work that can wait a
/// second. With half a dozen such threads a priority much
/// higher takes a third of the machine from a burst of contributors; the lowest would starve them beside other programs.
pub fn yield_to_answers() {
    const NICE: i32 = 15;
    let thread = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(thread), NICE) {
        tracing::debug!(%error, "a background thread keeps its priority");
    }
}
