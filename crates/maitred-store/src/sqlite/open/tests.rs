//! Files of earlier versions.

use super::*;
use crate::{DatabaseUrl, Store};
use maitred_core::{Actor, EventKind};
use refinery_core::Target;

/// A file as the first version left it, with one event.
fn a_file_of_version_1(path: &Path) {
    let mut conn = Connection::open(path).unwrap();
    conn.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    migrations::runner(migrations::SQLITE).set_target(Target::Version(1)).run(&mut conn).unwrap();
    conn.execute_batch(
        "INSERT INTO events (position, at, kind, operator_id) VALUES (1, 5, 8, 1);
         UPDATE next_ids SET event = 2, operator = 2;",
    )
    .unwrap();
    assert_eq!(schema_version(&conn).unwrap(), 1);
}

#[tokio::test]
async fn a_file_of_version_1_is_migrated_and_its_events_have_no_actor() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.db");
    a_file_of_version_1(&path);
    assert!(matches!(open_read_only(&path), Err(StoreError::OlderSchema(1, _))));

    let writer = open_writer(&path).unwrap();
    assert_eq!(schema_version(&writer.conn).unwrap(), newest_version());
    let sql = "INSERT INTO events (position, at, kind, operator_id, actor) VALUES (2, 6, 9, 1, 'cli')";
    writer.conn.execute(sql, []).unwrap();

    drop(writer);
    let events = Store::open(&DatabaseUrl::Sqlite(path)).unwrap().events(0, 10).await.unwrap();
    let found: Vec<_> = events.iter().map(|placed| (placed.event.kind(), placed.event.actor)).collect();
    assert_eq!(found, [(EventKind::OperatorCreated, None), (EventKind::OperatorEdited, Some(Actor::Cli))]);
}

#[test]
fn a_link_has_the_lock_of_what_it_leads_to_also_before_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::os::unix::fs::symlink("real.db", path("second.db")).unwrap();
    std::os::unix::fs::symlink("second.db", path("link.db")).unwrap();
    let before = [lock_path(&path("link.db")), lock_path(&path("real.db"))];
    assert_eq!(before[0], before[1]);
    let writer = open_writer(&path("link.db")).unwrap();
    assert_eq!([lock_path(&path("link.db")), lock_path(&path("real.db"))], before);
    assert!(matches!(lock(&path("real.db")), Err(StoreError::InUse(_))));
    drop(writer);
}
