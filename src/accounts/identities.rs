//! Identities of the platform (统一身份认证): signing in by them, binding them to accounts, taking them off again.
//!
//! The platform says who somebody is; which account that opens, and whether it is open, is said here. No account is made.

use std::net::IpAddr;

use serde_json::json;

use crate::config::SecondStepBy;
use crate::model::{Actor, Identity, Said, SessionKey, SignedIn, Subject, UserName};
use crate::store::{
    Binding, Priority, Sql, StoreError, Tx, bind_identity, bindings, end_sessions, forget_failures,
    identity_of, owner_of, password_hash, read_user, take_answer, touch_identity, unbind_identities,
};

use super::address::Door;
use super::attempts::{Looked, count_failure, locked};
use super::password::Password;
use super::second_step::Entry;
use super::sign_in::browser;
use super::{AccountError, Accounts, Begun};

/// An answer of the platform is remembered for longer than anybody waits for one.
const ANSWERS_SECONDS: i64 = 3600;
/// Under what the log speaks of attempts that name nobody.
const NOBODY: &str = "identity";

/// Counts an attempt that failed because of `why` by its address, and notes it.
fn refuse(tx: &mut Tx<'_>, door: &Door, why: &str, plain: AccountError) -> Result<AccountError, StoreError> {
    let detail = match &plain {
        AccountError::Unbound(subject) => {
            json!({ "why": why, "address": door.address(), "subject": subject.as_str() })
        }
        _ => json!({ "why": why, "address": door.address() }),
    };
    let shut = door.count(tx)?;
    tx.audit(&Actor::System, "identity.refused", NOBODY, &detail)?;
    Ok(shut.unwrap_or(plain))
}

fn unbound(tx: &mut Tx<'_>, door: &Door, said: &Said) -> Result<Looked<UserName>, AccountError> {
    let plain = AccountError::Unbound(said.identity.subject.clone());
    Ok(Looked::Refused(refuse(tx, door, "not bound", plain)?))
}

/// The account of somebody who signs in for the first time, where the configuration goes by names.
fn link(tx: &mut Tx<'_>, door: &Door, said: &Said) -> Result<Looked<UserName>, AccountError> {
    let named = said.name.as_deref().and_then(|name| name.parse::<UserName>().ok());
    let Some(name) = named else { return unbound(tx, door, said) };
    let user = match read_user(tx, &name) {
        Ok(user) => user,
        Err(StoreError::NotFound(_)) => return unbound(tx, door, said),
        Err(error) => return Err(error.into()),
    };
    if user.disabled_at.is_some() {
        return Ok(Looked::Taken(name));
    }
    if let Some(why) = locked(tx, door, name.as_str())? {
        return Ok(Looked::Refused(why));
    }
    match bind_identity(tx, &said.identity, &name, "name at the platform", &user.actor()) {
        Ok(()) => Ok(Looked::Taken(name)),
        // Somebody else has this name at the platform than at the time when it was bound.
        Err(StoreError::Constraint(_)) => unbound(tx, door, said),
        Err(error) => Err(error.into()),
    }
}

impl Accounts {
    /// The platform and the claim that identities are of.
    fn platform(&self) -> (String, String) {
        (self.settings.oidc.issuer.clone(), self.settings.oidc.claim.clone())
    }

