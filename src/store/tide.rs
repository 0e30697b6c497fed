//! How far the change log has come: followers sleep until it rises.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The last committed sequence number, and a bell.
#[derive(Debug, Default)]
pub struct Tide {
    level: Mutex<i64>,
    rose: Condvar,
}

impl Tide {
    fn lock(&self) -> MutexGuard<'_, i64> {
        self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last committed sequence number.
    pub fn level(&self) -> i64 {
        *self.lock()
    }

    /// Called by the writer after a commit.
    pub(super) fn rise(&self, to: i64) {
        let mut level = self.lock();
        if to > *level {
            *level = to;
            self.rose.notify_all();
        }
    }

    /// Wakes every sleeper, so that it looks whether it is to stop.
    pub fn stir(&self) {
        let _level = self.lock();
        self.rose.notify_all();
    }

    /// Sleeps until the log is beyond `seen`, or `limit` has passed, or somebody stirs. Gives the level.
    pub fn wait_beyond(&self, seen: i64, limit: Duration) -> i64 {
        let level = self.lock();
        if *level > seen {
            return *level;
        }
        let (level, _) = self.rose.wait_timeout(level, limit).unwrap_or_else(PoisonError::into_inner);
        *level
    }
}
