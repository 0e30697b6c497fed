//! (8) After issue: what is told of the work done. Ledgers (台账) and lists that offices take out as
//! spreadsheets; lists of adoptions that come back, and tables of 基础数据.
//!
//! ```text
//! rows (store) ──► Sheet (head, columns, cells) ──┬► XLSX   what editors open and print
//!                                                 └► CSV    what other systems read
//! ```

mod adoptions;
mod code_list;
mod sheet;

pub use adoptions::{Adoption, LIST_MAX, ListError, read_adoptions};
pub use code_list::{CODE_ROWS_MAX, CodeColumn, ListedRow, read_code_list};
pub use sheet::{Cell, Sheet, SheetError};
