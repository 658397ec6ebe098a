//! Reading the database of another service, SQLite or PostgreSQL, in one snapshot and without changing anything.
//!
//! Which service it is shows in its tables. All columns are read as texts, which both engines write in much the same
//! way, so there is one statement for both.

use super::{OldContact, Seed, operator, source, weight};
use maitred_api::dialect::Dialect;
use maitred_core::SourceKind;
use maitred_core::command::NewOperator;
use maitred_core::limits::Invalid;
use maitred_store::StoreError;
use maitred_store::postgres::Address;
use maitred_store::url::DatabaseUrl;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tokio_postgres::Client;

/// The first bytes of a SQLite file.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// The database that an argument of the command line names: a URL, in the spelling of SQLAlchemy too, or the path of a
/// SQLite file. `None` for anything else, such as a CSV file.
///
/// # Errors
/// [`Invalid`] when it is a URL of no database.
pub fn named(argument: &Path) -> Option<Result<DatabaseUrl, Invalid>> {
    let Some((scheme, rest)) = argument.to_str().and_then(|text| text.split_once("://")) else {
        return is_sqlite(argument).then(|| Ok(DatabaseUrl::Sqlite(argument.to_owned())));
    };
    let url = match scheme.split_once('+') {
        // Behind three slashes SQLAlchemy has a relative path, behind four an absolute one.
        Some((scheme, _)) if scheme.starts_with("sqlite") => {
            format!("{scheme}://{}", rest.strip_prefix('/').unwrap_or(rest))
        }
        Some((scheme, _)) => format!("{scheme}://{rest}"),
        None => format!("{scheme}://{rest}"),
    };
    Some(url.parse())
}

fn is_sqlite(path: &Path) -> bool {
    let mut start = [0; SQLITE_MAGIC.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == SQLITE_MAGIC
}

/// Everything that is to be moved out of a database.
///
/// # Errors
/// A sentence, when it cannot be read or is that of no service that is known.
pub async fn read(url: &DatabaseUrl) -> Result<Seed, String> {
    let old = Old::open(url).await.map_err(|error| error.to_string())?;
    let tables = old.column(TABLES[usize::from(matches!(old, Old::Postgres(_)))]).await?;
    let has_all = |shape: &&Shape| shape.tables.iter().all(|table| tables.iter().any(|found| found == table));
    let shape = SHAPES.iter().find(has_all).ok_or_else(|| unknown(url))?;
    shape.read(&old).await
}

fn unknown(url: &DatabaseUrl) -> String {
    let known: Vec<String> =
        SHAPES.iter().map(|shape| format!("{} ({})", shape.dialect.as_str(), shape.tables.join(", "))).collect();
    format!("{url} has not the tables of a service that is known; those are {}", known.join("; "))
}

const TABLES: [&str; 2] = [
    "SELECT name FROM sqlite_schema WHERE type = 'table'",
    "SELECT table_name::text FROM information_schema.tables WHERE table_schema = ANY(current_schemas(false))",
];

/// Our own tables may be in the same database, and a user called maitred would find them first.
const PATH_WITHOUT_OURS: &str = "\
    SELECT set_config('search_path', coalesce(string_agg(quote_ident(name), ', ' ORDER BY place), 'public'), true) \
    FROM unnest(current_schemas(false)) WITH ORDINALITY AS path (name, place) WHERE name <> 'maitred'";

/// What the tables of a service are called, and what is read from them.
struct Shape {
    dialect: Dialect,
    tables: &'static [&'static str],
    /// Id, name, whether active, limit.
    operators: &'static str,
    /// Id, name, description.
    sources: &'static str,
    /// Source, operator, weight.
    weights: &'static str,
    /// Id, source, operator, external id, phone, email, name of the lead, message, arrival.
    contacts: &'static str,
    /// How many contacts are not open.
    resolved: &'static str,
}

