//! The descriptions are what the migrations make, on both engines.

use super::*;
use crate::Engine;
use crate::KeyStore;
use crate::testing::Fixture;
use crate::testing::postgres::TestDatabase;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every column as (table, column), with its type, its place in the key or 0, and whether it may be NULL.
type Columns = BTreeMap<(String, String), (String, i64, bool)>;

fn described(tables: &[&'static Table], kind: fn(Kind) -> &'static str) -> Columns {
    let mut columns = Columns::new();
    for table in tables {
        for (place, column) in (1..).zip(table.columns) {
            let place = if place <= table.key as i64 { place } else { 0 };
            let about = (kind(column.kind).to_owned(), place, column.is_nullable);
            columns.insert((table.name.to_owned(), column.name.to_owned()), about);
        }
    }
    columns
}

fn in_file(path: &Path) -> Columns {
    let conn = Connection::open(path).expect("the file opens");
    // A key of INTEGER may be NULL to SQLite and is not. One key is an index of its own, see the migration.
    let sql = "SELECT t.name, c.name, c.type, CASE WHEN t.name = 'pool_segments' THEN \
               CASE c.name WHEN 'pool_id' THEN 1 WHEN 'first_step' THEN 2 ELSE 0 END ELSE c.pk END, \
               c.\"notnull\" = 0 AND c.pk = 0 FROM pragma_table_list t, pragma_table_info(t.name) c \
               WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite%' AND t.name <> 'refinery_schema_history'";
    let mut statement = conn.prepare(sql).expect("a statement");
    let column = |row: &rusqlite::Row<'_>| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?, row.get(4)?)));
    let columns = statement.query_map([], column).expect("rows");
    columns.collect::<Result<_, _>>().expect("names and types")
}

fn contacts_tables() -> Vec<&'static Table> {
    TABLES.into_iter().chain([&NEXT_IDS]).collect()
}

#[test]
fn every_table_of_a_file_is_described() {
    let fixture = Fixture::new();
    assert_eq!(in_file(&fixture.path()), described(&contacts_tables(), Kind::in_sqlite));
}

#[tokio::test]
async fn every_table_of_a_file_of_keys_is_described() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = crate::DatabaseUrl::Sqlite(folder.path().join("test.db"));
    let store = KeyStore::open(&url).await.expect("a store");
    let new = crate::accounts::NewKey { name: "bot".into(), grant: crate::accounts::Grant::Admin, expires_at: None };
    let actor = maitred_core::Actor::System;
    store.add(new, "mtr_a".into(), [1; 32], actor, maitred_core::Timestamp(1)).await.expect("a key");
    assert_eq!(in_file(&folder.path().join("test.db.access")), described(&ACCOUNT_TABLES, Kind::in_sqlite));
}

#[test]
fn every_table_of_postgres_is_described() {
    let database = TestDatabase::new();
    Engine::open(&database.url()).expect("it makes the schema").close();
    // Nodes are described by nobody: they are of this database and of no other.
    let sql = "SELECT c.table_name, c.column_name, c.data_type, coalesce(k.ordinal_position, 0), c.is_nullable \
               FROM information_schema.columns c LEFT JOIN information_schema.key_column_usage k \
               USING (table_schema, table_name, column_name) WHERE c.table_schema = 'maitred' \
               AND c.table_name NOT IN ('nodes', 'schema_lock', 'schema_history')";
    let mut found = Columns::new();
    for row in database.sql(sql) {
        let row: Vec<String> = row.into_iter().map(|text| text.expect("not NULL")).collect();
        let [table, column, kind, place, nullable] = row.try_into().expect("five columns");
        let place = place.parse().expect("a place");
        found.insert((table, column), (kind, place, nullable == "YES"));
    }
    let tables: Vec<_> = contacts_tables().into_iter().chain(ACCOUNT_TABLES).collect();
    let mut expected = described(&tables, Kind::in_postgres);
    for (column, _) in NEXT_IDS.postgres_only {
        expected.insert((NEXT_IDS.name.to_owned(), (*column).to_owned()), ("bigint".to_owned(), 0, false));
    }
    assert_eq!(found, expected);
}

