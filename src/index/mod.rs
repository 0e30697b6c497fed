//! (4') The index: a view of the facts that can always be rebuilt from the store, never the truth.

pub mod query;
