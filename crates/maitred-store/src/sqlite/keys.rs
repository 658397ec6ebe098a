//! The file of keys, users, sessions and endpoints beside that of contacts: `maitred.db` has `maitred.db.access`. It
//! is opened for each question and closed again, so any number of processes may share it, and a file that is new is
//! seen.

use super::open::resolved;
use super::page_cache;
use super::rows::list;
use crate::StoreError;
use crate::account_steps::Execute;
use crate::future::blocking;
use crate::schema::{FromRow, Value};
use crate::sql::in_sqlite;
use futures_util::FutureExt;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, params_from_iter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// "MTRA": marks a file as ours (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x4d54_5241;
/// The version of the schema (`PRAGMA user_version`).
const VERSION: i64 = 9;
/// What makes each version of the one before.
const SCHEMA: [&str; 9] = [
    include_str!("keys.sql"),
    include_str!("people.sql"),
    include_str!("webhooks.sql"),
    include_str!("telegram.sql"),
    include_str!("trace.sql"),
    include_str!("mail.sql"),
    include_str!("talk.sql"),
    include_str!("channels.sql"),
    include_str!("push.sql"),
];
/// How long to wait while another process writes.
const BUSY_WAIT: Duration = Duration::from_secs(5);

type Result<T> = std::result::Result<T, StoreError>;

/// See the module.
#[derive(Clone)]
pub struct KeyFile(Arc<Path>);

impl KeyFile {
    /// The keys of a file of contacts. Touches nothing yet.
    #[must_use]
    pub fn beside(contacts: &Path) -> Self {
        // One file has one file of keys, also when a link leads to it.
        let mut path = resolved(contacts).into_os_string();
        path.push(".access");
        Self(PathBuf::from(path).into())
    }

    /// Where it is, if it is there.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Reads; what is read is the default where there is no file yet.
    pub(crate) async fn read<T: Default + Send + 'static>(
        &self,
        steps: impl AsyncFnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = self.0.clone();
        blocking(move || {
            if !path.exists() {
                return Ok(T::default());
            }
            // Not read-only: what a process that was killed left half written must be undone first.
            let mut conn = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            match version_of(&conn, &path)? {
                // Only an accident leaves such a file; to take it for "no keys" would let everybody in.
                0 => return Err(StoreError::EmptyKeys(path.to_path_buf())),
                VERSION => {}
                _ => {
                    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
                    migrate(&tx, &path)?;
                    tx.commit()?;
                }
            }
            finished(steps(&conn))
        })
        .await?
    }

    /// Writes in one transaction; makes the file if need be.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        steps: impl AsyncFnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = self.0.clone();
        blocking(move || {
            let mut conn = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            migrate(&tx, &path)?;
            let result = finished(steps(&tx))?;
            tx.commit()?;
            Ok(result)
        })
        .await?
    }

    /// Writes, unless there is no file: then there is nothing to change.
    pub(crate) async fn write_if_there<T: Default + Send + 'static>(
        &self,
        steps: impl AsyncFnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        // Reading refuses an empty file: writing must not make one of no keys out of it.
        if self.0.exists() && self.read(async |_| Ok(true)).await? { self.write(steps).await } else { Ok(T::default()) }
    }
}

/// What steps come to that wait for nothing.
fn finished<T>(steps: impl Future<Output = Result<T>>) -> Result<T> {
    steps.now_or_never().expect("a file is read and written without waiting")
}

impl Execute for Connection {
    async fn list<T: FromRow>(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>> {
        list(self, &in_sqlite(sql), params_from_iter(values))
    }

    async fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        Ok(self.prepare_cached(&in_sqlite(sql))?.execute(params_from_iter(values))? as u64)
    }
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    page_cache::install();
    let opened = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let conn = opened.map_err(|e| StoreError::from(e).at(path))?;
    conn.busy_timeout(BUSY_WAIT)?;
    // A token that was removed is not to stay in free space.
    conn.pragma_update(None, "secure_delete", true)?;
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
