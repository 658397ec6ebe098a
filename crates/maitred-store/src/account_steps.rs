//! What is done with the rows of keys, users and sessions, step by step, for both engines. Whatever changes something
//! is one transaction, which has the row of `access` to itself.

use crate::StoreError;
use crate::accounts::{Digest, IDLE_MICROS, Key, LASTS_MICROS, SESSIONS_MAX, Session, User, folded};
use crate::reading::values;
use crate::schema::{Access, FromRow, KeyRow, Put, Record, UserRow, Value, columns_of};
use crate::views::Page;
use maitred_core::{Actor, KeyId, Timestamp, UserId};

type Result<T> = std::result::Result<T, StoreError>;

/// A key and what its secret hashes to.
pub type KeyAndDigest = (Key, Digest);

/// A user and the hash of their password.
pub type UserAndPassword = (User, String);

/// Carries out statements, written as `sql` says, one after another.
pub trait Execute {
    /// All rows that a statement gives.
    async fn list<T: FromRow>(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>>;

    /// How many rows a statement changed.
    async fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<u64>;
}

/// All keys and users, to be put elsewhere. Sessions stay: who has one logs in again.
pub struct Everything {
    pub access: Access,
    pub keys: Vec<KeyAndDigest>,
    pub users: Vec<UserAndPassword>,
}

impl Default for Everything {
    fn default() -> Self {
        let access = Access { one: 1, version: 0, next_key: 1, next_user: 1 };
        Self { access, keys: Vec::new(), users: Vec::new() }
    }
}

/// What became of a user who was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// They have this id.
    As(UserId),
    /// Another user has the name.
    NameTaken,
    /// They were to be the first, and there is another.
    NotFirst,
}

/// What is changed of a user. Each ends their sessions.
#[derive(Clone, Debug)]
pub enum UserChange {
    /// What they may do.
    Grant(crate::accounts::Grant),
    /// The hash of their password.
    Password(String),
    /// They may log in.
    Enabled,
    /// They may not, since then; what was there first stays.
    Disabled(Timestamp, Actor),
}

pub async fn access(of: &impl Execute) -> Result<Access> {
    let sql = format!("SELECT {} FROM maitred.access a WHERE a.one = 1", columns_of::<Access>("a"));
    of.list(&sql, &[]).await?.pop().ok_or_else(|| StoreError::Corrupt("access has no row".to_owned()))
}

/// Every key that is not revoked.
pub async fn good_keys(of: &impl Execute) -> Result<Vec<KeyAndDigest>> {
    let columns = columns_of::<KeyRow>("k");
    let sql = format!("SELECT {columns} FROM maitred.keys k WHERE k.revoked_at IS NULL ORDER BY k.id");
    of.list(&sql, &[]).await?.into_iter().map(KeyRow::key).collect()
}

/// Keys by id, revoked ones included.
pub async fn keys(of: &impl Execute, page: Page) -> Result<Vec<KeyAndDigest>> {
    let columns = columns_of::<KeyRow>("k");
    let sql = format!("SELECT {columns} FROM maitred.keys k WHERE k.id > $1 ORDER BY k.id LIMIT $2");
    let rows = of.list(&sql, values![page.after.unwrap_or_default(), page.limit]).await?;
    rows.into_iter().map(KeyRow::key).collect()
}

/// Users by id, with the hashes of their passwords.
pub async fn users(of: &impl Execute) -> Result<Vec<UserAndPassword>> {
    let sql = format!("SELECT {} FROM maitred.users u ORDER BY u.id", columns_of::<UserRow>("u"));
    of.list(&sql, &[]).await?.into_iter().map(UserRow::user).collect()
}

/// The user with this name, [folded].
pub async fn user_named(of: &impl Execute, folded: &str) -> Result<Option<UserAndPassword>> {
    let sql = format!("SELECT {} FROM maitred.users u WHERE u.name_folded = $1", columns_of::<UserRow>("u"));
    of.list(&sql, &[Value::from(folded)]).await?.pop().map(UserRow::user).transpose()
}

pub async fn sessions(of: &impl Execute) -> Result<Vec<Session>> {
    of.list(&format!("SELECT {} FROM maitred.sessions s", columns_of::<Session>("s")), &[]).await
}

