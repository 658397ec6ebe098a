//! Asking a connection and reading what it answers.

use crate::StoreError;
use crate::schema::{FromRow, Row};
use rusqlite::{Connection, Params, Statement};

/// The first row of a query.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn one<T: FromRow>(conn: &Connection, sql: &str, params: impl Params) -> Result<Option<T>, StoreError> {
    first(&mut *conn.prepare_cached(sql)?, params)
}

/// The first row that a statement finds.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn first<T: FromRow>(statement: &mut Statement<'_>, params: impl Params) -> Result<Option<T>, StoreError> {
    let mut rows = statement.query(params)?;
    rows.next()?.map(|row| T::read(Row::Sqlite(row), 0)).transpose()
}

/// All rows of a query.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn list<T: FromRow>(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    each(conn, sql, params, |row| {
        found.push(row);
        true
    })?;
    Ok(found)
}

/// The rows of a query one after the other, until `take` has enough.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn each<T: FromRow>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    mut take: impl FnMut(T) -> bool,
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    while let Some(row) = rows.next()? {
        if !take(T::read(Row::Sqlite(row), 0)?) {
            break;
        }
    }
    Ok(())
}
