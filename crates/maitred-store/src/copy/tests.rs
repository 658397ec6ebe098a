//! The parts of a copy one by one, and what becomes of one that somebody disturbs.

use super::page::FIRST_PAGE_ROWS;
use super::*;
use crate::Engine;
use crate::schema::{Stored, Value};
use crate::testing::postgres::TestDatabase;
use crate::testing::{Fixture, submit};
use maitred_core::{Command, OperatorId, Policy};
use rusqlite::Connection;

/// A fixture with two operators, so many contacts, and nobody writing.
fn fixture(contacts: u32) -> (tempfile::TempDir, DatabaseUrl) {
    let mut fixture = Fixture::new();
    let operators = [fixture.operator("Anna", 3), fixture.operator("Boris", 4)];
    let source = fixture.source("Bot", Policy::WeightedRandom, &operators.map(|id| (id, 1)));
    fixture.batch((0..contacts).map(|n| Command::Submit(submit(source, &format!("person {n}")))).collect());
    let path = fixture.path();
    let (conn, folder) = fixture.into_connection();
    drop(conn);
    (folder, DatabaseUrl::Sqlite(path))
}

fn beside(url: &DatabaseUrl, name: &str) -> DatabaseUrl {
    let DatabaseUrl::Sqlite(path) = url else { unreachable!("a file") };
    DatabaseUrl::Sqlite(path.with_file_name(name))
}

fn change(url: &DatabaseUrl, sql: &str) {
    let DatabaseUrl::Sqlite(path) = url else { unreachable!("a file") };
    let conn = Connection::open(path).expect("the file opens");
    conn.execute_batch(sql).expect("the statements work");
}

fn receipts(rows: &[(&[u8], i64)]) -> Page {
    let table = TABLES.iter().find(|table| table.name == "receipts").expect("it is there");
    let mut page = Page::of(table);
    for (key, contact) in rows {
        page.push(key.to_vec().into_value());
        page.push(Value::Number(*contact));
    }
    page
}

fn sum(pages: &[Page]) -> String {
    let mut checksum = Checksum::of(TABLES.iter().find(|table| table.name == "receipts").expect("it is there"));
    pages.iter().for_each(|page| checksum.add(page));
    checksum.end().1
}

#[test]
fn a_checksum_is_of_the_rows_and_not_of_the_pages() {
    let rows: [(&[u8], i64); 3] = [(b"a", 1), (b"", -1), (b"bc", i64::MAX)];
    let whole = sum(&[receipts(&rows)]);
    assert_eq!(whole, sum(&[receipts(&rows[..1]), receipts(&[]), receipts(&rows[1..])]));
    let others: [&[(&[u8], i64)]; 4] =
        [&rows[..2], &[rows[1], rows[0], rows[2]], &[(b"a", 1), (b"", -1), (b"bd", i64::MAX)], &[]];
    others.into_iter().for_each(|other| assert_ne!(whole, sum(&[receipts(other)])));
}

#[test]
fn values_that_differ_are_encoded_apart() {
    let text = |text: &'static str| Value::from(text);
    let bytes = |bytes: &'static [u8]| Value::from(bytes);
    let rows = [
        vec![Value::Null, Value::Null],
        vec![Value::Number(0), Value::Null],
        vec![text(""), Value::Null],
        vec![bytes(b""), Value::Null],
        vec![text("a"), text("bc")],
        vec![text("ab"), text("c")],
        vec![bytes(b"a"), text("bc")],
        vec![text("\u{1}\0\0\0\0\0\0\0\0"), Value::Null],
    ];
    let table = TABLES.iter().find(|table| table.columns.len() == 2).expect("a table of two columns");
    let sums: std::collections::BTreeSet<_> = rows
        .iter()
        .map(|row| {
            let mut page = Page::of(table);
            row.iter().for_each(|value| page.push(value.clone()));
            sum(&[page])
        })
        .collect();
    assert_eq!(sums.len(), rows.len());
}

