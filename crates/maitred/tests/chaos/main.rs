//! Chaos: many clients ask for everything that can be changed, while all that can break does. Nodes are killed, frozen
//! and stopped, databases too; disks are full, syncs fail, clocks are set. After each fault what was answered is
//! compared with what is stored, the invariants are counted again in SQL, and `maitred verify` runs.
//!
//! `make chaos SECONDS=600 SEED=1` runs it for long, see docs/reliability.md. Without the variables of that it runs for
//! some seconds. The seed decides what is asked and what breaks; how that meets is up to the machine.
//!
//! Begin with `run`. What is asked for is in `calls`, what was answered in `ledger`, what breaks in `faults`.

#![cfg(target_os = "linux")]

mod calls;
mod compare;
mod damage;
mod draw;
mod faults;
mod feed;
mod http;
mod ledger;
mod place;
mod process;
mod recount;
mod report;
mod run;
#[path = "../store/switches.rs"]
mod switches;

use place::EngineName;
use run::{Plan, run};

#[test]
fn what_was_answered_holds_whatever_breaks_on_sqlite() {
    run(EngineName::Sqlite, Plan::from_environment());
}

#[test]
fn what_was_answered_holds_whatever_breaks_on_postgres() {
    run(EngineName::Postgres, Plan::from_environment());
}

#[test]
fn what_is_damaged_is_found() {
    damage::expect_found();
}
