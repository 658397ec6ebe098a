//! Checks every invariant of ARCHITECTURE.md over a real database: what `maitred verify` runs.
//!
//! One pass over each table in the order of its keys, in one snapshot, so it works beside running servers; memory holds
//! operators, sources and a few bits for each contact and lead. Nothing here uses the rules that made the data, except
//! to replay decisions: a bug in those rules shows. `scan` reads either engine, `integrity` asks the engine about
//! itself, `staff` reads who serves what, `leads`, `feed` and `contacts` stream what grows, `replays` recomputes
//! decisions, `periods` looks at snapshots of ledgers, `totals` compares what they add up to, `turns` looks at what
//! nodes write for one another.

mod answers;
mod contacts;
mod corrections;
mod due;
mod feed;
mod ids;
mod integrity;
mod leads;
mod periods;
mod priorities;
mod replays;
mod report;
mod reports;
mod responses;
mod scan;
mod snapshot;
mod staff;
mod totals;
mod turns;

#[cfg(test)]
mod tests;

pub use report::{About, Checked, FINDINGS_OF_ONE_INVARIANT_MAX, Finding, Invariant, Report, Severity};

use crate::StoreError;
use crate::schema::{Column, TABLES};
use crate::sqlite::{open_read_only, read};
use crate::url::DatabaseUrl;
use scan::Scan;
use snapshot::Snapshot;

/// Rows between two updates of the progress.
const ROWS_BETWEEN_UPDATES: u64 = 8_192;

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

/// Checks a database and says what is wrong with it; blocks until that is done. The read transaction lasts as long: a
/// SQLite file's write-ahead log grows meanwhile, and a PostgreSQL server keeps what the snapshot may still see.
///
/// # Errors
/// [`StoreError`] when the database cannot be read at all. A damaged one is a finding.
///
/// # Panics
/// On a thread that drives an asynchronous runtime, for a PostgreSQL database: see [`check`].
pub fn verify(url: &DatabaseUrl, mut progress: impl FnMut(Progress)) -> Result<Report, StoreError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let conn = open_read_only(path)?;
            read::snapshot(&conn, |conn| invariants(Scan::Sqlite(conn), &mut progress))
        }
        DatabaseUrl::Postgres(url) => {
            let snapshot = Snapshot::open(url)?;
            invariants(Scan::Postgres(&snapshot), &mut progress)
        }
    }
}

/// [`verify`] from anywhere, a test's runtime included: on a thread of its own, for which this one waits.
///
/// # Errors
/// [`StoreError`] when the database cannot be read at all.
///
/// # Panics
/// When verifying does.
pub fn check(url: &DatabaseUrl) -> Result<Report, StoreError> {
    std::thread::scope(|scope| scope.spawn(|| verify(url, |_| {})).join().expect("verifying does not panic"))
}

fn invariants(scan: Scan<'_>, progress: &mut dyn FnMut(Progress)) -> Result<Report, StoreError> {
    let mut run = Run { scan, report: Report::default(), progress };
    run.report.not_checked = integrity::left_to_others(scan);
    match integrity::check(&mut run).and_then(|reads| if reads { records(&mut run) } else { Ok(()) }) {
        Err(StoreError::Corrupt(why)) => {
            let expected = "a database that can be read; restore a backup. The rest was not checked";
            run.report.fault(Invariant::FileIsSound, About::NOBODY, why, expected);
        }
        ended => ended?,
    }
    Ok(run.report)
}

fn records(run: &mut Run<'_>) -> Result<(), StoreError> {
    references(run)?;
    left_of_erased(run)?;
    let staff = staff::check(run)?;
    corrections::check(run, &staff)?;
    let leads = leads::check(run)?;
    let feed = feed::check(run, &staff, &leads)?;
    let counted = contacts::check(run, &staff, &leads, &feed)?;
    totals::check(run, &staff, &leads, &feed, &counted)?;
    due::check(run, &staff, &counted)?;
    reports::check(run)?;
    turns::check(run, &feed)
}

/// What every step needs: where to read, where to write down what is wrong, and how far it is.
struct Run<'a> {
    scan: Scan<'a>,
    report: Report,
    progress: &'a mut dyn FnMut(Progress),
}

impl Run<'_> {
    /// Starts a step over a table whose ids go up to what `last` gives.
    fn step(&mut self, step: &'static str, last: &str) -> Result<Step, StoreError> {
        let total = self.scan.number(last)?;
        let step = Step { name: step, done: 0, total: total.max(0).cast_unsigned() };
        step.announce(self.progress);
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
    fn row(&mut self, progress: &mut dyn FnMut(Progress)) {
        self.done += 1;
        if self.done.is_multiple_of(ROWS_BETWEEN_UPDATES) {
            self.announce(progress);
        }
    }

    fn announce(&self, progress: &mut dyn FnMut(Progress)) {
        progress(Progress { step: self.name, done: self.done, total: self.total });
    }
}

/// Whether rows are gone that go with the erasure of their lead. Some are looked at in the pass over them instead.
fn left_of_erased(run: &mut Run<'_>) -> Result<(), StoreError> {
    let all = TABLES.into_iter().flat_map(|table| table.references().map(move |reference| (table.name, reference)));
    for (table, (Column { name: column, .. }, reference)) in all.filter(|(_, (_, of))| of.is_erased) {
        if reference.has_own_check {
            continue;
        }
        let lead = match reference.table {
            "contacts" => format!("(SELECT c.lead_id FROM contacts c WHERE c.id = t.{column})"),
            _ => format!("t.{column}"),
        };
        let sql = format!("SELECT l.id FROM {table} t JOIN leads l ON l.id = {lead} WHERE l.erased_at IS NOT NULL");
        run.scan.each(&sql, |row| {
            let found = format!("erased, and a row of {table} is left");
            let expected = "what tells of an erased lead is deleted";
            run.report.fault(Invariant::LeadsAreWhole, About::lead(row.i64(0)?), found, expected);
            Ok(())
        })?;
    }
    Ok(())
}

/// Whether what a row refers to is there. Some references are looked at in the pass over their rows instead.
fn references(run: &mut Run<'_>) -> Result<(), StoreError> {
    let all = TABLES.into_iter().flat_map(|table| table.references().map(move |reference| (table.name, reference)));
    for (table, (Column { name: column, .. }, reference)) in all.filter(|(_, (_, of))| !of.has_own_check) {
        let parent = reference.table;
        let sql = format!(
            "SELECT 1 FROM {table} t WHERE t.{column} IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = t.{column})"
        );
        run.scan.each(&sql, |_| {
            let found = format!("a row of {table} refers to a row of {parent} that is not there");
            let expected = "references to rows that are there";
            run.report.fault(Invariant::ReferencesExist, About::NOBODY, found, expected);
            Ok(())
        })?;
    }
    Ok(())
}
