//! What is in this process's hands, without a word of Kafka: which messages wait, which are taken, how far each partition
//! is finished, and what is to be noted with the group so that the next process knows.
//!
//! Beside the offset the group keeps a few words for whoever comes next: how many processes ended one after the other with
//! the message at that offset in hand, and up to where they had taken. From the third on such messages are taken one by one,
//! so that the one that ends processes ends with itself only.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Processes that ended with a message in hand before it is suspected.
const ALONE_FROM: u32 = 2;
/// What is left of partitions that lost their end has numbers from here on: no partition of a topic comes near.
const LEFT: i32 = 1 << 24;
/// Messages held at most, and their bytes: beyond, nothing more is fetched.
const HELD_MAX: usize = 8192;
const HELD_BYTES_MAX: usize = 64 << 20;

/// What the group keeps of a partition.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The lowest message that is not finished.
    pub offset: i64,
    /// How many processes ended with that message in hand, if this one does.
    pub ended: u32,
    /// One past the last message that any of them had in hand.
    pub until: i64,
}

impl Mark {
    /// The words beside the offset.
    pub(super) fn words(&self) -> String {
        format!("minyi1 {} {}", self.ended, self.until)
    }

    /// Reads them; whatever else stands there says nothing.
    pub(super) fn read(offset: i64, words: &str) -> Self {
        let mut parts = words.split(' ');
        let plain = Self { offset, ended: 0, until: offset };
        if parts.next() != Some("minyi1") {
            return plain;
        }
        let (ended, until) =
            (parts.next().and_then(|n| n.parse().ok()), parts.next().and_then(|n| n.parse().ok()));
        ended.zip(until).map_or(plain, |(ended, until)| Self { offset, ended, until })
    }
}

#[derive(Debug, Clone, Copy)]
enum State {
    Waiting,
    /// In a worker's hands, or put off; it comes again at this instant.
    Until(Instant),
}

struct Message {
    payload: String,
    /// When it was appended, milliseconds since 1970.
    appended: i64,
    attempt: u32,
    state: State,
}

struct Partition {
    /// Which assignment this is: what was taken under an earlier one is somebody else's now.
    epoch: u64,
    began: Mark,
    next: i64,
    taken: i64,
    messages: BTreeMap<i64, Message>,
    noted: Mark,
}

/// A message handed to a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    pub place: Place,
    pub payload: String,
    pub attempt: u32,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub partition: i32,
    pub epoch: u64,
    pub offset: i64,
}

/// The partitions that this process reads.
#[derive(Default)]
pub(super) struct Ledger {
    partitions: BTreeMap<i32, Partition>,
    epoch: u64,
    bytes: usize,
    held: usize,
    /// Where the last take ended: the next begins behind it, so that no partition starves.
    turn: i32,
}

impl Partition {
    fn front(&self) -> i64 {
        self.messages.first_key_value().map_or(self.next, |(offset, _)| *offset)
    }

    /// How many processes ended with the message at `offset` in hand.
    fn ended_before(&self, offset: i64) -> u32 {
        match offset {
            _ if offset == self.began.offset => self.began.ended,
            _ if offset < self.began.until => self.began.ended.min(ALONE_FROM),
            _ => 0,
        }
    }

    /// What the next process is to know if this one ends now.
    fn mark(&self) -> Mark {
        let front = self.front();
        if self.taken > front {
            let until = self.taken.max(self.began.until);
            Mark { offset: front, ended: self.ended_before(front) + 1, until }
        } else {
            self.unblamed()
        }
    }

    /// The same where what is in hand is not to blame.
    fn unblamed(&self) -> Mark {
        let (front, ended) = (self.front(), self.ended_before(self.front()));
        Mark { offset: front, ended, until: if ended > 0 { self.began.until } else { front } }
    }

    /// Whether its next message is one that may be ending processes.
    fn is_suspect(&self) -> bool {
        self.ended_before(self.front()) >= ALONE_FROM
    }
}

impl Message {
    fn is_ready(&self, now: Instant) -> bool {
        match self.state {
            State::Waiting => true,
            State::Until(at) => at <= now,
        }
    }
}

impl Ledger {
    /// A partition is this process's from now on.
    pub(super) fn assign(&mut self, partition: i32, began: Mark) {
        self.revoke(partition);
        self.epoch += 1;
        let (epoch, offset) = (self.epoch, began.offset);
        let fresh =
            Partition { epoch, began, next: offset, taken: offset, messages: BTreeMap::new(), noted: began };
        self.partitions.insert(partition, fresh);
    }

