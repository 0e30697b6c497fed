//! What the writer must know at every operation without asking the file.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::file::{self, Taken};
use crate::model::ItemId;
use crate::queue::{Append, Appended, Known, Purpose};

/// Batches that ended with their process before a message of theirs is suspected.
const ALONE_FROM: usize = 2;

/// The file's state in memory. After a failed commit it is loaded again: leases are forgotten then, which only means
/// that some messages come twice.
#[derive(Default)]
pub(super) struct State {
    last_pos: i64,
    /// The last position that was taken for the first time.
    cursor: i64,
    /// Appended and not finished.
    waiting: u64,
    /// In workers' hands or put off, and when each comes again.
    held: BTreeMap<i64, Instant>,
    /// Keys whose messages are still in the file.
    recent: HashMap<ItemId, Known>,
    keys_of: HashMap<i64, Vec<ItemId>>,
    /// Finished messages whose rows are still in the file.
    finished: Vec<i64>,
    /// Batches that earlier processes took and did not finish.
    earlier: Vec<(i64, i64)>,
}

impl State {
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let (earlier, done) = file::takes(connection)?;
        let mut state = Self { cursor: (done - 1).max(0), ..Self::default() };
        file::pending(connection, |pos, keys| {
            state.keys_of.insert(pos, keys.iter().map(|(key, _)| *key).collect());
            state.recent.extend(keys);
            state.last_pos = pos;
            if pos < done {
                state.finished.push(pos);
            } else {
                state.waiting += 1;
            }
        })?;
        // A position that a take still names is not given to another message.
        state.last_pos = earlier.iter().map(|(_, last)| *last).fold(state.last_pos, i64::max);
        state.earlier = earlier;
        Ok(state)
    }

    pub(super) fn waiting(&self) -> u64 {
        self.waiting
    }

    /// How many could be taken now, and when the next held one comes again.
    pub(super) fn ready(&self, now: Instant) -> (u64, Option<Instant>) {
        let held = self.held.len() as u64;
        let due = self.held.values().filter(|at| **at <= now).count() as u64;
        (self.waiting.saturating_sub(held) + due, self.held.values().min().copied())
    }

    pub(super) fn finished(&self) -> usize {
        self.finished.len()
    }

    fn known(&self, connection: &Connection, key: &ItemId) -> rusqlite::Result<Option<Known>> {
        match self.recent.get(key) {
            Some(known) => Ok(Some(known.clone())),
            None => file::look_up(connection, key),
        }
    }

    /// Appends, unless a key tells that it is there or stands for something else.
    pub(super) fn append(&mut self, connection: &Connection, append: &Append) -> rusqlite::Result<Appended> {
        let envelope = &append.envelope;
        if append.again {
            self.put(connection, Vec::new(), &append.payload)?;
            return Ok(Appended::New);
        }
        let known = Known { item: envelope.item, content: envelope.content, source: envelope.source.clone() };
        let own_key = match envelope.purpose {
            Purpose::Submit => envelope.item,
            Purpose::Version => {
                let sent_by_them = self.known(connection, &envelope.item)?;
                if sent_by_them.is_none_or(|item| item.source != envelope.source) {
                    return Ok(Appended::UnknownItem);
                }
                envelope.item.version_key(&envelope.content)
            }
        };
        let requested = match &append.request_key {
            Some(key) => self.known(connection, key)?,
            None => None,
        };
        match &requested {
            Some(before) if before.item != known.item => return Ok(Appended::OtherItem),
            Some(before) if before.content != known.content => return Ok(Appended::OtherText),
            _ => {}
        }
        match self.known(connection, &own_key)? {
            Some(before) if before.content != known.content => return Ok(Appended::OtherText),
            Some(_) => {
                if let (Some(key), None) = (&append.request_key, &requested) {
                    file::add_key(connection, key, &known)?;
                }
                return Ok(Appended::Repeat);
            }
            None => {}
        }
        let keys: Vec<_> =
            std::iter::once(own_key).chain(append.request_key).map(|key| (key, known.clone())).collect();
        self.put(connection, keys, &append.payload)?;
        Ok(Appended::New)
    }

    fn put(
        &mut self,
        connection: &Connection,
        keys: Vec<(ItemId, Known)>,
        payload: &str,
    ) -> rusqlite::Result<()> {
        self.last_pos += 1;
        file::insert(connection, self.last_pos, &keys, payload)?;
        self.keys_of.insert(self.last_pos, keys.iter().map(|(key, _)| *key).collect());
        self.recent.extend(keys);
        self.waiting += 1;
        Ok(())
    }

    /// Leases up to `max` messages until `until`: first those whose time has come again, then fresh ones.
    pub(super) fn take(
        &mut self,
        connection: &Connection,
        max: usize,
        now: Instant,
        until: Instant,
    ) -> rusqlite::Result<Vec<Taken>> {
        let mut out = Vec::new();
        let due: Vec<i64> =
            self.held.iter().filter(|(_, at)| **at <= now).map(|(pos, _)| *pos).take(max).collect();
        for pos in due {
            match file::read_one(connection, pos)? {
                Some(payload) => {
                    file::count_attempt(connection, pos)?;
                    out.push(self.taken(connection, pos, payload)?);
                }
                None => drop(self.held.remove(&pos)),
            }
        }
        let mut fresh = file::read_after(connection, self.cursor, max - out.len())?;
        fresh.truncate(self.together(&fresh));
        if let (Some((first, _)), Some((last, _))) = (fresh.first(), fresh.last()) {
            let done = self.oldest_pending();
            self.cursor = *last;
            file::note_take(connection, *first, *last, done)?;
        }
        for (pos, payload) in fresh {
            out.push(self.taken(connection, pos, payload)?);
        }
        self.held.extend(out.iter().map(|taken| (taken.pos, until)));
        Ok(out)
    }

    /// How many messages of the front may be taken in one batch. One that earlier processes took often and did not finish
    /// is taken alone: if it is what ends them, it ends with itself only, and its neighbours are not buried with it.
    fn together(&self, fresh: &[(i64, String)]) -> usize {
        let often = |pos: i64| {
            let taken = self.earlier.iter().filter(|(first, last)| (*first..=*last).contains(&pos));
            taken.count() >= ALONE_FROM
        };
        fresh.iter().position(|(pos, _)| often(*pos)).map_or(fresh.len(), |at| at.max(1))
    }

    /// A message with how often it has been delivered: by earlier processes, again by this one, and now.
    fn taken(&self, connection: &Connection, pos: i64, payload: String) -> rusqlite::Result<Taken> {
        let earlier = self.earlier.iter().filter(|(first, last)| (*first..=*last).contains(&pos)).count();
        // Only what was in hands before can have been counted one by one.
        let again =
            if earlier > 0 || self.held.contains_key(&pos) { file::attempts(connection, pos)? } else { 0 };
        let earlier = u32::try_from(earlier).unwrap_or(u32::MAX);
        Ok(Taken { pos, attempt: again.saturating_add(earlier).saturating_add(1), payload })
    }

    /// A message is done. Of one that was done already nothing is left to do.
    pub(super) fn ack(&mut self, pos: i64) {
        if self.held.remove(&pos).is_some() {
            self.waiting = self.waiting.saturating_sub(1);
            self.finished.push(pos);
        }
    }

    /// A message comes again after `delay`.
    pub(super) fn put_off(&mut self, pos: i64, delay: Duration, now: Instant) {
        if let Some(at) = self.held.get_mut(&pos) {
            *at = now + delay;
        }
    }

    /// The lowest position that may still be pending: held, or not taken yet.
    fn oldest_pending(&self) -> i64 {
        self.held.keys().next().copied().unwrap_or(self.cursor + 1)
    }

    /// Moves the keys of finished messages into their sorted table and drops the messages.
    pub(super) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let finished = std::mem::take(&mut self.finished);
        let mut keys = Vec::with_capacity(finished.len());
        for key in finished.iter().filter_map(|pos| self.keys_of.remove(pos)).flatten() {
            if let Some(known) = self.recent.remove(&key) {
                keys.push((key, known));
            }
        }
        file::settle(connection, &mut keys, &finished)?;
        let oldest = self.oldest_pending();
        self.earlier.retain(|(_, last)| *last >= oldest);
        file::forget_takes(connection, oldest)
    }
}
