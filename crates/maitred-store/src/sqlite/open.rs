//! Opening a SQLite file: the lock that keeps a second server away, the settings that make a commit durable, the
//! schema.

use super::{log_file, page_cache};
use crate::{MARK_OF_A_COPY, StoreError, migrations};
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// "MTRD": marks a file as ours (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x4d54_5244;
/// Before this one, a reset of the write-ahead log could lose committed pages.
const SQLITE_VERSION_MIN: i32 = 3_051_003;
/// Page cache of the writer: enough for the upper levels of every index of some millions of contacts, and for all pages
/// that a batch changes. With 64 MiB writing took longer: a page that is new in the cache costs an allocation, one that
/// takes the place of another does not.
const WRITER_CACHE_KIB: i32 = 16 * 1024;
/// Page cache of each reader.
const READER_CACHE_KIB: i32 = 4 * 1024;
/// Prepared statements a connection keeps; there are about sixty.
const STATEMENTS_MAX: usize = 128;
/// The most links that are followed one after the other, as on Linux.
const LINKS_MAX: usize = 40;
/// How long to wait for the lock: a server that is just ending, or a child of ours that has not become another program
/// yet, holds it no longer.
const LOCK_WAIT: Duration = Duration::from_millis(500);
const LOCK_RETRY: Duration = Duration::from_millis(20);
/// How long a reader waits when the file is being opened or recovered by another process.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// The one connection that writes, and the lock that makes it the only one.
pub struct WriterConnection {
    pub(super) conn: Connection,
    /// Held as long as the connection is.
    lock: File,
}

impl WriterConnection {
    /// The connection, and the lock to be held as long as it is used.
    #[must_use]
    pub fn into_parts(self) -> (Connection, File) {
        (self.conn, self.lock)
    }
}

/// Opens or creates the file for writing and brings its schema up to date.
///
/// # Errors
/// [`StoreError`] says what is wrong with the file; it is unchanged then.
pub fn open_writer(path: &Path) -> Result<WriterConnection, StoreError> {
    check_engine()?;
    let lock = lock(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    log_file::register()?;
    let opened = Connection::open_with_flags_and_vfs(path, flags, log_file::NAME);
    let mut conn = opened.map_err(|e| StoreError::from(e).at(path))?;
    check_owner(&conn, path)?;
    check_not_newer(&conn)?;
    if conn.is_readonly(rusqlite::MAIN_DB)? {
        return Err(StoreError::ReadOnly);
    }
    set_up_writer(&conn).map_err(|e| e.at(path))?;
    take_in_log(&conn).map_err(|e| e.at(path))?;
    forget_checksum(&conn)?;
    migrate(&mut conn)?;
    Ok(WriterConnection { conn, lock })
}

/// Opens the file for reading; works beside a running server.
///
/// # Errors
/// [`StoreError`] says what is wrong with the file.
pub fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    check_engine()?;
    if !path.exists() {
        return Err(StoreError::Missing(path.to_owned()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| StoreError::from(e).at(path))?;
    conn.busy_timeout(BUSY_WAIT)?;
    check_owner(&conn, path)?;
    check_not_newer(&conn)?;
    match schema_version(&conn)? {
        found if found < newest_version() => return Err(StoreError::OlderSchema(found, newest_version())),
        _ => {}
    }
    check_whole(&conn)?;
    conn.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(conn)
}

/// The newest schema version this program knows.
#[must_use]
pub fn newest_version() -> i64 {
    migrations::newest(migrations::SQLITE)
}

/// The schema version of the file at `path`, whatever its version; 0 when it has none yet.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn version_of(path: &Path) -> Result<i64, StoreError> {
    page_cache::install();
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    schema_version(&conn).map_err(|e| e.at(path))
}

/// The schema version of a file; 0 when it has none yet.
///
/// # Errors
/// [`StoreError`] when the file cannot be read.
pub fn schema_version(conn: &Connection) -> Result<i64, StoreError> {
    let known = "SELECT count(*) FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    if conn.query_row(known, [], |row| row.get::<_, i64>(0))? == 0 {
        return Ok(0);
    }
    let newest = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    Ok(conn.query_row(newest, [], |row| row.get(0))?)
}

/// Makes sure that the file is no unfinished copy of another database.
///
/// # Errors
/// [`StoreError::UnfinishedCopy`] when it is.
pub(super) fn check_whole(conn: &Connection) -> Result<(), StoreError> {
    let is_marked = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    if !conn.query_row(is_marked, [MARK_OF_A_COPY], |row| row.get::<_, bool>(0))? {
        return Ok(());
    }
    let sql = format!("SELECT coalesce(max(source), '') FROM {MARK_OF_A_COPY}");
    Err(StoreError::UnfinishedCopy(conn.query_row(&sql, [], |row| row.get(0))?))
}

