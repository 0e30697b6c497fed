//! (8) After issue: what is told of the work done. Ledgers (台账) and lists that offices take out as
//! spreadsheets; lists of adoptions that come back.
//!
//! ```text
//! rows (store) ──► Sheet (head, columns, cells) ──┬► XLSX   what editors open and print
//!                                                 └► CSV    what other systems read
//! ```

mod adoptions;
mod sheet;

pub use adoptions::{Adoption, LIST_MAX, ListError, read_adoptions};
pub use sheet::{Cell, Sheet, SheetError};
