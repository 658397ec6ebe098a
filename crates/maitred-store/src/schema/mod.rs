//! What is stored, each table described once: its columns with their types, its key, what it refers to, what in it is
//! personal, and how a noun is one of its rows. Writers, readers, copies, erasing, deleting, merging and `verify` go by
//! this; only migrations say it again, and a test compares the two on both engines.
//!
//! To add a column: a migration for each engine, the field in maitred-core, and its line in the table's `record!`.
//!
//! To add a table: a migration for each engine, a `record!` in a file here, its name in [`TABLES`], and a line in
//! [`crate::writing`] that says when its rows are written. It is copied, compared, and its references are verified from
//! then on; what of it goes with a contact or a lead follows from what it refers to.

mod accounts;
mod answers;
mod calendars;
mod contacts;
mod corrections;
mod decisions;
mod due;
mod endpoints;
mod events;
mod intakes;
mod leads;
mod mail;
mod messages;
mod next_ids;
mod notes;
mod operators;
mod push;
mod record;
mod reports;
mod row;
mod sources;
mod table;
mod telegram;
mod value;

#[cfg(test)]
mod tests;

pub use accounts::{ACCESS, Access, KEYS, KeyRow, SESSIONS, USERS, UserRow};
pub use answers::{ANSWERS, AnswerRow};
pub use calendars::{CALENDARS, NoPersonalTimes, PERSONAL_TIMES, PersonalTimes};
pub use contacts::{CONTACTS, RECEIPTS, Receipt};
pub use corrections::CORRECTIONS;
pub use decisions::{DECISIONS, DecisionRow, POOL_SEGMENTS};
pub use due::{DUE, DueRow, NotDue};
pub use endpoints::{DELIVERIES, ENDPOINTS, EndpointRow, UNDELIVERED, WEBHOOKS, Webhooks, json};
pub use events::{EVENTS, EventRow};
pub use intakes::{INTAKES, IntakeRows, PAYLOADS, TakenPayload};
pub use leads::{Erasing, IDENTITIES, IdentityRow, LEAD_DUPLICATES, LEAD_WORDS, LEADS, LeadWord, NoIdentity};
pub use mail::{MAIL_FAULTS, MAIL_NOTICES};
pub use messages::{Delivered, MESSAGES, MessageText};
pub use next_ids::{NEXT_IDS, NextIds};
pub use notes::CONTACT_NOTES;
pub use operators::OPERATORS;
pub use push::{PUSH_BROWSERS, PUSH_KEY, PUSH_NOTICES};
pub(crate) use record::record;
pub use record::{Put, ROWS_AT_ONCE, Record, Statements, columns_of};
pub use reports::{DayRow, NotOpen, ProgressRow, REPORT_CONTACTS, REPORT_DAYS, REPORT_FACTS, REPORT_PROGRESS};
pub use row::{FromRow, Row};
pub use sources::{
    BOOKS, Books, LEDGER_SNAPSHOTS, NoWeight, Rereading, SOURCE_TOTALS, SOURCES, Unnamed, WEIGHTS, Weight,
};
pub use table::{Column, Kind, PLAIN, Personal, Reference, Table, names};
pub use telegram::{
    TELEGRAM, TELEGRAM_BOTS, TELEGRAM_CHATS, TELEGRAM_CODES, TELEGRAM_NOTICES, TELEGRAM_TURNS, Telegram, TelegramTurn,
};
pub use value::{Stored, Value};

/// The table that a database has as long as a copy into it is unfinished; its column `source` says of what. Made and
/// removed by [`crate::copy`].
pub const MARK_OF_A_COPY: &str = "copying";

/// What is written by batches and copied row by row, in this order. The next ids are apart: without their row no server
/// of any version writes, so a copy writes it last.
pub static TABLES: [&Table; 27] = [
    &CALENDARS,
    &OPERATORS,
    &PERSONAL_TIMES,
    &SOURCES,
    &INTAKES,
    &SOURCE_TOTALS,
    &LEDGER_SNAPSHOTS,
    &WEIGHTS,
    &CORRECTIONS,
    &LEADS,
    &LEAD_WORDS,
    &IDENTITIES,
    &LEAD_DUPLICATES,
    &CONTACTS,
    &CONTACT_NOTES,
    &MESSAGES,
    &PAYLOADS,
    &DUE,
    &DECISIONS,
    &POOL_SEGMENTS,
    &RECEIPTS,
    &ANSWERS,
    &EVENTS,
    &REPORT_CONTACTS,
    &REPORT_FACTS,
    &REPORT_DAYS,
    &REPORT_PROGRESS,
];

/// Who may call, and who is called: beside the contacts on PostgreSQL, in a file of their own on SQLite.
pub static ACCOUNT_TABLES: [&Table; 19] = [
    &ACCESS,
    &KEYS,
    &USERS,
    &SESSIONS,
    &WEBHOOKS,
    &ENDPOINTS,
    &UNDELIVERED,
    &DELIVERIES,
    &TELEGRAM,
    &TELEGRAM_BOTS,
    &TELEGRAM_CHATS,
    &TELEGRAM_CODES,
    &TELEGRAM_NOTICES,
    &TELEGRAM_TURNS,
    &MAIL_NOTICES,
    &MAIL_FAULTS,
    &PUSH_KEY,
    &PUSH_BROWSERS,
    &PUSH_NOTICES,
];