    /// Takes an answer of the platform: none is taken twice, and none from a locked address.
    ///
    /// # Errors
    /// [`AccountError::Stray`] for one that was taken before; [`AccountError::AddressLocked`].
    pub async fn take_answer(&self, state: [u8; 32], from: Option<IpAddr>) -> Result<(), AccountError> {
        let door = Door::new(&self.settings, from);
        let taken = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            if let Some(shut) = door.refuse(tx, NOBODY)? {
                return Ok(Looked::Refused(shut));
            }
            let forget = tx.now().plus_seconds(-ANSWERS_SECONDS);
            if take_answer(tx, &state, forget)? {
                return Ok::<_, StoreError>(Looked::Taken(()));
            }
            Ok(Looked::Refused(refuse(tx, &door, "answer taken before", AccountError::Stray)?))
        });
        taken.await?.into_result()
    }

    /// Notes an answer that nobody waits for or that is not believed; `counts` where it is the visitor's own doing. Gives
    /// what the person hears where it was one too many.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn note_answer(
        &self,
        from: Option<IpAddr>,
        why: String,
        counts: bool,
    ) -> Result<Option<AccountError>, AccountError> {
        let door = Door::new(&self.settings, from);
        let noted = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            if let Some(shut) = door.refuse(tx, NOBODY)? {
                return Ok::<_, StoreError>(Some(shut));
            }
            let shut = if counts { door.count(tx)? } else { None };
            let detail = json!({ "why": why, "address": door.address() });
            tx.audit(&Actor::System, "identity.refused", NOBODY, &detail)?;
            Ok(shut)
        });
        Ok(noted.await?)
    }

    /// Begins a session for whom the platform names, or the wait for a code where this system asks for one itself.
    ///
    /// # Errors
    /// [`AccountError::Unbound`] with the subject, [`AccountError::Disabled`], [`AccountError::Locked`].
    pub async fn sign_in_by(
        &self,
        said: Said,
        agent: &str,
        from: Option<IpAddr>,
        before: Option<&SignedIn>,
    ) -> Result<Begun, AccountError> {
        let door = Door::new(&self.settings, from);
        let asks = self.settings.oidc.second_step == SecondStepBy::Own;
        let (agent, before) = (browser(agent), before.cloned());
        let entry = Entry { agent, door: door.clone(), how: "identity", asks, before };
        self.begin(entry, move |tx| {
            if let Some(shut) = door.refuse(tx, NOBODY)? {
                return Ok(Looked::Refused(shut));
            }
            let name = match owner_of(tx, &said.identity)? {
                Some(name) => name,
                None => match link(tx, &door, &said)? {
                    Looked::Taken(name) => name,
                    refused @ Looked::Refused(_) => return Ok(refused),
                },
            };
            if read_user(tx, &name)?.disabled_at.is_some() {
                return Ok(Looked::Refused(refuse(tx, &door, "account disabled", AccountError::Disabled)?));
            }
            touch_identity(tx, &said.identity)?;
            Ok(Looked::Taken(name))
        })
        .await
    }

    /// Whether the person who wants to bind an identity is the account's owner: by the password, counted as at the door.
    ///
    /// # Errors
    /// [`AccountError::Password`] when it is wrong, [`AccountError::Locked`] when it was too often.
    pub async fn prove_owner(
        &self,
        who: &SignedIn,
        from: Option<IpAddr>,
        password: &str,
    ) -> Result<(), AccountError> {
        let name = who.user.name.clone();
        let stored = self.store.read(move |sql: &mut dyn Sql| password_hash(sql, &name)).await?;
        let (door, typed) = (Door::new(&self.settings, from), Password::typed(password));
        let matches = self.compute(move || typed.matches(stored.as_deref())).await??;
        let (name, settings) = (who.user.name.clone(), self.settings.clone());
        let proven = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            if let Some(why) = locked(tx, &door, name.as_str())? {
                return Ok(Looked::Refused(why));
            }
            if matches {
                forget_failures(tx, name.as_str())?;
                return Ok::<_, StoreError>(Looked::Taken(()));
            }
            let wrong = AccountError::Password("当前密码不正确".to_owned());
            let why = count_failure(tx, &settings, &door, name.as_str(), ("wrong password", wrong))?;
            Ok(Looked::Refused(why))
        });
        proven.await?.into_result()
    }

    /// Binds the identity to the account whose owner began it, if that session is still in force.
    ///
    /// # Errors
    /// [`AccountError::Half`] when the session is over; a constraint when either is bound to another.
    pub async fn bind_own(&self, session: &SessionKey, said: Said) -> Result<(), AccountError> {
        let who = self.in_force(session).await?.ok_or(AccountError::Half)?;
        let bound = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            bind_identity(tx, &said.identity, &who.user.name, "owner", &who.user.actor())
        });
        Ok(bound.await?)
    }

    /// Takes the identity off one's own account; other sessions end.
    ///
    /// # Errors
    /// When there is none, or there would be no other way in.
    pub async fn unbind_own(&self, who: &SignedIn) -> Result<(), AccountError> {
        let who = who.clone();
        self.store
            .write(Priority::Desk, move |tx: &mut Tx<'_>| {
                if !read_user(tx, &who.user.name)?.active {
                    let why = "本账户没有设定密码，解除绑定后将无法登录；请先由管理员重置，设定密码";
                    return Err(AccountError::Field(why.to_owned()));
                }
                unbind(tx, &who.user.name, Some(&who.session), &who.user.actor())
            })
            .await
    }

    /// Binds an identity to an account, by an administrator who knows the subject.
    ///
    /// # Errors
    /// When the subject is none, either is bound already, or the account is the caller's own.
    pub async fn bind_user(&self, name: &str, subject: &str, by: Actor) -> Result<(), AccountError> {
        let name: UserName = name.parse()?;
        let subject: Subject = subject.trim().parse().map_err(|_| {
            AccountError::Field("身份标识须为 1–255 字的一行文字，与登录页上显示的一致".to_owned())
        })?;
        if by == Actor::User(name.to_string()) {
            let why = "自己的身份请在“我的账户”绑定，或由另一位管理员办理";
            return Err(AccountError::Field(why.to_owned()));
        }
        let (issuer, claim) = self.platform();
        let identity = Identity { issuer, claim, subject };
        let bound = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            read_user(tx, &name)?;
            bind_identity(tx, &identity, &name, "administrator", &by)
        });
        Ok(bound.await?)
    }

    /// Takes the identity off an account, by an administrator; its sessions end.
    ///
    /// # Errors
    /// When there is none.
    pub async fn unbind_user(&self, name: &str, by: Actor) -> Result<(), AccountError> {
        let name: UserName = name.parse()?;
        self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| unbind(tx, &name, None, &by)).await
    }

    /// The identity of the platform that opens the person's account.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn binding(&self, name: &UserName) -> Result<Option<Binding>, AccountError> {
        let (name, (issuer, claim)) = (name.clone(), self.platform());
        let read = self.store.read(move |sql: &mut dyn Sql| identity_of(sql, &name, (&issuer, &claim)));
        Ok(read.await?)
    }

    /// Every identity of the platform that opens an account.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn bindings(&self) -> Result<Vec<Binding>, AccountError> {
        let (issuer, claim) = self.platform();
        Ok(self.store.read(move |sql: &mut dyn Sql| bindings(sql, (&issuer, &claim))).await?)
    }
}

fn unbind(
    tx: &mut Tx<'_>,
    name: &UserName,
    kept: Option<&SessionKey>,
    by: &Actor,
) -> Result<(), AccountError> {
    if !unbind_identities(tx, name, "unbound", by)? {
        return Err(StoreError::NotFound("这个账户绑定的统一身份".to_owned()).into());
    }
    Ok(end_sessions(tx, name, kept, "identity unbound", by)?)
}