#[test]
fn the_checksum_of_a_row_never_changes() {
    // By hand: printf 'maitred copy 1\nreceipts\nkey,contact_id\n\3\0\0\0\0\0\0\0\1a\1\0\0\0\0\0\0\0\7' | sha256sum
    let expected = "e269256eb8a981a1b0cf49ae8869060eac6b5ee9fd42809aafca126924265480";
    assert_eq!(sum(&[receipts(&[(b"a", 7)])]), expected);
}

/// Puts snapshots of large pools into a table, and reads it page by page.
#[track_caller]
fn assert_pages_are_bounded(side: &mut Side) {
    let table = TABLES.iter().find(|table| table.name == "pool_segments").expect("it is there");
    let rows = FIRST_PAGE_ROWS as i64 * 4;
    let segment = vec![7u8; 40_000];
    for pool in 0..rows {
        let mut page = Page::of(table);
        page.push(Value::Number(pool / 2));
        page.push(Value::Number(pool % 2 * 100));
        page.push((if pool < rows / 2 { segment[..1].to_vec() } else { segment.clone() }).into_value());
        side.put(table, &page).expect("the row fits");
    }
    let mut seen = Vec::new();
    let taken = side.pages(table, None, |page| {
        let bytes: usize = page.column(2).map(|value| if let Value::Bytes(b) = value { b.len() } else { 0 }).sum();
        assert!(bytes < PAGE_BYTES_MAX + segment.len() && page.len() <= PAGE_ROWS_MAX);
        seen.extend(page.column(0).zip(page.column(1)).map(|key| match key {
            (Value::Number(pool), Value::Number(step)) => (*pool, *step),
            _ => unreachable!("keys are numbers"),
        }));
        Ok(())
    });
    taken.expect("it can be read");
    assert_eq!(seen, (0..rows).map(|pool| (pool / 2, pool % 2 * 100)).collect::<Vec<_>>());
}

#[test]
fn pages_of_a_file_are_bounded_and_none_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = DatabaseUrl::Sqlite(folder.path().join("new.db"));
    assert_pages_are_bounded(&mut Side::target(&url).expect("a new file"));
}

#[test]
fn pages_of_postgres_are_bounded_and_none_is_missing() {
    let database = TestDatabase::new();
    assert_pages_are_bounded(&mut Side::target(&database.url()).expect("an empty database"));
}

#[test]
fn of_two_copies_into_one_postgres_the_later_goes_on() {
    let (_folder, from) = fixture(10);
    let database = TestDatabase::new();
    let mut source = Side::source(&from).expect("it opens");
    let of = Fingerprint::of(&mut source).expect("it can be read");
    let claimed = || {
        let mut target = Side::target(&database.url()).expect("it opens");
        claim(&mut target, "a file", &of, false).expect("it may be begun");
        target
    };
    let (mut earlier, mut later) = (claimed(), claimed());
    let operators = TABLES.into_iter().find(|table| table.name == "operators").expect("it is there");
    let rows = source.page(operators, None, 1).expect("a row");
    assert!(matches!(earlier.put(operators, &rows), Err(CopyError::TakenOver(_))));
    later.put(operators, &rows).expect("it is the one that goes on");
    assert_eq!(later.count(operators).expect("it can be read"), 1);
}

#[test]
fn what_a_postgres_source_takes_in_meanwhile_is_told() {
    let (folder, first) = fixture(10);
    let database = TestDatabase::new();
    copy(&first, &database.url(), false, |_| ()).expect("it works");
    let mut served = None;
    let to = DatabaseUrl::Sqlite(folder.path().join("to.db"));
    let report = copy(&database.url(), &to, false, |_| _ = served.get_or_insert_with(|| add_operator(&database.url())));
    let report = report.expect("it works");
    assert!(report.is_equal() && report.source_went_on && !report.is_clean());
    let operators = report.tables.iter().find(|it| it.table == "operators").expect("it is there");
    assert_eq!(operators.to.rows, 2, "the copy is of what it was before");
    assert_eq!(served, Some(OperatorId(3)));
}

