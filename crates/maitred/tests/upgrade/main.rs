//! Databases of released versions, opened by today's program: whatever 0.1 wrote is migrated, verifies, replays and is
//! answered as 0.1 answered it.
//!
//! The databases and the recorded answers lie in a folder named after the version. `make_fixture.py` made them with the
//! released program and says how to do it again. Everything here goes through the program itself, over HTTP and on the
//! command line, as an upgrade does.

mod fixture;
mod interrupted;
mod program;
mod recorded;
mod schema;
mod whole;
