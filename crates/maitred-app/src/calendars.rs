//! Calendars at work: checking what people write, compiling it to the hours of operators and sources, and compiling
//! these again when a calendar was edited, when they reach no further than some weeks, or when time zones or holidays
//! are known better. The rules of maitred-core see hours alone.

mod compiled;
mod hours;
mod opening;

pub use compiled::{Compiler, REACH_MICROS, definition, personal, written};
pub use hours::{HoursChange, SetHoursError, follow_edit, outlook, recompile_users, set_hours};
pub use opening::{hours_of_new, set_opening};
