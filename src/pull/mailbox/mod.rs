//! A mailbox (IMAP): each mail read once, its text and its files handed to the intake, a receipt planned for its sender.
//!
//! ```text
//! session (IMAP, TLS) ─► head ─► known? ─► whole mail ─► mime ─► sorting (items, attachments, refused) ─► intake
//!      ▲                                                                                                  │
//!      └── mark: UIDVALIDITY and the last UID ◄── noted with the mail and its receipt, in one transaction ◄──┘
//! ```
//!
//! A mail is known by its `Message-ID` with date, sender and subject, in whatever folder and under whatever number it stands:
//! so a folder that is numbered anew (UIDVALIDITY) gives nothing twice. One that cannot be read is told and blocks nobody.

mod folder_name;
mod mime;
mod sender;
mod session;
mod settings;
mod sorting;
mod wording;
mod words;

pub use settings::Mailbox;

use std::collections::HashMap;

use serde_json::json;

use crate::model::{Actor, EntryKey, EntryText, FileId, ItemId, ItemKey, Receipt};
use crate::store::{
    EntryNote, KnownEntry, Priority, Reply, StoreError, Tx, known_entries, note_entries, note_own_item,
    put_own_item, put_reply,
};

use super::handing::said;
use super::plan::filled;
use super::taking::Run;
use super::{Handed, PullError, Sent};
use mime::Head;
use sender::Known;
use session::{Listed, Open};
use settings::After;
use sorting::{Of, Sorted};

/// Heads that are asked for at once.
const HEADS: usize = 50;
/// Rounds that may break off at one mail before it is left out.
const TRIES: u8 = 5;
/// Characters of a subject that are shown.
const SHOWN: usize = 60;
/// What is written in the place of a subject that must not be kept.
const NOT_KEPT: &str = "（涉密标志，未保存）";
/// Users of addresses at which nobody reads.
const NOBODY: &[&str] = &["noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster"];

/// An item that was taken.
struct Taken {
    place: String,
    title: String,
    item: ItemId,
    receipt: Receipt,
    repeat: bool,
    /// 待本级审核.
    waits: bool,
}

/// What became of a mail.
#[derive(Default)]
struct Outcome {
    taken: Vec<Taken>,
    refused: Vec<(String, String)>,
    /// Why nothing of it was taken at all.
    whole: Option<String>,
    secret: bool,
    /// Whether a person wrote it, who should hear.
    answered: bool,
}

impl Outcome {
    fn none(why: impl Into<String>, answered: bool) -> Self {
        Self { whole: Some(why.into()), answered, ..Self::default() }
    }
}

