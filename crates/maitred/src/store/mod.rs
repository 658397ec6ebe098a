//! Where contacts are kept for good. A closed choice of engines behind two faces: [`Engine`] writes for the batcher,
//! [`Store`] reads for everybody else. Engines hold SQL and row mapping, never rules.

mod error;
pub mod sqlite;
pub mod views;

pub use error::StoreError;

use maitred_core::World;
use maitred_core::world::{Changes, Found, Needs};

/// The writing side; the batcher has the only one of a node.
pub enum Engine {
    /// An embedded file.
    Sqlite(sqlite::Writer),
}
