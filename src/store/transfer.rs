//! All facts from one engine to another: in pages by key, so that what was interrupted goes on where it stood, and compared
//! row by row afterwards.

use serde::Serialize;

use super::sql::{Cell, Param, Row, Sql, bind};
use super::{Priority, Store, StoreError, Tx};

/// Rows read and written at once.
const PAGE: i64 = 1000;
/// What is not copied row by row: the counters, which say how far the copy has come, and files, which lie in a folder.
const APART: [&str; 2] = ["blob_parts", "counters"];
/// The row of the counters that says that a transfer into this database has begun and not ended.
const MARK: &str = "transfer";

/// A table, as both engines have it.
#[derive(Debug, Clone)]
struct Table {
    name: String,
    columns: Vec<String>,
    key: Vec<String>,
}

/// What was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transferred {
    /// The table.
    pub table: String,
    /// Its rows in the first database.
    pub rows: i64,
    /// Whether the second has the same rows with the same values.
    pub same: bool,
}

/// Why facts could not be transferred.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Something else stands there.
    #[error("目标数据库中已有别的数据，不能覆盖；请换一个空库")]
    NotEmpty,
    /// A database cannot serve.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Copies everything that `to` lacks, then compares. `from` must be the embedded one, and nobody may write to either. `told` hears
/// of each table and how many of its rows are there.
///
/// # Errors
/// [`TransferError`]; the same call goes on where it stood.
pub fn transfer(
    from: &Store,
    to: &Store,
    told: &mut dyn FnMut(&str, i64),
) -> Result<Vec<Transferred>, TransferError> {
    let tables = from.read(tables).wait().map_err(TransferError::Store)?;
    let last = from.read(|sql| counter(sql, "seq")).wait().map_err(TransferError::Store)?.unwrap_or(0);
    begin(to, last)?;
    for table in &tables {
        copy(from, to, table, told)?;
    }
    let ended: Result<(), StoreError> = to
        .write(Priority::Desk, move |tx: &mut Tx<'_>| {
            tx.execute("DELETE FROM counters WHERE name = ?1", bind![MARK])?;
            tx.continue_from(last);
            Ok(())
        })
        .wait();
    ended?;
    tables
        .into_iter()
        .map(|table| {
            let (rows, hash) = digest(from, &table)?;
            let same = digest(to, &table)? == (rows, hash);
            Ok(Transferred { table: table.name, rows, same })
        })
        .collect()
}

fn counter(sql: &mut dyn Sql, name: &str) -> Result<Option<i64>, StoreError> {
    let row = sql.first("SELECT value FROM counters WHERE name = ?1", bind![name])?;
    row.map(|row| row.int(0)).transpose()
}

/// The tables of the embedded engine.
fn tables(sql: &mut dyn Sql) -> Result<Vec<Table>, StoreError> {
    let names = sql.query(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        &[],
    )?;
    names
        .iter()
        .map(|row| row.text(0))
        .filter(|name| !name.as_ref().is_ok_and(|name| APART.contains(name)))
        .map(|name| {
            let name = name?.to_owned();
            let rows = sql.query("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid", bind![&name])?;
            let mut columns = Vec::new();
            let mut key = Vec::new();
            for row in &rows {
                columns.push(row.text(0)?.to_owned());
                if row.int(1)? > 0 {
                    key.push((row.int(1)?, row.text(0)?.to_owned()));
                }
            }
            key.sort();
            Ok(Table { name, columns, key: key.into_iter().map(|(_, column)| column).collect() })
        })
        .collect()
}

/// Marks the database as being filled. One that holds other facts, or ones written since, is left alone.
fn begin(to: &Store, last: i64) -> Result<(), TransferError> {
    let state = to.read(|sql| {
        let rows = sql.first("SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM users)", &[])?;
        let rows = rows.map_or(Ok(0), |row| row.int(0))?;
        Ok::<_, StoreError>((counter(sql, MARK)?, counter(sql, "seq")?.unwrap_or(0), rows))
    });
    let (mark, seq, rows) = state.wait()?;
    let done = mark.is_none() && rows > 0 && seq == last;
    if mark.is_none() && (rows > 0 || seq > 0) && !done {
        return Err(TransferError::NotEmpty);
    }
    let marked: Result<(), StoreError> = to
        .write(Priority::Desk, |tx: &mut Tx<'_>| {
            tx.execute(
                "INSERT INTO counters (name, value) VALUES (?1, 1) ON CONFLICT DO NOTHING",
                bind![MARK],
            )?;
            Ok(())
        })
        .wait();
    Ok(marked?)
}

