//! A whole move, and life after it.

use crate::sample::{CONTACTS, ONCE, SampleDatabase, assert_ends, copy, fill, program, submit, url_of};
use maitred_core::command::{ContactEdit, NewOperator, OperatorEdit, Submit};
use maitred_core::{Command, Contact, OperatorId, Outcome, SourceId, Status};
use maitred_store::DatabaseUrl;
use maitred_store::testing::Fixture;
use maitred_store::testing::postgres::TestDatabase;
use serde_json::Value;

/// The report of a copy that came to a good end.
#[track_caller]
fn report(from: &str, to: &str) -> Value {
    let output = copy(from, to, &["--json"]);
    assert_ends(&output, 0, &[]);
    serde_json::from_slice(&output.stdout).expect("stdout is JSON and nothing else")
}

/// Rows and checksum of every table of the copy.
fn contents(report: &Value) -> Vec<(String, u64, String)> {
    let tables = report["tables"].as_array().expect("a list of tables").iter();
    let content = |table: &Value| {
        assert_eq!(table["from"], table["to"]);
        let to = &table["to"];
        (table["table"].to_string(), to["rows"].as_u64().expect("a number"), to["checksum"].to_string())
    };
    tables.map(content).collect()
}

#[test]
fn a_house_moves_to_postgres_and_back_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let [old, new] = ["old.db", "new.db"].map(|name| url_of(&folder.path().join(name)));
    let database = TestDatabase::new();
    let postgres: String = database.url();
    fill(&old);
    Fixture::on(old.parse::<DatabaseUrl>().expect("a URL")).keep_reports(200, usize::MAX);

    let there = report(&old, &postgres);
    let back = report(&postgres, &new);
    assert_eq!(contents(&there), contents(&back));
    for (table, rows, _) in contents(&there) {
        assert!(rows > 0, "{table} is empty, and this test proves nothing of it");
    }
    let again = report(&old, &postgres);
    assert_eq!((&again["rows_copied"], contents(&again)), (&Value::from(0), contents(&there)));

    // A file that a server closed is all there is of it.
    let twin = folder.path().join("twin.db");
    std::fs::copy(folder.path().join("old.db"), &twin).expect("a copy of the file");
    let expected = life(&url_of(&twin));
    for copied in [&postgres, &new] {
        assert_eq!(life(copied), expected, "{copied}");
        assert_ends(&copy(&old, copied, &[]), 2, &["is not empty", "nothing was changed"]);
        assert_verifies(copied);
    }
}

#[track_caller]
fn assert_verifies(url: &str) {
    assert_ends(&program(&["verify", "--database", url]).output().expect("it runs"), 0, &["Every invariant holds"]);
}

/// What becomes of a submission that was sent before, of a new one, and of one that waits until somebody has room.
fn life(url: &str) -> (Contact, [i64; 4], Option<OperatorId>) {
    let database = SampleDatabase::open(url);
    let once = Submit { idempotency_key: Some(ONCE), ..submit(SourceId(1), "somebody else") };
    let Outcome::SubmittedBefore(known) = database.run(Command::Submit(once)) else { panic!("it is not known") };
    let [new, urgent] = [0, 1_000].map(|priority| {
        let external_id = format!("new {priority}");
        database.submit(Submit { priority, ..submit(SourceId(1), &external_id) })
    });
    assert_eq!([new.status, urgent.status], [Status::Waiting; 2], "everybody is full");
    let room = OperatorEdit { max_load: Some(30), ..OperatorEdit::default() };
    database.run(Command::EditOperator(OperatorId(1), room));
    let look = ContactEdit { priority: Some(999), ..ContactEdit::default() };
    let Outcome::Contact(drained) = database.run(Command::EditContact(urgent.id, look)) else { unreachable!() };
    database.close();
    (known, [new.id.0, new.lead.0, urgent.id.0, urgent.lead.0], drained.operator)
}

#[test]
fn a_file_is_copied_to_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let [old, new] = ["old.db", "new.db"].map(|name| url_of(&folder.path().join(name)));
    fill(&old);
    assert!(contents(&report(&old, &new)).len() > 12);
    assert_verifies(&new);
    let output = copy(&old, &new, &[]);
    assert_ends(&output, 0, &["│ next_ids", "✓", "No row of", "Both databases are equal, and every invariant holds"]);
}

#[test]
fn a_node_that_served_the_empty_postgres_goes_on_with_what_was_copied() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = url_of(&folder.path().join("old.db"));
    fill(&old);
    let database = TestDatabase::new();
    let node = SampleDatabase::open(&database.url::<String>());
    report(&old, &database.url::<String>());
    // One more was made of what was received.
    assert_eq!(node.submit(submit(SourceId(1), "new")).id.0, CONTACTS.cast_signed() + 2);
    node.close();
}

#[test]
fn an_empty_house_moves_to_postgres_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = url_of(&folder.path().join("empty.db"));
    SampleDatabase::open(&empty).close();
    let database = TestDatabase::new();
    report(&empty, &database.url::<String>());
    let first = SampleDatabase::open(&database.url::<String>());
    let operator = NewOperator { max_load: 1, ..NewOperator::named("Anna") };
    let Outcome::Operator(anna) = first.run(Command::CreateOperator(operator)) else { unreachable!() };
    first.close();
    assert_eq!(anna.id, OperatorId(1));
}
