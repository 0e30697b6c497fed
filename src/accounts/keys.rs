//! Keys for a person's own programs: made, shown once, ended; each opens what its owner may do and no more.

use crate::model::{SessionKey, Timestamp, User, UserName};
use crate::store::{
    PersonalKey, Priority, Sql, StoreError, Tx, drop_key, find_key, insert_key, keys_of, touch_key,
};

use super::{AccountError, Accounts, Secret};

/// What a key begins with, so that one that is found somewhere can be told for what it is.
const PREFIX: &str = "mu_";
/// Longest note on what a key is for, in characters.
const LABEL_CHARS: usize = 40;
/// How many days a key may be good for.
pub const DAYS: std::ops::RangeInclusive<u32> = 1..=366;
/// Keys that one account may have.
const KEYS_MAX: usize = 20;
const DAY_SECONDS: i64 = 86_400;
/// That a key is in use is written at most so often: a read must not become a write.
const TOUCH_SECONDS: i64 = 60;

impl Accounts {
    /// Makes a key for the person; the text is handed out this once.
    ///
    /// # Errors
    /// When the note is missing or too long, the days are out of bounds, or there are too many keys.
    pub async fn add_key(&self, user: &User, label: &str, days: u32) -> Result<String, AccountError> {
        let label = label.trim().to_owned();
        let chars = label.chars().count();
        if chars == 0 || chars > LABEL_CHARS || label.chars().any(char::is_control) {
            let detail = format!("用途须为 1–{LABEL_CHARS} 字（现 {chars} 字），例：办公系统同步");
            return Err(AccountError::Field(detail));
        }
        if !DAYS.contains(&days) {
            let detail = format!("有效期须为 {}–{} 天，现为 {days} 天", DAYS.start(), DAYS.end());
            return Err(AccountError::Field(detail));
        }
        let secret = Secret::random()?;
        let key = SessionKey(secret.hash());
        let until = self.clock.now().plus_seconds(i64::from(days) * DAY_SECONDS);
        let (name, by) = (user.name.clone(), user.actor());
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                if keys_of(tx, &name)?.len() >= KEYS_MAX {
                    let detail = format!("已有 {KEYS_MAX} 个令牌，请先停用不再使用的");
                    return Err(AccountError::Field(detail));
                }
                Ok(insert_key(tx, &key, &name, &label, until, &by)?)
            })
            .await?;
        Ok(format!("{PREFIX}{}", secret.reveal()))
    }

    /// The person whose key this is, if it is in force.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn key_holder(&self, text: &str) -> Result<Option<User>, AccountError> {
        let Some(secret) = text.strip_prefix(PREFIX).and_then(Secret::presented) else { return Ok(None) };
        let (key, now) = (SessionKey(secret.hash()), self.clock.now());
        let found = self.store.read(move |sql: &mut dyn Sql| find_key(sql, &key, now)).await?;
        let Some((user, seen)) = found else { return Ok(None) };
        if seen.is_none_or(|seen: Timestamp| seen.plus_seconds(TOUCH_SECONDS) <= now) {
            self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| touch_key(tx, &key)).await?;
        }
        Ok(Some(user))
    }

    /// The keys of a person, the latest first.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn keys(&self, name: &UserName) -> Result<Vec<PersonalKey>, AccountError> {
        let name = name.clone();
        Ok(self.store.read(move |sql: &mut dyn Sql| keys_of(sql, &name)).await?)
    }

    /// Ends one of a person's own keys; of other people's none can be named.
    ///
    /// # Errors
    /// When the person has no such key.
    pub async fn end_key(&self, user: &User, short: String) -> Result<(), AccountError> {
        let (name, by) = (user.name.clone(), user.actor());
        let ended = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let own = keys_of(tx, &name)?;
            let found = own.iter().find(|row| row.key.short() == short);
            let found = found.ok_or_else(|| StoreError::NotFound("本人的这个令牌".to_owned()))?;
            drop_key(tx, &found.key, &name, &by)
        });
        Ok(ended.await?)
    }
}
