//! One row of an answer, whichever engine gave it, and reading values out of it.
//!
//! Columns are read by their places: a statement lists the columns of a description in its order, so what a column is
//! called is settled when the statement is written and not for every row. [`FromRow`] is what rows become: a value of
//! one column, a noun with all of its columns, or a tuple of such.

use super::value::Stored;
use crate::StoreError;
use rusqlite::types::{FromSqlError, ValueRef};
use std::error::Error;
use tokio_postgres::types::{FromSql, Type, accepts};

/// See the module. Columns count from 0; a column that is not what the schema says is an error.
#[derive(Clone, Copy)]
pub enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    /// A number, id, code, time or flag.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn i64(self, column: usize) -> Result<i64, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => Ok(postgres_value::<Integer>(row, column)?.0),
        }
    }

    /// A number that may be missing.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn some_i64(self, column: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => Ok(postgres_value::<Option<Integer>>(row, column)?.map(|integer| integer.0)),
        }
    }

    /// A flag.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn bool(self, column: usize) -> Result<bool, StoreError> {
        Ok(self.i64(column)? != 0)
    }

    /// Bytes.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn bytes(self, column: usize) -> Result<&'r [u8], StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?.as_blob()?),
            Self::Postgres(row) => postgres_value(row, column),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn text(self, column: usize) -> Result<&'r str, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?.as_str()?),
            Self::Postgres(row) => postgres_value(row, column),
        }
    }

    /// A text that may be missing.
    ///
    /// # Errors
    /// When the column holds something else.
    pub fn some_text(self, column: usize) -> Result<Option<&'r str>, StoreError> {
        if self.is_null(column)? { Ok(None) } else { self.text(column).map(Some) }
    }

    /// # Errors
    /// When there is no such column.
    pub fn is_null(self, column: usize) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)? == ValueRef::Null),
            Self::Postgres(row) => Ok(postgres_value::<IsNull>(row, column)?.0),
        }
    }

    /// What the column is called, for errors.
    #[must_use]
    pub fn name(self, column: usize) -> &'r str {
        let name = match self {
            Self::Sqlite(row) => row.as_ref().column_name(column).ok(),
            Self::Postgres(row) => row.columns().get(column).map(tokio_postgres::Column::name),
        };
        name.unwrap_or("?")
    }

    /// That a number is out of the range of its column.
    #[must_use]
    pub fn misfit(self, column: usize, number: i64) -> StoreError {
        StoreError::Corrupt(format!("{number} in {}", self.name(column)))
    }
}

fn postgres_value<'r, T: FromSql<'r>>(row: &'r tokio_postgres::Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| {
        let name = row.columns().get(column).map_or("?", tokio_postgres::Column::name);
        StoreError::Corrupt(format!("column {name}: {error}"))
    })
}

impl From<FromSqlError> for StoreError {
    fn from(error: FromSqlError) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// A number of any width, or a flag.
struct Integer(i64);

impl<'a> FromSql<'a> for Integer {
    fn from_sql(r#type: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *r#type {
            Type::INT2 => i16::from_sql(r#type, raw)?.into(),
            Type::INT4 => i32::from_sql(r#type, raw)?.into(),
            Type::BOOL => bool::from_sql(r#type, raw)?.into(),
            _ => i64::from_sql(r#type, raw)?,
        }))
    }

    accepts!(INT2, INT4, INT8, BOOL);
}

/// Whether there is nothing in a column of any type.
struct IsNull(bool);

impl<'a> FromSql<'a> for IsNull {
    fn from_sql(_: &Type, _: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(false))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(true))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// What can be read out of some columns that stand side by side.
pub trait FromRow: Sized {
    /// How many columns those are.
    const WIDTH: usize;

    /// Reads them, from the column `first` on.
    ///
    /// # Errors
    /// When a column is not what the schema says.
    fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError>;
}

impl<T: Stored> FromRow for T {
    const WIDTH: usize = 1;

    fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError> {
        T::from_column(row, first)
    }
}

macro_rules! tuples {
    ($(($($part:ident)+))*) => {
        $(impl<$($part: FromRow),+> FromRow for ($($part,)+) {
            const WIDTH: usize = 0 $(+ $part::WIDTH)+;

            fn read(row: Row<'_>, first: usize) -> Result<Self, StoreError> {
                let mut behind = first;
                let mut next = |width| {
                    behind += width;
                    behind - width
                };
                Ok(($(<$part as FromRow>::read(row, next($part::WIDTH))?,)+))
            }
        })*
    };
}

tuples!((A B) (A B C) (A B C D) (A B C D E) (A B C D E F));
