//! One pull of one source: page after page fetched, taken, noted.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::model::{Actor, EntryKey, ItemId, ItemKey, SourceId, Timestamp};
use crate::store::{EntryNote, Lease, Priority, StoreError, Tx, known_entries, note_entries};

use super::entry::{Entry, Named, Standing, keys, named};
use super::feed::Document;
use super::fetch::{Fetched, fetch};
use super::handing::said;
use super::mark::Mark;
use super::plan::{Order, PagingBy, Plan};
use super::{PullError, Pulls, Sent, feed, json};

/// Entries on their way into the queue side by side.
const SIDE_BY_SIDE: usize = 8;
/// New entries from which on a feed that shows nothing else may have lost some in between.
const MANY_NEW: u32 = 10;
/// What is written in the place of a name that must not be kept.
const NOT_KEPT: &str = "（涉密标志，未保存）";

/// A pull under way.
pub(super) struct Run<'a> {
    pub(super) pulls: &'a Pulls,
    pub(super) source: &'a SourceId,
    pub(super) plan: &'a Plan,
    pub(super) lease: Lease,
    pub(super) lease_seconds: i64,
    pub(super) stopped: watch::Receiver<bool>,
    /// Where it goes on.
    pub(super) mark: Mark,
    /// Whether anything was ever taken before this pull.
    pub(super) known_before: bool,
    /// Items that it brought.
    pub(super) taken: u32,
    /// What is odd about the source.
    pub(super) odd: String,
}

/// What a page brought.
struct Brought {
    found: u32,
    /// Whether everything on it was noted before the sweep began.
    old: bool,
    /// Whether nothing on it was known.
    all_new: bool,
    empty: bool,
}

