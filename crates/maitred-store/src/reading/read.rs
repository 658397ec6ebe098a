//! One state of a database of either engine, to be asked. Questions that both answer in the same way are written once,
//! in the files beside this; here is also what each answers in its own, for that is where their indexes and planners
//! differ.

use super::messages::Message;
use crate::StoreError;
use crate::schema::{FromRow, Value};
use crate::search::Search;
use crate::views::ContactFilter;
use maitred_core::{Contact, Timestamp};
use std::ops::Range;

type Result<T> = std::result::Result<T, StoreError>;

/// See the module. Statements are written as `sql` says.
pub trait Read {
    /// Which of two texts of a statement is meant, where there have to be two.
    const IS_SQLITE: bool;

    /// All rows of a query.
    async fn list<T: FromRow>(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<T>>;

    /// All rows of a query whose first value is a list of ids, for `= ANY($1)`. Without ids there are none.
    async fn among<T: FromRow>(&self, sql: &str, ids: &[i64], values: &[Value<'_>]) -> Result<Vec<T>>;

    /// The first row of a query.
    async fn one<T: FromRow>(&self, sql: &str, values: &[Value<'_>]) -> Result<Option<T>> {
        Ok(self.list(sql, values).await?.into_iter().next())
    }

    /// An id from which on every contact arrived at this time or later, and below which every one arrived earlier.
    async fn first_id_since(&self, at: Timestamp) -> Result<i64>;

    /// Contacts with ids in this range, in the order of the filter.
    async fn contacts(&self, filter: &ContactFilter, ids: Range<i64>, limit: u32) -> Result<Vec<Contact>>;

    /// Contacts with ids in this range and their messages, newest first; no more than a stretch has, see
    /// [`crate::views::Looked`].
    async fn messages(&self, filter: &ContactFilter, ids: Range<i64>) -> Result<Vec<Message>>;

    /// The leads below an id who match a search, newest first.
    async fn matches(&self, search: &Search, below: i64, limit: u32) -> Result<Vec<i64>>;

    /// Computes something from what was read, on a thread where that may take a while.
    async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T>;

    /// Whether this lead matches a search.
    async fn does_match(&self, search: &Search, lead: i64) -> Result<bool>;
}

/// The values of a statement, each of a type that a column may have.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::schema::Value::from(&$value)),*] };
}
pub(crate) use values;
