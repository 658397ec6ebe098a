//! Moving database, as a process: both directions with rich data, kills in the middle, and what is refused. What
//! happens inside of one process is in `src/copy/tests.rs`.

mod interrupted;
mod moving;
mod refused;
mod sample;
