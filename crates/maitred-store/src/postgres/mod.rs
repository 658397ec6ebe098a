//! The PostgreSQL engine: one database, any number of nodes. Here is SQL and row mapping, never a rule.
//!
//! Nodes take *turns*: a batch begins by locking the one row of `next_ids` and holds it until its commit, so batches of
//! all nodes follow one another as they do on SQLite. What a node has in memory is good as long as no other node had
//! a turn in between; else it is read again. Why not finer locks: docs/decisions/0008-nodes-take-turns.md.
//!
//! `connect` and `tls` reach the server, `migrate` makes the schema, `load` and `write` serve the batcher, `read`
//! everybody who only looks.

mod connect;
mod keys;
mod load;
mod load_latest;
mod migrate;
mod read;
mod readers;
pub mod statement;
mod tls;
mod turn;
pub mod write;
mod writer;

pub use connect::Address;
pub use keys::KeyTable;
pub use migrate::{check, migrate, newest_version, schema_version};
pub use readers::Readers;
pub use writer::Writer;
