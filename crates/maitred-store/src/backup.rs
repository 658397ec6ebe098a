//! `maitred backup` and `maitred restore` for SQLite: a copy of one moment, made while a server writes, that is checked
//! before it gets its name; and putting one back in the place of a database, which is checked before that one goes.
//!
//! Copying goes page by page through SQLite's online backup within one read transaction, so a writer neither waits nor
//! disturbs. Both commands work on a file of another name beside the target and rename it at the end: whenever they are
//! interrupted, under the final name is what was there before, or all of the new.

mod checksum;
mod error;
mod file;
mod target;

pub use error::BackupError;

use crate::StoreError;
use crate::sqlite::{self, KeyFile, newest_version, resolved};
use crate::url::DatabaseUrl;
use crate::verify::{self, Report};
use checksum::Checksum;
use file::{Unfinished, beside};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages (4 KiB) copied between two updates about the progress.
const PAGES_AT_ONCE: i32 = 1_024;
/// How long to wait for a database that is just being opened or recovered by another process.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// What is added to the name of a file that is not finished.
const UNFINISHED: &str = ".partial";
/// What is added to the name of a database that another one took the place of.
const REPLACED: &str = ".replaced";

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: &'static str,
    /// How many pages or rows were.
    pub done: u64,
    /// How many there are; 0 when that is unknown.
    pub total: u64,
}

#[derive(Debug, Serialize)]
pub struct Made {
    pub file: PathBuf,
    pub bytes: u64,
    /// The version of its schema.
    pub schema_version: i64,
    /// How many contacts are in it, and the position of its last event; not known of an older schema.
    #[serde(flatten)]
    pub content: Option<Content>,
    /// Whether every invariant was checked and holds. `false`: the schema is older, so only the file itself was.
    pub is_verified: bool,
    /// Whether the backup has a checksum, and it matched where one was restored. `false`: an earlier version made it,
    /// so a changed value in a row may have gone unnoticed.
    pub has_checksum: bool,
    /// Whether keys were copied with it, into the file of keys beside it.
    pub has_keys: bool,
    /// Where the database went that was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<PathBuf>,
}

/// What a copy holds.
#[derive(Debug, Serialize)]
pub struct Content {
    /// Contacts of any status.
    pub contacts: u64,
    /// The position of the last event; 0 before the first.
    pub last_position: i64,
}

/// Copies the database into a new file, beside a running server as well, and checks the copy.
///
/// # Errors
/// [`BackupError`]; then there is no file of this name, or the one that was there before.
pub fn backup(
    database: &DatabaseUrl,
    file: &Path,
    force: bool,
    mut progress: impl FnMut(Progress),
) -> Result<Made, BackupError> {
    let DatabaseUrl::Sqlite(path) = database else { return Err(BackupError::Postgres(database.to_string())) };
    let _lock = target::claim(file, path, force)?;
    let source = open_source(path)?;
    let unfinished = Unfinished::create(beside(file, UNFINISHED))?;
    copy_pages(&source, unfinished.path(), &mut progress)?;
    drop(source);
    let schema_version = sqlite::version_of(unfinished.path())?;
    let is_verified = schema_version == newest_version();
    let content = if is_verified {
        match checked(unfinished.path(), &mut progress)? {
            Ok(content) => Some(content),
            Err(report) => return Err(BackupError::Faulty(unfinished.keep(beside(file, ".faulty"))?, report)),
        }
    } else {
        check_pages(unfinished.path())?;
        None
    };
    let has_keys = copy_keys(path, file)?;
    checksum::write(unfinished.path(), KeyFile::beside(file).path())?;
    let bytes = unfinished.finish(file, force)?;
    let file = file.to_owned();
    Ok(Made { file, bytes, schema_version, content, is_verified, has_checksum: true, has_keys, replaced: None })
}

/// Puts a backup in the place of a database. What was there is kept under another name.
///
/// # Errors
/// [`BackupError`]; then the database is as it was before, or is not there if it was not.
pub fn restore(
    file: &Path,
    database: &DatabaseUrl,
    force: bool,
    mut progress: impl FnMut(Progress),
) -> Result<Made, BackupError> {
    let DatabaseUrl::Sqlite(path) = database else { return Err(BackupError::Postgres(database.to_string())) };
    if !file.is_file() {
        return Err(BackupError::NoFile(file.to_owned()));
    }
    // A link to the database stays one.
    let path = &resolved(path);
    // Held to the end: no server starts in between.
    let _lock = sqlite::lock(path)?;
    if !force && path.exists() {
        return Err(BackupError::Exists(path.clone()));
    }
    let checksum = checksum::check(file, KeyFile::beside(file).path())?;
    if checksum == Checksum::Differs {
        return Err(BackupError::Checksum(file.to_owned()));
    }
    let source = open_source(file).map_err(|error| BackupError::NotABackup(file.to_owned(), error.to_string()))?;
    let unfinished = Unfinished::create(beside(path, UNFINISHED))?;
    let damaged = |error: BackupError| BackupError::NotABackup(file.to_owned(), error.to_string());
    copy_pages(&source, unfinished.path(), &mut progress).map_err(damaged)?;
    drop(source);
    check_pages(unfinished.path()).map_err(damaged)?;
    bring_up_to_date(unfinished.path())?;
    let content = match checked(unfinished.path(), &mut progress)? {
        Ok(content) => content,
        Err(report) => return Err(BackupError::FaultyBackup(file.to_owned(), report)),
    };
    // A key that was revoked since the backup must not come back.
    let has_keys = !KeyFile::beside(path).path().exists() && copy_keys(file, path)?;
    let replaced = file::set_aside(path, REPLACED)?;
    let bytes = unfinished.finish(path, true)?;
    let (schema_version, content) = (newest_version(), Some(content));
    let has_checksum = checksum == Checksum::Matches;
    Ok(Made { file: path.clone(), bytes, schema_version, content, is_verified: true, has_checksum, has_keys, replaced })
}

