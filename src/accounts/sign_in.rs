//! Signing in and out, and what is refused.

use std::net::IpAddr;

use crate::model::{SignedIn, Timestamp, UserName};
use crate::store::{Failures, Priority, StoreError, Tx, end_session, failures, note_failure, password_hash};

use super::address::Door;
use super::attempts::{FORGET_SECONDS, Looked, count_failure, locked};
use super::password::Password;
use super::second_step::Entry;
use super::{AccountError, Accounts, Begun};

/// Longest text kept of what was typed as a name, and of what a browser calls itself.
const NAME_CHARS: usize = 40;
const AGENT_CHARS: usize = 200;

/// What a browser calls itself, as it is kept.
pub(super) fn browser(agent: &str) -> String {
    agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect()
}

impl Accounts {
    /// Begins a session, or the wait for a code where a second step is due. A session that the browser held before is ended: nobody can be led into a known one.
    ///
    /// # Errors
    /// [`AccountError::Refused`] without saying why; [`AccountError::Locked`] or
    /// [`AccountError::AddressLocked`] after too many attempts.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        agent: &str,
        from: Option<IpAddr>,
        before: Option<&SignedIn>,
    ) -> Result<Begun, AccountError> {
        let typed: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
        let typed = typed.to_lowercase();
        let user: Option<UserName> = typed.parse().ok();
        let door = Door::new(&self.settings, from);
        let (lookup, count, entered, now) = (user.clone(), typed.clone(), door.clone(), self.clock.now());
        let (stored, failed, shut) = self
            .store
            .read(move |sql| {
                let stored = lookup.as_ref().map(|name| password_hash(sql, name)).transpose()?.flatten();
                Ok::<_, StoreError>((stored, failures(sql, &count)?, entered.shut(sql, now)?))
            })
            .await?;
        if shut.is_some() {
            return Err(self.shut_out(&door, typed).await?);
        }
        // While it is locked the password is not looked at: guesses made meanwhile teach nothing.
        if let Some(until) = failed.locked_until.filter(|until| *until > self.clock.now()) {
            let still = Failures { locked_until: Some(until), ..failed };
            self.note(&door, typed, still, "locked").await?;
            return Err(AccountError::Locked(until));
        }
        let password = Password::typed(password);
        let matches = self.compute(move || password.matches(stored.as_deref())).await??;
        let Some(user) = user.filter(|_| matches) else {
            return Err(self.refuse(door, typed).await?);
        };
        let (agent, before) = (browser(agent), before.cloned());
        let entry = Entry { agent, door, how: "password", asks: true, before };
        self.begin(entry, move |_| Ok(Looked::Taken(user.clone()))).await
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

    /// What somebody hears who comes from a locked address; the password is not looked at there either.
    async fn shut_out(&self, door: &Door, typed: String) -> Result<AccountError, AccountError> {
        let door = door.clone();
        let refused =
            self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| door.refuse(tx, &typed)).await?;
        // The lock may have ended in between: then it is for the next attempt.
        Ok(refused.unwrap_or(AccountError::Refused))
    }

    /// Counts a wrong password. One that was on its way when a lock began tells and changes nothing.
    async fn refuse(&self, door: Door, typed: String) -> Result<AccountError, AccountError> {
        let settings = self.settings.clone();
        let refused = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            if let Some(why) = locked(tx, &door, &typed)? {
                return Ok::<_, StoreError>(why);
            }
            let wrong = ("wrong name or password", AccountError::Refused);
            count_failure(tx, &settings, &door, &typed, wrong)
        });
        Ok(refused.await?)
    }

    async fn note(
        &self,
        door: &Door,
        typed: String,
        now: Failures,
        why: &'static str,
    ) -> Result<(), AccountError> {
        let (door, forget) = (door.clone(), self.forget());
        let noted = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            note_failure(tx, &typed, now, door.address(), why, forget)
        });
        Ok(noted.await?)
    }

    fn forget(&self) -> Timestamp {
        self.clock.now().plus_seconds(-FORGET_SECONDS)
    }
}