pub async fn everything(of: &impl Execute) -> Result<Everything> {
    let all = Page { limit: u32::MAX, after: None };
    Ok(Everything { access: access(of).await?, keys: keys(of, all).await?, users: users(of).await? })
}

/// Adds a key, whose id it gives.
pub async fn add_key(to: &impl Execute, mut key: Key, digest: Digest) -> Result<KeyId> {
    let take = "UPDATE maitred.access SET version = version + 1, next_key = next_key + 1 WHERE one = 1 \
                RETURNING next_key - 1";
    key.id = number(to, take, &[]).await.map(KeyId)?;
    let id = key.id;
    put(to, Put::Insert, &KeyRow::of(key, digest)).await?;
    Ok(id)
}

/// Revokes a key; what it was revoked by first stays. False when there is none.
pub async fn revoke_key(of: &impl Execute, id: KeyId, by: Actor, at: Timestamp) -> Result<bool> {
    let sql = "UPDATE maitred.keys SET revoked_at = $2, revoked_by = $3 WHERE id = $1 AND revoked_at IS NULL";
    let revoked = of.run(sql, values![id, at, by]).await?;
    if revoked > 0 {
        // Those who had the key may have added a browser of their own.
        let sql = "DELETE FROM maitred.push_browsers WHERE operator_id = (SELECT operator_id FROM maitred.keys \
                   WHERE id = $1)";
        of.run(sql, values![id]).await?;
    }
    raise_if(of, revoked).await?;
    Ok(number(of, "SELECT count(*) FROM maitred.keys WHERE id = $1", values![id]).await? > 0)
}

/// Keeps when keys were last used; earlier times than the kept ones change nothing.
pub async fn note_key_uses(of: &impl Execute, uses: &[(KeyId, Timestamp)]) -> Result<()> {
    let sql = "UPDATE maitred.keys SET last_used_at = $2 \
               WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
    for (id, at) in uses {
        of.run(sql, values![*id, *at]).await?;
    }
    Ok(())
}

/// Puts keys and users of another store, with their ids; those that are there are overwritten.
pub async fn put_everything(to: &impl Execute, all: Everything) -> Result<()> {
    let own = access(to).await?;
    let access = Access {
        one: 1,
        version: all.access.version.max(own.version + 1),
        next_key: all.access.next_key.max(own.next_key),
        next_user: all.access.next_user.max(own.next_user),
    };
    put(to, Put::Update, &access).await?;
    for (key, digest) in all.keys {
        put(to, Put::Upsert, &KeyRow::of(key, digest)).await?;
    }
    for (user, password) in all.users {
        put(to, Put::Upsert, &UserRow::of(user, password)).await?;
    }
    Ok(())
}

/// Adds a user, whose id is given to them; if wished only where there is no user yet.
pub async fn add_user(to: &impl Execute, mut user: User, password: String, only_first: bool) -> Result<Added> {
    if only_first && number(to, "SELECT count(*) FROM maitred.users", &[]).await? > 0 {
        return Ok(Added::NotFirst);
    }
    let of_this_name = "SELECT count(*) FROM maitred.users WHERE name_folded = $1";
    if number(to, of_this_name, values![folded(&user.name)]).await? > 0 {
        return Ok(Added::NameTaken);
    }
    let take = "UPDATE maitred.access SET version = version + 1, next_user = next_user + 1 WHERE one = 1 \
                RETURNING next_user - 1";
    user.id = number(to, take, &[]).await.map(UserId)?;
    let id = user.id;
    put(to, Put::Insert, &UserRow::of(user, password)).await?;
    Ok(Added::As(id))
}

/// Changes a user, and ends what they had open. False when there is none with this id.
pub async fn change_user(of: &impl Execute, id: UserId, change: UserChange) -> Result<bool> {
    // Before the change: afterwards they may speak for another operator.
    forget_browsers_of_user(of, id).await?;
    let changed = match change {
        UserChange::Grant(grant) => {
            let sql = "UPDATE maitred.users SET role = $2, operator_id = $3 WHERE id = $1";
            of.run(sql, values![id, grant.role(), grant.operator()]).await?
        }
        UserChange::Password(hash) => {
            of.run("UPDATE maitred.users SET password = $2 WHERE id = $1", values![id, hash]).await?
        }
        UserChange::Enabled => {
            let sql = "UPDATE maitred.users SET disabled_at = NULL, disabled_by = NULL WHERE id = $1";
            of.run(sql, values![id]).await?
        }
        UserChange::Disabled(at, by) => {
            let sql = "UPDATE maitred.users SET disabled_at = coalesce(disabled_at, $2), \
                       disabled_by = coalesce(disabled_by, $3) WHERE id = $1";
            of.run(sql, values![id, at, by]).await?
        }
    };
    if changed > 0 {
        of.run("DELETE FROM maitred.sessions WHERE user_id = $1", values![id]).await?;
    }
    raise_if(of, changed).await
}

