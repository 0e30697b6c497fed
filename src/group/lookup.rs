//! 同类反映: the items that speak of the same matter as one, looked for in the index and judged on the texts.

use std::collections::HashSet;

use crate::index::{IndexError, Kin};
use crate::model::{Submission, Timestamp};
use crate::store::{FeedItem, Store, feed_items};
use crate::text::{Frequencies, Words};

use super::matter::{Likeness, Profile, Written};

/// Words that are looked for, candidates that are read and judged, and how many more of those already issued. Of the kin
/// that belong among the first ten, 0.98 are among 20 candidates and 0.99 among 25; more find nothing more and take their
/// time.
const TELLING: usize = 24;
const CANDIDATES: usize = 25;
const ISSUED_CANDIDATES: usize = 10;

/// An item found, and how alike it is.
#[derive(Debug, Clone)]
pub struct Found {
    /// The item.
    pub item: FeedItem,
    /// What was received.
    pub submission: Submission,
    /// How alike.
    pub likeness: Likeness,
}

/// When an item was written, as far as is known.
pub fn written_at(submission: &Submission, received: Timestamp) -> Timestamp {
    submission.submitted_at.unwrap_or(received)
}

/// The profile of an item, and its words.
///
/// # Errors
/// When its text cannot be read.
pub fn profile(
    kin: &Kin,
    item: &FeedItem,
    frequencies: &Frequencies,
) -> Result<(Profile, Words, Submission), IndexError> {
    let submission = item.submission()?;
    let (title, body) = (submission.title.as_str(), submission.text.plain());
    let words = kin.words(title, &body);
    let written = Written {
        title,
        body: &body,
        place: item.district.as_deref(),
        unit: item.unit.as_deref(),
        at: Some(written_at(&submission, item.received_at)),
    };
    Ok((Profile::new(written, &words, frequencies), words, submission))
}

/// The items most like `item`, the best first, without those of `skip` and the item itself; those of `decided`
/// are always among them. Blocking: CPU work, and
/// reading the store.
///
/// # Errors
/// When the index or the store cannot be read.
pub fn same_matter(
    kin: &Kin,
    store: &Store,
    item: &FeedItem,
    skip: &HashSet<i64>,
    decided: &[i64],
) -> Result<Vec<Found>, IndexError> {
    let frequencies = kin.frequencies()?;
    let (profile_of_item, words, _) = profile(kin, item, &frequencies)?;
    let telling = profile_of_item.telling(&words, TELLING);
    // Those to be skipped are likely to be the nearest and must not take the places of others.
    let mut numbers = kin.candidates(&telling, false, CANDIDATES + 1 + skip.len().min(CANDIDATES))?;
    numbers.extend(kin.candidates(&telling, true, ISSUED_CANDIDATES)?);
    numbers.extend(decided);
    let mut seen = HashSet::from([item.no]);
    numbers.retain(|no| !skip.contains(no) && seen.insert(*no));
    let mut candidates = store.read(move |sql| feed_items(sql, &numbers)).wait()?;
    let judge = |candidate: FeedItem| {
        let (theirs, _, submission) = profile(kin, &candidate, &frequencies)?;
        Ok(Found { likeness: profile_of_item.likeness(&theirs), item: candidate, submission })
    };
    // An editor waits for this, and cutting the candidates into words is most of it: one more thread takes half of them.
    let others = candidates.split_off(candidates.len() / 2);
    let mut found = std::thread::scope(|scope| -> Result<Vec<Found>, IndexError> {
        let others = scope.spawn(|| others.into_iter().map(judge).collect::<Result<Vec<_>, IndexError>>());
        let mut found = candidates.into_iter().map(judge).collect::<Result<Vec<_>, IndexError>>()?;
        found.extend(others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        Ok(found)
    })?;
    found.sort_by(|a, b| b.likeness.score.total_cmp(&a.likeness.score).then(a.item.no.cmp(&b.item.no)));
    Ok(found)
}
