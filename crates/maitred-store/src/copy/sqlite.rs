//! A SQLite file as a side of a copy. Its lock is held as long as this lives: no server changes it meanwhile.

use super::error::CopyError;
use super::page::{Page, Value, named};
use super::tables::{Dialect, Table};
use crate::url::DatabaseUrl;
use crate::{StoreError, sqlite};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row};
use std::fs::File;
use std::path::Path;

const DIALECT: Dialect = Dialect { schema: "", mark: '?' };

/// See the module.
pub struct SqliteSide {
    conn: Connection,
    _lock: File,
    name: String,
}

impl SqliteSide {
    /// Opens a file to read.
    pub fn source(path: &Path) -> Result<Self, CopyError> {
        let name = name(path);
        if !path.exists() {
            return Err(CopyError::NoSource(name));
        }
        let opened = sqlite::lock(path).and_then(|lock| Ok((sqlite::open_read_only(path)?, lock)));
        let (conn, lock) = opened.map_err(|error| refused(&name, error))?;
        Ok(Self { conn, _lock: lock, name })
    }

    /// Opens or makes a file to fill. One with an older schema is not brought up to date: it has been used.
    pub fn target(path: &Path) -> Result<Self, CopyError> {
        let version = if path.exists() { sqlite::version_of(path) } else { Ok(0) };
        let opened = version.and_then(|version| match version {
            1.. if version < sqlite::newest_version() => {
                Err(StoreError::OlderSchema(version, sqlite::newest_version()))
            }
            _ => sqlite::open_writer(path),
        });
        let (conn, lock) = opened.map_err(|error| refused(&name(path), error))?.into_parts();
        // Now that the file is there, it has a full name.
        Ok(Self { conn, _lock: lock, name: name(path) })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Carries out statements without values.
    pub fn run(&mut self, sql: &str) -> Result<(), CopyError> {
        self.conn.execute_batch(sql).map_err(|error| self.failed(error))
    }

    /// Begins a transaction that sees one state of the file.
    pub fn begin_snapshot(&mut self) -> Result<(), CopyError> {
        // Its first read fixes the state.
        self.run("BEGIN DEFERRED; SELECT count(*) FROM sqlite_schema")
    }

    /// Begins a transaction that writes.
    pub fn begin(&mut self) -> Result<(), CopyError> {
        self.run("BEGIN IMMEDIATE")
    }

    /// Whether there is this table.
    pub fn has(&mut self, table: &Table) -> Result<bool, CopyError> {
        let sql = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        self.conn.query_row(sql, [table.name], |row| row.get(0)).map_err(|error| self.failed(error))
    }

    /// Counts the rows of a table.
    pub fn count(&mut self, table: &Table) -> Result<u64, CopyError> {
        let counted = self.conn.query_row(&table.count(DIALECT), [], |row| row.get::<_, i64>(0));
        counted.map(i64::cast_unsigned).map_err(|error| self.failed(error))
    }

    /// The row with the last key, if there is a row.
    pub fn last(&mut self, table: &Table) -> Result<Page, CopyError> {
        self.read(table, &table.select_last(DIALECT), &[])
    }

    /// Up to so many rows behind a key.
    pub fn page(&mut self, table: &Table, behind: Option<&[Value]>, rows: usize) -> Result<Page, CopyError> {
        let mut values = behind.unwrap_or_default().to_vec();
        values.push(Value::Number(rows as i64));
        self.read(table, &table.select(DIALECT, behind.is_some()), &values)
    }

    fn read(&self, table: &Table, sql: &str, values: &[Value]) -> Result<Page, CopyError> {
        let failed = |error| self.failed(error);
        let mut statement = self.conn.prepare_cached(sql).map_err(failed)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(failed)?;
        let mut page = Page::of(table);
        while !page.is_full()
            && let Some(row) = rows.next().map_err(failed)?
        {
            take(table, row, &mut page)?;
        }
        Ok(page)
    }

    /// Writes rows: in the transaction under way, or in one of their own.
    pub fn put(&mut self, table: &Table, page: &Page) -> Result<(), CopyError> {
        let is_alone = self.conn.is_autocommit();
        if is_alone {
            self.begin()?;
        }
        let written = self.write(table, page).map_err(|error| self.failed(error));
        match (&written, is_alone) {
            (Ok(()), true) => self.run("COMMIT"),
            (Err(_), true) if !self.conn.is_autocommit() => self.run("ROLLBACK").and(written),
            _ => written,
        }
    }

    fn write(&self, table: &Table, page: &Page) -> rusqlite::Result<()> {
        let mut insert = self.conn.prepare_cached(&table.insert(DIALECT))?;
        for row in page.rows() {
            insert.execute(rusqlite::params_from_iter(row))?;
        }
        Ok(())
    }

    /// Leaves the file tidy: what is in the log goes into the file.
    pub fn settle(&mut self) -> Result<(), CopyError> {
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    fn failed(&self, error: rusqlite::Error) -> CopyError {
        CopyError::Store(self.name.clone(), error.into())
    }
}

/// The file as a URL, from the root if it is there.
fn name(path: &Path) -> String {
    DatabaseUrl::Sqlite(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())).to_string()
}

fn refused(name: &str, error: StoreError) -> CopyError {
    match error {
        StoreError::InUse(_) => CopyError::Served(name.to_owned()),
        StoreError::UnfinishedCopy(of) => CopyError::SourceUnfinished(name.to_owned(), of),
        error => CopyError::Store(name.to_owned(), error),
    }
}

/// Appends a row to a page.
fn take(table: &Table, row: &Row<'_>, page: &mut Page) -> Result<(), CopyError> {
    let values: Vec<_> = (0..table.columns.len()).map(|at| row.get_ref(at).unwrap_or(ValueRef::Null)).collect();
    let shown = match values[table.shown] {
        ValueRef::Integer(id) => [Value::Number(id)],
        _ => [Value::Null],
    };
    for (value, column) in values.into_iter().zip(table.columns) {
        let misfit = |why| CopyError::Misfit(why, column.name, named(table, &shown));
        page.push(match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Number(number),
            ValueRef::Text(text) => Value::from(str::from_utf8(text).map_err(|_| misfit("is no UTF-8"))?),
            ValueRef::Blob(bytes) => Value::from(bytes),
            ValueRef::Real(_) => return Err(misfit("is a fraction")),
        });
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