const SHAPES: [Shape; 4] = [
    Shape {
        dialect: Dialect::Interactions,
        tables: &["operators", "sources", "source_operator_links", "leads", "interactions"],
        operators: "SELECT id, name, is_active, max_load FROM operators",
        sources: "SELECT id, name, NULL FROM sources",
        weights: "SELECT source_id, operator_id, weight FROM source_operator_links",
        contacts: "SELECT c.id, c.source_id, c.operator_id, l.external_id, NULL, NULL, NULL, NULL, NULL \
                   FROM interactions c LEFT JOIN leads l ON l.id = c.lead_id \
                   WHERE lower(CAST(c.status AS TEXT)) = 'open'",
        resolved: "SELECT count(*) FROM interactions c WHERE lower(CAST(c.status AS TEXT)) <> 'open'",
    },
    Shape {
        dialect: Dialect::Inquiries,
        tables: &["operators", "sources", "source_operator_configs", "leads", "inquiries"],
        operators: "SELECT id, name, is_active, max_load FROM operators",
        sources: "SELECT id, name, NULL FROM sources",
        weights: "SELECT source_id, operator_id, weight FROM source_operator_configs",
        contacts: "SELECT c.id, c.source_id, c.operator_id, l.client_id, NULL, NULL, NULL, NULL, c.created_at \
                   FROM inquiries c LEFT JOIN leads l ON l.id = c.lead_id \
                   WHERE CAST(c.is_active AS TEXT) IN ('1', 'true')",
        resolved: "SELECT count(*) FROM inquiries c WHERE CAST(c.is_active AS TEXT) NOT IN ('1', 'true')",
    },
    Shape {
        dialect: Dialect::Appeals,
        tables: &["operator", "lead_source", "lead_source_operator", "appeal"],
        operators: "SELECT id, NULL, CASE WHEN CAST(status AS TEXT) = 'ACTIVE' THEN 1 ELSE 0 END, \
                    active_appeals_limit FROM operator",
        sources: "SELECT id, NULL, NULL FROM lead_source",
        weights: "SELECT lead_source_id, operator_id, routing_factor FROM lead_source_operator",
        contacts: "SELECT c.id, c.lead_source_id, c.assigned_operator_id, c.lead_id, NULL, NULL, NULL, NULL, \
                   c.created_at FROM appeal c WHERE CAST(c.status AS TEXT) = 'ACTIVE'",
        resolved: "SELECT count(*) FROM appeal c WHERE CAST(c.status AS TEXT) <> 'ACTIVE'",
    },
    Shape {
        dialect: Dialect::Contacts,
        tables: &["operators", "sources", "source_operator_weights", "leads", "contacts"],
        operators: "SELECT id, name, is_active, max_load FROM operators",
        sources: "SELECT id, name, description FROM sources",
        weights: "SELECT source_id, operator_id, weight FROM source_operator_weights",
        contacts: "SELECT c.id, c.source_id, c.operator_id, NULL, l.phone, l.email, l.name, c.message, c.created_at \
                   FROM contacts c LEFT JOIN leads l ON l.id = c.lead_id \
                   WHERE CAST(c.is_resolved AS TEXT) NOT IN ('1', 'true')",
        resolved: "SELECT count(*) FROM contacts c WHERE CAST(c.is_resolved AS TEXT) IN ('1', 'true')",
    },
];

impl Shape {
    async fn read(&self, old: &Old) -> Result<Seed, String> {
        let mut adjusted = Vec::new();
        let mut operators = Vec::new();
        for row in old.rows(self.operators, 4).await? {
            let (id, is_active) = (row.number(0)?, matches!(row.text(2), Some("1" | "true" | "t")));
            let new = operator(id, row.text(1), is_active, row.number(3)?, &mut adjusted);
            let external_id = Some(format!("{}:{id}", self.dialect.as_str()).into());
            operators.push((id, NewOperator { external_id, ..new }));
        }
        let kind = if self.dialect == Dialect::Appeals { SourceKind::Bot } else { SourceKind::default() };
        let mut sources = Vec::new();
        for row in old.rows(self.sources, 3).await? {
            let id = row.number(0)?;
            let description = row.text(2).unwrap_or_default();
            sources.push((id, source(id, row.text(1), description, kind, &mut adjusted)));
        }
        let mut weights = Vec::new();
        for row in old.rows(self.weights, 3).await? {
            let (source, operator) = (row.number(0)?, row.number(1)?);
            weights.push((source, operator, weight(source, operator, row.number(2)?, &mut adjusted)));
        }
        let contacts: Result<Vec<_>, _> = old.rows(self.contacts, 9).await?.iter().map(Row::contact).collect();
        let resolved = old.column(self.resolved).await?.first().and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Seed { dialect: self.dialect, operators, sources, weights, contacts: contacts?, resolved, adjusted })
    }
}

