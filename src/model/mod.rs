//! The domain, pure: what an office of a 政协 collects, edits and issues (DOMAIN §1–§3).
//!
//! Nothing here knows a database, a file, a clock or the network. A value that exists is a valid one: constructors
//! check once, and every change of state goes through one transition function.

mod actor;
mod bulletin;
mod change;
mod code_table;
mod contributor;
mod cover;
mod group;
mod identity;
mod ids;
mod item;
mod item_state;
mod manuscript;
mod notice;
mod outcome;
mod paper;
mod record_code;
mod reporter;
mod shelf;
mod source;
mod time;
mod topic;
mod user;

pub use actor::Actor;
pub use bulletin::{Issue, IssueMove, IssueNumber, IssueState, NumberBook, Reset};
pub use change::{ChangeKind, Seq};
pub use code_table::{
    CodeRow, CodeTable, DatedName, Laid, Notify, RowChange, RowError, RowFields, RowStanding, change_rows,
    check_row, lay_over, session_name,
};
pub use contributor::{Contributor, ContributorKind};
pub use cover::{Cover, CoverDays, CoverError};
pub use group::{Joined, Link, LinkKind, Verdict};
pub use identity::{Identity, Said, Subject};
pub use ids::{
    BlobHash, ContentHash, EntryKey, EntryText, FileId, FoldHash, GroupId, IdError, IssueId, ItemId, ItemKey,
    KindId, ManuscriptId, Receipt, SecretKey, SeriesId, SourceId, UserName,
};
pub use item::{
    BODY_MAX, BoundedText, ExternalId, ItemText, OPEN_REASON_MAX, Openness, Submission, TITLE_MAX, Urgency,
    Votes, is_invisible,
};
pub use item_state::{ItemMove, ItemState, PublicState};
pub use manuscript::{ManuscriptMove, ManuscriptState, Outlet, OutletError, Texts};
pub use notice::{Channel, DeliveryState, EventId, MailChoice, NoticeKind, is_mail_address};
pub use outcome::{Outcome, OutcomeError, OutcomeFields, OutcomeKind, OutcomeLevel, OutcomeReaders};
pub use paper::PaperAct;
pub use record_code::RecordCode;
pub use reporter::{
    Reporter, ReporterError, ReporterFields, ReporterForm, ReporterPost, UnitDraftState, email_key, name_key,
    phone_key,
};
pub use shelf::{NewShelfDocument, ShelfKind};
pub use source::{Caller, Limits, Scope, Scopes, Source, Token};
pub use time::{LocalDate, TimeError, Timestamp};
pub use topic::{NewTopic, TOPIC_BATCH_MAX, TOPIC_NOTE_MAX, TOPIC_TITLE_MAX, TopicError, TopicStanding};
pub use user::{Permission, Role, Roles, RolesError, SessionKey, SignedIn, User};

/// A move that the workflow does not allow from the present state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}当前为“{from}”，不能执行“{by}”")]
pub struct IllegalMove {
    /// What was to be moved: 来稿, 编稿 or 期.
    pub what: &'static str,
    /// The state it is in, in the office's words.
    pub from: &'static str,
    /// The move that was asked for, in the office's words.
    pub by: &'static str,
}
