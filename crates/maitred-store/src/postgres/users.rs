//! People and sessions in PostgreSQL. What is more than one statement is one transaction; two who change something wait
//! for one another at `access`, which each takes first.

use super::keys::KeyTable;
use super::statement::{Value, list, one};
use crate::StoreError;
use crate::accounts::{Digest, IDLE_MICROS, LASTS_MICROS, SESSIONS_MAX, Session, User, folded};
use crate::keys::{digest, role_code};
use crate::users::{Added, UserAndPassword, UserChange, UserRow};
use maitred_core::{Timestamp, UserId};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// Columns for [`user`].
const USER: &str = "id, name, role, operator_id, created_at, created_by, disabled_at, disabled_by, last_login_at, \
                    password";
const TAKE: &str = "SELECT version FROM maitred.access WHERE one = 1 FOR UPDATE";
const RAISE: &str = "UPDATE maitred.access SET version = version + 1 WHERE one = 1";

type Result<T> = std::result::Result<T, StoreError>;

impl KeyTable {
    pub(crate) async fn users(&self) -> Result<Vec<UserAndPassword>> {
        let sql = format!("SELECT {USER} FROM maitred.users ORDER BY id");
        self.ask(async |client| list(client, &sql, &[], user).await).await
    }

    pub(crate) async fn user_named(&self, folded: String) -> Result<Option<UserAndPassword>> {
        let sql = format!("SELECT {USER} FROM maitred.users WHERE name_folded = $1");
        self.ask(async |client| one(client, &sql, &[(&folded, Type::TEXT)], user).await).await
    }

    pub(crate) async fn add_user(&self, mut user: User, password: String, only_first: bool) -> Result<Added> {
        self.transact(async |client| {
            let of_this_name = "SELECT count(*) FROM maitred.users WHERE name_folded = $1";
            let name = folded(&user.name);
            if only_first && count(client, "SELECT count(*) FROM maitred.users", &[]).await? > 0 {
                return Ok(Added::NotFirst);
            }
            if count(client, of_this_name, &[(&name, Type::TEXT)]).await? > 0 {
                return Ok(Added::NameTaken);
            }
            let take = "UPDATE maitred.access SET version = version + 1, next_user = next_user + 1 WHERE one = 1 \
                        RETURNING next_user - 1";
            user.id = UserId(count(client, take, &[]).await?);
            put(client, &user, &password).await?;
            Ok(Added::As(user.id))
        })
        .await
    }

    pub(crate) async fn change_user(&self, id: UserId, change: UserChange) -> Result<bool> {
        self.transact(async |client| {
            let is_there = change_row(client, id, &change).await? > 0;
            if is_there {
                let end = "DELETE FROM maitred.sessions WHERE user_id = $1";
                client.execute_typed(end, &[(&id.0, Type::INT8)]).await?;
                client.execute_typed(RAISE, &[]).await?;
            }
            Ok(is_there)
        })
        .await
    }

    pub(crate) async fn sessions(&self) -> Result<Vec<Session>> {
        let sql = "SELECT digest, user_id, created_at, seen_at FROM maitred.sessions";
        let read = |row: &Row| {
            Ok(Session {
                digest: digest(row.try_get(0)?)?,
                user: UserId(row.try_get(1)?),
                created_at: Timestamp(row.try_get(2)?),
                seen_at: Timestamp(row.try_get(3)?),
            })
        };
        self.ask(async |client| list(client, sql, &[], read).await).await
    }

