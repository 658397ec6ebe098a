//! What the core promises, one fact a test. One binary, because linking is what tests spend their time on.

mod batches;
mod bot;
mod bounds;
mod caps;
mod corners;
mod demo;
mod erasing;
mod explain;
mod fairness;
mod idempotency;
mod memory_store;
mod offers;
mod opening;
mod pauses;
mod people;
mod periods;
mod policies;
mod presence;
mod random;
mod recordings;
mod regulars;
mod room;
mod scheduled;
mod shifts;
mod single;
mod state_machine;
