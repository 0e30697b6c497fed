//! Where a test keeps its facts: a folder of its own, or a schema of its own on the server that the environment names.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::clock::{ManualClock, random_bytes};
use crate::config;
use crate::model::Timestamp;
use crate::store::Store;

/// Names the server, as `postgres://user@host:port/database`.
pub(super) const SERVER: &str = "TEST_POSTGRES_URL";

/// A place of its own; it is gone with the test.
pub(super) enum Place {
    Folder(TempDir),
    Schema { name: String },
}

pub(super) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_micros(1_767_000_000_000_000)))
}

/// The server's address; a test that needs it fails without.
pub(super) fn server() -> String {
    config::environment(SERVER).unwrap_or_else(|| panic!("{SERVER} names no PostgreSQL server"))
}

/// Settings for a schema, by way of another port where one is given.
pub(super) fn settings(schema: &str, port: Option<u16>) -> config::Store {
    let mut server = server();
    if let Some(port) = port {
        let config: postgres::Config = server.parse().expect("an address");
        let own = config.get_ports().first().copied().unwrap_or(5432);
        server = server.replacen(&format!(":{own}/"), &format!(":{port}/"), 1);
    }
    let join = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{join}options=-c%20search_path%3D{schema}");
    let mut settings = config::load(None, &[]).expect("default").store;
    settings.kind = config::StoreKind::Postgres;
    settings.url = config::SecretText::new(url);
    settings.readers = 2;
    settings
}

fn administer(sql: &str) {
    let mut client = postgres::Client::connect(&server(), postgres::NoTls).expect("the server answers");
    client.batch_execute(sql).expect("allowed");
}

impl Place {
    pub(super) fn sqlite() -> Self {
        Self::Folder(tempfile::tempdir().expect("dir"))
    }

    pub(super) fn postgres() -> Self {
        let random: [u8; 8] = random_bytes().expect("random");
        let name = format!("t_{:016x}", u64::from_le_bytes(random));
        administer(&format!("CREATE SCHEMA {name}"));
        Self::Schema { name }
    }

    pub(super) fn schema(&self) -> &str {
        match self {
            Self::Folder(_) => panic!("a folder has no schema"),
            Self::Schema { name } => name,
        }
    }

    pub(super) fn open(&self) -> Store {
        self.open_at(clock())
    }

    /// By a clock that the test moves on.
    pub(super) fn open_at(&self, clock: Arc<ManualClock>) -> Store {
        match self {
            Self::Folder(dir) => {
                Store::open_sqlite(dir.path(), 2, Duration::from_millis(10), clock).expect("open")
            }
            Self::Schema { name } => Store::open_postgres(&settings(name, None), clock).expect("open"),
        }
    }

    pub(super) fn open_in(dir: &Path) -> Store {
        Store::open_sqlite(dir, 2, Duration::from_millis(10), clock()).expect("open")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Schema { name } = self
            && !std::thread::panicking()
        {
            administer(&format!("SET lock_timeout = '20s'; DROP SCHEMA {name} CASCADE"));
        }
    }
}
