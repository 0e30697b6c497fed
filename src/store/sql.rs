//! The narrow seam to a database engine: the same SQL text runs on each of them.
//!
//! Placeholders are `?N`. SQL that is not the same on SQLite and PostgreSQL stands in `schemas/sql/`, nowhere else.

use crate::model::{Actor, Timestamp};

use super::StoreError;

/// A value bound to a placeholder.
#[derive(Debug, Clone, Copy)]
pub enum Param<'a> {
    /// NULL.
    Null,
    /// A 64-bit integer; times are microseconds.
    Int(i64),
    /// A double.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Bytes: ids and hashes.
    Blob(&'a [u8]),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Param<'_> {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<i32> for Param<'_> {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<f64> for Param<'_> {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<Timestamp> for Param<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.as_micros())
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Binds values in order: `bind![id.as_bytes(), "text", 7_i64]`.
macro_rules! bind {
    ($($value:expr),* $(,)?) => { &[$($crate::store::sql::Param::from($value)),*] };
}
pub(crate) use bind;

/// One cell of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// A double.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// One row of a result. Reading a cell as what it is not means a damaged database, and says so.
#[derive(Debug)]
pub struct Row(pub Vec<Cell>);

impl Row {
    fn wrong<T>(&self, at: usize, wanted: &str) -> Result<T, StoreError> {
        Err(StoreError::Corrupt(format!("column {at} is {:?}, not {wanted}", self.0.get(at))))
    }

    /// An integer.
    pub fn int(&self, at: usize) -> Result<i64, StoreError> {
        match self.0.get(at) {
            Some(Cell::Int(value)) => Ok(*value),
            _ => self.wrong(at, "an integer"),
        }
    }

    /// An integer that is no negative number and fits 32 bits.
    pub fn count(&self, at: usize) -> Result<u32, StoreError> {
        self.int(at)?.try_into().or_else(|_| self.wrong(at, "a count"))
    }

    /// A double.
    pub fn real(&self, at: usize) -> Result<f64, StoreError> {
        match self.0.get(at) {
            Some(Cell::Real(value)) => Ok(*value),
            Some(Cell::Int(value)) => Ok(*value as f64),
            _ => self.wrong(at, "a number"),
        }
    }

    /// A text.
    pub fn text(&self, at: usize) -> Result<&str, StoreError> {
        match self.0.get(at) {
            Some(Cell::Text(value)) => Ok(value),
            _ => self.wrong(at, "a text"),
        }
    }

    /// A text or NULL.
    pub fn opt_text(&self, at: usize) -> Result<Option<&str>, StoreError> {
        if matches!(self.0.get(at), Some(Cell::Null)) { Ok(None) } else { self.text(at).map(Some) }
    }

    /// An integer or NULL.
    pub fn opt_int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        if matches!(self.0.get(at), Some(Cell::Null)) { Ok(None) } else { self.int(at).map(Some) }
    }

    /// Bytes.
    pub fn blob(&self, at: usize) -> Result<&[u8], StoreError> {
        match self.0.get(at) {
            Some(Cell::Blob(value)) => Ok(value),
            _ => self.wrong(at, "bytes"),
        }
    }

    /// Bytes or NULL.
    pub fn opt_blob(&self, at: usize) -> Result<Option<&[u8]>, StoreError> {
        if matches!(self.0.get(at), Some(Cell::Null)) { Ok(None) } else { self.blob(at).map(Some) }
    }

    /// A time.
    pub fn time(&self, at: usize) -> Result<Timestamp, StoreError> {
        self.int(at).map(Timestamp::from_micros)
    }

    /// A text read by its own parser.
    pub fn parsed<T>(&self, at: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        match parse(self.text(at)?) {
            Some(value) => Ok(value),
            None => self.wrong(at, std::any::type_name::<T>()),
        }
    }

    /// An actor.
    pub fn actor(&self, at: usize) -> Result<Actor, StoreError> {
        self.parsed(at, |text| text.parse().ok())
    }
}

/// A transaction of some engine.
pub trait Sql {
    /// Runs a statement that returns nothing; gives the number of rows it changed.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError>;

    /// Runs a statement and gives its rows.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError>;

    /// The first row, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] as the engine reports.
    fn first(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }
}
