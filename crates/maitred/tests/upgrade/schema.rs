//! That a migrated database and a new one have one schema.

use crate::fixture::{Database, Engine, Tables};
use crate::program::migrate;
use rstest::rstest;

/// Tables and indexes with the statements that made them, compared but for their layout.
const OF_SQLITE: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name";
/// Columns, constraints, indexes.
const OF_POSTGRES: [&str; 3] = [
    "SELECT table_name, column_name, ordinal_position, data_type, is_nullable, column_default, collation_name \
     FROM information_schema.columns WHERE table_schema = 'maitred' ORDER BY 1, 3",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint \
     WHERE connamespace = 'maitred'::regnamespace ORDER BY 1, 2",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'maitred' ORDER BY 1, 2",
];

type Rows = Vec<Vec<Option<String>>>;

fn schema(database: &Database) -> Vec<Rows> {
    match database {
        Database::File(_) => {
            let marks = ["PRAGMA application_id", "PRAGMA user_version"];
            let of = |tables| [OF_SQLITE].into_iter().chain(marks).map(move |sql| laid_out(database.sql(tables, sql)));
            of(Tables::Routing).chain(of(Tables::Access)).collect()
        }
        Database::Server(_) => OF_POSTGRES.iter().map(|sql| database.sql(Tables::Routing, sql)).collect(),
    }
}

/// Rows with single spaces.
fn laid_out(rows: Rows) -> Rows {
    let single = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    rows.into_iter().map(|row| row.into_iter().map(|value| value.map(single)).collect()).collect()
}

/// Which migrations ran: one that was released is never edited.
fn history(database: &Database) -> Rows {
    let table = match database {
        Database::File(_) => "refinery_schema_history",
        Database::Server(_) => "schema_history",
    };
    database.sql(Tables::Routing, &format!("SELECT version, name, checksum FROM {table} ORDER BY version"))
}

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
fn a_migrated_database_of_0_1_has_the_schema_of_a_new_one(#[case] engine: Engine) {
    let old = Database::of_0_1(engine, "whole");
    let new = Database::empty(engine);
    for database in [&old, &new] {
        migrate(database);
        // Makes the file of keys on SQLite, and brings it up to date.
        let arguments = ["keys", "create", "--name", "New", "--role", "admin", "--database"];
        crate::program::run(&[&arguments[..], &[&database.url()]].concat());
    }
    let (old_schema, new_schema) = (schema(&old), schema(&new));
    assert!(old_schema.iter().map(Vec::len).sum::<usize>() > 30, "{old_schema:#?}");
    assert_eq!(old_schema, new_schema);
    assert_eq!(history(&old), history(&new));
}
