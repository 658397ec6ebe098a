//! People of an [`Access`]: adding and changing them, logging in and out, and the link with which the first one is
//! made.

use super::password::{NotHashed, Password};
use super::throttle::Wait;
use super::{Access, Caller, Grant};
use super::{Digest, Secret, Session};
use super::{NewUser, USERS_MAX, User, folded};
use maitred_core::{Actor, Timestamp, UserId, limits};
use maitred_store::{Added, StoreError, UserChange, clock};
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};
use subtle::ConstantTimeEq;

/// How long a set-up link is good: an hour.
pub const SET_UP_MICROS: i64 = 3_600 * 1_000_000;
/// Characters of a name that are looked at: more than one can have.
const NAME_CHARS_MAX: usize = 256;

/// Why something about people was not done.
#[derive(Debug)]
pub enum AccountError {
    /// Somebody has this name.
    NameTaken,
    /// There are [`USERS_MAX`] who are not disabled.
    TooMany,
    /// There is nobody with this id.
    Unknown,
    /// The set-up link is used, or too old, or not needed any more.
    LinkOver,
    /// Too many passwords are looked at just now.
    Busy,
    /// The system has no randomness, or no memory.
    Failed,
    /// The store could not keep it.
    Store(StoreError),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTaken => write!(f, "this username is taken, or was used before; choose another one"),
            Self::TooMany => write!(f, "there are {USERS_MAX} users already; disable those who have left"),
            Self::Unknown => write!(f, "there is no user with this id"),
            Self::LinkOver => write!(f, "the link has been used, has expired or is no longer needed"),
            Self::Busy => write!(f, "too many passwords are being checked right now; try again in a moment"),
            Self::Failed => write!(f, "the system provides no randomness, or no memory for a password"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AccountError {}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotHashed> for AccountError {
    fn from(why: NotHashed) -> Self {
        match why {
            NotHashed::TooMany => Self::Busy,
            NotHashed::Failed => Self::Failed,
        }
    }
}

/// Why somebody is not logged in.
#[derive(Debug)]
pub enum LoginError {
    /// The name or password is wrong, or the user is disabled; which of these is not revealed.
    Wrong,
    /// Too many attempts.
    TooOften(Wait),
    /// For another reason.
    Account(AccountError),
}

impl<E: Into<AccountError>> From<E> for LoginError {
    fn from(why: E) -> Self {
        Self::Account(why.into())
    }
}

impl Access {
    /// Everybody who may log in or might once, by id, as far as is known here.
    #[must_use]
    pub fn users(&self) -> Vec<Arc<User>> {
        self.credentials.borrow().people().users()
    }

    /// Somebody by id.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<Arc<User>> {
        self.credentials.borrow().people().user(id).cloned()
    }

    /// In how many browsers somebody is logged in.
    #[must_use]
    pub fn sessions_of(&self, id: UserId) -> usize {
        self.credentials.borrow().people().sessions_of(id, clock::now())
    }

    /// Adds somebody.
    ///
    /// # Errors
    /// [`AccountError`] says why not.
    pub async fn add_user(&self, new: NewUser, password: &Password, by: Actor) -> Result<User, AccountError> {
        if self.credentials.borrow().people().enabled() >= USERS_MAX {
            return Err(AccountError::TooMany);
        }
        self.add(new, password, by, false).await
    }

    async fn add(&self, new: NewUser, password: &Password, by: Actor, only_first: bool) -> Result<User, AccountError> {
        let hash = self.hasher.hash(password).await?;
        let user = User {
            id: UserId(0),
            name: new.name,
            grant: new.grant,
            created_at: clock::now(),
            created_by: by,
            disabled_at: None,
            disabled_by: None,
            last_login_at: None,
        };
        let id = match self.store.add_user(user.clone(), hash, only_first).await? {
            Added::As(id) => id,
            Added::NameTaken => return Err(AccountError::NameTaken),
            Added::NotFirst => return Err(AccountError::LinkOver),
        };
        tracing::info!(user = %id, role = user.grant.role().as_str(), %by, "a person was added");
        self.refresh().await;
        Ok(User { id, ..user })
    }

    /// Sets what a user may do from now on. Ends their sessions.
    ///
    /// # Errors
    /// [`AccountError`] says why not.
    pub async fn set_grant(&self, id: UserId, grant: Grant, by: Actor) -> Result<(), AccountError> {
        self.change(id, UserChange::Grant(grant), by, "the role of a user was changed").await
    }

    /// Sets a user's password. Ends their sessions.
    ///
    /// # Errors
    /// [`AccountError`] says why not.
    pub async fn set_password(&self, id: UserId, password: &Password, by: Actor) -> Result<(), AccountError> {
        let hash = self.hasher.hash(password).await?;
        self.change(id, UserChange::Password(hash), by, "a password was set").await
    }

    /// Lets somebody log in again.
    ///
    /// # Errors
    /// [`AccountError`] says why not.
    pub async fn enable(&self, id: UserId, by: Actor) -> Result<(), AccountError> {
        self.change(id, UserChange::Enabled, by, "a user was enabled").await
    }

    /// Disables a user and ends their sessions.
    ///
    /// # Errors
    /// [`AccountError`] says why not.
    pub async fn disable(&self, id: UserId, by: Actor) -> Result<(), AccountError> {
        self.change(id, UserChange::Disabled(clock::now(), by), by, "a user was disabled").await
    }

    async fn change(&self, id: UserId, change: UserChange, by: Actor, what: &'static str) -> Result<(), AccountError> {
        if !self.store.change_user(id, change).await? {
            return Err(AccountError::Unknown);
        }
        tracing::info!(user = %id, %by, "{what}");
        self.refresh().await;
        Ok(())
    }

    /// Ends all sessions of somebody.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not keep that.
    pub async fn log_out_everywhere(&self, id: UserId, by: Actor) -> Result<(), StoreError> {
        self.store.end_sessions(id).await?;
        tracing::info!(user = %id, %by, "all sessions of a user were ended");
        self.refresh().await;
        Ok(())
    }

    /// Ends one session.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not keep that.
    pub async fn log_out(&self, session: Digest) -> Result<(), StoreError> {
        self.store.end_session(session).await?;
        self.refresh().await;
        Ok(())
    }

    /// Begins a session for the right name and password. Answers alike, and takes as long, whether a name is
    /// unknown, disabled, or the password wrong.
    ///
    /// # Errors
    /// [`LoginError`] says why not.
    pub async fn log_in(&self, name: &str, password: &str, from: IpAddr) -> Result<(Secret, Caller), LoginError> {
        let now = clock::now();
        let name: String = folded(name).chars().take(NAME_CHARS_MAX).collect();
        self.throttle.begin(&name, from, now).map_err(LoginError::TooOften)?;
        let known = self.recognise(&name, password).await.inspect_err(|_| self.throttle.take_back(&name, from))?;
        let Some((user, hash)) = known else {
            tracing::info!(%from, "a login failed");
            return Err(LoginError::Wrong);
        };
        self.throttle.forgive(&name, from);
        self.begin_session(&user, hash, now).await?.ok_or(LoginError::Wrong)
    }

    /// Who has this name and this password, and the hash of it.
    async fn recognise(&self, name: &str, password: &str) -> Result<Option<(User, String)>, AccountError> {
        let known = if limits::name(name).is_ok() { self.store.user_named(name).await? } else { None };
        let known = known.filter(|(user, _)| user.is_enabled());
        let is_right = self.hasher.is(password, known.as_ref().map(|(_, hash)| hash.clone())).await?;
        Ok(known.filter(|_| is_right))
    }

    /// None when the user was disabled or has another password since.
    async fn begin_session(
        &self,
        user: &User,
        hash: String,
        now: Timestamp,
    ) -> Result<Option<(Secret, Caller)>, AccountError> {
        let secret = Secret::new().map_err(|_| AccountError::Failed)?;
        let digest = secret.digest();
        let session = Session { digest, user: user.id, created_at: now, seen_at: now };
        if !self.store.begin_session(session, hash).await? {
            return Ok(None);
        }
        tracing::info!(user = %user.id, "a person logged in");
        self.refresh().await;
        let caller = Caller { session: Some(digest), ..Caller::new(Actor::User(user.id), user.grant) };
        Ok(Some((secret, caller)))
    }

    /// What opens [`Access::set_up`] once, within an hour; none when there is somebody who may log in already.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn offer_set_up(&self) -> Result<Option<Secret>, getrandom::Error> {
        if !self.users().is_empty() {
            return Ok(None);
        }
        let secret = Secret::new()?;
        *self.set_up.lock().unwrap_or_else(PoisonError::into_inner) = Some((secret.digest(), clock::now()));
        Ok(Some(secret))
    }

    /// Whether this is the text of a set-up link that is still good.
    #[must_use]
    pub fn may_set_up(&self, text: &str) -> bool {
        let offered = *self.set_up.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some((digest, at)), Some(secret)) = (offered, Secret::parse(text)) else { return false };
        let is_it: bool = secret.digest().ct_eq(&digest).into();
        is_it && clock::now().0 - at.0 < SET_UP_MICROS && self.users().is_empty()
    }

    /// Makes the first admin and logs them in.
    ///
    /// # Errors
    /// [`AccountError`] says why not.
    pub async fn set_up(
        &self,
        text: &str,
        name: Arc<str>,
        password: &Password,
    ) -> Result<(Secret, Caller), AccountError> {
        if !self.may_set_up(text) {
            return Err(AccountError::LinkOver);
        }
        let new = NewUser { name, grant: Grant::Admin };
        let user = self.add(new, password, Actor::Anonymous, true).await?;
        *self.set_up.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let (user, hash) = self.store.user_named(&folded(&user.name)).await?.ok_or(AccountError::Unknown)?;
        self.begin_session(&user, hash, clock::now()).await?.ok_or(AccountError::Unknown)
    }
}
