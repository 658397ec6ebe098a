//! A side of a copy, whichever engine it has. A closed choice of two; what both do alike is above, in `mark` and in the
//! steps of [`super::copy`].

use super::error::CopyError;
use super::page::{FIRST_PAGE_ROWS, PAGE_ROWS_MAX, Page, Value};
use super::postgres::PostgresSide;
use super::sqlite::SqliteSide;
use super::tables::{Kind, Table};
use crate::url::DatabaseUrl;

/// See the module.
pub enum Side {
    /// A file.
    Sqlite(SqliteSide),
    /// A database on a server.
    Postgres(Box<PostgresSide>),
}

/// Does the same to a side of either kind.
macro_rules! either {
    ($side:expr, $inner:ident => $does:expr) => {
        match $side {
            Side::Sqlite($inner) => $does,
            Side::Postgres($inner) => $does,
        }
    };
}

impl Side {
    /// Opens what is copied.
    pub fn source(url: &DatabaseUrl) -> Result<Self, CopyError> {
        match url {
            DatabaseUrl::Sqlite(path) => SqliteSide::source(path).map(Self::Sqlite),
            DatabaseUrl::Postgres(url) => PostgresSide::source(url).map(Box::new).map(Self::Postgres),
        }
    }

    /// Opens or makes what is filled.
    pub fn target(url: &DatabaseUrl) -> Result<Self, CopyError> {
        match url {
            DatabaseUrl::Sqlite(path) => SqliteSide::target(path).map(Self::Sqlite),
            DatabaseUrl::Postgres(url) => PostgresSide::target(url).map(Box::new).map(Self::Postgres),
        }
    }

    /// Whether both are one database under two names, as far as can be told.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Postgres(one), Self::Postgres(other)) => one.place().is_some_and(|at| other.place() == Some(at)),
            _ => false,
        }
    }

    /// What it is called, without a password.
    pub fn name(&self) -> &str {
        either!(self, side => side.name())
    }

    /// Carries out statements that both engines understand.
    pub fn run(&mut self, sql: &str) -> Result<(), CopyError> {
        either!(self, side => side.run(sql))
    }

    /// Begins a transaction that sees one state of the database.
    pub fn begin_snapshot(&mut self) -> Result<(), CopyError> {
        either!(self, side => side.begin_snapshot())
    }

    /// Begins a transaction that writes; no server does meanwhile.
    pub fn begin(&mut self) -> Result<(), CopyError> {
        either!(self, side => side.begin())
    }

    /// Whether there is this table.
    pub fn has(&mut self, table: &Table) -> Result<bool, CopyError> {
        either!(self, side => side.has(table))
    }

    /// Counts the rows of a table.
    pub fn count(&mut self, table: &Table) -> Result<u64, CopyError> {
        either!(self, side => side.count(table))
    }

    /// The row with the last key, if there is a row.
    pub fn last(&mut self, table: &Table) -> Result<Page, CopyError> {
        either!(self, side => side.last(table))
    }

    /// Up to so many rows behind a key, or from the first one.
    pub fn page(&mut self, table: &Table, behind: Option<&[Value]>, rows: usize) -> Result<Page, CopyError> {
        either!(self, side => side.page(table, behind, rows))
    }

    /// Writes rows: in the transaction under way, or in one of their own.
    pub fn put(&mut self, table: &Table, page: &Page) -> Result<(), CopyError> {
        either!(self, side => side.put(table, page))
    }

    /// Removes all rows of a table. No TRUNCATE: that waits for sessions that wait for us.
    pub fn empty(&mut self, table: &Table) -> Result<(), CopyError> {
        self.run(&format!("DELETE FROM {}{}", self.schema(), table.name))
    }

    /// Makes a table of numbers and texts, all of them there.
    pub fn make(&mut self, table: &Table) -> Result<(), CopyError> {
        let columns: String = table
            .columns
            .iter()
            .map(|column| match column.kind {
                Kind::Text => format!("{} TEXT NOT NULL, ", column.name),
                _ => format!("{} BIGINT NOT NULL, ", column.name),
            })
            .collect();
        let key = table.columns[0].name;
        self.run(&format!("CREATE TABLE {}{} ({columns}PRIMARY KEY ({key}))", self.schema(), table.name))
    }

    /// Removes a table.
    pub fn drop(&mut self, table: &Table) -> Result<(), CopyError> {
        self.run(&format!("DROP TABLE {}{}", self.schema(), table.name))
    }

    const fn schema(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => "maitred.",
        }
    }

    /// Writes nothing from now on unless this is the run that the mark names.
    pub fn fence(&mut self, run: i64) {
        match self {
            // Its lock is fence enough.
            Self::Sqlite(_) => {}
            Self::Postgres(side) => side.fence(run),
        }
    }

    /// Leaves a finished copy tidy.
    pub fn settle(&mut self) -> Result<(), CopyError> {
        either!(self, side => side.settle())
    }

    /// Gives every page of a table behind a key, in order.
    pub fn pages(
        &mut self,
        table: &Table,
        mut behind: Option<Vec<Value>>,
        mut take: impl FnMut(Page) -> Result<(), CopyError>,
    ) -> Result<(), CopyError> {
        let mut rows = FIRST_PAGE_ROWS;
        loop {
            let page = self.page(table, behind.as_deref(), rows)?;
            let Some(last) = page.rows().last() else { return Ok(()) };
            behind = Some(last[..table.key].to_vec());
            // A page that was cut short says how many rows are enough.
            rows = if page.is_full() { page.len() } else { (rows * 2).min(PAGE_ROWS_MAX) };
            take(page)?;
        }
    }
}
