//! Where contacts are kept for good. A closed choice of engines behind two faces: [`Engine`] writes for the batcher,
//! [`Store`] reads for everybody else. Engines hold SQL and row mapping, never rules.

mod error;
mod reading;
pub mod sqlite;
pub mod views;

pub use error::StoreError;
pub use reading::Store;

use crate::config::DatabaseUrl;
use maitred_core::world::{Changes, Found, Needs};
use maitred_core::{Timestamp, World};

/// The writing side; the batcher has the only one of a node.
pub enum Engine {
    /// An embedded file.
    Sqlite(sqlite::Writer),
}

impl Engine {
    /// Opens or creates the store for writing and brings its schema up to date. Only one may be open at a time.
    ///
    /// # Errors
    /// [`StoreError`] says what is wrong with it; it is unchanged then.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => sqlite::Writer::open(path).map(Self::Sqlite),
        }
    }

    /// See [`sqlite::Writer::world`].
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub fn world(&mut self) -> Result<World, StoreError> {
        match self {
            Self::Sqlite(writer) => writer.world(),
        }
    }

    /// The position of the last committed event; 0 before the first.
    #[must_use]
    pub const fn last_position(&self) -> i64 {
        match self {
            Self::Sqlite(writer) => writer.last_position(),
        }
    }

    /// When the last committed event happened; the start of time before the first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub fn last_event_at(&self) -> Result<Timestamp, StoreError> {
        match self {
            Self::Sqlite(writer) => writer.last_event_at(),
        }
    }

    /// Starts the transaction of a batch.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(writer) => writer.begin(),
        }
    }

    /// Reads what commands need.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub fn load(&mut self, needs: &Needs) -> Result<Found, StoreError> {
        match self {
            Self::Sqlite(writer) => writer.load(needs),
        }
    }

    /// Writes what commands changed.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub fn write(&mut self, changes: &Changes) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(writer) => writer.write(changes),
        }
    }

    /// Makes the batch durable.
    ///
    /// # Errors
    /// [`StoreError`] when it is not; nothing of it is visible then.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(writer) => writer.commit(),
        }
    }

    /// Undoes the transaction, if there is one.
    pub fn rollback(&mut self) {
        match self {
            Self::Sqlite(writer) => writer.rollback(),
        }
    }

    /// Drops from memory what another writer could change before the next batch.
    pub fn after_batch(&self, world: &mut World) {
        match self {
            Self::Sqlite(writer) => writer.after_batch(world),
        }
    }

    /// Leaves the store tidy.
    pub fn close(self) {
        match self {
            Self::Sqlite(writer) => writer.close(),
        }
    }
}
