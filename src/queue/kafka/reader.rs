//! The reading side: one member of the group on a thread of its own, and one that looks how much waits.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::{ClientContext, Message, Offset, TopicPartitionList};

use super::client::ASK;
use super::ledger::Mark;
use super::shared::{Lost, Seen, Shared, locked};

/// How often offsets are noted while messages are finished.
const NOTE: Duration = Duration::from_millis(200);
/// How often it is looked what is due, and how much waits.
const LOOK: Duration = Duration::from_secs(1);
/// How long one poll sleeps.
const POLL: Duration = Duration::from_millis(50);
/// Messages taken over from the client in one go.
const AT_ONCE: usize = 1000;
/// Messages that were put off, fetched in one go.
const DUE_AT_ONCE: usize = 256;

/// Called by the client when partitions come and go.
pub(super) struct Group {
    pub(super) shared: Arc<Shared>,
    pub(super) topic: String,
}

pub(super) type Member = BaseConsumer<Group>;

impl ClientContext for Group {}

impl ConsumerContext for Group {
    fn pre_rebalance(&self, member: &Member, rebalance: &Rebalance<'_>) {
        let Rebalance::Revoke(gone) = rebalance else { return };
        let mut marks = Vec::new();
        {
            let mut ledger = self.shared.ledger();
            for at in gone.elements().iter().map(|element| element.partition()) {
                marks.extend(ledger.revoke(at).map(|mark| (at, mark)));
                locked(&self.shared.fresh).retain(|fresh| *fresh != at);
            }
        }
        let mut seen = locked(&self.shared.seen);
        for (at, mark) in &marks {
            seen.entry(*at).or_default().committed = mark.offset;
        }
        drop(seen);
        // At the end of the process the reader has noted what it leaves in hand.
        if !marks.is_empty()
            && !self.shared.is_closed()
            && !member.assignment_lost()
            && let Err(error) = note(member, &self.topic, &marks, CommitMode::Sync)
        {
            tracing::warn!(%error, "offsets could not be noted when partitions went; some messages come twice");
        }
        tracing::info!(partitions = marks.len(), "partitions went to another node");
    }

    fn post_rebalance(&self, _: &Member, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(come) => {
                let come: Vec<i32> = come.elements().iter().map(|element| element.partition()).collect();
                tracing::info!(partitions = come.len(), "partitions came");
                locked(&self.shared.fresh).extend(come);
            }
            Rebalance::Revoke(_) => {}
            Rebalance::Error(error) => tracing::warn!(%error, "partitions could not be shared out"),
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, offsets: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::warn!(%error, "offsets could not be noted; they are noted again");
            let mut ledger = self.shared.ledger();
            offsets.elements().iter().for_each(|element| ledger.forget_noted(element.partition()));
        }
    }
}

/// Notes how far partitions are finished.
///
/// # Errors
/// When the brokers do not take it.
pub(super) fn note(member: &Member, topic: &str, marks: &[(i32, Mark)], mode: CommitMode) -> KafkaResult<()> {
    let mut list = TopicPartitionList::with_capacity(marks.len());
    for (at, mark) in marks {
        let mut element = list.add_partition(topic, *at);
        element.set_offset(Offset::Offset(mark.offset))?;
        element.set_metadata(mark.words());
    }
    member.commit(&list, mode)
}

/// Reads on a thread of its own until the queue is closed.
pub(super) struct Reader {
    pub(super) member: Arc<Member>,
    pub(super) shared: Arc<Shared>,
    pub(super) topic: String,
    pub(super) lease: Duration,
}

impl Reader {
    pub(super) fn run(self) {
        let (mut noted, mut looked, mut paused) = (Instant::now(), None::<Instant>, false);
        while !self.shared.is_closed() {
            if !self.adopt() {
                std::thread::sleep(LOOK);
                continue;
            }
            if noted.elapsed() >= NOTE {
                noted = Instant::now();
                self.note_all(CommitMode::Async);
            }
            if looked.is_none_or(|at| at.elapsed() >= LOOK) {
                looked = Some(Instant::now());
                self.look_for_due();
            }
            self.hold_back(&mut paused);
            self.poll();
        }
        self.note_all(CommitMode::Sync);
    }

    /// Takes over the partitions that came, from where their group stands. `false`: the brokers do not say.
    fn adopt(&self) -> bool {
        let fresh: Vec<i32> = locked(&self.shared.fresh).clone();
        for at in fresh {
            match began(&self.member, &self.shared, &self.topic, at) {
                Ok(mark) => {
                    self.shared.ledger().assign(at, mark);
                    locked(&self.shared.fresh).retain(|fresh| *fresh != at);
                }
                Err(error) => {
                    tracing::warn!(%error, partition = at, "it is not known yet where a partition begins");
                    return false;
                }
            }
        }
        true
    }

    fn note_all(&self, mode: CommitMode) {
        let marks = self.shared.ledger().marks(false);
        if marks.is_empty() {
            return;
        }
        if let Err(error) = note(&self.member, &self.topic, &marks, mode) {
            tracing::warn!(%error, "offsets could not be noted; they are noted again");
            let mut ledger = self.shared.ledger();
            marks.iter().for_each(|(at, _)| ledger.forget_noted(*at));
        }
    }

    fn look_for_due(&self) {
        if self.shared.kept.load(Ordering::SeqCst) == 0 || !locked(&self.shared.due).is_empty() {
            return;
        }
        // Only this thread fills the list; the workers do not wait for the facts.
        match self.shared.facts.due(DUE_AT_ONCE, self.lease) {
            Ok(due) => locked(&self.shared.due).extend(due),
            Err(error) => tracing::debug!(%error, "what is due could not be read"),
        }
        self.shared.ring();
    }

