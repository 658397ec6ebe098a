//! Questions to a store, each written once for both engines: SQL as `sql` says, rows by the schema. What only
//! one engine does is in its `read`; the face of all of them is [`crate::Store`].

pub(crate) mod calendars;
pub(crate) mod contacts;
pub(crate) mod decisions;
pub(crate) mod demo;
pub(crate) mod erasing;
pub(crate) mod events;
pub(crate) mod intakes;
pub(crate) mod leads;
pub(crate) mod ledgers;
pub(crate) mod loads;
pub(crate) mod messages;
pub(crate) mod operators;
mod periods;
mod read;
pub(crate) mod reports;
pub(crate) mod sources;
pub(crate) mod unread_phones;

#[cfg(test)]
pub(crate) use contacts::held_sql;
pub(crate) use decisions::segments;
#[cfg(test)]
pub(crate) use events::by_hand_sql;
pub(crate) use read::{Read, values};
