//! 基础数据 in force: the tables that come with the program (or the office's own files in their place), with what the office
//! changed on the pages laid over them. Held in memory on every node; read again when any node changes a row.

mod shipped;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;

use crate::model::{CodeRow, CodeTable, LocalDate, RowStanding, lay_over};
use crate::store::{CodeChange, Store, StoreError, code_changes};

pub use shipped::Shipped;

/// Why there are no tables.
#[derive(Debug, thiserror::Error)]
pub enum TablesError {
    /// A file with a mistake.
    #[error("{0}")]
    File(String),
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The rows of every table, as of one moment.
#[derive(Debug, Default)]
pub struct Rows(BTreeMap<&'static str, Vec<CodeRow>>);

impl Rows {
    fn laid(shipped: &Shipped, changes: &[CodeChange]) -> Self {
        let rows = |table: CodeTable| {
            let laid = changes.iter().filter(move |change| change.table == table).map(CodeChange::laid);
            (table.code(), lay_over(shipped.rows(table), laid))
        };
        Self(CodeTable::ALL.iter().copied().map(rows).collect())
    }

    /// Every row of a table, in its order.
    pub fn all(&self, table: CodeTable) -> &[CodeRow] {
        self.0.get(table.code()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The rows that are offered on a day.
    pub fn on(&self, table: CodeTable, day: LocalDate) -> impl Iterator<Item = &CodeRow> {
        self.all(table).iter().filter(move |row| row.standing(day) == RowStanding::InUse)
    }

    /// The names that are offered on a day.
    pub fn names(&self, table: CodeTable, day: LocalDate) -> Vec<String> {
        self.on(table, day).map(|row| row.name_on(day).to_owned()).collect()
    }

    /// The names that are offered on a day, each with whether it is the one that stands there; one that is offered no more, or
    /// never was, stays to be chosen.
    pub fn choices(&self, table: CodeTable, day: LocalDate, stands: &str) -> Vec<(String, bool)> {
        let offered = self.names(table, day).into_iter();
        let mut all: Vec<(String, bool)> = offered.map(|name| (name.clone(), name == stands)).collect();
        if !stands.is_empty() && !all.iter().any(|(_, chosen)| *chosen) {
            all.push((stands.to_owned(), true));
        }
        all
    }

    /// Checks that a name is offered on a day, or stands there already.
    ///
    /// # Errors
    /// In Chinese: what is wrong with which field, and what to do.
    pub fn check(&self, table: CodeTable, day: LocalDate, name: &str, stands: &str) -> Result<(), String> {
        if name.is_empty() || name == stands || self.on(table, day).any(|row| row.name_on(day) == name) {
            return Ok(());
        }
        let label = table.label();
        Err(format!("{label}“{name}”现在不可选，请从列出的{label}中选一项，或不选"))
    }

    /// A row by its code, retired ones included.
    pub fn row(&self, table: CodeTable, code: &str) -> Option<&CodeRow> {
        self.all(table).iter().find(|row| row.code == code)
    }

    /// 届次 on a day: 第六届第二次会议; none between two of them, or where the office keeps none.
    pub fn session(&self, day: LocalDate) -> Option<&CodeRow> {
        self.on(CodeTable::Session, day).next()
    }
}

/// The tables.
pub struct Tables {
    store: Arc<Store>,
    shipped: Shipped,
    rows: ArcSwap<Rows>,
    /// One reading at a time: an older one never replaces a newer.
    reading: Mutex<()>,
}

impl Tables {
    /// The tables compiled in, each replaced by the office's own file of the same name in `dir`, with the changes of the
    /// store laid over them.
    ///
    /// # Errors
    /// Which file has a mistake, in Chinese; or that the store is away.
    pub fn load(dir: &Path, store: Arc<Store>) -> Result<Arc<Self>, TablesError> {
        let shipped = Shipped::load(dir).map_err(TablesError::File)?;
        let changes = store.read(|sql| code_changes(sql, None)).wait()?;
        let rows = ArcSwap::from_pointee(Rows::laid(&shipped, &changes));
        Ok(Arc::new(Self { store, shipped, rows, reading: Mutex::default() }))
    }

    /// The rows as of now.
    pub fn now(&self) -> Arc<Rows> {
        self.rows.load_full()
    }

    /// What changes are laid over.
    pub fn shipped(&self, table: CodeTable) -> &[CodeRow] {
        self.shipped.rows(table)
    }

    /// Reads the changes again.
    ///
    /// # Errors
    /// When the store is away: what was known before stays in force.
    pub async fn reload(&self) -> Result<(), StoreError> {
        let _one = self.reading.lock().await;
        let changes = self.store.read(|sql| code_changes(sql, None)).await?;
        self.rows.store(Arc::new(Rows::laid(&self.shipped, &changes)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RowChange;

    #[test]
    fn what_is_retired_is_offered_no_more_and_stays_where_it_stands() {
        let shipped = Shipped::load(Path::new("")).expect("tables");
        let day = |text: &str| LocalDate::parse(text).expect("a day");
        let code = shipped.rows(CodeTable::Sector)[0].code.clone();
        let name = shipped.rows(CodeTable::Sector)[0].name_on(day("2026-06-01")).to_owned();
        let retired = CodeChange {
            no: 1,
            table: CodeTable::Sector,
            code,
            change: RowChange::Retire { last: day("2026-05-31") },
            by: crate::model::Actor::System,
            at: crate::model::Timestamp::from_micros(0),
            undone: None,
        };
        let rows = Rows::laid(&shipped, &[retired]);
        let (before, after) = (day("2026-05-31"), day("2026-06-01"));
        let offered = |day, stands: &str| rows.choices(CodeTable::Sector, day, stands);
        assert!(offered(before, "").contains(&(name.clone(), false)));
        assert!(!offered(after, "").iter().any(|(one, _)| *one == name));
        assert!(offered(after, &name).contains(&(name.clone(), true)), "it stays shown");
        assert!(offered(after, "某界").contains(&("某界".to_owned(), true)), "whatever stands there");
        let check = |day, stands: &str| rows.check(CodeTable::Sector, day, &name, stands);
        assert!(check(before, "").is_ok() && check(after, &name).is_ok());
        assert!(check(after, "").is_err_and(|why| why.contains("界别") && why.contains(&name)));
        assert!(rows.check(CodeTable::Sector, after, "", "").is_ok());
    }
}
