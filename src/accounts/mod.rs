//! People who sign in: accounts, passwords, one-time links, sessions, lock-out. Every step is an audit row.
//!
//! Nobody but its owner ever knows a password: accounts are set up by a one-time link. What a browser holds is random
//! and stored as its hash only; a session ends when it is idle, when it is old, and when its account is disabled.

mod address;
mod attempts;
mod covers;
mod ends;
mod error;
mod identities;
mod keys;
mod links;
mod password;
mod second_step;
mod secret;
mod seed;
mod sessions;
mod sign_in;
mod users;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::config;
use crate::model::{Permission, SecretKey, Timestamp};
use crate::store::Store;

pub use covers::CoverRequest;
pub use ends::{Ending, end_accounts};
pub use error::AccountError;
pub use keys::DAYS as KEY_DAYS;
pub use links::{Invitation, NewcomerRequest};
pub use second_step::{Begun, Completed, Enrolment, SecondStepState};
pub use secret::Secret;
pub use sessions::SessionView;
pub use users::{NewUser, UserRequest};

use seed::SeedKey;

/// How long an attempt waits for its turn before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);

/// The accounts.
pub struct Accounts {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    settings: config::Accounts,
    /// Whoever has one of these needs a second step.
    must_be: Vec<Permission>,
    seeds: Arc<SeedKey>,
    /// A hash takes a processor and 19 MB for a while: no more at once than there are processors.
    hashing: Arc<Semaphore>,
}

impl Accounts {
    /// Puts it together.
    ///
    /// # Errors
    /// When the settings name a permission that does not exist; in Chinese.
    pub fn new(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        settings: config::Accounts,
        secret: &SecretKey,
        cores: usize,
    ) -> Result<Arc<Self>, String> {
        let must_be = second_step::permissions(&settings.second_step_for)?;
        let (seeds, hashing) = (Arc::new(SeedKey::new(secret)), Arc::new(Semaphore::new(cores.max(1))));
        Ok(Arc::new(Self { store, clock, settings, must_be, seeds, hashing }))
    }

    /// The settings in force.
    pub fn settings(&self) -> &config::Accounts {
        &self.settings
    }

    /// The present, by which sessions are measured.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
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
