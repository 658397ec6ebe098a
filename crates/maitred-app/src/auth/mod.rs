//! Who may do what. A *key* names a program that calls the API and grants it a role; a *user* is a person who logs in
//! with a password and then has a *session*. [`Access`] keeps keys, users and sessions in memory, so that no request
//! asks the store, and follows what other nodes and the command line change.
//!
//! As long as there never was a key or a user, everybody is let in as [`Caller::ANYBODY`]; from the first one on nobody
//! is without one, also when all of them are revoked or expired. Which calls each role may make is in
//! `maitred_web::guard`, which commands they may have executed in [`crate::permission`]; the rows are in
//! [`maitred_store::KeyStore`], and [`crate::jobs`] keeps up with them.

mod credentials;
mod login;
mod password;
mod people;
mod secret;
mod throttle;
mod token;

pub use credentials::{CredentialError, KEYS_MAX, Validity};
pub use login::{AccountError, LoginError, SET_UP_MICROS};
pub use maitred_store::accounts::{
    Digest, Grant, IDLE_MICROS, Key, LASTS_MICROS, NewKey, NewUser, Role, SESSIONS_MAX, Session, USERS_MAX, User,
    folded, grant_of_a_person, user_name,
};
pub use password::{AT_ONCE_MAX, CHARS_MAX, CHARS_MIN, Password, WAITING_MAX, generated_password};
pub use secret::Secret;
pub use throttle::{REMEMBERED_MAX, Wait};
pub use token::Token;

use crate::permission::Requester;
use credentials::Credentials;
use maitred_core::{Actor, KeyId, OperatorId, Timestamp, UserId};
use maitred_store::views::Page;
use maitred_store::{KeyStore, StoreError, clock};
use password::Hasher;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex as SyncMutex};
use std::time::{Duration, Instant};
use throttle::Throttle;
use tokio::sync::{Mutex, watch};

/// How often a long-lived answer looks whether its caller may still have it, besides when keys change.
const VALIDITY_CHECK_PERIOD: Duration = Duration::from_secs(3_600);

/// Who calls, and what they may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// As events name them.
    pub actor: Actor,
    pub grant: Grant,
    /// The session whose secret was sent, if it was one.
    pub session: Option<Digest>,
    /// Whose requests with an idempotency key these continue. A key that replaces another has its name and its grant,
    /// and a request that was sent with the old one may be sent again with the new one; else it is `actor`.
    pub continues: Actor,
}

impl Caller {
    /// The caller of a server without keys and users.
    pub const ANYBODY: Self = Self::new(Actor::Anonymous, Grant::Admin);

    /// A caller without a session, who continues nobody else's requests.
    #[must_use]
    pub const fn new(actor: Actor, grant: Grant) -> Self {
        Self { actor, grant, session: None, continues: actor }
    }

    /// Which user this is, if they have logged in.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        if let Actor::User(id) = self.actor { Some(id) } else { None }
    }

    /// On whose behalf commands are carried out.
    #[must_use]
    pub const fn requester(&self) -> Requester {
        Requester { actor: self.actor, grant: self.grant }
    }

    /// The only operator whose contacts they may see and change; all contacts, if none.
    #[must_use]
    pub const fn own_operator(&self) -> Option<OperatorId> {
        self.grant.operator()
    }
}

/// The names of keys and users. They never change, so what was made with one is the same later.
pub type ActorNames = BTreeMap<Actor, Arc<str>>;

/// Why a key was not made.
#[derive(Debug)]
pub enum CreateKeyError {
    /// There are [`KEYS_MAX`] good ones already.
    TooMany,
    /// The operating system has no randomness to give.
    NoRandomness,
    /// The store could not keep it.
    Store(StoreError),
}

