//! 主题建议: which of the office's subjects an item belongs to, learned from items that editors have labelled.
//!
//! A linear model over words and short runs of characters, with a word of the labelled items most like the text: it
//! trains in seconds on one machine, says how sure it is and which words made it think so, and is the same on every
//! machine that trains it on the same items.

mod features;
mod file;
mod glossary;
mod model;
mod neighbours;
mod svm;

pub use file::ModelError;
pub use model::{Labelled, SubjectModel, Suggestion};
