//! The clock of a server under test, which is moved by hand: a library in front of the system's, see
//! `store/failing_disk.c`, adds to what the machine's says. The program itself has no such clock.

use crate::switches::{self, Switches};
use maitred_core::Timestamp;
use maitred_store::clock::{now, parse_rfc3339};
use std::path::{Path, PathBuf};
use std::process::Command;

/// It goes on from wherever it was set to.
pub struct Clock {
    switches: Switches,
    library: PathBuf,
}

impl Clock {
    /// With its files in this folder.
    pub fn in_folder(folder: &Path, at: &str) -> Self {
        let library = folder.join("failing_disk.so");
        switches::build(&library);
        let clock = Self { switches: Switches::in_folder(&folder.join("switches")), library };
        clock.set(at);
        clock
    }

    /// Has a program that is about to start go by it.
    pub fn rule(&self, command: &mut Command) {
        self.switches.rule(command, &self.library);
    }

    /// Sets it to a time in RFC 3339.
    pub fn set(&self, at: &str) {
        let Timestamp(at) = parse_rfc3339(at).unwrap_or_else(|wrong| panic!("{at}: {wrong:?}"));
        self.switches.set_clock(at - now().0);
    }
}
