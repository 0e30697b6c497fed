//! One-time links: the first administrator, and everybody's first password.

use serde::Deserialize;

use crate::model::{Actor, Role, Roles, User, UserName};
use crate::store::{
    Priority, Sql, StoreError, Tx, count_users, drop_keys, end_sessions, forget_failures, insert_user,
    put_invitation, read_invitation, read_user, set_password, use_invitation,
};

use super::password::Password;
use super::users::title;
use super::{AccountError, Accounts, Secret};

/// For whom a one-time link is.
#[derive(Debug, Clone)]
pub enum Invitation {
    /// Whoever installed the program.
    First,
    /// Somebody with an account.
    User(User),
}

/// What is entered by way of a one-time link.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct NewcomerRequest {
    /// The name to sign in with; for the first administrator.
    pub name: String,
    /// 姓名; for the first administrator.
    pub title: String,
    /// The password.
    pub password: String,
    /// The same again.
    pub again: String,
}

impl Accounts {
    /// A link for the first administrator, as long as there is no account at all.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn first_link(&self) -> Result<Option<Secret>, AccountError> {
        if self.store.read(|sql: &mut dyn Sql| count_users(sql)).await? > 0 {
            return Ok(None);
        }
        let secret = Secret::random()?;
        let (hash, until) = (secret.hash(), self.link_end());
        let put =
            self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| put_invitation(tx, &hash, None, until));
        put.await?;
        Ok(Some(secret))
    }

    pub(super) fn link_end(&self) -> crate::model::Timestamp {
        self.clock.now().plus_seconds(i64::from(self.settings.link_hours) * 3600)
    }

    /// For whom a link is.
    ///
    /// # Errors
    /// [`AccountError::Link`] when it does not exist, was used, or is over.
    pub async fn invitation(&self, secret: &Secret) -> Result<Invitation, AccountError> {
        let (hash, now) = (secret.hash(), self.clock.now());
        self.store
            .read(move |sql: &mut dyn Sql| match read_invitation(sql, &hash, now)? {
                None => Err(AccountError::Link),
                Some(None) => Ok(Invitation::First),
                Some(Some(name)) => Ok(Invitation::User(read_user(sql, &name)?)),
            })
            .await
    }

    /// Sets the password (and makes the account of the first administrator); the link is used up.
    ///
    /// # Errors
    /// When the link is over, the password is against the rules, or a field is wrong.
    pub async fn accept(&self, secret: &Secret, request: NewcomerRequest) -> Result<UserName, AccountError> {
        let invitation = self.invitation(secret).await?;
        let (name, newcomer) = match &invitation {
            Invitation::User(user) => (user.name.clone(), None),
            Invitation::First => (request.name.trim().parse()?, Some(title(&request.title)?)),
        };
        if request.password != request.again {
            return Err(AccountError::Password("两次输入的密码不一致，请重新输入".to_owned()));
        }
        let password = Password::new(&request.password, name.as_str(), self.settings.password_min)?;
        let hash = self.compute(move || password.hash()).await??;
        let (token, now, user) = (secret.hash(), self.clock.now(), name.clone());
        let administrator = Roles::new(&[Role::System])?;
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                // Looked at again: the link may have been used meanwhile.
                if read_invitation(tx, &token, now)?.is_none() {
                    return Err(AccountError::Link);
                }
                use_invitation(tx, &token)?;
                let by = Actor::User(user.to_string());
                if let Some(title) = &newcomer {
                    if count_users(tx)? > 0 {
                        return Err(AccountError::Link);
                    }
                    insert_user(tx, &user, title, &administrator, &by)?;
                }
                set_password(tx, &user, &hash, &by)?;
                forget_failures(tx, user.as_str())?;
                end_sessions(tx, &user, None, "password set", &by)?;
                drop_keys(tx, &user, "password set", &by)?;
                Ok::<_, AccountError>(())
            })
            .await?;
        Ok(name)
    }

    /// Changes one's own password; every other session ends.
    ///
    /// # Errors
    /// When the present password is wrong, or the new one is against the rules.
    pub async fn change_password(
        &self,
        who: &crate::model::SignedIn,
        present: &str,
        wanted: &str,
        again: &str,
    ) -> Result<(), AccountError> {
        if wanted != again {
            return Err(AccountError::Password("两次输入的新密码不一致，请重新输入".to_owned()));
        }
        let name = who.user.name.clone();
        let stored =
            self.store.read(move |sql: &mut dyn Sql| crate::store::password_hash(sql, &name)).await?;
        let typed = Password::typed(present);
        if !self.compute(move || typed.matches(stored.as_deref())).await?? {
            return Err(AccountError::Password("当前密码不正确".to_owned()));
        }
        if present == wanted {
            return Err(AccountError::Password("新密码不能与当前密码相同".to_owned()));
        }
        let password = Password::new(wanted, who.user.name.as_str(), self.settings.password_min)?;
        let hash = self.compute(move || password.hash()).await??;
        let who = who.clone();
        let changed = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let by = who.user.actor();
            set_password(tx, &who.user.name, &hash, &by)?;
            end_sessions(tx, &who.user.name, Some(&who.session), "password changed", &by)?;
            Ok::<_, StoreError>(())
        });
        Ok(changed.await?)
    }
}
