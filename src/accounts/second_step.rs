//! The second step of signing in: a code of an authenticator, or one of ten codes for the day when it is lost.
//!
//! Between password and code there is no session: the browser holds a secret of another kind, good for five minutes and
//! for nothing but the code. Wrong codes are counted with wrong passwords, within the transaction that looks at the code.

use std::net::IpAddr;

use crate::model::{Actor, Permission, SessionKey, SignedIn, User, UserName};
use crate::store::{
    Priority, SecondStep, Sql, StoreError, Tx, confirm_second_step, count_recovery_codes, covers_of,
    drop_half, drop_keys, drop_second_step, end_session, end_sessions, forget_failures, hold_second_step,
    insert_half, insert_session, password_hash, put_recovery_codes, put_second_step, read_half, read_user,
    second_step, use_recovery_code, use_step,
};

use super::address::Door;
use super::attempts::{Looked, count_failure, locked};
use super::password::Password;
use super::seed::{Seed, SeedKey, recovery_codes};
use super::{AccountError, Accounts, Secret};

/// How long the code may take after the password.
const HALF_SECONDS: i64 = 300;

/// What a right password begins.
#[derive(Debug, Clone)]
pub enum Begun {
    /// A session.
    Session(Secret),
    /// The wait for a code.
    Half(Secret),
}

/// How somebody comes in who has shown who they are.
pub(super) struct Entry {
    /// The browser, as it calls itself.
    pub(super) agent: String,
    /// From where.
    pub(super) door: Door,
    /// As the log names it: `password`.
    pub(super) how: &'static str,
    /// Whether a code is asked for of whoever has an authenticator or must have one.
    pub(super) asks: bool,
    /// The session that the browser held before.
    pub(super) before: Option<SignedIn>,
}

/// A session that a code began.
#[derive(Debug)]
pub struct Completed {
    /// Of the session.
    pub secret: Secret,
    /// Recovery codes, to be shown once; where the authenticator is new.
    pub codes: Vec<String>,
}

/// A seed that waits for its first code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// To be typed in.
    pub text: String,
    /// What the picture (QR code) holds.
    pub address: String,
}

/// How it stands with somebody's authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondStepState {
    /// None.
    Off,
    /// A seed waits for its first code.
    Waiting(Enrolment),
    /// In force, with so many recovery codes left.
    On(i64),
}

/// The permissions that `accounts.second_step_for` names.
///
/// # Errors
/// Which word is none of them.
pub(super) fn permissions(text: &str) -> Result<Vec<Permission>, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let known = || Permission::ALL.iter().map(|one| one.code()).collect::<Vec<_>>().join(" ");
            let bad = || format!("accounts.second_step_for 中没有权限“{word}”，可用：{}", known());
            Permission::from_code(word).ok_or_else(bad)
        })
        .collect()
}

/// Uses a code up; tells what kind it was.
fn take(
    tx: &mut Tx<'_>,
    key: &SeedKey,
    name: &UserName,
    step: &SecondStep,
    typed: &str,
    by: &Actor,
) -> Result<Option<&'static str>, AccountError> {
    if let Some(at) = key.open(name, &step.seed)?.step(typed, tx.now())? {
        return Ok(use_step(tx, name, at)?.then_some("code"));
    }
    let used = step.confirmed && use_recovery_code(tx, name, &key.recovery_hash(name, typed), by)?;
    Ok(used.then_some("recovery code"))
}