impl Run<'_> {
    /// Reads what is new in a mailbox. Whether there is more to read at once.
    pub(super) async fn mails(&mut self, mailbox: &Mailbox) -> Result<bool, PullError> {
        let password = filled(&mailbox.password, &self.pulls.parts.secret)?;
        let opened = session::open(&self.pulls.parts.outward, mailbox, &password);
        let mut open = tokio::select! {
            opened = opened => opened?,
            _ = self.stopped.changed() => return Err(PullError::Ending),
        };
        if self.mark.validity != open.validity {
            (self.mark.validity, self.mark.uid) = (open.validity, 0);
        }
        let uids = open.after(self.mark.uid).await?;
        let more = uids.len() > mailbox.max_mails;
        self.odd = mailbox.warning().unwrap_or_default().to_owned();
        for some in uids[..uids.len().min(mailbox.max_mails)].chunks(HEADS) {
            let heads = open.heads(some).await?;
            let known = self.known(&heads).await?;
            for listed in heads {
                if *self.stopped.borrow() {
                    return Err(PullError::Ending);
                }
                self.mail(&mut open, mailbox, listed, &known).await?;
            }
            // Those that were taken away meanwhile do not come back.
            if let Some(last) = some.last().filter(|last| **last > self.mark.uid) {
                self.mark.uid = *last;
                self.note_mail(Vec::new(), None, Vec::new()).await?;
            }
        }
        open.close().await;
        Ok(more)
    }

    async fn known(&self, heads: &[Listed]) -> Result<HashMap<EntryKey, KnownEntry>, PullError> {
        let keys = heads.iter().filter_map(|listed| Head::read(&listed.head).key());
        let (source, keys) = (self.source.clone(), keys.map(|key| EntryKey::of(&key)).collect::<Vec<_>>());
        let known = self.pulls.parts.store.read(move |sql| known_entries(sql, &source, &keys)).await;
        known.map_err(PullError::Store)
    }

    /// Deals with one mail; only what concerns all of them is an error.
    async fn mail(
        &mut self,
        open: &mut Open,
        mailbox: &Mailbox,
        listed: Listed,
        known: &HashMap<EntryKey, KnownEntry>,
    ) -> Result<(), PullError> {
        let (uid, head) = (listed.uid, Head::read(&listed.head));
        let own = head.key();
        let mut seen = own.as_ref().is_some_and(|key| known.contains_key(&EntryKey::of(key)));
        if !seen {
            let large = listed.size as usize > (mailbox.max_mb as usize) << 20;
            let stuck = self.mark.stuck == uid && self.mark.stuck_times >= TRIES;
            let unread = large || stuck || head.automatic.is_some();
            let raw = if unread { None } else { self.fetched(open, uid).await? };
            let gone = raw.is_none() && !unread;
            let key = own.unwrap_or_else(|| {
                let all = blake3::hash(raw.as_deref().unwrap_or(&listed.head)).to_hex();
                mime::key(&[all.as_str()])
            });
            seen = gone || self.is_known(&key).await?;
            if !seen {
                let outcome = if large {
                    Outcome::none(
                        format!("邮件超过 {} MB 的上限：请分成几封，或改用网页上传", mailbox.max_mb),
                        true,
                    )
                } else if stuck {
                    Outcome::none(format!("连续 {TRIES} 次没有读完：请发件人另发一封，或分成几封"), true)
                } else if let Some(why) = head.automatic {
                    Outcome::none(why, false)
                } else if !mailbox.admits(&head.from.address) {
                    Outcome::none("发件人不在 senders 所列之内，没有收", false)
                } else {
                    self.read(&key, &head, raw.unwrap_or_default()).await?
                };
                self.end_mail(mailbox, (&key, &head), outcome, uid).await?;
            }
        }
        if seen {
            self.mark.uid = uid;
            self.note_mail(Vec::new(), None, Vec::new()).await?;
        }
        let put = match mailbox.after {
            After::Leave => Ok(()),
            After::Seen => open.see(uid).await,
            After::Move => open.put_away(uid, &mailbox.moved_to).await,
        };
        if let Err(error) = put {
            // It was dealt with all the same.
            self.odd = format!("邮件已收，但在邮箱中没有移走或标为已读：{error}");
        }
        Ok(())
    }

    /// The whole mail. One at which rounds break off again and again must not keep those behind it waiting for ever.
    async fn fetched(&mut self, open: &mut Open, uid: u32) -> Result<Option<Vec<u8>>, PullError> {
        let fetched = open.mail(uid).await;
        if fetched.is_err() {
            let times = if self.mark.stuck == uid { self.mark.stuck_times } else { 0 };
            (self.mark.stuck, self.mark.stuck_times) = (uid, times.saturating_add(1));
        }
        fetched
    }

    async fn is_known(&self, key: &str) -> Result<bool, PullError> {
        let (source, key) = (self.source.clone(), [EntryKey::of(key)]);
        let known = self.pulls.parts.store.read(move |sql| known_entries(sql, &source, &key)).await;
        known.map(|known| !known.is_empty()).map_err(PullError::Store)
    }

    /// Reads a mail and hands over what is in it.
    async fn read(&self, key: &str, head: &Head, raw: Vec<u8>) -> Result<Outcome, PullError> {
        let parts = &self.pulls.parts;
        let known = self.sender(&head.from.address).await?;
        let latest = parts.clock.now().plus_seconds(i64::from(parts.max_ahead_hours) * 3600);
        let (readers, fixed, key) = (parts.readers.clone(), self.plan.item.clone(), key.to_owned());
        let (sender, account) = (head.from.clone(), known.account.clone());
        let sorted = tokio::task::spawn_blocking(move || {
            let of = Of { key: &key, sender: &sender, known: &known, fixed: &fixed, latest };
            mime::read(&raw).map(|mail| sorting::sort(mail, &readers, &of))
        });
        let sorted = self.held(sorted).await?;
        match sorted {
            Err(why) => Ok(Outcome::none(why, true)),
            Ok(Sorted { secret: Some(why), .. }) => Ok(Outcome { secret: true, ..Outcome::none(why, true) }),
            Ok(sorted) if sorted.items.is_empty() && sorted.refused.is_empty() => Ok(Outcome::none(
                "邮件中没有可收的文字：请把来稿写在正文里，或附上 DOCX、TXT、XLSX 等文件",
                true,
            )),
            Ok(sorted) => self.hand_over(sorted, account).await,
        }
    }

    async fn sender(&self, address: &str) -> Result<Known, PullError> {
        let (address, today) = (address.to_owned(), self.pulls.parts.clock.now().date());
        let found = self.pulls.parts.store.read(move |sql| Known::find(sql, &address, today)).await;
        found.map_err(PullError::Store)
    }

    async fn hand_over(&self, sorted: Sorted, account: Option<String>) -> Result<Outcome, PullError> {
        let parts = &self.pulls.parts;
        let actor = Actor::Source(self.source.clone());
        let mut out = Outcome { refused: sorted.refused, answered: true, ..Outcome::default() };
        let mut files: Vec<FileId> = Vec::new();
        for (place, file) in sorted.attached {
            match (parts.keep)(actor.clone(), file.name, file.bytes).await {
                Ok(id) if files.contains(&id) => {}
                Ok(id) => files.push(id),
                Err(problem) if problem.status >= 500 => return Err(PullError::Full(problem.detail)),
                // The refusal names the file, and a name may say what the item says.
                Err(_) => {
                    out.refused.push((place, "不是可收的文件（图片、PDF、DOCX、XLSX），没有收下".to_owned()))
                }
            }
        }
        for mut found in sorted.items {
            if !files.is_empty() {
                found.item.insert("attachments".to_owned(), json!(std::mem::take(&mut files)));
            }
            let title =
                found.item.get("title").and_then(|title| title.as_str()).unwrap_or_default().to_owned();
            let json = serde_json::Value::Object(found.item).to_string().into_bytes();
            let (source, actor, account) = (self.source.clone(), actor.clone(), account.clone());
            match (parts.take)(Sent { source, actor, account, json, corrects: None }).await {
                Ok(Handed { item, receipt, repeat, waits }) => {
                    out.taken.push(Taken { place: found.place, title, item, receipt, repeat, waits });
                }
                Err(problem) if problem.status >= 500 || problem.status == 429 => {
                    return Err(PullError::Full(problem.detail));
                }
                Err(problem) => out.refused.push((found.place, said(&problem))),
            }
        }
        Ok(out)
    }

    /// Notes what became of a mail, and plans its receipt.
    async fn end_mail(
        &mut self,
        mailbox: &Mailbox,
        (key, head): (&str, &Head),
        outcome: Outcome,
        uid: u32,
    ) -> Result<(), PullError> {
        let subject: String = head.subject.chars().take(SHOWN).collect();
        let from = if head.from.address.is_empty() { "发件人不明" } else { &head.from.address };
        let name = if outcome.secret { format!("{NOT_KEPT} {from}") } else { format!("{subject} {from}") };
        let text = EntryText::of(&[key.as_bytes()]);
        let note = |key: &str, place: &str, refused: Option<String>| EntryNote {
            key: EntryKey::of(key),
            text,
            name: if place.is_empty() { name.clone() } else { format!("{name} {place}") },
            refused,
            revised: false,
        };
        // The first note stands for the mail: by it, the mail is known.
        let mut notes: Vec<EntryNote> = Vec::new();
        let own = |at: usize| if at == 0 { key.to_owned() } else { format!("{key}/{at}") };
        for taken in &outcome.taken {
            notes.push(note(&own(notes.len()), &taken.place, None));
        }
        let whole = outcome.whole.iter().map(|why| (String::new(), why.clone()));
        for (place, why) in whole.chain(outcome.refused.clone()) {
            notes.push(note(&own(notes.len()), &place, Some(why)));
        }
        let parts = &self.pulls.parts;
        let to = &head.from.address;
        let nobody = to.is_empty()
            || NOBODY.contains(&to.split('@').next().unwrap_or_default())
            || to.eq_ignore_ascii_case(&mailbox.user)
            || to.eq_ignore_ascii_case(&parts.own_address);
        let reply = (outcome.answered && mailbox.receipt && parts.mail && !nobody).then(|| Reply {
            mail: ItemId::derive(self.source, ItemKey::External(key)),
            address: to.clone(),
            in_reply_to: head.id.clone(),
            words: words_of(&outcome),
        });
        let account = if outcome.taken.is_empty() { None } else { self.sender(to).await?.account };
        let owned = account.map(Actor::User);
        // What waits becomes somebody's own when it is passed.
        let taken = outcome.taken.into_iter().filter(|one| !one.waits);
        let items = taken.filter_map(|one| Some((owned.clone()?, one))).collect();
        self.mark.uid = uid;
        self.taken += notes.iter().filter(|note| note.refused.is_none()).count() as u32;
        self.note_mail(notes, reply, items).await
    }

    /// Notes a mail with its receipt, whose items they are, and where to go on: all or nothing.
    async fn note_mail(
        &self,
        notes: Vec<EntryNote>,
        reply: Option<Reply>,
        items: Vec<(Actor, Taken)>,
    ) -> Result<(), PullError> {
        let (source, lease, seconds) = (self.source.clone(), self.lease.clone(), self.lease_seconds);
        let mark = self.mark.written();
        let note = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
            lease.hold(tx, seconds)?;
            note_entries(tx, &source, &notes, &mark)?;
            for (owner, one) in &items {
                // Whoever gets a receipt by mail need not be told once more.
                let item = (&one.item, &one.receipt);
                match &reply {
                    Some(_) => {
                        note_own_item(tx, owner, item, &one.title)?;
                    }
                    None => put_own_item(tx, owner, item, &one.title)?,
                }
            }
            reply.as_ref().map_or(Ok(()), |reply| put_reply(tx, &source, reply))
        };
        self.pulls.parts.store.write(Priority::Batch, note).await.map_err(PullError::Store)
    }
}

