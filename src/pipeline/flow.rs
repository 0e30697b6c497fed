//! What one stage hands to the next.

use crate::queue::{Delivery, Envelope};
use crate::store::Arrival;
use crate::text::{Fingerprint, Folded, Words};

/// A delivery whose message could be read.
pub struct Opened {
    pub delivery: Delivery,
    pub envelope: Envelope,
}

/// Folded: the keys of its text are known.
pub struct Normalised {
    pub opened: Opened,
    pub canonical: String,
    pub folded: Folded,
}

/// Cut into words.
pub struct Segmented {
    pub normalised: Normalised,
    pub words: Words,
}

/// Everything that the store and its followers want to know.
pub struct Prepared {
    pub delivery: Delivery,
    pub version: bool,
    pub arrival: Arrival,
    pub words: Words,
    pub fingerprint: Fingerprint,
}
