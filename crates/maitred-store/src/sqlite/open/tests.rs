//! Files of earlier versions.

use super::*;
use crate::sqlite::read;
use maitred_core::{Actor, EventKind};
use refinery::Target;

/// A file as the first version left it, with one event.
fn a_file_of_version_1(path: &Path) {
    let mut conn = Connection::open(path).unwrap();
    conn.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    migrations::migrations::runner().set_target(Target::Version(1)).run(&mut conn).unwrap();
    conn.execute_batch(
        "INSERT INTO events (position, at, kind, operator_id) VALUES (1, 5, 8, 1);
         UPDATE next_ids SET event = 2, operator = 2;",
    )
    .unwrap();
    assert_eq!(schema_version(&conn).unwrap(), 1);
}

#[test]
fn a_file_of_version_1_is_migrated_and_its_events_have_no_actor() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    a_file_of_version_1(&path);
    assert!(matches!(open_read_only(&path), Err(StoreError::OlderSchema(1, _))));

    let writer = open_writer(&path).unwrap();
    assert_eq!(schema_version(&writer.conn).unwrap(), newest_version());
    let sql = "INSERT INTO events (position, at, kind, operator_id, actor) VALUES (2, 6, 9, 1, 'cli')";
    writer.conn.execute(sql, []).unwrap();

    let events = read::events(&open_read_only(&path).unwrap(), 0, 10).unwrap();
    let told: Vec<_> = events.iter().map(|placed| (placed.event.kind, placed.event.actor)).collect();
    assert_eq!(told, [(EventKind::OperatorCreated, None), (EventKind::OperatorEdited, Some(Actor::Cli))]);
}
