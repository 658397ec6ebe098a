//! Reading for people: one function for each question of [`crate::Store`], each answered from one snapshot of
//! the database. Lists come by key or index, never by a scan of what grows; every index that a list relies on is named
//! in its SQL, so that a statement which could not use it fails instead of crawling. The one exception is [`shares`],
//! which counts all contacts.
//!
//! What the batcher reads is in `load`; what a row means is in `rows`.

mod board;
mod contacts;
mod decisions;
mod erasing;
mod events;
mod leads;
mod named;
mod operators;
mod sources;

#[cfg(test)]
mod tests;

pub use board::{arrivals, assignments, events_before};
pub use contacts::{contact, contacts, contacts_among, held, shares};
pub use decisions::{chain, chain_page, segments, story};
pub use erasing::{absorbed, quiet};
pub use events::{events, last_position};
pub use leads::{known_leads, lead, leads};
pub use named::named;
pub use operators::{operator, operators};
pub use sources::{overview, served, source, source_book, source_books, sources, waiting};

use crate::StoreError;
use rusqlite::Connection;

/// Runs statements that belong together on one state of the database. Inside of another snapshot it is part of that.
///
/// # Errors
/// Whatever `read` gives.
pub fn snapshot<T>(
    conn: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    if !conn.is_autocommit() {
        return read(conn);
    }
    // A deferred transaction is what a reader wants: it takes no lock, and its first statement fixes what it sees.
    let transaction = conn.unchecked_transaction()?;
    let result = read(&transaction);
    transaction.finish()?;
    result
}
