//! People and their sessions, as rows beside those of the keys.
//!
//! Every method gives [`StoreError`] when the store cannot be used.

use super::keys::{KeyStore, actor, grant, role_code};
use super::{StoreError, postgres, sqlite};
use crate::accounts::{Digest, Grant, Session, User};
use maitred_core::{Actor, Timestamp, UserId};

type Result<T> = std::result::Result<T, StoreError>;

/// A user, and the hash of their password.
pub type UserAndPassword = (User, String);

/// What became of somebody who was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The user was added with this id.
    As(UserId),
    /// Somebody has the name.
    NameTaken,
    /// The user was to be the first, and there is another.
    NotFirst,
}

/// A change to a user. Each ends their sessions.
#[derive(Clone, Debug)]
pub enum UserChange {
    /// What they may do.
    Grant(Grant),
    /// The hash of their password.
    Password(String),
    /// They may log in.
    Enabled,
    /// They may not, since then; an earlier time stays.
    Disabled(Timestamp, Actor),
}

/// The columns of somebody as values, in this order.
pub(super) struct UserRow {
    pub(super) role: i16,
    pub(super) operator: Option<i64>,
    pub(super) created_by: String,
    pub(super) disabled_at: Option<i64>,
    pub(super) disabled_by: Option<String>,
    pub(super) last_login_at: Option<i64>,
}

impl UserRow {
    pub(super) fn of(user: &User) -> Self {
        Self {
            role: role_code(user.grant.role()),
            operator: user.grant.operator().map(|id| id.0),
            created_by: user.created_by.to_string(),
            disabled_at: user.disabled_at.map(|at| at.0),
            disabled_by: user.disabled_by.map(|actor| actor.to_string()),
            last_login_at: user.last_login_at.map(|at| at.0),
        }
    }

    pub(super) fn user(self, id: i64, name: &str, created_at: i64) -> Result<User> {
        Ok(User {
            id: UserId(id),
            name: name.into(),
            grant: grant(self.role.into(), None, self.operator)?,
            created_at: Timestamp(created_at),
            created_by: actor(&self.created_by)?,
            disabled_at: self.disabled_at.map(Timestamp),
            disabled_by: self.disabled_by.as_deref().map(actor).transpose()?,
            last_login_at: self.last_login_at.map(Timestamp),
        })
    }
}

/// Calls the engine's own.
macro_rules! on_both {
    ($self:ident.$method:ident($($value:expr),*)) => {
        match $self {
            KeyStore::Sqlite(file) => sqlite::KeyFile::$method(file, $($value),*).await,
            KeyStore::Postgres(table) => postgres::KeyTable::$method(table, $($value),*).await,
        }
    };
}

#[expect(clippy::missing_errors_doc, reason = "said once, in the module's first lines")]
impl KeyStore {
    /// Everybody, by id.
    pub async fn users(&self) -> Result<Vec<User>> {
        let users = on_both!(self.users());
        Ok(users?.into_iter().map(|(user, _)| user).collect())
    }

    /// Who has this name, [folded](crate::accounts::folded).
    pub async fn user_named(&self, folded: &str) -> Result<Option<UserAndPassword>> {
        on_both!(self.user_named(folded.to_owned()))
    }

    /// Adds a user and gives the id; on request only if there is no user yet.
    pub async fn add_user(&self, user: User, password: String, only_first: bool) -> Result<Added> {
        on_both!(self.add_user(user, password, only_first))
    }

    /// Changes somebody. False when there is no such person.
    pub async fn change_user(&self, id: UserId, change: UserChange) -> Result<bool> {
        on_both!(self.change_user(id, change))
    }

    /// All sessions.
    pub async fn sessions(&self) -> Result<Vec<Session>> {
        on_both!(self.sessions())
    }

    /// Begins a session, if its user is enabled and this is the hash of their password. They have at most
    /// [`SESSIONS_MAX`](crate::accounts::SESSIONS_MAX) then; the one not used for longest goes.
    pub async fn begin_session(&self, session: Session, password: String) -> Result<bool> {
        on_both!(self.begin_session(session, password))
    }

    /// Ends a session, if it is there.
    pub async fn end_session(&self, session: Digest) -> Result<()> {
        on_both!(self.end_session(session))
    }

    /// Ends all sessions of somebody.
    pub async fn end_sessions(&self, user: UserId) -> Result<()> {
        on_both!(self.end_sessions(user))
    }

    /// Keeps when sessions were last used; earlier times than the kept ones change nothing.
    pub async fn note_sessions(&self, uses: Vec<(Digest, Timestamp)>) -> Result<()> {
        on_both!(self.note_sessions(uses))
    }

    /// Deletes sessions that are over.
    pub async fn forget_sessions(&self, now: Timestamp) -> Result<()> {
        on_both!(self.forget_sessions(now))
    }
}
