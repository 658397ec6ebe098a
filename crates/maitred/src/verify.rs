//! Checks every invariant of ARCHITECTURE.md over a real database: what `maitred verify` runs.
//!
//! One pass over each table in the order of its keys, in one snapshot, so it works beside a running server; memory
//! holds operators, sources and a few bits for each contact and lead. Nothing here uses the rules that made the data,
//! except to replay decisions: a bug in those rules shows. `staff` reads who serves what, `leads`, `feed` and
//! `contacts` stream what grows, `replays` recomputes decisions, `totals` compares what they add up to.

mod contacts;
mod feed;
mod ids;
mod leads;
mod replays;
mod report;
mod staff;
mod totals;

#[cfg(test)]
mod tests;

pub use report::{About, Checked, FINDINGS_OF_ONE_INVARIANT_MAX, Finding, Invariant, Report, Severity};

use crate::store::StoreError;
use crate::store::sqlite::read;
use rusqlite::Connection;

/// Rows between two words about the progress.
const ROWS_BETWEEN_WORDS: u64 = 8_192;

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being looked at.
    pub step: &'static str,
    /// How many rows were.
    pub done: u64,
    /// How many there are, as far as their ids tell; 0 when that is unknown.
    pub total: u64,
}

/// Checks a database and says what is wrong with it. The read transaction lasts as long as this does, so a busy
/// server's write-ahead log grows meanwhile.
///
/// # Errors
/// [`StoreError`] when the file cannot be read at all. A damaged file is a finding.
pub fn verify(conn: &Connection, mut progress: impl FnMut(Progress)) -> Result<Report, StoreError> {
    read::snapshot(conn, |conn| {
        let mut watch = Watch { conn, report: Report::default(), tell: &mut progress };
        file(&mut watch)?;
        if watch.report.is_clean() {
            records(&mut watch)?;
        }
        Ok(watch.report)
    })
}

fn records(watch: &mut Watch<'_>) -> Result<(), StoreError> {
    references(watch)?;
    let staff = staff::check(watch)?;
    let leads = leads::check(watch)?;
    let feed = feed::check(watch, &staff, &leads)?;
    let counted = contacts::check(watch, &staff, &leads, &feed)?;
    totals::check(watch, &staff, &leads, &feed, &counted)
}

/// What every step needs: where to read, where to write down what is wrong, whom to tell how far it is.
struct Watch<'a> {
    conn: &'a Connection,
    report: Report,
    tell: &'a mut dyn FnMut(Progress),
}

impl Watch<'_> {
    /// Starts a step over a table whose ids go up to what `last` gives.
    fn step(&mut self, step: &'static str, last: &str) -> Result<Step, StoreError> {
        let total: i64 = self.conn.query_row(last, [], |row| row.get(0))?;
        let step = Step { name: step, done: 0, total: total.max(0).cast_unsigned() };
        step.tell(self.tell);
        Ok(step)
    }
}

/// Counts the rows of a step.
struct Step {
    name: &'static str,
    done: u64,
    total: u64,
}

impl Step {
    fn row(&mut self, tell: &mut dyn FnMut(Progress)) {
        self.done += 1;
        if self.done.is_multiple_of(ROWS_BETWEEN_WORDS) {
            self.tell(tell);
        }
    }

    fn tell(&self, tell: &mut dyn FnMut(Progress)) {
        tell(Progress { step: self.name, done: self.done, total: self.total });
    }
}

/// Whether SQLite can read all of the file.
fn file(watch: &mut Watch<'_>) -> Result<(), StoreError> {
    let step = Step { name: "file", done: 0, total: 0 };
    step.tell(watch.tell);
    let mut statement = watch.conn.prepare("PRAGMA quick_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let message: String = row.get(0)?;
        if message != "ok" {
            let expected = "a sound file; restore a backup. The records were not checked";
            watch.report.fault(Invariant::FileIsSound, About::NOBODY, message, expected);
        }
    }
    Ok(())
}

/// Whether the rows of the smaller tables refer to rows that are there; those of contacts and identities are looked at
/// one by one anyway.
fn references(watch: &mut Watch<'_>) -> Result<(), StoreError> {
    for table in ["source_totals", "weights", "leads", "lead_duplicates"] {
        let mut statement = watch.conn.prepare("SELECT \"parent\" FROM pragma_foreign_key_check(?1)")?;
        let mut rows = statement.query([table])?;
        while let Some(row) = rows.next()? {
            let parent: String = row.get(0)?;
            let found = format!("a row of {table} refers to a row of {parent} that is not there");
            watch.report.fault(Invariant::ReferencesExist, About::NOBODY, found, "references to rows that are there");
        }
    }
    Ok(())
}