impl fmt::Display for CreateKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => write!(f, "there are {KEYS_MAX} keys already; revoke those that are no longer used"),
            Self::NoRandomness => write!(f, "the system provides no randomness for a secret"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CreateKeyError {}

impl From<StoreError> for CreateKeyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The keys and people of a store. Clones share what is in memory.
#[derive(Clone)]
pub struct Access {
    store: KeyStore,
    credentials: Arc<watch::Sender<Credentials>>,
    /// Held while keys are read again: an older state never replaces a later one.
    reading: Arc<Mutex<()>>,
    /// When it was last looked for a session that nobody here knows.
    looked: Arc<Mutex<Option<Instant>>>,
    hasher: Hasher,
    throttle: Arc<Throttle>,
    /// What the set-up link has, and since when it is offered.
    set_up: Arc<SyncMutex<Option<(Digest, Timestamp)>>>,
}

impl Access {
    /// Reads all keys.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read: it is better not to start than to let everybody in.
    pub async fn open(store: KeyStore) -> Result<Self, StoreError> {
        let credentials = Credentials::read(&store, &Credentials::default()).await?;
        Ok(Self {
            store,
            credentials: Arc::new(watch::Sender::new(credentials)),
            reading: Arc::default(),
            looked: Arc::default(),
            hasher: Hasher::default(),
            throttle: Arc::default(),
            set_up: Arc::default(),
        })
    }

    /// Does ahead what the first login would wait for.
    pub(crate) fn warm_up() {
        password::warm_up();
    }

    /// Whether callers need a key or a session.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        self.credentials.borrow().is_guarded()
    }

    /// Whether anybody could manage keys and users over HTTP once there are some. Without an admin it would take the
    /// command line, so the first key or user is an admin's.
    #[must_use]
    pub fn has_admin(&self) -> bool {
        self.credentials.borrow().admins(clock::now()).next().is_some()
    }

    /// Whether this is an admin, and there is no other.
    #[must_use]
    pub fn is_last_admin(&self, actor: Actor) -> bool {
        let credentials = self.credentials.borrow();
        let mut admins = credentials.admins(clock::now());
        admins.next() == Some(actor) && admins.next().is_none()
    }

    /// Who calls with this key, or with none.
    ///
    /// # Errors
    /// [`CredentialError`] says why they are not let in.
    pub fn admit(&self, key: Option<&str>, now: Timestamp) -> Result<Caller, CredentialError> {
        self.credentials.borrow().admit(key, now)
    }

    /// Who calls with this session. One that is unknown may have begun at another node a moment ago, so it is looked
    /// whether it has; of many who ask that at once one looks.
    ///
    /// # Errors
    /// [`CredentialError`] says why they are not let in.
    pub async fn admit_session(&self, text: &str) -> Result<Caller, CredentialError> {
        if !self.is_guarded() {
            return Ok(Caller::ANYBODY);
        }
        let digest = Secret::parse(text).ok_or(CredentialError::NoSession)?.digest();
        let admit = || self.credentials.borrow().people().admit(&digest, clock::now());
        match admit() {
            Err(CredentialError::NoSession) => {}
            known => return known,
        }
        let asked = Instant::now();
        let mut looked = self.looked.lock().await;
        if looked.is_none_or(|at| at < asked) {
            *looked = Some(Instant::now());
            self.refresh().await;
        }
        drop(looked);
        admit()
    }

    /// Makes a key. Its text is given once and cannot be found out again.
    ///
    /// # Errors
    /// [`CreateKeyError`] says why not.
    pub async fn create(&self, new: NewKey, by: Actor) -> Result<(Key, Token), CreateKeyError> {
        if self.credentials.borrow().len() >= KEYS_MAX {
            return Err(CreateKeyError::TooMany);
        }
        let token = Token::new().map_err(|_| CreateKeyError::NoRandomness)?;
        let key = self.store.add(new, token.prefix().into(), token.digest(), by, clock::now()).await?;
        tracing::info!(key = %key.id, role = key.grant.role().as_str(), prefix = %key.prefix, %by, "a key was made");
        self.refresh().await;
        Ok((key, token))
    }

    /// Makes a key good for nothing, for good. False when there is no such key; revoking twice is the same as once.
    ///
    /// # Errors
    /// [`StoreError`] when the store could not keep that.
    pub async fn revoke(&self, id: KeyId, by: Actor) -> Result<bool, StoreError> {
        let is_there = self.store.revoke(id, by, clock::now()).await?;
        if is_there {
            tracing::info!(key = %id, %by, "a key was revoked");
            self.refresh().await;
        }
        Ok(is_there)
    }

    /// Keys by id, revoked ones included.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn keys(&self, page: Page) -> Result<Vec<Key>, StoreError> {
        self.store.keys(page).await
    }

    /// A key, also a revoked one.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn key(&self, id: KeyId) -> Result<Option<Key>, StoreError> {
        self.store.key(id).await
    }

    /// How the keys and users among these actors are called; others have no name.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn names_of(&self, actors: impl IntoIterator<Item = Actor>) -> Result<ActorNames, StoreError> {
        let actors: BTreeSet<Actor> = actors.into_iter().collect();
        let mut names = ActorNames::new();
        for actor in actors {
            let name = match actor {
                Actor::User(id) => self.user(id).map(|user| user.name.clone()),
                Actor::Key(id) => self.key(id).await?.map(|key| key.name),
                Actor::System | Actor::Anonymous | Actor::Cli | Actor::Telegram(_) => None,
            };
            names.extend(name.map(|name| (actor, name)));
        }
        Ok(names)
    }

    /// Sees at once what was just changed. It is stored, so if it cannot be read now the next tick of
    /// [`crate::jobs::FollowCredentials`] sees it.
    async fn refresh(&self) {
        if let Err(error) = self.catch_up().await {
            tracing::warn!(%error, "a change of keys will be noticed a moment later");
        }
    }

    /// Reads keys again if anybody changed them since.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read; the keys in memory stay as they are.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        self.read_again(false).await
    }

    async fn read_again(&self, always: bool) -> Result<(), StoreError> {
        let _reading = self.reading.lock().await;
        let known = self.credentials.borrow().clone();
        if !always && self.store.version().await? == known.version() {
            return Ok(());
        }
        let credentials = Credentials::read(&self.store, &known).await?;
        if known.is_guarded() && !credentials.is_guarded() {
            // Somebody took the file away. That must not open the door.
            return Err(StoreError::Engine(
                "the keys are gone; those known so far stay valid until the end".to_owned(),
            ));
        }
        self.credentials.send_replace(credentials);
        Ok(())
    }

    /// Stores when keys and sessions were last used. What cannot be stored now is stored the next time.
    pub async fn note_uses(&self) {
        let credentials = self.credentials.borrow().clone();
        let uses = credentials.unnoted_uses();
        if !uses.is_empty() {
            match self.store.note_uses(uses.clone()).await {
                Ok(()) => credentials.noted(&uses),
                Err(error) => tracing::debug!(%error, "the last uses of keys were not stored"),
            }
        }
        let uses = credentials.people().unnoted_uses();
        if !uses.is_empty() {
            match self.store.note_sessions(uses.clone()).await {
                Ok(()) => credentials.people().noted(&uses),
                Err(error) => tracing::debug!(%error, "the last uses of sessions were not stored"),
            }
        }
    }

    /// Forgets sessions that are over, and learns which ones other nodes saw used: no change of the keys tells that.
    pub(crate) async fn forget_ended_sessions(&self) {
        if self.credentials.borrow().people().is_empty() {
            return;
        }
        let forgotten = match self.store.forget_sessions(clock::now()).await {
            Ok(()) => self.read_again(true).await,
            failed => failed,
        };
        if let Err(error) = forgotten {
            tracing::debug!(%error, "sessions that have ended were not deleted");
        }
    }

    /// Ends when this caller is not to be served any more: their key is revoked or expires, their session ends, or keys
    /// exist now and they have none. For answers without an end. As long as one lasts, its session is in use.
    pub fn until_revoked(&self, caller: Caller) -> impl Future<Output = ()> + Send + use<> {
        let mut credentials = self.credentials.subscribe();
        async move {
            loop {
                let now = clock::now();
                let validity = credentials.borrow_and_update().validity(&caller, now);
                let Some(Validity { until }) = validity else { return };
                let left = until.map_or(i64::MAX, |until| until.0 - now.0);
                let Ok(left @ 1..) = u64::try_from(left) else { return };
                let wait = Duration::from_micros(left).min(VALIDITY_CHECK_PERIOD);
                if let Ok(Err(_)) = tokio::time::timeout(wait, credentials.changed()).await {
                    return;
                }
            }
        }
    }
}
