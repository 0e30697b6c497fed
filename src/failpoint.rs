//! Named places at which a test can end the process as a power cut would.
//!
//! `MINYI_FAILPOINT=name` (or `name:3`, the third time it is passed) kills the process by SIGKILL there. Compiled in
//! only with debug assertions: a released binary has no such places.
//!
//! `MINYI_FAULT=name:from-to` lets a disk fail instead, from the one time it is passed to the other. `MINYI_SLOW=200` has every
//! sync take so many milliseconds longer, as on a disk that is worn out or shared with too many.

/// The failpoints in the order of the flow; a test goes through all of them.
pub const NAMES: &[&str] = &[
    "intake.before_append",
    "queue.before_commit",
    "queue.after_commit",
    "intake.before_answer",
    "queue.after_take",
    "pipeline.after_prepare",
    "store.before_commit",
    "store.after_commit",
    "pipeline.after_persist",
    "pipeline.after_ack",
    "index.before_commit",
    "index.after_commit",
    "group.before_write",
    "group.after_bands",
    "group.after_write",
    "reindex.after_build",
    "reindex.before_swap",
    "reindex.after_swap",
    "issue.after_register",
    "issue.after_files",
    "issue.before_freeze",
    "issue.after_freeze",
    "exchange.after_file",
    "exchange.after_note",
    "exchange.after_record",
    "exchange.before_end",
];

/// Ends the process here if the environment asks for it.
#[cfg(debug_assertions)]
pub fn pass(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static WANTED: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);

    debug_assert!(NAMES.contains(&name), "unknown failpoint {name}");
    let wanted = WANTED.get_or_init(|| {
        let text = crate::config::environment("MINYI_FAILPOINT")?;
        let (name, count) = text.split_once(':').unwrap_or((&text, "1"));
        Some((name.to_owned(), count.parse().unwrap_or(1)))
    });
    if let Some((wanted, count)) = wanted
        && wanted == name
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *count
    {
        // Nothing runs after this: no destructor, no flush. Losing the error changes nothing.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

/// Nothing, in a released binary.
#[cfg(not(debug_assertions))]
pub fn pass(_name: &str) {}

/// Where a disk can be made to fail: before a commit wrote anything, and once it wrote and its sync gave an error, when
/// nobody knows what the file holds.
pub const FAULTS: &[&str] = &["queue.write", "queue.sync", "store.write", "store.sync"];

/// Whether the disk fails here, because the environment asks for it.
#[cfg(debug_assertions)]
pub fn fails(name: &str) -> bool {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static WANTED: OnceLock<Option<(String, u32, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);

    debug_assert!(FAULTS.contains(&name), "unknown fault {name}");
    slowed(name);
    let wanted = WANTED.get_or_init(|| {
        let text = crate::config::environment("MINYI_FAULT")?;
        let (name, times) = text.split_once(':')?;
        let (from, to) = times.split_once('-')?;
        Some((name.to_owned(), from.parse().ok()?, to.parse().ok()?))
    });
    wanted.as_ref().is_some_and(|(wanted, from, to)| {
        wanted == name && (*from..=*to).contains(&(PASSED.fetch_add(1, Ordering::SeqCst) + 1))
    })
}

/// Has a sync take longer where the environment asks for it.
#[cfg(debug_assertions)]
fn slowed(name: &str) {
    use std::sync::OnceLock;
    use std::time::Duration;

    static LONGER: OnceLock<Option<Duration>> = OnceLock::new();

    let longer = LONGER.get_or_init(|| {
        let milliseconds = crate::config::environment("MINYI_SLOW")?.parse().ok()?;
        Some(Duration::from_millis(milliseconds))
    });
    if let Some(longer) = longer
        && name.ends_with(".sync")
    {
        std::thread::sleep(*longer);
    }
}

/// Never, in a released binary.
#[cfg(not(debug_assertions))]
pub fn fails(_name: &str) -> bool {
    false
}
