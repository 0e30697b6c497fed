//! (1) in: how an item gets into the house.
//!
//! ```text
//! bytes ─► strict_json (UTF-8, one meaning, bounded depth) ─► wire (every limit of schemas/item.v1.json) ─► Submission
//!                                                              secrecy: a secrecy mark refuses the item unstored
//! ```
//!
//! Files (`files`) become drafts of items in the same JSON, checked by the same rules before anything is sent.
//!
//! What a person of a unit sends waits for the unit's own reviewer (`review`) before it is accepted, whatever way it came.
//!
//! What leaves [`read_submission`] is a [`crate::model::Submission`] that needs no further check; what is refused is
//! refused with everything that is wrong with it, in Chinese, each error with its place and a way out.

mod accept;
mod attach;
mod auth;
mod batch;
pub mod files;
mod own;
mod review;
mod routes;
pub mod secrecy;
mod split;
pub mod strict_json;
mod topic;
pub mod wire;

pub use accept::{AcceptError, Carried, Intake, Ticket};

pub use attach::{AttachError, AttachmentKind, Attachments};
pub use auth::{People, Tokens, identify};
pub use review::{OWN_SOURCE, ReviewError, Way};
pub use routes::{Shared, not_kept, routes, submit_form};
pub use strict_json::{Json, JsonError, Position};
pub use topic::{TopicError, Topics};
pub use wire::{FieldError, ITEM_SCHEMA, Refusal, Rule, read_submission};
