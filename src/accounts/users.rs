//! Adding, listing, disabling, resetting accounts.

use serde::{Deserialize, Serialize};

use crate::model::{Actor, Roles, User, UserName};
use crate::store::{
    Priority, Sql, StoreError, Tx, clear_password, drop_keys, end_sessions, forget_failures, insert_user,
    list_users, put_invitation, read_user, set_disabled, set_roles, unbind_identities,
};

use super::{AccountError, Accounts, Secret};

/// Longest 姓名, in characters.
const TITLE_CHARS: usize = 20;

/// An account to be added.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserRequest {
    /// The name to sign in with.
    pub name: String,
    /// 姓名.
    pub title: String,
    /// Codes of roles.
    pub roles: Vec<String>,
}

/// An account and the one-time link by which its owner sets the password.
#[derive(Debug, Serialize)]
pub struct NewUser {
    /// The account.
    #[serde(flatten)]
    pub user: User,
    /// Below the address of the instance; not shown again.
    pub link: String,
    /// How long it is good for.
    pub link_hours: u32,
}

/// 姓名 as entered.
pub(super) fn title(text: &str) -> Result<String, AccountError> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars == 0 || chars > TITLE_CHARS || text.chars().any(char::is_control) {
        return Err(AccountError::Field(format!("姓名须为 1–{TITLE_CHARS} 字（现 {chars} 字）")));
    }
    Ok(text.to_owned())
}

impl Accounts {
    /// Adds an account; its owner sets the password by the link.
    ///
    /// # Errors
    /// When a field is wrong or the name is taken.
    pub async fn add_user(&self, request: UserRequest, by: Actor) -> Result<NewUser, AccountError> {
        let name: UserName = request.name.trim().parse()?;
        let title = title(&request.title)?;
        let roles: Roles = request.roles.try_into()?;
        let secret = Secret::random()?;
        let (hash, until, user) = (secret.hash(), self.link_end(), name.clone());
        let added = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            insert_user(tx, &user, &title, &roles, &by)?;
            put_invitation(tx, &hash, Some(&user), until)?;
            read_user(tx, &user)
        });
        Ok(self.with_link(added.await?, &secret))
    }

    fn with_link(&self, user: User, secret: &Secret) -> NewUser {
        let link = format!("/setup/{}", secret.reveal());
        NewUser { user, link, link_hours: self.settings.link_hours }
    }

    /// Every account.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn users(&self) -> Result<Vec<User>, AccountError> {
        Ok(self.store.read(|sql: &mut dyn Sql| list_users(sql)).await?)
    }

    /// Takes the password and a bound identity away, ends every session and any lock, and gives a new link.
    ///
    /// # Errors
    /// When there is no such account, or it is disabled.
    pub async fn reset_user(&self, name: &str, by: Actor) -> Result<NewUser, AccountError> {
        let name: UserName = name.parse()?;
        let secret = Secret::random()?;
        let (hash, until) = (secret.hash(), self.link_end());
        let reset = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            clear_password(tx, &name, &by)?;
            end_sessions(tx, &name, None, "reset", &by)?;
            drop_keys(tx, &name, "reset", &by)?;
            // Whoever got in by a password may have bound an identity of his own.
            unbind_identities(tx, &name, "reset", &by)?;
            forget_failures(tx, name.as_str())?;
            put_invitation(tx, &hash, Some(&name), until)?;
            read_user(tx, &name)
        });
        Ok(self.with_link(reset.await?, &secret))
    }

    /// Disables an account (its sessions end), or enables it again.
    ///
    /// # Errors
    /// When there is no such account, or it is the caller's own.
    pub async fn disable_user(&self, name: &str, disabled: bool, by: Actor) -> Result<User, AccountError> {
        let name: UserName = name.parse()?;
        if disabled && by == Actor::User(name.to_string()) {
            return Err(AccountError::Field("不能停用自己的账户".to_owned()));
        }
        let done = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            set_disabled(tx, &name, disabled, &by)?;
            if disabled {
                end_sessions(tx, &name, None, "disabled", &by)?;
                drop_keys(tx, &name, "disabled", &by)?;
            }
            read_user(tx, &name)
        });
        Ok(done.await?)
    }

    /// Gives other roles; nobody changes their own.
    ///
    /// # Errors
    /// When there is no such account, or one account cannot have these roles.
    pub async fn grant(&self, name: &str, roles: Vec<String>, by: Actor) -> Result<User, AccountError> {
        let name: UserName = name.parse()?;
        let roles: Roles = roles.try_into()?;
        if by == Actor::User(name.to_string()) {
            return Err(AccountError::Field("不能更改自己的角色，请由另一位管理员办理".to_owned()));
        }
        let done = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            set_roles(tx, &name, &roles, &by)?;
            read_user(tx, &name)
        });
        let user: Result<User, StoreError> = done.await;
        Ok(user?)
    }
}
