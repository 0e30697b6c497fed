//! What an editor types into the search box, read into a tree (DESIGN §6).
//!
//! ```text
//! text ──► lexer (tokens, balanced parentheses) ──► parser (tree, notes) ──► Display (the canonical form)
//! ```
//!
//! | written | meaning |
//! |---|---|
//! | `留学生 就业` | both |
//! | `"留学生就业"` `“…”` `「…」` `『…』` | the phrase |
//! | `-培训` `－培训` | without it |
//! | `养老 OR 托育`, <code>养老 &#124; 托育</code>, `养老 或 托育` | either; binds closer than the blank |
//! | `标题:养老`, `区县:(渝中区 OR 江北区)` | in that field |
//! | `日期:2026-01..2026-03`, `日期:>=2026-01-08`, `日期:近7天` | in that period |
//! | `2026年第112期` | of that issue |
//!
//! Operators, field names and digits may be full-width. No text is an error: what is not understood is taken as words
//! or left out, and a note in Chinese says so.

mod date;
mod display;
mod field;
mod lexer;
mod notes;
mod parser;
#[cfg(test)]
mod tests;

pub use field::Field;

use crate::model::LocalDate;

/// Characters of a query that are read; a pasted article is no query.
pub const MAX_CHARS: usize = 1_000;
/// Words, phrases, periods and issues that a query may hold; each costs the index a look-up.
pub const MAX_TERMS: usize = 64;
/// How deep parentheses may be nested.
pub const MAX_DEPTH: usize = 8;

/// A query that was understood: all its clauses hold together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// All of them must hold. None at all when nothing was asked; possibly only [`Occur::MustNot`].
    pub clauses: Vec<Clause>,
    /// What was read otherwise than written, in Chinese, for the editor. Quotes the query: escape it on a page.
    pub notes: Vec<String>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Whether it must hold or must not.
    pub occur: Occur,
    /// The condition.
    pub node: Node,
}

/// Whether a condition must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occur {
    /// It must.
    Must,
    /// It must not: `-`.
    MustNot,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A run of text without blanks, as typed, to be folded and segmented. It may be punctuation only.
    Words(String),
    /// A text to be found as it stands. Never empty.
    Phrase(String),
    /// A condition on one field. No field stands inside another; [`Field::Date`] is never found here.
    Field {
        /// Where to look.
        field: Field,
        /// What for.
        value: Box<Node>,
    },
    /// A period in which the item was received, both days included. At least one end is given.
    DateRange {
        /// Its first day.
        from: Option<LocalDate>,
        /// Its last day.
        to: Option<LocalDate>,
    },
    /// An issue (期) by its number: 2026年第112期.
    Issue {
        /// The year of the printed date.
        year: i32,
        /// 第N期, from 1.
        number: u32,
    },
    /// At least one of at least two.
    Or(Vec<Node>),
    /// All together, as in a [`Query`]: a group such as `(养老 服务)` where alternatives or exclusions stand around it.
    All(Vec<Clause>),
}

impl Clause {
    /// A condition that must hold.
    pub fn must(node: Node) -> Self {
        Self { occur: Occur::Must, node }
    }

    /// A condition that must not hold.
    pub fn must_not(node: Node) -> Self {
        Self { occur: Occur::MustNot, node }
    }
}

/// Reads a query; `today` is the day that 近7天 or 本月 count from.
///
/// Total: every text gives a query. For a query within the limits, reading its `Display` form gives the same clauses.
pub fn parse(text: &str, today: LocalDate) -> Query {
    let mut notes = notes::Notes::default();
    let tokens = lexer::tokens(text, &mut notes);
    let clauses = parser::clauses(tokens, today, &mut notes);
    Query { clauses, notes: notes.into_lines() }
}
