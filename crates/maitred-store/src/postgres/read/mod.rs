//! Reading for people, where PostgreSQL has its own way: lists of contacts and the search for leads come by key or
//! index, never by a scan of what grows. All other questions are in `reading`.
//!
//! The planner chooses indexes by what it believes of the data, and a list that is cheap if matches are common is a
//! scan if they are all old. So statements are written to leave no choice: a range of an index is a comparison of its
//! columns as a row, `(source_id, id) < ($1, $2)`, listed in the order of the whole row, which no other index has.
//! What a [`Snapshot`] forbids altogether is said there.

mod contacts;
mod search;

#[cfg(test)]
mod tests;

use super::readers::Snapshot;
use super::statement::{self, list};
use crate::StoreError;
use crate::future::blocking;
use crate::reading::Read;
use crate::reading::messages::Message;
use crate::schema::{FromRow, Value};
use crate::search::Search;
use crate::views::{ContactFilter, STRETCH_BYTES_MAX, STRETCH_ROWS_MAX};
use maitred_core::{Contact, Timestamp};
use std::ops::Range;
use tokio_postgres::types::Type;

impl Read for Snapshot {
    const IS_SQLITE: bool = false;

    async fn list<T: FromRow>(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        let values: Vec<statement::Value<'_>> = values.iter().map(|value| (value as _, value.r#type())).collect();
        list(self, sql, &values).await
    }

    async fn among<T: FromRow>(&self, sql: &str, ids: &[i64], values: &[Value<'_>]) -> Result<Vec<T>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut all: Vec<statement::Value<'_>> = vec![(&ids as _, Type::INT8_ARRAY)];
        all.extend(values.iter().map(|value| (value as _, value.r#type())));
        list(self, sql, &all).await
    }

    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        blocking(work).await
    }

    async fn first_id_since(&self, at: Timestamp) -> Result<i64, StoreError> {
        contacts::first_id_since(self, at).await
    }

    async fn contacts(&self, filter: &ContactFilter, ids: Range<i64>, limit: u32) -> Result<Vec<Contact>, StoreError> {
        match contacts::Query::new(filter, ids, limit) {
            Some(query) => list(self, &query.sql, &query.values.all()).await,
            None => Ok(Vec::new()),
        }
    }

    async fn messages(&self, filter: &ContactFilter, ids: Range<i64>) -> Result<Vec<Message>, StoreError> {
        match contacts::Query::messages(filter, ids, STRETCH_ROWS_MAX, STRETCH_BYTES_MAX as i64) {
            Some(query) => list(self, &query.sql, &query.values.all()).await,
            None => Ok(Vec::new()),
        }
    }

    async fn matches(&self, search: &Search, below: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        search::run(self, search, below, limit.into()).await
    }

    async fn does_match(&self, search: &Search, lead: i64) -> Result<bool, StoreError> {
        Ok(!search::walk(self, search, lead..lead + 1, 1).await?.is_empty())
    }
}
