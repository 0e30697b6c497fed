//! (4) The facts. Everything else (the index, the bands, the pages) can be made again from here.
//!
//! Store code is synchronous and written once against [`sql::Sql`]; it runs on store threads. Writes go through one
//! writer with group commit, so the order of sequence numbers is the order in which changes become visible.

mod acts;
mod audit;
mod audit_pages;
mod blobs;
mod changes;
mod code_changes;
mod commit_group;
mod copy;
mod cosigners;
mod covers;
mod cursors;
mod dead_letters;
mod deliveries;
mod drafts;
mod due;
mod exchange;
mod feed;
mod files;
mod forwarded;
mod found;
mod groups;
mod identities;
mod inbox;
mod issues;
mod items;
mod jobs;
mod ledger;
mod links;
mod manuscripts;
mod migrations;
mod notices;
mod outcome_lists;
mod outcomes;
mod outlet_papers;
mod papers;
mod periods;
mod personal_keys;
mod pictures;
mod plenary;
mod portal;
mod postgres;
mod proof_left;
mod pulls;
mod reminders;
mod replies;
mod reporter_doubles;
mod reporter_items;
mod reporters;
mod review;
mod searches;
mod second_steps;
mod sessions;
mod shelf;
mod sign_in_addresses;
mod sources;
pub(crate) mod sql;
mod sqlite;
mod task_mails;
mod tide;
mod today;
mod topic_notices;
mod topics;
mod transfer;
mod tx;
mod unit_accounts;
mod unit_drafts;
mod uploads;
mod users;
mod verdicts;
mod waiting;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

