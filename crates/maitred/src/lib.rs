//! maitred, a self-hosted lead router: the program that puts the crates together. See ARCHITECTURE.md for the map.

pub mod bench;
pub mod cli;
pub mod config;
#[doc(hidden)]
pub mod fuzzing;
pub mod move_in;
pub mod server;
mod traces;
