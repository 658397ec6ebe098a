//! A copy of a committed database, for one test.

use flate2::read::GzDecoder;
use maitred_store::testing::postgres::TestDatabase;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use tempfile::TempDir;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Which tables: on SQLite those of keys, users and sessions are in a file of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tables {
    Routing,
    Access,
}

pub(crate) enum Database {
    File(TempDir),
    Server(TestDatabase),
}

impl Database {
    pub(crate) fn empty(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::File(tempfile::tempdir().expect("a folder for temporary files")),
            Engine::Postgres => Self::Server(TestDatabase::new()),
        }
    }

    /// A copy of the database that 0.1 left under this name.
    pub(crate) fn of_0_1(engine: Engine, name: &str) -> Self {
        let database = Self::empty(engine);
        match &database {
            Self::File(_) => {
                fs::write(database.file(Tables::Routing), committed(engine, &format!("{name}.db"))).expect("a file");
                if name == "whole" {
                    let access = committed(engine, &format!("{name}.db.access"));
                    fs::write(database.file(Tables::Access), access).expect("a file");
                }
            }
            Self::Server(server) => {
                let dump = String::from_utf8(committed(engine, &format!("{name}.sql"))).expect("UTF-8");
                server.sql(&dump);
            }
        }
        database
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(_) => format!("sqlite://{}", self.file(Tables::Routing).display()),
            Self::Server(server) => server.url(),
        }
    }

    fn file(&self, tables: Tables) -> PathBuf {
        let Self::File(folder) = self else { panic!("this database is no file") };
        folder.path().join(match tables {
            Tables::Routing => "maitred.db",
            Tables::Access => "maitred.db.access",
        })
    }

    /// Runs one statement, past the program, and gives its rows as text.
    pub(crate) fn sql(&self, tables: Tables, sql: &str) -> Vec<Vec<Option<String>>> {
        match self {
            Self::File(_) => {
                let conn = Connection::open(self.file(tables)).expect("the file opens");
                let mut statement = conn.prepare(sql).expect("the statement is right");
                let columns = statement.column_count();
                let row = |row: &rusqlite::Row<'_>| (0..columns).map(|at| Ok(text(row.get_ref(at)?))).collect();
                statement.query_map([], row).expect("it runs").collect::<Result<_, _>>().expect("rows")
            }
            Self::Server(server) => server.sql(&format!("SET search_path TO maitred; {sql}")),
        }
    }

    /// The one number that a query of the routing tables gives.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let rows = self.sql(Tables::Routing, sql);
        rows[0][0].as_deref().and_then(|number| number.parse().ok()).expect("a number")
    }
}

/// A value as PostgreSQL shows it.
fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}

/// A committed file, decompressed.
pub(crate) fn committed(engine: Engine, name: &str) -> Vec<u8> {
    let folder = match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/upgrade/0.1/{folder}/{name}.gz"));
    let file = fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut content = Vec::new();
    GzDecoder::new(file).read_to_end(&mut content).expect("a whole file");
    content
}
