//! Where keys, users and sessions are kept. They change rarely, when somebody administers them, beside the batcher and
//! not through it: on SQLite they are in a small file of their own, which the command line may write while a server
//! runs (why: docs/decisions/0009-keys-beside-the-contacts.md), on PostgreSQL in tables. What is done with them is in
//! `account_steps`.
//!
//! Every method gives [`StoreError`] when the store cannot be used.

use crate::account_steps::{self, Added, KeyAndDigest, UserAndPassword, UserChange};
use crate::accounts::{Digest, Key, NewKey, Session, User};
use crate::key_place::{KeyPlace, add, change, read};
use crate::url::DatabaseUrl;
use crate::views::Page;
use crate::{StoreError, StoreFuture};
use futures_util::FutureExt;
use maitred_core::{Actor, KeyId, Timestamp, UserId};
use std::sync::Arc;

type Result<T> = std::result::Result<T, StoreError>;

/// How many keys and users were taken over from another store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// Keys, revoked ones included.
    pub keys: usize,
    /// Users, disabled ones included.
    pub users: usize,
}

/// See the module. Clones share connections.
#[derive(Clone)]
pub struct KeyStore(KeyPlace);

#[expect(clippy::missing_errors_doc, reason = "said once, in the module's first lines")]
impl KeyStore {
    /// For the keys of this database. On PostgreSQL the schema is brought up to date; a file is made with its first
    /// key or user.
    pub async fn open(url: &DatabaseUrl) -> Result<Self> {
        KeyPlace::open(url).await.map(Self)
    }

