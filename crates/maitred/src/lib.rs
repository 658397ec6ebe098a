//! maitred, a self-hosted lead router: the server around the pure core. See ARCHITECTURE.md for the map.

pub mod access;
pub mod backup;
pub mod batcher;
pub mod bench;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod copy;
pub mod demo;
pub mod dialect;
pub mod explained;
pub mod export;
#[doc(hidden)]
pub mod fuzzing;
pub mod http;
pub mod identity;
pub mod import;
pub mod move_in;
pub mod stats;
pub mod store;
pub mod verify;

#[cfg(test)]
mod testing;
