//! The writing side of a store: a closed choice of engines behind one face. The batcher has the only one of a node.
//! Engines hold SQL and row mapping, never rules.

use crate::url::DatabaseUrl;
use crate::{StoreError, postgres, sqlite};
use maitred_core::world::{Changes, Found, Needs};
use maitred_core::{Timestamp, World};

/// The writing side; the batcher has the only one of a node.
pub enum Engine {
    Sqlite(sqlite::Writer),
    /// A database that other nodes may write too.
    Postgres(Box<postgres::Writer>),
}

/// Does the same with the writer of either engine.
macro_rules! either {
    ($engine:ident, $writer:ident => $does:expr) => {
        match $engine {
            Self::Sqlite($writer) => $does,
            Self::Postgres($writer) => $does,
        }
    };
}

impl Engine {
    /// Opens or creates the store for writing and brings its schema up to date. Only one may be open at a time.
    ///
    /// # Errors
    /// [`StoreError`] says what is wrong with it; it is unchanged then.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => sqlite::Writer::open(path).map(Self::Sqlite),
            DatabaseUrl::Postgres(url) => postgres::Writer::open(url).map(Box::new).map(Self::Postgres),
        }
    }

    /// See [`sqlite::Writer::world`].
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub fn world(&mut self) -> Result<World, StoreError> {
        either!(self, writer => writer.world())
    }

    /// The position of the last committed event; 0 before the first.
    #[must_use]
    pub const fn last_position(&self) -> i64 {
        either!(self, writer => writer.last_position())
    }

    /// When the last committed event happened; the start of time before the first.
    #[must_use]
    pub const fn last_event_at(&self) -> Timestamp {
        either!(self, writer => writer.last_event_at())
    }

    /// The first moment at which something changes by itself, as far as this node knows: exactly, within the
    /// transaction of a batch.
    #[must_use]
    pub const fn next_due(&self) -> Option<Timestamp> {
        either!(self, writer => writer.next_due())
    }

    /// Starts the transaction of a batch. Empties `world` of what another node may have changed.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub fn begin(&mut self, world: &mut World) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(writer) => writer.begin(),
            Self::Postgres(writer) => writer.begin(world),
        }
    }

    /// A world with those who may have work left over by another node that is gone; none where there is nothing new, or
    /// no other node.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub fn find_unfinished(&mut self) -> Result<Option<World>, StoreError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(writer) => writer.find_unfinished(),
        }
    }

    /// Whether other nodes may write the same store.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Reads what commands need.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub fn load(&mut self, needs: &Needs) -> Result<Found, StoreError> {
        either!(self, writer => writer.load(needs))
    }

    /// Writes what commands changed.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn write(&mut self, changes: &Changes) -> Result<(), StoreError> {
        either!(self, writer => writer.write(changes))
    }

    /// Deletes answers kept since before a time, oldest first, at most so many, within the transaction of a batch. Says
    /// how many those were.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub fn forget_answers(&mut self, before: Timestamp, at_most: usize) -> Result<usize, StoreError> {
        either!(self, writer => writer.forget_answers(before, at_most))
    }

    /// Makes the batch durable.
    ///
    /// # Errors
    /// [`StoreError`] when it is not; nothing of it is visible then.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        either!(self, writer => writer.commit())
    }

    /// Makes the batch durable although there was no room for it, if room can be made; only SQLite can.
    ///
    /// # Errors
    /// See [`Engine::commit`].
    pub fn store_again(&mut self, changes: &[Changes]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(writer) => writer.store_again(changes),
            Self::Postgres(_) => Err(StoreError::Full),
        }
    }

    /// Has the transaction of a batch without commands write something all the same.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub fn touch(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(writer) => writer.touch(),
            // Every batch of a node changes a row.
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Has SQLite's write-ahead log copied into the database from this size on; the log of PostgreSQL is its own.
    pub fn set_log_size(&self, mib: u32) {
        if let Self::Sqlite(writer) = self {
            writer.set_log_size(mib);
        }
    }

    /// Undoes the transaction, if there is one.
    pub fn rollback(&mut self) {
        either!(self, writer => writer.rollback())
    }

    /// Drops from memory what another writer could change before the next batch.
    pub fn after_batch(&self, world: &mut World) {
        either!(self, writer => writer.after_batch(world))
    }

    /// Leaves the store as it is after [`StoreError::Unconfirmed`], for the next start to see what is in it.
    pub fn abandon(self) {
        match self {
            Self::Sqlite(writer) => writer.abandon(),
            Self::Postgres(writer) => writer.close(),
        }
    }

    /// Leaves the store tidy.
    pub fn close(self) {
        either!(self, writer => writer.close())
    }
}
