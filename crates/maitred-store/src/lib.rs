//! Where contacts are kept for good: [`Engine`] writes for the batcher, [`Store`] reads for everything else, and both
//! have two implementations, an embedded SQLite file and a PostgreSQL database that several nodes share.
//!
//! | where | what |
//! |---|---|
//! | [`url`] | which database |
//! | [`engine`], [`store`] | the writing and the reading side; what is asked is in `reading` |
//! | [`schema`] | what is stored: each table described once, for everything here |
//! | [`writing`] | which rows a batch writes, in which order |
//! | [`sqlite`], [`postgres`] | what differs between the engines, and their migrations |
//! | [`views`] | what reads give back |
//! | [`reports`] | what reports are made of |
//! | [`words`] | words as they are searched for |
//! | [`accounts`] | API keys, users and sessions; they are kept by [`KeyStore`] |
//! | [`endpoints`] | endpoints of webhooks, kept by [`EndpointStore`] |
//! | [`telegram`] | bots, chats of operators and what these were sent; they are kept by [`TelegramStore`] |
//! | [`push`] | browsers in which operators are told; they are kept by [`PushStore`] |
//! | [`copy`], [`backup`], [`verify`] | whole databases: copied to the other engine, backed up, checked |
//! | [`clock`] | the one place that reads the clock and takes randomness |
//!
//! Rules are in `maitred-core`; what callers may do is in `maitred-app`.

mod account_steps;
mod account_store;
pub mod accounts;
pub mod backup;
pub mod clock;
pub mod copy;
mod endpoint_steps;
mod endpoint_store;
pub mod endpoints;
pub mod engine;
pub mod error;
mod future;
mod key_place;
pub mod mail;
mod migrations;
pub mod postgres;
pub mod push;
mod push_steps;
mod push_store;
mod reading;
pub mod reports;
pub mod schema;
mod search;
mod sql;
pub mod sqlite;
pub mod store;
pub mod telegram;
mod telegram_steps;
mod telegram_store;
pub mod url;
pub mod verify;
pub mod views;
pub mod words;
pub mod writing;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use account_steps::{Added, UserChange};
pub use account_store::{KeyStore, TakenOver};
pub use endpoint_store::EndpointStore;
pub use engine::Engine;
pub use error::StoreError;
pub use future::StoreFuture;
pub use push_store::PushStore;
pub use schema::MARK_OF_A_COPY;
pub use store::Store;
pub use telegram_store::TelegramStore;
pub use url::DatabaseUrl;
pub use views::Pulse;
