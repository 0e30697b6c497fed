//! What can be taken now, seen from the workers: they sleep here until something comes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::Depth;

/// The number of messages ready to be taken, and a bell.
#[derive(Debug, Default)]
pub(super) struct ReadyLine {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    ready: u64,
    waiting: u64,
    oldest: Option<Instant>,
    /// When a leased or delayed message becomes ready again.
    next_due: Option<Instant>,
    closed: bool,
}

impl ReadyLine {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until something is ready, then at most `linger` until `max` are. `false` once closed.
    pub(super) fn wait(&self, max: usize, linger: Duration) -> bool {
        let mut state = self.lock();
        let mut full_by: Option<Instant> = None;
        loop {
            if state.closed {
                return false;
            }
            let now = Instant::now();
            if state.next_due.is_some_and(|due| due <= now) {
                return true;
            }
            if state.ready >= max as u64 {
                return true;
            }
            if state.ready > 0 && *full_by.get_or_insert(now + linger) <= now {
                return true;
            }
            let until = [full_by, state.next_due].into_iter().flatten().min();
            state = match until {
                None => self.bell.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let limit = until.saturating_duration_since(now);
                    self.bell.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Set by the writer after each round.
    pub(super) fn set(&self, ready: u64, waiting: u64, next_due: Option<Instant>) {
        let mut state = self.lock();
        let wakes =
            (state.ready == 0 && ready > 0) || ready / 128 != state.ready / 128 || state.next_due != next_due;
        state.ready = ready;
        state.next_due = next_due;
        state.oldest = if waiting == 0 { None } else { state.oldest.or_else(|| Some(Instant::now())) };
        state.waiting = waiting;
        if wakes {
            self.bell.notify_all();
        }
    }

    /// Messages were finished: what is left is younger than what was there.
    pub(super) fn finished(&self) {
        self.lock().oldest = None;
    }

    /// Nobody gets anything from now on.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_all();
    }

    pub(super) fn depth(&self) -> Depth {
        let state = self.lock();
        Depth { waiting: state.waiting, oldest_seconds: state.oldest.map_or(0, |at| at.elapsed().as_secs()) }
    }
}