    /// Fetches no more while as much is held as may be.
    fn hold_back(&self, paused: &mut bool) {
        let full = self.shared.ledger().is_full();
        if full == *paused && !full {
            return;
        }
        let done = self
            .member
            .assignment()
            .and_then(|all| if full { self.member.pause(&all) } else { self.member.resume(&all) });
        match done {
            Ok(()) => *paused = full,
            Err(error) => tracing::warn!(%error, "fetching could not be held back"),
        }
    }

    fn poll(&self) {
        let mut come = Vec::new();
        let mut limit = POLL;
        while come.len() < AT_ONCE {
            match self.member.poll(limit) {
                Some(Ok(message)) => {
                    let payload = String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned();
                    let appended = message.timestamp().to_millis().unwrap_or_default();
                    come.push((message.partition(), message.offset(), payload, appended));
                }
                Some(Err(error)) => {
                    tracing::warn!(%error, "nothing can be read for now");
                    break;
                }
                None => break,
            }
            limit = Duration::ZERO;
        }
        if come.is_empty() {
            return;
        }
        let mut ledger = self.shared.ledger();
        for (partition, offset, payload, appended) in come {
            if ledger.receive(partition, offset, payload, appended) {
                tracing::warn!(partition, offset, "messages come from an earlier place again");
            }
        }
        drop(ledger);
        self.shared.ring();
    }
}

/// Where the group stands in a partition; where it never was, at its beginning.
fn began(member: &Member, shared: &Shared, topic: &str, partition: i32) -> Result<Mark, KafkaError> {
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, partition);
    let committed = member.committed_offsets(list, ASK)?;
    let (low, high) = member.fetch_watermarks(topic, partition, ASK)?;
    if let Some(element) = committed.find_partition(topic, partition)
        && let Offset::Offset(offset) = element.offset()
    {
        match gone(offset, offset, low, high) {
            None => return Ok(Mark::read(offset, element.metadata())),
            Some(lost) => shared.tell_lost(partition, lost, true),
        }
    }
    Ok(Mark { offset: low, ended: 0, until: low })
}

/// What is gone of a log that was read up to `read`, and of which `known` messages were there, and that now goes from `low` to
/// `high`. A log loses its end with the only disk that had it, or where brokers that were behind may lead.
fn gone(read: i64, known: i64, low: i64, high: i64) -> Option<Lost> {
    if high < known {
        Some(Lost { from: read, to: known, at_end: true })
    } else {
        (read < low).then_some(Lost { from: read, to: low, at_end: false })
    }
}

/// Looks how much waits in all partitions, whoever reads them.
///
/// # Errors
/// When the brokers do not say.
pub(super) fn look(member: &Member, shared: &Shared, topic: &str) -> KafkaResult<()> {
    let metadata = member.fetch_metadata(Some(topic), ASK)?;
    let partitions: Vec<i32> = metadata
        .topics()
        .iter()
        .filter(|found| found.name() == topic)
        .flat_map(|found| found.partitions().iter().map(|partition| partition.id()))
        .collect();
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for at in &partitions {
        list.add_partition(topic, *at);
    }
    let committed = member.committed_offsets(list, ASK)?;
    for at in partitions {
        let stands = match committed.find_partition(topic, at).map(|element| element.offset()) {
            Some(Offset::Offset(offset)) => Some(offset),
            _ => None,
        };
        let Seen { high, committed } = look_at(member, shared, topic, at, stands)?;
        metrics::gauge!("minyi_kafka_lag", "partition" => at.to_string())
            .set((high - committed).max(0) as f64);
    }
    if let Ok(kept) = shared.facts.kept() {
        shared.kept.store(kept, Ordering::SeqCst);
    }
    Ok(())
}

/// Looks at one partition, in which the group stands as noted.
fn look_at(member: &Member, shared: &Shared, topic: &str, at: i32, stands: Option<i64>) -> KafkaResult<Seen> {
    // Asked before the brokers are: they cannot have less.
    let (next, seen) = (shared.ledger().next(at), locked(&shared.seen).get(&at).map_or(0, |seen| seen.high));
    let known = [next, stands, Some(seen)].into_iter().flatten().max().unwrap_or(0);
    let (low, high) = member.fetch_watermarks(topic, at, ASK)?;
    let lost = gone(next.or(stands).unwrap_or(low), known, low, high);
    let cut = lost.is_some_and(|lost| lost.at_end);
    if let Some(lost) = lost {
        shared.tell_lost(at, lost, next.unwrap_or(0).max(seen) <= high);
    }
    let committed = stands.unwrap_or(low).clamp(low, high.max(low));
    {
        let mut ledger = shared.ledger();
        if ledger.next(at).is_some_and(|next| next > high) {
            ledger.begin_anew(at, low);
        }
        ledger.compare_noted(at, committed);
    }
    let mut all = locked(&shared.seen);
    let seen = all.entry(at).or_default();
    *seen = if cut {
        Seen { high, committed: low }
    } else {
        Seen { high: seen.high.max(high), committed: seen.committed.max(committed) }
    };
    Ok(*seen)
}

/// Looks again and again until the queue is closed.
pub(super) fn keep_looking(member: &Member, shared: &Shared, topic: &str) {
    let mut looked = Instant::now();
    while !shared.is_closed() {
        std::thread::sleep(POLL);
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            let looked = look(member, shared, topic);
            if let Err(error) = &looked {
                tracing::debug!(%error, "how much waits is not known for now");
            }
            *locked(&shared.trouble) = looked.err().map(|error| error.to_string());
        }
    }
}
