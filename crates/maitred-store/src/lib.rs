//! Where contacts are kept for good: [`Engine`] writes for the batcher, [`Store`] reads for everybody else, and both have
//! two implementations, an embedded SQLite file and a PostgreSQL database that several nodes share.
//!
//! | where | what |
//! |---|---|
//! | [`url`] | which database |
//! | [`engine`], [`reading`] | the writing and the reading side |
//! | [`sqlite`], [`postgres`] | their SQL, row mapping and migrations |
//! | [`views`] | what reads give back |
//! | [`accounts`], [`keys`], [`users`] | API keys, users and sessions, and where they are kept |
//! | [`copy`], [`backup`], [`verify`] | whole databases: copied to the other engine, backed up, checked |
//! | [`clock`] | the one place that reads the clock and takes randomness |
//!
//! Rules are in `maitred-core`; what callers may do is in `maitred-app`.

pub mod accounts;
pub mod backup;
pub mod clock;
pub mod copy;
pub mod engine;
pub mod error;
pub mod keys;
pub mod postgres;
pub mod reading;
mod search;
pub mod sqlite;
pub mod url;
pub mod users;
pub mod verify;
pub mod views;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use engine::{Engine, MARK_OF_A_COPY, folded};
pub use error::StoreError;
pub use keys::{KeyStore, TakenOver};
pub use reading::Store;
pub use url::DatabaseUrl;
pub use users::{Added, UserChange};
pub use views::Pulse;
