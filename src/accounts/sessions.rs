//! Sessions in force.

use crate::model::{SessionKey, SignedIn, Timestamp};
use crate::store::{
    FoundSession, Priority, Sql, StoreError, Tx, end_session, find_session, sessions_of, touch_session,
};

use super::{AccountError, Accounts, Secret};

/// That a session is in use is written at most so often: a read must not become a write.
const TOUCH_SECONDS: i64 = 60;

/// One of a person's sessions.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// By which it is named on the page; useless as a key.
    pub short: String,
    /// When one signed in.
    pub created_at: Timestamp,
    /// When it was last used.
    pub seen_at: Timestamp,
    /// The browser.
    pub agent: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Accounts {
    /// The person whose session this is, if it is in force.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn session(&self, secret: &Secret) -> Result<Option<SignedIn>, AccountError> {
        self.used(SessionKey(secret.hash())).await
    }

    /// The same, where nobody does anything: the session is not kept in force by it.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn session_at_rest(&self, secret: &Secret) -> Result<Option<SignedIn>, AccountError> {
        self.in_force(&SessionKey(secret.hash())).await
    }

    /// The person whose session this is, with the rights of now, as long as it is in force.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn in_force(&self, key: &SessionKey) -> Result<Option<SignedIn>, AccountError> {
        let (key, now) = (*key, self.clock.now());
        let found = self.store.read(move |sql: &mut dyn Sql| find_session(sql, &key, now.date())).await?;
        Ok(found.filter(|found| self.over(found, now).is_none()).map(|found| found.signed_in))
    }

    async fn used(&self, key: SessionKey) -> Result<Option<SignedIn>, AccountError> {
        let now = self.clock.now();
        let found = self.store.read(move |sql: &mut dyn Sql| find_session(sql, &key, now.date())).await?;
        let Some(found) = found else { return Ok(None) };
        if let Some(why) = self.over(&found, now) {
            let who = found.signed_in;
            let ended = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
                end_session(tx, &key, &who.user.name, why, &who.user.actor())
            });
            ended.await?;
            return Ok(None);
        }
        if found.seen_at.plus_seconds(TOUCH_SECONDS) <= now {
            let touched = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| touch_session(tx, &key));
            touched.await?;
        }
        Ok(Some(found.signed_in))
    }

    fn over(&self, found: &FoundSession, now: Timestamp) -> Option<&'static str> {
        let idle = i64::from(self.settings.idle_minutes) * 60;
        let whole = i64::from(self.settings.session_hours) * 3600;
        if found.created_at.plus_seconds(whole) <= now {
            Some("too old")
        } else if found.seen_at.plus_seconds(idle) <= now {
            Some("idle")
        } else {
            None
        }
    }

    /// The sessions of a person, those that are over left out.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn sessions(&self, who: &SignedIn) -> Result<Vec<SessionView>, AccountError> {
        let (name, current) = (who.user.name.clone(), who.session);
        let rows = self.store.read(move |sql: &mut dyn Sql| sessions_of(sql, &name)).await?;
        let (now, user) = (self.clock.now(), who.user.clone());
        let in_force = |row: &crate::store::SessionRow| {
            let signed_in = SignedIn { user: user.clone(), session: row.key };
            let found = FoundSession { signed_in, created_at: row.created_at, seen_at: row.seen_at };
            self.over(&found, now).is_none()
        };
        Ok(rows
            .into_iter()
            .filter(in_force)
            .map(|row| SessionView {
                short: row.key.short(),
                created_at: row.created_at,
                seen_at: row.seen_at,
                agent: row.agent,
                current: row.key == current,
            })
            .collect())
    }

    /// Ends one of a person's own sessions; of other people's sessions none can be named.
    ///
    /// # Errors
    /// When the person has no such session.
    pub async fn end_own(&self, who: &SignedIn, short: String) -> Result<(), AccountError> {
        let who = who.clone();
        let ended = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let own = sessions_of(tx, &who.user.name)?;
            let found = own.iter().find(|session| session.key.short() == short);
            let found = found.ok_or_else(|| StoreError::NotFound("本人的这个登录".to_owned()))?;
            end_session(tx, &found.key, &who.user.name, "ended by its owner", &who.user.actor())
        });
        Ok(ended.await?)
    }
}
