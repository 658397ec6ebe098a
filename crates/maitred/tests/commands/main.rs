//! The commands as processes: what they make, what they refuse, what they print and their exit codes.

mod calendar;
mod general;
mod import;
mod place;
