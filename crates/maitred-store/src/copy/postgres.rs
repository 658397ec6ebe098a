//! A PostgreSQL database as a side of a copy. Statements are unnamed, so a pooler in between changes nothing.

use super::error::CopyError;
use super::page::{Page, named};
use super::tables::Dialect;
use crate::postgres::write::Array;
use crate::schema::{Column, Kind, Stored, Table, Value};
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
    /// last updates the server has still to carry out, cannot get in between.
    run: Option<i64>,
}

impl PostgresSide {
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

    /// What distinguishes this database from any other, if the server says.
    pub fn instance(&self) -> Option<(String, String)> {
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
    pub fn page(&mut self, table: &Table, behind: Option<&[Value<'static>]>, rows: usize) -> Result<Page, CopyError> {
        let rows = Value::Number(rows as i64);
        let values: Vec<_> = behind.into_iter().flatten().chain([&rows]).map(|it| (it as _, it.r#type())).collect();
        self.read(table, &table.select(DIALECT, behind.is_some()), &values)
    }

    /// Reads until the page is full; what the server sends beyond that is let go.
    fn read(&self, table: &Table, sql: &str, values: &[(&(dyn ToSql + Sync), Type)]) -> Result<Page, CopyError> {
        let mut page = Page::of(table);
        let values = values.iter().cloned();
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
            let array = self.array(table, page, at, column)?;
            let r#type = array.r#type();
            values.push((Box::new(array) as Box<dyn ToSql + Sync>, r#type));
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
    fn array(&self, table: &Table, page: &Page, at: usize, column: &Column) -> Result<Array, CopyError> {
        let mut array = Array::of(column);
        for (value, row) in page.column(at).zip(page.rows()) {
            match (column.kind, value) {
                (Kind::Flag, Value::Number(number)) if !(0..=1).contains(number) => {
                    return Err(CopyError::Misfit("is out of its range", column.name, named(table, row)));
                }
                (Kind::Text, Value::Text(text)) if text.contains('\0') => {
                    return Err(CopyError::NullCharacter(self.name.clone(), column.name, named(table, row)));
                }
                _ => {}
            }
            let misfit = |_| CopyError::Misfit("is out of its range", column.name, named(table, row));
            array.push(value).map_err(misfit)?;
        }
        Ok(array)
    }

    /// Lets the planner know how much there is now: a server that starts at once would run on guesses.
    pub fn settle(&mut self) -> Result<(), CopyError> {
        super::tables::compared().try_for_each(|table| self.run(&format!("ANALYZE maitred.{}", table.name)))
    }

    fn failed(&self, error: impl Into<StoreError>) -> CopyError {
        CopyError::Store(self.name.clone(), error.into())
    }
}

/// Appends a row to a page.
fn take(table: &Table, row: &Row, page: &mut Page) -> Result<(), tokio_postgres::Error> {
    for (at, column) in table.columns.iter().enumerate() {
        page.push(match column.kind {
            Kind::Number => row.try_get::<_, Option<i64>>(at)?.into_value(),
            Kind::Code => row.try_get::<_, Option<i16>>(at)?.map(i64::from).into_value(),
            Kind::Flag => row.try_get::<_, Option<bool>>(at)?.into_value(),
            Kind::Text => row.try_get::<_, Option<String>>(at)?.into_value(),
            Kind::Bytes => row.try_get::<_, Option<Vec<u8>>>(at)?.into_value(),
        });
    }
    Ok(())
}
