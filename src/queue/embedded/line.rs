//! What can be taken now, seen from the workers: they sleep here until something comes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::Depth;

/// The number of messages ready to be taken, and a bell.
#[derive(Debug)]
pub(super) struct ReadyLine {
    state: Mutex<State>,
    bell: Condvar,
    /// How long workers wait for a rush of appends to end.
    longest_rush: Duration,
}

#[derive(Debug, Default)]
struct State {
    ready: u64,
    waiting: u64,
    oldest: Option<Instant>,
    /// When a leased or delayed message becomes ready again.
    next_due: Option<Instant>,
    rush: Option<Rush>,
    closed: bool,
    trouble: Option<String>,
}

/// Appends as fast as they come when many clients send at once.
#[derive(Debug)]
struct Rush {
    /// Whether the window before this one was one.
    on: bool,
    /// When the latest began, and when it was last seen.
    spell: Option<(Instant, Instant)>,
    window: Instant,
    in_window: usize,
}

/// How long appends are counted before it is said whether they are a rush, and how many there must be.
const WINDOW: Duration = Duration::from_millis(100);
const RUSH: usize = 100;
/// A rush that comes again within this time is the same one. Appends at about the rate from which on they are one are now
/// above it and now below: if each time counted anew, workers would hardly ever get anything.
const CALM: Duration = Duration::from_secs(5);

impl Rush {
    /// Counts appends.
    fn count(rush: &mut Option<Self>, appended: usize, now: Instant) {
        let rush = rush.get_or_insert(Self { on: false, spell: None, window: now, in_window: 0 });
        let passed = now.duration_since(rush.window);
        if passed >= WINDOW {
            rush.on = rush.in_window >= RUSH && passed < 2 * WINDOW;
            if rush.on {
                let same = rush.spell.filter(|(_, last)| rush.window.duration_since(*last) < CALM);
                rush.spell = Some((same.map_or(rush.window, |(since, _)| since), now));
            }
            (rush.window, rush.in_window) = (now, 0);
        }
        rush.in_window += appended;
    }

    /// Until when workers leave the processors to those who answer.
    fn ends(&self, longest: Duration) -> Option<Instant> {
        let (since, _) = self.spell.filter(|_| self.on)?;
        Some((since + longest).min(self.window + 2 * WINDOW))
    }
}

impl ReadyLine {
    pub(super) fn new(longest_rush: Duration) -> Self {
        Self { state: Mutex::default(), bell: Condvar::new(), longest_rush }
    }

    /// Why nothing can be appended now, if that is so.
    pub(super) fn trouble(&self) -> Option<String> {
        self.lock().trouble.clone()
    }

    /// Notes that the file failed, or that it serves again.
    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        self.lock().trouble = trouble;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until something is ready, then at most `linger` until `max` are, and while a rush of appends goes on.
    /// `false` once closed.
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
            let rush = state.rush.as_ref().and_then(|rush| rush.ends(self.longest_rush));
            let rush = rush.filter(|ends| *ends > now);
            if rush.is_none() && state.ready >= max as u64 {
                return true;
            }
            if state.ready > 0 && *full_by.get_or_insert(now + linger) <= now && rush.is_none() {
                return true;
            }
            let until = rush.or(full_by).into_iter().chain(state.next_due).min();
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
    pub(super) fn set(&self, ready: u64, waiting: u64, next_due: Option<Instant>, appended: usize) {
        let mut state = self.lock();
        Rush::count(&mut state.rush, appended, Instant::now());
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

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(5);

    /// When a rush of so many appends in each window ends, asked after so many windows.
    fn ends(windows: u32, in_each: usize) -> (Instant, Option<Instant>) {
        let (begun, mut rush) = (Instant::now(), None);
        for window in 0..windows {
            Rush::count(&mut rush, in_each, begun + window * WINDOW);
        }
        (begun, rush.and_then(|rush| rush.ends(LONGEST)))
    }

    #[test]
    fn a_rush_holds_workers_until_it_is_over_and_for_no_longer_than_said() {
        let (begun, soon) = ends(10, RUSH);
        assert_eq!(soon, Some(begun + 11 * WINDOW), "two windows after the last appends");
        let (begun, at_last) = ends(200, RUSH);
        assert_eq!(at_last, Some(begun + LONGEST));
    }

    #[test]
    fn a_rush_that_comes_and_goes_holds_workers_no_longer_than_one_that_stays() {
        let (begun, mut rush) = (Instant::now(), None);
        for window in 0..200 {
            Rush::count(&mut rush, RUSH - usize::from(window % 7 == 0), begun + window * WINDOW);
            let ends = rush.as_ref().and_then(|rush| rush.ends(LONGEST));
            assert!(ends.is_none_or(|ends| ends <= begun + WINDOW + LONGEST), "window {window}");
        }
        // After a calm another may begin.
        let later = begun + 200 * WINDOW + CALM;
        (0..3).for_each(|window| Rush::count(&mut rush, RUSH, later + window * WINDOW));
        assert_eq!(rush.and_then(|rush| rush.ends(LONGEST)), Some(later + 4 * WINDOW));
    }

    #[test]
    fn ordinary_traffic_is_no_rush() {
        assert_eq!(ends(10, RUSH - 1).1, None);
        assert_eq!(ends(1, 100 * RUSH).1, None, "one batch is not");
    }

    #[test]
    fn workers_get_what_a_rush_left_as_soon_as_it_is_over() {
        let line = ReadyLine::new(LONGEST);
        let begun = Instant::now();
        while begun.elapsed() < 3 * WINDOW {
            line.set(1000, 1000, None, 100);
            std::thread::sleep(Duration::from_millis(5));
        }
        let asked = Instant::now();
        assert!(line.wait(256, Duration::ZERO));
        assert!(asked.elapsed() >= WINDOW / 2 && asked.elapsed() < LONGEST);
    }
}
