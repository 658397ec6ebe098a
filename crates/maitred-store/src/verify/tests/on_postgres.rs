//! Reading a server: through cursors, in one snapshot, by its indexes, from wherever.

use super::damage::{fill, found, report_on_a_server};
use super::*;
use crate::Engine;
use crate::testing::postgres::Cluster;

/// What one cursor over so many numbers gives: how many, and their sum.
fn counted(snapshot: &Snapshot, rows: i64) -> (i64, i64) {
    let (mut count, mut sum) = (0, 0);
    let counting =
        Scan::Postgres(snapshot).each(&format!("SELECT n FROM generate_series(1, {rows}) AS s (n)"), |row| {
            (count, sum) = (count + 1, sum + row.i64(0)?);
            Ok(())
        });
    counting.expect("numbers");
    (count, sum)
}

#[test]
fn a_cursor_gives_every_row_once_however_many_there_are() {
    let fixture = Fixture::on(TestDatabase::new());
    let snapshot = Snapshot::open(&server_of(&fixture)).expect("a new database");
    let fetched = snapshot::ROWS_FETCHED as i64;
    for rows in [0, 1, fetched - 1, fetched, fetched + 1, 3 * fetched, 3 * fetched + 7] {
        assert_eq!(counted(&snapshot, rows), (rows, rows * (rows + 1) / 2));
    }
}

#[test]
fn cursors_may_be_read_by_turns() {
    let fixture = Fixture::on(TestDatabase::new());
    let snapshot = Snapshot::open(&server_of(&fixture)).expect("a new database");
    let scan = Scan::Postgres(&snapshot);
    let rows = 2 * snapshot::ROWS_FETCHED;
    let sql = format!("SELECT n::smallint, n FROM generate_series(1, {rows}) AS s (n)");
    let mut other = scan.query(&sql).expect("a cursor");
    let mut other = other.rows().expect("rows");
    let compared = scan.each(&sql, |row| {
        let other = other.next()?.expect("as many rows");
        assert_eq!((row.i64(0)?, row.i64(1)?), (other.i64(0)?, other.i64(0)?));
        if row.i64(0)? % 1_000 == 0 {
            assert_eq!(counted(&snapshot, 3), (3, 6), "a third one in between");
        }
        Ok(())
    });
    compared.expect("numbers");
    assert!(other.next().expect("an end").is_none());
}

#[test]
fn passes_in_the_order_of_a_key_read_its_index() {
    let mut fixture = Fixture::on(TestDatabase::new());
    fill(&mut fixture);
    let snapshot = Snapshot::open(&server_of(&fixture)).expect("a database");
    for sql in [leads::LEADS, leads::LEAD_WORDS, feed::EVENTS, contacts::CONTACTS, contacts::DECISIONS] {
        let plan = snapshot.plan(sql).expect("a plan");
        assert!(plan.starts_with("Index") && !plan.contains("Sort"), "{sql}\n{plan}");
    }
}

#[test]
fn the_indexes_are_those_of_a_new_database() {
    let fixture = Fixture::on(TestDatabase::new());
    let snapshot = Snapshot::open(&server_of(&fixture)).expect("a new database");
    let there = integrity::valid_indexes(Scan::Postgres(&snapshot)).expect("the catalogue can be read");
    let expected = integrity::indexes_of_the_schema();
    assert_eq!(
        there.into_keys().collect::<std::collections::BTreeSet<_>>(),
        expected,
        "what a migration adds is checked too"
    );
}

#[test]
fn a_column_that_cannot_be_read_is_a_finding() {
    let mut fixture = Fixture::on(TestDatabase::new());
    fill(&mut fixture);
    let (_, report) = report_on_a_server(&server_of(&fixture), "ALTER TABLE events ALTER COLUMN at TYPE TEXT");
    assert_eq!(found(&report, Severity::Fault), [Invariant::FileIsSound], "{report:#?}");
    assert!(report.findings[0].found.starts_with("column at: "), "{report:#?}");
    assert_eq!((report.checked.leads, report.checked.contacts), (14, 0), "what comes after is not looked at");
}

#[test]
fn a_damaged_page_is_a_finding() {
    let mut server = Cluster::start(&[]);
    let url: DatabaseUrl = server.database("damaged");
    Engine::open(&url).map(Engine::close).expect("a new database");
    assert!(found_in(&url).is_clean());
    let place = server.sql("damaged", "SELECT pg_relation_filepath('maitred.contacts_pkey')");
    let place = place[0][0].as_deref().expect("an index has a file");
    server.stop();
    server.put(&format!("data/{place}"), &[0xff; 8_192]);
    server.restart();
    let report = found_in(&url);
    assert_eq!(found(&report, Severity::Fault), [Invariant::FileIsSound], "{report:#?}");
    assert!(report.findings[0].found.starts_with("invalid page"), "{report:#?}");
}

#[test]
fn a_connection_that_breaks_ends_the_verification() {
    let mut fixture = Fixture::on(TestDatabase::new());
    fill(&mut fixture);
    let others = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let broken = verify(&fixture.url(), |progress| {
        if progress.step == "events" {
            fixture.database().sql(others);
        }
    });
    assert!(matches!(broken, Err(StoreError::Unreachable(_))), "half a report is none: {broken:?}");
}

#[test]
fn what_is_written_meanwhile_is_not_seen() {
    let mut fixture = Fixture::on(TestDatabase::new());
    fill(&mut fixture);
    let before = found_in(&fixture.url());
    let contacts = before.checked.contacts;
    let mut written = 0;
    let report = verify(&fixture.url(), |progress| {
        if ["leads", "events", "contacts"].contains(&progress.step) && progress.done == 0 {
            written += 1;
            fixture.contact(SourceId(1), &format!("new {written}"));
        }
    });
    assert_eq!((report.expect("a report"), written), (before, 3));
    assert_eq!(found_in(&fixture.url()).checked.contacts, contacts + written);
}

#[tokio::test]
async fn a_server_is_checked_from_within_a_runtime() {
    let database = TestDatabase::new();
    let url = database.url();
    let before = check(&url).expect_err("nothing to check");
    assert!(before.to_string().contains("no tables of maitred"), "{before}");
    let opened = tokio::task::spawn_blocking({
        let url = url.clone();
        move || Engine::open(&url).map(Engine::close)
    });
    opened.await.expect("no panic").expect("a new database");
    assert_eq!(found_in(&url), Report { not_checked: found_in(&url).not_checked, ..Report::default() });
}
