//! People and sessions in the file of keys.

use super::keys::KeyFile;
use crate::StoreError;
use crate::accounts::{Digest, IDLE_MICROS, LASTS_MICROS, SESSIONS_MAX, Session, User, folded};
use crate::keys::digest;
use crate::users::{Added, UserAndPassword, UserChange, UserRow};
use maitred_core::{Timestamp, UserId};
use rusqlite::{Row, Transaction, params};

/// Columns for [`user`].
pub(super) const USER: &str = "id, name, role, operator_id, created_at, created_by, disabled_at, disabled_by, \
                               last_login_at, password";
const RAISE: &str = "UPDATE access SET version = version + 1";

type Result<T> = std::result::Result<T, StoreError>;

impl KeyFile {
    pub(crate) async fn users(&self) -> Result<Vec<UserAndPassword>> {
        let read = self.read(|conn| {
            let mut statement = conn.prepare(&format!("SELECT {USER} FROM users ORDER BY id"))?;
            let mut rows = statement.query([])?;
            let mut users = Vec::new();
            while let Some(row) = rows.next()? {
                users.push(user(row)?);
            }
            Ok(users)
        });
        Ok(read.await?.unwrap_or_default())
    }

    pub(crate) async fn user_named(&self, folded: String) -> Result<Option<UserAndPassword>> {
        let read = self.read(move |conn| {
            let mut statement = conn.prepare(&format!("SELECT {USER} FROM users WHERE name_folded = ?1"))?;
            let mut rows = statement.query([folded])?;
            rows.next()?.map(user).transpose()
        });
        Ok(read.await?.flatten())
    }

    pub(crate) async fn add_user(&self, mut user: User, password: String, only_first: bool) -> Result<Added> {
        self.write(move |tx| {
            let count = |sql: &str, name: &str| tx.query_row(sql, [name], |row| row.get::<_, i64>(0));
            if only_first && count("SELECT count(*) FROM users WHERE ?1 = ?1", "")? > 0 {
                return Ok(Added::NotFirst);
            }
            if count("SELECT count(*) FROM users WHERE name_folded = ?1", &folded(&user.name))? > 0 {
                return Ok(Added::NameTaken);
            }
            let take = "UPDATE access SET version = version + 1, next_user = next_user + 1 RETURNING next_user - 1";
            user.id = UserId(tx.query_row(take, [], |row| row.get(0))?);
            put(tx, &user, &password)?;
            Ok(Added::As(user.id))
        })
        .await
    }

    pub(crate) async fn change_user(&self, id: UserId, change: UserChange) -> Result<bool> {
        self.write_if_there(move |tx| {
            let changed = match change {
                UserChange::Grant(grant) => tx.execute(
                    "UPDATE users SET role = ?2, operator_id = ?3 WHERE id = ?1",
                    params![id.0, super::super::keys::role_code(grant.role()), grant.operator().map(|id| id.0)],
                ),
                UserChange::Password(hash) => {
                    tx.execute("UPDATE users SET password = ?2 WHERE id = ?1", params![id.0, hash])
                }
                UserChange::Enabled => {
                    tx.execute("UPDATE users SET disabled_at = NULL, disabled_by = NULL WHERE id = ?1", [id.0])
                }
                UserChange::Disabled(at, by) => tx.execute(
                    "UPDATE users SET disabled_at = coalesce(disabled_at, ?2), \
                     disabled_by = coalesce(disabled_by, ?3) WHERE id = ?1",
                    params![id.0, at.0, by.to_string()],
                ),
            };
            let is_there = changed? > 0;
            if is_there {
                tx.execute("DELETE FROM sessions WHERE user_id = ?1", [id.0])?;
                tx.execute(RAISE, [])?;
            }
            Ok(is_there)
        })
        .await
    }

    pub(crate) async fn sessions(&self) -> Result<Vec<Session>> {
        let read = self.read(|conn| {
            let mut statement = conn.prepare("SELECT digest, user_id, created_at, seen_at FROM sessions")?;
            let mut rows = statement.query([])?;
            let mut sessions = Vec::new();
            while let Some(row) = rows.next()? {
                sessions.push(Session {
                    digest: digest(&row.get::<_, Vec<u8>>(0)?)?,
                    user: UserId(row.get(1)?),
                    created_at: Timestamp(row.get(2)?),
                    seen_at: Timestamp(row.get(3)?),
                });
            }
            Ok(sessions)
        });
        Ok(read.await?.unwrap_or_default())
    }