    /// A partition begins anew at `offset`: its log lost its end, and gives offsets a second time. What is held of the lost one
    /// is worked on all the same, for nobody else has it.
    pub(super) fn begin_anew(&mut self, partition: i32, offset: i64) {
        let Some(lost) = self.partitions.remove(&partition) else { return };
        if !lost.messages.is_empty() {
            self.partitions.insert(LEFT.saturating_add(i32::try_from(lost.epoch).unwrap_or(i32::MAX)), lost);
        }
        self.assign(partition, Mark { offset, ended: 0, until: offset });
        // The group stands behind the end.
        self.forget_noted(partition);
    }

    /// The offset that comes next of a partition that is ours.
    pub(super) fn next(&self, partition: i32) -> Option<i64> {
        self.partitions.get(&partition).map(|part| part.next)
    }

    /// How many messages are held of partitions that lost them.
    pub(super) fn left(&self) -> usize {
        self.partitions.range(LEFT..).map(|(_, part)| part.messages.len()).sum()
    }

    /// Of whichever assignment a message was taken under, if that is still ours.
    fn of(&mut self, place: Place) -> Option<&mut Partition> {
        self.partitions.values_mut().find(|part| part.epoch == place.epoch)
    }

    /// A partition is another's from now on. Gives what is to be noted of it; this process lives on.
    pub(super) fn revoke(&mut self, partition: i32) -> Option<Mark> {
        let gone = self.partitions.remove(&partition)?;
        self.held -= gone.messages.len();
        self.bytes -= gone.messages.values().map(|message| message.payload.len()).sum::<usize>();
        Some(gone.unblamed())
    }

    /// A message came. One that is there already, or of a partition that is not ours, is passed over. One that lies before what
    /// came already is taken, and all behind it: the brokers went back, and what is taken twice changes nothing, while what is
    /// passed over would be lost if the log had begun anew. Gives whether they did.
    pub(super) fn receive(&mut self, partition: i32, offset: i64, payload: String, appended: i64) -> bool {
        let Some(part) = self.partitions.get(&partition) else { return false };
        if part.messages.get(&offset).is_some_and(|held| held.payload == payload) {
            return false;
        }
        let back = offset < part.next;
        if back {
            self.begin_anew(partition, offset);
        }
        let Some(part) = self.partitions.get_mut(&partition) else { return back };
        part.next = offset + 1;
        (self.held, self.bytes) = (self.held + 1, self.bytes + payload.len());
        let attempt = part.ended_before(offset);
        part.messages.insert(offset, Message { payload, appended, attempt, state: State::Waiting });
        back
    }

    /// Whether no more should be fetched for now.
    pub(super) fn is_full(&self) -> bool {
        self.held >= HELD_MAX || self.bytes >= HELD_BYTES_MAX
    }

    /// How many could be taken now, and when the next one comes again.
    pub(super) fn ready(&self, now: Instant) -> (usize, Option<Instant>) {
        let messages = self.partitions.values().flat_map(|part| part.messages.values());
        let (mut ready, mut next) = (0, None::<Instant>);
        for message in messages {
            match message.state {
                State::Until(at) if at > now => next = Some(next.map_or(at, |next| next.min(at))),
                _ => ready += 1,
            }
        }
        (ready, next)
    }

    /// Hands out up to `max` messages, in order within each partition; they come again at `until`. A suspect is handed out
    /// alone.
    pub(super) fn take(&mut self, max: usize, now: Instant, until: Instant) -> Vec<Taken> {
        let turn = self.turn;
        let order: Vec<i32> = {
            let (after, before): (Vec<i32>, Vec<i32>) = self.partitions.keys().partition(|at| **at > turn);
            after.into_iter().chain(before).collect()
        };
        let mut out = Vec::new();
        for partition in order {
            let Some(part) = self.partitions.get_mut(&partition) else { continue };
            let suspect = part.is_suspect();
            if out.len() >= max || (suspect && !out.is_empty()) {
                break;
            }
            let room = if suspect { 1 } else { max - out.len() };
            let front = part.front();
            let ready = part.messages.iter_mut().filter(|(_, message)| message.is_ready(now));
            let ready = ready.filter(|(offset, _)| !suspect || **offset == front);
            for (offset, message) in ready.take(room) {
                message.state = State::Until(until);
                message.attempt += 1;
                part.taken = part.taken.max(offset + 1);
                let place = Place { partition, epoch: part.epoch, offset: *offset };
                out.push(Taken { place, payload: message.payload.clone(), attempt: message.attempt });
                self.turn = partition;
            }
            if suspect && !out.is_empty() {
                break;
            }
        }
        out
    }

