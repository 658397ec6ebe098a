//! The SQLite engine: one file, one writer, readers beside it. Here is SQL and row mapping, never a rule.
//!
//! `open` makes a connection durable and alone, `load` and `write` serve the batcher, `readers` and `read` everybody
//! who only looks.

mod checkpoint;
#[cfg(test)]
mod cost;
mod functions;
mod keys;
mod load;
mod log_file;
mod open;
mod page_cache;
pub mod read;
mod readers;
mod rows;
mod write;

pub use keys::KeyFile;
pub use open::{
    WriterConnection, check_readable, lock, lock_path, newest_version, open_read_only, open_writer, resolved,
    schema_version, version_of,
};
pub use readers::Readers;

use crate::StoreError;
use crate::schema::{NextIds, Put};
use crate::writing::{self, Write};
use maitred_core::world::{Changes, Found, Needs};
use maitred_core::{Timestamp, World};
use rusqlite::{Connection, ErrorCode};
use std::path::Path;
use std::sync::Arc;

/// The writing side. Calls come in the order `begin`, any of `load` and `write`, then `commit` or `rollback`.
pub struct Writer {
    connection: open::WriterConnection,
    log: Arc<checkpoint::Log>,
    next_event: i64,
    last_event_at: Timestamp,
    /// The first moment at which something changes by itself.
    next_due: Option<Timestamp>,
    /// The position and the time as they were before the transaction.
    before: (i64, Timestamp),
}

impl Writer {
    /// Opens or creates the file, alone.
    ///
    /// # Errors
    /// [`StoreError`] says what is wrong with the file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut connection = open_writer(path)?;
        open::check_whole(&connection.conn)?;
        let log = checkpoint::install(&mut connection.conn, path)?;
        let (_, next_event) = load::next_ids(&connection.conn)?;
        let last_event_at = load::last_event_at(&connection.conn)?;
        let next_due = load::next_due(&connection.conn)?;
        let before = (next_event, last_event_at);
        Ok(Self { connection, log, next_event, last_event_at, next_due, before })
    }

    const fn conn(&self) -> &Connection {
        &self.connection.conn
    }

    /// A world with all operators and sources in memory, as stored.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn world(&mut self) -> Result<World, StoreError> {
        let (ids, next_event) = load::next_ids(self.conn())?;
        self.next_event = next_event;
        self.next_due = load::next_due(self.conn())?;
        let mut world = World::new(ids);
        world.load(Needs::default(), load::everybody(self.conn())?);
        Ok(world)
    }

    /// The position of the last committed event; 0 before the first.
    #[must_use]
    pub const fn last_position(&self) -> i64 {
        self.next_event - 1
    }

    /// When the last event happened; the start of time before the first.
    #[must_use]
    pub const fn last_event_at(&self) -> Timestamp {
        self.last_event_at
    }

    /// The first moment at which something changes by itself.
    #[must_use]
    pub const fn next_due(&self) -> Option<Timestamp> {
        self.next_due
    }

    /// Starts a transaction, with the write lock from the start.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        self.before = (self.next_event, self.last_event_at);
        Ok(self.conn().prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(|_| ())?)
    }

    /// Reads what commands need.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be read.
    pub fn load(&mut self, needs: &Needs) -> Result<Found, StoreError> {
        load::load(self.conn(), needs)
    }

    /// Writes what commands changed.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn write(&mut self, changes: &Changes) -> Result<(), StoreError> {
        writing::write(&mut write::Steps(self.conn()), changes, self.next_event)?;
        self.next_event += changes.events.len() as i64;
        write::Steps(self.conn()).put(Put::Update, &[NextIds { ids: changes.ids, event: self.next_event }])?;
        self.last_event_at = changes.events.last().map_or(self.last_event_at, |event| event.at);
        if !changes.due.is_empty() {
            self.next_due = load::next_due(self.conn())?;
        }
        Ok(())
    }

    /// Deletes answers given before a time, oldest first, at most so many, and says how many those were.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn forget_answers(&mut self, before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        load::forget_answers(self.conn(), before, at_most)
    }

    /// Makes the transaction durable: it is on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError`] when it is not; nothing of it is visible then. After [`StoreError::Unconfirmed`] the file must
    /// not be used any more by this process, see [`Writer::abandon`].
    pub fn commit(&mut self) -> Result<(), StoreError> {
        let committed = self.conn().prepare_cached("COMMIT")?.execute([]);
        committed.map(|_| ()).map_err(|error| match error.sqlite_error_code() {
            // The log may hold the whole transaction, and the disk may have dropped any of it.
            Some(ErrorCode::SystemIoFailure) => StoreError::Unconfirmed(error.to_string()),
            _ => error.into(),
        })
    }

    /// Stores what could not be stored for want of room, once the log was copied into the database and emptied: its
    /// room is free for other files then, and the next log begins small.
    ///
    /// # Errors
    /// See [`Writer::commit`].
    pub fn store_again(&mut self, changes: &[Changes]) -> Result<(), StoreError> {
        self.rollback();
        (self.next_event, self.last_event_at) = self.before;
        if let Err(error) = self.conn().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the disk is full, and the write-ahead log could not be copied into the database");
        }
        self.begin()?;
        // Without commands there may be nothing else that shows whether there is room.
        self.touch()?;
        changes.iter().try_for_each(|changes| self.write(changes))?;
        self.commit()
    }

    /// Has the transaction write something, for SQLite writes nothing where nothing changes: a number goes there and
    /// back.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written.
    pub fn touch(&mut self) -> Result<(), StoreError> {
        let sql = "UPDATE next_ids SET event = event + 1; UPDATE next_ids SET event = event - 1";
        Ok(self.conn().execute_batch(sql)?)
    }

    /// Has the write-ahead log copied into the database from this size on; less on a disk that has little room.
    pub fn set_log_size(&self, mib: u32) {
        self.log.set_size(mib);
    }

    /// Leaves the file as it is, for the process is about to end: closing it would write to it.
    pub fn abandon(self) {
        std::mem::forget(self);
    }

    /// Undoes the transaction, if there is one.
    pub fn rollback(&mut self) {
        if !self.conn().is_autocommit()
            && let Err(error) = self.conn().execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    /// Drops from memory what other writers could change: here nothing, for there are none; contacts and leads go
    /// because they are many.
    pub fn after_batch(&self, world: &mut World) {
        world.forget_transient();
    }

    /// Lets the file grow to so many pages (4 KiB) and no further: beyond, it is as if the disk were full.
    ///
    /// # Errors
    /// [`StoreError`] when the engine refuses.
    pub fn set_pages_max(&self, pages: u32) -> Result<(), StoreError> {
        Ok(self.conn().pragma_update(None, "max_page_count", pages)?)
    }

    /// Copies the write-ahead log into the database and empties it.
    pub fn close(self) {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        if let Err(error) = self.conn().query_row(sql, [], |_| Ok(())) {
            tracing::warn!(%error, "the write-ahead log stays; the next start takes it in");
        }
    }
}
