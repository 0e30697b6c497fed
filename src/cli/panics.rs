//! What a panic ends: nothing where a request or a file's reader catches it, the process where a thread without which
//! nothing goes on would be missing.

use std::process::exit;

/// The exit code of a process that ended by a panic, as Rust's own.
const PANICKED: i32 = 101;

/// The threads that the whole program stands on, by the beginnings of their names. A process that lives on without one
/// of them keeps its folder locked and answers nothing; one that ends is started again, and what it had in hand comes
/// again. The main thread is one of them: unwound, it would wait for threads that wait for it.
const ESSENTIAL: [&str; 7] =
    ["main", "store-", "queue-writer", "kafka-", "worker-", "index-follower", "group-place"];

/// From here on a panic of an essential thread ends the process, once it is told.
///
/// No backtrace is told: to find its words, the standard library allocates while it holds the very lock that telling of a
/// failed allocation takes, so a process that is short of memory would stand still for ever.
pub fn end_with_essential_threads() {
    std::panic::set_hook(Box::new(move |info| {
        let said = info.payload_as_str().unwrap_or("");
        // A reader that has seen enough (`minyi search … | head`) closes its end; that ends the command, and is no fault.
        if said.starts_with("failed printing to stdout") && said.contains("Broken pipe") {
            exit(0);
        }
        let thread = std::thread::current();
        let (name, place) = (thread.name().unwrap_or("?"), info.location());
        eprintln!(
            "thread '{name}' panicked at {}:\n{said}",
            place.map(ToString::to_string).unwrap_or_default()
        );
        if essential(name) {
            exit(PANICKED);
        }
    }));
}

fn essential(name: &str) -> bool {
    ESSENTIAL.iter().any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::essential;

    #[test]
    fn the_threads_that_serve_one_request_are_not_essential() {
        assert!(essential("main") && essential("store-reader-3") && essential("worker-0"));
        assert!(!essential("tokio-rt-worker") && !essential("merge_thread_0"));
    }
}
