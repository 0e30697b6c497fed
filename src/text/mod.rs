//! Chinese text: folding for keys, segmentation for search, fingerprints for duplicates. Text that is shown is never
//! changed here; what is folded serves as a key only.

mod alignment;
mod fingerprint;
mod fold;
mod handover;
mod hints;
mod keywords;
mod lexicon;
pub mod markup;
mod pinyin;
mod proof;
mod redact;
mod script;
mod segment;
mod subject;
mod synonyms;
mod terms;
pub mod tidy;
mod wording;

pub use fingerprint::{BANDS, Fingerprint, Sketch};
pub use fold::{Folded, fold, searchable};
pub use handover::{Handover, Handovers};
pub use hints::{HintError, HintTables, PlaceHint, Sign, UnitEvidence, UnitHint, UrgencyHint};
pub use keywords::{Keyword, keywords};
pub use lexicon::{Entry, Fault, Lexicon, LexiconError};
pub use pinyin::{may_be_romanised, romanised};
pub use proof::{
    Kind as ProofKind, Leader, ProofError, ProofHit, ProofTables, Proofreader, Severity, Snippet,
};
pub use redact::{Hit, Masked, Piece, Pieces, RedactError, Redactor, surname};
pub use script::{simplified, traditional};
pub use segment::{Segmented, Segmenter, Token, Words};
pub use subject::{Labelled, ModelError, SubjectModel, Suggestion};
pub use synonyms::Synonyms;
pub use terms::{Frequencies, Terms, WordKey, word_key};
pub use wording::{Comparing, Comparison, Shingles, Wording};