    /// A message is done. Of one that is not ours any more nothing is left to do.
    pub(super) fn finish(&mut self, place: Place) {
        let Some(message) = self.of(place).and_then(|part| part.messages.remove(&place.offset)) else {
            return;
        };
        (self.held, self.bytes) = (self.held - 1, self.bytes - message.payload.len());
        self.partitions.retain(|at, part| *at < LEFT || !part.messages.is_empty());
    }

    /// A message comes again after `delay`.
    pub(super) fn put_off(&mut self, place: Place, delay: Duration, now: Instant) {
        if let Some(message) = self.of(place).and_then(|part| part.messages.get_mut(&place.offset)) {
            message.state = State::Until(now + delay);
        }
    }

    /// What is to be noted with the group since the last time. With `careful`, only what must stand there before a worker
    /// gets to see what was taken: the message at the front has been in the hands of a process that ended.
    pub(super) fn marks(&mut self, careful: bool) -> Vec<(i32, Mark)> {
        let mut out = Vec::new();
        for (at, part) in self.partitions.range_mut(..LEFT) {
            let mark = part.mark();
            if mark != part.noted && (!careful || mark.ended > 1) {
                part.noted = mark;
                out.push((*at, mark));
            }
        }
        out
    }

    /// What could not be noted is to be noted again.
    pub(super) fn forget_noted(&mut self, partition: i32) {
        if let Some(part) = self.partitions.get_mut(&partition) {
            part.noted = Mark { offset: -1, ..Mark::default() };
        }
    }

    /// Where the brokers say that the group stands. What was noted beyond it has got lost on the way, as it may while partitions
    /// move, without anybody being told; one that is still on its way is noted twice, which changes nothing.
    pub(super) fn compare_noted(&mut self, partition: i32, committed: i64) {
        if self.partitions.get(&partition).is_some_and(|part| part.noted.offset > committed) {
            self.forget_noted(partition);
        }
    }

    /// The lowest message of a partition that is not finished.
    pub(super) fn front(&self, partition: i32) -> Option<i64> {
        self.partitions.get(&partition).map(Partition::front)
    }