impl Accounts {
    /// Begins a session, or the wait for a code, for whom `who` finds.
    pub(super) async fn begin(
        &self,
        entry: Entry,
        who: impl Fn(&mut Tx<'_>) -> Result<Looked<UserName>, AccountError> + Send + 'static,
    ) -> Result<Begun, AccountError> {
        let secret = Secret::random()?;
        let (hash, fresh) = (secret.hash(), Seed::random()?);
        let (must, seeds) = (self.must_be.clone(), self.seeds.clone());
        let begun = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let user = match who(tx)? {
                Looked::Taken(user) => user,
                Looked::Refused(why) => return Ok(Looked::Refused(why)),
            };
            // Guesses that were on their way when a lock began are worth nothing, the right one among them too.
            if let Some(why) = locked(tx, &entry.door, user.as_str())? {
                return Ok(Looked::Refused(why));
            }
            let mut person = read_user(tx, &user)?;
            let now = tx.now();
            person.covers = covers_of(tx, &user, now.date())?;
            let step = second_step(tx, &user)?;
            let confirmed = step.as_ref().is_some_and(|step| step.confirmed);
            if entry.asks && (confirmed || must.iter().any(|wanted| person.may(*wanted))) {
                if step.is_none() {
                    put_second_step(tx, &user, &seeds.close(&user, &fresh)?)?;
                }
                // The count of failures stays until the code is right: a known password does not give endless guesses.
                let since = now.plus_seconds(-HALF_SECONDS);
                insert_half(tx, &hash, &user, (&entry.agent, entry.how), since)?;
                return Ok::<_, AccountError>(Looked::Taken(true));
            }
            let actor = person.actor();
            if let Some(before) = &entry.before {
                end_session(tx, &before.session, &before.user.name, "signed in anew", &actor)?;
            }
            forget_failures(tx, user.as_str())?;
            insert_session(tx, &SessionKey(hash), &user, &entry.agent, entry.how, &actor)?;
            Ok(Looked::Taken(false))
        });
        Ok(if begun.await?.into_result()? { Begun::Half(secret) } else { Begun::Session(secret) })
    }

    /// What somebody who has given the password sees: a seed to be set up, or none where a code is asked for.
    ///
    /// # Errors
    /// [`AccountError::Half`] when the password was given too long ago.
    pub async fn half(&self, half: &Secret) -> Result<Option<Enrolment>, AccountError> {
        let (hash, now) = (half.hash(), self.clock.now());
        let read = self.store.read(move |sql: &mut dyn Sql| {
            let found =
                read_half(sql, &hash)?.filter(|half| half.created_at.plus_seconds(HALF_SECONDS) > now);
            let Some(half) = found else { return Err(AccountError::Half) };
            let step = second_step(sql, &half.name)?.ok_or(AccountError::Half)?;
            Ok((half.name, step))
        });
        let (name, step) = read.await?;
        if step.confirmed { Ok(None) } else { Ok(Some(self.enrolment(&name, &step)?)) }
    }

    fn enrolment(&self, name: &UserName, step: &SecondStep) -> Result<Enrolment, AccountError> {
        let seed = self.seeds.open(name, &step.seed)?;
        Ok(Enrolment { text: seed.text(), address: seed.address(name) })
    }

    /// Ends the wait: a right code begins a session under a new secret. A session that the browser held before is ended.
    ///
    /// # Errors
    /// [`AccountError::Code`], [`AccountError::Locked`], or [`AccountError::Half`] when it took too long.
    pub async fn complete(
        &self,
        half: &Secret,
        typed: &str,
        from: Option<IpAddr>,
        before: Option<&SignedIn>,
    ) -> Result<Completed, AccountError> {
        let (secret, codes, hash) = (Secret::random()?, recovery_codes()?, half.hash());
        let (key, settings, seeds) = (SessionKey(secret.hash()), self.settings.clone(), self.seeds.clone());
        let (typed, before, fresh) = (typed.to_owned(), before.cloned(), codes.clone());
        let door = Door::new(&self.settings, from);
        let done = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let since = tx.now().plus_seconds(-HALF_SECONDS);
            let half = read_half(tx, &hash)?.filter(|half| half.created_at > since);
            let half = half.ok_or(AccountError::Half)?;
            hold_second_step(tx, &half.name)?;
            if let Some(why) = locked(tx, &door, half.name.as_str())? {
                return Ok(Looked::Refused(why));
            }
            let step = second_step(tx, &half.name)?.ok_or(AccountError::Half)?;
            let actor = read_user(tx, &half.name)?.actor();
            let Some(how) = take(tx, &seeds, &half.name, &step, &typed, &actor)? else {
                let why = count_failure(
                    tx,
                    &settings,
                    &door,
                    half.name.as_str(),
                    ("wrong code", AccountError::Code),
                )?;
                return Ok(Looked::Refused(why));
            };
            if !drop_half(tx, &hash)? {
                return Err(AccountError::Half);
            }
            if !step.confirmed {
                put_in_force(tx, &seeds, &half.name, &fresh, &actor)?;
            }
            forget_failures(tx, half.name.as_str())?;
            if let Some(before) = &before {
                end_session(tx, &before.session, &before.user.name, "signed in anew", &actor)?;
            }
            let how = format!("{}, {how}", half.how);
            insert_session(tx, &key, &half.name, &half.agent, &how, &actor)?;
            Ok::<_, AccountError>(Looked::Taken(!step.confirmed))
        });
        let new = done.await?.into_result()?;
        Ok(Completed { secret, codes: if new { codes } else { Vec::new() } })
    }

    /// How it stands with the person's authenticator, and whether the configuration asks for one.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn second_step(&self, who: &SignedIn) -> Result<(SecondStepState, bool), AccountError> {
        let name = who.user.name.clone();
        let read = self.store.read(move |sql: &mut dyn Sql| {
            Ok::<_, StoreError>((second_step(sql, &name)?, count_recovery_codes(sql, &name)?))
        });
        let (step, left) = read.await?;
        let must = self.must_be.iter().any(|wanted| who.user.may(*wanted));
        let state = match step {
            None => SecondStepState::Off,
            Some(step) if step.confirmed => SecondStepState::On(left),
            Some(step) => SecondStepState::Waiting(self.enrolment(&who.user.name, &step)?),
        };
        Ok((state, must))
    }

    /// Makes a seed that waits for its first code.
    ///
    /// # Errors
    /// When an authenticator is in force.
    pub async fn start_second_step(&self, who: &SignedIn) -> Result<(), AccountError> {
        let name = who.user.name.clone();
        let seed = self.seeds.close(&name, &Seed::random()?)?;
        let put = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| put_second_step(tx, &name, &seed));
        Ok(put.await?)
    }

    /// Puts the seed in force by its first code; the person's other sessions end. Gives the recovery codes.
    ///
    /// # Errors
    /// [`AccountError::Code`] when the code is wrong.
    pub async fn confirm_second_step(
        &self,
        who: &SignedIn,
        typed: &str,
    ) -> Result<Vec<String>, AccountError> {
        let (who, typed, seeds, codes) =
            (who.clone(), typed.to_owned(), self.seeds.clone(), recovery_codes()?);
        let fresh = codes.clone();
        let done = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let (name, by) = (&who.user.name, who.user.actor());
            let step = second_step(tx, name)?.filter(|step| !step.confirmed).ok_or(AccountError::Code)?;
            if take(tx, &seeds, name, &step, &typed, &by)?.is_none() {
                return Err(AccountError::Code);
            }
            put_in_force(tx, &seeds, name, &fresh, &by)?;
            Ok(end_sessions(tx, name, Some(&who.session), "second step on", &by)?)
        });
        done.await?;
        Ok(codes)
    }

    /// A new set of recovery codes, by password and code; the earlier ones end.
    ///
    /// # Errors
    /// When the password or the code is wrong, or too many were.
    pub async fn renew_recovery(
        &self,
        who: &SignedIn,
        from: Option<IpAddr>,
        password: &str,
        typed: &str,
    ) -> Result<Vec<String>, AccountError> {
        let (codes, seeds) = (recovery_codes()?, self.seeds.clone());
        let fresh = codes.clone();
        self.proven(who, from, password, typed, move |tx, who| {
            let by = who.user.actor();
            let hashes: Vec<_> = fresh.iter().map(|code| seeds.recovery_hash(&who.user.name, code)).collect();
            put_recovery_codes(tx, &who.user.name, &hashes, &by)
        })
        .await?;
        Ok(codes)
    }

    /// Takes the authenticator away, by password and code. Whoever must have one is signed out everywhere, and sets another
    /// up at the next sign-in (a new telephone).
    ///
    /// # Errors
    /// When the password or the code is wrong, or too many were.
    pub async fn end_second_step(
        &self,
        who: &SignedIn,
        from: Option<IpAddr>,
        password: &str,
        typed: &str,
    ) -> Result<(), AccountError> {
        let must = self.must_be.iter().any(|wanted| who.user.may(*wanted));
        self.proven(who, from, password, typed, move |tx, who| {
            let by = who.user.actor();
            drop_second_step(tx, &who.user.name, "user.second_step_off", &by)?;
            let kept = if must { None } else { Some(&who.session) };
            end_sessions(tx, &who.user.name, kept, "second step off", &by)
        })
        .await
    }

    /// Does something to the authenticator of who gives password and code.
    async fn proven(
        &self,
        who: &SignedIn,
        from: Option<IpAddr>,
        password: &str,
        typed: &str,
        act: impl Fn(&mut Tx<'_>, &SignedIn) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), AccountError> {
        let name = who.user.name.clone();
        let stored = self.store.read(move |sql: &mut dyn Sql| password_hash(sql, &name)).await?;
        let (door, password) = (Door::new(&self.settings, from), Password::typed(password));
        let matches = self.compute(move || password.matches(stored.as_deref())).await??;
        let (who, typed, seeds, settings) =
            (who.clone(), typed.to_owned(), self.seeds.clone(), self.settings.clone());
        let done = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            let (name, by) = (&who.user.name, who.user.actor());
            hold_second_step(tx, name)?;
            if let Some(why) = locked(tx, &door, name.as_str())? {
                return Ok(Looked::Refused(why));
            }
            let step = second_step(tx, name)?.filter(|step| step.confirmed).ok_or(AccountError::Code)?;
            if !matches || take(tx, &seeds, name, &step, &typed, &by)?.is_none() {
                let wrong = ("wrong password or code", AccountError::Code);
                let why = count_failure(tx, &settings, &door, name.as_str(), wrong)?;
                return Ok(Looked::Refused(why));
            }
            act(tx, &who)?;
            Ok::<_, AccountError>(Looked::Taken(()))
        });
        done.await?.into_result()
    }

    /// Takes somebody's authenticator away, by the security administrator (or at the command line); their sessions end.
    ///
    /// # Errors
    /// When the account has none, or it is the caller's own.
    pub async fn reset_second_step(&self, name: &str, by: Actor) -> Result<User, AccountError> {
        let name: UserName = name.parse()?;
        if by == Actor::User(name.to_string()) {
            let why = "自己的动态验证码请在“我的账户”停用，或由另一位安全管理员重置";
            return Err(AccountError::Field(why.to_owned()));
        }
        let reset = self.store.write(Priority::Desk, move |tx: &mut Tx<'_>| {
            drop_second_step(tx, &name, "user.second_step_reset", &by)?;
            end_sessions(tx, &name, None, "second step reset", &by)?;
            drop_keys(tx, &name, "second step reset", &by)?;
            read_user(tx, &name)
        });
        Ok(reset.await?)
    }
}

fn put_in_force(
    tx: &mut Tx<'_>,
    seeds: &SeedKey,
    name: &UserName,
    codes: &[String],
    by: &Actor,
) -> Result<(), StoreError> {
    confirm_second_step(tx, name, by)?;
    let hashes: Vec<_> = codes.iter().map(|code| seeds.recovery_hash(name, code)).collect();
    put_recovery_codes(tx, name, &hashes, by)
}