pub use acts::{Act, Moved, Note, Skipped, add_note, asked_for, insert_act, notes_of, read_act, set_undone};
pub use audit::{AuditRow, ChainCheck, ChainedRow, audit_after, check_chain, history};
pub use audit_pages::{AuditFilter, audit_page};
pub use blobs::Blobs;
pub use changes::{Change, changes_after, last_seq, texts_after};
pub use code_changes::{CodeChange, code_changes, put_code_change, undo_code_change};
pub use copy::check_file;
use cosigners::tell_cosigner;
pub use cosigners::{CoSigned, CoSigner, cosigned_by, cosigners_of, deny_cosigning};
pub use covers::{Absence, absence_of, covers_of, end_cover, put_cover};
pub use cursors::{Lease, cursor, set_cursor, take_lease};
pub use dead_letters::{
    DeadLetter, DeadState, list_dead, read_dead, receipt_is_dead, set_dead_state, write_dead,
};
pub use deliveries::{
    DeliveryKey, DeliveryRow, Due, Met, Webhook, count_deliveries, end_attempt, list_deliveries,
    resend_delivery, set_due, set_webhook, take_deliveries, webhooks,
};
pub use drafts::{Draft, clear_draft, draft_of, put_draft, set_owed, set_urgency, standing_of};
pub use due::{DueMessage, count_due, forget_due, put_due, recall_item, take_due};
pub use exchange::{
    Crossed, Elsewhere, PackageRecord, PackageState, ToTell, VersionRow, Way, begin_anew, crossed,
    crossed_with_outcomes, file_crossed, forget_answers, items_changed_after, last_package, list_packages,
    note_crossed, packages_in, put_crossed, put_file_crossed, put_package, read_package, set_arrived,
    set_handed, to_tell, versions_after, versions_of,
};
pub use feed::{FeedEntry, FeedItem, feed_after, feed_items, feed_items_after};
pub use files::{FileRecord, files_by_id, forget_files, put_file, use_files, used_files};
pub use forwarded::forwarded_before;
pub use found::{issues_between, manuscripts_between};
pub use groups::{Membership, leave_group, memberships, merge_group, restore_memberships};
pub use identities::{
    Binding, bind_identity, bindings, identity_of, owner_of, take_answer, touch_identity, unbind_identities,
};
pub use inbox::{
    InboxFacets, InboxFilter, InboxPlace, InboxRow, count_held, count_states, held_numbers, holder_of,
    inbox_facets, inbox_page, set_closing, set_holder, set_item_urgency,
};
pub use issues::{
    BookRecord, IssueFile, IssueRecord, Origin, book, files_of, insert_issue, issued_in, list_issues,
    move_issue, numbered_issues, read_issue, save_book, set_files,
};
pub use items::{
    Arrival, Counts, ItemRecord, ItemRow, Persisted, add_version, count_items, ids_after, insert_item,
    item_by_receipt, item_no, move_item, move_item_telling, read_item, read_rows,
};
pub use jobs::{Answer, Priority};
pub use ledger::{IssuedRow, issued_between, received_between};
pub use links::{
    Neighbour, drop_links, group_members, group_of, group_sizes, join_group, neighbours, put_link,
    same_fold_before,
};
pub use manuscripts::{
    ManuscriptRecord, Step, add_step, correct_manuscript, insert_manuscript, issued_uses, items_of,
    items_of_number, manuscripts_of_issue, move_manuscript, put_on_issue, read_manuscript, steps_of, uses_of,
};
pub use notices::{
    Choice, Notice, Telling, choice_of, issued_words, notices_of, see_notices, set_choice, set_way,
    take_back_notice, take_back_outcome, tell_outcome,
};
pub use outcome_lists::{
    KnownTitle, OutcomeFilter, OutcomeMark, OutcomeVersion, known_titles, list_outcomes, outcome_like,
    outcome_mark, outcome_versions, outcomes_of, read_outcome,
};
pub use outcomes::{OutcomeRecord, correct_outcome, insert_outcome, outcome_words, withdraw_outcome};
pub use outlet_papers::{OutletPaper, freeze_outlet_papers, outlet_paper, outlet_papers_after};
pub use papers::{
    NewPaper, PaperRecord, correct_on_paper, insert_paper, move_on_paper, papers_of, papers_of_steps,
    read_paper,
};
pub use periods::{PeriodRow, count_between, items_between};
pub use personal_keys::{PersonalKey, drop_key, drop_keys, find_key, insert_key, keys_of, touch_key};
pub use pictures::{PictureRecord, add_picture, pictures_of};
pub use plenary::{
    PlenaryCounts, account_ends, accounts_over, count_plenary, hand_back, release_all_of, set_account_end,
};
pub use portal::{
    OwnCounts, OwnItem, drop_portal_draft, first_own, is_own_item, note_own_item, own_counts, own_items,
    portal_draft, put_own_item, put_portal_draft,
};
pub use proof_left::{Left, drop_left, left_of, put_left};
pub use pulls::{
    EntryNote, KnownEntry, PullEnd, PullRecord, begin_pull, end_pull, known_entries, list_pulls,
    note_entries, pull_now, read_pull, refused_entries,
};
pub use reminders::{Reminder, reminders_of, see_reminders, unseen_reminders};
pub use replies::{Reply, account_at, answered_mail, put_reply};
pub use reporter_doubles::{DistinctPair, distinct_reporters, double_reporters, set_distinct};
pub use reporter_items::{
    ReporterItem, ReporterLink, ReporterMatch, as_registered, count_reporter_items, items_of_reporter,
    link_reporter, match_reporter, merged_fields, reporter_links, reveal_reporter,
};
pub use reporters::{
    ReporterFilter, ReporterRecord, bind_reporter, change_reporter, count_reporters, insert_reporter,
    list_reporters, merge_reporter, read_reporter, reporter_family, reporter_head, reporter_of_account,
    reporters_by_key, reporters_in_post, retire_reporter, unmerge_reporter,
};
pub use review::{ReviewRow, manuscripts_in, manuscripts_owed, set_kind, set_stage, stage_of, steps_by};
pub use searches::{
    SavedSearch, Subscription, drop_search, note_hits, put_search, searches_of, see_search, set_subscribed,
    subscriptions_behind,
};
pub use second_steps::{
    HalfSignIn, SecondStep, confirm_second_step, count_recovery_codes, drop_half, drop_second_step,
    hold_second_step, insert_half, put_recovery_codes, put_second_step, read_half, second_step,
    use_recovery_code, use_step,
};
pub use sessions::{
    Failures, FoundSession, SessionRow, end_session, end_sessions, failures, find_session, forget_failures,
    insert_session, note_failure, sessions_of, touch_session,
};
pub use shelf::{
    ShelfDocument, ShelfRecord, add_to_shelf, list_shelf, read_shelf, shelf_after, shelf_seq, take_off_shelf,
};
pub use sign_in_addresses::{AddressLimit, address_lock, count_from_address, note_shut_out};
pub use sources::{insert_source, list_sources, revoke_source, source_tokens};
pub use sql::Sql;
pub use task_mails::{mail_choice, set_task_mail, task_mail_of, task_mails_due, tell_tasks};
pub use tide::Tide;
pub use today::{Today, today};
pub use topics::{
    TopicRecord, answer_topic, close_topic, count_topic_items, list_topics, named_topic, open_topics,
    publish_topics, read_topic, set_topic_deadline, topic_of,
};
pub use transfer::{TransferError, Transferred, transfer};
pub use tx::Tx;
pub use unit_accounts::{
    OwnUnit, UnitItem, UnitPerson, is_unit_item, leave_unit, put_sent, put_unit_item, put_unit_person,
    set_unit_review, unit_items, unit_of, unit_people, unit_review_first,
};
pub use unit_drafts::{
    NewUnitDraft, UnitDraft, count_unit_drafts, decide_unit_draft, put_unit_draft, unit_draft,
    unit_draft_state, unit_drafts,
};
pub use uploads::{
    UploadRecord, UploadState, UploadedRow, count_uploaded, insert_upload, loose_before, move_upload,
    note_loose, note_uploaded, read_upload, settle_loose, uploaded_rows, uploads_in, uploads_of,
};
pub use users::{
    clear_password, count_users, insert_user, list_users, password_hash, put_invitation, read_invitation,
    read_user, set_disabled, set_password, set_roles, use_invitation,
};
pub use verdicts::{VerdictRow, put_verdict, verdicts_of, withdraw_verdict};
pub use waiting::{WaitingCounts, waiting_counts};

