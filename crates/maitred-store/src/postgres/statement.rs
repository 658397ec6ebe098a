//! Statements with the types of their values. Each is sent whole, unnamed, in one round trip: nothing is prepared
//! ahead, so a pooler that hands every transaction another connection (PgBouncer) is no different from a server.

use crate::StoreError;
use bytes::BytesMut;
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use std::error::Error;
use std::sync::Arc;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Row};

/// A value and its type.
pub type Value<'a> = (&'a (dyn ToSql + Sync), Type);

/// All rows of a query, each read.
///
/// # Errors
/// [`StoreError`] when the query fails or a row cannot be read.
pub async fn list<T>(
    client: &Client,
    sql: &str,
    values: &[Value<'_>],
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let rows = client.query_typed(sql, values).await?;
    rows.iter().map(read).collect()
}

/// The first row of a query.
///
/// # Errors
/// [`StoreError`] when the query fails or the row cannot be read.
pub async fn one<T>(
    client: &Client,
    sql: &str,
    values: &[Value<'_>],
    read: impl FnOnce(&Row) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    client.query_typed(sql, values).await?.first().map(read).transpose()
}

/// The values of a statement that is put together piece by piece.
#[derive(Default)]
pub struct Values(Vec<(Box<dyn ToSql + Sync + Send>, Type)>);

impl Values {
    /// Adds a value and gives what stands for it in the statement.
    pub fn place(&mut self, value: impl ToSql + Sync + Send + 'static, r#type: Type) -> String {
        self.0.push((Box::new(value), r#type));
        format!("${}", self.0.len())
    }

    /// All of them, in order.
    #[must_use]
    pub fn all(&self) -> Vec<Value<'_>> {
        self.0.iter().map(|(value, r#type)| (&**value as _, r#type.clone())).collect()
    }
}

/// A shared text as a value.
#[derive(Debug)]
pub struct Text(pub Arc<str>);

impl ToSql for Text {
    fn to_sql(&self, r#type: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        (&*self.0).to_sql(r#type, out)
    }

    fn accepts(r#type: &Type) -> bool {
        <&str as ToSql>::accepts(r#type)
    }

    to_sql_checked!();
}

/// A statement that owns its values, so that many can be sent in a row before the first is answered.
pub struct Statement {
    sql: &'static str,
    values: Vec<(Box<dyn ToSql + Sync + Send>, Type)>,
}

impl Statement {
    /// A statement without values yet.
    #[must_use]
    pub const fn new(sql: &'static str) -> Self {
        Self { sql, values: Vec::new() }
    }

    /// Gives it its next value.
    #[must_use]
    pub fn with(mut self, value: impl ToSql + Sync + Send + 'static, r#type: Type) -> Self {
        self.values.push((Box::new(value), r#type));
        self
    }

    async fn execute(&self, client: &Client) -> Result<u64, StoreError> {
        let values = self.values.iter().map(|(value, r#type)| (&**value as &(dyn ToSql + Sync), r#type.clone()));
        let rows = client.query_typed_raw(self.sql, values).await?;
        let mut rows = std::pin::pin!(rows);
        while rows.try_next().await?.is_some() {}
        Ok(rows.rows_affected().unwrap_or_default())
    }
}

/// Sends all statements at once and waits for all of them; gives how many rows each changed. They are carried out in
/// this order.
///
/// # Errors
/// [`StoreError`] of the first that failed; those behind it were not carried out.
pub async fn execute_all(client: &Client, statements: &[Statement]) -> Result<Vec<u64>, StoreError> {
    try_join_all(statements.iter().map(|statement| statement.execute(client))).await
}
