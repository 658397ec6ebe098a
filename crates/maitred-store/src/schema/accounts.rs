//! API keys, users who log in, and their sessions. Rows of keys and users stay when they are revoked or disabled.

use super::table::Reference;
use super::value::stored_id;
use super::{Personal, record};
use crate::StoreError;
use crate::accounts::{Digest, Grant, Key, Role, Session, User, folded};
use maitred_core::{Actor, KeyId, OperatorId, SourceId, Timestamp, UserId};
use std::sync::Arc;

stored_id!(KeyId);
stored_id!(UserId);

/// The one row that is locked or written by whatever changes accounts.
pub struct Access {
    pub one: i64,
    /// Raised by every change; servers look at it and read accounts again.
    pub version: i64,
    pub next_key: i64,
    pub next_user: i64,
}

record! {
    pub static ACCESS: Access = "access", key 1 { one, version, next_key, next_user, }
}

/// A key as it is stored.
pub struct KeyRow {
    pub id: KeyId,
    pub name: Arc<str>,
    pub role: Role,
    pub source: Option<SourceId>,
    pub operator: Option<OperatorId>,
    pub prefix: Arc<str>,
    /// What its secret hashes to.
    pub digest: Digest,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub revoked_by: Option<Actor>,
}

record! {
    pub static KEYS: KeyRow = "keys", key 1 {
        id,
        name,
        role,
        source as "source_id" [.refers(Reference::to("sources"))],
        operator as "operator_id" [.refers(Reference::to("operators"))],
        prefix,
        digest,
        created_at,
        created_by,
        expires_at,
        last_used_at,
        revoked_at,
        revoked_by,
    }
    [indexes: &["keys_prefix"]]
}

impl KeyRow {
    #[must_use]
    pub fn of(key: Key, digest: Digest) -> Self {
        Self {
            id: key.id,
            name: key.name,
            role: key.grant.role(),
            source: key.grant.source(),
            operator: key.grant.operator(),
            prefix: key.prefix,
            digest,
            created_at: key.created_at,
            created_by: key.created_by,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
            revoked_by: key.revoked_by,
        }
    }

    /// # Errors
    /// When its role is not bound to what such a role needs.
    pub fn key(self) -> Result<(Key, Digest), StoreError> {
        let key = Key {
            id: self.id,
            name: self.name,
            grant: grant(self.role, self.source, self.operator)?,
            prefix: self.prefix,
            created_at: self.created_at,
            created_by: self.created_by,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
            revoked_at: self.revoked_at,
            revoked_by: self.revoked_by,
        };
        Ok((key, self.digest))
    }
}

fn grant(role: Role, source: Option<SourceId>, operator: Option<OperatorId>) -> Result<Grant, StoreError> {
    let misfit = |(field, invalid)| StoreError::Corrupt(format!("an account: {field} {invalid}"));
    Grant::new(role, source, operator).map_err(misfit)
}

/// A user as they are stored.
pub struct UserRow {
    pub id: UserId,
    pub name: Arc<str>,
    pub role: Role,
    pub operator: Option<OperatorId>,
    /// An argon2id hash.
    pub password: String,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub disabled_at: Option<Timestamp>,
    pub disabled_by: Option<Actor>,
    pub last_login_at: Option<Timestamp>,
}

record! {
    pub static USERS: UserRow = "users", key 1 {
        id,
        name [.personal(Personal::Staff)],
        role,
        operator as "operator_id" [.refers(Reference::to("operators"))],
        password [.personal(Personal::Staff)],
        created_at,
        created_by,
        disabled_at,
        disabled_by,
        last_login_at,
    }
    written { name_folded: String [.personal(Personal::Staff)] = |user| folded(&user.name) }
    [indexes: &["users_name"]]
}

impl UserRow {
    #[must_use]
    pub fn of(user: User, password: String) -> Self {
        Self {
            id: user.id,
            role: user.grant.role(),
            operator: user.grant.operator(),
            name: user.name,
            password,
            created_at: user.created_at,
            created_by: user.created_by,
            disabled_at: user.disabled_at,
            disabled_by: user.disabled_by,
            last_login_at: user.last_login_at,
        }
    }

    /// # Errors
    /// When their role is not bound to what such a role needs.
    pub fn user(self) -> Result<(User, String), StoreError> {
        let user = User {
            id: self.id,
            name: self.name,
            grant: grant(self.role, None, self.operator)?,
            created_at: self.created_at,
            created_by: self.created_by,
            disabled_at: self.disabled_at,
            disabled_by: self.disabled_by,
            last_login_at: self.last_login_at,
        };
        Ok((user, self.password))
    }
}

record! {
    pub static SESSIONS: Session = "sessions", key 1 {
        digest,
        user as "user_id" [.refers(Reference::to("users"))],
        created_at,
        seen_at,
    }
    [shown: 1, indexes: &["sessions_user"]]
}