impl Table {
    fn key(&self) -> String {
        self.key.join(", ")
    }

    /// A page in order of the key, behind one where `after` says so.
    fn page(&self, after: bool) -> String {
        let places: Vec<String> = (1..=self.key.len()).map(|n| format!("?{n}")).collect();
        let behind =
            if after { format!("WHERE ({}) > ({})", self.key(), places.join(", ")) } else { String::new() };
        let limit = if after { self.key.len() + 1 } else { 1 };
        format!(
            "SELECT {} FROM {} {behind} ORDER BY {} LIMIT ?{limit}",
            self.columns.join(", "),
            self.name,
            self.key()
        )
    }

    fn insert(&self) -> String {
        let places: Vec<String> = (1..=self.columns.len()).map(|n| format!("?{n}")).collect();
        format!(
            "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
            self.name,
            self.columns.join(", "),
            places.join(", ")
        )
    }

    /// The key of a row.
    fn key_of(&self, row: &Row) -> Vec<Cell> {
        let at = |column: &String| self.columns.iter().position(|other| other == column);
        self.key.iter().filter_map(|column| row.0.get(at(column)?).cloned()).collect()
    }
}

fn param(cell: &Cell) -> Param<'_> {
    match cell {
        Cell::Null => Param::Null,
        Cell::Int(number) => Param::Int(*number),
        Cell::Real(number) => Param::Real(*number),
        Cell::Text(text) => Param::Text(text),
        Cell::Blob(bytes) => Param::Blob(bytes),
    }
}

/// A page of rows behind a key.
fn read(store: &Store, table: &Table, after: Option<Vec<Cell>>) -> Result<Vec<Row>, StoreError> {
    let text = table.page(after.is_some());
    store
        .read(move |sql| {
            let after = after.unwrap_or_default();
            let mut params: Vec<Param<'_>> = after.iter().map(param).collect();
            params.push(Param::Int(PAGE));
            sql.query(&text, &params)
        })
        .wait()
}

fn copy(from: &Store, to: &Store, table: &Table, told: &mut dyn FnMut(&str, i64)) -> Result<(), StoreError> {
    let text = format!(
        "SELECT {} FROM {} ORDER BY {} LIMIT 1",
        table.key(),
        table.name,
        table.key().replace(", ", " DESC, ") + " DESC"
    );
    let reached = to.read(move |sql| sql.first(&text, &[])).wait()?;
    let mut after = reached.map(|row| row.0);
    let mut copied = 0;
    loop {
        let page = read(from, table, after)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(table.key_of(last));
        copied += page.len() as i64;
        let text = table.insert();
        let written: Result<(), StoreError> = to
            .write(Priority::Batch, move |tx: &mut Tx<'_>| {
                for row in &page {
                    let params: Vec<Param<'_>> = row.0.iter().map(param).collect();
                    tx.execute(&text, &params)?;
                }
                Ok(())
            })
            .wait();
        written?;
        told(&table.name, copied);
    }
}

/// How many rows there are, and a hash of all their values in order of the key.
fn digest(store: &Store, table: &Table) -> Result<(i64, blake3::Hash), StoreError> {
    let (mut rows, mut hasher, mut after) = (0, blake3::Hasher::new(), None);
    loop {
        let page = read(store, table, after)?;
        let Some(last) = page.last() else { return Ok((rows, hasher.finalize())) };
        after = Some(table.key_of(last));
        for row in &page {
            rows += 1;
            row.0.iter().for_each(|cell| absorb(&mut hasher, cell));
        }
    }
}

fn absorb(hasher: &mut blake3::Hasher, cell: &Cell) {
    let (kind, bytes): (u8, &[u8]) = match cell {
        Cell::Null => (0, &[]),
        Cell::Int(number) => (1, &number.to_le_bytes()),
        Cell::Real(number) => (2, &number.to_bits().to_le_bytes()),
        Cell::Text(text) => (3, text.as_bytes()),
        Cell::Blob(bytes) => (4, bytes),
    };
    hasher.update(&[kind]);
    hasher.update(&(bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