fn add_operator(url: &DatabaseUrl) -> OperatorId {
    Fixture::on(url.clone()).operator("Vera", 1)
}

#[test]
fn a_copy_that_somebody_writes_to_stays_unfinished_and_is_told_apart() {
    let (_folder, from) = fixture(10);
    let to = beside(&from, "to.db");
    let vandalism = "UPDATE operators SET max_load = max_load + 1 WHERE id = 2";
    let is_last = |progress: Progress| progress.step == "copying" && progress.done == progress.total;
    let report = copy(&from, &to, false, |progress| {
        if is_last(progress) {
            change(&to, vandalism);
        }
    });
    let report = report.expect("both can be read");
    let different: Vec<_> = report.tables.iter().filter(|t| !t.is_equal).map(|t| t.table).collect();
    assert_eq!((different, report.faults, report.is_clean()), (vec!["operators"], None, false));
    let refused = Engine::open(&to).err().expect("no server starts on it");
    assert!(refused.to_string().contains("unfinished copy of sqlite://"), "{refused}");

    let report = copy(&from, &to, false, |_| ()).expect("both can be read");
    assert!(!report.is_equal(), "what is wrong stays wrong");
    let report = copy(&from, &to, true, |_| ()).expect("it starts over");
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn what_no_server_wrote_is_refused_for_postgres_by_its_place() {
    let (_folder, from) = fixture(3);
    let check = |vandalism: &str, repair: &str, updates: &str| {
        change(&from, vandalism);
        let database = TestDatabase::new();
        let refused = copy(&from, &database.url(), false, |_| ()).expect_err("it cannot be stored").to_string();
        assert!(refused.contains(updates), "{refused}");
        change(&from, repair);
    };
    check(
        "UPDATE operators SET is_active = 2 WHERE id = 1",
        "UPDATE operators SET is_active = 1",
        "operators with id 1: its is_active is out of its range",
    );
    check(
        "UPDATE contacts SET status = status + 70000 WHERE id = 3",
        "UPDATE contacts SET status = status - 70000 WHERE id = 3",
        "contacts with id 3: its status is out of its range",
    );
    check(
        "UPDATE contacts SET message = CAST(x'ff' AS TEXT) WHERE id = 2",
        "UPDATE contacts SET message = NULL WHERE id = 2",
        "contacts with id 2: its message is no UTF-8",
    );
    check(
        "UPDATE identities SET value = 'sec' || char(0) WHERE lead_id = 2",
        "UPDATE identities SET value = 'person 1' WHERE lead_id = 2",
        "identities with lead_id 2: its value holds a null character",
    );
    let database = TestDatabase::new();
    assert!(copy(&from, &database.url(), false, |_| ()).expect("it is whole again").is_clean());
}

#[test]
fn a_full_disk_is_named_and_the_same_call_goes_on_when_there_is_room() {
    let (_folder, from) = fixture(2_000);
    let to = beside(&from, "to.db");
    let mut source = Side::source(&from).expect("it opens");
    let of = Fingerprint::of(&mut source).expect("it can be read");
    let mut target = Side::target(&to).expect("a new file");
    claim(&mut target, source.name(), &of, false).expect("it is empty");
    target.run("PRAGMA max_page_count = 120").expect("a small disk");
    let full = put_all(&mut source, &mut target, &mut |_| ()).expect_err("it does not fit").to_string();
    assert!(full.contains("is full; free some space and run the same command again"), "{full}");
    drop((source, target));
    let report = copy(&from, &to, false, |_| ()).expect("there is room");
    assert!(report.is_clean());
    let all: u64 = report.tables.iter().map(|table| table.to.rows).sum();
    assert!(report.rows_copied + 500 < all, "{} of {all} rows were copied again", report.rows_copied);
}