    /// A number that every change of keys raises; 0 as long as there never was one.
    pub fn version(&self) -> StoreFuture<'_, i64> {
        read!(self, of => async { Ok(account_steps::access(of).await?.version) })
    }

    /// Every key that is not revoked.
    pub fn good(&self) -> StoreFuture<'_, Vec<KeyAndDigest>> {
        read!(self, of => account_steps::good_keys(of))
    }

    /// Keys by id, revoked ones included.
    pub fn keys(&self, page: Page) -> StoreFuture<'_, Vec<Key>> {
        async move {
            let keys: Result<Vec<KeyAndDigest>> = read!(self, of => account_steps::keys(of, page)).await;
            Ok(keys?.into_iter().map(|(key, _)| key).collect())
        }
        .boxed()
    }

    /// A key, also a revoked one.
    pub fn key(&self, id: KeyId) -> StoreFuture<'_, Option<Key>> {
        async move {
            let page = Page { limit: 1, after: id.0.checked_sub(1) };
            Ok(self.keys(page).await?.pop().filter(|key| key.id == id))
        }
        .boxed()
    }

    pub fn add(
        &self,
        new: NewKey,
        prefix: Arc<str>,
        digest: Digest,
        created_by: Actor,
        created_at: Timestamp,
    ) -> StoreFuture<'_, Key> {
        async move {
            let key = Key {
                id: KeyId(0),
                name: new.name,
                grant: new.grant,
                prefix,
                created_at,
                created_by,
                expires_at: new.expires_at,
                last_used_at: None,
                revoked_at: None,
                revoked_by: None,
            };
            let added = key.clone();
            let id: Result<KeyId> = add!(self, to => account_steps::add_key(to, added, digest)).await;
            Ok(Key { id: id?, ..key })
        }
        .boxed()
    }

    /// Revokes a key; what it was revoked by first stays. False when there is none.
    pub fn revoke(&self, id: KeyId, by: Actor, at: Timestamp) -> StoreFuture<'_, bool> {
        change!(self, of => account_steps::revoke_key(of, id, by, at))
    }

    /// Keeps when keys were last used; earlier times than the kept ones change nothing.
    pub fn note_uses(&self, uses: Vec<(KeyId, Timestamp)>) -> StoreFuture<'_, ()> {
        change!(self, of => account_steps::note_key_uses(of, &uses))
    }

    /// Takes over all keys and users of another store, ids, hashes and all, when a database moves: keys and passwords
    /// stay good, and what events say of them stays true. Doing it again brings the later changes.
    pub async fn take_over(&self, from: &Self) -> Result<TakenOver> {
        let all = from.everything().await?;
        if all.access.version == 0 {
            return Ok(TakenOver::default());
        }
        let own = self.everything().await?;
        let is_known = |own: &KeyAndDigest| all.keys.iter().any(|(key, digest)| (key.id, digest) == (own.0.id, &own.1));
        let is_theirs = |own: &UserAndPassword| all.users.iter().any(|(user, _)| is_same(user, &own.0));
        if !own.keys.iter().all(is_known) || !own.users.iter().all(is_theirs) {
            let why = "the new database has keys or people of its own, so those of the old one were left there";
            return Err(StoreError::Unusable(why.to_owned()));
        }
        let taken = TakenOver { keys: all.keys.len(), users: all.users.len() };
        let put: Result<()> = add!(self, to => account_steps::put_everything(to, all)).await;
        put.map(|()| taken)
    }

    fn everything(&self) -> StoreFuture<'_, account_steps::Everything> {
        read!(self, of => account_steps::everything(of))
    }

    /// All users, by id.
    pub fn users(&self) -> StoreFuture<'_, Vec<User>> {
        async move {
            let users: Result<Vec<UserAndPassword>> = read!(self, of => account_steps::users(of)).await;
            Ok(users?.into_iter().map(|(user, _)| user).collect())
        }
        .boxed()
    }

    /// The user with this name, [folded](crate::accounts::folded), and the hash of their password.
    pub fn user_named(&self, folded: &str) -> StoreFuture<'_, Option<UserAndPassword>> {
        let folded = folded.to_owned();
        read!(self, of => account_steps::user_named(of, &folded))
    }

    /// Adds a user, whose id is given to them; if wished only where there is no user yet.
    pub fn add_user(&self, user: User, password: String, only_first: bool) -> StoreFuture<'_, Added> {
        add!(self, to => account_steps::add_user(to, user, password, only_first))
    }

    /// Changes a user. False when there is none with this id.
    pub fn change_user(&self, id: UserId, change: UserChange) -> StoreFuture<'_, bool> {
        change!(self, of => account_steps::change_user(of, id, change))
    }

    pub fn sessions(&self) -> StoreFuture<'_, Vec<Session>> {
        read!(self, of => account_steps::sessions(of))
    }

    /// Begins a session, if its user is enabled and this is the hash of their password. They have at most
    /// [`SESSIONS_MAX`](crate::accounts::SESSIONS_MAX) then; the one not used for longest goes.
    pub fn begin_session(&self, session: Session, password: String) -> StoreFuture<'_, bool> {
        change!(self, of => account_steps::begin_session(of, session, &password))
    }

    /// Ends a session, if it is there.
    pub fn end_session(&self, session: Digest) -> StoreFuture<'_, ()> {
        async move {
            let ended: Result<bool> = change!(self, of => account_steps::end_session(of, session)).await;
            ended.map(drop)
        }
        .boxed()
    }

    /// Ends all sessions of a user.
    pub fn end_sessions(&self, user: UserId) -> StoreFuture<'_, ()> {
        async move {
            let ended: Result<bool> = change!(self, of => account_steps::end_sessions(of, user)).await;
            ended.map(drop)
        }
        .boxed()
    }

    /// Keeps when sessions were last used; earlier times than the kept ones change nothing.
    pub fn note_sessions(&self, uses: Vec<(Digest, Timestamp)>) -> StoreFuture<'_, ()> {
        change!(self, of => account_steps::note_session_uses(of, &uses))
    }

    /// Deletes sessions that are over.
    pub fn forget_sessions(&self, now: Timestamp) -> StoreFuture<'_, ()> {
        async move {
            let ended: Result<bool> = change!(self, of => account_steps::forget_sessions(of, now)).await;
            ended.map(drop)
        }
        .boxed()
    }
}

fn is_same(one: &User, other: &User) -> bool {
    (one.id, &one.name, one.created_at) == (other.id, &other.name, other.created_at)
}
