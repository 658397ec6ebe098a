//! The program is killed with -9 in the middle of a copy, at several moments, and is run again each time.

use crate::sample::{SampleDatabase, assert_ends, copy, fill, fill_fast, program, submit, url_of};
use maitred_core::SourceId;
use maitred_store::testing::postgres::{Cluster, TestDatabase};
use rusqlite::{Connection, OpenFlags};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

/// How many of its rows the target has when the run is killed, in percent: from the first to those that are all there,
/// but not compared yet.
const KILLED_AT_PERCENT: [u64; 6] = [1, 20, 45, 70, 90, 100];
/// What is counted: tables that are copied early, in the middle and last.
const COUNTED: [&str; 4] = ["leads", "identities", "contacts", "events"];
/// How often is counted.
const REST: Duration = Duration::from_millis(2);

/// A target of a copy, looked at from outside.
trait Watched {
    fn url(&self) -> String;
    /// How many rows it has; none if it is not marked as unfinished.
    fn rows(&self) -> Option<u64>;
}

impl Watched for TestDatabase {
    fn url(&self) -> String {
        Self::url(self)
    }

    fn rows(&self) -> Option<u64> {
        rows_of(|sql| self.sql(sql))
    }
}

fn rows_of(ask: impl Fn(&str) -> Vec<Vec<Option<String>>>) -> Option<u64> {
    let marks = "SELECT 1 FROM information_schema.tables WHERE table_schema = 'maitred' AND table_name = 'copying'";
    if ask(marks).is_empty() {
        return None;
    }
    let counts = COUNTED.map(|table| format!("(SELECT count(*) FROM maitred.{table})")).join(" + ");
    ask(&format!("SELECT {counts}"))[0][0].as_ref()?.parse().ok()
}

impl Watched for PathBuf {
    fn url(&self) -> String {
        url_of(self)
    }

    fn rows(&self) -> Option<u64> {
        let conn = Connection::open_with_flags(self, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        let counts = COUNTED.map(|table| format!("(SELECT count(*) FROM {table})")).join(" + ");
        let sql = format!("SELECT {counts} FROM copying");
        conn.query_row(&sql, [], |row| row.get::<_, i64>(0)).ok().map(i64::cast_unsigned)
    }
}

/// Copies, and kills the program when the target has so many rows. Returns how many it had then; none if the program
/// was quicker.
fn killed(from: &str, to: &impl Watched, at: u64) -> Option<u64> {
    let run = program(&["copy", "--from", from, "--to", &to.url()]).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut run = run.expect("it starts");
    while to.rows().is_none_or(|rows| rows < at) && run.try_wait().expect("it is ours").is_none() {
        std::thread::park_timeout(REST);
    }
    // It may have ended.
    let _ = run.kill();
    run.wait().expect("it ends");
    to.rows()
}

/// Copies with kills and then to the end.
#[track_caller]
fn assert_survives_kills(from: &str, all: u64, to: &impl Watched) {
    let mut left = Vec::new();
    for percent in KILLED_AT_PERCENT {
        let Some(rows) = killed(from, to, all * percent / 100) else { break };
        left.push(rows);
        let serve = program(&["serve", "--listen", "127.0.0.1:0", "--database", &to.url()]).output();
        assert_ends(&serve.expect("it ends"), 2, &["is an unfinished copy of", "run the same maitred copy again"]);
    }
    assert!(left.iter().any(|rows| (1..all).contains(rows)), "no kill came in the middle: {left:?} of {all}");
    assert!(left.is_sorted(), "rows went away: {left:?}");
    assert_ends(&copy(from, &to.url(), &[]), 0, &["Both databases are equal, and every invariant holds"]);
    SampleDatabase::open(&to.url()).close();
}

/// Makes a database with more than a page of most tables, and counts its rows.
fn large(path: &PathBuf) -> u64 {
    fill_fast(&path.url(), 12_000);
    let conn = Connection::open(path).expect("the file opens");
    let count = |table| {
        conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).expect("a table")
    };
    COUNTED.map(count).into_iter().sum::<i64>().cast_unsigned()
}

#[test]
fn a_copy_to_postgres_that_is_killed_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("from.db");
    let all = large(&from);
    assert_survives_kills(&from.url(), all, &TestDatabase::new());
}

#[test]
fn a_copy_from_postgres_that_is_killed_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let [first, to] = ["first.db", "to.db"].map(|name| folder.path().join(name));
    let all = large(&first);
    let database = TestDatabase::new();
    let from: String = database.url();
    assert_ends(&copy(&first.url(), &from, &[]), 0, &[]);
    assert_survives_kills(&from, all, &to);
}

#[test]
fn a_copy_whose_postgres_dies_goes_on_when_it_is_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("from.db");
    let all = large(&from);
    let mut cluster = Cluster::start(&[]);
    let to: String = cluster.database("database");
    let mut run = program(&["copy", "--from", &from.url(), "--to", &to]);
    let run = run.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    while rows_of(|sql| cluster.sql("database", sql)).is_none_or(|rows| rows < all / 3) {
        std::thread::park_timeout(REST);
    }
    cluster.kill_9();
    let output = run.wait_with_output().expect("it ends");
    assert_ends(&output, 2, &[&to, "does not answer", "then run the same command again to continue"]);
    cluster.restart();
    assert!(rows_of(|sql| cluster.sql("database", sql)).is_some_and(|rows| rows > 0), "no row was there");
    assert_ends(&copy(&from.url(), &to, &[]), 0, &["Both databases are equal"]);
}

#[test]
fn an_unfinished_copy_is_gone_on_with_only_from_the_same_source_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let [from, other, to] = ["from.db", "other.db", "to.db"].map(|name| folder.path().join(name));
    let all = large(&from);
    fill(&other.url());
    assert!(killed(&from.url(), &to, all / 5).is_some(), "no kill came in the middle");

    let named = from.canonicalize().expect("it is there").url();
    let refused = copy(&other.url(), &to.url(), &[]);
    assert_ends(&refused, 2, &["is an unfinished copy of another database", &named, "--start-over"]);
    let refused = copy(&to.url(), &folder.path().join("third.db").url(), &[]);
    assert_ends(&refused, 2, &["is itself an unfinished copy of", &named]);
    for reader in ["verify", "stats", "migrate"] {
        let refused = program(&[reader, "--database", &to.url()]).output().expect("it runs");
        assert_ends(&refused, 2, &["is an unfinished copy of"]);
    }
    let database = SampleDatabase::open(&from.url());
    database.submit(submit(SourceId(1), "late"));
    database.close();
    let refused = copy(&from.url(), &to.url(), &[]);
    assert_ends(&refused, 2, &["has changed since this copy was started", "--start-over"]);
    assert!(to.rows().is_some());
    assert_ends(&copy(&other.url(), &to.url(), &["--start-over"]), 0, &["Both databases are equal"]);
}
