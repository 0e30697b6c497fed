//! People who sign in: accounts, passwords, one-time links, sessions, lock-out. Every step is an audit row.
//!
//! Nobody but its owner ever knows a password: accounts are set up by a one-time link. What a browser holds is random
//! and stored as its hash only; a session ends when it is idle, when it is old, and when its account is disabled.

mod error;
mod links;
mod password;
mod secret;
mod sessions;
mod sign_in;
mod users;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::config;
use crate::store::Store;

pub use error::AccountError;
pub use links::{Invitation, NewcomerRequest};
pub use secret::Secret;
pub use sessions::SessionView;
pub use users::{NewUser, UserRequest};

/// How long an attempt waits for its turn before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// The accounts.
pub struct Accounts {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    settings: config::Accounts,
    /// A hash takes a processor and 19 MB for a while: no more at once than there are processors.
    hashing: Arc<Semaphore>,
}

impl Accounts {
    /// Puts it together.
    pub fn new(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        settings: config::Accounts,
        cores: usize,
    ) -> Arc<Self> {
        Arc::new(Self { store, clock, settings, hashing: Arc::new(Semaphore::new(cores.max(1))) })
    }

    /// The settings in force.
    pub fn settings(&self) -> &config::Accounts {
        &self.settings
    }

    /// Runs what takes a processor for long off the async threads.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccountError> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.hashing).acquire_owned()).await;
        let permit = turn.map_err(|_| AccountError::Busy)?.map_err(|_| AccountError::Busy)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|error| AccountError::Broken(error.to_string()))
    }
}