impl Run<'_> {
    /// Pulls. Whether there is more to read at once.
    ///
    /// # Errors
    /// [`PullError`]; what was taken before stays noted.
    pub(super) async fn run(&mut self) -> Result<bool, PullError> {
        let plan = self.plan;
        if let Some(mailbox) = &plan.mailbox {
            return self.mails(mailbox).await;
        }
        if let Some(folder) = &plan.folder {
            return self.files(folder).await;
        }
        match self.plan.order() {
            Order::Newest => self.newest_first().await,
            Order::Oldest => self.oldest_first().await,
        }
    }

    /// Waits for work on another thread, and keeps the lease meanwhile: old formats take their time.
    pub(super) async fn held<T>(&self, mut work: JoinHandle<T>) -> Result<T, PullError> {
        let pause = Duration::from_secs(u64::try_from(self.lease_seconds / 3).unwrap_or(1).max(1));
        loop {
            tokio::select! {
                done = &mut work => return done.map_err(|error| PullError::Unreadable(error.to_string())),
                () = tokio::time::sleep(pause) => {}
            }
            let (lease, seconds) = (self.lease.clone(), self.lease_seconds);
            let hold = move |tx: &mut Tx<'_>| -> Result<(), StoreError> { lease.hold(tx, seconds) };
            self.pulls.parts.store.write(Priority::Batch, hold).await.map_err(PullError::Store)?;
        }
    }

    async fn newest_first(&mut self) -> Result<bool, PullError> {
        let (mut seen, mut validators) = (BTreeSet::new(), None);
        for _ in 0..self.plan.max_pages {
            let now = self.pulls.parts.clock.now();
            let top = self.mark.at.is_none();
            let Some((document, told)) = self.page(now).await? else { return Ok(false) };
            let begun = self.mark.begin(now);
            let next = document.next.filter(|next| !self.repeats(&mut seen, next));
            let brought = self.take(document.entries, begun, next.clone()).await?;
            if top {
                validators = Some((told, now));
                self.look_for_gap(&brought, next.is_none());
            }
            let ended = next.is_none() || brought.old || (brought.empty && !self.says_more());
            if ended && !self.mark.end_round() {
                if let Some(((etag, modified), at)) = validators {
                    (self.mark.etag, self.mark.modified, self.mark.whole_at) =
                        (etag, modified, at.as_micros());
                }
                return Ok(false);
            }
            if ended {
                seen.clear();
            }
        }
        Ok(true)
    }

    async fn oldest_first(&mut self) -> Result<bool, PullError> {
        let mut seen = BTreeSet::new();
        if let Some(paging) = self.plan.paging().filter(|paging| paging.by == PagingBy::Page) {
            // What was taken away meanwhile moved others to the page before.
            let before = paging.number(self.mark.at.as_deref()) - 1;
            self.mark.at = (before > paging.first).then(|| before.to_string());
        }
        for _ in 0..self.plan.max_pages {
            let now = self.pulls.parts.clock.now();
            let Some((document, _)) = self.page(now).await? else { return Ok(false) };
            let empty = document.entries.is_empty();
            // A log that has no more says where it is: that is its end and no circle.
            let next = document.next.filter(|next| self.mark.at.as_ref() != Some(next));
            let next = next.filter(|next| !self.repeats(&mut seen, next));
            let ended = next.is_none() || (empty && !self.says_more());
            // At the end it stays where it is, and reads this page again the next time.
            let at = next.or_else(|| self.mark.at.clone());
            self.take(document.entries, now, at).await?;
            if ended {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn says_more(&self) -> bool {
        self.plan.paging().is_some_and(|paging| paging.more.is_some())
    }

    /// Whether a place was read in this pull already: such pages have no end.
    fn repeats(&mut self, seen: &mut BTreeSet<String>, next: &str) -> bool {
        seen.extend(self.mark.at.clone());
        let repeats = seen.contains(next);
        if repeats {
            self.odd = format!(
                "下一页的位置（{}）重复出现，已停止翻页：后面的条目可能读不到，请联系对方",
                next.chars().take(60).collect::<String>()
            );
        }
        repeats
    }

    /// A feed that shows nothing but new entries may have shown others in between.
    fn look_for_gap(&mut self, brought: &Brought, only: bool) {
        if self.known_before && only && brought.found >= MANY_NEW && brought.all_new {
            self.odd = format!(
                "本次 {} 条全部是新的，两次抓取之间可能有条目没有看到：请减小 every_minutes",
                brought.found
            );
        }
    }

    /// The page at the mark; `None` = nothing changed.
    async fn page(&mut self, now: Timestamp) -> Result<Option<(Document, (String, String))>, PullError> {
        let parts = &self.pulls.parts;
        let url = self.plan.address(self.mark.at.as_deref(), &parts.secret)?;
        let condition = self.mark.condition(now);
        let asked = fetch(&parts.outward, self.plan, &url, condition, &parts.secret, now);
        let answer = tokio::select! {
            answer = asked => answer,
            _ = self.stopped.changed() => return Err(PullError::Ending),
        };
        let fetched = match answer {
            // Cursors grow old.
            Err(PullError::Refused { status: 400 | 404 | 410 | 422, .. }) if self.mark.at.is_some() => {
                self.mark.lose_place();
                return Err(PullError::Unreadable(
                    "上次的翻页位置已失效，下次从头翻起（已收的不会重复）".to_owned(),
                ));
            }
            answer => answer?,
        };
        let Fetched::Text { text, etag, modified } = fetched else { return Ok(None) };
        let mut document = match &self.plan.json {
            Some(api) => json::read(&text, api, self.mark.at.as_deref())?,
            None => feed::read(&text)?,
        };
        if self.plan.json.is_none() {
            // What is secret goes to nobody but whom it was meant for.
            document.next = document.next.filter(|next| {
                let first = self.plan.address(None, &parts.secret);
                url.join(next).is_ok_and(|next| first.is_ok_and(|first| first.origin() == next.origin()))
            });
        }
        Ok(Some((document, (etag, modified))))
    }

    /// Takes what is new on a page, and notes it with the place to go on.
    async fn take(
        &mut self,
        entries: Vec<Entry>,
        begun: Timestamp,
        next: Option<String>,
    ) -> Result<Brought, PullError> {
        let parts = &self.pulls.parts;
        let entries: Vec<Entry> = entries.into_iter().map(|entry| entry.with(&self.plan.item)).collect();
        let (source, asked) = (self.source.clone(), keys(&entries));
        let known = parts
            .store
            .read(move |sql| known_entries(sql, &source, &asked))
            .await
            .map_err(PullError::Store)?;
        let all = named(entries, &known);
        let old = |key: &EntryKey| known.get(key).is_some_and(|known| known.at < begun);
        let mut brought = Brought {
            found: 0,
            old: !all.is_empty()
                && all.iter().all(|(one, standing)| *standing == Standing::Known && old(&one.key)),
            all_new: all.iter().all(|(_, standing)| *standing == Standing::New),
            empty: all.is_empty(),
        };
        let latest = parts.clock.now().plus_seconds(i64::from(parts.max_ahead_hours) * 3600);
        let wanted = all.into_iter().filter(|(_, standing)| match standing {
            Standing::New => true,
            Standing::Revised => self.plan.versions,
            Standing::Known => false,
        });
        let run = &*self;
        let mut answers = futures_util::stream::iter(wanted)
            .map(|(one, standing)| async move { run.one(one, standing, latest).await })
            .buffered(SIDE_BY_SIDE);
        let (mut notes, mut full) = (Vec::new(), None);
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(note) => notes.push(note),
                Err(error) => {
                    full = Some(error);
                    break;
                }
            }
        }
        drop(answers);
        brought.found = notes.len() as u32;
        self.taken += notes.iter().filter(|note| note.refused.is_none()).count() as u32;
        if full.is_none() {
            self.mark.turn(brought.found, next);
        }
        self.note(notes).await?;
        full.map_or(Ok(brought), Err)
    }

    async fn note(&self, notes: Vec<EntryNote>) -> Result<(), PullError> {
        let (source, lease, seconds) = (self.source.clone(), self.lease.clone(), self.lease_seconds);
        let mark = self.mark.written();
        let note = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
            lease.hold(tx, seconds)?;
            note_entries(tx, &source, &notes, &mark)
        };
        self.pulls.parts.store.write(Priority::Batch, note).await.map_err(PullError::Store)
    }

    /// Hands one entry to the intake; what it is refused for is noted.
    async fn one(&self, one: Named, standing: Standing, latest: Timestamp) -> Result<EntryNote, PullError> {
        let mut note = EntryNote {
            key: one.key,
            text: one.text,
            name: one.external_id.clone(),
            refused: None,
            revised: standing == Standing::Revised,
        };
        let json = match one.item(latest) {
            Ok(item) => item.to_string().into_bytes(),
            Err(why) => return Ok(EntryNote { refused: Some(why), ..note }),
        };
        let item = ItemId::derive(self.source, ItemKey::External(&one.external_id));
        let actor = Actor::Source(self.source.clone());
        let take = |corrects| {
            let (source, actor, json) = (self.source.clone(), actor.clone(), json.clone());
            (self.pulls.parts.take)(Sent { source, actor, account: None, json, corrects })
        };
        let first = if note.revised { Some(item) } else { None };
        let answer = match take(first).await {
            // It was taken, and not noted, before it changed.
            Err(problem) if first.is_none() && problem.code == "other_text" => {
                note.revised = true;
                take(Some(item)).await
            }
            // It was noted, and is not there: facts came back from before it.
            Err(problem) if first.is_some() && problem.status == 404 => {
                note.revised = false;
                take(None).await
            }
            answer => answer,
        };
        match answer {
            Ok(_) => Ok(note),
            Err(problem) if problem.status >= 500 || problem.status == 429 => {
                Err(PullError::Full(problem.detail))
            }
            Err(problem) => {
                if problem.code == "secrecy_mark" {
                    NOT_KEPT.clone_into(&mut note.name);
                }
                Ok(EntryNote { refused: Some(said(&problem)), ..note })
            }
        }
    }
}