/// How many texts and files a mail has.
///
/// # Errors
/// In Chinese, where the bytes are no mail.
pub(super) fn parts(bytes: &[u8]) -> Result<(usize, usize), String> {
    mime::read(bytes).map(|mail| (mail.texts.len(), mail.files.len()))
}

/// A reason without what it quotes: that may be a word of the item.
fn without_quotes(why: &str) -> String {
    let (mut out, mut rest) = (String::new(), why);
    while let Some((before, after)) = rest.split_once('“') {
        out.push_str(before);
        out.push_str("“…”");
        rest = after.split_once('”').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// What a receipt says: numbers, and what was not taken; never a word of what was sent.
fn words_of(outcome: &Outcome) -> String {
    let mut lines = Vec::new();
    if !outcome.taken.is_empty() {
        lines.push(format!("收到来稿 {} 件：", outcome.taken.len()));
        lines.extend(outcome.taken.iter().map(|one| {
            let again = match one {
                Taken { waits: true, .. } => "（待本级审核，通过后报送）",
                Taken { repeat: true, .. } => "（此前已收到）",
                _ => "",
            };
            format!("· {}：回执号 {}{again}", one.place, one.receipt)
        }));
    }
    if let Some(why) = &outcome.whole {
        lines.push(format!("没有收稿：{why}"));
    }
    if !outcome.refused.is_empty() {
        lines.push("以下部分没有收下：".to_owned());
        lines
            .extend(outcome.refused.iter().map(|(place, why)| format!("· {place}：{}", without_quotes(why))));
    }
    lines.join("\n")
}
