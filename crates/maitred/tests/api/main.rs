//! The API from outside: requests go through the whole router to a real batcher and a real database, on the one engine
//! or the other. One file for each part of the path; what all of them use is in `server`.

mod access;
mod calendars;
mod changed_meanwhile;
mod compat;
mod concurrency;
mod console;
mod contacts;
mod decisions;
mod edge;
mod events;
mod files;
mod health;
mod hostile;
mod idempotency;
mod intake;
mod keys;
mod leads;
mod login;
mod messages;
mod offers;
mod openapi;
mod operators;
mod pages;
mod pauses;
mod personal;
mod phones;
mod problems;
mod recognition;
mod scheduled;
mod seed_004;
mod sockets;
mod sources;
mod stats;
mod test_server;
mod weights;
