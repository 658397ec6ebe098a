//! One state of a PostgreSQL database: a connection of its own inside a transaction that sees what was committed when
//! it began, whatever nodes do meanwhile. Tables are read through cursors, which may be read by turns, unlike the
//! answers to plain queries; the next rows are on their way while the last ones are looked at.

use crate::StoreError;
use crate::postgres::{Address, check, statement};
use crate::url::PostgresUrl;
use maitred_core::decision::PoolRef;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;
use std::vec;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_postgres::types::{FromSql, Type, accepts};
use tokio_postgres::{Client, Column, Row};

/// Rows that a cursor gives at a time. Each cursor has twice as many in memory at most.
pub const ROWS_FETCHED: usize = 2_048;

/// Begins the transaction. Somebody's settings must not cut it off halfway; a verification that is frozen ends after a
/// while nevertheless, for its snapshot keeps the server from cleaning up.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL search_path = maitred;
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = '10min'";

/// What not every server has, or needs: passes in the order of a key read its index rather than sort a table, nothing
/// is compiled for a scan, and the transaction may last.
const SET_WHERE_THERE_IS: &str = "SELECT set_config(s.name, w.value, true) FROM pg_settings s \
    JOIN (VALUES ('enable_sort', 'off'), ('jit', 'off'), ('transaction_timeout', '0')) AS w (name, value) \
    ON w.name = s.name";

/// See the module. Its methods block, so it is not for the threads of a runtime.
pub struct Snapshot {
    client: Arc<Client>,
    cursors: Cell<u32>,
    /// Drives the connection beside the thread that checks.
    runtime: Runtime,
}

impl Snapshot {
    /// Connects and begins. The database must have our schema, of this version.
    ///
    /// # Errors
    /// [`StoreError`] when the server cannot be reached or the database is not ours.
    pub fn open(url: &PostgresUrl) -> Result<Self, StoreError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|e| StoreError::Engine(format!("no runtime for the database: {e}")))?;
        let client = runtime.block_on(async {
            let client = Address::new(url)?.connect().await?;
            client.batch_execute(BEGIN).await?;
            client.query_typed(SET_WHERE_THERE_IS, &[]).await?;
            check(&client).await?;
            Ok::<_, StoreError>(client)
        })?;
        Ok(Self { client: Arc::new(client), cursors: Cell::new(0), runtime })
    }

    /// Starts over with one change that nobody else sees; gives how many rows it changed.
    #[cfg(test)]
    pub fn damaged(url: &PostgresUrl, sql: &str) -> Result<(Self, u64), StoreError> {
        let snapshot = Self::open(url)?;
        let changed = snapshot.runtime.block_on(async {
            snapshot.client.batch_execute("ROLLBACK; BEGIN; SET LOCAL search_path = maitred").await?;
            snapshot.client.execute_typed(sql, &[]).await
        })?;
        Ok((snapshot, changed))
    }

    /// How the server would carry out a query.
    #[cfg(test)]
    pub fn plan(&self, sql: &str) -> Result<String, StoreError> {
        let sql = format!("EXPLAIN {sql}");
        let lines = statement::list(&self.client, &sql, &[], |row| Ok(row.try_get::<_, String>(0)?));
        self.runtime.block_on(lines).map(|lines| lines.join("\n"))
    }

    /// Opens a cursor and asks for its first rows.
    ///
    /// # Errors
    /// [`StoreError`] when the server refuses the query.
    pub fn cursor(&self, sql: &str) -> Result<Cursor<'_>, StoreError> {
        self.cursors.set(self.cursors.get() + 1);
        let name = format!("verify_{}", self.cursors.get());
        self.runtime.block_on(self.client.batch_execute(&format!("DECLARE {name} NO SCROLL CURSOR FOR {sql}")))?;
        let fetch = Arc::from(format!("FETCH FORWARD {ROWS_FETCHED} FROM {name}"));
        let coming = Some(self.fetch(&fetch));
        Ok(Cursor { snapshot: self, fetch, coming, batch: Vec::new().into_iter(), row: None })
    }

    /// Sends a query now; its rows come in by themselves.
    fn fetch(&self, sql: &Arc<str>) -> JoinHandle<Result<Vec<Row>, tokio_postgres::Error>> {
        let (client, sql) = (Arc::clone(&self.client), Arc::clone(sql));
        self.runtime.spawn(async move { client.query_typed(&sql, &[]).await })
    }

    /// The segments of some recordings, each up to a step and in order.
    ///
    /// # Errors
    /// [`StoreError`] when the server fails.
    pub fn segments(&self, up_to: &[PoolRef]) -> Result<Vec<Vec<Vec<u8>>>, StoreError> {
        let pools: Vec<i64> = up_to.iter().map(|at| at.pool.0).collect();
        let steps: BTreeMap<i64, i64> = up_to.iter().map(|at| (at.pool.0, at.step.into())).collect();
        let sql = "SELECT pool_id, first_step, bytes FROM pool_segments WHERE pool_id = ANY($1) \
                   ORDER BY pool_id, first_step";
        let values = [(&pools as _, Type::INT8_ARRAY)];
        let read = |row: &Row| Ok((column_of(row, 0)?, column_of(row, 1)?, column_of(row, 2)?));
        let rows: Vec<(i64, i64, Vec<u8>)> =
            self.runtime.block_on(statement::list(&self.client, sql, &values, read))?;
        let mut segments: BTreeMap<i64, Vec<Vec<u8>>> = BTreeMap::new();
        for (pool, first_step, bytes) in rows {
            if steps.get(&pool).is_some_and(|step| first_step <= *step) {
                segments.entry(pool).or_default().push(bytes);
            }
        }
        Ok(pools.iter().map(|pool| segments.remove(pool).unwrap_or_default()).collect())
    }
}

