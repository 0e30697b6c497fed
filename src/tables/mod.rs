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
