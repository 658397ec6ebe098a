//! Keys in PostgreSQL, beside the batches and without a turn: over one connection of their own, so that looking for
//! changes never waits for a read of contacts.

use super::connect::Address;
use super::migrate;
use super::statement::{Value, list, one};
use crate::StoreError;
use crate::accounts::Key;
use crate::keys::{AllKeys, KeyAndDigest, actor, digest, grant, role_code};
use crate::url::PostgresUrl;
use crate::views::Page;
use maitred_core::{Actor, KeyId, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// How long to wait for any one answer, connecting included.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// Columns for [`key`].
const KEY: &str = "id, name, role, source_id, operator_id, prefix, created_at, created_by, expires_at, last_used_at, \
                   revoked_at, revoked_by";

type Result<T> = std::result::Result<T, StoreError>;

/// See the module. Clones share the connection.
#[derive(Clone)]
pub struct KeyTable(Arc<Inner>);

struct Inner {
    address: Address,
    /// None before the first question, and after the connection broke.
    client: Mutex<Option<Client>>,
}

impl KeyTable {
    pub(crate) async fn open(url: &PostgresUrl) -> Result<Self> {
        let address = Address::new(url)?;
        let client = address.connect().await?;
        migrate::migrate(&client).await?;
        Ok(Self(Arc::new(Inner { address, client: Mutex::new(Some(client)) })))
    }

    pub(crate) async fn version(&self) -> Result<i64> {
        let sql = "SELECT version FROM maitred.access WHERE one = 1";
        let version = self.ask(async |client| one(client, sql, &[], |row| Ok(row.try_get(0)?)).await).await?;
        version.ok_or_else(|| StoreError::Corrupt("access has no row".to_owned()))
    }

    pub(crate) async fn good(&self) -> Result<Vec<KeyAndDigest>> {
        let sql = format!("SELECT {KEY}, digest FROM maitred.keys WHERE revoked_at IS NULL ORDER BY id");
        self.ask(async |client| list(client, &sql, &[], key_with_digest).await).await
    }

    pub(crate) async fn keys(&self, page: Page) -> Result<Vec<Key>> {
        let sql = format!("SELECT {KEY} FROM maitred.keys WHERE id > $1 ORDER BY id LIMIT $2");
        let (after, limit) = (page.after.unwrap_or_default(), i64::from(page.limit));
        let values: [Value<'_>; 2] = [(&after, Type::INT8), (&limit, Type::INT8)];
        self.ask(async |client| list(client, &sql, &values, key).await).await
    }

    /// One statement, so that no transaction has to be begun: two who add at once wait for one another at `access`.
    pub(crate) async fn add(&self, key: &Key, digest: &[u8; 32]) -> Result<KeyId> {
        let sql = "WITH taken AS (UPDATE maitred.access SET version = version + 1, next_key = next_key + 1 \
                   WHERE one = 1 RETURNING next_key - 1 AS id) \
                   INSERT INTO maitred.keys (id, name, role, source_id, operator_id, prefix, digest, created_at, \
                   created_by, expires_at) SELECT id, $1::text, $2::smallint, $3::bigint, $4::bigint, $5::text, \
                   $6::bytea, $7::bigint, $8::text, $9::bigint FROM taken RETURNING id";
        let (source, operator) = (key.grant.source().map(|id| id.0), key.grant.operator().map(|id| id.0));
        let (role, digest, by) = (role_code(key.grant.role()), &digest[..], key.created_by.to_string());
        let expires_at = key.expires_at.map(|at| at.0);
        let values: [Value<'_>; 9] = [
            (&&*key.name, Type::TEXT),
            (&role, Type::INT2),
            (&source, Type::INT8),
            (&operator, Type::INT8),
            (&&*key.prefix, Type::TEXT),
            (&digest, Type::BYTEA),
            (&key.created_at.0, Type::INT8),
            (&by, Type::TEXT),
            (&expires_at, Type::INT8),
        ];
        let id = self.ask(async |client| one(client, sql, &values, |row| Ok(row.try_get(0)?)).await).await?;
        id.map(KeyId).ok_or_else(|| StoreError::Corrupt("access has no row".to_owned()))
    }

    pub(crate) async fn revoke(&self, id: KeyId, by: Actor, at: Timestamp) -> Result<bool> {
        let sql = "WITH revoked AS (UPDATE maitred.keys SET revoked_at = $2, revoked_by = $3 \
                   WHERE id = $1 AND revoked_at IS NULL RETURNING id), \
                   told AS (UPDATE maitred.access SET version = version + 1 \
                   WHERE one = 1 AND EXISTS (SELECT 1 FROM revoked) RETURNING version) \
                   SELECT count(*) FROM maitred.keys WHERE id = $1";
        let by = by.to_string();
        let values: [Value<'_>; 3] = [(&id.0, Type::INT8), (&at.0, Type::INT8), (&by, Type::TEXT)];
        let found =
            self.ask(async |client| one(client, sql, &values, |row| Ok(row.try_get::<_, i64>(0)?)).await).await?;
        Ok(found > Some(0))
    }

    pub(crate) async fn all(&self) -> Result<AllKeys> {
        let sql = format!("SELECT {KEY}, digest FROM maitred.keys ORDER BY id");
        let keys = self.ask(async |client| list(client, &sql, &[], key_with_digest).await).await?;
        let sql = "SELECT version, next_key, next_user FROM maitred.access WHERE one = 1";
        let read = |row: &Row| Ok([row.try_get(0)?, row.try_get(1)?, row.try_get(2)?]);
        let counted = self.ask(async |client| one(client, sql, &[], read).await).await?;
        let counted = counted.ok_or_else(|| StoreError::Corrupt("access has no row".to_owned()))?;
        let [version, next_key, next_user] = counted;
        Ok(AllKeys { keys, users: self.users().await?, version, next_key, next_user })
    }

    /// The version first: should this end in the middle, the door is closed already.
    pub(crate) async fn put(&self, all: &AllKeys) -> Result<()> {
        let raise = "UPDATE maitred.access SET version = greatest(version + 1, $1), \
                     next_key = greatest(next_key, $2), next_user = greatest(next_user, $3) WHERE one = 1";
        let values: [Value<'_>; 3] =
            [(&all.version, Type::INT8), (&all.next_key, Type::INT8), (&all.next_user, Type::INT8)];
        self.ask(async |client| Ok(client.execute_typed(raise, &values).await.map(drop)?)).await?;
        for (key, digest) in &all.keys {
            self.put_one(key, digest).await?;
        }
        for (user, password) in &all.users {
            self.put_user(user, password).await?;
        }
        Ok(())
    }

    async fn put_one(&self, key: &Key, digest: &[u8; 32]) -> Result<()> {
        let sql = format!(
            "INSERT INTO maitred.keys ({KEY}, digest) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (id) DO UPDATE SET last_used_at = excluded.last_used_at, revoked_at = excluded.revoked_at, \
             revoked_by = excluded.revoked_by"
        );
        let (source, operator) = (key.grant.source().map(|id| id.0), key.grant.operator().map(|id| id.0));
        let (role, digest, by) = (role_code(key.grant.role()), &digest[..], key.created_by.to_string());
        let revoked_by = key.revoked_by.map(|actor| actor.to_string());
        let [expires_at, last_used_at, revoked_at] =
            [key.expires_at, key.last_used_at, key.revoked_at].map(|at| at.map(|at| at.0));
        let values: [Value<'_>; 13] = [
            (&key.id.0, Type::INT8),
            (&&*key.name, Type::TEXT),
            (&role, Type::INT2),
            (&source, Type::INT8),
            (&operator, Type::INT8),
            (&&*key.prefix, Type::TEXT),
            (&key.created_at.0, Type::INT8),
            (&by, Type::TEXT),
            (&expires_at, Type::INT8),
            (&last_used_at, Type::INT8),
            (&revoked_at, Type::INT8),
            (&revoked_by, Type::TEXT),
            (&digest, Type::BYTEA),
        ];
        self.ask(async |client| Ok(client.execute_typed(&sql, &values).await.map(drop)?)).await
    }

    pub(crate) async fn note_uses(&self, uses: &[(KeyId, Timestamp)]) -> Result<()> {
        let sql = "UPDATE maitred.keys t SET last_used_at = greatest(t.last_used_at, n.at) \
                   FROM unnest($1::bigint[], $2::bigint[]) AS n (id, at) WHERE t.id = n.id";
        let ids: Vec<i64> = uses.iter().map(|(id, _)| id.0).collect();
        let times: Vec<i64> = uses.iter().map(|(_, at)| at.0).collect();
        let values: [Value<'_>; 2] = [(&ids, Type::INT8_ARRAY), (&times, Type::INT8_ARRAY)];
        self.ask(async |client| Ok(client.execute_typed(sql, &values).await.map(drop)?)).await
    }

    /// Asks the server something, over a new connection if the last one broke.
    pub(super) async fn ask<T>(&self, question: impl AsyncFnOnce(&Client) -> Result<T>) -> Result<T> {
        let mut place = self.0.client.lock().await;
        let kept = place.take().filter(|client| !client.is_closed());
        let asked = async {
            let client = match kept {
                Some(client) => client,
                None => self.0.address.connect().await?,
            };
            let answer = question(&client).await;
            if !matches!(answer, Err(StoreError::Unreachable(_))) {
                *place = Some(client);
            }
            answer
        };
        timeout(ANSWER_MAX, asked)
            .await
            .unwrap_or_else(|_| Err(StoreError::Unreachable("no answer in time".to_owned())))
    }
}

/// Reads a key from columns [`KEY`] and `digest`.
fn key_with_digest(row: &Row) -> Result<KeyAndDigest> {
    Ok((key(row)?, digest(row.try_get(12)?)?))
}

/// Reads a key from columns [`KEY`].
fn key(row: &Row) -> Result<Key> {
    let time = |column: usize| row.try_get::<_, Option<i64>>(column).map(|at| at.map(Timestamp));
    Ok(Key {
        id: KeyId(row.try_get(0)?),
        name: row.try_get::<_, &str>(1)?.into(),
        grant: grant(row.try_get::<_, i16>(2)?.into(), row.try_get(3)?, row.try_get(4)?)?,
        prefix: row.try_get::<_, &str>(5)?.into(),
        created_at: Timestamp(row.try_get(6)?),
        created_by: actor(row.try_get(7)?)?,
        expires_at: time(8)?,
        last_used_at: time(9)?,
        revoked_at: time(10)?,
        revoked_by: row.try_get::<_, Option<&str>>(11)?.map(actor).transpose()?,
    })
}