use crate::clock::Clock;
use crate::config;
use jobs::{Line, ReadJob, WriteJob, read_job, write_job};

/// What can go wrong with the facts.
///
/// Policy: `Unavailable` means try again later (503); `Constraint` and `Stale` mean somebody else was faster (409);
/// `Corrupt` and `Newer` need a person.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The engine cannot serve now: disk full, I/O error, shutting down.
    #[error("数据库暂不可用：{0}")]
    Unavailable(String),
    /// A record that cannot be what it is.
    #[error("数据库记录损坏：{0}")]
    Corrupt(String),
    /// A uniqueness rule of the schema.
    #[error("与已有记录冲突：{0}")]
    Constraint(String),
    /// The record changed since it was read.
    #[error("记录已被他人修改，请刷新后重试")]
    Stale,
    /// There is no such record.
    #[error("没有这条记录：{0}")]
    NotFound(String),
    /// The database was written by a newer program.
    #[error("数据库版本 {found} 高于本程序支持的 {known}，请使用新版程序")]
    Newer {
        /// The version of the file.
        found: usize,
        /// The newest version this program knows.
        known: usize,
    },
}

impl StoreError {
    fn closed() -> Self {
        Self::Unavailable("正在停机".to_owned())
    }
}

/// The handle that everybody holds.
pub struct Store {
    writes: Line<dyn WriteJob>,
    reads: Line<dyn ReadJob>,
    tide: Arc<Tide>,
    threads: Mutex<Threads>,
    /// The file of the embedded engine.
    file: Option<PathBuf>,
}

/// The threads of an engine, the writer first.
type Threads = Vec<JoinHandle<()>>;

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(run).map_err(|error| StoreError::Unavailable(error.to_string()))
}

impl Store {
    /// Opens `store.db` in `dir`.
    ///
    /// # Errors
    /// When the file cannot be opened, is damaged, or was written by a newer version.
    pub fn open_sqlite(
        dir: &Path,
        readers: usize,
        group: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let (writes, reads) = (Line::default(), Line::default());
        let tide = Arc::new(Tide::default());
        let path = dir.join("store.db");
        let threads = sqlite::start(&path, readers, group, &writes, &reads, &tide, clock)?;
        Ok(Self { writes, reads, tide, threads: Mutex::new(threads), file: Some(path) })
    }

    /// Connects to PostgreSQL, where other nodes may work on the same facts.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or was brought to a newer schema.
    pub fn open_postgres(settings: &config::Store, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let (writes, reads) = (Line::default(), Line::default());
        let tide = Arc::new(Tide::default());
        let threads = postgres::start(settings, &writes, &reads, &tide, clock)?;
        Ok(Self { writes, reads, tide, threads: Mutex::new(threads), file: None })
    }

    /// Runs a write; the answer comes after its commit. The closure may be run again, so it must be pure.
    pub fn write<T, E, F>(&self, priority: Priority, run: F) -> Answer<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (job, answer) = write_job(run);
        self.writes.push(priority, job);
        answer
    }

    /// Runs a read on a snapshot.
    pub fn read<T, E, F>(&self, run: F) -> Answer<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut dyn Sql) -> Result<T, E> + Send + 'static,
    {
        let (job, answer) = read_job(run);
        self.reads.push(Priority::Desk, job);
        answer
    }

    /// Copies the facts as they stand at one instant into a file, on the caller's thread, while they are written to. `false` where
    /// they are a server's, which has its own ways.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    pub fn copy_to(&self, path: &Path) -> Result<bool, StoreError> {
        let Some(file) = &self.file else { return Ok(false) };
        copy::copy(file, path)?;
        Ok(true)
    }

    /// Reads the whole database through, on the caller's thread, while it is in use. A server's has its own check sums.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], with the first thing that is wrong.
    pub fn check(&self) -> Result<(), StoreError> {
        self.file.as_deref().map_or(Ok(()), check_file)
    }

    /// How far the change log has come.
    pub fn tide(&self) -> &Arc<Tide> {
        &self.tide
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.writes.is_closed()
    }

    /// Finishes what is in line, then ends the threads. Later calls answer that the store is away.
    pub fn close(&self) {
        self.writes.close();
        self.reads.close();
        self.tide.stir();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        // A thread that panicked has said so already.
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}
