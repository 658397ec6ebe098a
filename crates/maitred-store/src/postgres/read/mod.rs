//! Reading for people: one function for each question of [`crate::Store`], each answered from one `Snapshot`
//! (see `readers`) of the database. Lists come by key or index, never by a scan of what grows.
//!
//! The planner chooses indexes by what it believes of the data, and a list that is cheap if matches are common is a
//! scan if they are all old. So statements are written to leave no choice: a range of an index is a comparison of its
//! columns as a row, `(source_id, id) < ($1, $2)`, listed in the order of the whole row, which no other index has.
//! What the snapshot forbids altogether is said there.

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
pub use events::{events, last_position, pulse};
pub use leads::{known_leads, lead, leads};
pub use named::named;
pub use operators::{operator, operators};
pub use sources::{overview, served, source, source_book, source_books, sources, waiting};
