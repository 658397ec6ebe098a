//! Moving house, as a process: both directions with rich data, kills in the middle, and what is refused. What happens
//! inside of one process is in `src/copy/tests.rs`.

mod house;
mod interrupted;
mod moving;
mod refused;
