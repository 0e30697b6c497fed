//! (3) From the queue to the facts: normalise ► segment ► fingerprint ► persist, a batch at a time.
//!
//! Each stage is a file, each hand-over a type of [`flow`]. The stages before the last are pure CPU work on the
//! worker's own thread; the last writes the whole batch in one transaction. Only then is a message acknowledged.

mod fingerprint;
mod flow;
mod normalise;
mod persist;
mod segment;
mod worker;

pub use worker::{Context, Workers, start};
