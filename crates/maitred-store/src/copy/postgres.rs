//! A PostgreSQL database as a side of a copy. Statements are unnamed, so a pooler in between changes nothing.

use super::error::CopyError;
use super::page::{Page, Value, named};
use super::tables::{Column, Dialect, Kind, Table};
use crate::url::PostgresUrl;
use crate::{StoreError, postgres};
use futures_util::TryStreamExt;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

const DIALECT: Dialect = Dialect { schema: "maitred.", mark: '$' };
/// No time limit of somebody's settings fits a copy.
const TAKE_TIME: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
/// Takes the turn of a node, for a commit that is on disk when it is answered.
const TURN: &str =
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
    SELECT one FROM maitred.next_ids FOR UPDATE";

/// See the module.
pub struct PostgresSide {
    runtime: Runtime,
    client: Client,
    name: String,
    /// Which run of the copy this is. What it writes is fenced by that: an older run whose process is gone, but whose
    /// last words the server has still to carry out, cannot get in between.
    run: Option<i64>,
}

impl PostgresSide {
    /// Connects to read.
    pub fn source(url: &PostgresUrl) -> Result<Self, CopyError> {
        let side = Self::connect(url)?;
        let usable = side.runtime.block_on(postgres::check(&side.client));
        usable.map_err(|error| match error {
            StoreError::UnfinishedCopy(of) => CopyError::SourceUnfinished(side.name.clone(), of),
            error => side.failed(error),
        })?;
        Ok(side)
    }

    /// Connects to fill. Makes the schema if there is none; one that is older has been used.
    pub fn target(url: &PostgresUrl) -> Result<Self, CopyError> {
        let side = Self::connect(url)?;
        let ready = side.runtime.block_on(async {
            match postgres::schema_version(&side.client).await? {
                version if version > 0 && version < postgres::newest_version() => {
                    Err(StoreError::OlderSchema(version, postgres::newest_version()))
                }
                _ => postgres::migrate(&side.client).await,
            }
        });
        ready.map_err(|error| side.failed(error))?;
        let encoding: String = side.ask("SELECT current_setting('server_encoding')", |row| row.try_get(0))?;
        match encoding.as_str() {
            "UTF8" => Ok(side),
            _ => Err(CopyError::NotUtf8(side.name, encoding)),
        }
    }

    fn connect(url: &PostgresUrl) -> Result<Self, CopyError> {
        let name = url.to_string();
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| CopyError::Bug(format!("no runtime: {error}")))?;
        let client = postgres::Address::new(url).and_then(|address| runtime.block_on(address.connect()));
        let client = client.map_err(|error| CopyError::Store(name.clone(), error))?;
        Ok(Self { runtime, client, name, run: None })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tells this database from any other, if the server says.
    pub fn place(&self) -> Option<(String, String)> {
        let sql = "SELECT current_database()::text, pg_postmaster_start_time()::text";
        self.ask(sql, |row| Ok((row.try_get(0)?, row.try_get(1)?))).ok()
    }

    /// Writes nothing from now on unless this is the run that the mark names.
    pub fn fence(&mut self, run: i64) {
        self.run = Some(run);
    }

    /// Carries out statements without values.
    pub fn run(&mut self, sql: &str) -> Result<(), CopyError> {
        self.runtime.block_on(self.client.batch_execute(sql)).map_err(|error| self.failed(error))
    }