#[test]
fn references_lead_to_rows_with_ids() {
    let tables: Vec<_> = TABLES.into_iter().chain(ACCOUNT_TABLES).collect();
    for table in &tables {
        for (column, reference) in table.references() {
            let to = tables.iter().find(|table| table.name == reference.table);
            let to = to.unwrap_or_else(|| panic!("{}.{} refers to {}", table.name, column.name, reference.table));
            assert_eq!((to.columns[0].name, to.key), ("id", 1), "{}.{}", table.name, column.name);
            let of_lead = reference.table == "leads" || reference.table == "contacts" && !reference.moves;
            assert!(of_lead || !reference.is_erased, "only leads are erased");
        }
    }
}

#[test]
fn each_counter_gives_the_ids_of_one_table() {
    let mut counters: Vec<_> = TABLES.into_iter().filter_map(|table| table.counter).collect();
    let mut names = maitred_core::Ids::NAMES.to_vec();
    counters.sort_unstable();
    names.sort_unstable();
    assert_eq!(counters, names);
}

#[test]
fn whatever_is_personal_of_leads_can_be_erased() {
    let is_personal = |table: &&Table| table.columns.iter().any(|column| column.personal == Personal::Lead);
    let goes = |table: &&Table| table.references().any(|(_, reference)| reference.is_erased);
    let kept: BTreeSet<_> = TABLES.into_iter().filter(is_personal).filter(|t| !goes(t)).map(|t| t.name).collect();
    // These rows stay; maitred-core takes the texts out of them.
    assert_eq!(kept, BTreeSet::from(["contacts", "leads"]));
}

#[test]
fn statements_name_every_column_that_is_written() {
    let of = maitred_core::Operator::statements();
    assert_eq!(
        of.sqlite.of(Put::Update),
        "UPDATE operators SET name = ?2, external_id = ?3, is_active = ?4, max_load = ?5, current_load = ?6, \
         last_assigned_at = ?7, created_at = ?8, updated_at = ?9, deleted_at = ?10, demo = ?11, \
         paused_at = ?12, paused_until = ?13, pause_reason = ?14, calendar_id = ?15, hours = ?16, \
         hours_revision = ?17, hours_seen_at = ?18, misses = ?19, caps = ?20, \
         away_after_s = ?21, present_until = ?22, away_at = ?23, off_at = ?24, \
         marking_behind = ?25, has_marks = ?26, notify_email = ?27 WHERE id = ?1"
    );
    let of = <Weight as Record>::statements();
    assert_eq!(
        of.sqlite.of(Put::Upsert),
        "INSERT INTO weights (source_id, operator_id, weight) VALUES (?1, ?2, ?3) \
         ON CONFLICT (source_id, operator_id) DO UPDATE SET weight = excluded.weight"
    );
    assert_eq!(
        of.postgres.of(Put::Update),
        "UPDATE maitred.weights t SET weight = n.weight \
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (source_id, operator_id, weight) \
         WHERE t.source_id = n.source_id AND t.operator_id = n.operator_id"
    );
    let rows = (0..ROWS_AT_ONCE[1] * 3).step_by(3).map(|n| format!("(?{}, ?{}, ?{})", n + 1, n + 2, n + 3));
    let rows: Vec<String> = rows.collect();
    assert_eq!(
        of.sqlite_rows[1],
        format!("INSERT OR FAIL INTO weights (source_id, operator_id, weight) VALUES {}", rows.join(", "))
    );
    let of = <NoWeight as Record>::statements();
    assert_eq!(of.sqlite.of(Put::Delete), "DELETE FROM weights WHERE source_id = ?1 AND operator_id = ?2");
    assert_eq!(
        of.postgres.of(Put::Delete),
        "DELETE FROM maitred.weights WHERE (source_id, operator_id) IN \
         (SELECT * FROM unnest($1::bigint[], $2::bigint[]))"
    );
    assert!(maitred_core::Lead::statements().written.iter().all(|column| column.name != "erasing_behind"));
}