/// A row, all of it as text.
struct Row(Vec<Option<String>>);

impl Row {
    fn text(&self, column: usize) -> Option<&str> {
        self.0[column].as_deref()
    }

    fn number(&self, column: usize) -> Result<i64, String> {
        let number = self.text(column).and_then(|text| text.parse().ok());
        number.ok_or_else(|| format!("a row of the old database has no whole number in column {}", column + 1))
    }

    fn contact(&self) -> Result<OldContact, String> {
        let owned = |column: usize| self.0[column].clone();
        Ok(OldContact {
            id: self.number(0)?,
            source: self.number(1)?,
            operator: self.text(2).and_then(|text| text.parse().ok()),
            given: [owned(3), owned(4), owned(5)],
            lead_name: owned(6),
            message: owned(7),
            created_at: owned(8),
        })
    }
}

/// The open database, in a snapshot that ends with it.
enum Old {
    Sqlite(Connection),
    Postgres(Client),
}

impl Old {
    async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                if !path.exists() {
                    return Err(StoreError::Unusable(format!("there is no file {}", path.display())));
                }
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let conn = Connection::open_with_flags(path, flags).map_err(|e| StoreError::from(e).at(path))?;
                conn.execute_batch("BEGIN").map_err(|e| StoreError::from(e).at(path))?;
                Ok(Self::Sqlite(conn))
            }
            DatabaseUrl::Postgres(url) => {
                let client = Address::new(url)?.connect().await?;
                client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
                client.query_typed(PATH_WITHOUT_OURS, &[]).await?;
                Ok(Self::Postgres(client))
            }
        }
    }

    /// The rows of a query by their first column, every column as text.
    async fn rows(&self, sql: &str, width: usize) -> Result<Vec<Row>, String> {
        let names: Vec<String> = (0..width).map(|column| format!("c{column}")).collect();
        let texts: Vec<String> = names.iter().map(|name| format!("CAST({name} AS TEXT)")).collect();
        let (names, texts) = (names.join(", "), texts.join(", "));
        let sql = format!("WITH old ({names}) AS ({sql}) SELECT {texts} FROM old ORDER BY c0");
        let found = match self {
            Self::Sqlite(conn) => sqlite_rows(conn, &sql, width).map_err(StoreError::from),
            Self::Postgres(client) => postgres_rows(client, &sql, width).await.map_err(StoreError::from),
        };
        found.map_err(|error| format!("the old database cannot be read: {error}"))
    }

    /// The first column of a query.
    async fn column(&self, sql: &str) -> Result<Vec<String>, String> {
        Ok(self.rows(sql, 1).await?.into_iter().filter_map(|mut row| row.0.pop().flatten()).collect())
    }
}

fn sqlite_rows(conn: &Connection, sql: &str, width: usize) -> rusqlite::Result<Vec<Row>> {
    let mut statement = conn.prepare(sql)?;
    let row = |row: &rusqlite::Row<'_>| (0..width).map(|column| row.get(column)).collect::<Result<_, _>>().map(Row);
    statement.query_map([], row)?.collect()
}

async fn postgres_rows(client: &Client, sql: &str, width: usize) -> Result<Vec<Row>, tokio_postgres::Error> {
    let rows = client.query_typed(sql, &[]).await?;
    rows.iter().map(|row| (0..width).map(|column| row.try_get(column)).collect::<Result<_, _>>().map(Row)).collect()
}