    /// Begins a transaction that sees one state of the database.
    pub fn begin_snapshot(&mut self) -> Result<(), CopyError> {
        self.run(&format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {TAKE_TIME}"))
    }

    /// Begins a transaction that writes, with the turn of a node, so that no node does meanwhile.
    pub fn begin(&mut self) -> Result<(), CopyError> {
        self.run(&format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {TAKE_TIME}; {TURN}"))
    }

    /// Whether there is this table.
    pub fn has(&mut self, table: &Table) -> Result<bool, CopyError> {
        let sql = "SELECT count(*) > 0 FROM information_schema.tables WHERE table_schema = 'maitred' \
                   AND table_name = $1";
        let name: [(&(dyn ToSql + Sync), Type); 1] = [(&table.name, Type::TEXT)];
        let asked = self.runtime.block_on(self.client.query_typed_one(sql, &name));
        asked.and_then(|row| row.try_get(0)).map_err(|error| self.failed(error))
    }

    /// Counts the rows of a table.
    pub fn count(&mut self, table: &Table) -> Result<u64, CopyError> {
        self.ask(&table.count(DIALECT), |row| row.try_get(0)).map(i64::cast_unsigned)
    }

    /// The row with the last key, if there is a row.
    pub fn last(&mut self, table: &Table) -> Result<Page, CopyError> {
        self.read(table, &table.select_last(DIALECT), &[])
    }

    /// Up to so many rows behind a key.
    pub fn page(&mut self, table: &Table, behind: Option<&[Value]>, rows: usize) -> Result<Page, CopyError> {
        let key = behind.unwrap_or_default();
        let mut values = Vec::with_capacity(key.len() + 1);
        for (value, column) in key.iter().zip(table.columns) {
            values.push(column.value(value)?);
        }
        values.push((Box::new(rows as i64), Type::INT8));
        self.read(table, &table.select(DIALECT, behind.is_some()), &values)
    }

    /// Reads until the page is full; what the server sends beyond that is let go.
    fn read(&self, table: &Table, sql: &str, values: &[Owned<'_>]) -> Result<Page, CopyError> {
        let mut page = Page::of(table);
        let values = values.iter().map(|(value, kind)| (&**value as &(dyn ToSql + Sync), kind.clone()));
        self.runtime
            .block_on(async {
                let mut rows = std::pin::pin!(self.client.query_typed_raw(sql, values).await?);
                while !page.is_full()
                    && let Some(row) = rows.try_next().await?
                {
                    take(table, &row, &mut page)?;
                }
                Ok(page)
            })
            .map_err(|error: tokio_postgres::Error| self.failed(error))
    }

    fn ask<T>(&self, sql: &str, read: impl FnOnce(&Row) -> Result<T, tokio_postgres::Error>) -> Result<T, CopyError> {
        let asked = self.runtime.block_on(self.client.query_typed_one(sql, &[]));
        asked.and_then(|row| read(&row)).map_err(|error| self.failed(error))
    }

    /// Writes rows: in the transaction under way, or in one of their own.
    pub fn put(&mut self, table: &Table, page: &Page) -> Result<(), CopyError> {
        let mut values = Vec::with_capacity(table.columns.len() + 1);
        for (at, column) in table.columns.iter().enumerate() {
            values.push(self.array(table, page, at, column)?);
        }
        if let Some(run) = self.run {
            values.push((Box::new(run), Type::INT8));
        }
        let values: Vec<_> = values.iter().map(|(value, kind)| (&**value as _, kind.clone())).collect();
        let sql = table.insert_all(DIALECT, self.run.is_some());
        let written = self.runtime.block_on(self.client.execute_typed(&sql, &values));
        match written.map_err(|error| self.failed(error))? {
            0 if self.run.is_some() => Err(CopyError::TakenOver(self.name.clone())),
            _ => Ok(()),
        }
    }

    /// One column of all rows as one value.
    fn array<'a>(&self, table: &Table, page: &'a Page, at: usize, column: &Column) -> Result<Owned<'a>, CopyError> {
        let row = |place: usize| page.rows().nth(place).map_or_else(String::new, |row| named(table, row));
        let misfit = |place: usize| CopyError::Misfit("is out of its range", column.name, row(place));
        let numbers = || page.column(at).map(number);
        Ok(match column.kind {
            Kind::Number => (Box::new(numbers().collect::<Vec<_>>()), Type::INT8_ARRAY),
            Kind::Code => {
                let codes = numbers()
                    .enumerate()
                    .map(|(place, code)| code.map(i16::try_from).transpose().map_err(|_| misfit(place)));
                (Box::new(codes.collect::<Result<Vec<_>, _>>()?), Type::INT2_ARRAY)
            }
            Kind::Flag => {
                let flags = numbers().enumerate().map(|(place, flag)| match flag {
                    None => Ok(None),
                    Some(flag @ 0..=1) => Ok(Some(flag == 1)),
                    Some(_) => Err(misfit(place)),
                });
                (Box::new(flags.collect::<Result<Vec<_>, _>>()?), Type::BOOL_ARRAY)
            }
            Kind::Text => {
                let texts: Vec<_> = page.column(at).map(text).collect();
                if let Some(place) = texts.iter().position(|text| text.is_some_and(|text| text.contains('\0'))) {
                    return Err(CopyError::NullCharacter(self.name.clone(), column.name, row(place)));
                }
                (Box::new(texts), Type::TEXT_ARRAY)
            }
            Kind::Bytes => (Box::new(page.column(at).map(bytes).collect::<Vec<_>>()), Type::BYTEA_ARRAY),
        })
    }

    /// Lets the planner know how much there is now: a server that starts at once would run on guesses.
    pub fn settle(&mut self) -> Result<(), CopyError> {
        super::tables::compared().try_for_each(|table| self.run(&format!("ANALYZE maitred.{}", table.name)))
    }

    fn failed(&self, error: impl Into<StoreError>) -> CopyError {
        CopyError::Store(self.name.clone(), error.into())
    }
}

/// A value for a statement with its type.
type Owned<'a> = (Box<dyn ToSql + Sync + 'a>, Type);

impl Column {
    /// A value of this column for a statement.
    fn value<'a>(&self, value: &'a Value) -> Result<Owned<'a>, CopyError> {
        let misfit = |_| CopyError::Bug(format!("a key in {} is out of its range", self.name));
        Ok(match self.kind {
            Kind::Number => (Box::new(number(value)), Type::INT8),
            Kind::Code => (Box::new(number(value).map(i16::try_from).transpose().map_err(misfit)?), Type::INT2),
            Kind::Flag => (Box::new(number(value).map(|flag| flag != 0)), Type::BOOL),
            Kind::Text => (Box::new(text(value)), Type::TEXT),
            Kind::Bytes => (Box::new(bytes(value)), Type::BYTEA),
        })
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn bytes(value: &Value) -> Option<&[u8]> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// Appends a row to a page.
fn take(table: &Table, row: &Row, page: &mut Page) -> Result<(), tokio_postgres::Error> {
    for (at, column) in table.columns.iter().enumerate() {
        let value = match column.kind {
            Kind::Number => row.try_get::<_, Option<i64>>(at)?.map(Value::Number),
            Kind::Code => row.try_get::<_, Option<i16>>(at)?.map(|code| Value::Number(code.into())),
            Kind::Flag => row.try_get::<_, Option<bool>>(at)?.map(|flag| Value::Number(flag.into())),
            Kind::Text => row.try_get::<_, Option<&str>>(at)?.map(Value::from),
            Kind::Bytes => row.try_get::<_, Option<&[u8]>>(at)?.map(Value::from),
        };
        page.push(value.unwrap_or(Value::Null));
    }
    Ok(())
}