    pub(crate) async fn begin_session(&self, session: Session, password: String) -> Result<bool> {
        self.write_if_there(move |tx| {
            let (user, now) = (session.user.0, session.created_at.0);
            let seen = "UPDATE users SET last_login_at = ?2 WHERE id = ?1 AND disabled_at IS NULL AND password = ?3";
            if tx.execute(seen, params![user, now, password])? == 0 {
                return Ok(false);
            }
            let begin = "INSERT INTO sessions (digest, user_id, created_at, seen_at) VALUES (?1, ?2, ?3, ?3)";
            tx.execute(begin, params![session.digest, user, now])?;
            let end = "DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions WHERE user_id = ?1 \
                       ORDER BY seen_at DESC, digest = ?3 DESC, digest LIMIT -1 OFFSET ?2)";
            tx.execute(end, params![user, SESSIONS_MAX as i64, session.digest])?;
            tx.execute(RAISE, [])?;
            Ok(true)
        })
        .await
    }

    pub(crate) async fn end_session(&self, session: Digest) -> Result<()> {
        self.delete_sessions("DELETE FROM sessions WHERE digest = ?1", session).await
    }

    pub(crate) async fn end_sessions(&self, user: UserId) -> Result<()> {
        self.delete_sessions("DELETE FROM sessions WHERE user_id = ?1", user.0).await
    }

    pub(crate) async fn forget_sessions(&self, now: Timestamp) -> Result<()> {
        let sql = "DELETE FROM sessions WHERE seen_at <= ?1 OR created_at <= ?2";
        let times = (now.0 - IDLE_MICROS, now.0 - LASTS_MICROS);
        self.write_if_there(move |tx| raise_if(tx, tx.execute(sql, times)?)).await.map(drop)
    }

    async fn delete_sessions(&self, sql: &'static str, of: impl rusqlite::ToSql + Send + 'static) -> Result<()> {
        self.write_if_there(move |tx| raise_if(tx, tx.execute(sql, [of])?)).await.map(drop)
    }

    pub(crate) async fn note_sessions(&self, uses: Vec<(Digest, Timestamp)>) -> Result<()> {
        self.write_if_there(move |tx| {
            let mut note = tx.prepare("UPDATE sessions SET seen_at = max(?2, seen_at) WHERE digest = ?1")?;
            for (digest, at) in uses {
                note.execute(params![digest, at.0])?;
            }
            Ok(true)
        })
        .await
        .map(drop)
    }

    /// Writes, unless there is no file: then nobody is there either.
    async fn write_if_there(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<bool> + Send + 'static,
    ) -> Result<bool> {
        if self.exists() { self.write(write).await } else { Ok(false) }
    }
}

fn raise_if(tx: &Transaction<'_>, changed: usize) -> Result<bool> {
    if changed > 0 {
        tx.execute(RAISE, [])?;
    }
    Ok(changed > 0)
}

/// Stores a user with a given id; an existing one is replaced.
pub(super) fn put(tx: &Transaction<'_>, user: &User, password: &str) -> Result<()> {
    let sql = format!(
        "INSERT OR REPLACE INTO users ({USER}, name_folded) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    );
    let row = UserRow::of(user);
    tx.execute(
        &sql,
        params![
            user.id.0,
            user.name,
            row.role,
            row.operator,
            user.created_at.0,
            row.created_by,
            row.disabled_at,
            row.disabled_by,
            row.last_login_at,
            password,
            folded(&user.name),
        ],
    )?;
    Ok(())
}

/// Reads somebody from columns [`USER`].
fn user(row: &Row<'_>) -> Result<UserAndPassword> {
    let read = UserRow {
        role: row.get(2)?,
        operator: row.get(3)?,
        created_by: row.get(5)?,
        disabled_at: row.get(6)?,
        disabled_by: row.get(7)?,
        last_login_at: row.get(8)?,
    };
    Ok((read.user(row.get(0)?, &row.get::<_, String>(1)?, row.get(4)?)?, row.get(9)?))
}