/// Copies the keys of one database to another, or sees to it that the other has none either. Says whether there are
/// any. This goes before the database gets its name, so that none is ever without its keys.
fn copy_keys(from: &Path, to: &Path) -> Result<bool, BackupError> {
    let (from, to) = (KeyFile::beside(from), KeyFile::beside(to));
    if !from.path().exists() {
        let _ = std::fs::remove_file(to.path());
        return Ok(false);
    }
    let source = Connection::open_with_flags(from.path(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source.busy_timeout(BUSY_WAIT)?;
    let unfinished = Unfinished::create(beside(to.path(), UNFINISHED))?;
    copy_pages(&source, unfinished.path(), &mut |_| {})?;
    check_pages(unfinished.path())?;
    unfinished.finish(to.path(), true)?;
    Ok(true)
}

/// For reading, whatever its schema: a backup is wanted most before an upgrade.
fn open_source(path: &Path) -> Result<Connection, BackupError> {
    sqlite::check_readable(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY_WAIT)?;
    // An empty file is a database too, as far as SQLite is concerned.
    if sqlite::schema_version(&conn)? == 0 {
        return Err(StoreError::NotOurs(path.to_owned()).into());
    }
    Ok(conn)
}

/// Copies all pages as they are at one moment, and makes the copy a file that needs no other beside it.
fn copy_pages(source: &Connection, target: &Path, progress: &mut impl FnMut(Progress)) -> Result<(), BackupError> {
    // Reading something begins the transaction: from here on nothing that is written is seen. Without it the copy would
    // start over after each commit of a server, and under load never end.
    source.execute_batch("BEGIN")?;
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut copy = Connection::open_with_flags(target, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // The file is synced as a whole before it gets its name.
    copy.pragma_update(None, "synchronous", "OFF")?;
    let pages = Backup::new(source, &mut copy)?;
    loop {
        match pages.step(PAGES_AT_ONCE)? {
            StepResult::Done => break,
            StepResult::More => {}
            // Nobody else knows the copy, and the transaction has begun.
            _ => return Err(StoreError::Engine("the database is locked".to_owned()).into()),
        }
        let copied = pages.progress();
        let count = |pages: i32| u64::try_from(pages).unwrap_or_default();
        let done = count(copied.pagecount - copied.remaining);
        progress(Progress { step: "copying", done, total: count(copied.pagecount) });
    }
    drop(pages);
    alone(copy)
}

/// Takes a file out of WAL mode: the log beside it goes, and the file is whole by itself.
fn alone(conn: Connection) -> Result<(), BackupError> {
    conn.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    conn.close().map_err(|(_, error)| error.into())
}

/// Whether SQLite can read all of the file and its indexes agree with the rows.
fn check_pages(path: &Path) -> Result<(), BackupError> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let said: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(BackupError::Damaged(said)) }
}

/// Brings the schema of a restored file to what the server that is to be started knows.
fn bring_up_to_date(path: &Path) -> Result<(), BackupError> {
    let lock = sqlite::lock_path(path);
    let brought = sqlite::open_writer(path).map(sqlite::WriterConnection::into_parts);
    // Of a file that is to be renamed no lock is needed any more.
    let _ = std::fs::remove_file(lock);
    let (conn, _lock) = brought?;
    conn.close().map_err(|(_, error)| error)?;
    alone(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)
}

/// Checks every invariant of a copy: what it holds, or what is wrong with it.
fn checked(path: &Path, progress: &mut impl FnMut(Progress)) -> Result<Result<Content, Box<Report>>, BackupError> {
    check_pages(path)?;
    let url = DatabaseUrl::Sqlite(path.to_owned());
    let report =
        verify::verify(&url, |verify::Progress { step, done, total }| progress(Progress { step, done, total }))?;
    if !report.is_clean() {
        return Ok(Err(Box::new(report)));
    }
    let conn = sqlite::open_read_only(path)?;
    let last_position = conn.query_row("SELECT coalesce(max(position), 0) FROM events", [], |row| row.get(0))?;
    Ok(Ok(Content { contacts: report.checked.contacts, last_position }))
}
