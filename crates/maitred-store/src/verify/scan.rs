//! Where a verification reads: one snapshot of a database of either engine, row by row. Checks write each SQL text
//! once, for both; table names are bare. Nothing here knows what a row means.

use super::snapshot::{Cursor, Integer, Snapshot, column_of};
use crate::StoreError;
use crate::sqlite::read;
use maitred_core::decision::PoolRef;
use rusqlite::Connection;

/// A database as it was when the verification began. Copies read the same.
#[derive(Clone, Copy)]
pub enum Scan<'a> {
    /// A connection within a transaction.
    Sqlite(&'a Connection),
    /// The same on a server.
    Postgres(&'a Snapshot),
}

/// A query that is ready to give its rows.
pub enum Query<'a> {
    Sqlite(rusqlite::Statement<'a>),
    Postgres(Cursor<'a>),
}

/// The rows of a query, of which some thousands are in memory at most. Several may be read by turns.
pub enum Rows<'q, 'a> {
    Sqlite(rusqlite::Rows<'q>),
    Postgres(&'q mut Cursor<'a>),
}

/// One row. Columns count from 0; a column that is not what the schema says is an error.
#[derive(Clone, Copy)]
pub enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'a> Scan<'a> {
    /// Prepares a query without values.
    pub fn query(self, sql: &str) -> Result<Query<'a>, StoreError> {
        Ok(match self {
            Self::Sqlite(conn) => Query::Sqlite(conn.prepare(sql)?),
            Self::Postgres(snapshot) => Query::Postgres(snapshot.cursor(sql)?),
        })
    }

    /// Hands out all rows of a query.
    pub fn each(self, sql: &str, mut take: impl FnMut(Row<'_>) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut query = self.query(sql)?;
        let mut rows = query.rows()?;
        while let Some(row) = rows.next()? {
            take(row)?;
        }
        Ok(())
    }

    /// The number that is the first column of the only row.
    pub fn number(self, sql: &str) -> Result<i64, StoreError> {
        let mut number = 0;
        self.each(sql, |row| {
            number = row.i64(0)?;
            Ok(())
        })?;
        Ok(number)
    }

    /// The segments of some recordings, each up to a step and in order. A few recordings at a time: each may hold a
    /// snapshot of thousands of operators.
    pub fn segments(self, up_to: &[PoolRef]) -> Result<Vec<Vec<Vec<u8>>>, StoreError> {
        match self {
            Self::Sqlite(conn) => up_to.iter().map(|at| read::segments(conn, at.pool, at.step)).collect(),
            Self::Postgres(snapshot) => snapshot.segments(up_to),
        }
    }
}

impl<'a> Query<'a> {
    /// Starts at the first row.
    pub fn rows(&mut self) -> Result<Rows<'_, 'a>, StoreError> {
        Ok(match self {
            Self::Sqlite(statement) => Rows::Sqlite(statement.query([])?),
            Self::Postgres(cursor) => Rows::Postgres(cursor),
        })
    }
}

impl Rows<'_, '_> {
    /// The next row; none behind the last.
    pub fn next(&mut self) -> Result<Option<Row<'_>>, StoreError> {
        Ok(match self {
            Self::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Self::Postgres(cursor) => cursor.next()?.map(Row::Postgres),
        })
    }
}

impl<'r> Row<'r> {
    /// A number, id, code or time.
    pub fn i64(self, column: usize) -> Result<i64, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => Ok(column_of::<Integer>(row, column)?.0),
        }
    }

    /// A number that may be missing.
    pub fn some_i64(self, column: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => Ok(column_of::<Option<Integer>>(row, column)?.map(|integer| integer.0)),
        }
    }

    /// A flag.
    pub fn bool(self, column: usize) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => column_of(row, column),
        }
    }

    /// Bytes as stored.
    pub fn bytes(self, column: usize) -> Result<&'r [u8], StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?.as_blob()?),
            Self::Postgres(row) => column_of(row, column),
        }
    }

    /// A text that may be missing.
    pub fn text(self, column: usize) -> Result<Option<&'r str>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?.as_str_or_null()?),
            Self::Postgres(row) => column_of(row, column),
        }
    }
}