/// Begins a session, if its user is enabled and this is the hash of their password. They have at most
/// [`SESSIONS_MAX`] then; the one not used for longest goes.
pub async fn begin_session(of: &impl Execute, session: Session, password: &str) -> Result<bool> {
    let seen = "UPDATE maitred.users SET last_login_at = $2 WHERE id = $1 AND disabled_at IS NULL AND password = $3";
    let (user, now) = (Value::from(&session.user), Value::from(&session.created_at));
    if of.run(seen, &[user, now, Value::from(password)]).await? == 0 {
        return Ok(false);
    }
    put(of, Put::Insert, &session).await?;
    let end = "DELETE FROM maitred.sessions WHERE user_id = $1 AND digest NOT IN (SELECT digest FROM maitred.sessions \
               WHERE user_id = $1 ORDER BY digest = $2 DESC, seen_at DESC, digest LIMIT $3)";
    of.run(end, values![session.user, session.digest, SESSIONS_MAX as i64]).await?;
    raise_if(of, 1).await
}

/// Ends a session, if it is there.
pub async fn end_session(of: &impl Execute, session: Digest) -> Result<bool> {
    let ended = of.run("DELETE FROM maitred.sessions WHERE digest = $1", values![session]).await?;
    raise_if(of, ended).await
}

/// Ends all sessions of a user.
pub async fn end_sessions(of: &impl Execute, user: UserId) -> Result<bool> {
    forget_browsers_of_user(of, user).await?;
    let ended = of.run("DELETE FROM maitred.sessions WHERE user_id = $1", values![user]).await?;
    raise_if(of, ended).await
}

/// Forgets the browsers of the operator whom a user speaks for: who may not look at a desk any more is not told of its
/// contacts either. A browser in which somebody is still logged in subscribes again when it shows the desk.
async fn forget_browsers_of_user(of: &impl Execute, user: UserId) -> Result<()> {
    let sql = "DELETE FROM maitred.push_browsers WHERE operator_id = (SELECT operator_id FROM maitred.users \
               WHERE id = $1)";
    of.run(sql, values![user]).await.map(drop)
}

/// Keeps when sessions were last used; earlier times than the kept ones change nothing.
pub async fn note_session_uses(of: &impl Execute, uses: &[(Digest, Timestamp)]) -> Result<()> {
    for (digest, at) in uses {
        let sql = "UPDATE maitred.sessions SET seen_at = $2 WHERE digest = $1 AND seen_at < $2";
        of.run(sql, values![*digest, *at]).await?;
    }
    Ok(())
}

/// Deletes sessions that are over.
pub async fn forget_sessions(of: &impl Execute, now: Timestamp) -> Result<bool> {
    let sql = "DELETE FROM maitred.sessions WHERE seen_at <= $1 OR created_at <= $2";
    let ended = of.run(sql, values![now.0 - IDLE_MICROS, now.0 - LASTS_MICROS]).await?;
    raise_if(of, ended).await
}

/// Lets servers know that something changed, if it did.
async fn raise_if(of: &impl Execute, changed: u64) -> Result<bool> {
    if changed > 0 {
        of.run("UPDATE maitred.access SET version = version + 1 WHERE one = 1", &[]).await?;
    }
    Ok(changed > 0)
}

pub async fn put<R: Record>(to: &impl Execute, how: Put, row: &R) -> Result<()> {
    let mut values = Vec::new();
    row.values(|value| values.push(value));
    to.run(R::statements().single.of(how), &values).await.map(drop)
}

/// The number that a statement gives.
pub async fn number(of: &impl Execute, sql: &str, values: &[Value<'_>]) -> Result<i64> {
    of.list(sql, values).await?.pop().ok_or_else(|| StoreError::Corrupt("access has no row".to_owned()))
}
