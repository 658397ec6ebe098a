//! Keys of the API, as rows; people are in [`super::users`]. They change rarely, by administrators, beside the
//! batcher and not through it: on SQLite they are in a small file of their own, which the command line may write while
//! a server runs (why: docs/decisions/0009-keys-beside-the-contacts.md), on PostgreSQL in tables.
//!
//! Every method gives [`StoreError`] when the store cannot be used.

use super::users::UserAndPassword;
use super::views::Page;
use super::{StoreError, postgres, sqlite};
use crate::accounts::{Grant, Key, NewKey, Role, User};
use crate::url::DatabaseUrl;
use maitred_core::{Actor, KeyId, OperatorId, SourceId, Timestamp};
use std::sync::Arc;

type Result<T> = std::result::Result<T, StoreError>;

/// A key and what its secret hashes to.
pub type KeyAndDigest = (Key, [u8; 32]);

/// Everything there is of keys and people, to be put elsewhere. Sessions stay behind: users log in again.
pub(super) struct AllKeys {
    pub(super) keys: Vec<KeyAndDigest>,
    pub(super) users: Vec<UserAndPassword>,
    pub(super) version: i64,
    pub(super) next_key: i64,
    pub(super) next_user: i64,
}

impl Default for AllKeys {
    fn default() -> Self {
        Self { keys: Vec::new(), users: Vec::new(), version: 0, next_key: 1, next_user: 1 }
    }
}

/// How many keys and people were taken over from another store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// Keys, revoked ones included.
    pub keys: usize,
    /// People, disabled ones included.
    pub users: usize,
}

/// See the module. Clones share connections.
#[derive(Clone)]
pub enum KeyStore {
    /// A file beside that of the contacts.
    Sqlite(sqlite::KeyFile),
    /// Tables beside those of the contacts.
    Postgres(postgres::KeyTable),
}

#[expect(clippy::missing_errors_doc, reason = "said once, in the module's first lines")]
impl KeyStore {
    /// For the keys of this database. On PostgreSQL the schema is brought up to date; a file is made with its first
    /// key.
    pub async fn open(url: &DatabaseUrl) -> Result<Self> {
        match url {
            DatabaseUrl::Sqlite(path) => Ok(Self::Sqlite(sqlite::KeyFile::beside(path))),
            DatabaseUrl::Postgres(url) => postgres::KeyTable::open(url).await.map(Self::Postgres),
        }
    }

    /// A number that every change of keys raises; 0 as long as there never was one.
    pub async fn version(&self) -> Result<i64> {
        match self {
            Self::Sqlite(file) => file.version().await,
            Self::Postgres(table) => table.version().await,
        }
    }

    /// Every key that is not revoked.
    pub async fn good(&self) -> Result<Vec<KeyAndDigest>> {
        match self {
            Self::Sqlite(file) => file.good().await,
            Self::Postgres(table) => table.good().await,
        }
    }

    /// Keys by id, revoked ones included.
    pub async fn keys(&self, page: Page) -> Result<Vec<Key>> {
        match self {
            Self::Sqlite(file) => file.keys(page).await,
            Self::Postgres(table) => table.keys(page).await,
        }
    }

    /// A key, also a revoked one.
    pub async fn key(&self, id: KeyId) -> Result<Option<Key>> {
        let page = Page { limit: 1, after: id.0.checked_sub(1) };
        Ok(self.keys(page).await?.pop().filter(|key| key.id == id))
    }

    /// Adds a key.
    pub async fn add(
        &self,
        new: NewKey,
        prefix: Arc<str>,
        digest: [u8; 32],
        created_by: Actor,
        created_at: Timestamp,
    ) -> Result<Key> {
        let mut key = Key {
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
        key.id = match self {
            Self::Sqlite(file) => file.add(key.clone(), digest).await?,
            Self::Postgres(table) => table.add(&key, &digest).await?,
        };
        Ok(key)
    }

    /// Revokes a key; what it was revoked by first stays. False when there is none.
    pub async fn revoke(&self, id: KeyId, by: Actor, at: Timestamp) -> Result<bool> {
        match self {
            Self::Sqlite(file) => file.revoke(id, by, at).await,
            Self::Postgres(table) => table.revoke(id, by, at).await,
        }
    }

    /// Copies all keys and users of another store with their ids and hashes, when a database is copied: keys and
    /// passwords stay valid, and what events say of them stays true. Copying again brings the later changes.
    pub async fn take_over(&self, from: &Self) -> Result<TakenOver> {
        let all = from.all().await?;
        if all.version == 0 {
            return Ok(TakenOver::default());
        }
        let own = self.all().await?;
        let is_known = |own: &KeyAndDigest| all.keys.iter().any(|(key, digest)| (key.id, digest) == (own.0.id, &own.1));
        let is_his = |own: &UserAndPassword| all.users.iter().any(|(user, _)| is_same(user, &own.0));
        if !own.keys.iter().all(is_known) || !own.users.iter().all(is_his) {
            let why = "the new database has keys or people of its own, so those of the old one were left there";
            return Err(StoreError::Unusable(why.to_owned()));
        }
        let taken = TakenOver { keys: all.keys.len(), users: all.users.len() };
        match self {
            Self::Sqlite(file) => file.put(all).await?,
            Self::Postgres(table) => table.put(&all).await?,
        }
        Ok(taken)
    }

    async fn all(&self) -> Result<AllKeys> {
        match self {
            Self::Sqlite(file) => file.all().await,
            Self::Postgres(table) => table.all().await,
        }
    }

    /// Keeps when keys were last used; earlier times than the kept ones change nothing.
    pub async fn note_uses(&self, uses: Vec<(KeyId, Timestamp)>) -> Result<()> {
        match self {
            Self::Sqlite(file) => file.note_uses(uses).await,
            Self::Postgres(table) => table.note_uses(&uses).await,
        }
    }
}

fn is_same(one: &User, other: &User) -> bool {
    (one.id, &one.name, one.created_at) == (other.id, &other.name, other.created_at)
}

/// The stored code of a role.
pub(super) const fn role_code(role: Role) -> i16 {
    role as i16
}

/// The grant of a row.
pub(super) fn grant(role: i64, source: Option<i64>, operator: Option<i64>) -> Result<Grant> {
    let known = usize::try_from(role).ok().and_then(|code| Role::ALL.get(code));
    let known = known.ok_or(StoreError::UnknownCode("keys.role", role))?;
    Grant::new(*known, source.map(SourceId), operator.map(OperatorId))
        .map_err(|(field, invalid)| StoreError::Corrupt(format!("a key: {field} {invalid}")))
}

/// The actor of a row.
pub(super) fn actor(text: &str) -> Result<Actor> {
    text.parse().map_err(|error| StoreError::Corrupt(format!("a key: {error}")))
}

/// The digest of a row.
pub(super) fn digest(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| StoreError::Corrupt("the digest of a key".to_owned()))
}
