//! (5) What repeats: each item beside those that say the same (DESIGN §4.5, §6).
//!
//! One thread walks the change log in order, so each pair is looked at once, when its later half arrives: exact
//! repeats by the hash of the folded text, near duplicates and edited copies by MinHash bands and then exact
//! verification. Links and "linked up to n" are written in one transaction under a lease. Bands are a view like the
//! index: the file is made again from the facts when it is damaged or behind.

mod bands;
mod clusters;
mod duplicates;
mod focus;
mod hot;
mod lookup;
mod matter;
mod merging;
mod place;
mod sentences;
mod subjects;
mod verify;

pub use bands::BandError;
pub use duplicates::Duplicates;
pub use hot::{HotMatter, PeriodItem, hot_matters};
pub use lookup::{Found, profile, same_matter, written_at};
pub use matter::{Likeness, Profile, Reason, Written};
pub use merging::{Said, by_what_they_say};
pub use place::{Placing, Settings, place};
pub use sentences::new_sentences;
pub use subjects::{Subjects, SubjectsError, Trained};

pub use crate::text::Suggestion as SubjectSuggestion;

/// The name of the cursor in the store: linked up to there.
pub const CURSOR: &str = "links";
