//! A copy of everything from one database to another, whatever the engine of either.
//!
//! Rows go over in the order of their keys, a page a transaction, so that what is there already says where to go on
//! after an interruption. From the first row on the target bears a mark (`mark`) that keeps servers away. The last
//! transaction writes the next ids and takes the mark off, after both sides were read from beginning to end and every
//! table was found to have the same rows (`page` has the checksum). `tables` describes what there is once for all of
//! this; `side`, `sqlite` and `postgres` read and write it. What is told to people is in `cli/copy.rs`.

mod error;
mod mark;
mod page;
mod postgres;
mod side;
mod sqlite;
mod tables;

#[cfg(test)]
mod tests;

pub use error::CopyError;
pub use page::{PAGE_BYTES_MAX, PAGE_ROWS_MAX};

use crate::url::DatabaseUrl;
use crate::verify;
use mark::{Fingerprint, Standing, claim};
use page::{Checksum, Page};
use serde::Serialize;
use side::Side;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use tables::{MARK, NEXT_IDS, TABLES, Table, compared};

/// How many pages wait between reading and writing: one is read while another is written.
const PAGES_WAITING_MAX: usize = 1;
/// How many words about the progress wait to be told.
const WORDS_WAITING_MAX: usize = 64;

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: &'static str,
    /// With which table, or with what else.
    pub what: &'static str,
    /// How many rows of all tables were.
    pub done: u64,
    /// How many there are; 0 when that is unknown.
    pub total: u64,
}

/// What a copy came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The source, without a password.
    pub from: String,
    /// The target, without a password.
    pub to: String,
    /// Rows put into the target by this run; 0 when a finished copy was only looked at.
    pub rows_copied: u64,
    /// Table by table, what there is on both sides.
    pub tables: Vec<Compared>,
    /// Whether the source was changed after it was read: the copy is of what it was before.
    pub source_went_on: bool,
    /// Faults that `maitred verify` finds in the target; none if it was not looked at, for the sides differ.
    pub faults: Option<u64>,
}

/// A table on both sides.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Its name.
    pub table: &'static str,
    /// Whether both sides have the same rows.
    pub is_equal: bool,
    /// What the source has.
    pub from: Content,
    /// What the target has.
    pub to: Content,
}

/// What is in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of all rows in the order of their keys, in hexadecimal; the same on every engine.
    pub checksum: String,
}

impl Report {
    /// Whether every table is the same on both sides.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.tables.iter().all(|table| table.is_equal)
    }

    /// Whether the target can take the place of the source.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.is_equal() && !self.source_went_on && self.faults == Some(0)
    }
}

/// Copies everything, or goes on with an unfinished copy of the same source, and compares. `start_over` empties an
/// unfinished copy first, of whatever it is. Blocks; not to be called from a task of a runtime.
///
/// # Errors
/// [`CopyError`] says what is in the way. What was copied until then stays, and the same call goes on from there.
pub fn copy(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    start_over: bool,
    mut tell: impl FnMut(Progress),
) -> Result<Report, CopyError> {
    if is_one_place(from, to) {
        return Err(CopyError::Same(from.to_string()));
    }
    let mut source = Side::source(from)?;
    let mut target = Side::target(to)?;
    if source.is_same_as(&target) {
        return Err(CopyError::Same(from.to_string()));
    }
    source.begin_snapshot()?;
    let of = Fingerprint::of(&mut source)?;
    let standing = claim(&mut target, source.name(), &of, start_over)?;
    let rows_copied = if standing == Standing::Open { put_all(&mut source, &mut target, &mut tell)? } else { 0 };
    let tables = match standing {
        Standing::Open => finish(&mut source, &mut target, &mut tell)?,
        Standing::Finished => compare(&mut source, &mut target, &mut tell)?,
    };
    source.run("COMMIT")?;
    let source_went_on = Fingerprint::of(&mut source)? != of;
    let (from, name) = (source.name().to_owned(), target.name().to_owned());
    let mut report = Report { from, to: name, rows_copied, tables, source_went_on, faults: None };
    if report.is_equal() {
        target.settle()?;
        report.faults = Some(faults(to, &mut tell)?);
    }
    Ok(report)
}

/// Two URLs of one file, or the same URL twice. Two URLs of one PostgreSQL are told apart when both are open.
fn is_one_place(from: &DatabaseUrl, to: &DatabaseUrl) -> bool {
    match (from, to) {
        (DatabaseUrl::Sqlite(from), DatabaseUrl::Sqlite(to)) => {
            let there = |path| std::fs::canonicalize(path).ok();
            from == to || there(from).is_some_and(|path| there(to) == Some(path))
        }
        _ => from == to,
    }
}

