//! Reading for people, where SQLite has its own way: lists of contacts and the search for leads come by key or index,
//! never by a scan of what grows; every index that a list relies on is named in its SQL, so that a statement which
//! could not use it fails instead of crawling. All other questions are in `reading`.

mod contacts;
mod search;

#[cfg(test)]
mod tests;

use super::rows;
use crate::StoreError;
use crate::reading::Read;
use crate::reading::messages::{self, Message};
use crate::schema::{FromRow, Value};
use crate::search::Search;
use crate::views::{ContactFilter, STRETCH_BYTES_MAX, STRETCH_ROWS_MAX};
use futures_util::FutureExt;
use maitred_core::{Contact, Timestamp};
use rusqlite::{Connection, params_from_iter};
use search::Searching;
use std::ops::Range;

/// Asks on one state of the file. Nothing is waited for: by the time a question has been put, it is answered.
///
/// # Errors
/// Whatever `question` gives.
pub fn ask<T>(
    conn: &Connection,
    question: impl AsyncFnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    snapshot(conn, |conn| question(conn).now_or_never().expect("reading a file waits for nothing"))
}

/// Runs statements that belong together on one state of the database. Inside of another snapshot it is part of that.
///
/// # Errors
/// Whatever `read` gives.
pub fn snapshot<T>(
    conn: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if !conn.is_autocommit() {
        return read(conn);
    }
    // A deferred transaction is what a reader wants: it takes no lock, and its first statement fixes what it sees.
    let transaction = conn.unchecked_transaction()?;
    let result = read(&transaction);
    transaction.finish()?;
    result
}

impl Read for Connection {
    const IS_SQLITE: bool = true;

    async fn list<T: FromRow>(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        rows::list(self, &crate::sql::in_sqlite(sql), params_from_iter(values))
    }

    async fn among<T: FromRow>(&self, sql: &str, ids: &[i64], values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = [Value::Text(crate::sql::json_list(ids).into())];
        rows::list(self, &crate::sql::in_sqlite(sql), params_from_iter(ids.iter().chain(values)))
    }

    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        Ok(work())
    }

    async fn first_id_since(&self, at: Timestamp) -> Result<i64, StoreError> {
        contacts::first_id_since(self, at)
    }

    async fn contacts(&self, filter: &ContactFilter, ids: Range<i64>, limit: u32) -> Result<Vec<Contact>, StoreError> {
        let query = contacts::Query::new(filter, ids, limit);
        rows::list(self, &query.sql, params_from_iter(query.values))
    }

    async fn messages(&self, filter: &ContactFilter, ids: Range<i64>) -> Result<Vec<Message>, StoreError> {
        let query = contacts::Query::of("c.id, c.message", filter, ids, STRETCH_ROWS_MAX);
        let (mut found, mut read) = (Vec::new(), 0);
        rows::each(self, &query.sql, params_from_iter(query.values), |message: Message| {
            read += messages::bytes(&message);
            found.push(message);
            read < STRETCH_BYTES_MAX
        })?;
        Ok(found)
    }

    async fn matches(&self, search: &Search, below: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        Searching(search).run(self, below, limit)
    }

    async fn does_match(&self, search: &Search, lead: i64) -> Result<bool, StoreError> {
        Ok(!Searching(search).walk(self, lead, lead + 1, 1)?.is_empty())
    }
}
