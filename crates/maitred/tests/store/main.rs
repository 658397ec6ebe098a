//! The store: that it keeps exactly what the core decided, whatever happens to the process, the disk or the server.

mod conformance;
mod databases;
mod demo;
mod differential;
mod endpoints;
mod erase;
#[cfg(target_os = "linux")]
mod failing_disk;
mod faults;
mod http;
mod idempotency;
mod keys;
mod kill;
mod kill_telegram;
mod postgres_nodes;
mod postgres_server;
mod push;
#[path = "../../../maitred-core/tests/facts/random.rs"]
#[expect(dead_code, reason = "times are given here by the order of commands")]
mod random;
#[cfg(target_os = "linux")]
mod switches;
mod telegram;
mod test_store;
mod users;