    /// When the oldest unfinished message was appended, milliseconds since 1970.
    pub(super) fn oldest(&self) -> Option<i64> {
        let fronts = self.partitions.values().filter_map(|part| part.messages.first_key_value());
        fronts.map(|(_, message)| message.appended).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(began: Mark, messages: std::ops::Range<i64>) -> Ledger {
        let mut ledger = Ledger::default();
        ledger.assign(0, began);
        for offset in messages {
            ledger.receive(0, offset, format!("m{offset}"), offset);
        }
        ledger
    }

    fn at(offset: i64) -> Mark {
        Mark { offset, ended: 0, until: offset }
    }

    fn take(ledger: &mut Ledger, max: usize) -> Vec<Taken> {
        let now = Instant::now();
        ledger.take(max, now, now + Duration::from_secs(60))
    }

    #[test]
    fn the_offset_noted_is_the_lowest_that_is_not_finished() {
        let mut ledger = ledger(at(5), 5..9);
        let taken = take(&mut ledger, 3);
        assert_eq!(ledger.marks(false), [(0, Mark { offset: 5, ended: 1, until: 8 })]);
        ledger.finish(taken[1].place);
        assert_eq!(ledger.marks(false), [], "the first is still in hand");
        ledger.finish(taken[0].place);
        assert_eq!(ledger.marks(false), [(0, Mark { offset: 7, ended: 1, until: 8 })]);
        ledger.finish(taken[2].place);
        assert_eq!(ledger.marks(false), [(0, at(8))], "nothing is in hand");
    }

    #[test]
    fn what_the_brokers_do_not_know_of_is_noted_again() {
        let mut ledger = ledger(at(5), 5..6);
        ledger.compare_noted(0, 5);
        assert_eq!(ledger.marks(false), [], "nothing is finished");
        let taken = take(&mut ledger, 1);
        ledger.finish(taken[0].place);
        assert_eq!(ledger.marks(false), [(0, at(6))]);
        ledger.compare_noted(0, 6);
        assert_eq!(ledger.marks(false), []);
        ledger.compare_noted(0, 5);
        assert_eq!(ledger.marks(false), [(0, at(6))]);
    }

    #[test]
    fn a_message_put_off_holds_the_offset_and_comes_again() {
        let mut ledger = ledger(at(0), 0..2);
        let taken = take(&mut ledger, 9);
        ledger.put_off(taken[0].place, Duration::ZERO, Instant::now());
        ledger.finish(taken[1].place);
        let again = take(&mut ledger, 9);
        assert_eq!((again.len(), again[0].place.offset, again[0].attempt), (1, 0, 2));
        assert_eq!(ledger.front(0), Some(0));
    }

    #[test]
    fn one_that_ended_processes_is_taken_alone_and_counted_up_the_rest_is_not() {
        let mut ledger = ledger(Mark { offset: 3, ended: 2, until: 6 }, 3..8);
        for offset in 3..6 {
            let alone = take(&mut ledger, 9);
            assert_eq!(alone.iter().map(|t| (t.place.offset, t.attempt)).collect::<Vec<_>>(), [(offset, 3)]);
            assert_eq!(ledger.marks(true), [(0, Mark { offset, ended: 3, until: 6 })]);
            assert_eq!(take(&mut ledger, 9), [], "nothing beside it");
            ledger.finish(alone[0].place);
        }
        assert_eq!(take(&mut ledger, 9).iter().map(|t| t.attempt).collect::<Vec<_>>(), [1, 1]);
    }

    #[test]
    fn what_was_taken_before_a_partition_went_and_came_is_nobodys() {
        let mut ledger = ledger(at(0), 0..3);
        let before = take(&mut ledger, 1);
        assert_eq!(ledger.revoke(0), Some(at(0)));
        ledger.assign(0, at(0));
        ledger.receive(0, 0, "m0".to_owned(), 0);
        ledger.finish(before[0].place);
        assert_eq!((ledger.front(0), ledger.held), (Some(0), 1));
    }

    #[test]
    fn a_partition_that_begins_anew_loses_nothing_that_is_held_and_passes_over_nothing_that_comes() {
        let mut ledger = ledger(at(5), 5..9);
        let taken = take(&mut ledger, 2);
        ledger.finish(taken[0].place);
        assert!(!ledger.receive(0, 7, "m7".to_owned(), 7), "this one is held already");
        for offset in 0..3 {
            assert_eq!(ledger.receive(0, offset, format!("new{offset}"), 0), offset == 0, "{offset}");
        }
        assert_eq!((ledger.next(0), ledger.left(), ledger.held), (Some(3), 3, 6));
        ledger.finish(taken[1].place);
        assert_eq!(ledger.left(), 2, "what is in hand is finished where it came from");
        let rest = take(&mut ledger, 9);
        let mut payloads: Vec<&str> = rest.iter().map(|taken| taken.payload.as_str()).collect();
        payloads.sort_unstable();
        assert_eq!(payloads, ["m7", "m8", "new0", "new1", "new2"]);
        rest.iter().for_each(|taken| ledger.finish(taken.place));
        assert_eq!(ledger.marks(false), [(0, at(3))], "and the group is told of the new offsets");
        assert_eq!((ledger.left(), ledger.held, ledger.bytes), (0, 0, 0));
    }

    #[test]
    fn a_partition_that_begins_anew_and_stays_empty_is_noted_at_its_beginning() {
        let mut ledger = ledger(at(5), 5..5);
        ledger.begin_anew(0, 0);
        assert_eq!(ledger.marks(false), [(0, at(0))]);
    }

    #[test]
    fn partitions_take_turns() {
        let mut ledger = Ledger::default();
        for partition in 0..3 {
            ledger.assign(partition, at(0));
            for offset in 0..4 {
                ledger.receive(partition, offset, "m".to_owned(), 0);
            }
        }
        let firsts: Vec<i32> = (0..3).map(|_| take(&mut ledger, 2)[0].place.partition).collect();
        let mut each = firsts.clone();
        each.sort_unstable();
        assert_eq!(each, [0, 1, 2], "{firsts:?}");
    }

    #[test]
    fn the_words_beside_an_offset_come_back_and_others_say_nothing() {
        let mark = Mark { offset: 9, ended: 3, until: 12 };
        assert_eq!(Mark::read(9, &mark.words()), mark);
        assert_eq!(Mark::read(9, "something else"), at(9));
        assert_eq!(Mark::read(9, ""), at(9));
    }
}