    pub(crate) async fn begin_session(&self, session: Session, password: String) -> Result<bool> {
        self.transact(async |client| {
            let (user, now, digest) = (session.user.0, session.created_at.0, &session.digest[..]);
            let (user, now, digest): (Value<'_>, Value<'_>, Value<'_>) =
                ((&user, Type::INT8), (&now, Type::INT8), (&digest, Type::BYTEA));
            let seen = "UPDATE maitred.users SET last_login_at = $2 WHERE id = $1 AND disabled_at IS NULL \
                        AND password = $3";
            let known = [user.clone(), now.clone(), (&password, Type::TEXT)];
            if client.execute_typed(seen, &known).await? == 0 {
                return Ok(false);
            }
            let begin = "INSERT INTO maitred.sessions (digest, user_id, created_at, seen_at) VALUES ($1, $2, $3, $3)";
            client.execute_typed(begin, &[digest.clone(), user.clone(), now]).await?;
            let end = "DELETE FROM maitred.sessions WHERE digest IN (SELECT digest FROM maitred.sessions \
                       WHERE user_id = $1 AND digest <> $2 ORDER BY seen_at DESC, digest OFFSET $3)";
            let others = SESSIONS_MAX as i64 - 1;
            client.execute_typed(end, &[user, digest, (&others, Type::INT8)]).await?;
            client.execute_typed(RAISE, &[]).await?;
            Ok(true)
        })
        .await
    }

    pub(crate) async fn end_session(&self, session: Digest) -> Result<()> {
        let sql = "DELETE FROM maitred.sessions WHERE digest = $1";
        self.delete_sessions(sql, &[(&&session[..], Type::BYTEA)]).await
    }

    pub(crate) async fn end_sessions(&self, user: UserId) -> Result<()> {
        let sql = "DELETE FROM maitred.sessions WHERE user_id = $1";
        self.delete_sessions(sql, &[(&user.0, Type::INT8)]).await
    }

    pub(crate) async fn forget_sessions(&self, now: Timestamp) -> Result<()> {
        let sql = "DELETE FROM maitred.sessions WHERE seen_at <= $1 OR created_at <= $2";
        let (idle, old) = (now.0 - IDLE_MICROS, now.0 - LASTS_MICROS);
        self.delete_sessions(sql, &[(&idle, Type::INT8), (&old, Type::INT8)]).await
    }

    async fn delete_sessions(&self, sql: &str, values: &[Value<'_>]) -> Result<()> {
        self.transact(async |client| {
            if client.execute_typed(sql, values).await? > 0 {
                client.execute_typed(RAISE, &[]).await?;
            }
            Ok(())
        })
        .await
    }

    pub(crate) async fn note_sessions(&self, uses: Vec<(Digest, Timestamp)>) -> Result<()> {
        let sql = "UPDATE maitred.sessions t SET seen_at = greatest(t.seen_at, n.at) \
                   FROM unnest($1::bytea[], $2::bigint[]) AS n (digest, at) WHERE t.digest = n.digest";
        let digests: Vec<&[u8]> = uses.iter().map(|(digest, _)| &digest[..]).collect();
        let times: Vec<i64> = uses.iter().map(|(_, at)| at.0).collect();
        let values: [Value<'_>; 2] = [(&digests, Type::BYTEA_ARRAY), (&times, Type::INT8_ARRAY)];
        self.ask(async |client| Ok(client.execute_typed(sql, &values).await.map(drop)?)).await
    }

    /// Puts somebody who comes from another store.
    pub(super) async fn put_user(&self, user: &User, password: &str) -> Result<()> {
        self.ask(async |client| put(client, user, password).await).await
    }

    /// One transaction, which has `access` to itself. What breaks it in the middle breaks the connection, or is undone.
    async fn transact<T>(&self, work: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
        self.ask(async |client| {
            client.batch_execute("BEGIN").await?;
            let worked = async {
                client.query_typed(TAKE, &[]).await?;
                work(client).await
            };
            let end = async |sql: &str| Ok::<_, StoreError>(client.batch_execute(sql).await?);
            match worked.await {
                Ok(done) => end("COMMIT").await.map(|()| done),
                Err(error) => {
                    end("ROLLBACK").await?;
                    Err(error)
                }
            }
        })
        .await
    }
}

/// The number that a statement gives.
async fn count(client: &Client, sql: &str, values: &[Value<'_>]) -> Result<i64> {
    let number = one(client, sql, values, |row| Ok(row.try_get(0)?)).await?;
    number.ok_or_else(|| StoreError::Corrupt("access has no row".to_owned()))
}

async fn change_row(client: &Client, id: UserId, change: &UserChange) -> Result<u64> {
    let id: Value<'_> = (&id.0, Type::INT8);
    Ok(match change {
        UserChange::Grant(grant) => {
            let (role, operator) = (role_code(grant.role()), grant.operator().map(|id| id.0));
            let sql = "UPDATE maitred.users SET role = $2, operator_id = $3 WHERE id = $1";
            client.execute_typed(sql, &[id, (&role, Type::INT2), (&operator, Type::INT8)]).await?
        }
        UserChange::Password(hash) => {
            let sql = "UPDATE maitred.users SET password = $2 WHERE id = $1";
            client.execute_typed(sql, &[id, (hash, Type::TEXT)]).await?
        }
        UserChange::Enabled => {
            let sql = "UPDATE maitred.users SET disabled_at = NULL, disabled_by = NULL WHERE id = $1";
            client.execute_typed(sql, &[id]).await?
        }
        UserChange::Disabled(at, by) => {
            let sql = "UPDATE maitred.users SET disabled_at = coalesce(disabled_at, $2), \
                       disabled_by = coalesce(disabled_by, $3) WHERE id = $1";
            client.execute_typed(sql, &[id, (&at.0, Type::INT8), (&by.to_string(), Type::TEXT)]).await?
        }
    })
}

/// Stores a user with a given id; an existing one is replaced.
async fn put(client: &Client, user: &User, password: &str) -> Result<()> {
    let sql = format!(
        "INSERT INTO maitred.users ({USER}, name_folded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (id) DO UPDATE SET role = excluded.role, operator_id = excluded.operator_id, \
         disabled_at = excluded.disabled_at, disabled_by = excluded.disabled_by, \
         last_login_at = excluded.last_login_at, password = excluded.password"
    );
    let (row, folded) = (UserRow::of(user), folded(&user.name));
    let values: [Value<'_>; 11] = [
        (&user.id.0, Type::INT8),
        (&&*user.name, Type::TEXT),
        (&row.role, Type::INT2),
        (&row.operator, Type::INT8),
        (&user.created_at.0, Type::INT8),
        (&row.created_by, Type::TEXT),
        (&row.disabled_at, Type::INT8),
        (&row.disabled_by, Type::TEXT),
        (&row.last_login_at, Type::INT8),
        (&password, Type::TEXT),
        (&folded, Type::TEXT),
    ];
    client.execute_typed(&sql, &values).await?;
    Ok(())
}

/// Reads somebody from columns [`USER`].
fn user(row: &Row) -> Result<UserAndPassword> {
    let read = UserRow {
        role: row.try_get(2)?,
        operator: row.try_get(3)?,
        created_by: row.try_get(5)?,
        disabled_at: row.try_get(6)?,
        disabled_by: row.try_get(7)?,
        last_login_at: row.try_get(8)?,
    };
    Ok((read.user(row.try_get(0)?, row.try_get(1)?, row.try_get(4)?)?, row.try_get(9)?))
}