/// Puts every row that the target does not have yet, reading ahead of the writing. Returns how many there were.
fn put_all(source: &mut Side, target: &mut Side, tell: &mut impl FnMut(Progress)) -> Result<u64, CopyError> {
    let (mut total, mut there, mut behind) = (0, 0, Vec::new());
    for table in &TABLES {
        total += source.count(table)?;
        there += target.count(table)?;
        let last = target.last(table)?;
        behind.push(last.rows().next().map(|row| row[..table.key].to_vec()));
    }
    let mut done = there;
    std::thread::scope(|threads| {
        let (send, pages) = sync_channel::<(&Table, Page)>(PAGES_WAITING_MAX);
        let reading = threads.spawn(move || {
            TABLES.iter().zip(behind).try_for_each(|(table, behind)| {
                // A receiver that does not take pages any more has said why.
                source.pages(table, behind, |page| send.send((table, page)).map_err(|_| gone()))
            })
        });
        let written = pages.iter().try_for_each(|(table, page)| {
            target.put(table, &page)?;
            done += page.len() as u64;
            tell(Progress { step: "copying", what: table.name, done, total });
            Ok(())
        });
        drop(pages);
        let read = reading.join().unwrap_or_else(|_| Err(CopyError::Bug("reading the source".to_owned())));
        written.and(read)
    })?;
    Ok(done - there)
}

fn gone() -> CopyError {
    CopyError::Bug("the other side ended".to_owned())
}

/// Writes the next ids and takes off the mark, if both sides are equal then.
fn finish(source: &mut Side, target: &mut Side, tell: &mut impl FnMut(Progress)) -> Result<Vec<Compared>, CopyError> {
    let next_ids = source.last(&NEXT_IDS)?;
    target.begin()?;
    target.empty(&NEXT_IDS)?;
    target.put(&NEXT_IDS, &next_ids)?;
    let tables = compare(source, target, tell)?;
    if tables.iter().all(|table| table.is_equal) {
        target.drop(&MARK)?;
        target.run("COMMIT")?;
    } else {
        target.run("ROLLBACK")?;
    }
    Ok(tables)
}

/// Reads both sides from beginning to end, at the same time.
fn compare(source: &mut Side, target: &mut Side, tell: &mut impl FnMut(Progress)) -> Result<Vec<Compared>, CopyError> {
    let mut total = 0;
    for table in compared() {
        total += source.count(table)? + target.count(table)?;
    }
    let (from, to) = std::thread::scope(|threads| {
        let (send, words) = sync_channel(WORDS_WAITING_MAX);
        let theirs = send.clone();
        let (from, to) = (threads.spawn(|| contents(source, send)), threads.spawn(|| contents(target, theirs)));
        tell_all(&words, total, tell);
        let failed = |_| Err(CopyError::Bug("comparing both sides".to_owned()));
        (from.join().unwrap_or_else(failed), to.join().unwrap_or_else(failed))
    });
    let pairs = compared().zip(from?.into_iter().zip(to?));
    let compared =
        pairs.map(|(table, (from, to))| Compared { table: table.name, is_equal: from == to, from, to }).collect();
    Ok(compared)
}

/// Sums the words of both readers until they have ended.
fn tell_all(words: &Receiver<(&'static str, u64)>, total: u64, tell: &mut impl FnMut(Progress)) {
    let mut done = 0;
    for (what, rows) in words {
        done += rows;
        tell(Progress { step: "comparing", what, done, total });
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the receiver ends when every sender is gone")]
fn contents(side: &mut Side, words: SyncSender<(&'static str, u64)>) -> Result<Vec<Content>, CopyError> {
    let mut contents = Vec::new();
    for table in compared() {
        let mut checksum = Checksum::of(table);
        side.pages(table, None, |page| {
            checksum.add(&page);
            words.send((table.name, page.len() as u64)).map_err(|_| gone())
        })?;
        let (rows, checksum) = checksum.end();
        contents.push(Content { rows, checksum });
    }
    Ok(contents)
}

/// How many faults `maitred verify` finds.
fn faults(of: &DatabaseUrl, tell: &mut impl FnMut(Progress)) -> Result<u64, CopyError> {
    let told = |p: verify::Progress| tell(Progress { step: "verifying", what: p.step, done: p.done, total: p.total });
    let report = verify::verify(of, told).map_err(|error| CopyError::Store(of.to_string(), error))?;
    Ok(report.faults)
}
