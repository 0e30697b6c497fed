//! Signing in and out, and what is refused.

use crate::model::{SignedIn, Timestamp, UserName};
use crate::store::{Failures, Priority, StoreError, Tx, end_session, failures, note_failure, password_hash};

use super::password::Password;
use super::{AccountError, Accounts, Begun};

/// Longest text kept of what was typed as a name, and of what a browser calls itself.
const NAME_CHARS: usize = 40;
const AGENT_CHARS: usize = 200;
/// After a day without attempts a count of failures is forgotten.
pub(super) const FORGET_SECONDS: i64 = 24 * 3600;

impl Accounts {
    /// Begins a session, or the wait for a code where a second step is due. A session that the browser held before is ended: nobody can be led into a known one.
    ///
    /// # Errors
    /// [`AccountError::Refused`] without saying why; [`AccountError::Locked`] after too many attempts.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        agent: &str,
        before: Option<&SignedIn>,
    ) -> Result<Begun, AccountError> {
        let typed: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
        let typed = typed.to_lowercase();
        let user: Option<UserName> = typed.parse().ok();
        let (lookup, count) = (user.clone(), typed.clone());
        let (stored, failed) = self
            .store
            .read(move |sql| {
                let stored = lookup.as_ref().map(|name| password_hash(sql, name)).transpose()?.flatten();
                Ok::<_, StoreError>((stored, failures(sql, &count)?))
            })
            .await?;
        // While it is locked the password is not looked at: guesses made meanwhile teach nothing.
        if let Some(until) = failed.locked_until.filter(|until| *until > self.clock.now()) {
            self.note(typed, Failures { locked_until: Some(until), ..failed }, "locked").await?;
            return Err(AccountError::Locked(until));
        }
        let password = Password::typed(password);
        let matches = self.compute(move || password.matches(stored.as_deref())).await??;
        let Some(user) = user.filter(|_| matches) else {
            return Err(self.refuse(typed, failed).await?);
        };
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect();
        self.begin(user, agent, before).await
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn sign_out(&self, who: &SignedIn) -> Result<(), AccountError> {
        let who = who.clone();
        let ended = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            end_session(tx, &who.session, &who.user.name, "signed out", &who.user.actor())
        });
        Ok(ended.await?)
    }

    async fn refuse(&self, typed: String, failed: Failures) -> Result<AccountError, AccountError> {
        let count = failed.count + 1;
        let lock = count >= self.settings.max_failures;
        let until = lock.then(|| self.clock.now().plus_seconds(i64::from(self.settings.lock_minutes) * 60));
        // A lock that is over begins a new count.
        let count = if lock { 0 } else { count };
        self.note(typed, Failures { count, locked_until: until }, "wrong name or password").await?;
        Ok(until.map_or(AccountError::Refused, AccountError::Locked))
    }

    async fn note(&self, typed: String, now: Failures, why: &'static str) -> Result<(), AccountError> {
        let forget: Timestamp = self.clock.now().plus_seconds(-FORGET_SECONDS);
        let noted = self
            .store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| note_failure(tx, &typed, now, why, forget));
        Ok(noted.await?)
    }
}