impl Drop for Snapshot {
    /// Ends the transaction: a connection that is closed within one is a line in the server's log.
    fn drop(&mut self) {
        if let Err(error) = self.runtime.block_on(self.client.batch_execute("ROLLBACK")) {
            tracing::debug!(%error, "the connection ended before its transaction");
        }
    }
}

/// A query under way.
pub struct Cursor<'a> {
    snapshot: &'a Snapshot,
    fetch: Arc<str>,
    /// The rows that were asked for and are not here yet; none when there are no more.
    coming: Option<JoinHandle<Result<Vec<Row>, tokio_postgres::Error>>>,
    batch: vec::IntoIter<Row>,
    row: Option<Row>,
}

impl Cursor<'_> {
    /// The next row; none behind the last.
    ///
    /// # Errors
    /// [`StoreError`] when the server fails.
    pub fn next(&mut self) -> Result<Option<&Row>, StoreError> {
        if self.batch.len() == 0
            && let Some(coming) = self.coming.take()
        {
            let rows = self.snapshot.runtime.block_on(coming).map_err(|_| StoreError::Stopping)??;
            self.coming = (rows.len() == ROWS_FETCHED).then(|| self.snapshot.fetch(&self.fetch));
            self.batch = rows.into_iter();
        }
        self.row = self.batch.next();
        Ok(self.row.as_ref())
    }
}

/// A value of a row, as the schema says it is.
///
/// # Errors
/// [`StoreError::Corrupt`] when it is not.
pub fn column_of<'r, T: FromSql<'r>>(row: &'r Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| {
        let name = row.columns().get(column).map_or("?", Column::name);
        StoreError::Corrupt(format!("column {name}: {error}"))
    })
}

/// A number of any width.
pub struct Integer(pub i64);

impl<'a> FromSql<'a> for Integer {
    fn from_sql(r#type: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *r#type {
            Type::INT2 => i16::from_sql(r#type, raw)?.into(),
            Type::INT4 => i32::from_sql(r#type, raw)?.into(),
            _ => i64::from_sql(r#type, raw)?,
        }))
    }

    accepts!(INT2, INT4, INT8);
}
