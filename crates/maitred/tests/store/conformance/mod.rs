//! One suite for both engines, on real files and a real PostgreSQL: every operation of `Engine`, every kind of change
//! it writes, everything it can be asked for, and many nodes at once. An engine may be faster or slower here, never
//! different.

mod answers;
mod batches;
mod due;
mod everything;
mod finds;
mod intakes;
mod keeps;
mod nodes;
mod opening;
mod race;
mod rows;