/// Copies what an earlier process left in the log into the database, before anything is added to the log. If that
/// process ended because a sync failed, the disk may lack a part of the log that the system still has in memory; what
/// followed that part in the log would be lost with it. A reader in another process may keep the log from being
/// emptied.
fn take_in_log(conn: &Connection) -> Result<(), StoreError> {
    let columns = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (is_busy, pages, copied): (bool, i64, i64) = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], columns)?;
    if is_busy && copied < pages {
        tracing::warn!(
            pages,
            copied,
            "another process reads the database, so not all of the log could be copied into it"
        );
    }
    Ok(())
}

/// A backup has its checksum in `user_version`, see `backup::checksum`. It ends with the first change of the file.
fn forget_checksum(conn: &Connection) -> Result<(), StoreError> {
    if conn.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))? != 0 {
        conn.pragma_update(None, "user_version", 0)?;
    }
    Ok(())
}

fn check_engine() -> Result<(), StoreError> {
    page_cache::install();
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(StoreError::EngineTooOld(rusqlite::version().to_owned()));
    }
    Ok(())
}

/// Keeps servers away from a file until what it returns is dropped, or the process ends, however it ends. The lock is
/// a file beside the database: SQLite's own locks on the database would be dropped if we opened it twice.
///
/// # Errors
/// [`StoreError::InUse`] when another process has it; [`StoreError::CannotOpen`] when there can be none.
pub fn lock(path: &Path) -> Result<File, StoreError> {
    let lock_path = lock_path(path);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
    let file = opened.map_err(|e| StoreError::CannotOpen(path.to_owned(), format!("{}: {e}", lock_path.display())))?;
    let give_up = Instant::now() + LOCK_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < give_up => std::thread::park_timeout(LOCK_RETRY),
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(path.to_owned())),
            Err(TryLockError::Error(e)) => {
                return Err(StoreError::CannotOpen(path.to_owned(), format!("it cannot be locked: {e}")));
            }
        }
    }
}

/// The file whose lock keeps servers away from a database. One file has one lock, also when a link leads to it.
#[must_use]
pub fn lock_path(path: &Path) -> PathBuf {
    let mut lock_path = resolved(path).into_os_string();
    lock_path.push(".lock");
    lock_path.into()
}

/// Where a path leads to, also when nothing is there yet: SQLite creates a database at the end of a link.
#[must_use]
pub fn resolved(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        if let Ok(found) = std::fs::canonicalize(&path) {
            return found;
        }
        let Ok(target) = std::fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (std::fs::canonicalize(folder), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// Makes sure that a file can be read as a database of ours, of this schema or an older one, and is no unfinished copy.
///
/// # Errors
/// [`StoreError`] says what is wrong with it.
pub fn check_readable(path: &Path) -> Result<(), StoreError> {
    check_engine()?;
    if !path.exists() {
        return Err(StoreError::Missing(path.to_owned()));
    }
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(BUSY_WAIT)?;
    check_owner(&conn, path)?;
    check_not_newer(&conn)?;
    check_whole(&conn)
}

fn check_owner(conn: &Connection, path: &Path) -> Result<(), StoreError> {
    let read =
        |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|e| StoreError::from(e).at(path));
    let marked = read("PRAGMA application_id")? == i64::from(APPLICATION_ID);
    let empty = read("SELECT count(*) FROM sqlite_schema")? == 0;
    if marked || empty { Ok(()) } else { Err(StoreError::NotOurs(path.to_owned())) }
}

fn check_not_newer(conn: &Connection) -> Result<(), StoreError> {
    match schema_version(conn)? {
        found if found > newest_version() => Err(StoreError::NewerSchema(found, newest_version())),
        _ => Ok(()),
    }
}

fn set_up_writer(conn: &Connection) -> Result<(), StoreError> {
    conn.busy_timeout(BUSY_WAIT)?;
    // First of all: `log_file` relies on it.
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // The core refers only to rows that exist; `maitred verify` checks every reference. Checking each insert again
    // would cost a lookup a row in the path of one contact.
    conn.pragma_update(None, "foreign_keys", "OFF")?;
    // Always, not only while a lead is erased: every change of a row leaves its older self behind.
    conn.pragma_update(None, "secure_delete", "ON")?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(())
}

fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    // First the mark, then the tables: a process killed in between must find its own file again.
    if conn.query_row("PRAGMA application_id", [], |row| row.get::<_, i32>(0))? != APPLICATION_ID {
        conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    if schema_version(conn)? < newest_version() {
        super::functions::add(conn)?;
        migrations::runner(migrations::SQLITE).run(conn).map_err(|e| StoreError::Migration(e.to_string()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
