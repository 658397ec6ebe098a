//! Where keys, users, endpoints and bots are kept, beside the contacts and written beside the batches: on SQLite in a
//! small file of their own, on PostgreSQL in tables (why: docs/decisions/0009-keys-beside-the-contacts.md).
//!
//! What is done with the rows is generic over the connection, so an engine is picked by a macro: no function could take
//! a step for both.

use crate::url::DatabaseUrl;
use crate::{StoreError, postgres, sqlite};

/// See the module. Clones share connections.
#[derive(Clone)]
pub enum KeyPlace {
    /// A file beside that of the contacts, made when something is first added.
    Sqlite(sqlite::KeyFile),
    /// Tables beside those of the contacts.
    Postgres(postgres::KeyTable),
}

impl KeyPlace {
    /// Of this database. On PostgreSQL the schema is brought up to date.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be used.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => Ok(Self::Sqlite(sqlite::KeyFile::beside(path))),
            DatabaseUrl::Postgres(url) => postgres::KeyTable::open(url).await.map(Self::Postgres),
        }
    }
}

/// Reads; where there is no file yet, what is read is the default.
macro_rules! read {
    ($store:ident, $of:ident => $steps:expr) => {
        match &$store.0 {
            $crate::key_place::KeyPlace::Sqlite(file) => file.read(async move |$of| $steps.await).boxed(),
            $crate::key_place::KeyPlace::Postgres(table) => table.read(async move |$of| $steps.await).boxed(),
        }
    };
}

/// Changes what is there; where there is no file yet, nothing.
macro_rules! change {
    ($store:ident, $of:ident => $steps:expr) => {
        match &$store.0 {
            $crate::key_place::KeyPlace::Sqlite(file) => file.write_if_there(async move |$of| $steps.await).boxed(),
            $crate::key_place::KeyPlace::Postgres(table) => table.write(async move |$of| $steps.await).boxed(),
        }
    };
}

/// Adds something; makes the file if need be.
macro_rules! add {
    ($store:ident, $to:ident => $steps:expr) => {
        match &$store.0 {
            $crate::key_place::KeyPlace::Sqlite(file) => file.write(async move |$to| $steps.await).boxed(),
            $crate::key_place::KeyPlace::Postgres(table) => table.write(async move |$to| $steps.await).boxed(),
        }
    };
}

pub(crate) use {add, change, read};
