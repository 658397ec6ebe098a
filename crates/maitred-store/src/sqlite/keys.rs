//! The file of keys beside the file of contacts: `maitred.db` has its keys in `maitred.db.access`, and the people who
//! log in, see [`super::users`]. It is opened for each question and closed again, so any number of processes may share
//! it, and a file that is new is seen.

use super::users;
use crate::StoreError;
use crate::accounts::Key;
use crate::keys::{AllKeys, KeyAndDigest, actor, digest, grant, role_code};
use crate::views::Page;
use maitred_core::{Actor, KeyId, Timestamp};
use rusqlite::{Connection, OpenFlags, Row, Statement, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// "MTRA": marks a file as ours (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x4d54_5241;
/// The version of the schema (`PRAGMA user_version`).
const VERSION: i64 = 2;
/// What makes each version of the one before.
const SCHEMA: [&str; 2] = [include_str!("keys.sql"), include_str!("people.sql")];
/// How long to wait while another process writes.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Columns for [`key`].
const KEY: &str = "id, name, role, source_id, operator_id, prefix, created_at, created_by, expires_at, last_used_at, \
                   revoked_at, revoked_by";

type Result<T> = std::result::Result<T, StoreError>;

/// See the module.
#[derive(Clone)]
pub struct KeyFile(Arc<Path>);

impl KeyFile {
    /// The keys of a file of contacts. Touches nothing yet.
    #[must_use]
    pub fn beside(contacts: &Path) -> Self {
        // One file has one file of keys, also when a link leads to it.
        let mut path = std::fs::canonicalize(contacts).unwrap_or_else(|_| contacts.to_owned()).into_os_string();
        path.push(".access");
        Self(PathBuf::from(path).into())
    }

    /// Where it is, if it is there.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) async fn version(&self) -> Result<i64> {
        let sql = "SELECT version FROM access WHERE one = 1";
        let read = self.read(move |conn| Ok(conn.query_row(sql, [], |row| row.get(0))?)).await;
        Ok(read?.unwrap_or_default())
    }

    pub(crate) async fn good(&self) -> Result<Vec<KeyAndDigest>> {
        let read = self.read(|conn| {
            let mut statement =
                conn.prepare(&format!("SELECT {KEY}, digest FROM keys WHERE revoked_at IS NULL ORDER BY id"))?;
            keys_with_digests(&mut statement)
        });
        Ok(read.await?.unwrap_or_default())
    }

    pub(crate) async fn keys(&self, page: Page) -> Result<Vec<Key>> {
        let read = self.read(move |conn| {
            let sql = format!("SELECT {KEY} FROM keys WHERE id > ?1 ORDER BY id LIMIT ?2");
            let mut statement = conn.prepare(&sql)?;
            let mut rows = statement.query(params![page.after.unwrap_or_default(), page.limit])?;
            let mut keys = Vec::new();
            while let Some(row) = rows.next()? {
                keys.push(key(row)?);
            }
            Ok(keys)
        });
        Ok(read.await?.unwrap_or_default())
    }

    pub(crate) async fn add(&self, key: Key, digest: [u8; 32]) -> Result<KeyId> {
        self.write(move |tx| {
            let take = "UPDATE access SET version = version + 1, next_key = next_key + 1 RETURNING next_key - 1";
            let id = tx.query_row(take, [], |row| row.get::<_, i64>(0))?;
            let sql = "INSERT INTO keys (id, name, role, source_id, operator_id, prefix, digest, created_at, \
                       created_by, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
            tx.execute(
                sql,
                params![
                    id,
                    key.name,
                    role_code(key.grant.role()),
                    key.grant.source().map(|id| id.0),
                    key.grant.operator().map(|id| id.0),
                    key.prefix,
                    digest,
                    key.created_at.0,
                    key.created_by.to_string(),
                    key.expires_at.map(|at| at.0),
                ],
            )?;
            Ok(KeyId(id))
        })
        .await
    }

    pub(crate) async fn revoke(&self, id: KeyId, by: Actor, at: Timestamp) -> Result<bool> {
        if !self.0.exists() {
            return Ok(false);
        }
        self.write(move |tx| {
            let sql = "UPDATE keys SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1 AND revoked_at IS NULL";
            if tx.execute(sql, params![id.0, at.0, by.to_string()])? > 0 {
                tx.execute("UPDATE access SET version = version + 1", [])?;
            }
            Ok(tx.query_row("SELECT count(*) FROM keys WHERE id = ?1", [id.0], |row| row.get::<_, i64>(0))? > 0)
        })
        .await
    }

    pub(crate) async fn all(&self) -> Result<AllKeys> {
        let read = self.read(|conn| {
            let sql = "SELECT version, next_key, next_user FROM access WHERE one = 1";
            let [version, next_key, next_user] =
                conn.query_row(sql, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
            let mut statement = conn.prepare(&format!("SELECT {KEY}, digest FROM keys ORDER BY id"))?;
            Ok(AllKeys { keys: keys_with_digests(&mut statement)?, users: Vec::new(), version, next_key, next_user })
        });
        let mut all = read.await?.unwrap_or_default();
        all.users = self.users().await?;
        Ok(all)
    }

    pub(crate) async fn put(&self, all: AllKeys) -> Result<()> {
        self.write(move |tx| {
            let raise = "UPDATE access SET version = max(version + 1, ?1), next_key = max(next_key, ?2), \
                         next_user = max(next_user, ?3)";
            tx.execute(raise, [all.version, all.next_key, all.next_user])?;
            for (user, password) in &all.users {
                users::put(tx, user, password)?;
            }
            let sql = format!(
                "INSERT OR REPLACE INTO keys ({KEY}, digest) \
                               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
            );
            let mut put = tx.prepare(&sql)?;
            for (key, digest) in all.keys {
                put.execute(params![
                    key.id.0,
                    key.name,
                    role_code(key.grant.role()),
                    key.grant.source().map(|id| id.0),
                    key.grant.operator().map(|id| id.0),
                    key.prefix,
                    key.created_at.0,
                    key.created_by.to_string(),
                    key.expires_at.map(|at| at.0),
                    key.last_used_at.map(|at| at.0),
                    key.revoked_at.map(|at| at.0),
                    key.revoked_by.map(|actor| actor.to_string()),
                    digest,
                ])?;
            }
            Ok(())
        })
        .await
    }

    pub(crate) async fn note_uses(&self, uses: Vec<(KeyId, Timestamp)>) -> Result<()> {
        self.write(move |tx| {
            let sql = "UPDATE keys SET last_used_at = max(?2, coalesce(last_used_at, ?2)) WHERE id = ?1";
            let mut note = tx.prepare(sql)?;
            for (id, at) in uses {
                note.execute([id.0, at.0])?;
            }
            Ok(())
        })
        .await
    }

    pub(super) fn exists(&self) -> bool {
        self.0.exists()
    }

    /// Reads, unless there is no file yet.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let path = self.0.clone();
        blocking(move || {
            if !path.exists() {
                return Ok(None);
            }
            // Not read-only: what a process that was killed left half written must be undone first.
            let mut conn = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            match version_of(&conn, &path)? {
                0 => return Ok(None),
                VERSION => {}
                _ => {
                    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
                    migrate(&tx, &path)?;
                    tx.commit()?;
                }
            }
            read(&conn).map(Some)
        })
        .await
    }

    /// Writes in one transaction; makes the file if need be.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = self.0.clone();
        blocking(move || {
            let mut conn = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            migrate(&tx, &path)?;
            let result = write(&tx)?;
            tx.commit()?;
            Ok(result)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|ended| match ended.is_panic() {
        true => Err(StoreError::Engine("reading keys stopped on a bug; see the log".to_owned())),
        false => Err(StoreError::Stopping),
    })
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let opened = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let conn = opened.map_err(|e| StoreError::from(e).at(path))?;
    conn.busy_timeout(BUSY_WAIT)?;
    Ok(conn)
}

/// Brings the schema up to date.
fn migrate(tx: &Transaction<'_>, path: &Path) -> Result<()> {
    let found = version_of(tx, path)?;
    if found < VERSION {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        for missing in SCHEMA.iter().skip(usize::try_from(found).unwrap_or_default()) {
            tx.execute_batch(missing)?;
        }
        tx.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(())
}

/// The version of the schema; 0 in an empty file.
fn version_of(conn: &Connection, path: &Path) -> Result<i64> {
    let number =
        |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|e| StoreError::from(e).at(path));
    match (number("PRAGMA application_id")?, number("PRAGMA user_version")?) {
        (id, known @ 1..=VERSION) if id == i64::from(APPLICATION_ID) => Ok(known),
        (id, newer) if id == i64::from(APPLICATION_ID) && newer > VERSION => {
            Err(StoreError::NewerSchema(newer, VERSION))
        }
        _ if number("SELECT count(*) FROM sqlite_schema")? == 0 => Ok(0),
        _ => Err(StoreError::NotOurs(path.to_owned())),
    }
}

/// Reads keys from columns [`KEY`] and `digest`.
fn keys_with_digests(statement: &mut Statement<'_>) -> Result<Vec<KeyAndDigest>> {
    let mut rows = statement.query([])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push((key(row)?, digest(&row.get::<_, Vec<u8>>(12)?)?));
    }
    Ok(keys)
}

/// Reads a key from columns [`KEY`].
fn key(row: &Row<'_>) -> Result<Key> {
    let time = |column| row.get::<_, Option<i64>>(column).map(|at| at.map(Timestamp));
    Ok(Key {
        id: KeyId(row.get(0)?),
        name: row.get(1)?,
        grant: grant(row.get(2)?, row.get(3)?, row.get(4)?)?,
        prefix: row.get(5)?,
        created_at: Timestamp(row.get(6)?),
        created_by: actor(&row.get::<_, String>(7)?)?,
        expires_at: time(8)?,
        last_used_at: time(9)?,
        revoked_at: time(10)?,
        revoked_by: row.get::<_, Option<String>>(11)?.as_deref().map(actor).transpose()?,
    })
}
